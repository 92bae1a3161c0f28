import { describe, expect, test } from 'vitest';
import { tableName } from '../../../model/table.ts';
import type { OracleType, TableDescription } from '../../../model/table.ts';
import { copyStatement, rowReader } from '../../../oracle/chunk-reader.ts';

const table = (...types: readonly OracleType[]): TableDescription => ({
  table: tableName({ owner: 'HR', name: 'Mixed Case' }),
  columns: types.map((type, i) => ({ name: `C${i}`, type, nullable: true })),
  key: { kind: 'none', columns: [] },
  objectId: '1',
  dataObjectId: '1',
});

test('the statement quotes names, selects dates through TO_CHAR and everything else bare', () => {
  expect(copyStatement(table({ base: 'NUMBER' }, { base: 'DATE' }))).toBe(
    `SELECT /*+ NO_PARALLEL */ "C0", TO_CHAR("C1",'SYYYY-MM-DD HH24:MI:SS') FROM "HR"."Mixed Case" AS OF SCN TO_NUMBER(:s) ` +
      'WHERE ROWID BETWEEN CHARTOROWID(:a) AND CHARTOROWID(:b)',
  );
});

test('a type that is not read is refused by name', () => {
  expect(() => copyStatement(table({ base: 'CLOB' }))).toThrow(
    'HR."Mixed Case".C0: CLOB columns are not yet supported.',
  );
});

describe('a value', () => {
  test.each<[string, string, unknown, unknown]>([
    ['NUMBER below one', 'NUMBER', '.5', '0.5'],
    ['NUMBER beyond 2^53', 'NUMBER', '9007199254740993', '9007199254740993'],
    ['the lowest NUMBER, which the driver writes with an exponent', 'NUMBER', '-1e126', `-1${'0'.repeat(126)}`],
    ['DATE of our era', 'DATE', ' 2026-11-22 10:00:00', '2026-11-22 10:00:00'],
    ['DATE before it', 'DATE', '-0044-03-15 12:00:00', '-0044-03-15 12:00:00'],
    ['CHAR keeps its blanks', 'CHAR', 'a  ', 'a  '],
    ['RAW', 'RAW', Buffer.from('0e', 'hex'), Buffer.from('0e', 'hex')],
    ['NULL', 'DATE', null, null],
  ])('%s', (_name, base, cell, value) => {
    expect(rowReader(table({ base }))([cell])).toEqual([value]);
  });

  test.each<[string, string, unknown]>([
    ['a NUMBER that became a JS number', 'NUMBER', 5],
    ['a DATE that became a Date', 'DATE', new Date(0)],
    ['a column that is not there', 'VARCHAR2', undefined],
  ])('%s is refused, without showing it', (_name, base, cell) => {
    expect(() => rowReader(table({ base }))([cell])).toThrow(
      /^HR\."Mixed Case"\.C0: the driver returned something that is not a /,
    );
  });
});
