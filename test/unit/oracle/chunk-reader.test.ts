import { describe, expect, test } from 'vitest';
import { scn } from '../../../model/scn.ts';
import { tableName } from '../../../model/table.ts';
import type { OracleType, TableDescription } from '../../../model/table.ts';
import { copyStatement, rowReader } from '../../../oracle/chunk-reader.ts';
import { chunkBinds } from '../../../oracle/chunk-rows.ts';

const table = (...types: readonly OracleType[]): TableDescription => ({
  table: tableName({ owner: 'HR', name: 'Mixed Case' }),
  columns: types.map((type, i) => ({ name: `C${i}`, type, nullable: true })),
  key: { kind: 'none', columns: [] },
  objectId: '1',
  dataObjectId: '1',
});

const RANGE = { number: 1, firstRowid: 'AAASPHAAEAAAACIAAA', lastRowid: 'AAASPHAAEAAAACLH//' };

test('the statement quotes names, selects dates, times and intervals through TO_CHAR and everything else bare', () => {
  const types = ['NUMBER', 'DATE', 'RAW', 'TIMESTAMP', 'BINARY_DOUBLE', 'NVARCHAR2', 'TIMESTAMP WITH TIME ZONE'];
  const more = ['TIMESTAMP WITH LOCAL TIME ZONE', 'INTERVAL YEAR TO MONTH', 'INTERVAL DAY TO SECOND'];
  expect(copyStatement(table(...[...types, ...more].map((base) => ({ base }))), RANGE)).toBe(
    `SELECT /*+ NO_PARALLEL */ "C0", TO_CHAR("C1",'SYYYY-MM-DD HH24:MI:SS'), "C2", TO_CHAR("C3",'SYYYY-MM-DD HH24:MI:SS.FF9'), "C4", "C5", ` +
      `TO_CHAR(SYS_EXTRACT_UTC("C6"),'SYYYY-MM-DD HH24:MI:SS.FF9'), TO_CHAR(SYS_EXTRACT_UTC("C7"),'SYYYY-MM-DD HH24:MI:SS.FF9'), ` +
      `TO_CHAR("C8"), TO_CHAR("C9") FROM "HR"."Mixed Case" AS OF SCN TO_NUMBER(:s) ` +
      'WHERE ROWID BETWEEN CHARTOROWID(:a) AND CHARTOROWID(:b)',
  );
});

describe('a bucket of an index-organized table', () => {
  const bucket = { number: 4, bucket: 3, of: 8 };
  const described: TableDescription = {
    ...table({ base: 'NUMBER' }, { base: 'DATE' }),
    key: { kind: 'primary', columns: ['C1', 'C0'] },
    indexOrganized: true,
  };

  test('is the rows whose key has a hash, with a seed for each column', () => {
    expect(copyStatement(described, bucket)).toBe(
      `SELECT /*+ NO_PARALLEL */ "C0", TO_CHAR("C1",'SYYYY-MM-DD HH24:MI:SS') FROM "HR"."Mixed Case" AS OF SCN TO_NUMBER(:s) ` +
        'WHERE MOD(ORA_HASH("C1",4294967295,0)+ORA_HASH("C0",4294967295,1),:b) = :a',
    );
    expect(chunkBinds({ chunk: bucket, asOf: scn('7') })).toEqual({ s: '7', a: 3, b: 8 });
    expect(chunkBinds({ chunk: RANGE, asOf: scn('7') })).toEqual({ s: '7', a: RANGE.firstRowid, b: RANGE.lastRowid });
  });

  test('is refused of a table that is not index-organized any more, or not by a primary key', () => {
    const { indexOrganized: _organized, ...heap } = described;
    expect(() => copyStatement(heap, bucket)).toThrow(/no longer is/);
    expect(() => copyStatement({ ...described, key: { kind: 'none', columns: [] } }, bucket)).toThrow(/no longer is/);
  });
});

test.each(['XMLTYPE', 'BOOLEAN', 'LONG'])('%s is not read, and refused by name', (base) => {
  expect(() => copyStatement(table({ base }), RANGE)).toThrow(
    `HR."Mixed Case".C0: ${base} columns are not yet supported.`,
  );
});

describe('a LOB', () => {
  const large = String(8 * 1024 * 1024 + 1);

  test('is selected with its length, and left in the database where no cell holds it', () => {
    expect(copyStatement(table({ base: 'CLOB' }, { base: 'NUMBER' }), RANGE)).toContain(
      'SELECT /*+ NO_PARALLEL */ CASE WHEN DBMS_LOB.GETLENGTH("C0") <= 8388608 THEN "C0" END, DBMS_LOB.GETLENGTH("C0"), "C1" FROM ',
    );
  });

  test.each<[string, string, readonly unknown[], unknown]>([
    ['text', 'CLOB', ['订😀', '3'], '订😀'],
    ['text of a length in characters', 'CLOB', ['订😀', '2'], '订😀'],
    ['text that is empty', 'NCLOB', [null, '0'], ''],
    ['text that is NULL', 'NCLOB', [null, null], null],
    ['bytes', 'BLOB', [Buffer.from([0, 255]), '2'], Uint8Array.of(0, 255)],
    ['bytes that are empty', 'BLOB', [null, '0'], new Uint8Array()],
    ['bytes that are NULL', 'BLOB', [null, null], null],
  ])('of %s is a value, and the columns behind it keep their places', (_name, base, cells, value) => {
    expect(rowReader(table({ base: 'NUMBER' }, { base }, { base: 'NUMBER' }))(['1', ...cells, '2'])).toEqual([
      '1',
      value,
      '2',
    ]);
  });

  test.each(['CLOB', 'BLOB'])('%s that is too large is a value that no cell holds', (base) => {
    const [value] = rowReader(table({ base }))([null, large]);
    expect(value).toHaveLength(Number(large));
  });

  test.each<[string, string, readonly unknown[]]>([
    ['text that is cut', 'CLOB', ['ab', '3']],
    ['text that did not come', 'CLOB', [null, '3']],
    ['bytes that are cut', 'BLOB', [Buffer.from([0]), '2']],
    ['bytes instead of text', 'CLOB', [Buffer.from([0]), '1']],
    ['text without its length', 'CLOB', ['a', null]],
    ['text without a second cell', 'CLOB', ['a']],
    ['a length that is no number', 'BLOB', [Buffer.from([0]), '1e0']],
  ])('is refused: %s', (_name, base, cells) => {
    expect(() => rowReader(table({ base }))(cells)).toThrow(/C0: the driver returned something that is not a [CB]LOB/);
  });
});

describe('a value', () => {
  test.each<[string, string, unknown, unknown]>([
    ['NUMBER below one', 'NUMBER', '.5', '0.5'],
    ['negative NUMBER above minus one', 'NUMBER', '-.05', '-0.05'],
    ['NUMBER with a zero too many', 'NUMBER', '7.50', '7.5'],
    ['NUMBER with zeros in front', 'NUMBER', '007', '7'],
    ['NUMBER with a fraction of zeros', 'NUMBER', '.0', '0'],
    ['NUMBER that ends with its point', 'NUMBER', '5.', '5'],
    ['zero with a sign', 'NUMBER', '-0', '0'],
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
    ['the NUMBER next to zero', 'NUMBER', '1e-130', `0.${'0'.repeat(129)}1`],
    [
      'NUMBER of 40 digits',
      'NUMBER',
      '.1234567890123456789012345678901234567890'.slice(0, -1),
      '0.123456789012345678901234567890123456789',
    ],
    ['BINARY_DOUBLE', 'BINARY_DOUBLE', 0.1, '0.1'],
    ['BINARY_DOUBLE beside its neighbour', 'BINARY_DOUBLE', 0.1 + 0.2, '0.30000000000000004'],
    ['the smallest BINARY_DOUBLE', 'BINARY_DOUBLE', 5e-324, '5e-324'],
    ['the largest BINARY_DOUBLE', 'BINARY_DOUBLE', -Number.MAX_VALUE, '-1.7976931348623157e+308'],
    ['minus zero', 'BINARY_DOUBLE', -0, '-0'],
    ['not a number', 'BINARY_DOUBLE', NaN, 'NaN'],
    ['infinity', 'BINARY_DOUBLE', -Infinity, '-Infinity'],
    ['BINARY_FLOAT, which the driver widens', 'BINARY_FLOAT', Math.fround(0.1), '0.1'],
    ['the smallest BINARY_FLOAT', 'BINARY_FLOAT', 2 ** -149, '1e-45'],
    ['the largest BINARY_FLOAT', 'BINARY_FLOAT', (2 - 2 ** -23) * 2 ** 127, '3.4028235e+38'],
    ['BINARY_FLOAT beyond 2^24', 'BINARY_FLOAT', 16777216, '16777216'],
    ['BINARY_FLOAT minus zero', 'BINARY_FLOAT', -0, '-0'],
    ['BINARY_FLOAT not a number', 'BINARY_FLOAT', NaN, 'NaN'],
    ['BINARY_FLOAT infinity', 'BINARY_FLOAT', Infinity, 'Infinity'],
    ['NCHAR keeps its blanks', 'NCHAR', '订 ', '订 '],
    [
      'TIMESTAMP WITH TIME ZONE',
      'TIMESTAMP WITH TIME ZONE',
      ' 9999-12-31 23:59:59.999999999',
      '9999-12-31 23:59:59.999999999',
    ],
    [
      'TIMESTAMP WITH LOCAL TIME ZONE',
      'TIMESTAMP WITH LOCAL TIME ZONE',
      '-4712-01-01 00:00:00.000000000',
      '-4712-01-01 00:00:00',
    ],
    ['INTERVAL YEAR TO MONTH', 'INTERVAL YEAR TO MONTH', '+02-06', 'P2Y6M'],
    ['INTERVAL DAY TO SECOND', 'INTERVAL DAY TO SECOND', '-05 04:03:02.123456', '-P5DT4H3M2.123456S'],
    ['NULL', 'DATE', null, null],
    ['NULL of a float', 'BINARY_DOUBLE', null, null],
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
    ['a NUMBER that is infinite', 'NUMBER', '~'],
    ['a NUMBER with two points', 'NUMBER', '1.2.3'],
    ['a NUMBER without digits', 'NUMBER', '-'],
    ['a NUMBER that is a point', 'NUMBER', '.'],
    ['a NUMBER without characters', 'NUMBER', ''],
    ['a BINARY_DOUBLE that became text', 'BINARY_DOUBLE', '1.5'],
    ['a BINARY_FLOAT that no 32 bits hold', 'BINARY_FLOAT', 0.1],
    ['a TIMESTAMP WITH TIME ZONE that became a Date', 'TIMESTAMP WITH TIME ZONE', new Date(0)],
    ['an INTERVAL that became an object', 'INTERVAL YEAR TO MONTH', { years: 2, months: 6 }],
    ['an INTERVAL of another form', 'INTERVAL DAY TO SECOND', 'P5D'],
    ['a column that is not there', 'VARCHAR2', undefined],
  ])('%s is refused, without showing it', (_name, base, cell) => {
    expect(() => rowReader(table({ base }))([cell])).toThrow(
      /^HR\."Mixed Case"\.C0: the driver returned something that is not a /,
    );
  });
});
