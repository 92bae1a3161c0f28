import { describe, expect, test } from 'vitest';
import { tableName } from '../../../model/table.ts';
import type { OracleType, TableDescription } from '../../../model/table.ts';
import { bucketsStatement, digestStatement } from '../../../oracle/row-digests.ts';

const table = (characterSet: string, ...types: readonly OracleType[]): TableDescription => ({
  table: tableName({ owner: 'HR', name: 'Mixed Case' }),
  columns: types.map((type, i) => ({ name: `N${i}`, type, nullable: true })),
  key: { kind: 'none', columns: [] },
  objectId: '1',
  dataObjectId: '1',
  database: { characterSet, nationalCharacterSet: 'AL16UTF16', timeZone: '+00:00' },
});

const id: OracleType = { base: 'NUMBER', precision: 9, scale: 0 };
const name: OracleType = { base: 'VARCHAR2', length: 40 };
const RANGE = { number: 1, firstRowid: 'AAASPHAAEAAAACIAAA', lastRowid: 'AAASPHAAEAAAACLH//' };
const FROM = '"HR"."Mixed Case" AS OF SCN TO_NUMBER(:s) WHERE ROWID BETWEEN CHARTOROWID(:a) AND CHARTOROWID(:b)';

test('the statement makes each text once, and asks for sums as text', () => {
  expect(digestStatement(table('AL32UTF8', id, name), { row: [[0, 1]], key: [[0]] }, RANGE)).toBe(
    "SELECT /*+ NO_PARALLEL */ TO_CHAR(B),TO_CHAR(COUNT(*)),TO_CHAR(SUM(TO_NUMBER(SUBSTR(D,1,12),'XXXXXXXXXXXX')))," +
      "TO_CHAR(SUM(TO_NUMBER(SUBSTR(D,13,12),'XXXXXXXXXXXX'))) FROM (SELECT /*+ NO_MERGE */ " +
      "RAWTOHEX(STANDARD_HASH(NVL2(C0,LENGTH(C0)||':'||C0,'-')||NVL2(C1,LENGTH(C1)||':'||C1,'-'),'MD5')) D," +
      "MOD(TO_NUMBER(SUBSTR(RAWTOHEX(STANDARD_HASH(NVL2(C0,LENGTH(C0)||':'||C0,'-'),'MD5')),1,8),'XXXXXXXX'),:n) B FROM (" +
      `SELECT /*+ NO_MERGE */ TO_CHAR("N0",'TM9') C0,"N1" C1 FROM ${FROM})) GROUP BY B`,
  );
});

test('where the row is its own key, its digest is made once', () => {
  const groups = [[0, 1]];
  const statement = digestStatement(table('AL32UTF8', id, name), { row: groups, key: structuredClone(groups) }, RANGE);
  expect(statement.match(/STANDARD_HASH/g)).toHaveLength(1);
});

describe('characters of a database that is not in UTF-8', () => {
  const description = table('ZHS16GBK', id, name, { base: 'NCHAR', length: 10 });

  test('are converted before they are hashed, digits are not', () => {
    const statement = digestStatement(description, { row: [[0, 1], [2]], key: [[0]] }, RANGE);
    expect(statement.match(/STANDARD_HASH\(CONVERT\(/g)).toHaveLength(2);
    expect(statement.match(/,'AL32UTF8'\),'MD5'\)/g)).toHaveLength(2);
    expect(statement.match(/STANDARD_HASH\(/g)).toHaveLength(4);
  });

  test('are not where all of them are ASCII', () => {
    const ascii = table('US7ASCII', id, name);
    expect(digestStatement(ascii, { row: [[0, 1]], key: [[0]] }, RANGE)).not.toContain('CONVERT');
  });
});

test.each<[OracleType, boolean, boolean]>([
  [{ base: 'NUMBER', precision: 38, scale: 0 }, false, false],
  [{ base: 'NUMBER', precision: 5, scale: -58 }, false, false],
  [{ base: 'NUMBER', precision: 5, scale: -59 }, true, true],
  [{ base: 'NUMBER', precision: 12, scale: 2 }, true, false],
  [{ base: 'NUMBER', precision: 3, scale: 62 }, true, false],
  [{ base: 'NUMBER', precision: 3, scale: 63 }, true, true],
  [{ base: 'NUMBER', scale: 0 }, true, true],
  [{ base: 'NUMBER' }, true, true],
  [{ base: 'FLOAT', precision: 126 }, true, true],
])('%o: a zero before the point %s, an exponent written out %s', (type, zero, exponent) => {
  const statement = digestStatement(table('AL32UTF8', type), { row: [[0]], key: [[0]] }, RANGE);
  expect(statement.includes("THEN '0'||C0")).toBe(zero);
  expect(statement.includes('RPAD(')).toBe(exponent);
});

test('a list of SQL has at most 1,000 buckets', () => {
  const wanted = Array.from({ length: 2001 }, (_, i) => i);
  const statement = bucketsStatement(
    table('AL32UTF8', id, name),
    { row: [[0, 1]], key: [[0]] },
    { chunk: RANGE, wanted },
  );
  const lists = [...statement.matchAll(/ IN \(([\d,]+)\)/g)].map(([, list = '']) => list.split(',').length);
  expect(lists).toEqual([1000, 1000, 1]);
  expect(statement).toMatch(
    /^SELECT \/\*\+ NO_PARALLEL \*\/ "N0", "N1" FROM .* AND \(MOD\(.*,:n\) IN \(0,1,.*,999\) OR /,
  );
});

test('a type without a text is a bug of the caller', () => {
  expect(() =>
    digestStatement(table('AL32UTF8', { base: 'BINARY_DOUBLE' }), { row: [[0]], key: [[0]] }, RANGE),
  ).toThrow('HR."Mixed Case".N0: BINARY_DOUBLE has no text in the database.');
});

test('of an index-organized table they are of a bucket of its keys, apart from the buckets that are compared', () => {
  const description: TableDescription = {
    ...table('AL32UTF8', id, name),
    key: { kind: 'primary', columns: ['N0'] },
    indexOrganized: true,
  };
  const bucket = { number: 1, bucket: 0, of: 2 };
  const text = { row: [[0, 1]], key: [[0]] };
  const where = 'WHERE MOD(ORA_HASH("N0",4294967295,0),:b) = :a';
  expect(digestStatement(description, text, bucket)).toContain(`AS OF SCN TO_NUMBER(:s) ${where})`);
  expect(bucketsStatement(description, text, { chunk: bucket, wanted: [5] })).toMatch(
    /:b\) = :a AND \(MOD\(.*,:n\) IN \(5\)\)$/,
  );
});
