import { describe, expect, test } from 'vitest';
import { allLogs, mine, openWorld, startMining, text, number } from './world.ts';
import type { Speaker, World } from './world.ts';

const ONLINE = '/u01/app/oracle/oradata/ORCL/redo01.log';

/** Three logs with one committed row each: the first two archived. */
async function threeLogs(): Promise<{
  world: World;
  speaker: Speaker;
  scns: readonly string[];
  files: readonly string[];
}> {
  const world = openWorld();
  const speaker = world.connect();
  await speaker.run('CREATE TABLE T (ID NUMBER PRIMARY KEY)');
  for (const id of ['1', '2', '3']) {
    if (id === '2') await speaker.run('ALTER SYSTEM SWITCH LOGFILE');
    if (id === '3') world.database.switchLog();
    await speaker.run('INSERT INTO T VALUES (:id)', number(id));
    await speaker.session.commit();
  }
  const scns = world.database.journal(0).map(({ commitScn }) => commitScn);
  return { world, speaker, scns, files: await allLogs(speaker) };
}

describe('a mining session', () => {
  test('sees what the given files hold within the bounds, both inclusive', async () => {
    const { speaker, scns, files } = await threeLogs();
    expect(files.length).toBe(3);
    expect((await mine(speaker, 'SQL_REDO')).length).toBe(3);
    const middle = await mine(speaker, 'TO_CHAR(SCN)', {
      start: scns[1] ?? '',
      end: scns[2] ?? '',
      where: 'OPERATION_CODE = 7',
    });
    expect(middle).toEqual([[scns[1]], [scns[2]]]);
  });

  test.each([
    ['the first file is missing', (files: readonly string[]) => files.slice(1), 1291],
    ['the middle file is missing', (files: readonly string[]) => [files[0] ?? '', files[2] ?? ''], 1291],
    ['the last file is missing', (files: readonly string[]) => files.slice(0, 2), 1291],
    ['no file is given', () => [], 1292],
    ['a file does not exist', () => ['/nowhere.arc'], 1284],
    ['a file is given twice', (files: readonly string[]) => [...files, files[0] ?? ''], 1289],
  ])('is refused when %s', async (_case, choose, code) => {
    const { speaker, files } = await threeLogs();
    await expect(startMining(speaker, { files: choose(files) })).rejects.toMatchObject({ number: code });
  });

  test('refuses an archived copy beside the online file of the same sequence', async () => {
    const { speaker, files } = await threeLogs();
    await expect(startMining(speaker, { files: [files[0] ?? '', ONLINE] })).rejects.toMatchObject({ number: 1289 });
  });

  test.each([
    ['bounds in the wrong order', { start: '1000009', end: '1000001' }, 1281],
    ['CONTINUOUS_MINE', { options: 16 + 1024 }, 44609],
    ['COMMITTED_DATA_ONLY', { options: 16 + 2 }, 3001],
  ])('refuses %s', async (_case, options, code) => {
    const { speaker } = await threeLogs();
    await expect(startMining(speaker, options)).rejects.toMatchObject({ number: code });
  });

  test('belongs to one database session and must have been started', async () => {
    const { world, speaker } = await threeLogs();
    await startMining(speaker);
    const contents = 'SELECT COUNT(*) FROM V$LOGMNR_CONTENTS';
    expect(Number((await speaker.query(contents))[0]?.[0])).toBeGreaterThan(0);
    await expect(world.connect().query(contents)).rejects.toMatchObject({ number: 1306 });
    await speaker.run('BEGIN DBMS_LOGMNR.END_LOGMNR; END;');
    await expect(speaker.query(contents)).rejects.toMatchObject({ number: 1306 });
    await expect(speaker.run('BEGIN SYS.DBMS_LOGMNR.END_LOGMNR(); END;')).rejects.toMatchObject({ number: 1307 });
  });

  test('notices that an online file was written over', async () => {
    const { world, speaker } = await threeLogs();
    await speaker.run('BEGIN DBMS_LOGMNR.ADD_LOGFILE(:name, DBMS_LOGMNR.NEW); END;', text(ONLINE));
    world.database.switchLog();
    await expect(
      speaker.run('BEGIN DBMS_LOGMNR.START_LOGMNR(OPTIONS => DBMS_LOGMNR.DICT_FROM_ONLINE_CATALOG); END;'),
    ).rejects.toMatchObject({
      number: 310,
    });
  });
});

test('V$LOG, V$LOGFILE and V$ARCHIVED_LOG tell one story over many switches', async () => {
  const { world, speaker } = await threeLogs();
  for (let count = 0; count < 4; count++) world.database.switchLog();
  const online = await speaker.query(
    'SELECT l.SEQUENCE#, l.STATUS, l.ARCHIVED, f.MEMBER FROM V$LOG l JOIN V$LOGFILE f ON f.GROUP# = l.GROUP# ORDER BY 1',
  );
  expect(online.map(([sequence, status, archived]) => [sequence, status, archived])).toEqual([
    ['5', 'INACTIVE', 'YES'],
    ['6', 'ACTIVE', 'YES'],
    ['7', 'CURRENT', 'NO'],
  ]);
  const archived = await speaker.query(
    "SELECT SEQUENCE#, TO_CHAR(FIRST_CHANGE#), TO_CHAR(NEXT_CHANGE#) FROM V$ARCHIVED_LOG WHERE ARCHIVED = 'YES' ORDER BY SEQUENCE#",
  );
  expect(archived.map(([sequence]) => sequence)).toEqual(['1', '2', '3', '4', '5', '6']);
  for (const [index, [, first]] of archived.entries()) {
    if (index > 0) expect(first).toBe(archived[index - 1]?.[2]);
  }
});

test('a full log file is switched by itself', async () => {
  const world = openWorld({ logBytes: 20_000 });
  const speaker = world.connect();
  await speaker.run('CREATE TABLE T (ID NUMBER PRIMARY KEY, V VARCHAR2(100))');
  await speaker.run("INSERT INTO T SELECT LEVEL, LPAD('x', 100, 'x') FROM DUAL CONNECT BY LEVEL <= 500");
  await speaker.session.commit();
  expect((await allLogs(speaker)).length).toBeGreaterThan(4);
  expect((await mine(speaker, 'SQL_REDO')).length).toBe(500);
});

test('supplemental logging is shown where a precheck looks for it', async () => {
  const { speaker } = await threeLogs();
  const level = async (): Promise<unknown> =>
    (await speaker.query('SELECT SUPPLEMENTAL_LOG_DATA_MIN FROM V$DATABASE'))[0]?.[0];
  expect(await level()).toBe('YES');
  await speaker.run('ALTER DATABASE DROP SUPPLEMENTAL LOG DATA');
  expect(await level()).toBe('NO');
  await speaker.run('ALTER TABLE T ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS');
  expect(await level()).toBe('IMPLICIT');
  expect(await speaker.query("SELECT LOG_GROUP_TYPE, ALWAYS FROM DBA_LOG_GROUPS WHERE TABLE_NAME = 'T'")).toEqual([
    ['ALL COLUMN LOGGING', 'ALWAYS'],
  ]);
  await expect(speaker.run('ALTER TABLE T ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS')).rejects.toMatchObject({
    number: 32588,
  });
});
