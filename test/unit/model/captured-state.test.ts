import { expect, test } from 'vitest';
import {
  columnsNotInLog,
  largeColumns,
  stateOf,
  withoutLargeColumns,
  type CapturedPlan,
} from '../../../model/captured-state.ts';
import { columnsHash, planColumns, plannedTable } from '../../../model/planned-table.ts';
import { scn } from '../../../model/scn.ts';
import { tableName, type OracleType, type TableDescription } from '../../../model/table.ts';
import type { ColumnSince, PlanRules } from '../../../model/task-plan.ts';

const rules: PlanRules = {
  naming: { additionalColumns: 'prefixed', case: 'default' },
  partition: ['year', 'month'],
  overflow: 'fail',
};
const table = tableName({ owner: 'HR', name: 'T' });

function planOf(added: OracleType, since: readonly ColumnSince[]): CapturedPlan {
  const description: TableDescription = {
    table,
    columns: [
      { name: 'Id', type: { base: 'NUMBER', precision: 9, scale: 0 }, nullable: false },
      { name: 'DOC', type: { base: 'CLOB' }, nullable: true },
      { name: 'MORE', type: added, nullable: true },
    ],
    key: { kind: 'primary', columns: ['Id'] },
    objectId: '1',
    dataObjectId: '1',
  };
  const { columns } = planColumns(description, undefined, rules);
  const emitAfter = scn('100');
  const plan = {
    table,
    base: 't_base',
    log: 't_log',
    columnsHash: columnsHash(columns),
    keyed: true,
    emitAfter,
    since,
  };
  const planned = plannedTable(plan, rules, description);
  if (!planned) throw new Error('not planned');
  return { ...plan, ...planned };
}

test('a state names columns, key and additional columns as they are at the destination', () => {
  const state = stateOf(planOf({ base: 'DATE' }, []), { recordId: 7 });
  expect(state).toMatchObject({
    base: 't_base',
    log: 't_log',
    key: ['id'],
    names: {
      recordId: 'new_dts_sync_record_id',
      utcTimestamp: 'new_dts_sync_utc_timestamp',
      beforeFlag: 'new_dts_sync_before_flag',
      afterFlag: 'new_dts_sync_after_flag',
    },
    bound: { recordId: 7 },
    defaults: [],
  });
  expect(state.partitionColumns.map(({ name }) => name)).toEqual([
    'new_dts_sync_modifytime_year',
    'new_dts_sync_modifytime_month',
  ]);
});

test('columns whose values the log never has can be left out', () => {
  const plan = planOf({ base: 'DATE' }, []);
  expect(largeColumns(plan)).toEqual(['DOC']);
  expect(columnsNotInLog(plan)).toEqual(['DOC']);
  expect(columnsNotInLog({ ...plan, lobInLog: 'mark' })).toEqual(['DOC']);
  expect(columnsNotInLog({ ...plan, lobInLog: 'reread' })).toEqual([]);
  const { description, columns } = withoutLargeColumns(plan);
  expect(description.columns.map(({ name }) => name)).toEqual(['Id', 'MORE']);
  expect(columns.map(({ source }) => source)).toEqual(['Id', 'MORE']);
});

const NUMBER: OracleType = { base: 'NUMBER', precision: 9, scale: 2 };
const TEXT: OracleType = { base: 'VARCHAR2', length: 20 };

test.each<[string, OracleType, string, string | undefined]>([
  ['a number', NUMBER, '1.50', '1.5'],
  ['a fraction', NUMBER, '-.5', '-0.5'],
  ['a number with an exponent', NUMBER, '1E3', '1000'],
  ['zero', NUMBER, '-0', '0'],
  ['a number in quotes', NUMBER, "'007'", '7'],
  ['a text', TEXT, "'it''s'", "it's"],
  ['a number as text', TEXT, '0.5', '.5'],
  ['a padded text', { base: 'CHAR', length: 4 }, "'ab'", 'ab  '],
  ['a padded text of two bytes each', { base: 'NCHAR', length: 6 }, "'ab'", 'ab '],
  ['NULL', TEXT, 'NULL', undefined],
  ['the empty text', TEXT, "''", undefined],
  ['what a session decides', { base: 'DATE' }, "'01-JAN-20'", undefined],
])('%s is the constant of an added column', (_, type, constant, expected) => {
  const { defaults } = stateOf(planOf(type, [{ name: 'MORE', scn: scn('150'), constant, recordId: 9 }]));
  expect(defaults).toEqual(
    expected === undefined ? [] : [{ column: 'more', constant: expected, recordId: 9, base: true }],
  );
});

test('a copy of after the column came holds its values', () => {
  const since = [{ name: 'MORE', scn: scn('90'), constant: '0', recordId: 9 }];
  expect(stateOf(planOf(NUMBER, since)).defaults).toMatchObject([{ base: false }]);
});
