import { describe, expect, test } from 'vitest';
import { bar, count, duration, summaryText, table } from '../../../client/format.ts';
import { listText } from '../../../client/list.ts';
import { nextSteps, precheckText } from '../../../client/precheck.ts';
import { statusText } from '../../../client/status.ts';
import { newLines, rowRate } from '../../../client/watch.ts';
import type { TaskStatus } from '../../../model/progress.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const copying: TaskStatus = {
  task: 'hr',
  title: 'HR to the warehouse',
  environment: 'demo',
  state: 'Initializing',
  phase: 'full',
  source: 'hr',
  destination: 'warehouse',
  tables: [
    {
      table: 'HR.ORDERS',
      base: 'orders_base',
      log: 'orders_log',
      state: 'copying',
      chunksDone: 3,
      chunks: 12,
      baseRows: 30_000,
      logRows: 0,
      nulled: 0,
      attemptsLost: 1,
    },
  ],
  windowsDone: 0,
  transactions: 0,
  events: [{ at: '2026-11-22T09:59:58.000Z', kind: 'state', text: 'full copy begins' }],
  run: { id: 'r', number: 1, events: 40 },
};
const following: TaskStatus = {
  ...copying,
  state: 'Synchronizing',
  phase: 'incremental',
  latency: { seconds: 2.4, measuredAt: '2026-11-22T09:59:59.000Z' },
  position: { scn: '812345678', nextRecordId: 9 },
};

test.each([
  [0.04, '0.0 s'],
  [0.44, '0.4 s'],
  [12, '12 s'],
  [59.6, '1 min'],
  [200, '3 min 20 s'],
  [3600, '1 h'],
  [3605, '1 h'],
  [18_240, '5 h 4 min'],
  [183_600, '2 d 3 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test.each([
  [0, 12, '░░░░░░░░░░'],
  [6, 12, '█████░░░░░'],
  [11, 12, '█████████░'],
  [12, 12, '██████████'],
  [0, 0, '░░░░░░░░░░'],
])('%d of %d is %s: full only when done', (done, total, text) => {
  expect(bar(done, total, 10)).toBe(text);
});

test('counts have separators', () => {
  expect(count(1_234_567.4)).toBe('1,234,567');
});

test('a table has no borders and no blanks at line ends', () => {
  expect(
    table(
      ['a', 'b'],
      [
        ['x', ''],
        ['yyy', '1'],
      ],
    ),
  ).toBe('a    b\nx\nyyy  1');
});

test('a summary says how much and where', () => {
  const text = summaryText({
    ended: 'stopped',
    baseRows: 1000,
    logRows: 20,
    runs: 2,
    position: { scn: '99', nextRecordId: 1 },
  });
  expect(text).toBe('stopped: 1,000 rows copied, 20 log rows, at SCN 99');
});

describe('a status', () => {
  test('shows the copy of each table as a bar', () => {
    expect(statusText(copying, now)).toEqual([
      'hr  HR to the warehouse  Initializing, full',
      'hr → warehouse, demo',
      '',
      expect.stringContaining('HR.ORDERS  copying  █████░░░░░░░░░░░░░░░  3/12  30,000  0'),
      '',
      '09:59:58  full copy begins',
    ]);
  });

  test('shows latency with its moment of measurement', () => {
    expect(statusText(following, now)[1]).toContain('latency 2 s at 09:59:59, SCN 812345678');
  });

  test('says "stale" first when nothing was measured for minutes', () => {
    expect(statusText(following, now + 14 * 60_000)[0]).toMatch(/^stale 14 min/);
  });

  const retry = {
    unit: 'source',
    budget: 'connection',
    attempts: 3,
    spentSeconds: 9,
    windowSeconds: 600,
    remainingSeconds: 591,
    measuredAt: new Date(now - 60_000).toISOString(),
    message: 'ORA-12541',
  } as const;
  test.each([
    [
      'what it is retrying, and for how long still',
      { retry },
      'retrying source (3 attempts, 8 min 51 s left): ORA-12541',
    ],
    [
      'that paused time is free',
      { retry, state: 'Paused' },
      'retrying source (3 attempts, 9 min 51 s left): ORA-12541',
    ],
    [
      'why it failed, and what to do',
      { failure: { kind: 'sink-rejected', unit: 'commit', message: 'no', sentence: 'Do this.', at: '2026' } },
      'failed 2026: commit: no\n  Do this.',
    ],
    [
      'how many tables are held',
      { tables: copying.tables.map((entry) => ({ ...entry, state: 'held' as const })) },
      'Initializing (1 held)',
    ],
  ] satisfies [string, Partial<TaskStatus>, string][])('says %s', (_what, change, text) => {
    expect(statusText({ ...copying, ...change }, now).join('\n')).toContain(text);
  });
});

test('a precheck shows every item, and the repair of what failed', () => {
  const lines = precheckText({
    passed: false,
    results: [
      { id: 'source-archivelog', subject: 'hr', severity: 'error', verdict: 'passed', message: '' },
      { id: 'table-key', subject: 'HR.X', severity: 'alert', verdict: 'ignored', message: 'none. Add one.' },
      {
        id: 'table-exists',
        subject: 'HR.Y',
        severity: 'error',
        verdict: 'failed',
        message: 'no such table. Correct the name.',
      },
    ],
  }).split('\n');
  expect(lines[1]).toMatch(/^✓ {2}The database runs in ARCHIVELOG mode {2,}hr$/);
  expect(lines[2]).toMatch(/^– .*alert table-key$/);
  expect(lines[3]).toMatch(/^✗ .*HR\.Y +error table-exists$/);
  expect(lines.slice(4)).toEqual([
    '',
    'table-exists  HR.Y',
    '  no such table. Correct the name.',
    '',
    'precheck failed, 2 of 3',
  ]);
});

describe('a precheck of many tables', () => {
  const result = (table: string, verdict: 'passed' | 'failed') =>
    ({
      id: 'table-key',
      subject: table,
      severity: 'alert',
      verdict,
      message: verdict === 'failed' ? 'none.' : '',
    }) as const;
  const many = (number: number, verdict: 'passed' | 'failed') =>
    Array.from({ length: number }, (_, i) => result(`HR.T${i}`, verdict));

  test('takes a line for each check and verdict, what failed first', () => {
    const lines = precheckText({ passed: false, results: [...many(1200, 'passed'), result('HR.X', 'failed')] }).split(
      '\n',
    );
    expect(lines[1]).toMatch(/^✗ .*HR\.X +alert table-key$/);
    expect(lines[2]).toMatch(/^✓ .*1,200 tables$/);
    expect(lines.at(-1)).toBe('precheck failed, 1,200 of 1,201');
  });

  test('says how many repairs it leaves out', () => {
    const text = precheckText({ passed: false, results: many(60, 'failed') });
    expect(text.split('none.')).toHaveLength(51);
    expect(text).toContain('… and 10 more that failed.');
  });

  test('names the alerts in the command that accepts them, and what to do after a change of the file', () => {
    const text = nextSteps('hr', { passed: false, results: many(2, 'failed') });
    expect(text).toMatch(/precheck hr --ignore table-key$/m);
    expect(text).toMatch(/stop hr --wait {2}and start it again$/m);
    expect(nextSteps('hr', undefined)).not.toContain('--ignore');
  });
});

describe('a status of many tables', () => {
  const [one] = copying.tables;
  if (!one) throw new Error('a table');
  const tables = Array.from({ length: 1200 }, (_, i) => ({
    ...one,
    table: `HR.T${i}`,
    state: i === 1199 ? ('copying' as const) : ('synchronizing' as const),
  }));

  test('shows those first that are not done, and sums up the others', () => {
    const text = statusText({ ...copying, tables }, now).join('\n');
    expect(text).toContain('HR.T1199');
    expect(text).not.toContain('HR.T1198');
    expect(text).toContain('… and 1,160 more');
    expect(text).toContain('1,200 tables: 1 copying, 1,199 synchronizing; 36,000,000 rows, 0 log rows');
  });

  test('is one short line where nobody watches', () => {
    expect(newLines()({ kind: 'answers', status: { ...copying, tables } }).at(-1)).toBe(
      'Initializing full  1,200 tables: 1 copying, 1,199 synchronizing; 36,000,000 rows, 0 log rows',
    );
  });

  test('shows values written as NULL where there are any', () => {
    const nulled = statusText({ ...copying, tables: [{ ...one, nulled: 7 }] }, now).join('\n');
    expect(nulled).toMatch(/written as NULL\n.* 7$/m);
    expect(statusText(copying, now).join('\n')).not.toContain('written as NULL');
  });
});

test('a list shows tasks whose search attributes are missing', () => {
  const none = { phase: '', source: '', destination: '', environment: '', latency: '', heldTables: '', retry: '' };
  const text = listText([
    { task: 'hr', title: 'hr', state: 'Running', taskQueue: 'redoflow', running: true, startedAt: '2026', ...none },
  ]);
  expect(text.split('\n')[1]).toBe('hr    Running');
});

describe('watching without a terminal', () => {
  test('prints a line for each change, and nothing twice', () => {
    const lines = newLines();
    const line = 'Initializing full  HR.ORDERS 3/12 chunks 30,000 rows 0 log rows';
    expect(lines({ kind: 'answers', status: copying })).toEqual(['09:59:58  full copy begins', line]);
    expect(lines({ kind: 'answers', status: copying })).toEqual([]);
    const silent = {
      kind: 'silent',
      task: 'hr',
      taskQueue: 'redoflow',
      polled: false,
      lastState: 'Initializing',
    } as const;
    expect(lines(silent)).toEqual([expect.stringMatching(/^no worker is polling task queue redoflow/)]);
    expect(lines(silent)).toEqual([]);
    expect(lines({ kind: 'answers', status: copying })).toEqual([line]);
  });

  test('measures rows per second over the last ten seconds', () => {
    const rate = rowRate();
    const at = (baseRows: number): TaskStatus => ({
      ...copying,
      tables: copying.tables.map((entry) => ({ ...entry, baseRows })),
    });
    expect(rate(at(0), 0)).toBeUndefined();
    expect(rate(at(5000), 5000)).toBe(1000);
    expect(rate(at(5000), 20_000)).toBeUndefined();
    expect(rate(at(25_000), 30_000)).toBe(2000);
  });
});
