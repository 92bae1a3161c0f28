/** The task over its phases: what comes after what, and how everything comes to rest. */
import { describe, expect, test } from 'vitest';
import { startPosition } from '../../../model/capture-start.ts';
import { afterFailure, type Ledgers } from '../../../model/retry-ledger.ts';
import { carried, type Wish } from '../../../model/run-state.ts';
import { scn } from '../../../model/scn.ts';
import {
  allPublished,
  captureStarted,
  copyReported,
  decideTask,
  newTask,
  precheckAgain,
  prechecked,
  startSaved,
  tablesCreated,
  tailStarted,
  taskOpened,
  withCopy,
  type TaskPlanState,
} from '../../../model/sync-plan.ts';
import type { CopyReport } from '../../../model/table-copy.ts';
import { planHash } from '../../../model/task-plan.ts';
import {
  captured,
  circumstances,
  incarnation,
  logSession,
  positionAt,
  rules,
  tablePlan,
  windowReceipt,
} from './literal-plan.ts';
import { windows } from './literal-plan.ts';

const A = tablePlan('A');
const B = tablePlan('B');
const point = { incarnation, scn: scn('400'), open: [{ xid: 'X1', startScn: scn('390'), captured: true }] };
const report = (table: string, change: Partial<CopyReport> = {}): CopyReport => ({
  table,
  chainId: 'chain',
  state: 'copying',
  chunksDone: 0,
  chunks: 3,
  rows: 0,
  nulled: 0,
  attemptsLost: 0,
  ...change,
});
const published = (table: string, at: string): CopyReport =>
  report(table, { state: 'published', published: { rows: 5, snapshotScn: scn(at) } });

const opened = taskOpened(newTask(), { runId: 'r1', cut: false, highest: {} });
const passed = prechecked(opened, { passed: true, results: [] });
const created = tablesCreated(passed, { tables: [A, B], more: false });
const capture = captureStarted(created, point);
const full = startSaved(capture);
const copying = ['APP.A', 'APP.B'].reduce((state, table) => copyReported(state, report(table), 0), full);
const copied = copyReported(copyReported(copying, published('APP.A', '500'), 0), published('APP.B', '600'), 0);
const tailing = tailStarted(copied, rules);

const decide = (state: TaskPlanState, running: readonly string[] = [], wish: Wish = 'run', now = 1_000): unknown =>
  decideTask(state, circumstances(running, wish, { now }));
const names = (state: TaskPlanState, running: readonly string[] = [], wish: Wish = 'run'): readonly string[] =>
  decideTask(state, circumstances(running, wish)).map((step) => step.do);
const withoutRunId = carried;

describe('a task', () => {
  test.each([
    ['prechecks before anything else', newTask(), ['precheck']],
    ['then opens its run', prechecked(newTask(), { passed: true, results: [] }), ['open-run']],
    [
      'takes the position before it plans a table, so that later columns are met in the redo',
      passed,
      ['capture-point'],
    ],
    ['creates its tables', captureStarted(passed, point), ['create-tables']],
    ['takes the position before any snapshot in any case', created, ['capture-point']],
    ['saves that position before any table is copied', capture, ['save-start']],
    ['then copies its tables', full, ['start-copy', 'start-copy']],
    ['then follows the redo', tailing, ['save', 'mine', 'measure']],
  ])('%s', (_case, state, expected) => {
    expect(names(state)).toEqual(expected);
  });

  test.each([
    ['precheck', opened],
    ['capture-point', passed],
    ['create-tables', captureStarted(passed, point)],
    ['capture-point', created],
    ['save-start', capture],
    ['open-run', prechecked(newTask(), { passed: true, results: [] })],
  ])('does not begin %s twice', (running, state) => {
    expect(decide(state, [running])).toEqual([]);
  });

  test('waits for a person when its precheck has failed, and checks again when asked', () => {
    const failed = prechecked(opened, { passed: false, results: [] });
    expect(failed.phase).toBe('precheck');
    expect(decide(failed)).toEqual([]);
    expect(names(precheckAgain(failed))).toEqual(['precheck']);
  });

  test('begins its tail only once every table is published', () => {
    expect(allPublished(newTask())).toBe(false);
    expect(allPublished(copyReported(copying, published('APP.A', '500'), 0))).toBe(false);
    expect(allPublished(copied)).toBe(true);
  });

  test('captures each table from its own snapshot on, and all of them from where capture began', () => {
    const tables = [captured('A', '500'), captured('B', '600')];
    expect(tailing.phase).toBe('incremental');
    expect(tailing.tail).toMatchObject({ tables, planHash: planHash(rules, tables), skip: {}, windows: [] });
    expect(tailing.tail?.position).toEqual({
      incarnation,
      scn: '400',
      open: point.open,
      held: {},
      nextRecordId: 1,
      clock: { previousSeconds: 0 },
    });
    expect(tailStarted(tailing, rules)).toBe(tailing);
  });

  test('ignores a report of a table that it does not have', () => {
    expect(copyReported(full, report('APP.X'), 0)).toBe(full);
  });

  test('does nothing in the tail under a run that is not known, but end what runs and ask', () => {
    expect(names(withoutRunId(tailing), ['mine', 'commit'])).toEqual(['cancel-readers']);
    expect(decide(withoutRunId(tailing), ['commit'])).toEqual([]);
    expect(names(withoutRunId(tailing))).toEqual(['open-run']);
  });

  test('probes an endpoint that stays silent, beside the work of the other side', () => {
    const fail = { budget: 'connection', kind: 'source-unreachable', message: 'no', now: 1_000 } as const;
    const ledger = afterFailure(afterFailure(undefined, fail, windows), fail, windows);
    const ledgers: Ledgers = ledger ? { source: ledger } : {};
    expect(names({ ...tailing, ledgers })).toEqual(['probe', 'save']);
    expect(names({ ...created, ledgers })).toEqual(['probe']);
  });
});

describe('after a cut', () => {
  const position = positionAt('700', 33);
  const opening = { runId: 'r2', cut: true, highest: { a_log: 40 } };
  const saved = { position, planHash: 'plan', chainId: 'chain', logs: ['a_log'] };

  test('the position at the destination is where the tail goes on, and what is there is skipped', () => {
    const cut = taskOpened(tailing, { ...opening, saved });
    expect(cut.tail).toMatchObject({ position, skip: { a_log: 40 }, windows: [] });
    expect(cut).toMatchObject({ runId: 'r2', lastRunId: 'r2' });
  });

  test('a state from before the capture began takes the place where it had begun', () => {
    const cut = taskOpened(created, { ...opening, saved });
    expect(cut.start).toMatchObject({ scn: '700', saved: true, skip: { a_log: 40 }, nextRecordId: 33 });
    // Children that this history never heard of may be at work: they are told, and only started if they do not exist.
    expect(decide(cut)).toEqual([
      { do: 'tell-copy', table: 'APP.A', wish: 'run' },
      { do: 'tell-copy', table: 'APP.B', wish: 'run' },
    ]);
    const again = ['APP.A', 'APP.B'].reduce((state, table) => copyReported(state, published(table, '500'), 0), cut);
    expect(tailStarted(again, rules).tail).toMatchObject({ position, skip: { a_log: 40 } });
  });

  test('to before the tail, its plan is the one that was saved: tables added, made anew and removed meanwhile', () => {
    const renewed = { ...captured('A', '650'), generation: 2 };
    const added = captured('C', '660');
    const changed = { ...saved, replanned: [renewed, added], removed: [B.table] };
    const cut = taskOpened(full, { ...opening, saved: changed });
    const again = ['APP.A', 'APP.B'].reduce((state, table) => copyReported(state, published(table, '500'), 0), cut);
    const begun = tailStarted(again, rules);
    expect(begun.tail?.tables).toEqual([renewed, added]);
    expect(begun.tail).toMatchObject({ replanned: [renewed.table, added.table], removed: [B.table] });
    expect(begun.tables).toEqual(begun.tail?.tables);
  });

  test('without a saved position nothing was written, and the state is right', () => {
    expect(taskOpened(capture, opening).start).toEqual(capture.start);
  });

  test('children are asked again, unless their table is published', () => {
    const one = copyReported(copying, published('APP.A', '500'), 0);
    expect(decide(taskOpened(one, opening))).toEqual([{ do: 'tell-copy', table: 'APP.B', wish: 'run' }]);
  });

  test.each([
    [true, 'tell-copy'],
    [false, 'start-copy'],
  ])('to before the tables were created (by a reset: %s) the first step of a copy is %s', (reset, step) => {
    const cut = taskOpened(passed, { ...opening, reset, saved });
    expect(names(tablesCreated(cut, { tables: [A], more: false }))).toEqual([step]);
  });

  test('charges for commits are forgotten, others are kept, and an unbroken history keeps all but its own', () => {
    const fail = { budget: 'other', kind: 'sink-rejected', message: 'no', now: 0 } as const;
    const ledger = afterFailure(undefined, fail, windows);
    if (!ledger) throw new Error('no ledger');
    const state = { ...tailing, ledgers: { 'commit of window 1': ledger, source: ledger, 'opening the run': ledger } };
    expect(Object.keys(taskOpened(state, opening).ledgers)).toEqual(['source']);
    const unbroken = taskOpened(state, { ...opening, cut: false });
    expect(Object.keys(unbroken.ledgers)).toEqual(['commit of window 1', 'source']);
    expect(unbroken.tail).toEqual(state.tail);
  });
});

describe('a task that comes to rest', () => {
  const receipt = windowReceipt('450', [logSession('s1', 1, 3)]);
  const { tail } = tailing;
  if (!tail) throw new Error('no tail');
  const [step] = decideTask(tailing, circumstances(['save']));
  if (step?.do !== 'mine') throw new Error('nothing is to be mined');
  const committing: TaskPlanState = {
    ...tailing,
    tail: { ...tail, windows: [{ spec: step.spec, receipt, status: 'commitScheduled' }] },
  };
  const failed: TaskPlanState = {
    ...committing,
    failed: { unit: 'source', kind: 'source-rejected', message: 'no', at: 0 },
  };

  test.each(['pause', 'stop', 'roll-over'] as const)(
    'for %s begins nothing, cancels its reader, and waits for its commit',
    (wish) => {
      expect(decide(committing, ['mine', 'commit'], wish)).toEqual([{ do: 'cancel-readers' }]);
      expect(decide(committing, ['commit'], wish)).toEqual([]);
    },
  );

  test.each([
    ['pause', ['save']],
    ['stop', ['save']],
    ['roll-over', ['rest']],
  ] as const)('for %s does this once nothing runs: %j', (wish, expected) => {
    expect(names(committing, [], wish)).toEqual(expected);
    expect(decideTask(committing, circumstances([], wish, { triedToSave: true }))).toEqual([{ do: 'rest' }]);
  });

  test('rests in the same way when it has failed', () => {
    expect(names(failed, ['mine', 'commit'])).toEqual(['cancel-readers']);
    expect(decide(failed, ['commit'])).toEqual([]);
    expect(names(failed)).toEqual(['save']);
    expect(decideTask(failed, circumstances([], 'run', { triedToSave: true }))).toEqual([{ do: 'rest' }]);
  });

  test.each(['precheck', 'create-tables', 'capture-point', 'save-start'])('waits for %s', (running) => {
    expect(decide(created, [running], 'stop')).toEqual([]);
  });

  const tells = (wish: string): unknown => ['APP.A', 'APP.B'].map((table) => ({ do: 'tell-copy', table, wish }));
  const toldAll = (wish: 'pause' | 'stop'): TaskPlanState =>
    Object.entries(copying.copies).reduce(
      (state, [table, copy]) => withCopy(state, table, { ...copy, told: wish }),
      copying,
    );

  test.each([
    ['pause', 'paused'],
    ['stop', 'stopped'],
  ] as const)('for %s tells its copies, and waits until each of them says %s', (wish, word) => {
    expect(decide(copying, [], wish)).toEqual(tells(wish));
    const told = toldAll(wish);
    expect(decide(told, [], wish)).toEqual([]);
    const one = copyReported(told, report('APP.A', { state: word }), 1_000);
    expect(decide(one, [], wish)).toEqual([]);
    expect(decide(copyReported(one, report('APP.B', { state: word }), 1_000), [], wish)).toEqual([{ do: 'rest' }]);
  });

  test('for roll-over leaves its copies alone', () => {
    expect(decide(copying, [], 'roll-over')).toEqual([{ do: 'rest' }]);
  });

  test('pauses its copies when it has failed itself', () => {
    const state = { ...copying, ...(failed.failed && { failed: failed.failed }) };
    expect(decide(state)).toEqual(tells('pause'));
  });

  test.each(['pause', 'stop'] as const)(
    'for %s stops its copies also when the run that hears of it was not opened yet',
    (wish) => {
      // Paused while it rolled over: the next run begins with this wish.
      expect(names(withoutRunId(copying), [], wish)).not.toEqual([]);
    },
  );
});

test('a pause right after a cut is not taken for obeyed while nobody knows what the children do', () => {
  const cut = taskOpened(copying, { runId: 'r2', cut: true, highest: {} });
  expect(names(cut, [], 'pause')).not.toEqual(['rest']);
});

test('the position where capture begins carries what was read back', () => {
  expect(full.start && startPosition({ ...full.start, nextRecordId: 9, previousSeconds: 77 })).toMatchObject({
    nextRecordId: 9,
    clock: { previousSeconds: 77 },
  });
});
