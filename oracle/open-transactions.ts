/** Which transactions are open at which SCN of a range that is being read: one entry per transaction, whatever it changed. */
import { Failure } from '../model/failure.ts';
import type { OpenTransaction } from '../model/position.ts';
import { compareScn, minScn, scn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import { operations, unknownSequence } from './redo-row.ts';
import type { RedoRow } from './redo-row.ts';

interface Known {
  readonly xid: string;
  startScn: Scn;
  endScn: Scn | undefined;
  /** Where the first change of a captured table was seen; zero: before the range, or not known. */
  capturedScn: Scn | undefined;
}

const BEFORE = scn('0');

/** Ended transactions are forgotten in pieces of this many. */
const FORGET_AT = 1000;

/** Undo segment and slot: what is left of an XID whose sequence LogMiner does not know. */
const slotOf = (xid: string): string => xid.slice(0, 8);

export class OpenTransactions {
  readonly #known = new Map<string, Known>();
  /** In the order of their ends. */
  #ended: Known[] = [];
  #forgottenTo: Scn = BEFORE;

  /** `open` at the beginning of the range. */
  constructor(open: readonly OpenTransaction[]) {
    for (const { xid, startScn, captured } of open) {
      this.#known.set(xid, { xid, startScn, endScn: undefined, capturedScn: captured ? BEFORE : undefined });
    }
  }

  /** Takes the next row in redo order. Rows of changes are those of captured tables: others were filtered out. */
  add(row: RedoRow): void {
    switch (row.operation) {
      case operations.missingScn:
      // DDL commits by itself, and is decided where it stands.
      case operations.ddl:
        return;
      case operations.start:
        this.#start(row);
        return;
      case operations.commit:
      case operations.rollback:
        this.#end(row);
        return;
      default: {
        const transaction = this.#find(row);
        if (transaction) transaction.capturedScn ??= row.scn;
      }
    }
  }

  /** Begun at or below `at` and not ended there, oldest first. Everything up to `at` must have been added. */
  at(at: Scn): readonly OpenTransaction[] {
    if (compareScn(at, this.#forgottenTo) < 0) {
      throw new Failure('bug', `The open transactions at SCN ${at} were asked for after SCN ${this.#forgottenTo}.`);
    }
    return [...this.#known.values()]
      .filter(
        ({ startScn, endScn }) => compareScn(startScn, at) <= 0 && (endScn === undefined || compareScn(endScn, at) > 0),
      )
      .sort((a, b) => compareScn(a.startScn, b.startScn) || (a.xid < b.xid ? -1 : 1))
      .map(({ xid, startScn, capturedScn }) => {
        return { xid, startScn, captured: capturedScn !== undefined && compareScn(capturedScn, at) <= 0 };
      });
  }

  /** {@link at} will not be asked for anything below `scn`. */
  forget(below: Scn): void {
    if (this.#ended.length < FORGET_AT) return;
    const kept = this.#ended.findIndex(({ endScn }) => endScn !== undefined && compareScn(endScn, below) > 0);
    for (const { xid } of this.#ended.splice(0, kept === -1 ? this.#ended.length : kept)) this.#known.delete(xid);
    this.#forgottenTo = below;
  }

  #start({ xid, scn: startScn }: RedoRow): void {
    const known = this.#known.get(xid);
    if (known) known.startScn = minScn(known.startScn, startScn);
    else this.#known.set(xid, { xid, startScn, endScn: undefined, capturedScn: undefined });
  }

  #end(row: RedoRow): void {
    const transaction = this.#find(row);
    if (!transaction) return;
    transaction.endScn = row.scn;
    this.#ended.push(transaction);
  }

  #find({ xid, sqn, scn: at }: RedoRow): Known | undefined {
    if (sqn !== unknownSequence) return this.#known.get(xid);
    // One transaction holds a slot at a time: the youngest that had begun.
    return [...this.#known.values()]
      .filter((candidate) => slotOf(candidate.xid) === slotOf(xid) && compareScn(candidate.startScn, at) <= 0)
      .reduce<Known | undefined>(
        (found, one) => (found && compareScn(found.startScn, one.startScn) > 0 ? found : one),
        undefined,
      );
  }
}
