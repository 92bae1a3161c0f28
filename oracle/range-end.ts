/** Where a range of redo ends: where it was asked to, or lower, where a captured table cannot be followed further. */
import type { StopReason, TableStop } from '../model/change.ts';
import { compareScn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';

/** The destination can follow added columns; whatever else happened at the same SCN needs a person. */
const isWorse = (reason: StopReason, than: StopReason): boolean =>
  than === 'columns-added' && reason !== 'columns-added';

export class RangeEnd {
  #scn: Scn;
  #stops: readonly TableStop[] = [];

  constructor(to: Scn) {
    this.#scn = to;
  }

  /** Inclusive; it only falls. */
  get scn(): Scn {
    return this.#scn;
  }

  /** All of them at {@link scn}; one per table. */
  get stops(): readonly TableStop[] {
    return this.#stops;
  }

  excludes(scn: Scn): boolean {
    return compareScn(scn, this.#scn) > 0;
  }

  /** A stop above the end belongs to a later range; one below it makes those at the end a later range's. */
  stop(stop: TableStop): void {
    const order = compareScn(stop.scn, this.#scn);
    if (order > 0) return;
    if (order < 0) {
      this.#scn = stop.scn;
      this.#stops = [];
    }
    const other = this.#stops.find(({ table }) => table === stop.table);
    if (!other) this.#stops = [...this.#stops, stop];
    else this.#stops = this.#stops.map((each) => (each === other ? together(other, stop) : each));
  }

  /** The same stops, told better. */
  tell(stops: readonly TableStop[]): void {
    this.#stops = stops;
  }
}

function together(first: TableStop, second: TableStop): TableStop {
  if (isWorse(second.reason, first.reason)) return second;
  if (first.reason !== 'columns-added' || second.reason !== 'columns-added') return first;
  return { ...first, text: `${first.text}; ${second.text}`, added: [...(first.added ?? []), ...(second.added ?? [])] };
}
