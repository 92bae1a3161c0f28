import { describe, expect, test } from 'vitest';
import { number, openWorld, text } from './world.ts';
import type { Speaker, World } from './world.ts';

async function withTable(): Promise<{ world: World; speaker: Speaker }> {
  const world = openWorld();
  const speaker = world.connect();
  await speaker.run(
    "CREATE TABLE T (ID NUMBER(5) CONSTRAINT T_PK PRIMARY KEY, V VARCHAR2(5), N NUMBER(4,2), NN VARCHAR2(9 CHAR) DEFAULT 'd' NOT NULL)",
  );
  return { world, speaker };
}

describe('a value that its column cannot hold', () => {
  test.each([
    ["INSERT INTO T (ID, V) VALUES (1, '123456')", 12899],
    ["INSERT INTO T (ID, V) VALUES (1, 'ééé')", 12899],
    ["INSERT INTO T (ID, NN) VALUES (1, '1234567890')", 12899],
    ['INSERT INTO T (ID) VALUES (123456)', 1438],
    ['INSERT INTO T (ID, N) VALUES (1, 99.995)', 1438],
    ["INSERT INTO T (ID, N) VALUES (1, 'x')", 1722],
    ['INSERT INTO T (ID, NN) VALUES (1, NULL)', 1400],
    ["INSERT INTO T (ID, NN) VALUES (1, '')", 1400],
    ['INSERT INTO T (V) VALUES (1)', 1400],
    ['UPDATE T SET NN = NULL WHERE ID = 7', 1407],
    ['INSERT INTO T (ID) VALUES (7)', 1],
    ['UPDATE T SET ID = 7 WHERE ID = 8', 1],
    ['INSERT INTO T (ID, V) VALUES (1)', 947],
    ['INSERT INTO T (ID) VALUES (1, 2)', 913],
    ['INSERT INTO T (ID, X) VALUES (1, 2)', 904],
  ])('%s is ORA-%i', async (sql, code) => {
    const { speaker } = await withTable();
    await speaker.run('INSERT INTO T (ID) SELECT 6 + LEVEL FROM DUAL CONNECT BY LEVEL <= 2');
    await expect(speaker.run(sql)).rejects.toMatchObject({ number: code });
    expect(await speaker.query('SELECT ID, V, N, NN FROM T ORDER BY ID')).toEqual([
      ['7', null, null, 'd'],
      ['8', null, null, 'd'],
    ]);
  });
});

test('numbers are rounded to the scale of their column, half away from zero', async () => {
  const { speaker } = await withTable();
  await speaker.run('INSERT INTO T (ID, N) VALUES (1.5, -2.005)');
  expect(await speaker.query('SELECT ID, N FROM T')).toEqual([['2', '-2.01']]);
});

test('a FLOAT keeps the digits of its binary precision, and says so in the dictionary', async () => {
  const { speaker } = await withTable();
  await speaker.run('CREATE TABLE F (A FLOAT(5), B FLOAT)');
  // The examples of the SQL Language Reference.
  for (const value of ['1.23', '7.89', '12.79', '123.45', '-0.00123', '0'])
    await speaker.run(`INSERT INTO F VALUES (${value}, ${value})`);
  expect(await speaker.query('SELECT A, B FROM F')).toEqual([
    ['1.2', '1.23'],
    ['7.9', '7.89'],
    ['13', '12.79'],
    ['120', '123.45'],
    ['-0.0012', '-0.00123'],
    ['0', '0'],
  ]);
  const columns =
    "SELECT DATA_TYPE, DATA_PRECISION, DATA_SCALE FROM DBA_TAB_COLS WHERE TABLE_NAME = 'F' ORDER BY COLUMN_ID";
  expect(await speaker.query(columns)).toEqual([
    ['FLOAT', '5', null],
    ['FLOAT', '126', null],
  ]);
  await expect(speaker.run('CREATE TABLE G (A FLOAT(127))')).rejects.toMatchObject({ number: 1726 });
});

test('a timestamp is rounded to the digits of its column, over the end of the second', async () => {
  const { speaker } = await withTable();
  await speaker.run('CREATE TABLE S (A TIMESTAMP(3), B TIMESTAMP(0))');
  await speaker.run("INSERT INTO S VALUES (TIMESTAMP '2024-12-31 23:59:59.9996', TIMESTAMP '2024-01-01 00:00:00.4')");
  expect(
    await speaker.query("SELECT TO_CHAR(A, 'YYYY-MM-DD HH24:MI:SS.FF'), TO_CHAR(B, 'HH24:MI:SS.FF') FROM S"),
  ).toEqual([['2025-01-01 00:00:00.000', '00:00:00.']]);
});

test('one statement may move keys over each other: uniqueness is judged at its end', async () => {
  const { speaker } = await withTable();
  await speaker.run('INSERT INTO T (ID) SELECT LEVEL FROM DUAL CONNECT BY LEVEL <= 5');
  expect(await speaker.run('UPDATE T SET ID = ID + 1')).toMatchObject({ rowCount: 5 });
  expect(await speaker.query('SELECT MIN(ID), MAX(ID), COUNT(*) FROM T')).toEqual([['2', '6', '5']]);
});

test('a row is found by the key that it has now, not by an old one', async () => {
  const { speaker } = await withTable();
  await speaker.run('INSERT INTO T (ID) VALUES (1)');
  await speaker.run('UPDATE T SET ID = 2 WHERE ID = 1');
  expect(await speaker.query("SELECT ID FROM T WHERE ID = '1'")).toEqual([]);
  expect(await speaker.query("SELECT ID FROM T WHERE ID = '2.0'")).toEqual([['2']]);
  await speaker.run('INSERT INTO T (ID) VALUES (1)');
  expect(await speaker.query('SELECT COUNT(*) FROM T')).toEqual([['2']]);
});

describe('array DML', () => {
  const rows = [[number('1')], [number('2')], [number('1')], [number('3')]];

  test('stops at the first failing row and keeps those before it', async () => {
    const { speaker } = await withTable();
    await expect(speaker.array('INSERT INTO T (ID) VALUES (:1)', rows)).rejects.toMatchObject({ number: 1 });
    expect(await speaker.query('SELECT ID FROM T ORDER BY ID')).toEqual([['1'], ['2']]);
  });

  test('goes on after failing rows when batch errors are asked for', async () => {
    const { speaker } = await withTable();
    const result = await speaker.array('INSERT INTO T (ID) VALUES (:1)', rows, true);
    expect(result.rowCount).toBe(3);
    expect(result.rowCounts).toEqual([1, 1, 0, 1]);
    expect(result.batchErrors.map(({ offset, error }) => [offset, error.number])).toEqual([[2, 1]]);
  });

  test('counts the rows of each UPDATE', async () => {
    const { speaker } = await withTable();
    await speaker.run('INSERT INTO T (ID) SELECT LEVEL FROM DUAL CONNECT BY LEVEL <= 10');
    const result = await speaker.array('UPDATE T SET V = :v WHERE ID <= :n', [
      [text('a'), number('3')],
      [text('b'), number('0')],
      [text('c'), number('10')],
    ]);
    expect(result.rowCounts).toEqual([3, 0, 10]);
  });
});

test('ROWID ranges over the extents cut a table into parts that give every row once', async () => {
  const { speaker } = await withTable();
  await speaker.run('CREATE TABLE EMPTY (A NUMBER)');
  await speaker.run('INSERT INTO T (ID) SELECT LEVEL FROM DUAL CONNECT BY LEVEL <= 2500');
  await speaker.session.commit();
  const extents = await speaker.query(
    'SELECT e.BLOCK_ID, e.BLOCKS, o.DATA_OBJECT_ID, e.RELATIVE_FNO FROM DBA_EXTENTS e JOIN DBA_OBJECTS o ' +
      "ON o.OWNER = e.OWNER AND o.OBJECT_NAME = e.SEGMENT_NAME WHERE e.OWNER = 'HR' AND e.SEGMENT_NAME = 'T' ORDER BY e.EXTENT_ID",
  );
  expect(extents.length).toBe(4);
  expect(await speaker.query("SELECT * FROM DBA_EXTENTS WHERE SEGMENT_NAME = 'EMPTY'")).toEqual([]);
  const found: (string | null)[] = [];
  for (const [block, blocks, object, file] of extents) {
    const bound = async (blockNumber: string, row: string): Promise<string> => {
      const [[rowid] = []] = await speaker.query(
        'SELECT DBMS_ROWID.ROWID_CREATE(1, :o, :f, :b, :r) FROM DUAL',
        ...[object ?? '', file ?? '', blockNumber, row].map((value) => number(value)),
      );
      return rowid ?? '';
    };
    const low = await bound(block ?? '', '0');
    const high = await bound(String(Number(block) + Number(blocks) - 1), '32767');
    const part = await speaker.query(
      'SELECT "ID" FROM "HR"."T" WHERE ROWID BETWEEN CHARTOROWID(:a) AND CHARTOROWID(:b)',
      text(low),
      text(high),
    );
    found.push(...part.map(([id]) => id ?? null));
  }
  expect(found).toEqual(Array.from({ length: 2500 }, (_, index) => String(index + 1)));
});
