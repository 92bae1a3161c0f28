/** What a task shows of itself: the words of DTS, progress per table, latency, retry, failure. Pure. */
import { sentenceOf } from './run-state.ts';
import { remainingMs, spentMs, windowMs, worstLedger, type RetryWindows } from './retry-ledger.ts';
import type { FailureStatus, RetryStatus, TableProgress, TaskState, TaskSummary } from './progress.ts';
import type { TaskPlanState } from './sync-plan.ts';
import type { Scn } from './scn.ts';
import { copiesBusy, unstarted } from './table-copy.ts';
import type { TablePlan } from './task-plan.ts';
import { treatments } from './failure.ts';
import { choicesOf, holdRules } from './held-table.ts';
import type { HeldTable } from './position.ts';
import { NEVER } from './tail-tables.ts';

export interface Shown {
  readonly paused: boolean;
  readonly resting: boolean;
  readonly now: number;
  readonly windows: RetryWindows;
}

const iso = (at: number): string => new Date(at).toISOString();

/** The one word for the task. Paused and Failed only once nothing runs that could change the destination. */
export function taskState(state: TaskPlanState, shown: Shown): TaskState {
  if (state.failed || copyFailure(state)) return 'Failed';
  if (shown.paused) return shown.resting && !copiesBusy(state.copies) ? 'Paused' : 'Pausing';
  if (state.precheck && !state.precheck.passed) return 'PrecheckFailed';
  if (retryStatus(state, shown)) return 'Retrying';
  if (state.phase === 'precheck') return 'Prechecking';
  return state.phase === 'incremental' ? 'Synchronizing' : 'Initializing';
}

function copyFailure(state: TaskPlanState): FailureStatus | undefined {
  for (const [table, { trouble, published, heardAt }] of Object.entries(state.copies)) {
    if (published || !trouble?.failed) continue;
    const { kind, unit, message } = trouble;
    return { kind, unit: `${table} ${unit}`, message, sentence: treatments[kind].sentence, at: iso(heardAt) };
  }
  return undefined;
}

export function failureStatus(state: TaskPlanState): FailureStatus | undefined {
  const { failed } = state;
  if (!failed) return copyFailure(state);
  return {
    kind: failed.kind,
    unit: failed.unit,
    message: failed.message,
    sentence: sentenceOf(failed),
    at: iso(failed.at),
  };
}

/** The ledger nearest to its end, of the task itself or of one of its copies. */
export function retryStatus(state: TaskPlanState, { now, windows }: Shown): RetryStatus | undefined {
  const worst = worstLedger(state.ledgers, windows, now);
  if (worst) {
    const { unit, ledger } = worst;
    return {
      unit,
      budget: ledger.current,
      attempts: ledger.attempts.connection + ledger.attempts.other,
      spentSeconds: Math.round(spentMs(ledger, now) / 1000),
      windowSeconds: windowMs(windows, ledger.current) / 1000,
      remainingSeconds: Math.round(remainingMs(ledger, windows, now) / 1000),
      measuredAt: iso(now),
      message: ledger.message,
    };
  }
  for (const [table, { trouble, published, heardAt }] of Object.entries(state.copies)) {
    if (published || !trouble || trouble.failed) continue;
    const budget = treatments[trouble.kind].remedy === 'wait-for-connection' ? 'connection' : 'other';
    const windowSeconds = windowMs(windows, budget) / 1000;
    const remainingSeconds = trouble.remainingSeconds ?? windowSeconds;
    return {
      unit: `${table} ${trouble.unit}`,
      budget,
      attempts: 1,
      spentSeconds: windowSeconds - remainingSeconds,
      windowSeconds,
      remainingSeconds,
      measuredAt: iso(heardAt),
      message: trouble.message,
    };
  }
  return undefined;
}

function tableProgress(state: TaskPlanState, { table, base, log }: TablePlan): TableProgress {
  const held = state.tail?.position.held[table];
  const { chunks, chunksDone, rows, nulled, attemptsLost, started } = state.copies[table] ?? unstarted();
  const snapshotScn = snapshotOf(state, table);
  const published = snapshotScn !== undefined;
  return {
    table,
    base,
    log,
    state: tableState(held, { started, published }),
    chunksDone: published ? chunks : chunksDone,
    chunks,
    baseRows: rows,
    logRows: state.tail?.logRows[log] ?? 0,
    nulled: nulled + (state.tail?.nulled[log] ?? 0),
    attemptsLost,
    ...(published && { snapshotScn }),
    ...(held && held.reason !== 'copying' && { held: heldProgress(held) }),
  };
}

/** A tail that was read back from the destination follows tables of whose copies its history knows nothing. */
function snapshotOf({ copies, tail }: TaskPlanState, table: string): Scn | undefined {
  const snapshotScn =
    copies[table]?.published?.snapshotScn ?? tail?.tables.find((plan) => plan.table === table)?.emitAfter;
  return snapshotScn === NEVER ? undefined : snapshotScn;
}

function tableState(
  held: HeldTable | undefined,
  copy: { readonly started: boolean; readonly published: boolean },
): TableProgress['state'] {
  if (held && held.reason !== 'copying') return 'held';
  // Until it has caught up with the others it is not in step.
  if (copy.published && !held) return 'synchronizing';
  return copy.published || copy.started ? 'copying' : 'planned';
}

const heldProgress = ({ reason, fromScn, text, catchingUp }: HeldTable): NonNullable<TableProgress['held']> => ({
  reason,
  fromScn,
  text,
  sentence: holdRules[reason].sentence,
  choices: choicesOf(reason),
  catchingUp: catchingUp === true,
});

export const tablesProgress = (state: TaskPlanState): readonly TableProgress[] =>
  state.tables.map((plan) => tableProgress(state, plan));

export function taskSummary(state: TaskPlanState, ended: TaskSummary['ended'], runs: number): TaskSummary {
  const tables = tablesProgress(state);
  const position = state.tail?.position;
  return {
    ended,
    ...(position && { position: { scn: position.scn, nextRecordId: position.nextRecordId } }),
    baseRows: tables.reduce((sum, { baseRows }) => sum + baseRows, 0),
    logRows: tables.reduce((sum, { logRows }) => sum + logRows, 0),
    runs,
  };
}
