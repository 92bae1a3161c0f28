/**
 * What the activities need from a source and a sink, with the promises that exactly-once rests on.
 * `oracle/` and `maxcompute/` do not import this file: their classes fit it, and the compiler checks the fit in `worker/main.ts`.
 */
import type { Chunk } from '../model/chunk.ts';
import type { CommittedTransaction, RedoNote, TableStop } from '../model/change.ts';
import type { ComparableAnswer } from '../model/comparable.ts';
import type { UploadSession } from '../model/receipt.ts';
import type { CapturePoint, Incarnation, Inside, OpenTransaction } from '../model/position.ts';
import type { SourceMeasures } from '../model/precheck-items.ts';
import type { RunwayMeasure } from '../model/redo-runway.ts';
import type { Scn } from '../model/scn.ts';
import type { StartPoint } from '../model/start-position.ts';
import type { SinkColumn, SinkTable } from '../model/sink-table.ts';
import type { BucketDigest, TableState } from '../model/table-state.ts';
import type { RowText } from '../model/row-text.ts';
import type { TableMapPage } from '../model/task-plan.ts';
import type { Column, Row, TableDescription, TableName } from '../model/table.ts';

export interface MineRequest {
  readonly incarnation: Incarnation;
  /** Exclusive: commits at or below it are not emitted. */
  readonly from: Scn;
  /** Inclusive, at most what {@link Source.minedUpTo} answered. */
  readonly to: Scn;
  /**
   * `from` is its commit SCN - 1: of what commits at that SCN, transactions that order before it and its first changes are left out, and
   * the range ends there at the latest. The transaction itself is given also when nothing of it remains.
   */
  readonly inside?: Inside;
  /** Transactions open at `from`. */
  readonly open: readonly OpenTransaction[];
  readonly tables: readonly TableDescription[];
  /** Of redo, over all threads: a range that holds more ends earlier, without a stop. Default 512. */
  readonly megabytesMax?: number;
}

/** One pass over (from, to], ended when it is disposed of. */
export interface MinedRange extends AsyncDisposable {
  /** In the order (commit SCN, thread, RS_ID of the COMMIT, XID); transactions without surviving changes are left out. */
  readonly transactions: AsyncIterable<CommittedTransaction>;
  /** Where the range really ends: `to`, or lower where it holds too much redo or a captured table cannot be followed further. Valid once `transactions` has ended. */
  readonly end: Scn;
  /** Why it ends there; empty when no table stopped it. Valid once `transactions` has ended. Several tables may stop at one SCN. */
  readonly stops: readonly TableStop[];
  /**
   * Transactions that had begun at or below `scn` and had not ended there. Valid for `end` once `transactions` has ended, and for the
   * commit SCN of a transaction once the first one with a higher commit SCN was read, and for the SCN before that of the one read last.
   */
  openAt(scn: Scn): readonly OpenTransaction[];
  /** What was met above `from` and up to `scn` that changes no row and is worth telling; valid as {@link openAt}. */
  notesTo(scn: Scn): readonly RedoNote[];
}

export interface ChunkLimits {
  readonly chunkMegabytes: number;
  /** Smaller chunks than asked, down to one extent each, when a small table would otherwise leave readers idle. */
  readonly chunksMin: number;
  readonly chunksMax: number;
}

export interface ChunkAt {
  readonly chunk: Chunk;
  readonly asOf: Scn;
}

/** Rows of a table by the bucket of their key (model/table-state.ts). */
export interface Buckets {
  readonly text: RowText;
  /** How many there are. */
  readonly count: number;
  /** Only rows of these; absent: of all. */
  readonly wanted?: readonly number[];
}

export interface LargeValuesAsked {
  readonly asOf: Scn;
  /** Each the values of the key's columns, in the key's order. */
  readonly keys: readonly Row[];
}

export interface LargeValues {
  /** In the order of the keys, each the large columns in the description's order; undefined where no row has the key. */
  readonly rows: readonly (Row | undefined)[];
  /** As of the SCN; as they are now, where that cannot be read any more; `gone`: the table, or a column, is not there any more. */
  readonly read: 'as-of' | 'present' | 'gone';
}

/** All methods throw Failure with a kind of model/failure.ts. All of them only read. */
export interface Source {
  /** Resolves when a login and one round trip succeeded. */
  probe(): Promise<void>;
  measure(tables: readonly TableName[]): Promise<SourceMeasures>;
  /** Tables of these owners that a pattern may mean: stored ones that people made, by canonical name. */
  listTables(owners: readonly string[]): Promise<readonly TableName[]>;
  /** From the dictionary, in the order asked; fails when one is missing. */
  describe(tables: readonly TableName[]): Promise<readonly TableDescription[]>;
  /** Position from V$THREAD first, then the open transactions (design section 6, "Start order"). */
  capturePoint(): Promise<CapturePoint>;
  /** The SCN that a person means. @throws Failure bad-input when the redo from there on cannot be read, with what can be. */
  startScn(at: StartPoint): Promise<Scn>;
  /** The same, with the transactions that were open there, as far as redo tells (docs/decisions/0018). */
  startPoint(at: StartPoint): Promise<CapturePoint>;
  /** Since when the redo from `needed` on is there, and how long logs are kept. */
  redoRunway(incarnation: Incarnation, needed: Scn): Promise<RunwayMeasure>;
  /** CURRENT_SCN: for a snapshot, never as an upper bound of mining. */
  currentScn(): Promise<Scn>;
  /** ROWID ranges over all extents; an empty table has none. */
  planChunks(table: TableDescription, limits: ChunkLimits): Promise<readonly Chunk[]>;
  /** The same rows every time it is asked for the same chunk and SCN. Values in canonical text (model/table.ts). */
  readChunk(table: TableDescription, chunk: Chunk, asOf: Scn, signal: AbortSignal): AsyncIterable<readonly Row[]>;
  /** Computed by the database: one answer per bucket that has rows. */
  digestChunk(
    table: TableDescription,
    place: ChunkAt,
    buckets: Buckets,
    signal: AbortSignal,
  ): Promise<readonly BucketDigest[]>;
  /** As {@link readChunk}, only rows of the buckets wanted. */
  readBuckets(
    table: TableDescription,
    place: ChunkAt,
    buckets: Buckets,
    signal: AbortSignal,
  ): AsyncIterable<readonly Row[]>;
  /** Values of large columns (model/large-columns.ts) of a table with a key. Asks for some keys at a time, however many there are. */
  readLargeValues(table: TableDescription, asked: LargeValuesAsked, signal: AbortSignal): Promise<LargeValues>;
  /** The highest SCN up to which every thread's redo is on disk: min over open threads of V$THREAD, never CURRENT_SCN. */
  minedUpTo(): Promise<{ readonly scn: Scn; readonly incarnation: Incarnation; readonly clockSeconds: number }>;
  /** The same transactions every time it is asked for the same range. */
  mine(request: MineRequest, signal: AbortSignal): Promise<MinedRange>;
}

/** Name of the column that `keepState` adds, with a digit behind it where the table has one of that name. */
export const COPIES = 'redoflow_copies';

/** Nothing written to it is visible until the session commits; an upload that is not finished is an orphan that nobody sees. */
export interface Upload {
  readonly id: string;
  /** Values in the order of the columns given to openUpload. Resolves when there is room for more: the only flow control. */
  write(rows: readonly Row[]): Promise<void>;
  /**
   * Sends what is buffered. The session then holds exactly `rows` rows in blocks 0 … blocks-1. `nulled`: values that their columns cannot
   * hold and that are NULL instead, where the columns allow it.
   */
  finish(): Promise<{
    readonly rows: number;
    readonly bytes: number;
    readonly blocks: number;
    readonly nulled: number;
  }>;
}

export interface UploadTarget {
  readonly table: string;
  /** `a=1,b=2`; the partition must exist. */
  readonly partition?: string;
}

/** `gone`: expired, unknown or unusable. `committing` may still turn into `closed`. */
export type UploadStatus = 'normal' | 'committing' | 'closed' | 'gone';

/** All methods throw Failure with a kind of model/failure.ts. Statements are idempotent unless said. */
export interface Sink {
  probe(): Promise<void>;
  findTable(name: string): Promise<SinkTable | undefined>;
  /** IF NOT EXISTS. */
  createTable(table: SinkTable): Promise<void>;
  /** Not idempotent: fails when `from` is missing or `to` exists. */
  renameTable(from: string, to: string): Promise<void>;
  /** Appends columns; IF NOT EXISTS. */
  addColumns(table: string, columns: readonly SinkColumn[]): Promise<void>;
  /** IF EXISTS. */
  dropTable(name: string): Promise<void>;
  setComment(table: string, comment: string): Promise<void>;
  /**
   * In one step: rows of `into` whose key is not in `from`, and all rows of `from`; without a key all rows of `from` alone. Doing it
   * twice gives the same, as long as `from` is there. An earlier statement of the same two tables that still runs is waited for.
   */
  mergeRows(rows: { readonly into: string; readonly from: string; readonly key: readonly string[] }): Promise<void>;
  countRows(table: string): Promise<number>;
  /** Computed by the service, in one statement: one answer per bucket that has rows, or doubled ones. `source`: the types of `state.columns`. */
  digestState(state: TableState, source: readonly Column[], buckets: Buckets): Promise<readonly BucketDigest[]>;
  /**
   * The rows of the state, as a new table that MaxCompute drops by itself after a day: the columns of the state, then {@link COPIES}: how
   * often the row stands there. IF NOT EXISTS. With `buckets`, only rows of the buckets wanted.
   */
  keepState(into: string, state: TableState, source: readonly Column[], buckets?: Buckets): Promise<void>;
  /** Rows of the state into `into`, in one step, in place of what is there. The table is created when it is missing. */
  writeState(into: string, state: TableState): Promise<void>;
  /** All rows of a table without partitions, in canonical text, in the order of its columns. */
  readRows(table: string, signal: AbortSignal): AsyncIterable<readonly Row[]>;
  /** IF NOT EXISTS. */
  addPartition(table: string, partition: string): Promise<void>;
  /** MAX(column) over all partitions; 0 for an empty table. */
  highest(table: string, column: string): Promise<number>;
  /**
   * Always a new session. `columns` in the order that rows will have; fails with sink-table-changed if the table lacks one. `signal`
   * ends what is sent to it, and every wait for a repetition.
   */
  openUpload(target: UploadTarget, columns: readonly SinkColumn[], signal?: AbortSignal): Promise<Upload>;
  uploadStatus(
    target: UploadTarget,
    id: string,
  ): Promise<{ readonly status: UploadStatus; readonly blocks: readonly number[] }>;
  /** One request, never repeated by the client: whoever calls it asks the status afterwards, whatever it answers. */
  commitUpload(target: UploadTarget, id: string): Promise<void>;
  /** Replaces the text kept for `task` in one step (upload with overwrite into the task's partition of `table`). */
  savePosition(table: string, task: string, text: string): Promise<void>;
  /** A new session that replaces the text kept for `task` once it is committed. */
  preparePosition(table: string, task: string, text: string): Promise<UploadSession>;
  readPosition(table: string, task: string): Promise<string | undefined>;
}

/** What Temporal says of the run in which an attempt executes. */
export interface RunFacts {
  readonly runId: string;
  readonly workflowId: string;
  /** The first event's `originalExecutionRunId` (another id after a reset) and `continuedExecutionRunId`. */
  origin(): Promise<{ readonly originalRunId: string; readonly continuedFrom?: string }>;
  /** The open run of a workflow id, or undefined when it is closed. */
  openRunOf(workflowId: string): Promise<{ readonly runId: string; readonly firstRunId: string } | undefined>;
  /** The open run of a workflow id is this one, or continues it at once and without a reset. */
  continues(workflowId: string, runId: string): Promise<boolean>;
  /** The retry times, as text, that other running tasks with any of these connections show; undefined where the server cannot tell. */
  windowsShownBy(connections: readonly string[]): Promise<readonly string[] | undefined>;
  /** One page of the plan with this hash, asked of the workflow itself. */
  tableMap(hash: string, page: number): Promise<TableMapPage | null>;
  /** Asked of a task's workflow, also of one that has ended. */
  comparablePoint(taskWorkflowId: string, table: string): Promise<ComparableAnswer>;
}

/** The attempt that executes: its cancellation, its sign of life, the run it belongs to. Read inside the activity. */
export interface Attempt {
  readonly signal: AbortSignal;
  /** Shown as heartbeat details; repeated until the next report. */
  report(details: unknown): void;
  sleep(milliseconds: number): Promise<void>;
  readonly run: RunFacts;
}

/** `mayHelp`: another attempt may be answered otherwise. `problem` names neither address nor secret. */
export type DeliveryAnswer =
  { readonly delivered: true } | { readonly delivered: false; readonly mayHelp: boolean; readonly problem: string };

/** Someone who is told of alerts. */
export interface Contact {
  /** One request. `id` is the same however often the same thing is told. Throws only when `signal` ends it. */
  deliver(id: string, body: string, signal: AbortSignal): Promise<DeliveryAnswer>;
}

/** What the activities that tell of alerts are made of. */
export interface Contacts extends Pick<Dependencies, 'attempt'> {
  /** @throws Failure bad-input when no contact of that name is registered, or its secret cannot be read. */
  contact(name: string): Contact;
}

/** Everything the activities are made of. */
export interface Dependencies {
  /** @throws Failure bad-input when no connection of that name and kind is registered. */
  source(connection: string): Source;
  sink(connection: string): Sink;
  attempt(): Attempt;
  /** Longer than any commit request can live at the service. */
  readonly commitQuietSeconds: number;
  /** How long an idle `mineWindow` waits before it answers with an empty window. */
  readonly idleSeconds: number;
}
