/** Scalar functions of text, hashes and hexadecimal numbers, and SUM: examples and rules of the SQL Language Reference. */
import { describe, expect, test } from 'vitest';
import { number, openWorld } from './world.ts';
import type { Value } from './world.ts';

const evaluated = async (expression: string): Promise<Value | undefined> => {
  const [row] = await openWorld().connect().query(`SELECT ${expression} FROM DUAL`);
  return row?.[0];
};

describe('a function', () => {
  test.each<[string, Value]>([
    ["LENGTH('CANDIDE')", '7'],
    ["LENGTH('订😀 ')", '3'],
    ["LENGTH('')", null],
    ["LENGTH(TO_CHAR(N'订😀'))", '2'],
    ["SUBSTR('ABCDEFG',3,4)", 'CDEF'],
    ["SUBSTR('ABCDEFG',-5,4)", 'CDEF'],
    ["SUBSTR('ABCDEFG',0,1)", 'A'],
    ["SUBSTR('ABCDEFG',3)", 'CDEFG'],
    ["SUBSTR('ABCDEFG',8)", null],
    ["SUBSTR('ABCDEFG',-8)", null],
    ["SUBSTR('ABCDEFG',2,0)", null],
    ["SUBSTR('a😀b',2,1)", '😀'],
    ["SUBSTR('a😀b',-2)", '😀b'],
    ["INSTR('CORPORATE FLOOR','OR')", '2'],
    ["INSTR('😀OR','OR')", '2'],
    ["INSTR('a','b')", '0'],
    ["INSTR('a',NULL)", null],
    ["LTRIM('  blanks ')", 'blanks '],
    ["LTRIM('<=====>BROWNING<=====>','<>=')", 'BROWNING<=====>'],
    ["RTRIM('<=====>BROWNING<=====>','<>=')", '<=====>BROWNING'],
    ["RTRIM('1000','0')", '1'],
    ["RTRIM('000','0')", null],
    ["REPLACE('JACK and JUE','J','BL')", 'BLACK and BLUE'],
    ["REPLACE('JACK and JUE','J')", 'ACK and UE'],
    ["REPLACE('JACK',NULL,'x')", 'JACK'],
    ["REPLACE('$&','$','$$')", '$$&'],
    ["LOWER('MR. SCOTT')", 'mr. scott'],
    ["UPPER('Large')", 'LARGE'],
    ["NVL(NULL,'other')", 'other'],
    ["NVL('this','other')", 'this'],
    ["NVL2(NULL,'value','none')", 'none'],
    ["NVL2('x','value','none')", 'value'],
    ["TO_NUMBER('4D','XX')", '77'],
    ["TO_NUMBER('fffffffffffff','XXXXXXXXXXXXX')", '4503599627370495'],
    ["TO_NUMBER('FFFFFFFFFFFFFFFF','XXXXXXXXXXXXXXXX')", '18446744073709551615'],
    ["MOD(TO_NUMBER('FFFFFFFF','XXXXXXXX'),1000)", '295'],
    ["RAWTOHEX(STANDARD_HASH('abc','MD5'))", '900150983CD24FB0D6963F7D28E17F72'],
    ["STANDARD_HASH('abc','MD5')", '900150983cd24fb0d6963f7d28e17f72'],
    ["RAWTOHEX(STANDARD_HASH('abc'))", 'A9993E364706816ABA3E25717850C26C9CD0D89D'],
    ["RAWTOHEX(STANDARD_HASH('订','MD5'))", 'D99F001D9DCCAE6126D17C3FD075DB90'],
    ["RAWTOHEX(STANDARD_HASH(HEXTORAW('616263'),'MD5'))", '900150983CD24FB0D6963F7D28E17F72'],
    ["RAWTOHEX(STANDARD_HASH(TO_CHAR(N'abc'),'MD5'))", '900150983CD24FB0D6963F7D28E17F72'],
    ["NULL||'a'||NULL||'b'", 'ab'],
  ])('%s is %s', async (expression, value) => {
    expect(await evaluated(expression)).toBe(value);
  });

  test.each([
    ["TO_NUMBER('4DA','XX')", 1722],
    ["TO_NUMBER('4G','XX')", 1722],
    ["TO_NUMBER('4','99')", 1481],
    ["LENGTH('a','b')", 939],
    ["SUBSTR('a')", 938],
  ])('%s is ORA-%d', async (expression, code) => {
    await expect(evaluated(expression)).rejects.toMatchObject({ number: code });
  });
});

test('national text is hashed in its own character set', async () => {
  expect(await evaluated("RAWTOHEX(STANDARD_HASH(N'abc','MD5'))")).toBe(
    await evaluated("RAWTOHEX(STANDARD_HASH(HEXTORAW('006100620063'),'MD5'))"),
  );
});

describe('SUM', () => {
  const sumOf = async (expression: string, rows: number): Promise<Value | undefined> => {
    const [row] = await openWorld()
      .connect()
      .query(`SELECT SUM(N) FROM (SELECT ${expression} N FROM DUAL CONNECT BY LEVEL <= ${rows})`);
    return row?.[0];
  };

  test.each<[string, number, Value]>([
    ['LEVEL', 1000, '500500'],
    ['LEVEL / 8', 3, '0.75'],
    ['-999999999999999', 5000, '-4999999999999995000'],
    ['9999999999999999', 3, '29999999999999997'],
    ['TO_NUMBER(NULL)', 3, null],
    ["TO_NUMBER('FFFFFFFFFFFF','XXXXXXXXXXXX')", 2000, '562949953421310000'],
  ])('of %s over %d rows is %s', async (expression, rows, sum) => {
    expect(await sumOf(expression, rows)).toBe(sum);
  });

  test('over an inline view of a table is that of its groups, of a bind in the view', async () => {
    const speaker = openWorld().connect();
    await speaker.run('CREATE TABLE T (ID NUMBER PRIMARY KEY, V VARCHAR2(10))');
    await speaker.run("INSERT INTO T SELECT LEVEL, 'v' FROM DUAL CONNECT BY LEVEL <= 3000");
    const sql = 'SELECT B, COUNT(*), SUM(ID) FROM (SELECT MOD(ID,:n) B, ID FROM T WHERE ID > 10) GROUP BY B ORDER BY 1';
    expect(await speaker.query(sql, number('2'))).toEqual([
      ['0', '1495', '2251470'],
      ['1', '1495', '2249975'],
    ]);
  });

  test('lets others have their turn, and ends when it is cancelled', async () => {
    const world = openWorld();
    const [speaker, other] = [world.connect(), world.connect()];
    await speaker.run('CREATE TABLE T (ID NUMBER PRIMARY KEY)');
    await speaker.run('INSERT INTO T SELECT LEVEL FROM DUAL CONNECT BY LEVEL <= 5000');
    await speaker.session.commit();
    const running = speaker.query('SELECT SUM(ID) FROM T');
    expect(await other.query('SELECT COUNT(*) FROM T WHERE ID = 1')).toEqual([['1']]);
    speaker.session.cancel();
    await expect(running).rejects.toMatchObject({ number: 1013 });
  });
});

test('a number is found in a list of many', async () => {
  const speaker = openWorld().connect();
  await speaker.run('CREATE TABLE T (ID NUMBER)');
  await speaker.run('INSERT INTO T SELECT LEVEL FROM DUAL CONNECT BY LEVEL <= 50');
  await speaker.run('INSERT INTO T VALUES (NULL)');
  expect(await speaker.query('SELECT ID FROM T WHERE ID IN (2, 3.0, 99)')).toEqual([['2'], ['3']]);
  expect(await speaker.query('SELECT COUNT(*) FROM T WHERE ID NOT IN (2, 3)')).toEqual([['48']]);
});
