import { describe, expect, test } from 'vitest';
import { Failure } from '../../../model/failure.ts';
import { scn } from '../../../model/scn.ts';
import { tableName } from '../../../model/table.ts';
import type { Column, DatabaseSettings, TableDescription, Value } from '../../../model/table.ts';
import { Images, canDecode } from '../../../oracle/images.ts';
import { InternalFormatError } from '../../../oracle/internal-formats.ts';
import { parseLiteral } from '../../../oracle/literals.ts';
import { operations } from '../../../oracle/redo-row.ts';
import type { RedoRow } from '../../../oracle/redo-row.ts';
import { storedValue } from '../../../oracle/stored-values.ts';
import { oracleType, redoRow } from '../../support/redo-rows.ts';

const UNICODE: DatabaseSettings = {
  characterSet: 'AL32UTF8',
  nationalCharacterSet: 'AL16UTF16',
  timeZone: '+02:00',
};

const column = (name: string, type: string, changes: Partial<Column> = {}): Column => ({
  name,
  type: oracleType(type),
  nullable: true,
  ...changes,
});

const described = (columns: readonly Column[]): TableDescription => ({
  table: tableName({ owner: 'APP', name: 'T' }),
  columns,
  key: { kind: 'none', columns: [] },
  objectId: '74858',
  dataObjectId: '74858',
  database: UNICODE,
});

/** The third stored column was dropped, or is hidden. */
const table = described([
  column('ID', 'NUMBER', { segmentColumn: 1 }),
  column('V', 'VARCHAR2', { segmentColumn: 2 }),
  column('D', 'DATE', { segmentColumn: 4 }),
]);

const mismatch = (sqlRedo: string, changes: Partial<RedoRow> = {}): RedoRow =>
  redoRow({ status: 2, info: 'Dictionary Version Mismatch', sqlRedo, ...changes });

const HELLO = "HEXTORAW('48454c4c4f')";
const FIRST = "HEXTORAW('c102')";
const LEAP = "HEXTORAW('787c021d183c3c')";
const INSERT = `insert into "APP"."T"("COL 1","COL 2","COL 3","COL 4") values (${FIRST},${HELLO},NULL,${LEAP});`;

const failureOf = (act: () => unknown): Failure | undefined => {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  return undefined;
};

describe('a row in stored bytes', () => {
  test('is an insert with every column, by its place in the stored row', () => {
    expect(new Images().change(mismatch(INSERT), table)).toMatchObject({
      kind: 'insert',
      after: ['1', 'HELLO', '2024-02-29 23:59:59'],
    });
  });

  test('may be of a table that LogMiner cannot name, with or without INFO', () => {
    const sqlRedo = INSERT.replace('"APP"."T"', '"UNKNOWN"."OBJ# 74858"');
    const row = redoRow({ sqlRedo, owner: 'UNKNOWN', table: 'OBJ# 74858', status: 2, info: '' });
    expect(new Images().change(row, table)).toMatchObject({ after: ['1', 'HELLO', '2024-02-29 23:59:59'] });
  });

  test('is an update: SET over WHERE', () => {
    const sqlRedo = `update "APP"."T" set "COL 2" = NULL, "COL 4" = NULL where "COL 1" = ${FIRST} and "COL 2" = ${HELLO} and "COL 4" IS NULL;`;
    expect(new Images().change(mismatch(sqlRedo, { operation: operations.update }), table)).toMatchObject({
      before: ['1', 'HELLO', null],
      after: ['1', null, null],
    });
  });

  test('is a delete', () => {
    const sqlRedo = `delete from "APP"."T" where "COL 4" = ${LEAP} and "COL 1" = ${FIRST} and "COL 2" IS NULL;`;
    expect(new Images().change(mismatch(sqlRedo, { operation: operations.delete }), table)).toMatchObject({
      before: ['1', null, '2024-02-29 23:59:59'],
    });
  });

  test('and rows with names are read by turns', () => {
    const named = redoRow({ sqlRedo: `insert into "APP"."T"("ID","V","D") values ('7','x',NULL);` });
    const images = new Images();
    const rows = [named, mismatch(INSERT), named, mismatch(INSERT)].map((row) => images.change(row, table));
    expect(rows.map((change) => 'after' in change && change.after[0])).toEqual(['7', '1', '7', '1']);
  });

  test('leaves names alone that really are COL and a number', () => {
    const odd = described([
      column('COL 2', 'NUMBER', { segmentColumn: 1 }),
      column('COL 1', 'NUMBER', { segmentColumn: 2 }),
    ]);
    const named = redoRow({ sqlRedo: `insert into "APP"."T"("COL 2","COL 1") values ('20','10');` });
    const stored = mismatch(`insert into "APP"."T"("COL 1","COL 2") values (HEXTORAW('c115'),HEXTORAW('c10b'));`);
    expect(new Images().change(named, odd)).toMatchObject({ after: ['20', '10'] });
    expect(new Images().change(stored, odd)).toMatchObject({ after: ['20', '10'] });
  });
});

describe('what cannot be told from stored bytes is a failure', () => {
  test.each<[string, RedoRow, TableDescription, RegExp]>([
    [
      'a column that is not there',
      mismatch(`insert into "APP"."T"("COL 1","COL 2") values (${FIRST},${HELLO});`),
      table,
      /column D is missing/,
    ],
    [
      'columns with names in spite of a mismatch',
      mismatch(`insert into "APP"."T"("ID","V","D") values (${FIRST},${HELLO},NULL);`),
      table,
      /could not tell its columns \(Dictionary Version Mismatch\)/,
    ],
    ['one name among stored columns', mismatch(INSERT.replace('"COL 3"', '"X"')), table, /could not tell its columns/],
    [
      'more columns than are stored today',
      mismatch(INSERT),
      { ...table, segmentColumns: 3 },
      /columns that were dropped since/,
    ],
    [
      'a value that is not bytes',
      mismatch(INSERT.replace(FIRST, "'1'")),
      table,
      /column ID \(NUMBER\): not stored bytes/,
    ],
    ['bytes of another type', mismatch(INSERT.replace(FIRST, LEAP)), table, /column ID \(NUMBER\)/],
    ['a column without a place', mismatch(INSERT), described([column('ID', 'NUMBER')]), /column ID is missing/],
    [
      'characters in a set that is not known',
      mismatch(INSERT),
      { ...table, database: { ...UNICODE, characterSet: 'JA16SJIS' } },
      /column V \(VARCHAR2\): character set JA16SJIS is not read/,
    ],
  ])('%s', (_what, row, description, text) => {
    const failure = failureOf(() => new Images().change(row, description));
    expect(failure?.kind).toBe('source-redo-undecodable');
    expect(failure?.message).toMatch(text);
    expect(failure?.message).not.toMatch(/HELLO|48454c/);
  });

  test('characters of a database that could not be asked', () => {
    const { database: _asked, ...unasked } = table;
    expect(failureOf(() => new Images().change(mismatch(INSERT), unasked))?.message).toMatch(/which is not known/);
  });
});

describe('a column that was added later', () => {
  const grown = described([
    column('ID', 'NUMBER', { segmentColumn: 1 }),
    column('B', 'NUMBER', { segmentColumn: 2, since: scn('200') }),
  ]);
  const older = (at: string): RedoRow =>
    mismatch(`insert into "APP"."T"("COL 1") values (${FIRST});`, { scn: scn(at) });

  test.each(['199', '200'])('is NULL in a row of SCN %s, which lacks it', (at) => {
    expect(new Images().change(older(at), grown)).toMatchObject({ after: ['1', null] });
  });

  test('must be in a younger row', () => {
    expect(failureOf(() => new Images().change(older('201'), grown))?.message).toMatch(/column B is missing/);
  });

  test('is read where it is, and may lack in rows with names too', () => {
    const sqlRedo = `insert into "APP"."T"("COL 1","COL 2") values (${FIRST},${FIRST});`;
    expect(new Images().change(mismatch(sqlRedo), grown)).toMatchObject({ after: ['1', '1'] });
    const named = redoRow({ sqlRedo: `insert into "APP"."T"("ID") values ('7');` });
    expect(new Images().change(named, grown)).toMatchObject({ after: ['7', null] });
  });
});

describe('stored bytes become the canonical value', () => {
  test.each<[string, string, Value]>([
    ['NUMBER(10)', 'c20218', '123'],
    ['FLOAT', 'c00b', '0.1'],
    ['VARCHAR2', 'e8aea2', '订'],
    ['CHAR', '4e455720', 'NEW '],
    ['NVARCHAR2', 'd83dde00', '😀'],
    ['NCHAR', '8ba20020', '订 '],
    ['DATE', '787c021d183c3c', '2024-02-29 23:59:59'],
    ['DATE', '35580101010101', '-4712-01-01 00:00:00'],
    ['TIMESTAMP(9)', '787c021d183c3c075bcd15', '2024-02-29 23:59:59.123456789'],
    ['TIMESTAMP(6)', '787c021d183c3c', '2024-02-29 23:59:59'],
    // The instant, then the zone: an offset of +02:00, or a region.
    ['TIMESTAMP(6) WITH TIME ZONE', '787c021d163c3c1dcd6500163c', '2024-02-29 21:59:59.500000000'],
    ['TIMESTAMP(6) WITH TIME ZONE', '787c021d163c3c1dcd6500859c', '2024-02-29 21:59:59.500000000'],
    ['TIMESTAMP(6) WITH LOCAL TIME ZONE', '787c021d183c3c1dcd6500', '2024-02-29 21:59:59.500000000'],
    ['INTERVAL YEAR(2) TO MONTH', '7ffffffe36', '-P2Y6M'],
    ['INTERVAL DAY(2) TO SECOND(6)', '80000005403f3e875bca00', 'P5DT4H3M2.123456S'],
    ['RAW', '0eff', Uint8Array.of(14, 255)],
    ['BINARY_FLOAT', 'bdcccccd', '0.1'],
    ['BINARY_FLOAT', 'ff800000', 'Infinity'],
    ['BINARY_FLOAT', '7fffffff', '-0'],
    ['BINARY_DOUBLE', 'bfb999999999999a', '0.1'],
    ['BINARY_DOUBLE', 'c415af1d78b58c40', '100000000000000000000'],
    ['BINARY_DOUBLE', 'c4b52d02c7e14af6', '1e+23'],
    ['BINARY_DOUBLE', '8000000000000001', '5e-324'],
    ['BINARY_DOUBLE', '000fffffffffffff', '-Infinity'],
  ])('%s %s', (type, hex, expected) => {
    expect(storedValue(parseLiteral(`HEXTORAW('${hex}')`), column('C', type), UNICODE)).toEqual(expected);
  });

  test.each([
    ['TIMESTAMP WITH LOCAL TIME ZONE', '787c021d183c3c', { ...UNICODE, timeZone: 'US/Pacific' }],
    ['VARCHAR2', 'ff', UNICODE],
    ['NVARCHAR2', '41', UNICODE],
    ['CLOB', '41', UNICODE],
  ])('%s %s is refused', (type, hex, database) => {
    expect(() => storedValue(parseLiteral(`HEXTORAW('${hex}')`), column('C', type), database)).toThrow(
      InternalFormatError,
    );
  });
});

test.each<[boolean, string, Partial<RedoRow>]>([
  [true, 'STATUS 0', { status: 0, info: 'USER DML', sqlRedo: 'anything' }],
  [true, 'STATUS 2 without INFO', { status: 2, info: ' ' }],
  [true, 'a mismatch in stored columns', { status: 2, info: 'Dictionary Mismatch', sqlRedo: INSERT }],
  [
    true,
    'an update with an alias',
    { status: 2, info: 'x', sqlRedo: `update "A"."T" a set a."COL 12" = NULL where a."COL 1" = ${FIRST};` },
  ],
  [true, 'a delete', { status: 2, info: 'x', sqlRedo: `delete from "A"."T" where "COL 1" = ${FIRST};` }],
  [true, 'a compensation without columns', { rollback: true, status: 2, info: 'x', sqlRedo: 'delete from "A"."T";' }],
  [false, 'a mismatch with names', { status: 2, info: 'x', sqlRedo: `insert into "A"."T"("ID") values ('COL 1');` }],
  [false, 'a mismatch without SQL', { status: 2, info: 'x', sqlRedo: null }],
  [false, 'a corrupted block', { status: 1343, info: '' }],
])('can be decoded is %s of %s', (decodable, _what, fields) => {
  expect(canDecode(redoRow(fields))).toBe(decodable);
});
