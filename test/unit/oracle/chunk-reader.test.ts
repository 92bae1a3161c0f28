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

test('the statement quotes names, selects dates and times through TO_CHAR and everything else bare', () => {
  expect(copyStatement(table({ base: 'NUMBER' }, { base: 'DATE' }, { base: 'RAW' }, { base: 'TIMESTAMP' }))).toBe(
    `SELECT /*+ NO_PARALLEL */ "C0", TO_CHAR("C1",'SYYYY-MM-DD HH24:MI:SS'), "C2", TO_CHAR("C3",'SYYYY-MM-DD HH24:MI:SS.FF9') FROM "HR"."Mixed Case" AS OF SCN TO_NUMBER(:s) ` +
      'WHERE ROWID BETWEEN CHARTOROWID(:a) AND CHARTOROWID(:b)',
  );
});

test.each(['CLOB', 'TIMESTAMP WITH TIME ZONE', 'BINARY_DOUBLE'])('%s is not read, and refused by name', (base) => {
  expect(() => copyStatement(table({ base }))).toThrow(`HR."Mixed Case".C0: ${base} columns are not yet supported.`);
});

describe('a value', () => {
  test.each<[string, string, unknown, unknown]>([
    ['NUMBER below one', 'NUMBER', '.5', '0.5'],
    ['NUMBER beyond 2^53', 'NUMBER', '9007199254740993', '9007199254740993'],
    ['the lowest NUMBER, which the driver writes with an exponent', 'NUMBER', '-1e126', `-1${'0'.repeat(126)}`],
    ['DATE of our era', 'DATE', ' 2026-11-22 10:00:00', '2026-11-22 10:00:00'],
    ['DATE before it', 'DATE', '-0044-03-15 12:00:00', '-0044-03-15 12:00:00'],
    ['CHAR keeps its blanks', 'CHAR', 'a  ', 'a  '],
    ['FLOAT', 'FLOAT', '1.5e-20', '0.000000000000000000015'],
    ['TIMESTAMP', 'TIMESTAMP', ' 2026-11-22 10:00:00.000000001', '2026-11-22 10:00:00.000000001'],
    ['TIMESTAMP without a fraction', 'TIMESTAMP', ' 2026-11-22 10:00:00.000000000', '2026-11-22 10:00:00'],
    ['TIMESTAMP before our era', 'TIMESTAMP', '-0044-03-15 12:00:00.5', '-0044-03-15 12:00:00.500000000'],
    ['RAW', 'RAW', Buffer.from('0e', 'hex'), Uint8Array.of(14)],
    ['RAW without bytes', 'RAW', Buffer.alloc(0), null],
    ['NULL', 'DATE', null, null],
  ])('%s', (_name, base, cell, value) => {
    expect(rowReader(table({ base }))([cell])).toEqual([value]);
  });

  test.each<[string, string, unknown]>([
    ['a NUMBER that became a JS number', 'NUMBER', 5],
    ['a DATE that became a Date', 'DATE', new Date(0)],
    ['a DATE of another mask', 'DATE', '2026-11-22 10:00:00'],
    ['a TIMESTAMP that became a Date', 'TIMESTAMP', new Date(0)],
    ['a TIMESTAMP of another mask', 'TIMESTAMP', '22-NOV-26 10.00.00.000000000 AM'],
    ['a TIMESTAMP with a bare sign', 'TIMESTAMP', ' -0044-03-15 12:00:00.5'],
    ['a RAW that became text', 'RAW', '0E'],
    ['a column that is not there', 'VARCHAR2', undefined],
  ])('%s is refused, without showing it', (_name, base, cell) => {
    expect(() => rowReader(table({ base }))([cell])).toThrow(
      /^HR\."Mixed Case"\.C0: the driver returned something that is not a /,
    );
  });
});
