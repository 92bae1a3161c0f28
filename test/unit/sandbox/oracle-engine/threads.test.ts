import { describe, expect, test } from 'vitest';
import { logControls } from '../../../../sandbox/oracle/log-controls.ts';
import type { OracleLogControls } from '../../../../sandbox/control-oracle-logs.ts';
import { allLogs, number, openWorld, startMining } from './world.ts';
import type { Speaker, Value, World } from './world.ts';

interface Cluster {
  readonly world: World;
  readonly control: OracleLogControls;
  /** A session of the first, of the second instance. */
  readonly one: Speaker;
  readonly two: Speaker;
  readonly write: (speaker: Speaker, id: number) => Promise<void>;
}

async function cluster(): Promise<Cluster> {
  const world = openWorld();
  const control = logControls(world.database.instance, () => undefined);
  await world.connect().run('CREATE TABLE T (ID NUMBER PRIMARY KEY)');
  control.setThreads(2);
  return {
    world,
    control,
    one: world.connect(undefined, 'ORCL1'),
    two: world.connect(undefined, 'ORCL2'),
    write: async (speaker, id) => {
      await speaker.run('INSERT INTO T VALUES (:id)', number(String(id)));
      await speaker.session.commit();
    },
  };
}

const CURRENT = "SELECT F.MEMBER FROM V$LOG L JOIN V$LOGFILE F ON F.GROUP# = L.GROUP# WHERE L.STATUS = 'CURRENT'";

async function mined(speaker: Speaker, files: readonly string[]): Promise<readonly (readonly Value[])[]> {
  const end = await lowestWritten(speaker);
  await startMining(speaker, { files, end });
  return speaker.query('SELECT THREAD#, SQL_REDO FROM V$LOGMNR_CONTENTS WHERE OPERATION_CODE = 1');
}

async function lowestWritten(speaker: Speaker): Promise<string> {
  return (await speaker.query('SELECT TO_CHAR(MIN(LAST_REDO_CHANGE#)) FROM V$THREAD'))[0]?.[0] ?? '';
}

const inserted = (thread: number, id: number): readonly Value[] => [
  String(thread),
  `insert into "HR"."T"("ID") values ('${id}')`,
];

describe('two threads of redo', () => {
  test('have sequences and files of their own, and LogMiner merges them by SCN', async () => {
    const { world, control, one, two, write } = await cluster();
    await write(one, 1);
    await write(two, 2);
    control.switchLog(2);
    await write(two, 3);
    await write(one, 4);
    world.pass(1000);
    const files = await allLogs(one);
    expect(files.map((name) => name.replace(/.*\//, ''))).toEqual(['2_1_1098000000.arc', 'redo01.log', 'redo05.log']);
    expect(await mined(one, files)).toEqual([inserted(1, 1), inserted(2, 2), inserted(2, 3), inserted(1, 4)]);
    expect(await two.query('SELECT INSTANCE_NAME, THREAD# FROM V$INSTANCE')).toEqual([['orcl2', '2']]);
    expect(await one.query('SELECT INST_ID, INSTANCE_NAME FROM GV$INSTANCE ORDER BY 1')).toEqual([
      ['1', 'orcl1'],
      ['2', 'orcl2'],
    ]);
  });

  test('of which LogMiner is given one alone lack the other without a word', async () => {
    const { one, two, write, world } = await cluster();
    await write(one, 1);
    await write(two, 2);
    world.pass(1000);
    const [[first] = [], [second] = []] = await one.query(CURRENT);
    expect(await mined(one, [first ?? ''])).toEqual([inserted(1, 1)]);
    await expect(startMining(one, { files: [second ?? ''], start: '1000000' })).resolves.toBeUndefined();
  });

  test('sessions of the common service are dealt out in turn, and each instance has its own undo segments', async () => {
    const { world } = await cluster();
    const sessions = [world.connect(), world.connect(), world.connect()];
    for (const [id, session] of sessions.entries()) await session.run('INSERT INTO T VALUES (:id)', number(String(id)));
    const rows = await world.connect().query('SELECT INST_ID, XIDUSN FROM GV$TRANSACTION ORDER BY START_SCN');
    const threads = rows.map(([thread]) => thread);
    expect([...threads].sort()).toEqual(threads[0] === '1' ? ['1', '1', '2'] : ['1', '2', '2']);
    for (const [thread, usn] of rows) expect(Number(usn) > 10).toBe(thread === '2');
  });

  test('whose log writer is held back: commits are seen, their redo is not', async () => {
    const { world, control, one, two, write } = await cluster();
    await write(two, 1);
    control.holdFlush(2, true);
    const before = await one.query('SELECT TO_CHAR(LAST_REDO_CHANGE#) FROM V$THREAD WHERE THREAD# = 2');
    await write(two, 2);
    await write(one, 3);
    world.pass(5000);
    expect(await one.query('SELECT COUNT(*) FROM T')).toEqual([['3']]);
    expect(await one.query('SELECT TO_CHAR(LAST_REDO_CHANGE#) FROM V$THREAD WHERE THREAD# = 2')).toEqual(before);
    const files = await allLogs(one);
    const late = async (): Promise<unknown> => {
      await startMining(one, { files, end: String(world.database.instance.redo.scn) });
      return one.query('SELECT THREAD#, SQL_REDO FROM V$LOGMNR_CONTENTS WHERE OPERATION_CODE = 1');
    };
    expect(await late()).toEqual([inserted(2, 1), inserted(1, 3)]);
    expect(() => {
      control.switchLog(2);
    }).toThrow('ORA-03001');
    control.holdFlush(2, false);
    expect(await late()).toEqual([inserted(2, 1), inserted(2, 2), inserted(1, 3)]);
  });
});

test('a file of one thread that is written over ends a query that is reading the other', async () => {
  const { world, control, one, two, write } = await cluster();
  for (const id of [1, 3, 5]) {
    await write(one, id);
    await write(two, id + 1);
  }
  world.pass(1000);
  await startMining(one, { files: await allLogs(one), end: await lowestWritten(one) });
  const result = await one.run('SELECT THREAD# FROM V$LOGMNR_CONTENTS WHERE OPERATION_CODE = 1');
  if (result.kind !== 'query') throw new Error('no query');
  expect(await result.fetch(1)).toEqual([['1']]);
  for (let count = 0; count < 3; count++) control.switchLog(1);
  await expect(result.fetch(1)).rejects.toMatchObject({ number: 310 });
});

describe('a node', () => {
  test('that is lost takes its open transactions and sessions with it, and its thread is closed', async () => {
    const { world, control, one, two, write } = await cluster();
    await write(two, 1);
    await two.run('INSERT INTO T VALUES (2)');
    control.changeThread(2, 'crash');
    await expect(two.run('INSERT INTO T VALUES (3)')).rejects.toMatchObject({ number: 3113 });
    await expect(two.session.commit()).rejects.toMatchObject({ number: 3113 });
    await two.session.close();
    expect(await one.query('SELECT ID FROM T')).toEqual([['1']]);
    const state = 'SELECT STATUS, ENABLED, SEQUENCE# FROM V$THREAD WHERE THREAD# = 2';
    expect(await one.query(state)).toEqual([['CLOSED', 'PUBLIC', '1']]);
    const [closed] = await one.query('SELECT TO_CHAR(CHECKPOINT_CHANGE#) FROM V$THREAD WHERE THREAD# = 2');
    control.jumpScn(2_000_000);
    control.changeThread(2, 'open');
    expect(await one.query(state)).toEqual([['OPEN', 'PUBLIC', '2']]);
    const logs = await one.query(
      'SELECT TO_CHAR(FIRST_CHANGE#), TO_CHAR(NEXT_CHANGE#) FROM V$LOG WHERE THREAD# = 2 AND SEQUENCE# > 0 ORDER BY SEQUENCE#',
    );
    expect(logs[0]?.[1]).toBe(String(Number(closed?.[0]) + 1));
    expect(Number(logs[1]?.[0])).toBeGreaterThan(2_000_000);
    world.pass(1000);
    await startMining(one, { files: await allLogs(one), end: await lowestWritten(one) });
    const rows = await one.query('SELECT OPERATION FROM V$LOGMNR_CONTENTS WHERE THREAD# = 2 ORDER BY SCN');
    expect(rows.map(([operation]) => operation)).toEqual(['START', 'INSERT', 'COMMIT', 'START', 'INSERT']);
  });

  test('that is shut down, disabled and enabled again keeps its sequences', async () => {
    const { world, control, one, two, write } = await cluster();
    await write(two, 1);
    await two.run('INSERT INTO T VALUES (2)');
    control.changeThread(2, 'close');
    control.changeThread(2, 'disable');
    expect(await one.query('SELECT ENABLED FROM V$THREAD ORDER BY THREAD#')).toEqual([['PUBLIC'], ['DISABLED']]);
    expect(() => {
      control.changeThread(2, 'open');
    }).toThrow('disabled');
    control.changeThread(2, 'enable');
    control.changeThread(2, 'open');
    const [row] = await one.query(
      'SELECT T.SEQUENCE#, L.FIRST_CHANGE# - T.ENABLE_CHANGE#, T.ENABLE_CHANGE# - T.DISABLE_CHANGE# FROM V$THREAD T ' +
        "JOIN V$LOG L ON L.THREAD# = T.THREAD# WHERE T.THREAD# = 2 AND L.STATUS = 'CURRENT'",
    );
    expect(row).toEqual(['2', '0', '1']);
    world.pass(1000);
    await startMining(one, { files: await allLogs(one), end: await lowestWritten(one) });
    const ends = await one.query(
      'SELECT OPERATION FROM V$LOGMNR_CONTENTS WHERE THREAD# = 2 AND OPERATION_CODE IN (7, 36) ORDER BY SCN',
    );
    expect(ends).toEqual([['COMMIT'], ['ROLLBACK']]);
  });
});

describe('the whole database', () => {
  test('after a crash goes on with the next sequences, above the jump of SCNs', async () => {
    const { world, control, one, write } = await cluster();
    await write(one, 1);
    await one.run('DELETE FROM T');
    control.crash(1_000_000);
    const again = world.connect();
    expect(await again.query('SELECT ID FROM T')).toEqual([['1']]);
    expect(world.database.journal(0).length).toBe(1);
    const sequences = await again.query("SELECT THREAD#, SEQUENCE# FROM V$LOG WHERE STATUS = 'CURRENT' ORDER BY 1");
    expect(sequences).toEqual([
      ['1', '2'],
      ['2', '2'],
    ]);
    await write(again, 2);
    expect(Number(world.database.journal(1)[0]?.commitScn)).toBeGreaterThan(2_000_000);
    world.pass(1000);
    expect((await mined(again, await allLogs(again))).map(([, sql]) => sql)).toHaveLength(2);
  });

  test('opened with RESETLOGS begins its sequences anew and keeps its changes', async () => {
    const { world, control, one, write } = await cluster();
    await write(one, 1);
    const [before] = await one.query('SELECT TO_CHAR(RESETLOGS_CHANGE#) FROM V$DATABASE');
    control.resetlogs();
    const again = world.connect();
    const [after] = await again.query('SELECT TO_CHAR(RESETLOGS_CHANGE#) FROM V$DATABASE');
    expect(Number(after?.[0])).toBeGreaterThan(1_000_000);
    expect(
      await again.query(
        'SELECT STATUS, TO_CHAR(RESETLOGS_CHANGE#), TO_CHAR(PRIOR_RESETLOGS_CHANGE#) FROM V$DATABASE_INCARNATION ORDER BY 2',
      ),
    ).toEqual([
      ['CURRENT', after?.[0], before?.[0]],
      ['PARENT', before?.[0], '1'],
    ]);
    expect(await again.query("SELECT SEQUENCE# FROM V$LOG WHERE STATUS = 'CURRENT'")).toEqual([['1'], ['1']]);
    const names = await again.query('SELECT NAME FROM V$ARCHIVED_LOG WHERE THREAD# = 1');
    expect(names).toEqual([['/u01/app/oracle/archive/1_1_1098000000.arc']]);
    await write(again, 2);
    control.switchLog(1);
    expect((await again.query('SELECT NAME FROM V$ARCHIVED_LOG WHERE THREAD# = 1')).at(-1)).toEqual([
      '/u01/app/oracle/archive/1_1_1098000001.arc',
    ]);
  });

  test('as a standby is read-only until it is primary again', async () => {
    const { world, control, one, write } = await cluster();
    await write(one, 1);
    const id = await one.query('SELECT DBID, RESETLOGS_CHANGE# FROM V$DATABASE');
    control.setRole('PHYSICAL STANDBY');
    const standby = world.connect();
    expect(await standby.query('SELECT DATABASE_ROLE, OPEN_MODE FROM V$DATABASE')).toEqual([
      ['PHYSICAL STANDBY', 'READ ONLY'],
    ]);
    await expect(standby.run('DELETE FROM T')).rejects.toMatchObject({ number: 16000 });
    control.setRole('PRIMARY');
    const primary = world.connect();
    expect(await primary.query('SELECT DBID, RESETLOGS_CHANGE# FROM V$DATABASE')).toEqual(id);
    await write(primary, 2);
  });

  test('takes SCNs beyond what 32 bits hold, and never lower ones', async () => {
    const { world, control, one, write } = await cluster();
    await write(one, 1);
    control.jumpScn(2 ** 40);
    expect(() => {
      control.jumpScn(2 ** 39);
    }).toThrow('do not go back');
    await write(one, 2);
    world.pass(1000);
    expect(await mined(one, await allLogs(one))).toHaveLength(2);
    expect(Number(world.database.journal(1)[0]?.commitScn)).toBeGreaterThan(2 ** 40);
  });

  test('shows what its host thinks the time is, also in redo that was written before the change', async () => {
    const { world, control, one, write } = await cluster();
    await write(one, 1);
    control.setClock({ zoneMinutes: 120 });
    await write(one, 2);
    control.setClock({ zoneMinutes: 60, offsetMilliseconds: -3_600_000 });
    await write(one, 3);
    world.pass(1000);
    expect(await one.query("SELECT TO_CHAR(SYSTIMESTAMP, 'HH24:MI:SS TZH:TZM') FROM DUAL")).toEqual([
      ['03:04:06 +01:00'],
    ]);
    await startMining(one, { files: await allLogs(one), end: await lowestWritten(one) });
    const times = await one.query(
      "SELECT TO_CHAR(TIMESTAMP, 'HH24:MI:SS') FROM V$LOGMNR_CONTENTS WHERE OPERATION_CODE = 1 ORDER BY SCN",
    );
    expect(times).toEqual([['03:04:05'], ['05:04:05'], ['03:04:05']]);
  });
});
