import { describe, expect, test } from 'vitest';
import { checkText } from '../../../client/check.ts';
import { testText } from '../../../client/connections.ts';
import { remainsText, wouldText } from '../../../client/delete.ts';
import { command } from '../../../client/format.ts';
import { grantsText } from '../../../client/grants.ts';
import { type ListedTask, type TaskView } from '../../../client/index.ts';
import { stuckText } from '../../../client/stuck-run.ts';
import { silentText } from '../../../client/task-view.ts';
import { livenessLines, unhealthyTasks, unhealthyText } from '../../../client/list.ts';
import { staleMinutes } from '../../../client/liveness.ts';
import { positionOf, positionText } from '../../../client/position.ts';
import { parseTaskText } from '../../../client/read-task.ts';
import { copiedTables } from '../../../client/remembered.ts';
import type { TaskStatus } from '../../../model/progress.ts';

const specOf = (text: string) => {
  const parsed = parseTaskText(text);
  if (!parsed.ok) throw new Error('the text is not a task');
  return parsed.task.spec;
};

describe('check', () => {
  const least = 'name: a\nsource: hr\ndestination: w\ntables:\n  - table: HR.X\n  - table: HR.Y\n    as: Why\n';

  test('shows what becomes of each table', () => {
    const text = checkText('task.yaml', specOf(least));
    expect(text).toMatch(/HR\.X +x_base +x_log/);
    expect(text).toMatch(/HR\.Y +Why_base +Why_log/);
    expect(text).not.toContain('warning');
  });

  test('leaves the names of what a pattern means to the worker', () => {
    expect(checkText('task.yaml', specOf(least.replace('HR.X', 'HR.EMP_*')))).toMatch(/HR\.EMP_\* +\*_base +\*_log/);
  });

  test('promises no table of changes to a one-off copy', () => {
    expect(checkText('task.yaml', specOf(`${least}synchronize: [schema, full]\n`))).not.toContain('_log');
  });

  test('warns of a wait that ends during a restart of the database', () => {
    const text = checkText('task.yaml', specOf(`${least}retry:\n  failedConnectionsMinutes: 29\n`));
    expect(text).toContain('warning retry.failedConnectionsMinutes is 29; at least 30');
  });
});

describe('position', () => {
  const status: TaskStatus = {
    task: 'hr',
    title: 'hr',
    environment: '',
    state: 'Synchronizing',
    phase: 'incremental',
    source: 'hr',
    destination: 'w',
    tables: [],
    latency: { seconds: 2.4, measuredAt: '2026-11-22T09:59:57.000Z' },
    position: { scn: '9007199254740993', nextRecordId: 1713 },
    windowsDone: 3,
    transactions: 5,
    events: [],
    run: { id: 'r', number: 1, events: 40 },
  };

  test('is the SCN as text, the next record_id, and the latency with its moment', () => {
    const found = positionOf('hr', { kind: 'answers', status });
    expect(found).toMatchObject({ scn: '9007199254740993', nextRecordId: 1713 });
    expect(positionText(found, Date.parse('2026-11-22T10:00:00Z')).split('\n')).toEqual([
      'SCN 9007199254740993, next record_id 1,713',
      'latency 2 s, measured 2026-11-22T09:59:57.000Z (3 s ago)',
    ]);
  });

  test('of an ended task is that of its summary', () => {
    const summary = {
      ended: 'stopped',
      position: { scn: '5', nextRecordId: 6 },
      baseRows: 0,
      logRows: 0,
      runs: 1,
    } as const;
    const found = positionOf('hr', { kind: 'ended', how: 'completed', at: '2026-11-22T09:00:00.000Z', summary });
    expect(positionText(found, 0).split('\n')).toEqual(['SCN 5, next record_id 6', 'ended 2026-11-22T09:00:00.000Z']);
  });

  const { position: _position, latency: _latency, ...early } = status;
  test.each<[string, TaskView, string]>([
    [
      'no worker answers',
      { kind: 'silent', task: 'hr', taskQueue: 'q', polled: false, lastState: 'Paused' },
      'no worker',
    ],
    [
      'the copy still runs',
      { kind: 'answers', status: { ...early, state: 'Initializing', phase: 'full' } },
      'no position yet: it is Initializing, phase full',
    ],
    ['it was terminated', { kind: 'ended', how: 'terminated', at: 'then' }, 'terminated'],
  ])('is refused, with the reason, when %s', (_when, view, message) => {
    expect(() => positionOf('hr', view)).toThrow(message);
  });
});

describe('list --unhealthy', () => {
  const task = (name: string, state: string, more: Partial<ListedTask> = {}): ListedTask => ({
    task: name,
    title: name,
    state,
    phase: 'incremental',
    source: 'hr',
    destination: 'w',
    environment: '',
    latency: '',
    heldTables: '0',
    retry: '',
    taskQueue: 'redoflow',
    running: true,
    startedAt: '2026-11-22T09:00:00.000Z',
    ...more,
  });
  const whyOf = (tasks: readonly ListedTask[], unpolled: readonly string[] = []) =>
    unhealthyTasks(tasks, { unpolled: new Set(unpolled), stale: new Map() }).map(
      ({ task: name, why }) => `${name}: ${why}`,
    );

  test.each(['Failed', 'Retrying', 'PrecheckFailed', 'Paused'])('has a task that is %s', (state) => {
    expect(whyOf([task('a', state)])).toEqual([`a: ${state}`]);
  });

  test.each(['Prechecking', 'Initializing', 'Synchronizing', 'Pausing', 'Finished', 'Running'])(
    'leaves out a task that is %s',
    (state) => {
      expect(whyOf([task('a', state)])).toEqual([]);
    },
  );

  test('has every running task whose queue no worker polls, and says that instead of an old state', () => {
    const tasks = [
      task('a', 'Synchronizing'),
      task('b', 'Failed', { taskQueue: 'other' }),
      task('c', 'Synchronizing', { taskQueue: 'other' }),
      task('d', 'Completed', { taskQueue: 'other', running: false }),
    ];
    expect(whyOf(tasks, ['other'])).toEqual(['b: no worker polls other', 'c: no worker polls other']);
    const text = unhealthyText(unhealthyTasks(tasks, { unpolled: new Set(['other']), stale: new Map() }));
    expect(text).toMatch(/c +no worker polls other +last Synchronizing +incremental +hr → w/);
  });
});

describe('what is said before anything else', () => {
  const now = Date.parse('2026-11-22T10:00:00Z');
  const silent = { kind: 'silent', task: 'hr', taskQueue: 'q', lastState: 'Synchronizing' } as const;

  test('is that no worker polls, and since when nothing was heard', () => {
    expect(silentText({ ...silent, polled: false, answeredAt: '2026-11-22T09:46:00Z' }, now)).toBe(
      'no worker is polling task queue q (start one: npm run -s worker); last known state: Synchronizing, 14 min ago.',
    );
  });

  test.each([
    ['2026-11-22T09:46:00Z', /^stale 14 min: a worker polls task queue q, but has not answered/],
    ['2026-11-22T09:59:00Z', /^A worker polls task queue q, but has not answered/],
  ])('of a worker that does not answer is how long, where that is too long: since %s', (answeredAt, says) => {
    expect(silentText({ ...silent, polled: true, answeredAt }, now)).toMatch(says);
  });

  test.each([
    ['with what Temporal says of it', { why: 'No such step' }, 'has failed 7 times (No such step); recover it: '],
    ['also where Temporal does not say why', {}, 'has failed 7 times; recover it: '],
  ])('of a run that nothing reaches is how to begin it anew, %s', (_how, why, says) => {
    const stuck = { runId: 'r', attempts: 7, ...why };
    const sentence = `the workflow task of hr ${says}its run begins anew from what is at the destination`;
    expect(stuckText('hr', stuck)).toBe(sentence);
    const last = 'last known state: Synchronizing, 14 min ago.';
    for (const polled of [true, false]) {
      const text = silentText({ ...silent, polled, answeredAt: '2026-11-22T09:46:00Z', stuck }, now);
      expect(text).toBe(`${sentence} (\`${command('recover hr')}\`); ${last}`);
    }
  });

  test('in a list is one line for each queue and for each task', () => {
    const running = { running: true, taskQueue: 'q' } as ListedTask;
    const tasks = [
      { ...running, task: 'a' },
      { ...running, task: 'b', taskQueue: 'other' },
      { ...running, task: 'c', taskQueue: 'other' },
    ];
    expect(livenessLines(tasks, { unpolled: new Set(['other']), stale: new Map([['a', 14]]) })).toEqual([
      'no worker is polling task queue other (start one: npm run -s worker); its 2 tasks are shown as last seen.',
      'stale 14 min: nothing was heard of the task a for so long.',
    ]);
  });

  test('is not said while an idle task may rest in good order', () => {
    expect(staleMinutes('2026-11-22T09:55:00Z', now)).toBeUndefined();
    expect(staleMinutes('2026-11-22T09:50:00Z', now)).toBe(10);
  });
});

describe('grants', () => {
  const statement = (sql: string, state: 'held' | 'missing' | 'unknown') => ({ sql, why: 'why', state });

  test('are a script that runs only what is not known to be there', () => {
    const statements = [
      statement('GRANT A TO U', 'held'),
      statement('GRANT B TO U', 'missing'),
      statement('GRANT C TO U', 'unknown'),
    ];
    const text = grantsText({ source: 'hr', version: '19.3.0.0.0', statements });
    const run = text.split('\n').filter((line) => line !== '' && !line.startsWith('--'));
    expect(run).toEqual(['GRANT B TO U; -- why', 'GRANT C TO U; -- why']);
    expect(text).toContain('-- GRANT A TO U;');
  });

  test('say on one line, in a comment, why nothing could be measured', () => {
    const text = grantsText({ source: 'hr', unmeasured: 'one\ntwo', statements: [] });
    expect(text).toContain('-- Not everything could be measured: one two\n');
  });
});

describe('the test of a connection', () => {
  test('tells a failure with its remedy', () => {
    const text = testText({
      name: 'hr',
      kind: 'oracle',
      address: 'db:1521/X',
      answers: false,
      kindOfFailure: 'source-privilege-missing',
      message: 'ORA-01045',
      remedy: 'Grant it.',
    });
    expect(text).toBe('✗ hr (oracle, db:1521/X): ORA-01045\nGrant it.');
  });

  test.each(['source-unreachable', 'source-login-refused', 'sink-unreachable', 'sink-login-refused'] as const)(
    'says to a person what a task would do something else about: %s',
    (kindOfFailure) => {
      const remedy = 'It is tried again.';
      const failed = { name: 'c', kind: 'oracle', address: 'a', answers: false, message: 'm', remedy } as const;
      const text = testText({ ...failed, kindOfFailure });
      expect(text).not.toContain(remedy);
      expect(text).toContain('restart it after a change');
    },
  );

  test('of something that works has no remedy', () => {
    const works = { name: 'hr', kind: 'oracle', address: 'db:1521/X', answers: true, milliseconds: 12 } as const;
    expect(testText(works)).toBe('✓ hr (oracle, db:1521/X) answers in 12 ms');
  });
});

describe('delete', () => {
  const runs = [
    { workflowId: 'redoflow/hr', runId: '1' },
    { workflowId: 'redoflow/hr', runId: '2' },
    { workflowId: 'redoflow/hr/copy/HR.ORDERS/1a2b3c4d', runId: '3' },
    { workflowId: 'redoflow/hr/copy/HR."a/b"/1a2b3c4d', runId: '4' },
    { workflowId: 'redoflow/hr/copy/HR.ORDERS/5e6f7a8b', runId: '5' },
  ];

  test('knows the copied tables by the ids of their copies, each once, also with a slash in its name', () => {
    expect(copiedTables('redoflow/hr', runs)).toEqual(['HR."a/b"', 'HR.ORDERS']);
  });

  test('says beforehand how much it would delete', () => {
    expect(wouldText({ task: 'hr', runs, tables: [] })).toContain('2 runs and 3 copy runs of the task hr');
    expect(wouldText({ task: 'hr', runs: runs.slice(0, 1), tables: [] })).toContain('delete 1 run of the task hr');
  });

  test('says what remains at the destination', () => {
    expect(remainsText({ task: 'hr', runs, tables: ['HR.ORDERS'] })).toBe(
      'At the destination everything stays, as far as the task got: _base and _log of HR.ORDERS, and its position in redoflow_positions (task hr).',
    );
  });
});
