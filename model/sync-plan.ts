/** The task over all phases, without Temporal: precheck → schema → full → incremental. Pure. */
import type { CreatedTables, Opened } from './activities.ts';
import { NO_PLAN, startOf, startPosition, uncopiedFrom, type CaptureStart } from './capture-start.ts';
import type { CapturePoint } from './position.ts';
import type { Phase } from './progress.ts';
import type { PrecheckReport } from './precheck-items.ts';
import type { UploadSession } from './receipt.ts';
import { isDue, withoutLedger, type RetryWindows } from './retry-ledger.ts';
import { probes, withoutRun, type Circumstances, type ProbeStep, type RunState } from './run-state.ts';
import { isProbe, isReader, OPEN_UNIT } from './copy-plan.ts';
import {
  copiesBusy,
  decideCopies,
  uncertain,
  reported,
  unstarted,
  type CopyChildStep,
  type CopyReport,
  type TableCopy,
} from './table-copy.ts';
import { planHash, type CapturedTable, type PlanRules, type TablePlan } from './task-plan.ts';
import { asPlanned, newTail, tailOpened } from './tail-plan.ts';
import type { TailState } from './tail-state.ts';
import {
  decideTail,
  measuring,
  SAVE_UNIT,
  SOURCE_UNIT,
  tailAtRest,
  withoutCommitLedgers,
  type TailStep,
} from './tail-steps.ts';

export interface TaskPlanState extends RunState {
  readonly oneOff: boolean;
  /** Nothing is copied: changes only. */
  readonly tailOnly?: boolean;
  readonly phase: Phase;
  readonly precheck?: PrecheckReport;
  /** Ids of alerts that an operator ignored. */
  readonly ignored: readonly string[];
  readonly tables: readonly TablePlan[];
  readonly copies: Readonly<Record<string, TableCopy>>;
  readonly childrenUnknown: boolean;
  /** Of the `_log`s that were there already: every record_id of ours is above it, so what is read back can be told from theirs. */
  readonly highestRecordId?: number;
  readonly start?: CaptureStart;
  /** The shortest retry times of other tasks that share an endpoint, as of when this was last asked. */
  readonly windowsOfOthers?: RetryWindows;
  readonly tail?: TailState;
}

export type TaskStep =
  | TailStep
  | CopyChildStep
  | ProbeStep
  | { readonly do: 'open-run' }
  | { readonly do: 'precheck' }
  | { readonly do: 'create-tables' }
  | { readonly do: 'capture-point' }
  | { readonly do: 'save-start' }
  | { readonly do: 'rest' };

export const PRECHECK_UNIT = 'precheck';
export const SCHEMA_UNIT = 'creating tables';

/**
 * @param oneOff schema and full copy only: no redo is read, so that nothing of the source's redo is asked for
 * @param tailOnly no full copy
 */
export const newTask = (oneOff = false, tailOnly = false): TaskPlanState => ({
  oneOff,
  ...(tailOnly && { tailOnly }),
  ledgers: {},
  phase: 'precheck',
  ignored: [],
  tables: [],
  copies: {},
  childrenUnknown: false,
});

const single = (
  step: 'precheck' | 'create-tables' | 'capture-point' | 'save-start',
  unit: string,
  state: TaskPlanState,
  now: Circumstances,
): readonly TaskStep[] => (now.running.has(step) || !isDue(state.ledgers, unit, now.now) ? [] : [{ do: step }]);

function byPhase(state: TaskPlanState, now: Circumstances): readonly TaskStep[] {
  switch (state.phase) {
    case 'precheck':
      return state.precheck && !state.precheck.passed ? [] : single('precheck', PRECHECK_UNIT, state, now);
    case 'schema':
      // First: a column that is added once the tables were planned lies above it, and is met in the redo.
      if (!state.oneOff && !state.start) return single('capture-point', SOURCE_UNIT, state, now);
      return single('create-tables', SCHEMA_UNIT, state, now);
    case 'full':
      if (state.oneOff) return decideCopies(state.copies, now.running, now.wish, now.now);
      if (!state.start) return single('capture-point', SOURCE_UNIT, state, now);
      return state.start.saved
        ? decideCopies(state.copies, now.running, now.wish, now.now)
        : single('save-start', SAVE_UNIT, state, now);
    case 'incremental':
      if (!state.tail) return [];
      return [
        ...decideTail(state.tail, state.ledgers, now),
        ...measuring(state.tail, state.ledgers, now),
        ...decideCopies(state.copies, now.running, now.wish, now.now),
      ];
  }
}

/** The whole policy of a task; the workflow only carries out the answer. Copies are started by workflows/copies.ts. */
export function decideTask(state: TaskPlanState, now: Circumstances): readonly TaskStep[] {
  const { running } = now;
  if (now.wish !== 'run' || state.failed) return atRest(state, now);
  // The precheck only reads; and it is the one to say that a login is refused, which openRun would need.
  if (!state.runId && state.phase !== 'precheck') {
    const busy = [...running].filter((key) => !isProbe(key));
    if (busy.length > 0) return busy.some(isReader) ? [{ do: 'cancel-readers' }] : [];
    return isDue(state.ledgers, OPEN_UNIT, now.now) ? [{ do: 'open-run' }] : probes(state.ledgers, running);
  }
  return [...probes(state.ledgers, running), ...byPhase(state, now)];
}

function atRest(state: TaskPlanState, now: Circumstances): readonly TaskStep[] {
  const wish = state.failed && now.wish === 'run' ? 'pause' : now.wish;
  const control = decideCopies(state.copies, now.running, wish, now.now);
  if ([...now.running].some(isReader)) return [{ do: 'cancel-readers' }, ...control];
  if (control.length > 0 || now.running.size > 0) return control;
  const last = state.tail && state.runId ? tailAtRest(state.tail, now) : [];
  if (last.length > 0) return last;
  // A task that rolls over leaves its copies alone; one that pauses, stops or fails waits until they rest too.
  return now.wish !== 'roll-over' && copiesBusy(state.copies) ? [] : [{ do: 'rest' }];
}

/** A source that refuses or does not answer is left alone until somebody has recovered the task. */
export const measuresAtRest = ({ tail, failed }: TaskPlanState): boolean =>
  tail !== undefined && (!failed?.kind.startsWith('source') || failed.kind === 'source-redo-missing');

// ---- what results do ---------------------------------------------------------------------------------------------

/** The run is known. After a cut the saved position of this chain replaces whatever the state says of the source. */
export function taskOpened(state: TaskPlanState, opened: Opened): TaskPlanState {
  const ledgers = withoutLedger(opened.cut ? withoutCommitLedgers(state.ledgers) : state.ledgers, OPEN_UNIT);
  const copies = opened.cut
    ? Object.fromEntries(Object.entries(state.copies).map(([table, copy]) => [table, uncertain(copy)]))
    : state.copies;
  const opening = { ...state, copies, runId: opened.runId, lastRunId: opened.runId, ledgers };
  if (!opened.cut) return opening;
  const known = { ...startPrepared(opening), childrenUnknown: state.childrenUnknown || opened.reset === true };
  const after = state.tail && tailOpened(state.tail, opened);
  const tail = after && { tail: after, tables: after.tables, copies: ofPresentPairs(copies, after.tables) };
  if (!opened.saved) return { ...known, ...tail };
  return followed({ ...known, ...tail, start: startOf(opened.saved, opened.highest) });
}

/** What is known of a copy into a pair that was set aside since says nothing of the present one. */
const ofPresentPairs = (copies: TaskPlanState['copies'], tables: readonly TablePlan[]): TaskPlanState['copies'] =>
  Object.fromEntries(
    tables.flatMap(({ table, generation }) => {
      const copy = copies[table];
      return copy && copy.generation === generation ? [[table, copy]] : [];
    }),
  );

/** Before the tail begins: tables that are not copied count as published from where their changes are followed. */
function followed(state: TaskPlanState): TaskPlanState {
  const { start, tailOnly, tables } = state;
  if (state.tail) return state;
  const copies = tables.flatMap((plan: TablePlan | CapturedTable): [string, TableCopy][] => {
    const snapshotScn = uncopiedFrom(plan, start, tailOnly);
    if (snapshotScn === undefined || state.copies[plan.table]?.published?.snapshotScn === snapshotScn) return [];
    return [[plan.table, { ...unstarted(), published: { rows: 0, snapshotScn } }]];
  });
  return copies.length === 0 ? state : { ...state, copies: { ...state.copies, ...Object.fromEntries(copies) } };
}

export function prechecked(state: TaskPlanState, report: PrecheckReport): TaskPlanState {
  const known = { ...state, precheck: report, ledgers: withoutLedger(state.ledgers, PRECHECK_UNIT) };
  return report.passed ? { ...known, phase: 'schema' } : known;
}

export const precheckAgain = (state: TaskPlanState): TaskPlanState => {
  const { precheck: _precheck, ...rest } = state;
  return rest;
};

/** A reset to before the tables were created forgets children that may run. */
const firstCopy = ({ childrenUnknown }: TaskPlanState): TableCopy =>
  childrenUnknown ? uncertain(unstarted()) : unstarted();

/** One page of them; the full copy begins after the last. */
export function tablesCreated(state: TaskPlanState, page: CreatedTables): TaskPlanState {
  const copies = Object.fromEntries(page.tables.map(({ table }) => [table, state.copies[table] ?? firstCopy(state)]));
  return followed({
    ...state,
    tables: [...state.tables, ...page.tables],
    copies: { ...state.copies, ...copies },
    ...(page.highestRecordId !== undefined && aboveThere(state, page.highestRecordId)),
    phase: page.more ? 'schema' : 'full',
    ledgers: withoutLedger(state.ledgers, SCHEMA_UNIT),
  });
}

/** What the `_log`s hold already has lower record_ids than anything of ours. */
function aboveThere({ start, highestRecordId = 0 }: TaskPlanState, found: number): Partial<TaskPlanState> {
  const highest = Math.max(found, highestRecordId);
  if (!start || start.saved) return { highestRecordId: highest };
  return { highestRecordId: highest, start: { ...start, nextRecordId: Math.max(highest + 1, start.nextRecordId) } };
}

export const captureStarted = (state: TaskPlanState, point: CapturePoint): TaskPlanState =>
  followed({
    ...state,
    start: { ...point, saved: false, skip: {}, nextRecordId: (state.highestRecordId ?? 0) + 1, previousSeconds: 0 },
    ledgers: withoutLedger(state.ledgers, SOURCE_UNIT),
  });

/** @param session absent: the one of before is gone */
export function startPrepared(state: TaskPlanState, session?: UploadSession): TaskPlanState {
  if (!state.start) return state;
  const { saving: _saving, ...start } = state.start;
  return { ...state, start: session ? { ...start, saving: session } : start };
}

export function startSaved(state: TaskPlanState): TaskPlanState {
  const known = { ...state, ledgers: withoutLedger(state.ledgers, SAVE_UNIT) };
  const { start } = startPrepared(known);
  return start ? { ...known, start: { ...start, saved: true } } : known;
}

export function copyReported(state: TaskPlanState, report: CopyReport, now: number): TaskPlanState {
  const copy = state.copies[report.table];
  // This run does not know yet that it was reset: it asks who it is before it starts anything again.
  const cut = report.state === 'orphaned' && report.startedBy !== undefined && report.startedBy === state.runId;
  const known = cut ? withoutRun(state) : state;
  return copy ? withCopy(known, report.table, reported(copy, report, now)) : known;
}

export const withCopy = (state: TaskPlanState, table: string, copy: TableCopy): TaskPlanState => ({
  ...state,
  copies: { ...state.copies, [table]: copy },
});

export const allPublished = (state: TaskPlanState): boolean =>
  state.tables.length > 0 && state.tables.every(({ table }) => state.copies[table]?.published !== undefined);

/** Every table was published before, by a history that was cut: copies are looked for, and never made again. */
export const onlyLooksForCopies = ({ phase, start }: TaskPlanState): boolean =>
  phase === 'full' && start?.planHash !== undefined;

/** Once every table is published: the plan is fixed, and the tail begins. */
export function tailStarted(state: TaskPlanState, rules: PlanRules): TaskPlanState {
  const { start } = state;
  if (!start || state.phase !== 'full') return state;
  const tables = state.tables.flatMap((plan): CapturedTable[] => {
    const published = state.copies[plan.table]?.published;
    return published ? [{ ...plan, emitAfter: published.snapshotScn }] : [];
  });
  // A reset to before the tail forgets what was done to its tables; the saved position does not.
  const first = asPlanned(newTail(tables, '', startPosition(start), start.skip), start);
  const tail = { ...first, planHash: planHash(rules, first.tables) };
  const { replanned: _replanned, removed: _removed, planHash: _planHash, ...begun } = start;
  const copies = ofPresentPairs(state.copies, tail.tables);
  return { ...state, phase: 'incremental', tables: tail.tables, copies, start: { ...begun, skip: {} }, tail };
}

/**
 * After a cut: `record_id`s depend on the plan, so it must be the one that was saved. A check of our own work: every table's entry is either
 * that of the beginning, or saved with the position.
 * @param saved the hash that was saved with the position
 * @returns what is wrong; undefined when the plan is that one, or there is none yet
 */
export function planProblem({ tail }: TaskPlanState, rules: PlanRules, saved = NO_PLAN): string | undefined {
  if (!tail || saved === NO_PLAN) return undefined;
  const { keepExisting: _keepExisting, ...rest } = rules;
  // Rows that a copy keeps are no matter to windows: a task that goes on with a saved position may say otherwise than the one before.
  const found = [rest, { ...rest, keepExisting: true } as const].map((either) => planHash(either, tail.tables));
  if (found.includes(saved)) return undefined;
  return `the position at SCN ${tail.position.scn} was saved under the plan ${saved}, and the task's ${tail.tables.length} tables have come to another one (${planHash(rules, tail.tables)})`;
}
