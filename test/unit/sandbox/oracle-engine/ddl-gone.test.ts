import { describe, expect, test } from 'vitest';
import { dictionary, insert, open, redoOf, scn } from './ddl-world.ts';
import { mine } from './world.ts';
import type { Value } from './world.ts';

describe('columns that go', () => {
  test('DROP COLUMN renumbers the others, and what was written before keeps its numbers', async () => {
    const { world, speaker } = await open();
    await insert(speaker);
    const before = await scn(speaker);
    await speaker.run('ALTER TABLE T DROP COLUMN V');
    await speaker.run('UPDATE T SET N = 3 WHERE ID = 1');
    await speaker.session.commit();
    expect(await speaker.query('SELECT * FROM T')).toEqual([['1', '3']]);
    expect((await dictionary(speaker)).map(([name, , segment]) => [name, segment])).toEqual([
      ['ID', '1'],
      ['N', '2'],
    ]);
    expect(await redoOf(speaker)).toEqual([
      `insert into "HR"."T"("COL 1","COL 2","COL 3") values (HEXTORAW('c102'),HEXTORAW('61'),HEXTORAW('c10333'))`,
      `update "HR"."T" set "N" = '3' where "ID" = '1' and "N" = '2.5'`,
    ]);
    await expect(speaker.query(`SELECT * FROM T AS OF SCN ${before ?? ''}`)).rejects.toThrow('ORA-01466');
    expect(world.database.journal(0).flatMap(({ changes }) => changes.map(({ after }) => after))).toEqual([
      { ID: '1', V: 'a', N: '2.5' },
      { ID: '1', N: '3' },
    ]);
    await expect(speaker.run('INSERT INTO T VALUES (1, 2)')).rejects.toThrow('ORA-00001');
  });

  test('SET UNUSED hides a column that keeps its place', async () => {
    const { speaker } = await open();
    await insert(speaker);
    await speaker.run('ALTER TABLE T SET UNUSED COLUMN V');
    await speaker.run('ALTER TABLE T ADD V VARCHAR2(3)');
    await insert(speaker, "2, 3, 'new'");
    expect(await speaker.query('SELECT * FROM T ORDER BY ID')).toEqual([
      ['1', '2.5', null],
      ['2', '3', 'new'],
    ]);
    expect(await dictionary(speaker)).toEqual([
      ['ID', '1', '1', 'NO', 'N', null],
      ['SYS_C00002_26010203:04:05$', null, '2', 'YES', 'Y', null],
      ['N', '2', '3', 'NO', 'Y', null],
      ['V', '3', '4', 'NO', 'Y', null],
    ]);
    expect((await redoOf(speaker)).at(-1)).toBe(`insert into "HR"."T"("ID","N","V") values ('2','3','new')`);
    await speaker.run('ALTER TABLE T DROP UNUSED COLUMNS');
    expect((await dictionary(speaker)).map(([name]) => name)).toEqual(['ID', 'N', 'V']);
    expect(await speaker.query("SELECT COLUMN_NAME FROM DBA_TAB_COLUMNS WHERE TABLE_NAME = 'T'")).toHaveLength(3);
  });

  test.each([
    'ALTER TABLE T DROP COLUMN N',
    'ALTER TABLE T MODIFY V VARCHAR2(20)',
    'ALTER TABLE T RENAME COLUMN V TO W',
    'ALTER TABLE T MOVE',
    'TRUNCATE TABLE T',
    'DROP TABLE T',
    'ALTER TABLE T RENAME TO S',
    'CREATE INDEX I ON T (V)',
  ])('%s waits for nobody: ORA-00054 while rows are held', async (ddl) => {
    const { world, speaker } = await open();
    await insert(speaker);
    const other = world.connect();
    await other.run('UPDATE T SET N = 1');
    await expect(speaker.run(ddl)).rejects.toThrow('ORA-00054');
    await other.session.commit();
    await speaker.run(ddl);
  });
});

describe('tables that go or move', () => {
  test('TRUNCATE and MOVE give a new data object, and rows of before are known by number only', async () => {
    const { speaker } = await open();
    const ids = async (): Promise<Value> =>
      (
        await speaker.query(
          "SELECT TO_CHAR(OBJECT_ID) || ' ' || TO_CHAR(DATA_OBJECT_ID) FROM DBA_OBJECTS WHERE OBJECT_NAME = 'T'",
        )
      )[0]?.[0] ?? null;
    await insert(speaker);
    const rowids = [await speaker.query('SELECT ROWID FROM T')];
    const seen = [await ids()];
    await speaker.run('ALTER TABLE T MOVE');
    rowids.push(await speaker.query('SELECT ROWID FROM T'));
    seen.push(await ids());
    expect(await speaker.query('SELECT V FROM T WHERE ID = 1')).toEqual([['a']]);
    await speaker.run('TRUNCATE TABLE T');
    seen.push(await ids());
    expect(await speaker.query('SELECT * FROM T')).toEqual([]);
    await insert(speaker);
    expect(new Set(seen).size).toBe(3);
    expect(seen.every((each) => each?.startsWith('73401 '))).toBe(true);
    expect(rowids[0]).not.toEqual(rowids[1]);
    const rows = await mine(speaker, 'SEG_OWNER, TABLE_NAME, INFO', { where: 'OPERATION_CODE IN (1, 2, 3)' });
    expect(rows).toEqual([
      ['UNKNOWN', 'OBJ# 73401', 'Dictionary Mismatch'],
      ['HR', 'T', null],
    ]);
  });

  test('DROP TABLE is told with the name in the recycle bin, from where the table can come back', async () => {
    const { speaker } = await open();
    await insert(speaker);
    await speaker.run('DROP TABLE T');
    const [[name] = []] = await mine(speaker, 'TABLE_NAME', { where: 'OPERATION_CODE = 1' });
    expect(name).toMatch(/^BIN\$.{22}==\$0$/);
    expect((await redoOf(speaker, 'OPERATION_CODE = 5')).at(-1)).toBe(`DROP TABLE T AS "${name ?? ''}"`);
    expect(await speaker.query('SELECT OBJECT_NAME FROM DBA_OBJECTS WHERE OBJECT_ID = 73401')).toEqual([[name]]);
    await speaker.run('FLASHBACK TABLE T TO BEFORE DROP RENAME TO S');
    expect(await speaker.query('SELECT V FROM S WHERE ID = 1')).toEqual([['a']]);
    await speaker.run('DROP TABLE S');
    await speaker.run('PURGE TABLE S');
    expect(await mine(speaker, 'TABLE_NAME', { where: 'OPERATION_CODE = 1' })).toEqual([['OBJ# 73401']]);
    await expect(speaker.run('FLASHBACK TABLE S TO BEFORE DROP')).rejects.toThrow('ORA-38305');
  });

  test('a renamed table has its new name in the redo of before', async () => {
    const { speaker } = await open();
    await insert(speaker);
    await speaker.run('RENAME T TO S');
    expect(await redoOf(speaker)).toEqual([`insert into "HR"."S"("ID","V","N") values ('1','a','2.5')`]);
    await expect(speaker.query('SELECT * FROM T')).rejects.toThrow('ORA-00942');
  });

  test('partitions are truncated, dropped and exchanged', async () => {
    const { speaker } = await open(
      'CREATE TABLE T (ID NUMBER PRIMARY KEY, V VARCHAR2(5)) PARTITION BY RANGE (ID) ' +
        '(PARTITION A VALUES LESS THAN (10), PARTITION B VALUES LESS THAN (20), PARTITION C VALUES LESS THAN (30))',
    );
    await speaker.run('CREATE TABLE S (ID NUMBER PRIMARY KEY, V VARCHAR2(5))');
    for (const id of [1, 11, 21]) await insert(speaker, `${id}, 'p'`);
    await speaker.run("INSERT INTO S VALUES (22, 's')");
    await speaker.session.commit();
    const place = await speaker.query('SELECT ROWID FROM S');
    await speaker.run('ALTER TABLE T TRUNCATE PARTITION A');
    await speaker.run('ALTER TABLE T DROP PARTITION B');
    await speaker.run('ALTER TABLE T EXCHANGE PARTITION C WITH TABLE S');
    expect(await speaker.query('SELECT ID, V, ROWID FROM T')).toEqual([['22', 's', place[0]?.[0]]]);
    expect(await speaker.query('SELECT V FROM S WHERE ID = 21')).toEqual([['p']]);
    await insert(speaker, "1, 'q'");
    await expect(speaker.run("INSERT INTO T VALUES (22, 'x')")).rejects.toThrow('ORA-00001');
    expect(await speaker.query('SELECT ID FROM T ORDER BY ID')).toEqual([['1'], ['22']]);
    await speaker.run('UPDATE S SET ID = 5');
    await speaker.session.commit();
    await expect(speaker.run('ALTER TABLE T EXCHANGE PARTITION C WITH TABLE S')).rejects.toThrow('ORA-14099');
  });
});

test('constraints are kept from the statement that adds them to the one that drops them', async () => {
  const { speaker } = await open();
  await speaker.run('ALTER TABLE T ADD CONSTRAINT POSITIVE CHECK (N > 0)');
  await speaker.run('ALTER TABLE T ADD CONSTRAINT ONCE UNIQUE (V)');
  await expect(insert(speaker, "1, 'a', -1")).rejects.toThrow('ORA-02290');
  await insert(speaker);
  await expect(speaker.run('UPDATE T SET N = -N')).rejects.toThrow('ORA-02290');
  await expect(insert(speaker, "2, 'a', NULL")).rejects.toThrow('ORA-00001');
  await speaker.run('ALTER TABLE T DROP CONSTRAINT POSITIVE');
  await speaker.run('ALTER TABLE T DROP UNIQUE (V)');
  await speaker.run('ALTER TABLE T DROP PRIMARY KEY');
  await insert(speaker, "1, 'a', -1");
  await expect(speaker.run('CREATE UNIQUE INDEX I ON T (ID)')).rejects.toThrow('ORA-01452');
  await speaker.run('DELETE FROM T WHERE N = -1');
  await speaker.run('CREATE UNIQUE INDEX I ON T (ID)');
  await expect(insert(speaker, "1, 'b', 0")).rejects.toThrow('ORA-00001');
  await speaker.run('DROP INDEX I');
  await insert(speaker, "1, 'b', 0");
});

test('without supplemental logging images shrink to what changed', async () => {
  const { speaker } = await open();
  await insert(speaker);
  await speaker.run('UPDATE T SET N = 1');
  await speaker.run('ALTER TABLE T DROP SUPPLEMENTAL LOG DATA (ALL) COLUMNS');
  await speaker.run('UPDATE T SET N = 2');
  await speaker.session.commit();
  expect(await redoOf(speaker, 'OPERATION_CODE = 3')).toEqual([
    `update "HR"."T" set "N" = '1' where "ID" = '1' and "V" = 'a' and "N" = '2.5'`,
    `update "HR"."T" set "N" = '2' where "N" = '1'`,
  ]);
  expect(await speaker.query("SELECT * FROM DBA_LOG_GROUPS WHERE TABLE_NAME = 'T'")).toEqual([]);
});

test('oddities go with the next changes of their table', async () => {
  const { world, speaker } = await open();
  const { oddities } = world.database.instance.transactions;
  const table = { owner: 'HR', name: 'T' };
  oddities.expect('internal', table, 1);
  await insert(speaker, "1, 'it''s', 1");
  oddities.expect('unescaped', table, 1);
  await insert(speaker, "2, 'it''s', 1");
  oddities.expect('select for update', table, 1);
  oddities.expect('unsupported', table, 1);
  await insert(speaker, '3, NULL, 1');
  await speaker.run('UPDATE T SET N = 2 WHERE ID = 1');
  await speaker.session.commit();
  const rows = await mine(speaker, 'OPERATION_CODE, OPERATION, STATUS, SQL_REDO', {
    where: 'OPERATION_CODE IN (0, 1, 3, 25, 255)',
  });
  expect(rows).toEqual([
    ['0', 'INTERNAL', '0', null],
    ['1', 'INSERT', '0', `insert into "HR"."T"("ID","V","N") values ('1','it''s','1')`],
    ['1', 'INSERT', '0', `insert into "HR"."T"("ID","V","N") values ('2','it's','1')`],
    ['255', 'UNSUPPORTED', '2', 'Unsupported'],
    [
      '25',
      'SELECT_FOR_UPDATE',
      '0',
      `select "ID","V","N" from "HR"."T" where "ID" = '1' and "V" = 'it''s' and "N" = '1' for update`,
    ],
    ['3', 'UPDATE', '0', `update "HR"."T" set "N" = '2' where "ID" = '1' and "V" = 'it''s' and "N" = '1'`],
  ]);
});
