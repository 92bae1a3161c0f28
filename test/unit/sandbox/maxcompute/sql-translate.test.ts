import { describe, expect, test } from 'vitest';
import { readDefinition } from '../../../../sandbox/maxcompute/sql-statements.ts';
import { TokenReader, tokensOf } from '../../../../sandbox/maxcompute/sql-tokens.ts';
import { type TableFinder, translateQuery } from '../../../../sandbox/maxcompute/sql-translate.ts';
import { SqlError } from '../../../../sandbox/maxcompute/sql-tokens.ts';

/** t and log exist, log is partitioned by dt. */
const find: TableFinder = ({ table }, at) => {
  const partitionKeys = { t: [], log: ['dt'] }[table];
  if (partitionKeys === undefined) throw new SqlError('ODPS-0130131', `table p.${table} cannot be resolved`, at);
  return { title: `p.${table}`, physicalName: `table_${table}`, partitionKeys };
};

const translate = (sql: string, hints: Record<string, string> = {}): string =>
  translateQuery(new TokenReader(tokensOf(sql)), new Map(Object.entries(hints)), find);

const ODPS2 = new Map([['odps.sql.type.system.odps2', 'true']]);
const define = (sql: string, hints = ODPS2): unknown => readDefinition(new TokenReader(tokensOf(sql)), hints);

describe('SELECT', () => {
  test.each([
    ['SELECT 1;', 'SELECT 1 AS "_c0"'],
    ['select A, `b` from T;', 'SELECT "a" AS "a", "b" AS "b" FROM "table_t" AS "t"'],
    ['SELECT COUNT(*) FROM p.t;', 'SELECT COUNT(*) AS "_c0" FROM "table_t" AS "t"'],
    ['SELECT x.*, a+1 AS n FROM t x;', 'SELECT "x".*, "a" + 1 AS "n" FROM "table_t" AS "x"'],
    [
      `SELECT a FROM t WHERE b = 'it\\'s' AND c IS NOT NULL OR NOT d IN (1, 2);`,
      `SELECT "a" AS "a" FROM "table_t" AS "t" WHERE "b" = 'it''s' AND "c" IS NOT NULL OR NOT "d" IN (1, 2)`,
    ],
    ['SELECT "a string" AS s;', `SELECT 'a string' AS "s"`],
    [
      'SELECT MAX(a) m, MIN(b) FROM t GROUP BY c ORDER BY m DESC LIMIT 3;',
      'SELECT MAX("a") AS "m", MIN("b") AS "_c1" FROM "table_t" AS "t" GROUP BY "c" ORDER BY "m" DESC LIMIT 3',
    ],
    [
      'SELECT CAST(a AS STRING), CAST(a AS DECIMAL(38,18)) FROM t;',
      'SELECT odps_text("a") AS "_c0", CAST("a" AS DECIMAL(38,18)) AS "_c1" FROM "table_t" AS "t"',
    ],
    [
      `SELECT a FROM t WHERE b > TIMESTAMP_NTZ '2024-01-01 00:00:00';`,
      `SELECT "a" AS "a" FROM "table_t" AS "t" WHERE "b" > odps_timestamp_ntz('2024-01-01 00:00:00')`,
    ],
    [
      'SELECT * FROM (SELECT a, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, f) AS n FROM t) x WHERE n = 1;',
      'SELECT * FROM (SELECT "a" AS "a", ROW_NUMBER() OVER (PARTITION BY "k" ORDER BY "v" DESC, "f") AS "n" FROM "table_t" AS "t") AS "x" WHERE "n" = 1',
    ],
    [
      'SELECT COUNT(*) FROM (SELECT a FROM t UNION ALL SELECT b FROM t) u;',
      'SELECT COUNT(*) AS "_c0" FROM (SELECT "a" AS "a" FROM "table_t" AS "t" UNION ALL SELECT "b" AS "b" FROM "table_t" AS "t") AS "u"',
    ],
    [
      `SELECT CASE WHEN a BETWEEN 1 AND 2 + 3 THEN 'x' ELSE NULL END FROM t;`,
      `SELECT CASE WHEN "a" BETWEEN 1 AND 2 + 3 THEN 'x' ELSE NULL END AS "_c0" FROM "table_t" AS "t"`,
    ],
    [
      'SELECT a FROM t WHERE a IN (SELECT b FROM t) -- the end\n;',
      'SELECT "a" AS "a" FROM "table_t" AS "t" WHERE "a" IN (SELECT "b" AS "b" FROM "table_t" AS "t")',
    ],
    [
      'SELECT x.a FROM t AS x INNER JOIN t y ON x.a = y.a LEFT OUTER JOIN t z ON y.a = z.a AND z.b > 1 WHERE x.a IS NULL;',
      'SELECT "x"."a" AS "a" FROM "table_t" AS "x" JOIN "table_t" AS "y" ON "x"."a" = "y"."a" LEFT JOIN "table_t" AS "z" ON "y"."a" = "z"."a" AND "z"."b" > 1 WHERE "x"."a" IS NULL',
    ],
    [
      'SELECT a FROM t LEFT ANTI JOIN (SELECT b FROM t) u ON t.a = u.b;',
      'SELECT "a" AS "a" FROM "table_t" AS "t" ANTI JOIN (SELECT "b" AS "b" FROM "table_t" AS "t") AS "u" ON "t"."a" = "u"."b"',
    ],
    [
      'SELECT a, COUNT(*) AS n FROM t GROUP BY a HAVING COUNT(*) > 1;',
      'SELECT "a" AS "a", COUNT(*) AS "n" FROM "table_t" AS "t" GROUP BY "a" HAVING COUNT(*) > 1',
    ],
    [
      "SELECT CONCAT(a, ':', b), MD5(a), RTRIM(a, '0'), SUBSTR(a, 2, 3), RPAD(a, 9, '0'), INSTR(a, '.'), LENGTH(a) FROM t;",
      `SELECT (("a") || (':') || ("b")) AS "_c0", MD5("a") AS "_c1", RTRIM("a", '0') AS "_c2", SUBSTR("a", 2, 3) AS "_c3", RPAD("a", 9, '0') AS "_c4", INSTR("a", '.') AS "_c5", LENGTH("a") AS "_c6" FROM "table_t" AS "t"`,
    ],
    [
      'SELECT CONV(a, 16, 10) AS n FROM t;',
      `SELECT CAST(TRY_CAST('0x' || ("a") AS UBIGINT) AS VARCHAR) AS "n" FROM "table_t" AS "t"`,
    ],
    [`SELECT '中\\u6587\\001\\n' AS s;`, `SELECT '中文\u0001\n' AS "s"`],
    [`SELECT a FROM log WHERE dt >= '2024';`, `SELECT "a" AS "a" FROM "table_log" AS "log" WHERE "dt" >= '2024'`],
  ])('%s', (sql, expected) => {
    expect(translate(sql)).toBe(expected);
  });

  test.each([
    ['SELEC 1;', /^ODPS-0130161:\[1,1\] Parse exception - invalid token 'SELEC'/],
    ['SELECT 1', /^ODPS-0130161:\[1,9\] Parse exception - invalid end of statement, expected ';'/],
    ['SELECT 1; SELECT 2;', /ODPS-0130161.*expected one statement/],
    ['SELECT a::text FROM t;', /ODPS-0130161/],
    ['SELECT * EXCLUDE (a) FROM t;', /ODPS-0130161/],
    ['SELECT 1abc;', /ODPS-0130161.*suffix/],
    [`SELECT 'open;`, /ODPS-0130161/],
    ['SELECT order FROM t;', /ODPS-0130161.*token 'order'/],
    ['SELECT version();', /ODPS-0130071.*Invalid function : version/],
    ['SELECT MD5(a, b) FROM t;', /ODPS-0130071.*function MD5 needs 1 to 1 parameters/],
    ['SELECT CONV(a, 10, 16) FROM t;', /ODPS-0130071.*base 16 to base 10 only/],
    ['SELECT REVERSE(a) FROM t;', /ODPS-0130071.*Invalid function : REVERSE/],
    ['SELECT a FROM t ORDER BY a;', /ODPS-0130071.*ORDER BY must be used with a LIMIT clause/],
    ['SELECT a FROM\n  nowhere;', /^ODPS-0130131:\[2,3\] Table not found - table p.nowhere cannot be resolved/],
    ['SELECT COUNT(*) FROM log;', /ODPS-0130071.*Table\(p,log\) is full scan with all partitions/],
    [`SELECT dt FROM log WHERE a = '2024';`, /full scan/],
    ['INSERT INTO t SELECT 1;', /ODPS-0130161/],
    ['UPDATE t SET a = 1;', /ODPS-0130161/],
    ['', /ODPS-0130161/],
  ])('%s fails, and says so', (sql, problem) => {
    expect(() => translate(sql)).toThrow(problem);
  });

  test('hints allow a full scan and an ORDER BY without LIMIT', () => {
    expect(translate('SELECT COUNT(*) FROM log;', { 'odps.sql.allow.fullscan': 'true' })).toContain('COUNT(*)');
    expect(translate('SELECT a FROM t ORDER BY a;', { 'odps.sql.validate.orderby.limit': 'false' })).toContain(
      'ORDER BY',
    );
  });
});

const column = (name: string, kind: string, comment = ''): unknown => ({ name, type: { kind }, comment });

describe('definitions', () => {
  test('CREATE TABLE with every clause', () => {
    const sql =
      "CREATE TABLE IF NOT EXISTS p.`Orders` (`Id` BIGINT COMMENT 'it\\'s', n STRING) COMMENT 'x' PARTITIONED BY (dt STRING COMMENT 'day', hh STRING) LIFECYCLE 30;";
    expect(define(sql)).toEqual({
      kind: 'create-table',
      name: { qualifiers: ['p'], table: 'orders' },
      ifNotExists: true,
      columns: [column('id', 'bigint', "it's"), column('n', 'string')],
      partitionKeys: [column('dt', 'string', 'day'), column('hh', 'string')],
      comment: 'x',
      lifecycle: 30,
    });
  });

  test.each([
    ['TRUNCATE TABLE t;', 'truncate'],
    ["TRUNCATE TABLE t PARTITION (dt='1');", 'truncate'],
    ["ALTER TABLE t ADD COLUMNS IF NOT EXISTS (b STRING COMMENT 'x', c INT);", 'add-columns'],
    ['ALTER TABLE t CHANGE COLUMN a b BIGINT;', 'change-column'],
    ['ALTER TABLE t DROP COLUMN a;', 'drop-columns'],
    ['ALTER TABLE t DROP COLUMNS a, b;', 'drop-columns'],
    ["ALTER TABLE t DROP IF EXISTS PARTITION (dt='1'), PARTITION (dt='2');", 'drop-partitions'],
    ['ALTER TABLE t SET LIFECYCLE 3;', 'describe-table'],
    ["ALTER TABLE t ADD IF NOT EXISTS PARTITION (a='x',`b`='y') PARTITION (a='x',b='z');", 'add-partitions'],
    ['ALTER TABLE p.t RENAME TO u;', 'rename-table'],
    ['DROP TABLE IF EXISTS t;', 'drop-table'],
    ['CREATE TABLE t (d DECIMAL(38,18), v VARCHAR(10), n TIMESTAMP_NTZ);', 'create-table'],
  ])('%s is read', (sql, kind) => {
    expect(define(sql)).toMatchObject({ kind });
  });

  test.each([
    ['CREATE TABLE t (a BIGINT, A STRING);', /column a is duplicated/],
    ['CREATE TABLE t (a NUMBER);', /unknown type number/],
    ['CREATE TABLE t (a DECIMAL(39,2));', /precision of 1 to 38/],
    ['CREATE TABLE t (comment STRING);', /invalid token 'comment', expected a name/],
    ['CREATE TABLE t (a BIGINT) PARTITIONED BY (d DATE);', /STRING columns only/],
    ['CREATE TABLE t (a BIGINT) STORED AS orc;', /invalid token 'STORED'/],
    ['CREATE TABLE 1t (a BIGINT);', /ODPS-0130161/],
    ['ALTER TABLE t DROP a;', /expected COLUMNS/],
    ['MERGE INTO t USING u ON t.a = u.a;', undefined],
  ])('%s is not', (sql, problem) => {
    if (problem === undefined) expect(define(sql)).toBeUndefined();
    else expect(() => define(sql)).toThrow(problem);
  });

  test.each(['TINYINT', 'INT', 'FLOAT', 'DECIMAL(10,2)', 'VARCHAR(5)', 'BINARY', 'DATE', 'TIMESTAMP', 'TIMESTAMP_NTZ'])(
    '%s needs the hint of the second data type edition',
    (type) => {
      const sql = `CREATE TABLE t (a ${type});`;
      expect(() => define(sql, new Map())).toThrow(/is not enabled in current mode, please set odps\.sql\./);
      expect(define(sql)).toMatchObject({ kind: 'create-table' });
    },
  );
});
