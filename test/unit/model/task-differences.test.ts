import { expect, test } from 'vitest';
import { taskDifferences } from '../../../model/task-differences.ts';
import { parseTaskSpec, type TaskSpec } from '../../../model/task-spec.ts';

const least = { name: 'a', source: 'hr', destination: 'w', tables: [{ table: 'HR.X' }] };

function specOf(more: object = {}): TaskSpec {
  const parsed = parseTaskSpec({ ...least, ...more });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.spec;
}

/** `key way`, in order. */
const differ = (now: object, wished: object): readonly string[] =>
  taskDifferences(specOf(now), specOf(wished)).map(({ key, way }) => `${key} ${way}`);

test.each<[string, object, object, readonly string[]]>([
  ['nothing, where defaults are written out', {}, specOf(), []],
  [
    'a throttle, an instance class',
    { instanceClass: 'micro', full: { throttle: { rowsPerSecond: 1 } } },
    { full: { throttle: { rowsPerSecond: 2 } }, incremental: { throttle: { megabytesPerSecond: 3 } } },
    ['full.throttle.rowsPerSecond throttle', 'incremental.throttle throttle', 'instanceClass throttle'],
  ],
  ['a retry window', {}, { retry: { otherIssuesMinutes: 11 } }, ['retry.otherIssuesMinutes retry']],
  ['alerts that are new', {}, { alerts: { contacts: ['ops'] } }, ['alerts alerts']],
  [
    'alerts that tell others',
    { alerts: { contacts: ['ops'] } },
    { alerts: { contacts: ['night'], latencySeconds: 5 } },
    ['alerts.contacts alerts', 'alerts.latencySeconds alerts'],
  ],
  ['flush settings', {}, { incremental: { flushRows: 9 } }, ['incremental.flushRows flush']],
  ['where it began', { startAt: 'saved' }, {}, ['startAt at-start']],
  [
    'what was decided when it was planned',
    {},
    {
      title: 'b',
      destination: 'v',
      full: { parallelChunks: 9 },
      incremental: { partition: [] },
      naming: { case: 'upper' },
    },
    [
      'title new-task',
      'destination new-task',
      'naming.case new-task',
      'full.parallelChunks new-task',
      'incremental.partition new-task',
    ],
  ],
  [
    'tables',
    { tables: [{ table: 'HR.X' }, { table: 'HR.Y' }] },
    { tables: [{ table: 'HR.Z' }, { table: 'hr.x', as: 'ex' }] },
    ['tables HR.Y remove-table', 'tables HR.Z add-table', 'tables HR.X.as new-task'],
  ],
  [
    'what a pattern excepts',
    { tables: [{ table: 'HR.*', except: ['HR.A'] }] },
    { tables: [{ table: 'HR.*', except: ['HR.B'] }] },
    ['tables HR.* except HR.B remove-table', 'tables HR.* except HR.A add-table'],
  ],
])('a file may differ in %s', (_what, now, wished, expected) => {
  expect([...differ(now, wished)].toSorted()).toEqual([...expected].toSorted());
});

test('a difference says what is, and what is wished', () => {
  expect(taskDifferences(specOf(), specOf({ retry: { otherIssuesMinutes: 11 } }))).toEqual([
    { key: 'retry.otherIssuesMinutes', now: 10, wished: 11, way: 'retry' },
  ]);
});
