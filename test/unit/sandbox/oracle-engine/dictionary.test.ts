import { expect, test } from 'vitest';
import { openWorld, text } from './world.ts';
import type { Speaker, World } from './world.ts';

async function openTables(): Promise<{ world: World; speaker: Speaker }> {
  const world = openWorld();
  const speaker = world.connect();
  for (const name of ['A', 'B', '"b"', 'C']) await speaker.run(`CREATE TABLE ${name} (ID NUMBER, V VARCHAR2(10))`);
  return { world, speaker };
}

const NAMES = 'SELECT TABLE_NAME FROM DBA_TABLES';

test.each([
  [`${NAMES} WHERE OWNER = 'HR'`, ['A', 'B', 'b', 'C']],
  [`${NAMES} WHERE OWNER IN ('HR', 'SYS')`, ['A', 'B', 'b', 'C']],
  [`${NAMES} WHERE OWNER = 'NOBODY'`, []],
  [`${NAMES} WHERE OWNER = 'HR' AND TABLE_NAME IN ('A', 'b', 'X')`, ['A', 'b']],
  [`${NAMES} WHERE (OWNER, TABLE_NAME) IN (('HR', 'A'), ('HR', 'C'), ('NOBODY', 'B'))`, ['A', 'C']],
  [`${NAMES} WHERE NOT (OWNER, TABLE_NAME) IN (('HR', 'A'), ('HR', 'C'))`, ['B', 'b']],
  [`${NAMES} WHERE (OWNER, TABLE_NAME) NOT IN (('HR', 'A'), ('HR', 'C'))`, ['B', 'b']],
  [`${NAMES} WHERE TABLE_NAME = 'A' OR TABLE_NAME = 'B' AND OWNER = 'HR'`, ['A', 'B']],
  [`${NAMES} WHERE TABLE_NAME = 'A' OR OWNER = 'HR'`, ['A', 'B', 'b', 'C']],
  [`${NAMES} WHERE TABLE_NAME = 'A' AND TABLE_NAME = 'B'`, []],
  [`${NAMES} WHERE TABLE_NAME <> 'A' AND TABLE_NAME LIKE '_'`, ['B', 'b', 'C']],
  [`${NAMES} WHERE TABLE_NAME = NULL OR TABLE_NAME = 'C'`, ['C']],
])('%s', async (sql, names) => {
  const { speaker } = await openTables();
  expect((await speaker.query(sql)).map(([name]) => name)).toEqual(names);
});

test('a list of more than a few names finds the same rows', async () => {
  const { speaker } = await openTables();
  const pairs = ['A', 'b', 'X1', 'X2', 'X3', 'X4', 'X5', 'X6', 'X7', 'X8'].map((name) => ['HR', name] as const);
  const binds = pairs.flatMap(([owner, name]) => [text(owner), text(name)]);
  for (const where of [
    pairs.map(() => '(OWNER = :o AND TABLE_NAME = :t)').join(' OR '),
    `(OWNER, TABLE_NAME) IN (${pairs.map(() => '(:o, :t)').join(', ')})`,
  ]) {
    const found = await speaker.query(`SELECT TABLE_NAME, COLUMN_NAME FROM DBA_TAB_COLS WHERE ${where}`, ...binds);
    expect(found).toEqual([
      ['A', 'ID'],
      ['A', 'V'],
      ['b', 'ID'],
      ['b', 'V'],
    ]);
  }
});

test('views join by the columns that must be equal, and NULLs join nothing', async () => {
  const { speaker } = await openTables();
  await speaker.run('INSERT INTO A (ID) VALUES (1)');
  await speaker.session.commit();
  const joined = await speaker.query(
    'SELECT o.OBJECT_NAME, e.BLOCKS FROM DBA_OBJECTS o LEFT JOIN DBA_EXTENTS e ' +
      "ON e.OWNER = o.OWNER AND e.SEGMENT_NAME = o.OBJECT_NAME WHERE o.OWNER = 'HR' ORDER BY o.OBJECT_ID",
  );
  expect(joined).toEqual([
    ['A', '8'],
    ['B', null],
    ['b', null],
    ['C', null],
  ]);
  const byNull = await speaker.query(
    'SELECT COUNT(*) FROM DBA_OBJECTS o JOIN DBA_EXTENTS e ON e.PARTITION_NAME = o.SUBOBJECT_NAME',
  );
  expect(byNull).toEqual([['0']]);
});

test('LAST_DDL_TIME follows the DDL of a table, to the second', async () => {
  const { world, speaker } = await openTables();
  const lastDdl = "SELECT TO_CHAR(LAST_DDL_TIME, 'YYYY-MM-DD HH24:MI:SS') FROM DBA_OBJECTS WHERE OBJECT_NAME = 'A'";
  expect(await speaker.query(lastDdl)).toEqual([['2026-01-02 03:04:05']]);
  world.pass(61_000);
  await speaker.run('ALTER TABLE A ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS');
  expect(await speaker.query(lastDdl)).toEqual([['2026-01-02 03:05:06']]);
  expect(await speaker.query("SELECT TO_CHAR(SYSDATE, 'YYYY-MM-DD HH24:MI:SS') FROM DUAL")).toEqual([
    ['2026-01-02 03:05:06'],
  ]);
});

test('a table without rows has no extent and is read as empty', async () => {
  const { speaker } = await openTables();
  expect(await speaker.query("SELECT COUNT(*) FROM DBA_EXTENTS WHERE SEGMENT_NAME = 'C'")).toEqual([['0']]);
  expect(await speaker.query('SELECT COUNT(*) FROM C')).toEqual([['0']]);
});
