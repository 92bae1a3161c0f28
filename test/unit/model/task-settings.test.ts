import { describe, expect, test } from 'vitest';
import { memoryUnder } from '../../../model/alerts.ts';
import { afterFailure, underWindows, type Ledger } from '../../../model/retry-ledger.ts';
import { tableName, type TableName } from '../../../model/table.ts';
import { entriesWith, entriesWithout } from '../../../model/table-list.ts';
import { settingsTaken, settingText, wishedTask, wishProblem } from '../../../model/task-settings.ts';
import { parseTaskSpec, type TaskSpec } from '../../../model/task-spec.ts';

const least = { name: 'a', source: 'hr', destination: 'w', tables: [{ table: 'HR.X' }] };

function specOf(more: object = {}): TaskSpec {
  const parsed = parseTaskSpec({ ...least, ...more });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.spec;
}

describe('a wish to change settings', () => {
  test.each([
    ['throttle', {}, 'Give at least one of full, incremental, instanceClass, as in task.yaml.'],
    ['throttle', { ful: null }, 'ful: unknown; what can be given is full, incremental, instanceClass.'],
    ['retry', undefined, 'Give at least one of failedConnectionsMinutes, otherIssuesMinutes, as in task.yaml.'],
    ['retry', [30], 'Give at least one of failedConnectionsMinutes, otherIssuesMinutes, as in task.yaml.'],
    ['flush', { partition: [] }, 'partition: unknown; what can be given is flushSeconds, flushRows, flushMegabytes.'],
    ['alerts', undefined, 'Give alerts as in task.yaml, or null to tell nobody.'],
  ] as const)('about %s of another form is refused: %j', (kind, wish, sentence) => {
    expect(wishProblem(kind, wish)).toBe(sentence);
  });

  test.each([
    ['throttle', { full: null }],
    ['retry', { otherIssuesMinutes: 0 }],
    ['flush', { flushRows: 'many' }],
    ['alerts', { contacts: [] }],
    ['alerts', null],
  ] as const)('about %s of its form is left to the schema: %j', (kind, wish) => {
    expect(wishProblem(kind, wish)).toBeUndefined();
  });

  const before = specOf({
    full: { throttle: { rowsPerSecond: 5 }, parallelChunks: 2 },
    instanceClass: 'micro',
    alerts: { contacts: ['ops'] },
  });
  const after = (...[kind, wish]: readonly [Parameters<typeof wishedTask>[1], unknown]): TaskSpec => {
    const parsed = parseTaskSpec(wishedTask(before, kind, wish));
    if (!parsed.ok) throw new Error(parsed.errors.map(({ path, code }) => `${path.join('.')} ${code}`).join());
    return settingsTaken(before, parsed.spec);
  };

  test('changes what it names and nothing else', () => {
    const { instanceClass: _class, ...unclassed } = before;
    expect(after('throttle', { instanceClass: null })).toEqual(unclassed);
    expect(after('throttle', { incremental: { megabytesPerSecond: 3 } })).toEqual({
      ...before,
      incremental: { ...before.incremental, throttle: { megabytesPerSecond: 3 } },
    });
    expect(after('throttle', { full: null }).full).toEqual({ parallelChunks: 2, chunkMegabytes: 256 });
    expect(after('retry', { otherIssuesMinutes: 30 })).toEqual({
      ...before,
      retry: { failedConnectionsMinutes: 720, otherIssuesMinutes: 30 },
    });
    expect(after('flush', { flushRows: 7 })).toEqual({
      ...before,
      incremental: { ...before.incremental, flushRows: 7 },
    });
    const { alerts: _alerts, ...silent } = before;
    expect(after('alerts', null)).toEqual(silent);
    expect(after('alerts', { contacts: ['night'] }).alerts).toMatchObject({ contacts: ['night'], failure: true });
  });

  test.each([
    ['retry', { otherIssuesMinutes: 0 }, 'retry.otherIssuesMinutes OUT_OF_RANGE'],
    ['retry', { failedConnectionsMinutes: 10 }, 'retry CONFLICT'],
    ['throttle', { full: { queriesPerSecond: 1 } }, 'full.throttle.queriesPerSecond NOT_YET_SUPPORTED'],
    ['alerts', { contacts: ['ops'], latency: 3 }, 'alerts.latency UNKNOWN_KEY'],
  ] as const)('about %s is refused as a file would be: %j', (kind, wish, error) => {
    expect(() => after(kind, wish)).toThrow(error);
  });

  test('is told in one line', () => {
    expect(settingText({ full: null, incremental: { rowsPerSecond: 5 } })).toBe(
      'full none, incremental rowsPerSecond 5',
    );
    expect(settingText({ contacts: ['ops', 'night'], failure: true })).toBe('contacts ops+night, failure true');
    expect(settingText({})).toBe('none');
  });
});

describe('a ledger under another window', () => {
  const windows = { connectionSeconds: 100, otherSeconds: 10 };
  const failedAt = (now: number, old?: Ledger): Ledger => {
    const failed = { budget: 'other', kind: 'source-rejected', message: 'm', now } as const;
    const ledger = afterFailure(old, failed, windows);
    if (!ledger) throw new Error('the window is over');
    return ledger;
  };
  const third = failedAt(3_000, failedAt(1_000, failedAt(0))); // waits until 7,000

  test.each([
    ['tries last at the end of a shorter one', 5, 3_500, 5_000],
    ['tries at once where more is spent than the new one allows', 2, 3_500, 3_500],
    ['waits as before where the next attempt is within it', 600, 3_500, 7_000],
  ])('%s', (_rule, otherSeconds, now, nextAttemptAt) => {
    const changed = underWindows(third, { ...windows, otherSeconds }, now);
    expect(changed).toEqual({ ...third, nextAttemptAt });
  });
});

test('an alert that is not wanted any more is forgotten, not told to be over', () => {
  const open = ['failure', 'failure HR.X', 'held HR.X', 'latency', 'runway'];
  const { alerts } = specOf({ alerts: { contacts: ['ops'], heldTables: false, latencySeconds: 9 } });
  if (!alerts) throw new Error('no alerts');
  expect(memoryUnder({ open }, alerts).open).toEqual(['failure', 'failure HR.X', 'latency', 'runway']);
  const { latencySeconds: _limit, ...unlimited } = alerts;
  expect(memoryUnder({ open }, { ...unlimited, failure: false }).open).toEqual(['runway']);
});

describe('the tables of a running task', () => {
  const hr = (name: string): TableName => tableName({ owner: 'HR', name });
  const entries = specOf({ tables: [{ table: 'HR.X', as: 'ex' }, { table: 'HR.EMP_*' }] }).tables;

  test('have what was added by its own name, with what was asked for it', () => {
    const written = [
      { table: 'hr.new', as: 'fresh' },
      { table: 'hr.t_*', values: { overflow: 'null' }, except: ['HR.T_3'] },
    ];
    expect(entriesWith(entries, written, [hr('NEW'), hr('T_1'), hr('T_2')])).toEqual([
      ...entries,
      { table: 'HR.NEW', as: 'fresh' },
      { table: 'HR.T_1', values: { overflow: 'null' } },
      { table: 'HR.T_2', values: { overflow: 'null' } },
    ]);
  });

  test('lack what was removed, also where a pattern means it', () => {
    expect(entriesWithout(entries, [hr('X'), hr('EMP_1')])).toEqual([{ table: 'HR.EMP_*', except: ['HR.EMP_1'] }]);
    expect(entriesWithout(entriesWithout(entries, [hr('EMP_1')]), [hr('EMP_1'), hr('EMP_2')])).toEqual([
      { table: 'HR.X', as: 'ex' },
      { table: 'HR.EMP_*', except: ['HR.EMP_1', 'HR.EMP_2'] },
    ]);
  });

  test('that are removed, and added again, are a task that start accepts', () => {
    const again = entriesWith(entriesWithout(entries, [hr('EMP_1'), hr('X')]), [{ table: 'HR.EMP_1' }], [hr('EMP_1')]);
    expect(specOf({ tables: again }).tables.map(({ table }) => table)).toEqual(['HR.EMP_*', 'HR.EMP_1']);
  });
});
