import { describe, expect, test } from 'vitest';
import { bar, currentDetails } from '../../../model/current-details.ts';
import { latencyBucket } from '../../../model/latency.ts';
import type { TableProgress, TaskStatus } from '../../../model/progress.ts';

const table: TableProgress = {
  table: 'HR.EMPLOYEES',
  base: 'employees_base',
  log: 'employees_log',
  state: 'copying',
  chunksDone: 3,
  chunks: 12,
  baseRows: 300,
  logRows: 0,
  nulled: 0,
  attemptsLost: 0,
};
const status: TaskStatus = {
  task: 'hr',
  title: 'hr',
  environment: '',
  state: 'Initializing',
  phase: 'full',
  source: 'hr',
  destination: 'warehouse',
  tables: [table],
  windowsDone: 0,
  transactions: 0,
  events: [],
  run: { id: 'r', number: 1, events: 10 },
};

describe('a bar', () => {
  test.each([
    [0, 0, '░░░░░░░░░░░░░░░░░░░░ 0 %'],
    [0, 4, '░░░░░░░░░░░░░░░░░░░░ 0 %'],
    [1, 4, '█████░░░░░░░░░░░░░░░ 25 %'],
    [999, 1000, '████████████████████ 99 %'],
    [4, 4, '████████████████████ 100 %'],
    [5, 4, '████████████████████ 100 %'],
  ])('of %i of %i is %s', (done, all, text) => {
    expect(bar(done, all)).toBe(text);
  });
});

describe('the details of a task', () => {
  test('say how many values of a table were written as NULL, once there are any', () => {
    expect(currentDetails(status)).not.toContain('NULL');
    expect(currentDetails({ ...status, tables: [{ ...table, nulled: 3 }] })).toContain('3 values written as NULL');
  });

  test('show state, connections and each table', () => {
    const text = currentDetails(status);
    expect(text).toContain('## Initializing · full');
    expect(text).toContain('**hr** → **warehouse** · latency **not measured yet**');
    expect(text).toContain('**HR.EMPLOYEES** → `employees_base`, `employees_log` · copying');
    expect(text).toContain('25 %` chunks 3/12, 300 base rows · 0 log rows');
    expect(text).not.toContain('Position');
    expect(text).not.toContain('made again');
  });

  test('show latency with its moment, and the position', () => {
    const latency = { seconds: 2.345, measuredAt: '2026-11-22T11:00:00Z' };
    const text = currentDetails({ ...status, latency, position: { scn: '812345', nextRecordId: 77 }, windowsDone: 4 });
    expect(text).toContain('2.3 s (measured 2026-11-22T11:00:00Z)');
    expect(text).toContain('Position SCN `812345` · next record_id `77` · 4 windows');
  });

  test('say what goes wrong, and what to do', () => {
    const retry = { unit: 'source', budget: 'connection', attempts: 3, spentSeconds: 1, windowSeconds: 600 } as const;
    const failure = { kind: 'bug', unit: 'save', message: 'odd', sentence: 'Please report.', at: '' } as const;
    const text = currentDetails({
      ...status,
      retry: { ...retry, remainingSeconds: 600, measuredAt: '2026-11-22T11:00:00Z', message: 'no answer' },
      failure,
      precheck: {
        passed: false,
        results: [
          { id: 'table-key', subject: 'HR.A', severity: 'alert', verdict: 'failed', message: 'no key' },
          { id: 'table-exists', subject: 'HR.B', severity: 'error', verdict: 'passed', message: '' },
        ],
      },
    });
    expect(text).toContain('**Retrying** source (3 attempts, connection issues): no answer');
    expect(text).toContain('Gives up in 10 min (measured 2026-11-22T11:00:00Z).');
    expect(text).toContain('**Failed** save: odd');
    expect(text).toContain('**What to do:** Please report.');
    expect(text).toContain('**Precheck** HR.A: no key');
    expect(text).not.toContain('HR.B');
  });

  test('stay small: 40 tables and 10 events', () => {
    const tables = Array.from({ length: 1_001 }, (_, i) => ({ ...table, table: `HR.T${i}` }));
    const events = Array.from({ length: 50 }, (_, i) => ({ at: `t${i}`, kind: 'note', text: `event ${i}` }) as const);
    const text = currentDetails({ ...status, tables, events });
    expect(text).toContain('… and 961 more');
    expect(text).not.toContain('HR.T40*');
    expect(text).not.toContain('event 39');
    expect(text).toContain('event 40');
    expect(text.length).toBeLessThan(12_000);
  });
});

test.each([
  [undefined, 'unknown'],
  [0, 'under 10 s'],
  [9.9, 'under 10 s'],
  [10, 'under 1 min'],
  [60, 'under 10 min'],
  [600, 'under 1 h'],
  [3600, 'over 1 h'],
])('a latency of %s s is in the bucket %s', (seconds, bucket) => {
  expect(latencyBucket(seconds)).toBe(bucket);
});
