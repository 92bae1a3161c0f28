import { describe, expect, test } from 'vitest';
import { mustOwn } from '../../../activities/own-run.ts';
import type { RunFacts } from '../../../activities/ports.ts';
import { failureOf, openRunFacts, own } from './literal-attempt.ts';

type Open = Awaited<ReturnType<RunFacts['openRunOf']>>;
const facts = (change: Partial<RunFacts>, open: Readonly<Record<string, Open>>): RunFacts => ({
  ...openRunFacts,
  ...change,
  openRunOf: async (workflowId) => open[workflowId],
});

const task = own.taskWorkflowId;
const copy = `${task}/copy/APP.T/run-1`;
const run2 = { runId: 'run-2', firstRunId: 'run-1' };

const cases: readonly [string, RunFacts, boolean][] = [
  ['the run of a task that is the open one', facts({}, { [task]: run2 }), true],
  ['a run that was reset', facts({}, { [task]: { runId: 'run-3', firstRunId: 'run-1' } }), false],
  ['a run that is closed', facts({}, {}), false],
  ['an attempt that another run scheduled', facts({ runId: 'run-1' }, { [task]: run2 }), false],
  [
    'a copy whose task is open, in whatever run',
    facts({ workflowId: copy }, { [copy]: run2, [task]: { runId: 'run-9', firstRunId: 'run-1' } }),
    true,
  ],
  ['a copy whose task is closed', facts({ workflowId: copy }, { [copy]: run2 }), false],
  [
    'a copy whose task was started anew',
    facts({ workflowId: copy }, { [copy]: run2, [task]: { runId: 'run-9', firstRunId: 'run-9' } }),
    false,
  ],
];

describe('who may change the destination', () => {
  test.each(cases)('%s: decided', async (_case, run, may) => {
    expect(await failureOf(mustOwn(own, run))).toBe(may ? undefined : 'history-was-cut');
  });
});
