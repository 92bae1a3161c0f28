/** The copy of one table without Temporal: next steps, and what each result does to the state. Pure. */
import type { CopyPlanned, LoadingTable, Opened, Published } from './activities.ts';
import { halves, type Chunk } from './chunk.ts';
import { remedyOf } from './failure.ts';
import type { ChunkReceipt, CommitOutcome } from './receipt.ts';
import { isDue, withoutLedger } from './retry-ledger.ts';
import {
  attemptFailed,
  probes,
  type AttemptFailure,
  type Circumstances,
  type ProbeStep,
  type RunState,
} from './run-state.ts';

/** A chunk that is done has left this list. */
export type CopiedChunk =
  | { readonly chunk: Chunk; readonly status: 'planned' }
  | { readonly chunk: Chunk; readonly status: 'prepared' | 'commitScheduled'; readonly receipt: ChunkReceipt };

export interface CopyState extends RunState {
  /** Every attempt loads into a table of its own, which no older attempt can reach. */
  readonly attempt: number;
  readonly loading?: LoadingTable;
  /** Of everything that the chunks are read from; it must still be there at the end. */
  readonly dataObjectIds: readonly string[];
  /** Values of committed chunks that were written as NULL, their columns being too small for them. */
  readonly nulled: number;
  readonly pending: readonly CopiedChunk[];
  readonly chunks: number;
  /** The highest number that a chunk of this attempt has. */
  readonly lastChunk: number;
  /** Chunks that were read at a newer SCN than the table's snapshot. */
  readonly newerChunks: number;
  /** Rows of committed chunks. */
  readonly rows: number;
  /** After a cut: a table published before it must not be copied again. */
  readonly lookForPublished: boolean;
  /** Its task was reset before this copy began: it ends, and the task looks anew what there is to copy. */
  readonly orphaned?: true;
  readonly published?: Published;
  readonly attemptsLost: number;
  /** What was done last about undo that was overwritten, or about a commit without an answer, for the task's events. */
  readonly remark?: string;
}

export type CopyStep =
  | ProbeStep
  | { readonly do: 'open-run' }
  | { readonly do: 'find-published' }
  | { readonly do: 'plan' }
  | { readonly do: 'copy'; readonly chunk: Chunk }
  | { readonly do: 'commit'; readonly chunk: Chunk; readonly receipt: ChunkReceipt }
  | { readonly do: 'publish' }
  | { readonly do: 'cancel-readers' }
  | { readonly do: 'rest' };

export const OPEN_UNIT = 'opening the run';
export const PLAN_UNIT = 'planning the copy';
export const PUBLISH_UNIT = 'publishing the copy';
/** Restarts of the whole copy are charged here. */
export const COPY_UNIT = 'copy';
export const chunkUnit = (chunk: Chunk): string => `chunk ${chunk.number}`;
export const chunkCommitUnit = (chunk: Chunk): string => `commit of chunk ${chunk.number}`;

export const newCopy = (): CopyState => ({
  ledgers: {},
  attempt: 0,
  dataObjectIds: [],
  nulled: 0,
  pending: [],
  chunks: 0,
  lastChunk: 0,
  newerChunks: 0,
  rows: 0,
  lookForPublished: false,
  attemptsLost: 0,
});

export function decideCopy(state: CopyState, now: Circumstances, parallelChunks: number): readonly CopyStep[] {
  const { running } = now;
  if (now.wish !== 'run' || state.failed || state.published || state.orphaned) return atRest(running);
  if (!state.runId) return opening(state, now);
  const waiting = probes(state.ledgers, running);
  if (state.lookForPublished) return [...waiting, ...once('find-published', OPEN_UNIT, state, now)];
  if (!isDue(state.ledgers, COPY_UNIT, now.now)) return waiting;
  if (!state.loading) return [...waiting, ...once('plan', PLAN_UNIT, state, now)];
  if (state.pending.length === 0) return [...waiting, ...once('publish', PUBLISH_UNIT, state, now)];
  return [...waiting, ...chunkSteps(state, now, parallelChunks)];
}

function atRest(running: ReadonlySet<string>): readonly CopyStep[] {
  if (running.size === 0) return [{ do: 'rest' }];
  return [...running].some(isReader) ? [{ do: 'cancel-readers' }] : [];
}

const READERS: ReadonlySet<string> = new Set(['mine', 'measure', 'pass-gap']);

/** Activities that change nothing that anybody sees: safe to cancel at any moment. */
export const isReader = (key: string): boolean => key.startsWith('copy ') || isProbe(key) || READERS.has(key);

/** Only asks whether an endpoint answers: a run may be opened meanwhile, and may have to wait for the answer. */
export const isProbe = (key: string): boolean => key.startsWith('probe ');

function opening(state: CopyState, now: Circumstances): readonly CopyStep[] {
  // Whatever still runs belongs to a history that was cut: it ends first.
  const busy = [...now.running].filter((key) => !isProbe(key));
  if (busy.length > 0) return now.running.has('open-run') ? [] : busy.some(isReader) ? [{ do: 'cancel-readers' }] : [];
  return isDue(state.ledgers, OPEN_UNIT, now.now) ? [{ do: 'open-run' }] : probes(state.ledgers, now.running);
}

function once(
  step: 'find-published' | 'plan' | 'publish',
  unit: string,
  state: CopyState,
  now: Circumstances,
): readonly CopyStep[] {
  return now.running.has(step) || !isDue(state.ledgers, unit, now.now) ? [] : [{ do: step }];
}

function chunkSteps(state: CopyState, now: Circumstances, parallelChunks: number): readonly CopyStep[] {
  const steps: CopyStep[] = [];
  let busy = [...now.running].filter((key) => key.startsWith('copy ') || key.startsWith('commit ')).length;
  for (const entry of state.pending) {
    if (busy >= parallelChunks) break;
    const { chunk } = entry;
    if (now.running.has(`copy ${chunk.number}`) || now.running.has(`commit ${chunk.number}`)) continue;
    const unit = entry.status === 'planned' ? chunkUnit(chunk) : chunkCommitUnit(chunk);
    if (!isDue(state.ledgers, unit, now.now)) continue;
    steps.push(entry.status === 'planned' ? { do: 'copy', chunk } : { do: 'commit', chunk, receipt: entry.receipt });
    busy += 1;
  }
  return steps;
}

// ---- what results do ---------------------------------------------------------------------------------------------

/** After a cut every receipt is void, and so is the loading table: an older run may still commit into it. */
export function copyOpened(state: CopyState, opened: Opened): CopyState {
  const known = {
    ...state,
    runId: opened.runId,
    lastRunId: opened.runId,
    ledgers: withoutLedger(state.ledgers, OPEN_UNIT),
  };
  if (opened.orphaned) return { ...known, orphaned: true };
  return opened.cut ? { ...withoutLoading(known), lookForPublished: true } : known;
}

const withoutLoading = (state: CopyState): CopyState => {
  const { loading: _loading, ...rest } = state;
  return { ...rest, pending: [], chunks: 0, lastChunk: 0, newerChunks: 0, rows: 0, nulled: 0 };
};

export function publishedFound(state: CopyState, published: Published | null): CopyState {
  const known = { ...state, lookForPublished: false, ledgers: withoutLedger(state.ledgers, OPEN_UNIT) };
  return published ? { ...known, published, rows: published.rows } : known;
}

/** Before `planCopy` is scheduled: a lost attempt's loading table is never used again. */
export const planScheduled = (state: CopyState): CopyState => ({ ...state, attempt: state.attempt + 1 });

export const copyPlanned = (state: CopyState, plan: CopyPlanned & { readonly loading: string }): CopyState => ({
  ...state,
  loading: { name: plan.loading, snapshotScn: plan.snapshotScn },
  dataObjectIds: plan.dataObjectIds,
  pending: plan.chunks.map((chunk) => ({ chunk, status: 'planned' })),
  chunks: plan.chunks.length,
  lastChunk: plan.chunks.length,
  newerChunks: 0,
  rows: 0,
  nulled: 0,
  ledgers: withoutLedger(state.ledgers, PLAN_UNIT),
});

const replaceChunk = (state: CopyState, number: number, change: (entry: CopiedChunk) => CopiedChunk): CopyState => ({
  ...state,
  pending: state.pending.map((entry) => (entry.chunk.number === number ? change(entry) : entry)),
});

export function chunkPrepared(state: CopyState, chunk: Chunk, receipt: ChunkReceipt): CopyState {
  const cleared = { ...state, ledgers: withoutLedger(state.ledgers, chunkUnit(chunk)) };
  return replaceChunk(cleared, chunk.number, (entry) =>
    entry.status === 'planned' ? { chunk, status: 'prepared', receipt } : entry,
  );
}

/** Set before the commit is scheduled: from here this session is never replaced within the attempt. */
export const chunkCommitScheduled = (state: CopyState, chunk: Chunk): CopyState =>
  replaceChunk(state, chunk.number, (entry) =>
    entry.status === 'planned' ? entry : { ...entry, status: 'commitScheduled' },
  );

export function chunkCommitted(
  state: CopyState,
  chunk: Chunk,
  outcome: CommitOutcome,
  at: { now: number; windows: Circumstances['windows'] },
): CopyState {
  const entry = state.pending.find(({ chunk: { number } }) => number === chunk.number);
  if (entry?.status !== 'commitScheduled') return state; // the attempt was given up meanwhile
  // Whether the rows of a session that is gone are in the loading table cannot be told: this attempt's table is given up.
  if (outcome === 'gone') {
    const message = `upload session of chunk ${chunk.number} is gone, and its commit may have been done: the copy starts again`;
    return copyFailed(state, { unit: COPY_UNIT, kind: 'copy-incomplete', message }, at);
  }
  const remark = `no good answer came to the commit of chunk ${chunk.number}; its session says that it is done`;
  return {
    ...state,
    ...(outcome === 'confirmed' && { remark }),
    rows: state.rows + entry.receipt.rows,
    nulled: state.nulled + entry.receipt.nulled,
    pending: state.pending.filter(({ chunk: { number } }) => number !== chunk.number),
    ledgers: withoutLedger(state.ledgers, chunkCommitUnit(chunk)),
  };
}

export const copyPublished = (state: CopyState, published: Published): CopyState => ({
  ...state,
  published,
  ledgers: {},
});

/** A failure of one step; `restart-copy` gives the attempt up and is charged to the whole copy. */
export function copyFailed(
  state: CopyState,
  failure: AttemptFailure,
  at: { now: number; windows: Circumstances['windows'] },
): CopyState {
  const lost = failure.kind === 'attempt-lost' ? { ...state, attemptsLost: state.attemptsLost + 1 } : state;
  if (remedyOf(failure.kind) !== 'restart-copy') return attemptFailed(lost, failure, at);
  return attemptFailed(withoutLoading(lost), { ...failure, unit: COPY_UNIT }, at);
}

export const chunksDone = (state: CopyState): number =>
  state.published ? state.chunks : state.chunks - state.pending.length;

/** Pieces of a sixteenth; a shorter time of reading is not worth more pieces. */
const HALVED_MAX = 4;

function readAround(chunk: Chunk, lastChunk: number, mayBeNewer: boolean): readonly Chunk[] | undefined {
  if (chunk.newer) return undefined;
  const pieces = (chunk.halved ?? 0) < HALVED_MAX ? halves(chunk, [lastChunk + 1, lastChunk + 2]) : undefined;
  return pieces ?? (mayBeNewer ? [{ ...chunk, newer: true }] : undefined);
}

/**
 * Undo that a chunk needs was overwritten (ORA-01555): it is read in halves, which take less time; then, where the tail will bring its
 * rows in step by their key, at a newer SCN. Undefined: the copy has to start again.
 * @param mayBeNewer the table has a key and the task has a tail
 */
export function undoLost(state: CopyState, number: number, mayBeNewer: boolean): CopyState | undefined {
  const entry = state.pending.find(({ chunk }) => chunk.number === number);
  if (entry?.status !== 'planned') return undefined;
  const { chunk } = entry;
  const instead = readAround(chunk, state.lastChunk, mayBeNewer);
  if (!instead) return undefined;
  const newer = instead.length === 1;
  const how = newer ? 'at a newer SCN, and the tail brings its rows in step' : 'in halves';
  return {
    ...state,
    pending: state.pending.flatMap((other): CopiedChunk[] =>
      other === entry ? instead.map((piece) => ({ chunk: piece, status: 'planned' })) : [other],
    ),
    chunks: state.chunks + instead.length - 1,
    lastChunk: newer ? state.lastChunk : state.lastChunk + 2,
    newerChunks: state.newerChunks + (newer ? 1 : 0),
    remark: `undo that chunk ${chunk.number} needs was overwritten (ORA-01555): it is read ${how}`,
    ledgers: withoutLedger(state.ledgers, chunkUnit(chunk)),
  };
}
