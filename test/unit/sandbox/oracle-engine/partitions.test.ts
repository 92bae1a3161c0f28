import { describe, expect, test } from 'vitest';
import { mine, openWorld, text } from './world.ts';
import type { Speaker } from './world.ts';

const RANGE = `CREATE TABLE R (ID NUMBER PRIMARY KEY, D DATE) PARTITION BY RANGE (ID)
  (PARTITION LOW VALUES LESS THAN (100), PARTITION MIDDLE VALUES LESS THAN (200), PARTITION HIGH VALUES LESS THAN (MAXVALUE))`;

async function rowsByPartition(speaker: Speaker, table: string): Promise<Record<string, number>> {
  const extents = await speaker.query(
    `SELECT e.PARTITION_NAME, DBMS_ROWID.ROWID_CREATE(1, o.DATA_OBJECT_ID, e.RELATIVE_FNO, e.BLOCK_ID, 0),
       DBMS_ROWID.ROWID_CREATE(1, o.DATA_OBJECT_ID, e.RELATIVE_FNO, e.BLOCK_ID + e.BLOCKS - 1, 32767)
     FROM DBA_EXTENTS e JOIN DBA_OBJECTS o ON o.OBJECT_NAME = e.SEGMENT_NAME AND o.SUBOBJECT_NAME = e.PARTITION_NAME
     WHERE e.OWNER = 'HR' AND e.SEGMENT_NAME = :t ORDER BY 1`,
    text(table),
  );
  const counts: Record<string, number> = {};
  for (const [name, low = null, high = null] of extents) {
    const sql = `SELECT COUNT(*) FROM ${table} WHERE ROWID BETWEEN CHARTOROWID(:a) AND CHARTOROWID(:b)`;
    const [[count] = []] = await speaker.query(sql, text(low), text(high));
    counts[name ?? ''] = (counts[name ?? ''] ?? 0) + Number(count);
  }
  return counts;
}

describe('a partitioned table', () => {
  test('by range puts rows below the bounds, each partition with extents and an object of its own', async () => {
    const speaker = openWorld().connect();
    await speaker.run(RANGE);
    expect(await rowsByPartition(speaker, 'R')).toEqual({});
    await speaker.run('INSERT INTO R SELECT LEVEL, NULL FROM DUAL CONNECT BY LEVEL <= 450');
    await speaker.session.commit();
    expect(await rowsByPartition(speaker, 'R')).toEqual({ LOW: 99, MIDDLE: 100, HIGH: 251 });
    expect(await speaker.query('SELECT COUNT(*) FROM R')).toEqual([['450']]);
    const objects = await speaker.query(
      "SELECT SUBOBJECT_NAME, OBJECT_TYPE, OBJECT_ID, DATA_OBJECT_ID FROM DBA_OBJECTS WHERE OBJECT_NAME = 'R' ORDER BY OBJECT_ID",
    );
    expect(objects.map(([name, type]) => [name, type])).toEqual([
      [null, 'TABLE'],
      ['LOW', 'TABLE PARTITION'],
      ['MIDDLE', 'TABLE PARTITION'],
      ['HIGH', 'TABLE PARTITION'],
    ]);
    expect(objects.map(([, , object, data]) => object === data)).toEqual([false, true, true, true]);
    expect(await speaker.query("SELECT PARTITIONED FROM DBA_TABLES WHERE OWNER IN ('HR')")).toEqual([['YES']]);
    expect(
      await speaker.query(
        "SELECT PARTITION_NAME, HIGH_VALUE, PARTITION_POSITION FROM DBA_TAB_PARTITIONS WHERE TABLE_OWNER = 'HR'",
      ),
    ).toEqual([
      ['LOW', '100', '1'],
      ['MIDDLE', '200', '2'],
      ['HIGH', 'MAXVALUE', '3'],
    ]);
  });

  test('writes redo with the object number of the partition', async () => {
    const speaker = openWorld().connect();
    await speaker.run(RANGE);
    await speaker.run('INSERT INTO R (ID) VALUES (5)');
    await speaker.run('INSERT INTO R (ID) VALUES (500)');
    await speaker.session.commit();
    const partitions = await speaker.query(
      "SELECT OBJECT_ID FROM DBA_OBJECTS WHERE SUBOBJECT_NAME IN ('LOW', 'HIGH') ORDER BY OBJECT_ID",
    );
    const mined = await mine(speaker, 'DATA_OBJ#, TABLE_NAME', { where: 'OPERATION_CODE = 1' });
    expect(mined).toEqual(partitions.map(([id]) => [id, 'R']));
  });

  test('by list puts NULL and what is not listed where they belong', async () => {
    const speaker = openWorld().connect();
    await speaker.run(`CREATE TABLE L (REGION VARCHAR2(10)) PARTITION BY LIST (REGION)
      (PARTITION P1 VALUES ('east', 'west'), PARTITION P2 VALUES (NULL), PARTITION P3 VALUES (DEFAULT))`);
    for (const region of ['east', 'west', null, 'north']) await speaker.run('INSERT INTO L VALUES (:r)', text(region));
    expect(await rowsByPartition(speaker, 'L')).toEqual({ P1: 2, P2: 1, P3: 1 });
    const add = "ALTER TABLE L ADD PARTITION P4 VALUES ('south')";
    await expect(speaker.run(add)).rejects.toMatchObject({ number: 14323 });
  });

  test('by hash spreads its rows, also over subpartitions', async () => {
    const speaker = openWorld().connect();
    await speaker.run('CREATE TABLE H (ID NUMBER) PARTITION BY HASH (ID) PARTITIONS 4');
    await speaker.run('INSERT INTO H SELECT LEVEL FROM DUAL CONNECT BY LEVEL <= 1000');
    const counts = Object.values(await rowsByPartition(speaker, 'H'));
    expect(counts).toHaveLength(4);
    expect(Math.min(...counts)).toBeGreaterThan(150);
    await speaker.run(`CREATE TABLE S (ID NUMBER, D DATE) PARTITION BY RANGE (D) SUBPARTITION BY HASH (ID) SUBPARTITIONS 2
      (PARTITION Y1 VALUES LESS THAN (DATE '2025-01-01'), PARTITION Y2 VALUES LESS THAN (TO_DATE('2026-01-01', 'YYYY-MM-DD')))`);
    await speaker.run("INSERT INTO S SELECT LEVEL, DATE '2024-06-01' FROM DUAL CONNECT BY LEVEL <= 100");
    const [[total] = []] = await speaker.query('SELECT COUNT(*) FROM S');
    const bySubpartition = await rowsByPartition(speaker, 'S');
    expect([total, Object.values(bySubpartition).reduce((sum, count) => sum + count, 0)]).toEqual(['100', 100]);
    expect(
      await speaker.query(
        "SELECT OBJECT_TYPE, COUNT(*), COUNT(DATA_OBJECT_ID) FROM DBA_OBJECTS WHERE OBJECT_NAME = 'S' GROUP BY OBJECT_TYPE ORDER BY 1",
      ),
    ).toEqual([
      ['TABLE', '1', '0'],
      ['TABLE PARTITION', '2', '0'],
      ['TABLE SUBPARTITION', '4', '4'],
    ]);
    const [[high] = []] = await speaker.query("SELECT HIGH_VALUE FROM DBA_TAB_PARTITIONS WHERE PARTITION_NAME = 'Y2'");
    expect(high).toBe("TO_DATE(' 2026-01-01 00:00:00', 'SYYYY-MM-DD HH24:MI:SS', 'NLS_CALENDAR=GREGORIAN')");
    expect(await speaker.query('SELECT COUNT(*) FROM DBA_TAB_SUBPARTITIONS')).toEqual([['4']]);
  });

  test('takes a new partition above the last, and no row or bound that fits nowhere', async () => {
    const speaker = openWorld().connect();
    await speaker.run('CREATE TABLE R (ID NUMBER) PARTITION BY RANGE (ID) (PARTITION A VALUES LESS THAN (10))');
    await expect(speaker.run('INSERT INTO R VALUES (10)')).rejects.toMatchObject({ number: 14400 });
    await expect(speaker.run('INSERT INTO R VALUES (NULL)')).rejects.toMatchObject({ number: 14400 });
    await speaker.run('ALTER TABLE R ADD PARTITION B VALUES LESS THAN (20)');
    await speaker.run('INSERT INTO R VALUES (10)');
    await speaker.session.commit();
    expect(await rowsByPartition(speaker, 'R')).toEqual({ B: 1 });
    const lower = 'ALTER TABLE R ADD PARTITION C VALUES LESS THAN (15)';
    await expect(speaker.run(lower)).rejects.toMatchObject({ number: 14074 });
    const same = 'ALTER TABLE R ADD PARTITION B VALUES LESS THAN (30)';
    await expect(speaker.run(same)).rejects.toMatchObject({ number: 14013 });
  });

  test('moves a row to another partition only when it allows row movement', async () => {
    const speaker = openWorld().connect();
    await speaker.run(RANGE);
    await speaker.run(RANGE.replace('TABLE R', 'TABLE M') + ' ENABLE ROW MOVEMENT');
    await speaker.run('INSERT INTO R (ID) VALUES (5)');
    await speaker.run('INSERT INTO M (ID) VALUES (5)');
    await speaker.session.commit();
    await expect(speaker.run('UPDATE R SET ID = 150')).rejects.toMatchObject({ number: 14402 });
    await speaker.run('UPDATE R SET ID = 50');
    await speaker.run('UPDATE M SET ID = 150');
    await speaker.session.commit();
    expect(await rowsByPartition(speaker, 'M')).toEqual({ LOW: 0, MIDDLE: 1 });
    const moved = await mine(speaker, 'OPERATION', { where: "TABLE_NAME = 'M' AND OPERATION <> 'DDL'" });
    expect(moved).toEqual([['INSERT'], ['DELETE'], ['INSERT']]);
    await expect(speaker.run('INSERT INTO M (ID) VALUES (150)')).rejects.toMatchObject({ number: 1 });
  });
});
