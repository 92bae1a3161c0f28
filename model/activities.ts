/** The contract between workflows and activities: plain JSON, no rows, no secrets; connections are named, not described. */
import type { ChunkReceipt, CommitOutcome, UploadSession, WindowReceipt } from './receipt.ts';
import type { CapturePoint, Clock, HoldReason, Incarnation, Inside, OpenTransaction, Position } from './position.ts';
import type { AddedColumn } from './change.ts';
import type { Chunk } from './chunk.ts';
import type { PrecheckReport } from './precheck-items.ts';
import type { RunwayMeasure } from './redo-runway.ts';
import type { Scn } from './scn.ts';
import type { StartPoint } from './start-position.ts';
import type { TableName } from './table.ts';
import type { RetryWindows } from './retry-ledger.ts';
import type { CapturedTable, PlanRules, TablePlan } from './task-plan.ts';
import type { RowLimits } from './throttle.ts';
import type { TaskSpec } from './task-spec.ts';

/** The run that scheduled an activity, as the workflow knows it. A commit goes out only if Temporal says it is still the open one. */
export interface OwnRun {
  readonly runId: string;
  /** First run of the task's chain: the copy of a terminated task must not write for the next one. */
  readonly chainId: string;
  readonly taskWorkflowId: string;
}

export interface Endpoints {
  readonly source: string;
  readonly destination: string;
}

export interface Opened {
  readonly runId: string;
  /** The history is not the continuation of the run that the state came from: nothing it says of sessions may be trusted. */
  readonly cut: boolean;
  /** It was cut by a reset: a part of it that this run does not know may have started children. */
  readonly reset?: boolean;
  /** The run that started this copy is no longer what its task goes on from: it was reset, and what it knew of the table may be long past. */
  readonly orphaned?: true;
  /** After a cut: highest record_id per `_log` table. */
  readonly highest: Readonly<Record<string, number>>;
  /** After a cut: the position saved at the destination. Always true, at worst old. */
  readonly saved?: SavedPosition;
}

/** What `save-position` keeps at the destination. */
export interface SavedPosition {
  readonly position: Position;
  readonly planHash: string;
  readonly chainId: string;
  /** `_log` tables that this chain may have written. */
  readonly logs: readonly string[];
  /** Entries of the plan that are not those of its beginning, and of tables whose first copy a cut could not find. */
  readonly replanned?: readonly CapturedTable[];
  /** Tables that left the plan since its beginning. */
  readonly removed?: readonly TableName[];
  /** Of a task that copies nothing: from where the tables of its beginning are followed. */
  readonly followedFrom?: Scn;
  /** Earlier chains of the task whose tables these are (`startAt: saved`), oldest first. */
  readonly madeBy?: readonly string[];
}

/** (from, to] of redo. `fixed` is absent until the first receipt; every later prepare gets exactly this and must reproduce it. */
export interface WindowSpec {
  readonly number: number;
  readonly planHash: string;
  readonly incarnation: Incarnation;
  readonly from: Scn;
  /** It goes on in the middle of a transaction. */
  readonly inside?: Inside;
  readonly open: readonly OpenTransaction[];
  readonly firstRecordId: number;
  readonly clock: Clock;
  /** Left out. */
  readonly held: readonly TableName[];
  /** A held table that catches up is read alone, up to where the others stand. */
  readonly lane?: { readonly table: TableName; readonly upTo: Scn };
  readonly fixed?: {
    readonly to: Scn;
    readonly inside?: Inside;
    readonly hash: string;
    readonly nextRecordId: number;
    /** The next window has begun from this: no row is stamped later. */
    readonly clockSeconds: number;
  };
}

export interface MineLimits {
  readonly flushSeconds: number;
  readonly flushRows: number;
  readonly flushMegabytes: number;
  readonly idleSeconds: number;
  /** Absent: as fast as it goes. */
  readonly throttle?: RowLimits;
}

export interface CopyPlanned {
  readonly snapshotScn: Scn;
  readonly chunks: readonly Chunk[];
  /** Data object numbers that the chunks are read from. */
  readonly dataObjectIds: readonly string[];
}

/** A page of the tables of a task, in the order of their canonical names. */
export interface CreatedTables {
  /** Those of an earlier chain are there with all that they need, and are followed from `emitAfter` on. */
  readonly tables: readonly (TablePlan | CapturedTable)[];
  /** There are tables after the last of these. */
  readonly more: boolean;
  /** Of every `_log` of this page that was there already: ours begin above it. */
  readonly highestRecordId?: number;
  /** What the operator should know of tables that were there already. */
  readonly remarks?: readonly string[];
}

export interface Published {
  readonly rows: number;
  readonly snapshotScn: Scn;
}

export interface LoadingTable {
  readonly name: string;
  readonly snapshotScn: Scn;
}

export interface OpenRunInput {
  readonly lastRunId?: string;
  readonly destination: string;
  readonly task: string;
  readonly chainId: string;
  /** `_log` tables that the state knows. */
  readonly logs: readonly string[];
  /** The history that the state came from had begun to write. */
  readonly wrote: boolean;
  /** The task goes on from the position that any of its chains saved. */
  readonly adopt?: boolean;
  /** Of a copy that has not begun: its task, and the run of it that started this copy. */
  readonly startedBy?: { readonly workflowId: string; readonly runId: string };
}

/** The shortest retry times of other running tasks that share an endpoint. */
export type WindowsOfOthers =
  { readonly found: 'none' | 'unknown' } | { readonly found: 'some'; readonly windows: RetryWindows };

/** What became of a table that was to be followed into its present form. */
export type Followed =
  | { readonly plan: CapturedTable }
  /** `reason`: to hold the table for, instead of that for which it stopped. */
  | { readonly refused: string; readonly reason?: HoldReason };

export interface FollowInput {
  readonly endpoints: Endpoints;
  readonly plan: CapturedTable;
  readonly rules: PlanRules;
  /** Where the columns were added. */
  readonly scn: Scn;
  /** Only these; absent: whatever the table has now. */
  readonly added?: readonly AddedColumn[];
  readonly own: OwnRun;
}

export interface RenewInput {
  readonly endpoints: Endpoints;
  readonly plan: CapturedTable;
  readonly rules: PlanRules;
  /** The old pair gets it: `<name>_log_<suffix>`. */
  readonly suffix: string;
  readonly own: OwnRun;
}

export interface AddTablesInput {
  readonly spec: TaskSpec;
  /** Entries as in `tables` of a task, as a person wrote them. */
  readonly entries: unknown;
  /** Tables of the task already. */
  readonly known: readonly TableName[];
  readonly own: OwnRun;
}

export interface Activities {
  /** Parses, defaults and refuses what a person wrote. Fails with bad-input listing everything wrong at once. */
  readSpec(written: unknown): Promise<TaskSpec>;
  /**
   * Asks Temporal and the destination what this run may trust. After a cut it waits longer than a commit request can live, unless
   * nothing was ever written, and then reads the saved position and the highest record_id of every `_log` back.
   */
  openRun(input: OpenRunInput): Promise<Opened>;
  /** Asks Temporal's lists, which are a moment behind, and not every server has. */
  windowsOfOthers(endpoints: Endpoints): Promise<WindowsOfOthers>;
  precheck(input: { spec: TaskSpec; chainId: string; ignored: readonly string[] }): Promise<PrecheckReport>;
  /**
   * Creates the positions table, and `_base` and `_log` of one page of tables, those after `after`; answers their plans.
   * With `startAt: saved` nothing is created: the plans are those of the saved position.
   */
  createTables(input: { spec: TaskSpec; own: OwnRun; after?: TableName }): Promise<CreatedTables>;
  /** Now, or where a person said. `complete`: fails while a transaction is open there whose redo is not all there. */
  capturePoint(input: { source: string; startAt?: StartPoint; complete?: boolean }): Promise<CapturePoint>;
  /** Only looks: how long the redo from `needed` on will be there. */
  measureRunway(input: { source: string; incarnation: Incarnation; needed: Scn }): Promise<RunwayMeasure>;
  /** Takes the table's snapshot SCN, then its extents; creates the loading table. */
  planCopy(input: {
    endpoints: Endpoints;
    plan: TablePlan;
    rules: PlanRules;
    own: OwnRun;
    attempt: number;
    chunkMegabytes: number;
    parallelChunks: number;
  }): Promise<CopyPlanned & { loading: string }>;
  /** Opens a new session, writes one chunk into it, and answers what it holds. Nothing is visible. */
  copyChunk(input: {
    endpoints: Endpoints;
    plan: TablePlan;
    rules: PlanRules;
    loading: LoadingTable;
    chunk: Chunk;
    own: OwnRun;
    throttle?: RowLimits;
  }): Promise<ChunkReceipt>;
  /**
   * After a cut: was this table published by this chain already? A merge into `_base` that had begun is finished first.
   * `mustBe`: the saved position says that it was; fails with sink-table-changed when it is not there.
   */
  findPublished(input: {
    endpoints: Endpoints;
    plan: TablePlan;
    rules: PlanRules;
    own: OwnRun;
    mustBe?: true;
  }): Promise<Published | null>;
  /** Counts the loading table against the receipts, then puts it in the place of `_base`. Each step idempotent. */
  publishTable(input: {
    endpoints: Endpoints;
    plan: TablePlan;
    rules: PlanRules;
    loading: LoadingTable;
    rows: number;
    dataObjectIds: readonly string[];
    own: OwnRun;
  }): Promise<Published>;
  /** Mines until something is worth a window, opens new sessions, writes them. Long-polls up to `idleSeconds`. */
  mineWindow(input: {
    endpoints: Endpoints;
    spec: WindowSpec;
    skip: Readonly<Record<string, number>>;
    limits: MineLimits;
    own: OwnRun;
  }): Promise<WindowReceipt>;
  /** Commits exactly these sessions, in order: status → commit → status each. */
  commitReceipts(input: {
    destination: string;
    sessions: readonly UploadSession[];
    own: OwnRun;
  }): Promise<CommitOutcome>;
  /** After a quiet period: the highest record_id per `_log` table. */
  resolveCommit(input: {
    destination: string;
    logs: readonly string[];
    own: OwnRun;
  }): Promise<Readonly<Record<string, number>>>;
  /** Gives `_log` and `_base` the columns that the table has now, or says why they cannot have them. Idempotent. */
  followTable(input: FollowInput): Promise<Followed>;
  /** Sets the old pair aside and makes a new one for the table as it is now. Idempotent. */
  renewTables(input: RenewInput): Promise<Followed>;
  /** Makes the pairs of further tables. Fails with bad-input listing what is wrong. */
  addTables(input: AddTablesInput): Promise<readonly TablePlan[]>;
  /** A session that replaces the saved position once it is committed, by commitReceipts. */
  preparePosition(input: {
    destination: string;
    task: string;
    saved: SavedPosition;
    own: OwnRun;
  }): Promise<UploadSession>;
  /** Fails until the endpoint answers; the server repeats it. */
  probeEndpoint(input: { side: 'source' | 'destination'; connection: string }): Promise<void>;
}
