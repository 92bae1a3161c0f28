import { describe, expect, test } from 'vitest';
import { mine, openWorld, text } from './world.ts';
import type { Speaker } from './world.ts';

const DEFINITION =
  '(A NUMBER(9), B VARCHAR2(10), V VARCHAR2(20), L VARCHAR2(40), PRIMARY KEY (B, A)) ORGANIZATION INDEX';
const OVERFLOW = `${DEFINITION} INCLUDING V OVERFLOW`;

async function open(definition = OVERFLOW): Promise<Speaker> {
  const speaker = openWorld().connect();
  await speaker.run(`CREATE TABLE T ${definition}`);
  return speaker;
}

const fill = async (speaker: Speaker, rows: number): Promise<void> => {
  await speaker.run(`INSERT INTO T SELECT LEVEL, MOD(LEVEL, 7), 'v', 'l' FROM DUAL CONNECT BY LEVEL <= ${rows}`);
  await speaker.session.commit();
};

describe('an index-organized table', () => {
  test('has no segment of its own; its index has, and its overflow table, which are named after its number', async () => {
    const speaker = await open();
    const [[number = null] = []] = await speaker.query(
      "SELECT OBJECT_ID FROM DBA_OBJECTS WHERE OBJECT_NAME = 'T' AND DATA_OBJECT_ID IS NULL",
    );
    const [top, over] = [`SYS_IOT_TOP_${number}`, `SYS_IOT_OVER_${number}`];
    expect(
      await speaker.query("SELECT TABLE_NAME, IOT_TYPE, IOT_NAME FROM DBA_TABLES WHERE OWNER = 'HR' ORDER BY 1 DESC"),
    ).toEqual([
      ['T', 'IOT', null],
      [over, 'IOT_OVERFLOW', 'T'],
    ]);
    expect(await speaker.query("SELECT INDEX_NAME, INDEX_TYPE FROM DBA_INDEXES WHERE TABLE_NAME = 'T'")).toEqual([
      [top, 'IOT - TOP'],
    ]);
    expect(await speaker.query("SELECT CONSTRAINT_NAME FROM DBA_CONSTRAINTS WHERE TABLE_NAME = 'T'")).toEqual([[top]]);
    const objects = await speaker.query(
      "SELECT OBJECT_NAME, OBJECT_TYPE, DATA_OBJECT_ID FROM DBA_OBJECTS WHERE OWNER = 'HR' ORDER BY OBJECT_ID",
    );
    expect(objects.map(([name, type]) => [name, type])).toEqual([
      ['T', 'TABLE'],
      [top, 'INDEX'],
      [over, 'TABLE'],
    ]);
    expect(objects.map(([, , data]) => data === null)).toEqual([true, false, false]);
    const segments = 'SELECT SEGMENT_NAME, SEGMENT_TYPE, COUNT(*) FROM DBA_EXTENTS GROUP BY SEGMENT_NAME, SEGMENT_TYPE';
    expect(await speaker.query(`${segments} ORDER BY 2`)).toEqual([
      [top, 'INDEX', '1'],
      [over, 'TABLE', '1'],
    ]);
    await fill(speaker, 1000);
    expect(await speaker.query(`${segments} ORDER BY 2`)).toEqual([
      [top, 'INDEX', '2'],
      [over, 'TABLE', '1'],
    ]);
  });

  test('is in the index that has the name of its key', async () => {
    const speaker = await open('(A NUMBER(9) CONSTRAINT T_PK PRIMARY KEY, U NUMBER(9) UNIQUE) ORGANIZATION INDEX');
    const indexes = await speaker.query("SELECT INDEX_NAME, INDEX_TYPE FROM DBA_INDEXES WHERE TABLE_NAME = 'T'");
    expect(indexes[0]).toEqual(['T_PK', 'IOT - TOP']);
    expect(indexes[1]?.[1]).toBe('NORMAL');
    expect(await speaker.query("SELECT OBJECT_TYPE FROM DBA_OBJECTS WHERE OBJECT_NAME = 'T_PK'")).toEqual([['INDEX']]);
    expect(await speaker.query("SELECT TABLE_NAME FROM DBA_TABLES WHERE IOT_TYPE = 'IOT_OVERFLOW'")).toEqual([]);
  });

  test.each(['TRUNCATE TABLE T', 'ALTER TABLE T MOVE'])(
    'gets another segment by %s, and keeps its objects',
    async (ddl) => {
      const speaker = await open();
      const numbers = () =>
        speaker.query(
          "SELECT OBJECT_ID, DATA_OBJECT_ID FROM DBA_OBJECTS WHERE OBJECT_NAME LIKE 'SYS_IOT_TOP%' AND OBJECT_TYPE = 'INDEX'",
        );
      await fill(speaker, 10);
      const [[object, data] = []] = await numbers();
      await speaker.run(ddl);
      const [[sameObject, otherData] = []] = await numbers();
      expect(sameObject).toBe(object);
      expect(otherData).not.toBe(data);
      expect(await speaker.query('SELECT COUNT(*) FROM T')).toEqual([[ddl.startsWith('TRUNCATE') ? '0' : '10']]);
      await speaker.run("INSERT INTO T VALUES (100, 'x', 'y', 'z')");
    },
  );

  test('has rows without physical ROWIDs: none is sent, shown by LogMiner, or compared', async () => {
    const speaker = await open();
    await speaker.run('ALTER TABLE T ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS');
    const inserted = await speaker.run("INSERT INTO T VALUES (1, 'b', 'v', NULL)");
    expect(inserted).not.toHaveProperty('lastRowid');
    await speaker.run("UPDATE T SET L = 'long' WHERE A = 1");
    await speaker.session.commit();
    const [[object] = []] = await speaker.query("SELECT OBJECT_ID FROM DBA_OBJECTS WHERE OBJECT_NAME = 'T'");
    expect(await mine(speaker, 'ROW_ID, DATA_OBJ#, TABLE_NAME, SQL_REDO', { options: 16 + 64 })).toEqual(
      [
        `insert into "HR"."T"("A","B","V","L") values ('1','b','v',NULL)`,
        `update "HR"."T" set "L" = 'long' where "A" = '1' and "B" = 'b' and "V" = 'v' and "L" IS NULL`,
      ].map((statement) => ['AAAAAAAAAAAAAAAAAA', object, 'T', statement]),
    );
    for (const sql of [
      "SELECT A FROM T WHERE ROWID BETWEEN CHARTOROWID('AAAAAAAAAAAAAAAAAA') AND CHARTOROWID('//////////////////')",
      'SELECT ROWID FROM T',
      "DELETE FROM T WHERE ROWID = CHARTOROWID('AAAAAAAAAAAAAAAAAA')",
    ])
      await expect(speaker.run(sql)).rejects.toMatchObject({ number: 3001 });
  });

  test('undoes in reverse, and keeps its key', async () => {
    const speaker = await open();
    await speaker.run('ALTER TABLE T ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS');
    await fill(speaker, 3);
    await speaker.run("INSERT INTO T VALUES (10, 'k', 'v', 'l')");
    await speaker.run('SAVEPOINT S');
    await speaker.run("UPDATE T SET V = 'w' WHERE A < 3");
    await speaker.run('ROLLBACK TO S');
    await expect(speaker.run("INSERT INTO T VALUES (10, 'k', 'other', NULL)")).rejects.toMatchObject({ number: 1 });
    await speaker.session.commit();
    const rows = await mine(speaker, 'OPERATION, ROLLBACK, ROW_ID', { where: 'OPERATION_CODE = 3' });
    expect(rows.map(([operation, rollback]) => `${operation} ${rollback}`)).toEqual([
      ...['UPDATE 0', 'UPDATE 0'],
      ...['UPDATE 1', 'UPDATE 1'],
    ]);
    expect(new Set(rows.map(([, , rowId]) => rowId))).toEqual(new Set(['AAAAAAAAAAAAAAAAAA']));
    expect(await speaker.query("SELECT COUNT(*) FROM T WHERE V = 'v'")).toEqual([['4']]);
  });

  test.each([
    ['(A NUMBER) ORGANIZATION INDEX', 25175],
    ['(A NUMBER PRIMARY KEY, V NUMBER) ORGANIZATION INDEX INCLUDING V', 25186],
    ['(A NUMBER PRIMARY KEY, V NUMBER) ORGANIZATION INDEX INCLUDING W OVERFLOW', 904],
    ['(A NUMBER PRIMARY KEY) ORGANIZATION INDEX PARTITION BY HASH (A) PARTITIONS 2', 3001],
    ['(A NUMBER PRIMARY KEY) ORGANIZATION CUBE', 922],
  ])('%s: ORA-%i', async (definition, number) => {
    await expect(open(definition)).rejects.toMatchObject({ number });
  });

  test('cannot lose its primary key; dropped, nothing of it is left', async () => {
    const speaker = await open();
    await expect(speaker.run('ALTER TABLE T DROP PRIMARY KEY')).rejects.toMatchObject({ number: 25188 });
    await speaker.run('DROP TABLE T PURGE');
    expect(await speaker.query("SELECT OBJECT_NAME FROM DBA_OBJECTS WHERE OWNER = 'HR'")).toEqual([]);
    expect(await speaker.query("SELECT TABLE_NAME FROM DBA_TABLES WHERE OWNER = 'HR'")).toEqual([]);
  });
});

describe('ORA_HASH', () => {
  const speaker = openWorld().connect();
  const one = async (sql: string): Promise<number> => Number((await speaker.query(`SELECT ${sql} FROM DUAL`))[0]?.[0]);

  test('is the same for the same value, other for another value or seed, and not above its highest value', async () => {
    const hash = await one("ORA_HASH('a')");
    expect(hash).toBe(await one("ORA_HASH('a', 4294967295, 0)"));
    expect(hash).not.toBe(await one("ORA_HASH('b')"));
    expect(hash).not.toBe(await one("ORA_HASH('a', 4294967295, 1)"));
    expect(await one("ORA_HASH('a', 9)")).toBe(hash % 10);
    expect(await one("ORA_HASH('a', 0)")).toBe(0);
  });

  test('spreads keys evenly', async () => {
    const counts = await speaker.query(
      'SELECT B, COUNT(*) FROM (SELECT MOD(ORA_HASH(LEVEL), 8) B FROM DUAL CONNECT BY LEVEL <= 8000) GROUP BY B ORDER BY B',
    );
    expect(counts).toHaveLength(8);
    for (const [, count] of counts) expect(Math.abs(Number(count) - 1000)).toBeLessThan(150);
  });

  test.each([
    ["ORA_HASH('a', -1)", 1428],
    ["ORA_HASH('a', 4294967296)", 1428],
    ["ORA_HASH('a', 1, 0.5)", 1428],
    ['ORA_HASH(EMPTY_CLOB())', 932],
    ['ORA_HASH()', 938],
  ])('%s: ORA-%i', async (sql, number) => {
    await expect(speaker.query(`SELECT ${sql} FROM DUAL WHERE :x IS NULL`, text(null))).rejects.toMatchObject({
      number,
    });
  });
});
