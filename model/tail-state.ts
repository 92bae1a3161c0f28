/** What the tail of a task remembers between two decisions: plain JSON, carried through continue-as-new. */
import type { WindowSpec } from './activities.ts';
import type { TableStop } from './change.ts';
import type { Position } from './position.ts';
import type { CommitState, UploadSession, WindowReceipt } from './receipt.ts';
import type { RedoRunway } from './redo-runway.ts';
import type { Scn } from './scn.ts';
import type { TableName } from './table.ts';
import type { CapturedTable, TablePlan } from './task-plan.ts';

export interface PlannedWindow {
  readonly spec: WindowSpec;
  readonly receipt?: WindowReceipt;
  readonly status: CommitState;
}

/** A session that replaces the saved position. It is never replaced itself before its outcome is known. */
export interface SavingPosition {
  readonly session: UploadSession;
  readonly position: Position;
}

export interface TailState {
  readonly tables: readonly CapturedTable[];
  readonly planHash: string;
  readonly position: Position;
  readonly nextWindow: number;
  /** In order: at most one committing and one mined ahead. */
  readonly windows: readonly PlannedWindow[];
  /** Read back after a cut: rows of a `_log` at or below are at the destination already. */
  readonly skip: Readonly<Record<string, number>>;
  /** A session whose commit was scheduled is gone: the destination has to be read before anything is written. */
  readonly ambiguous: boolean;
  /** What `save-position` wrote last (`placeOf`), and when (epoch milliseconds). */
  readonly saved?: { readonly place: string; readonly at: number };
  /** What is asked of the tables, in order. */
  readonly requests: readonly TableRequest[];
  /** Columns were added: the destination gets them before anything above is read. */
  readonly following: readonly TableStop[];
  /** What windows emit was changed: nothing is read before that is saved with the position. */
  readonly unsaved: boolean;
  /** After a window of all tables, one of a table that catches up. */
  readonly laneIsNext: boolean;
  /** Tables whose entries are not those of the first plan, and tables that left it. */
  readonly replanned: readonly TableName[];
  readonly removed: readonly TableName[];
  /** What the first plan said of tables that it had, and that are in one of these two. */
  readonly originals: Readonly<Record<string, CapturedTable>>;
  /** Prepared; its commit may have been done. */
  readonly saving?: SavingPosition;
  readonly windowsDone: number;
  readonly transactions: number;
  /** Rows committed to each `_log` by this chain. */
  readonly logRows: Readonly<Record<string, number>>;
  /** Of them, values written as NULL; a `_log` without any is not named. */
  readonly nulled: Readonly<Record<string, number>>;
  readonly latency?: { readonly seconds: number; readonly measuredAt: number };
  /** How long the redo that is needed will be there, as measured last. */
  readonly runway?: RedoRunway;
  /** Epoch milliseconds of the last attempt to measure it; absent: it is due. */
  readonly runwayTried?: { readonly at: number; readonly failed: boolean };
  /** An operator gave up redo that is gone: nothing is read before the position has moved past it. */
  readonly gap?: GapRequest;
  readonly attemptsLost: number;
}

/**
 * Taken up at the boundary of a window, in order. A cut history may ask again what was done already: each says what it was asked of, and is
 * dropped when that is no more.
 */
export type TableRequest =
  | { readonly do: 'add'; readonly plan: TablePlan }
  /** `plan`: the table in its present form. */
  | { readonly do: 'continue' | 'accept-gap'; readonly plan: CapturedTable; readonly heldFrom: Scn }
  | { readonly do: 'remove'; readonly table: TableName }
  | { readonly do: 'resync'; readonly table: TableName; readonly setAside: string; readonly generation?: number }
  /** Its copy is published. */
  | { readonly do: 'join'; readonly table: TableName; readonly snapshotScn: Scn; readonly generation?: number };

/** - `accept`: the changes are lost, and that is recorded. - `resync`: every table is copied anew; their old pairs are kept. */
export type GapWay = 'accept' | 'resync';

export interface GapRequest {
  readonly way: GapWay;
  /** Suffix of the old pairs: `20261122_171500`. */
  readonly setAside: string;
}
