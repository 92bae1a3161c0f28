import { OracleError } from './engine.ts';
import type { Segment } from './segments.ts';
import type { Slot, Version } from './store.ts';

/**
 * How far back changed blocks can still be rebuilt. Versions are never thrown away here: a reader is only told so, as Oracle
 * would tell it, when the undo that its block needs lies behind the horizon.
 */
export class Undo {
  readonly #currentScn: () => number;
  #gone = 0;
  #retained: number | undefined;

  constructor(currentScn: () => number) {
    this.#currentScn = currentScn;
  }

  /** The undo of transactions that committed before this SCN is gone. It never comes back. */
  forgetBefore(scn: number): void {
    this.#gone = Math.max(this.#gone, Math.min(scn, this.#currentScn() + 1));
  }

  /** From now on only the undo of the newest so many SCNs is kept; undefined: all that there still is. */
  retain(scns: number | undefined): void {
    this.forgetBefore(this.horizon);
    this.#retained = scns;
  }

  get horizon(): number {
    if (this.#retained === undefined) return this.#gone;
    this.#gone = Math.max(this.#gone, this.#currentScn() - this.#retained);
    return this.#gone;
  }

  /**
   * For a reader that comes to a block and wants it as of an SCN. The undo of open transactions is always there.
   * @throws OracleError 1555 when a transaction changed the block after that SCN and its undo is gone.
   */
  check(segment: Segment<Slot>, block: number, scn: number): void {
    const horizon = this.horizon;
    if (scn >= horizon) return;
    if (segment.blockNumbered(block)?.slots.some((slot) => changedBetween(slot.head, scn, horizon)) === true) {
      throw new OracleError(
        1555,
        'snapshot too old: rollback segment number 7 with name "_SYSSMU7_3012809736$" too small',
      );
    }
  }
}

function changedBetween(head: Version | undefined, scn: number, horizon: number): boolean {
  for (let version = head; version !== undefined; version = version.previous) {
    const committed = version.writer.commitScn;
    if (committed === undefined) continue;
    if (committed <= scn) return false;
    if (committed < horizon) return true;
  }
  return false;
}
