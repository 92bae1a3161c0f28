import { describe, expect, test } from 'vitest';
import { ISO_SESSION, mine, openWorld, text } from './world.ts';
import type { Speaker, Value } from './world.ts';

const ZONED_SESSION = `${ISO_SESSION} NLS_TIMESTAMP_TZ_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF TZR'`;

async function openIso(): Promise<Speaker> {
  const speaker = openWorld().connect();
  await speaker.run(ZONED_SESSION);
  return speaker;
}

const FINE = "'SYYYY-MM-DD HH24:MI:SS.FF9'";
const TO_CHAR = 'TO_CHAR(C)';
const UTC = `TO_CHAR(SYS_EXTRACT_UTC(C),${FINE})`;
const FRACTION = `TO_CHAR(C,${FINE})`;

describe('a column of type', () => {
  test.each([
    ['NUMBER', '-1E-130', TO_CHAR, '-1E-130'],
    ['NUMBER(38,127)', '1E-100', TO_CHAR, '1E-100'],
    ['NUMBER(5,-2)', '1234567', TO_CHAR, '1234600'],
    ['NUMBER(2,4)', '0.00994', TO_CHAR, '.0099'],
    ['NUMBER(*)', '1.25', TO_CHAR, '1.25'],
    ['NUMBER(*,1)', '1.25', TO_CHAR, '1.3'],
    ['FLOAT(5)', '123.45', TO_CHAR, '120'],
    ['BINARY_FLOAT', '1.1', TO_CHAR, '1.10000002E+000'],
    ['BINARY_FLOAT', "'-inf'", TO_CHAR, '-Inf'],
    ['BINARY_DOUBLE', 'BINARY_DOUBLE_NAN', TO_CHAR, 'Nan'],
    ['BINARY_DOUBLE', '-BINARY_FLOAT_INFINITY', TO_CHAR, '-Inf'],
    ['BINARY_DOUBLE', '2.5d', TO_CHAR, '2.5E+000'],
    ['VARCHAR2(5 CHAR)', "'订单é'", TO_CHAR, '订单é'],
    ['NCHAR(3)', "N'é'", TO_CHAR, 'é  '],
    ['NVARCHAR2(10)', "UNISTR('\\8BA2\\5355\\D83D\\DE00')", TO_CHAR, '订单😀'],
    ['RAW(20)', "HEXTORAW('0AFF')", 'RAWTOHEX(C)', '0AFF'],
    ['DATE', "TO_DATE('-4712-01-01 00:00:00','SYYYY-MM-DD HH24:MI:SS')", "TO_CHAR(C,'SYYYY-MM-DD')", '-4712-01-01'],
    ['TIMESTAMP(0)', "TIMESTAMP '2024-02-29 23:59:59.5'", FRACTION, ' 2024-03-01 00:00:00.000000000'],
    ['TIMESTAMP(9)', "TIMESTAMP '-4712-01-01 00:00:00.000000001'", FRACTION, '-4712-01-01 00:00:00.000000001'],
    ['TIMESTAMP(3)', "'2024-02-29 01:02:03.4567'", FRACTION, ' 2024-02-29 01:02:03.457000000'],
    ['TIMESTAMP WITH TIME ZONE', "TIMESTAMP '2024-07-01 12:00:00.5 -08:30'", UTC, ' 2024-07-01 20:30:00.500000000'],
    ['TIMESTAMP(0) WITH TIME ZONE', "'2024-07-01 12:00:00.5 Europe/Berlin'", UTC, ' 2024-07-01 10:00:01.000000000'],
    [
      'TIMESTAMP WITH TIME ZONE',
      "FROM_TZ(TIMESTAMP '2024-01-01 00:00:00', 'Asia/Shanghai')",
      TO_CHAR,
      '2024-01-01 00:00:00.000000 ASIA/SHANGHAI',
    ],
    ['TIMESTAMP WITH TIME ZONE', "DATE '2024-07-01'", TO_CHAR, '2024-07-01 00:00:00.000000 +00:00'],
    [
      'TIMESTAMP WITH LOCAL TIME ZONE',
      "TIMESTAMP '2024-07-01 12:00:00 +05:00'",
      FRACTION,
      ' 2024-07-01 07:00:00.000000000',
    ],
    ['TIMESTAMP WITH LOCAL TIME ZONE', "'2024-07-01 12:00:00.25'", UTC, ' 2024-07-01 12:00:00.250000000'],
    ['INTERVAL YEAR TO MONTH', "INTERVAL '2-6' YEAR TO MONTH", TO_CHAR, '+02-06'],
    ['INTERVAL YEAR(4) TO MONTH', "TO_YMINTERVAL('-123-11')", TO_CHAR, '-0123-11'],
    ['INTERVAL DAY TO SECOND', "INTERVAL '5 4:3:2.1' DAY TO SECOND", TO_CHAR, '+05 04:03:02.100000'],
    ['INTERVAL DAY(3) TO SECOND(0)', "TO_DSINTERVAL('-5 04:03:02.5')", TO_CHAR, '-005 04:03:03'],
    ['INTERVAL DAY TO SECOND', "'1 00:00:00'", TO_CHAR, '+01 00:00:00.000000'],
  ])('%s takes %s, and %s of it is %s', async (type, written, read, expected) => {
    const speaker = await openIso();
    await speaker.run(`CREATE TABLE T (C ${type})`);
    await speaker.run(`INSERT INTO T VALUES (${written})`);
    expect(await speaker.query(`SELECT ${read} FROM T`)).toEqual([[expected]]);
    await speaker.run('UPDATE T SET C = NULL');
    expect(await speaker.query('SELECT C FROM T')).toEqual([[null]]);
  });

  test.each([
    ['NUMBER(5,-2)', '12345678', 1438],
    ['NUMBER(2,4)', '0.01', 1438],
    ['NUMBER', "'12a'", 1722],
    ['NUMBER', 'BINARY_DOUBLE_INFINITY', 1426],
    ['BINARY_DOUBLE', "'x'", 1722],
    ['VARCHAR2(3)', "'abcd'", 12899],
    ['VARCHAR2(3)', "'éé'", 12899],
    ['NVARCHAR2(3)', "N'😀😀'", 12899],
    ['NCHAR(1)', "'ab'", 12899],
    ['RAW(1)', "HEXTORAW('0102')", 12899],
    ['RAW(1)', "'xy'", 1465],
    ['DATE', "'yesterday'", 1861],
    ['DATE', 'HEXTORAW(1)', 932],
    ['TIMESTAMP WITH TIME ZONE', "TIMESTAMP '2024-07-01 12:00:00 Mars/Base'", 1882],
    ['TIMESTAMP', "TIMESTAMP '9999-12-31 23:59:59.9999999'", 1841],
    ['INTERVAL YEAR TO MONTH', "TO_YMINTERVAL('123-0')", 1873],
    ['INTERVAL DAY TO SECOND', "INTERVAL '100' DAY", 1873],
    ['INTERVAL DAY TO SECOND', "'soon'", 1867],
    ['INTERVAL DAY TO SECOND', '1', 932],
  ])('%s refuses %s with ORA-%i', async (type, written, code) => {
    const speaker = await openIso();
    await speaker.run(`CREATE TABLE T (C ${type})`);
    await expect(speaker.run(`INSERT INTO T VALUES (${written})`)).rejects.toMatchObject({ number: code });
  });

  test('VARCHAR2, NVARCHAR2 and RAW hold 32767 bytes and no more', async () => {
    const speaker = await openIso();
    await speaker.run('CREATE TABLE T (A VARCHAR2(32767), B NVARCHAR2(16383), C RAW(32767))');
    const raw = { type: 'RAW', value: Buffer.alloc(32_767, 0xab) } as const;
    await speaker.run('INSERT INTO T VALUES (:1, :2, :3)', text('x'.repeat(32_767)), text('é'.repeat(16_383)), raw);
    const [[a, b, c] = []] = await speaker.query('SELECT A, B, C FROM T');
    expect([a?.length, b?.length, c?.length]).toEqual([32_767, 16_383, 65_534]);
    await expect(speaker.run('INSERT INTO T (A) VALUES (:1)', text('x'.repeat(32_768)))).rejects.toMatchObject({
      number: 12_899,
    });
  });
});

test.each([
  ['CREATE TABLE T (A NVARCHAR2(16384))', 910],
  ['CREATE TABLE T (A NCHAR(1001))', 910],
  ['CREATE TABLE T (A RAW(32768))', 910],
  ['CREATE TABLE T (A NUMBER(5,128))', 1728],
  ['CREATE TABLE T (A NUMBER(5,-85))', 1728],
  ['CREATE TABLE T (A TIMESTAMP(10))', 30_088],
  ['CREATE TABLE T (A INTERVAL DAY(10) TO SECOND)', 30_088],
  ['CREATE TABLE T (A INTERVAL DAY TO MONTH)', 905],
  ['CREATE TABLE T (A TIMESTAMP WITH TIME ZONE PRIMARY KEY)', 2329],
  ['CREATE TABLE T (A NUMBER, B TIMESTAMP WITH TIME ZONE, UNIQUE (A, B))', 2329],
])('%s is refused with ORA-%i', async (sql, code) => {
  await expect(openWorld().connect().run(sql)).rejects.toMatchObject({ number: code });
});

describe('expressions', () => {
  test.each<[string, Value]>([
    ['TO_CHAR(1 + 1.5f)', '2.5E+000'],
    ['TO_CHAR(1f / 0)', 'Inf'],
    ['TO_CHAR(0.1d + 0.2f)', '3.0000000298023222E-001'],
    ['CASE WHEN BINARY_DOUBLE_NAN = BINARY_FLOAT_NAN THEN 1 END', '1'],
    ['CASE WHEN 1e100 < BINARY_DOUBLE_INFINITY THEN 1 END', '1'],
    ["CASE WHEN N'a ' = 'a' THEN 1 END", '1'],
    ["CASE WHEN TIMESTAMP '2024-07-01 12:00:00 Europe/Berlin' = TIMESTAMP '2024-07-01 10:00:00' THEN 1 END", '1'],
    ["CASE WHEN INTERVAL '1-1' YEAR TO MONTH > '1-00' THEN 1 END", '1'],
    ["TO_CHAR(INTERVAL '36' HOUR)", '+01 12:00:00.000000'],
    ["TO_CHAR(INTERVAL '-90.5' SECOND(3,1))", '-00 00:01:30.5'],
    ["TO_CHAR(INTERVAL '4 5:12' DAY TO MINUTE)", '+04 05:12:00.000000'],
    ["TO_CHAR(INTERVAL '15' MONTH)", '+01-03'],
    ["TO_CHAR(TO_YMINTERVAL('01-02'))", '+000000001-02'],
    ["TO_CHAR(TO_DSINTERVAL('100 10:00:00'))", '+000000100 10:00:00.000000000'],
    ["UNISTR('abc\\00e5\\00f1\\00f6')", 'abcåñö'],
    ["CAST('abc' AS VARCHAR2(2))", 'ab'],
    ["CAST(N'é' AS CHAR(3))", 'é '],
    ['CAST(1.567 AS NUMBER(3,1))', '1.6'],
    ["TO_CHAR(CAST('2024-02-29 01:02:03.456' AS TIMESTAMP(1)))", '2024-02-29 01:02:03.500000000'],
    ["TO_CHAR(CAST('-3-6' AS INTERVAL YEAR(3) TO MONTH))", '-003-06'],
    ["TO_NUMBER(TO_BINARY_FLOAT('1.1'))", '1.10000002'],
    ["TO_CHAR(TO_TIMESTAMP_TZ('2024-01-01 10:00:00 -08:30', 'YYYY-MM-DD HH24:MI:SS TZH:TZM'), 'TZR')", '-08:30'],
    ["TO_CHAR(TIMESTAMP '2024-07-01 12:00:00 US/Pacific', 'TZH:TZM TZR')", '-07:00 US/PACIFIC'],
    ["DATE '1582-10-15' - DATE '1582-10-04'", '1'],
    ["TO_CHAR(DATE '1500-02-29', 'YYYY-MM-DD')", '1500-02-29'],
  ])('%s is %s', async (expression, expected) => {
    const speaker = await openIso();
    expect(await speaker.query(`SELECT ${expression} FROM DUAL`)).toEqual([[expected]]);
  });

  test('a local time follows the session, its moment does not', async () => {
    const speaker = await openIso();
    await speaker.run('CREATE TABLE T (C TIMESTAMP(0) WITH LOCAL TIME ZONE)');
    await speaker.run("ALTER SESSION SET TIME_ZONE = 'Asia/Shanghai'");
    await speaker.run("INSERT INTO T VALUES ('2024-07-01 12:00:00')");
    await speaker.run("ALTER SESSION SET TIME_ZONE = '-01:00'");
    expect(await speaker.query(`SELECT TO_CHAR(C), ${UTC} FROM T`)).toEqual([
      ['2024-07-01 03:00:00.000000000', ' 2024-07-01 04:00:00.000000000'],
    ]);
    expect(await speaker.query("SELECT 1 FROM T WHERE C = TIMESTAMP '2024-07-01 03:00:00'")).toEqual([['1']]);
  });

  test('rows are sorted by value: NaN last, moments across zones', async () => {
    const speaker = await openIso();
    await speaker.run('CREATE TABLE T (ID NUMBER, D BINARY_DOUBLE, Z TIMESTAMP(0) WITH TIME ZONE)');
    await speaker.run("INSERT INTO T VALUES (1, BINARY_DOUBLE_NAN, TIMESTAMP '2024-01-01 12:00:00 +01:00')");
    await speaker.run("INSERT INTO T VALUES (2, -1, TIMESTAMP '2024-01-01 12:00:00 -01:00')");
    await speaker.run("INSERT INTO T VALUES (3, BINARY_DOUBLE_INFINITY, TIMESTAMP '2024-01-01 12:00:00 UTC')");
    expect(await speaker.query('SELECT ID FROM T ORDER BY D')).toEqual([['2'], ['3'], ['1']]);
    expect(await speaker.query('SELECT ID FROM T ORDER BY Z')).toEqual([['1'], ['3'], ['2']]);
  });
});

const EVERY_TYPE =
  'CREATE TABLE T (ID NUMBER(*,0) PRIMARY KEY, F FLOAT(10), BF BINARY_FLOAT, BD BINARY_DOUBLE, NC NCHAR(2), NV NVARCHAR2(2000), ' +
  'T0 TIMESTAMP(0), TZ TIMESTAMP(3) WITH TIME ZONE, LZ TIMESTAMP WITH LOCAL TIME ZONE, YM INTERVAL YEAR(3) TO MONTH, ' +
  'DS INTERVAL DAY TO SECOND(2), VC VARCHAR2(9000 CHAR))';

describe('SQL_REDO', () => {
  test('prints every type as LogMiner does, in the masks and the zone of the session', async () => {
    const speaker = await openIso();
    await speaker.run("ALTER SESSION SET NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF' TIME_ZONE = '+00:00'");
    await speaker.run(EVERY_TYPE);
    await speaker.run('ALTER TABLE T ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS');
    await speaker.run(
      "INSERT INTO T VALUES (1, 1.25, 1.1f, BINARY_DOUBLE_NAN, N'é', N'it''s \\ 😀', TIMESTAMP '2020-02-01 00:00:00', " +
        "TIMESTAMP '2024-10-27 01:30:00 Europe/Berlin', TIMESTAMP '2024-07-01 12:00:00 +05:00', INTERVAL '-3-6' YEAR TO MONTH, " +
        "INTERVAL '-1 2:3:4.56' DAY TO SECOND, 'x')",
    );
    await speaker.run('DELETE FROM T');
    await speaker.session.commit();
    const values = [
      "'1'",
      "'1.25'",
      "'1.10000002E+000'",
      "'Nan'",
      "UNISTR('\\00E9 ')",
      "UNISTR('it''s \\\\ \\D83D\\DE00')",
      "TO_TIMESTAMP('2020-02-01 00:00:00.')",
      "TO_TIMESTAMP_TZ('2024-10-27 01:30:00.000 EUROPE/BERLIN')",
      "TO_TIMESTAMP('2024-07-01 07:00:00.000000')",
      "TO_YMINTERVAL('-003-06')",
      "TO_DSINTERVAL('-01 02:03:04.56')",
      "'x'",
    ];
    const names = ['ID', 'F', 'BF', 'BD', 'NC', 'NV', 'T0', 'TZ', 'LZ', 'YM', 'DS', 'VC'];
    const logged = names.slice(0, -1);
    expect(await mine(speaker, 'SQL_REDO')).toEqual([
      [`insert into "HR"."T"(${names.map((name) => `"${name}"`).join(',')}) values (${values.join(',')})`],
      // VC is longer than 4,000 bytes: supplemental logging leaves it out.
      [`delete from "HR"."T" where ${logged.map((name, index) => `"${name}" = ${values[index] ?? ''}`).join(' and ')}`],
    ]);
  });

  test('long national text is joined from several UNISTR', async () => {
    const speaker = await openIso();
    await speaker.run('CREATE TABLE T (NV NVARCHAR2(4000))');
    await speaker.run('INSERT INTO T VALUES (:1)', text('单'.repeat(1001)));
    await speaker.session.commit();
    const rows = await mine(speaker, 'SQL_REDO', { where: 'OPERATION_CODE = 1' });
    const printed = `UNISTR('${'\\5355'.repeat(1000)}') || UNISTR('\\5355')`;
    expect(rows.map(([sql]) => sql).join('')).toBe(`insert into "HR"."T"("NV") values (${printed})`);
  });

  test('a purged table shows the stored bytes', async () => {
    const speaker = await openIso();
    await speaker.run('CREATE TABLE T (BD BINARY_DOUBLE, NV NVARCHAR2(5), YM INTERVAL YEAR TO MONTH)');
    await speaker.run("INSERT INTO T VALUES (1.5, N'é', INTERVAL '2-6' YEAR TO MONTH)");
    await speaker.run('DROP TABLE T PURGE');
    const [[sql] = []] = await mine(speaker, 'SQL_REDO', { where: 'OPERATION_CODE = 1' });
    expect(sql).toContain("values (HEXTORAW('bff8000000000000'),HEXTORAW('00e9'),HEXTORAW('8000000242'))");
  });
});

test('DBA_TAB_COLS describes every type as Oracle does', async () => {
  const speaker = await openIso();
  await speaker.run(EVERY_TYPE);
  const columns = 'COLUMN_NAME, DATA_TYPE, DATA_LENGTH, DATA_PRECISION, DATA_SCALE, CHAR_LENGTH, CHAR_USED';
  expect(await speaker.query(`SELECT ${columns} FROM DBA_TAB_COLS WHERE TABLE_NAME = 'T' ORDER BY COLUMN_ID`)).toEqual([
    ['ID', 'NUMBER', '22', null, '0', '0', null],
    ['F', 'FLOAT', '22', '10', null, '0', null],
    ['BF', 'BINARY_FLOAT', '4', null, null, '0', null],
    ['BD', 'BINARY_DOUBLE', '8', null, null, '0', null],
    ['NC', 'NCHAR', '4', null, null, '2', 'C'],
    ['NV', 'NVARCHAR2', '4000', null, null, '2000', 'C'],
    ['T0', 'TIMESTAMP(0)', '7', null, '0', '0', null],
    ['TZ', 'TIMESTAMP(3) WITH TIME ZONE', '13', null, '3', '0', null],
    ['LZ', 'TIMESTAMP(6) WITH LOCAL TIME ZONE', '11', null, '6', '0', null],
    ['YM', 'INTERVAL YEAR(3) TO MONTH', '5', '3', '0', '0', null],
    ['DS', 'INTERVAL DAY(2) TO SECOND(2)', '11', '2', '2', '0', null],
    ['VC', 'VARCHAR2', '32767', null, null, '9000', 'C'],
  ]);
});
