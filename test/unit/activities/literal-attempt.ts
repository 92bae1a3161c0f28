/** An attempt, its run and its dependencies as literals, for tests of activities without a Temporal server. */
import type { Attempt, Dependencies, RunFacts, Sink, Source } from '../../../activities/ports.ts';
import type { OwnRun } from '../../../model/activities.ts';
import { Failure, type FailureKind } from '../../../model/failure.ts';
import { scn } from '../../../model/scn.ts';
import { columnsHash, planColumns, plannedTable } from '../../../model/planned-table.ts';
import type { CapturedTable, PlanRules } from '../../../model/task-plan.ts';
import { description, SmallSink, SmallSource, T } from '../../support/small-sides.ts';

export const own: OwnRun = { runId: 'run-2', chainId: 'run-1', taskWorkflowId: 'redoflow/small' };
export const endpoints = { source: 'small', destination: 'small' };

export const rules: PlanRules = {
  naming: { additionalColumns: 'plain', case: 'default' },
  partition: [],
  overflow: 'fail',
};

/** The table of the small sides, captured above SCN 1000. */
export const planned: CapturedTable = {
  table: T,
  base: 't_base',
  log: 't_log',
  columnsHash: columnsHash(planColumns(description, undefined, rules).columns),
  keyed: true,
  emitAfter: scn('1000'),
};

const withColumns = plannedTable(planned, rules, description);
if (!withColumns) throw new Error('the small table is not as planned');
export const written = { ...planned, ...withColumns };

/** The run of an unbroken history that is still the open one. */
export const openRunFacts: RunFacts = {
  runId: own.runId,
  workflowId: own.taskWorkflowId,
  origin: async () => ({ originalRunId: own.runId, continuedFrom: 'run-1' }),
  continues: async () => true,
  openRunOf: async () => ({ runId: own.runId, firstRunId: own.chainId }),
  windowsShownBy: async () => [],
  tableMap: async () => ({ rules, tables: [planned] }),
  comparablePoint: async () => ({ kind: 'never', why: 'nobody verifies here' }),
};

/** What is left of a run after its workflow was reset. */
export const cutRunFacts: RunFacts = {
  ...openRunFacts,
  openRunOf: async () => ({ runId: 'run-3', firstRunId: own.chainId }),
};

export const attemptOf = (run: RunFacts = openRunFacts, change: Partial<Attempt> = {}): Attempt => ({
  signal: new AbortController().signal,
  report: () => undefined,
  sleep: async () => undefined,
  run,
  ...change,
});

export const dependencies = (
  change: { readonly sink?: Sink; readonly source?: Source; readonly attempt?: Attempt } & Partial<
    Pick<Dependencies, 'commitQuietSeconds' | 'idleSeconds'>
  > = {},
): Dependencies => {
  const { sink = new SmallSink(), source = new SmallSource(), attempt = attemptOf(), ...seconds } = change;
  return {
    source: () => source,
    sink: () => sink,
    attempt: () => attempt,
    commitQuietSeconds: 0,
    idleSeconds: 0,
    ...seconds,
  };
};

/** The kind of the failure that a promise ends with; undefined when it ends well. */
export async function failureOf(work: Promise<unknown>): Promise<FailureKind | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error.kind;
    throw error;
  }
}
