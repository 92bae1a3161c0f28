/** The sandbox's redo logs, threads and restarts, as a stranger's driver meets them. */
import oracledb from 'oracledb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/start.ts';

let sandbox: Sandbox;
const open: oracledb.Connection[] = [];

beforeEach(async () => {
  sandbox = await startSandbox();
  const connection = await connect();
  await connection.execute('CREATE TABLE T (ID NUMBER PRIMARY KEY, V VARCHAR2(100))');
});

afterEach(async () => {
  for (const connection of open.splice(0)) await connection.close().catch(() => undefined);
  await sandbox[Symbol.asyncDispose]();
});

async function connect(service = 'ORCL'): Promise<oracledb.Connection> {
  const { user, password } = sandbox.oracle;
  const connectString = sandbox.oracle.connectString.replace(/\/.*$/, `/${service}`);
  const connection = await oracledb.getConnection({ user, password, connectString });
  open.push(connection);
  return connection;
}

async function control(action: string, body: object = {}): Promise<unknown> {
  const response = await fetch(`${sandbox.control}/oracle/${action}`, { method: 'POST', body: JSON.stringify(body) });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer;
}

async function rows(connection: oracledb.Connection, sql: string): Promise<unknown[][]> {
  return (await connection.execute<unknown[]>(sql)).rows ?? [];
}

async function insert(connection: oracledb.Connection, ...ids: readonly number[]): Promise<void> {
  for (const id of ids) await connection.execute('INSERT INTO T (ID) VALUES (:id)', [id]);
  await connection.commit();
}

const CURRENT = "SELECT F.MEMBER FROM V$LOG L JOIN V$LOGFILE F ON F.GROUP# = L.GROUP# WHERE L.STATUS = 'CURRENT'";

/** Names of all files that the database knows, by thread and sequence. */
async function files(connection: oracledb.Connection): Promise<readonly string[]> {
  const archived = await rows(
    connection,
    'SELECT NAME FROM V$ARCHIVED_LOG WHERE NAME IS NOT NULL ORDER BY THREAD#, SEQUENCE#',
  );
  return [...archived, ...(await rows(connection, CURRENT))].map(([name]) => String(name));
}

async function startMining(
  connection: oracledb.Connection,
  names: readonly string[],
  range: { readonly start?: string; readonly end?: string } = {},
): Promise<void> {
  for (const [index, name] of names.entries()) {
    await connection.execute('BEGIN DBMS_LOGMNR.ADD_LOGFILE(:name, :options); END;', [name, index === 0 ? 1 : 3]);
  }
  await connection.execute('BEGIN DBMS_LOGMNR.START_LOGMNR(TO_NUMBER(:a), TO_NUMBER(:b), 2128); END;', [
    range.start ?? '0',
    range.end ?? '0',
  ]);
}

/** Threads and statements of the inserts in these files. */
async function inserts(connection: oracledb.Connection, names: readonly string[]): Promise<unknown[][]> {
  await startMining(connection, names);
  return rows(connection, 'SELECT THREAD#, SQL_REDO FROM V$LOGMNR_CONTENTS WHERE OPERATION_CODE = 1');
}

const inserted = (thread: number, id: number): unknown[] => [
  thread,
  `insert into "HR"."T"("ID","V") values ('${id}',NULL)`,
];

/** Until every log writer has done its idle work. */
async function heartbeat(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1100));
}

describe('log files', () => {
  test('are purged, so that their rows cannot be mined, and restored, so that they can', async () => {
    const connection = await connect();
    for (const id of [1, 2, 3, 4]) {
      await insert(connection, id);
      await control('switch-log');
    }
    const all = await files(connection);
    expect(await control('purge-log', { thread: 1, upTo: 1 })).toEqual({ purged: 1 });
    expect(await rows(connection, 'SELECT SEQUENCE#, NAME, DELETED FROM V$ARCHIVED_LOG WHERE SEQUENCE# = 1')).toEqual([
      [1, null, 'YES'],
    ]);
    await expect(startMining(connection, all)).rejects.toThrow(/ORA-01284[\s\S]*ORA-00308/);
    expect(await inserts(connection, await files(connection))).toEqual([
      inserted(1, 2),
      inserted(1, 3),
      inserted(1, 4),
    ]);
    await expect(startMining(connection, await files(connection), { start: '1000000' })).rejects.toThrow('ORA-01291');
    await control('restore-log', { thread: 1, sequence: 1, times: 2 });
    const copies = 'SELECT NAME FROM V$ARCHIVED_LOG WHERE SEQUENCE# = 1 AND NAME IS NOT NULL';
    expect(await rows(connection, copies)).toHaveLength(2);
    expect(await inserts(connection, all)).toHaveLength(4);
    await control('purge-log', { sequence: 2, silently: true });
    expect(await files(connection)).toContain(all[1]);
    await expect(startMining(connection, all)).rejects.toThrow('ORA-01284');
    await expect(control('purge-log', { sequence: 99 })).rejects.toThrow('no such archived log');
  });

  test('that are online are written over under the miner in the middle of its fetches', async () => {
    const connection = await connect();
    await connection.execute("INSERT INTO T SELECT LEVEL, 'x' FROM DUAL CONNECT BY LEVEL <= 1000");
    await connection.commit();
    await startMining(connection, (await files(connection)).slice(-1));
    const { resultSet } = await connection.execute<unknown[]>('SELECT SCN FROM V$LOGMNR_CONTENTS', [], {
      resultSet: true,
      prefetchRows: 10,
      fetchArraySize: 10,
    });
    if (resultSet === undefined) throw new Error('no result set');
    expect(await resultSet.getRows(10)).toHaveLength(10);
    for (let count = 0; count < 3; count++) await control('switch-log');
    await expect(resultSet.getRows(900)).rejects.toThrow(/ORA-00310[\s\S]*ORA-00334/);
  });

  test('are archived late, and to the destinations that are valid', async () => {
    const connection = await connect();
    await control('archive-delay', { milliseconds: null });
    await control('archive-destinations', {
      destinations: [
        { id: 1, status: 'ERROR' },
        { id: 2, status: 'VALID' },
      ],
    });
    await connection.execute('ALTER SYSTEM SWITCH LOGFILE');
    expect(await rows(connection, 'SELECT SEQUENCE# FROM V$ARCHIVED_LOG')).toEqual([]);
    await control('archive-delay', { milliseconds: 0 });
    expect(await rows(connection, 'SELECT DEST_ID, SEQUENCE# FROM V$ARCHIVED_LOG')).toEqual([[2, 1]]);
  });

  test('are too many for the memory of a mining session', async () => {
    const connection = await connect();
    await control('mining-memory', { megabytes: 0 });
    await expect(startMining(connection, await files(connection))).rejects.toThrow('ORA-04036');
    await control('mining-memory', { megabytes: null });
    await startMining(connection, await files(connection));
  });
});

describe('a second thread', () => {
  test('has its service, its files and its row in V$THREAD, and its own pace', async () => {
    await expect(connect('ORCL2')).rejects.toThrow('NJS-518');
    await control('threads', { count: 2 });
    const [one, two] = [await connect('ORCL1'), await connect('ORCL2')];
    await insert(one, 1);
    await insert(two, 2);
    await control('hold-flush', { thread: 2, holding: true });
    await insert(two, 3);
    await insert(one, 4);
    await heartbeat();
    expect(await rows(one, 'SELECT COUNT(*) FROM T')).toEqual([[4]]);
    const behind =
      'SELECT COUNT(*) FROM V$THREAD A JOIN V$THREAD B ON B.THREAD# = 2 WHERE A.THREAD# = 1 ' +
      'AND B.LAST_REDO_CHANGE# < A.LAST_REDO_CHANGE#';
    expect(await rows(one, behind)).toEqual([[1]]);
    const both = await files(one);
    expect(await inserts(one, both)).toEqual([inserted(1, 1), inserted(2, 2), inserted(1, 4)]);
    await control('hold-flush', { thread: 2, holding: false });
    expect(await inserts(one, both)).toEqual([inserted(1, 1), inserted(2, 2), inserted(2, 3), inserted(1, 4)]);
    expect(await inserts(one, both.slice(0, 1))).toEqual([inserted(1, 1), inserted(1, 4)]);
  });

  test('is closed when its node is lost, with its sessions and what they had not committed', async () => {
    await control('threads', { count: 2 });
    const [one, two] = [await connect('ORCL1'), await connect('ORCL2')];
    await insert(two, 1);
    await two.execute('INSERT INTO T (ID) VALUES (2)');
    expect(await rows(one, 'SELECT INST_ID FROM GV$TRANSACTION')).toEqual([[2]]);
    await control('thread', { thread: 2, do: 'crash' });
    await expect(two.commit()).rejects.toThrow(/ORA-03113|NJS-500|DPI/);
    expect(await rows(one, 'SELECT ID FROM T')).toEqual([[1]]);
    expect(await rows(one, 'SELECT STATUS FROM V$THREAD ORDER BY THREAD#')).toEqual([['OPEN'], ['CLOSED']]);
    await expect(connect('ORCL2')).rejects.toThrow('NJS-518');
    await control('thread', { thread: 2, do: 'open' });
    await insert(await connect('ORCL2'), 3);
    expect(await rows(one, 'SELECT SEQUENCE# FROM V$THREAD ORDER BY THREAD#')).toEqual([[1], [2]]);
  });
});

describe('the instance', () => {
  test('crashes: connections drop, open transactions vanish without a ROLLBACK, SCNs jump', async () => {
    const [writer, other] = [await connect(), await connect()];
    await insert(writer, 1);
    await writer.execute('DELETE FROM T');
    await control('instance-crash', { scnJump: 500_000 });
    await expect(writer.commit()).rejects.toThrow(/NJS-|ORA-/);
    await expect(rows(other, 'SELECT 1 FROM DUAL')).rejects.toThrow(/NJS-|ORA-/);
    const again = await connect();
    expect(await rows(again, 'SELECT ID FROM T')).toEqual([[1]]);
    await insert(again, 2);
    await startMining(again, await files(again));
    const operations = await rows(again, 'SELECT OPERATION FROM V$LOGMNR_CONTENTS WHERE OPERATION_CODE IN (1, 2, 36)');
    expect(operations).toEqual([['INSERT'], ['DELETE'], ['INSERT']]);
    const [[first, next] = []] = await rows(
      again,
      "SELECT L.FIRST_CHANGE#, A.NEXT_CHANGE# FROM V$LOG L JOIN V$ARCHIVED_LOG A ON A.SEQUENCE# = 1 WHERE L.STATUS = 'CURRENT'",
    );
    expect(Number(first) - Number(next)).toBeGreaterThanOrEqual(500_000);
  });

  test('opens with RESETLOGS: another incarnation, sequences from 1', async () => {
    await insert(await connect(), 1);
    await control('resetlogs');
    const again = await connect();
    expect(await rows(again, 'SELECT INCARNATION#, STATUS FROM V$DATABASE_INCARNATION ORDER BY INCARNATION#')).toEqual([
      [2, 'PARENT'],
      [3, 'CURRENT'],
    ]);
    expect(await rows(again, "SELECT SEQUENCE# FROM V$LOG WHERE STATUS = 'CURRENT'")).toEqual([[1]]);
    expect(
      await rows(again, 'SELECT COUNT(*) FROM V$DATABASE D JOIN V$THREAD T ON T.ENABLE_CHANGE# = D.RESETLOGS_CHANGE#'),
    ).toEqual([[1]]);
    expect(await rows(again, 'SELECT ID FROM T')).toEqual([[1]]);
  });

  test('changes its role, and back', async () => {
    await control('switchover', { role: 'PHYSICAL STANDBY' });
    const standby = await connect();
    expect(await rows(standby, 'SELECT DATABASE_ROLE, OPEN_MODE FROM V$DATABASE')).toEqual([
      ['PHYSICAL STANDBY', 'READ ONLY'],
    ]);
    await expect(insert(standby, 1)).rejects.toThrow('ORA-16000');
    await control('switchover', { role: 'PRIMARY' });
    await insert(await connect(), 1);
  });

  test('takes a jump of SCNs and a change of its clock', async () => {
    const connection = await connect();
    await control('scn', { to: '1099511627776' });
    await insert(connection, 1);
    const [[scn] = []] = await rows(connection, 'SELECT TO_CHAR(CURRENT_SCN) FROM V$DATABASE');
    expect(BigInt(String(scn))).toBeGreaterThan(2n ** 40n);
    await expect(control('scn', { to: '5' })).rejects.toThrow('do not go back');
    await control('clock', { offsetMilliseconds: -3_600_000, zoneMinutes: 120 });
    const [[offset] = []] = await rows(connection, "SELECT TO_CHAR(SYSTIMESTAMP, 'TZH:TZM') FROM DUAL");
    expect(offset).toBe('+02:00');
    expect(await inserts(connection, await files(connection))).toEqual([inserted(1, 1)]);
  });
});

test('mining that begins late loses rows, unless it is told to be lenient', async () => {
  const connection = await connect();
  await connection.execute('INSERT INTO T (ID) VALUES (1)');
  const [[start] = []] = await rows(connection, 'SELECT TO_CHAR(CURRENT_SCN) FROM V$DATABASE');
  await connection.execute("UPDATE T SET V = 'a'");
  await connection.commit();
  const late = async (): Promise<unknown[][]> => {
    await startMining(connection, await files(connection), { start: String(start) });
    return rows(connection, 'SELECT OPERATION, STATUS, SQL_REDO FROM V$LOGMNR_CONTENTS WHERE OPERATION_CODE <> 7');
  };
  expect(await late()).toEqual([['UNSUPPORTED', 2, 'Unsupported']]);
  await control('late-start', { mode: 'lenient' });
  expect(await late()).toEqual([['UPDATE', 0, expect.stringContaining('update') as string]]);
});

test('a direct-path load into a table without logging leaves its trace in V$DATAFILE only', async () => {
  const connection = await connect();
  await control('force-logging', { on: false });
  await control('table-logging', { table: 'HR.T', on: false });
  await connection.execute("INSERT /*+ APPEND */ INTO T SELECT LEVEL, 'x' FROM DUAL CONNECT BY LEVEL <= 5");
  await connection.commit();
  expect(await rows(connection, 'SELECT COUNT(*) FROM T')).toEqual([[5]]);
  expect(await inserts(connection, await files(connection))).toEqual([]);
  expect(await rows(connection, 'SELECT COUNT(*) FROM V$DATAFILE WHERE UNRECOVERABLE_CHANGE# > 1000000')).toEqual([
    [1],
  ]);
});

test.each([
  ['purge-log', {}, 'either sequence or upTo'],
  ['thread', { thread: 7, do: 'close' }, 'no thread 7'],
  ['threads', { count: 9 }, 'whole number from 1 to 8'],
  ['clock', {}, 'offsetMilliseconds'],
  ['archive-destinations', { destinations: [{ id: 1, status: 'GONE' }] }, 'status must be one of'],
  ['table-logging', { table: 'NOBODY', on: true }, 'OWNER.NAME'],
])('the control port refuses %s with %j', async (action, body, complaint) => {
  await expect(control(action, body)).rejects.toThrow(complaint);
});
