import { describe, expect, test } from 'vitest';
import { openWorld, number, text } from './world.ts';

describe('a statement of the subset', () => {
  test.each([
    ['SELECT 1 FROM DUAL', '1'],
    ["select 'it''s' || ' ' || :a from dual -- comment", "it's x"],
    ['SELECT /*+ FULL(d) */ 1 + 2 * 3 - 4 / 8 FROM SYS.DUAL d', '6.5'],
    ["SELECT TO_CHAR(0.5) || ',' || TO_CHAR(-0.25) FROM DUAL", '.5,-.25'],
    ['SELECT 0.1 + 0.2 FROM DUAL', '0.3'],
    ['SELECT 10 / 3 FROM DUAL', '3.33333333333333333333333333333333333333'],
    ['SELECT 9007199254740993 * 3 FROM DUAL', '27021597764222979'],
    [
      "SELECT TO_CHAR(TO_DATE('2024-02-28', 'YYYY-MM-DD') + 1.5, 'SYYYY-MM-DD HH24:MI:SS') FROM DUAL",
      ' 2024-02-29 12:00:00',
    ],
    ["SELECT TO_CHAR(DATE '-0044-03-15', 'SYYYY-MM-DD') FROM DUAL", '-0044-03-15'],
    ["SELECT TO_DATE('2024-03-01','YYYY-MM-DD') - TO_DATE('2024-02-28','YYYY-MM-DD') FROM DUAL", '2'],
    ["SELECT TO_CHAR(TIMESTAMP '2024-01-01 00:00:00.1234567', 'HH24:MI:SS.FF3') FROM DUAL", '00:00:00.123'],
    ["SELECT CASE WHEN 1 = 2 THEN 'a' ELSE 'b' END FROM DUAL", 'b'],
    ["SELECT LPAD('7', 3, '0') || RPAD('x', 3, '.') FROM DUAL", '007x..'],
    ['SELECT ROUND(2.5) || ROUND(-2.45, 1) || TRUNC(2.99) || MOD(-7, 3) FROM DUAL', '3-2.52-1'],
    ["SELECT RAWTOHEX(HEXTORAW('0aF')) FROM DUAL", '00AF'],
    ["SELECT CHARTOROWID('AAAR65AAEAAAACDAAB') FROM DUAL", 'AAAR65AAEAAAACDAAB'],
    ['SELECT DBMS_ROWID.ROWID_CREATE(1, 73401, 4, 131, 1) FROM DUAL', 'AAAR65AAEAAAACDAAB'],
    [
      'SELECT COUNT(*) FROM (SELECT LEVEL n FROM DUAL CONNECT BY LEVEL <= 10) WHERE n BETWEEN 3 AND 7 AND NOT n IN (4, 5)',
      '3',
    ],
    ['SELECT DBTIMEZONE FROM DUAL', '+00:00'],
    ["SELECT TO_CHAR(SYSTIMESTAMP, 'TZH:TZM') FROM DUAL", '+02:00'],
    ["SELECT TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD HH24:MI:SS.FF3') FROM DUAL", '2026-01-02 03:04:05.000'],
    ["SELECT TO_CHAR(SYSDATE, 'YYYY-MM-DD HH24:MI:SS') FROM DUAL", '2026-01-02 05:04:05'],
  ])('%s is %s', async (sql, expected) => {
    const speaker = openWorld({ zoneMinutes: 120 }).connect();
    const binds = sql.includes(':a') ? [text('x')] : [];
    expect(await speaker.query(sql, ...binds)).toEqual([[expected]]);
  });

  test.each([
    ['MERGE INTO T USING DUAL ON (1 = 1)', 900],
    ['TRUNCATE CLUSTER T', 3290],
    ['EXPLAIN PLAN FOR SELECT 1 FROM DUAL', 900],
    ['SELECT 1 FROM DUAL;', 911],
    ["SELECT 'open FROM DUAL", 1756],
    ['SELECT 1', 923],
    ['SELECT FROM DUAL', 936],
    ['SELECT (1 FROM DUAL', 907],
    ['SELECT 1 FROM DUAL UNION SELECT 2 FROM DUAL', 933],
    ['SELECT 1 FROM NOWHERE', 942],
    ['INSERT INTO NOWHERE VALUES (1)', 942],
    ['SELECT NOTHING FROM DUAL', 904],
    ['SELECT DBMS_RANDOM.VALUE(1, 2) FROM DUAL', 904],
    ['SELECT SOUNDEX(DUMMY) FROM DUAL', 904],
    ['SELECT DUMMY FROM DUAL a, DUAL b', 918],
    ['SELECT DUMMY, COUNT(*) FROM DUAL', 937],
    ['SELECT 1 FROM DUAL WHERE COUNT(*) = 1', 934],
    ["SELECT TO_NUMBER('12a') FROM DUAL", 1722],
    ['SELECT 1 / 0 FROM DUAL', 1476],
    ["SELECT TO_DATE('2023-02-29', 'YYYY-MM-DD') FROM DUAL", 1839],
    ["SELECT TO_DATE('x', 'YYYY-MM-DD') FROM DUAL", 1861],
    ["SELECT TO_CHAR(SYSDATE, 'QQQ') FROM DUAL", 1821],
    ['SELECT SYSDATE + SYSDATE FROM DUAL', 932],
    ['SELECT :a FROM DUAL', 1008],
    ["ALTER SESSION SET NLS_SORT = 'BINARY'", 2248],
    ['CREATE VIEW V AS SELECT 1 FROM DUAL', 901],
    ['CREATE TABLE T (A XMLTYPE)', 902],
    ["SELECT 1 FROM DUAL WHERE EMPTY_CLOB() = 'x'", 932],
    ['SELECT DBMS_LOB.GETLENGTH(1) FROM DUAL', 932],
    ['CREATE TABLE T (A NUMBER(39))', 1727],
    ['CREATE TABLE T (A VARCHAR2(32768))', 910],
    ['BEGIN DBMS_STATS.GATHER; END;', 6550],
    ['BEGIN NULL END;', 6550],
  ])('%s is refused with ORA-%i', async (sql, code) => {
    const speaker = openWorld().connect();
    await expect(speaker.run(sql)).rejects.toMatchObject({ number: code });
  });

  test('the offset of an error points at the word', async () => {
    const speaker = openWorld().connect();
    await expect(speaker.run('SELECT 1 FROM  NOWHERE')).rejects.toMatchObject({ number: 942, position: 15 });
  });
});

describe('names and types', () => {
  test('a column is named as written, an expression by its own text without blanks', async () => {
    const speaker = openWorld().connect();
    const result = await speaker.run(`SELECT dummy, 'a  b' || dummy, 1 + 1 AS two, dummy "Mixed Case" FROM dual`);
    if (result.kind !== 'query') throw new Error('no query');
    expect(result.columns.map(({ name }) => name)).toEqual(['DUMMY', "'a  b'||DUMMY", 'TWO', 'Mixed Case']);
  });

  test('CHAR compares blank-padded with a literal and exactly with a VARCHAR2 bind', async () => {
    const speaker = openWorld().connect();
    await speaker.run('CREATE TABLE T (C CHAR(4))');
    await speaker.run("INSERT INTO T VALUES ('ab')");
    expect(await speaker.query("SELECT COUNT(*) FROM T WHERE C = 'ab'")).toEqual([['1']]);
    expect(await speaker.query('SELECT COUNT(*) FROM T WHERE C = :c', text('ab'))).toEqual([['0']]);
  });

  test('NULLs sort last, and first when descending', async () => {
    const speaker = openWorld().connect();
    await speaker.run('CREATE TABLE T (A NUMBER)');
    await speaker.array('INSERT INTO T VALUES (:a)', [[number('2')], [number(null)], [number('10')]]);
    expect(await speaker.query('SELECT A FROM T ORDER BY A')).toEqual([['2'], ['10'], [null]]);
    expect(await speaker.query('SELECT A x FROM T ORDER BY x DESC')).toEqual([[null], ['10'], ['2']]);
    expect(await speaker.query('SELECT A FROM T ORDER BY 1 DESC NULLS LAST FETCH FIRST 1 ROWS ONLY')).toEqual([['10']]);
  });

  test('groups, joins and inline views work together', async () => {
    const speaker = openWorld().connect();
    await speaker.run('CREATE TABLE P (ID NUMBER PRIMARY KEY, NAME VARCHAR2(10))');
    await speaker.run('CREATE TABLE C (ID NUMBER PRIMARY KEY, P NUMBER, V NUMBER)');
    await speaker.run("INSERT INTO P SELECT LEVEL, 'p' || LEVEL FROM DUAL CONNECT BY LEVEL <= 3");
    await speaker.run('INSERT INTO C SELECT LEVEL, MOD(LEVEL, 2) + 1, LEVEL * 1.5 FROM DUAL CONNECT BY LEVEL <= 5');
    const sql =
      'SELECT p.NAME, x.N, x.TOTAL FROM P p LEFT JOIN (SELECT P, COUNT(*) n, SUM(V) total FROM C GROUP BY P) x ' +
      'ON x.P = p.ID ORDER BY p.ID';
    expect(await speaker.query(sql)).toEqual([
      ['p1', '2', '9'],
      ['p2', '3', '13.5'],
      ['p3', null, null],
    ]);
    expect(await speaker.query('SELECT DISTINCT P FROM C ORDER BY P')).toEqual([['1'], ['2']]);
    expect(
      await speaker.query('SELECT c.ID FROM C c, P p WHERE c.P = p.ID AND p.NAME = :n AND c.ID > 2', text('p2')),
    ).toEqual([['3'], ['5']]);
  });
});
