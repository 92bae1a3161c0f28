import { beforeEach, describe, expect, test } from 'vitest';
import type { OracleLogControls } from '../../../../sandbox/control-oracle-logs.ts';
import { logControls } from '../../../../sandbox/oracle/log-controls.ts';
import { allLogs, mine, number, openWorld, startMining } from './world.ts';
import type { Speaker, World } from './world.ts';

let world: World;
let speaker: Speaker;
let control: OracleLogControls;

beforeEach(async () => {
  world = openWorld();
  speaker = world.connect();
  control = logControls(world.database.instance, () => undefined);
  await speaker.run('CREATE TABLE T (ID NUMBER PRIMARY KEY, V VARCHAR2(100))');
});

/** One committed row and then a switch, for each of the ids. */
async function logsWith(...ids: readonly number[]): Promise<void> {
  for (const id of ids) {
    await speaker.run('INSERT INTO T (ID) VALUES (:id)', number(String(id)));
    await speaker.session.commit();
    control.switchLog(1);
  }
}

const archived = async (columns: string): Promise<unknown> =>
  speaker.query(`SELECT ${columns} FROM V$ARCHIVED_LOG ORDER BY RECID`);

const purge = (sequence: number, silently: boolean): number =>
  control.purgeLogs({ thread: 1, sequences: [sequence, sequence], silently });

describe('archiving', () => {
  test('waits as long as it is told to, but never lets an online file be written over first', async () => {
    control.setArchiveDelay(60_000);
    await logsWith(1);
    expect(await archived('SEQUENCE#')).toEqual([]);
    expect(await speaker.query("SELECT SEQUENCE#, ARCHIVED FROM V$LOG WHERE STATUS = 'ACTIVE'")).toEqual([['1', 'NO']]);
    world.pass(60_000);
    expect(await archived("SEQUENCE#, TO_CHAR(COMPLETION_TIME - NEXT_TIME, 'TM9')")).toEqual([
      ['1', expect.stringMatching(/^\.00069/)],
    ]);
    control.setArchiveDelay(Number.POSITIVE_INFINITY);
    await logsWith(2, 3, 4);
    expect(await archived('SEQUENCE#')).toEqual([['1'], ['2']]);
    control.setArchiveDelay(0);
    expect(await archived('SEQUENCE#')).toEqual([['1'], ['2'], ['3'], ['4']]);
  });

  test('goes to every valid destination', async () => {
    control.setDestinations([
      { id: 1, status: 'ERROR' },
      { id: 2, status: 'VALID' },
      { id: 3, status: 'VALID' },
    ]);
    await logsWith(1);
    expect(await archived('DEST_ID, NAME')).toEqual([
      ['2', '/u02/app/oracle/archive/1_1_1098000000.arc'],
      ['3', '/u03/app/oracle/archive/1_1_1098000000.arc'],
    ]);
    expect(await speaker.query('SELECT DEST_ID, TYPE, STATUS FROM V$ARCHIVE_DEST_STATUS')).toEqual([
      ['1', 'LOCAL', 'ERROR'],
      ['2', 'LOCAL', 'VALID'],
      ['3', 'LOCAL', 'VALID'],
    ]);
    expect(control.purgeLogs({ thread: 1, sequences: [1, 1], silently: false, destination: 2 })).toBe(1);
    const files = (await allLogs(speaker)).filter((name) => name !== '');
    expect((await mine(speaker, 'SQL_REDO', { files })).length).toBe(1);
    expect(() => {
      control.setDestinations([{ id: 1, status: 'DEFERRED' }]);
    }).toThrow('VALID');
  });

  test('follows a change of the size of log files', async () => {
    control.setLogBytes(8192);
    control.switchLog(1);
    await speaker.run("INSERT INTO T SELECT LEVEL, LPAD('x', 100, 'x') FROM DUAL CONNECT BY LEVEL <= 200");
    await speaker.session.commit();
    const sizes = await speaker.query('SELECT BLOCKS * BLOCK_SIZE FROM V$ARCHIVED_LOG WHERE SEQUENCE# > 1');
    expect(sizes.length).toBeGreaterThan(3);
    for (const [bytes] of sizes) expect(Number(bytes)).toBeLessThanOrEqual(8192);
    expect(await speaker.query("SELECT BYTES FROM V$LOG WHERE STATUS = 'CURRENT'")).toEqual([['8192']]);
    expect((await mine(speaker, 'SQL_REDO')).length).toBe(200);
  });
});

describe('an archived log', () => {
  test('that RMAN deleted has lost its name', async () => {
    await logsWith(1, 2, 3, 4);
    const [[used] = []] = await speaker.query('SELECT NUMBER_OF_FILES FROM V$RECOVERY_FILE_DEST');
    expect(used).toBe('4');
    expect(control.purgeLogs({ thread: 1, sequences: [1, 2], silently: false })).toBe(2);
    expect(await archived('SEQUENCE#, NAME, DELETED, STATUS')).toEqual([
      ['1', null, 'YES', 'D'],
      ['2', null, 'YES', 'D'],
      ['3', '/u01/app/oracle/archive/1_3_1098000000.arc', 'NO', 'A'],
      ['4', '/u01/app/oracle/archive/1_4_1098000000.arc', 'NO', 'A'],
    ]);
    expect(() => purge(1, false)).toThrow('gone already');
    await expect(startMining(speaker, { files: ['/u01/app/oracle/archive/1_1_1098000000.arc'] })).rejects.toMatchObject(
      {
        number: 1284,
        message: expect.stringContaining('ORA-00308') as string,
      },
    );
  });

  test('that went without a word is named and cannot be opened, neither by a session that had added it', async () => {
    await logsWith(1, 2, 3, 4);
    await startMining(speaker);
    expect(purge(1, true)).toBe(1);
    expect(await archived('NAME, DELETED')).toContainEqual(['/u01/app/oracle/archive/1_1_1098000000.arc', 'NO']);
    await expect(speaker.query('SELECT COUNT(*) FROM V$LOGMNR_CONTENTS')).rejects.toMatchObject({ number: 308 });
    await expect(startMining(speaker)).rejects.toMatchObject({ number: 1284 });
  });

  test('that is restored is cataloged once more, or twice', async () => {
    await logsWith(1, 2, 3, 4);
    purge(1, false);
    world.pass(10_000);
    control.restoreLog({ thread: 1, sequence: 1 }, 2);
    const copies = "SELECT NAME, TO_CHAR(COMPLETION_TIME, 'SS') FROM V$ARCHIVED_LOG WHERE SEQUENCE# = 1 ORDER BY RECID";
    expect(await speaker.query(copies)).toEqual([
      [null, '05'],
      ['/u01/app/oracle/archive/1_1_1098000000.arc', '15'],
      ['/u01/app/oracle/archive/1_1_1098000000_2.arc', '15'],
    ]);
    const files = (await allLogs(speaker)).filter((name) => name !== '' && !name.endsWith('_2.arc'));
    expect((await mine(speaker, 'SQL_REDO', { files })).length).toBe(4);
  });

  test('is opened when its turn comes: what goes away while it is mined ends the query in the middle', async () => {
    await logsWith(1, 2, 3, 4);
    await startMining(speaker);
    const result = await speaker.run('SELECT SCN FROM V$LOGMNR_CONTENTS');
    if (result.kind !== 'query') throw new Error('no query');
    expect((await result.fetch(2)).length).toBe(2);
    purge(3, true);
    await expect(result.fetch(1000)).rejects.toMatchObject({ number: 308 });
  });
});

test('an online file that is written over while it is mined ends the query in the middle', async () => {
  await logsWith(1);
  await speaker.run("INSERT INTO T SELECT LEVEL + 100, 'x' FROM DUAL CONNECT BY LEVEL <= 50");
  await speaker.session.commit();
  await startMining(speaker);
  const result = await speaker.run('SELECT SCN FROM V$LOGMNR_CONTENTS WHERE OPERATION_CODE = 1');
  if (result.kind !== 'query') throw new Error('no query');
  expect((await result.fetch(10)).length).toBe(10);
  for (let count = 0; count < 3; count++) control.switchLog(1);
  await expect(result.fetch(1000)).rejects.toMatchObject({
    number: 310,
    message: expect.stringContaining('ORA-00334') as string,
  });
});

describe('mining that begins in the middle of a transaction', () => {
  async function lateStart(): Promise<unknown> {
    await speaker.run('INSERT INTO T (ID) VALUES (1)');
    const start = String(world.database.instance.redo.scn + 1);
    await speaker.run("UPDATE T SET V = 'a'");
    await speaker.run('INSERT INTO T (ID) VALUES (2)');
    await speaker.run('SAVEPOINT S');
    await speaker.run('DELETE FROM T');
    await speaker.run('ROLLBACK TO S');
    await speaker.session.commit();
    return mine(speaker, 'OPERATION_CODE, ROLLBACK, XIDSQN - 4294967295, STATUS, START_SCN, COMMIT_SCN', {
      start,
      where: 'OPERATION_CODE < 5 OR OPERATION_CODE = 255',
    });
  }
  const own = expect.stringMatching(/^-\d+$/) as string;

  test('cannot read updates and deletes, and does not know whose the compensations are', async () => {
    expect(await lateStart()).toEqual([
      ['255', '0', own, '2', null, null],
      ['1', '0', own, '0', null, null],
      ['255', '0', own, '2', null, null],
      ['255', '0', own, '2', null, null],
      ['1', '1', '0', '0', null, null],
      ['1', '1', '0', '0', null, null],
    ]);
  });

  test('reads them when it is lenient', async () => {
    control.setLateStart('lenient');
    const rows = await lateStart();
    expect(rows).toEqual([
      ['3', '0', own, '0', null, null],
      ['1', '0', own, '0', null, null],
      ['2', '0', own, '0', null, null],
      ['2', '0', own, '0', null, null],
      ['1', '1', '0', '0', null, null],
      ['1', '1', '0', '0', null, null],
    ]);
  });
});

test('mining more megabytes of log than the memory suffices for is refused', async () => {
  await logsWith(1);
  control.limitMiningMemory(1000);
  await expect(startMining(speaker)).rejects.toMatchObject({ number: 4036 });
  control.limitMiningMemory(1_000_000);
  await expect(startMining(speaker)).resolves.toBeUndefined();
});

describe('a direct-path insert', () => {
  const load = "INSERT /*+ APPEND */ INTO T SELECT LEVEL, 'x' FROM DUAL CONNECT BY LEVEL <= 3";
  const unrecoverable = async (): Promise<number> =>
    Number((await speaker.query('SELECT TO_CHAR(UNRECOVERABLE_CHANGE#) FROM V$DATAFILE'))[0]?.[0]);

  beforeEach(() => {
    control.setTableLogging({ owner: 'HR', name: 'T' }, false);
  });

  test('is in the redo while logging is forced', async () => {
    expect(await speaker.query("SELECT LOGGING FROM DBA_TABLES WHERE TABLE_NAME = 'T'")).toEqual([['NO']]);
    await speaker.run(load);
    await speaker.session.commit();
    expect(await mine(speaker, 'SQL_REDO')).toHaveLength(3);
    expect(await unrecoverable()).toBe(0);
  });

  test.each([
    ['SELECT', load, 3],
    ['VALUES', 'INSERT /*+ APPEND_VALUES */ INTO T VALUES (1, NULL)', 1],
  ])('of %s into a table without logging is not, and V$DATAFILE tells', async (_kind, sql, rows) => {
    control.setForceLogging(false);
    expect(await speaker.query('SELECT FORCE_LOGGING FROM V$DATABASE')).toEqual([['NO']]);
    await speaker.run(sql);
    await speaker.session.commit();
    await speaker.run('INSERT INTO T VALUES (100, NULL)');
    await speaker.session.commit();
    expect(await speaker.query('SELECT COUNT(*) FROM T')).toEqual([[String(rows + 1)]]);
    expect(await mine(speaker, 'SQL_REDO')).toEqual([[`insert into "HR"."T"("ID","V") values ('100',NULL)`]]);
    expect(await unrecoverable()).toBeGreaterThan(1_000_000);
  });

  test('that is rolled back leaves nothing, and one without the hint is in the redo', async () => {
    control.setForceLogging(false);
    await speaker.run(load);
    await speaker.session.rollback();
    world.pass(1000);
    expect(await speaker.query('SELECT COUNT(*) FROM T')).toEqual([['0']]);
    expect(await mine(speaker, 'OPERATION')).toEqual([['ROLLBACK']]);
    await speaker.run(load.replace('/*+ APPEND */', ''));
    await speaker.session.commit();
    expect(await mine(speaker, 'OPERATION', { where: 'OPERATION_CODE = 1' })).toHaveLength(3);
  });
});
