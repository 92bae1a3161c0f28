import { describe, expect, test } from 'vitest';
import { columnsComparedTo, columnsHash, planColumns, plannedTable } from '../../../model/planned-table.ts';
import { scn } from '../../../model/scn.ts';
import { tableName } from '../../../model/table.ts';
import type { Column, TableDescription } from '../../../model/table.ts';
import type { ColumnRules, ColumnSince, TablePlan } from '../../../model/task-plan.ts';
import { rules, tablePlan } from './literal-plan.ts';

const column = (name: string, base = 'NUMBER'): Column => ({ name, type: { base }, nullable: true });

const described = (...columns: readonly (string | Column)[]): TableDescription => ({
  table: tableName({ owner: 'APP', name: 'T' }),
  columns: columns.map((each) => (typeof each === 'string' ? column(each) : each)),
  key: { kind: 'primary', columns: ['ID'] },
  objectId: '1',
  dataObjectId: '1',
});

function planOf(description: TableDescription, columnRules?: ColumnRules): TablePlan {
  const { columns, problems } = planColumns(description, columnRules, rules);
  if (problems.length > 0) throw new Error(problems.join());
  return { ...tablePlan('T'), columnsHash: columnsHash(columns), ...(columnRules && { columnRules }) };
}

const namesOf = (plan: TablePlan, description: TableDescription): readonly string[] | undefined =>
  plannedTable(plan, rules, description)?.description.columns.map(({ name }) => name);

describe('the columns of a plan are found', () => {
  const plan = planOf(described('ID', 'A'));

  test.each<[string, TableDescription, readonly string[] | undefined, unknown]>([
    ['in the same description', described('ID', 'A'), ['ID', 'A'], { kind: 'same' }],
    ['before one that was added', described('ID', 'A', 'B'), ['ID', 'A'], { kind: 'appended', names: ['B'] }],
    [
      'before some, of which one could not be planned',
      described('ID', 'A', column('B', 'CLOB'), 'C'),
      ['ID', 'A'],
      { kind: 'appended', names: ['B', 'C'] },
    ],
    ['not where one is missing', described('ID'), undefined, { kind: 'changed' }],
    ['not where one stands before them', described('ID', 'B', 'A'), undefined, { kind: 'changed' }],
    ['not where one has another type', described('ID', column('A', 'DATE'), 'B'), undefined, { kind: 'changed' }],
    ['not among none', described(), undefined, { kind: 'changed' }],
  ])('%s', (_where, description, names, compared) => {
    expect(namesOf(plan, description)).toEqual(names);
    expect(columnsComparedTo(plan, rules, description)).toEqual(compared);
  });

  test('with as many destination columns', () => {
    const planned = plannedTable(plan, rules, described('ID', 'A', 'B'));
    expect(planned?.columns.map(({ source }) => source)).toEqual(['ID', 'A']);
  });

  test('without a key that a later column is a part of', () => {
    const description: TableDescription = { ...described('ID', 'A', 'B'), key: { kind: 'primary', columns: ['B'] } };
    expect(plannedTable(plan, rules, description)?.description.key).toEqual({ kind: 'none', columns: [] });
  });
});

describe('with columns that the task excludes', () => {
  const plan = planOf(described('ID', 'X', 'A'), { exclude: ['X'] });

  test.each<[string, TableDescription, readonly string[] | undefined, unknown]>([
    ['they are left out', described('ID', 'X', 'A'), ['ID', 'A'], { kind: 'same' }],
    ['one that was added shows', described('ID', 'X', 'A', 'B'), ['ID', 'A'], { kind: 'appended', names: ['B'] }],
    ['a dropped one is a change', described('ID', 'A'), undefined, { kind: 'changed' }],
  ])('%s', (_what, description, names, compared) => {
    expect(namesOf(plan, description)).toEqual(names);
    expect(columnsComparedTo(plan, rules, description)).toEqual(compared);
  });

  test('the last one is not appended', () => {
    const last = planOf(described('ID', 'A', 'X'), { exclude: ['X'] });
    expect(columnsComparedTo(last, rules, described('ID', 'A', 'X', 'B'))).toEqual({ kind: 'appended', names: ['B'] });
    expect(namesOf(last, described('ID', 'A', 'X', 'B'))).toEqual(['ID', 'A']);
  });
});

test('a column that came later says since when; the last time counts', () => {
  const since: readonly ColumnSince[] = [
    { name: 'A', scn: scn('5') },
    { name: 'A', scn: scn('9') },
  ];
  const description = described('ID', 'A', 'B');
  const planned = plannedTable({ ...planOf(described('ID', 'A')), ...{ since } }, rules, description);
  expect(planned?.description.columns).toEqual([column('ID'), { ...column('A'), since: '9' }]);
  expect(description.columns[1]).not.toHaveProperty('since');
});

test('1,000 columns that changed are told within a tenth of a second', () => {
  const names = Array.from({ length: 1000 }, (_, i) => `COLUMN_${String(i)}`);
  const plan = planOf(described(...names));
  const start = process.cpuUsage();
  expect(columnsComparedTo(plan, rules, described('ID', ...names))).toEqual({ kind: 'changed' });
  expect(columnsComparedTo(plan, rules, described(...names, 'B'))).toEqual({ kind: 'appended', names: ['B'] });
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1000).toBeLessThan(200);
});
