/** Where the tail stands. Everything at or below `scn` is at the destination; nothing above it is. */
import type { StopReason } from './change.ts';
import { minScn, type Scn } from './scn.ts';
import type { TableName } from './table.ts';

/** One line of redo: SCNs of two incarnations are not comparable. */
export interface Incarnation {
  readonly dbid: string;
  readonly resetlogsScn: Scn;
}

/** A transaction that had begun and not ended at the position. */
export interface OpenTransaction {
  /** RAWTOHEX(XID), upper case; or {@link EVERY_TRANSACTION}. */
  readonly xid: string;
  readonly startScn: Scn;
  /** false: no change of a captured table seen so far. true: seen, or not known (found open when capture began). */
  readonly captured: boolean;
}

/** In the place of an XID: whatever began at or above `startScn` and had not ended. */
export const EVERY_TRANSACTION = '*';

/** Positions ride in every window: 300 of them are some 25 KB. */
const OPEN_NAMED_MAX = 300;

/** The same transactions; too many to be named are told by the START of the oldest, and are found again in the redo. */
export function collapsed(open: readonly OpenTransaction[], namedMax = OPEN_NAMED_MAX): readonly OpenTransaction[] {
  const [first, ...others] = open;
  if (!first || open.length <= namedMax) return open;
  const startScn = others.reduce((oldest, transaction) => minScn(oldest, transaction.startScn), first.startScn);
  return [{ xid: EVERY_TRANSACTION, startScn, captured: true }];
}

/**
 * A window ended in the middle of a large transaction. Whatever commits at `commitScn` and orders before it is at the destination, and so
 * are its changes before `nextOrdinal`.
 */
export interface Inside {
  readonly xid: string;
  readonly commitScn: Scn;
  /** Counted from 0, among its surviving changes of the tables that were captured: which these are does not change meanwhile. */
  readonly nextOrdinal: number;
}

/** `copying`: added, or made anew: held only until its copy is published. `copy-lacks-columns`: they were added while it was copied. */
export type HoldReason = StopReason | 'copying' | 'copy-lacks-columns';

/** A table that windows leave out. It is mined again alone, from where it stopped. */
export interface HeldTable {
  /** Whatever of the table committed at or below it is at the destination; nothing above it is. */
  readonly fromScn: Scn;
  /** Transactions that were open there. */
  readonly open: readonly OpenTransaction[];
  readonly reason: HoldReason;
  /** What was met and where; no row's value. */
  readonly text: string;
  /** Released: it is mined alone until it has caught up with the others, and then joins them. */
  readonly catchingUp?: true;
  /** `_base` and `_log` get this suffix before a new pair is made: `20261122_171500`. */
  readonly setAside?: string;
}

/** Its pair is about to be made anew, or is gone: there is no copy to be found. */
export const isWithoutCopy = (held: HeldTable | undefined): boolean =>
  held?.reason === 'copying' || held?.reason === 'gone';

export type Held = Readonly<Record<string, HeldTable>>;

/** Inputs of `utc_timestamp`, which never falls. Unix seconds. */
export interface Clock {
  readonly previousSeconds: number;
}

export interface Position {
  readonly incarnation: Incarnation;
  readonly scn: Scn;
  /** Of the transactions that commit above `scn`, what is at the destination already; then `scn` is its `commitScn` - 1. */
  readonly inside?: Inside;
  readonly open: readonly OpenTransaction[];
  /** Tables that windows leave out, by canonical name. */
  readonly held: Held;
  /** A held table that catches up: the next window reads it alone. Saved with the position before anything of it is written. */
  readonly lane?: TableName;
  /** The next `record_id` to give out: above every one at the destination. A safe integer. */
  readonly nextRecordId: number;
  readonly clock: Clock;
}

/** Where a capture may begin: redo of everything that commits above `scn` can still be mined. */
export type CapturePoint = Pick<Position, 'incarnation' | 'scn' | 'open'>;

/** A text that differs whenever more of the redo is at the destination. */
export const placeOf = ({ scn, inside }: Pick<Position, 'scn' | 'inside'>): string =>
  inside ? `${scn} ${inside.xid} ${inside.nextOrdinal}` : scn;

/** `utc_timestamp` of a commit: the redo's time, held below the source's clock, and never before the one given out last. */
export const stampSeconds = (previousSeconds: number, commitSeconds: number, sourceClockSeconds: number): number =>
  Math.max(previousSeconds, Math.min(commitSeconds, sourceClockSeconds));
