/** What a task says of itself. */
import { describe, expect, test } from 'vitest';
import { afterFailure, pausedLedger, type Ledger } from '../../../model/retry-ledger.ts';
import { scn } from '../../../model/scn.ts';
import { newTask, type TaskPlanState } from '../../../model/sync-plan.ts';
import { newTail } from '../../../model/tail-plan.ts';
import { unstarted, type TableCopy } from '../../../model/table-copy.ts';
import { failureStatus, retryStatus, tablesProgress, taskState, taskSummary } from '../../../model/task-status.ts';
import { captured, positionAt, tablePlan, windows } from './literal-plan.ts';

const shown = { paused: false, resting: false, now: 60_000, windows };
const failed = { unit: 'source', kind: 'source-login-refused', message: 'ORA-01017', at: 0 } as const;
const copying: TableCopy = { ...unstarted(), started: true, resting: false, chunksDone: 2, chunks: 5, rows: 20 };
const published: TableCopy = { ...copying, resting: true, published: { rows: 50, snapshotScn: scn('500') } };
const stuck: TableCopy = {
  ...copying,
  resting: true,
  trouble: { unit: 'chunk 3', kind: 'value-unrepresentable', message: 'too wide', failed: true },
};
const state = (change: Partial<TaskPlanState>): TaskPlanState => ({ ...newTask(), ...change });
const full = (copy: TableCopy): TaskPlanState =>
  state({ phase: 'full', tables: [tablePlan('A')], copies: { 'APP.A': copy } });

const ledgerOf = (kind: Ledger['kind'], now: number): Ledger => {
  const budget = kind === 'source-unreachable' ? 'connection' : 'other';
  const ledger = afterFailure(undefined, { budget, kind, message: 'no answer', now }, windows);
  if (!ledger) throw new Error('no ledger');
  return ledger;
};

describe('the state of a task', () => {
  const retrying = state({ phase: 'incremental', ledgers: { source: ledgerOf('source-unreachable', 50_000) } });
  test.each([
    ['Prechecking', state({})],
    ['PrecheckFailed', state({ precheck: { passed: false, results: [] } })],
    ['Initializing', state({ phase: 'schema' })],
    ['Initializing', full(copying)],
    ['Synchronizing', state({ phase: 'incremental' })],
    ['Retrying', retrying],
    ['Failed', { ...retrying, failed }],
    ['Failed', full(stuck)],
  ])('is %s', (word, task) => {
    expect(taskState(task, shown)).toBe(word);
  });

  test.each([
    ['Pausing', false, published],
    ['Pausing', true, copying],
    ['Paused', true, published],
  ] as const)('is %s when resting is %s, until no copy can change the destination', (word, resting, copy) => {
    expect(taskState(full(copy), { ...shown, paused: true, resting })).toBe(word);
  });
});

describe('a failure', () => {
  test('is told with what to do', () => {
    expect(failureStatus(state({ failed }))).toEqual({
      kind: 'source-login-refused',
      unit: 'source',
      message: 'ORA-01017',
      sentence: expect.stringContaining('recover') as string,
      at: '1970-01-01T00:00:00.000Z',
    });
  });

  test('of a copy is the failure of the task, and names the table', () => {
    expect(failureStatus(full(stuck))).toMatchObject({ unit: 'APP.A chunk 3', message: 'too wide' });
    expect(failureStatus(full(copying))).toBeUndefined();
  });
});

describe('the retry that is shown', () => {
  test('is the one nearest to its end, with what is left', () => {
    const ledgers = { source: ledgerOf('source-unreachable', 58_000), save: ledgerOf('sink-rejected', 55_000) };
    expect(retryStatus(state({ ledgers }), shown)).toEqual({
      unit: 'save',
      budget: 'other',
      attempts: 1,
      spentSeconds: 5,
      windowSeconds: 10,
      remainingSeconds: 5,
      measuredAt: '1970-01-01T00:01:00.000Z',
      message: 'no answer',
    });
  });

  test('is that of a copy when the task itself has none', () => {
    const trouble = { unit: 'chunk 1', kind: 'sink-unreachable', message: 'no', failed: false } as const;
    expect(retryStatus(full({ ...copying, trouble: { ...trouble, remainingSeconds: 40 } }), shown)).toMatchObject({
      unit: 'APP.A chunk 1',
      budget: 'connection',
      spentSeconds: 60,
      remainingSeconds: 40,
    });
    expect(retryStatus(full({ ...copying, trouble: { ...trouble, failed: true } }), shown)).toBeUndefined();
  });

  test('does not run while the task is paused', () => {
    const paused = state({ ledgers: { save: pausedLedger(ledgerOf('sink-rejected', 55_000), 56_000) } });
    const later = { ...shown, paused: true, resting: true, now: 9_000_000 };
    expect(retryStatus(paused, later)?.remainingSeconds).toBe(9);
  });
});

describe('the progress of a table', () => {
  test.each([
    ['planned', unstarted()],
    ['copying', copying],
    ['synchronizing', published],
  ] as const)('is %s', (word, copy) => {
    expect(tablesProgress(full(copy))[0]?.state).toBe(word);
  });

  test('counts base rows of the copy and log rows of the tail', () => {
    const tail = {
      ...newTail([captured('A', '500')], 'plan', positionAt('700', 9), {}),
      logRows: { a_log: 8 },
      nulled: { a_log: 2 },
    };
    const task = { ...full({ ...published, nulled: 3 }), tail };
    expect(tablesProgress(task)).toEqual([
      {
        table: 'APP.A',
        base: 'a_base',
        log: 'a_log',
        state: 'synchronizing',
        chunksDone: 5,
        chunks: 5,
        baseRows: 20,
        logRows: 8,
        nulled: 5,
        attemptsLost: 0,
        snapshotScn: '500',
      },
    ]);
    expect(taskSummary(task, 'stopped', 3)).toEqual({
      ended: 'stopped',
      position: { scn: '700', nextRecordId: 9 },
      baseRows: 20,
      logRows: 8,
      runs: 3,
    });
  });

  const forItsCopy = { fromScn: scn('650'), open: [], reason: 'copying', text: 'added' } as const;
  test.each([
    ['synchronizing', '600', {}, '600'],
    ['copying', '600', { 'APP.B': { ...forItsCopy, catchingUp: true } }, '600'],
    ['planned', '0', { 'APP.B': forItsCopy }, undefined],
  ] as const)('of whose copy a cut history knows nothing is %s', (word, emitAfter, held, snapshotScn) => {
    const tables = [captured('A', '500'), captured('B', emitAfter)];
    const tail = newTail(tables, 'plan', { ...positionAt('700', 9), held }, {});
    const [, progress] = tablesProgress({ ...full(published), phase: 'incremental', tables, tail });
    expect(progress).toMatchObject({ table: 'APP.B', state: word });
    expect(progress?.snapshotScn).toBe(snapshotScn);
  });

  test('of a task without a tail has no position', () => {
    expect(taskSummary(state({}), 'finished', 1)).toEqual({ ended: 'finished', baseRows: 0, logRows: 0, runs: 1 });
  });
});
