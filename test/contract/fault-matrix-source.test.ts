/** Failures of the way to the source and of its logins: kind, message, and that the next attempt is well (docs/fault-matrix.md, 1–14). */
import { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Failure } from '../../model/failure.ts';
import { Session, within } from '../../oracle/session.ts';
import { again, FaultDatabase, network } from '../support/fault-database.ts';
import { never, writtenSoFar } from '../support/oracle-tail.ts';
import { failureOf } from '../support/oracle-world.ts';

let database: FaultDatabase;

beforeAll(async () => {
  database = await FaultDatabase.open();
});

afterEach(async () => {
  await database.control('clear-faults');
});

afterAll(() => database[Symbol.asyncDispose]());

describe('a listener that refuses', () => {
  test.each([
    [12_514, /Service "ORCL" is not registered with the listener/],
    [12_516, /ORA-12516/],
    [12_520, /ORA-12520/],
    [12_526, /ORA-12526/],
    [12_528, /ORA-12528/],
  ])('with ORA-%d is asked once per attempt, and waited for', async (error, words) => {
    await database.control('refuse', { on: true, error, connections: 1 });
    const failure = await failureOf(database.source.probe());
    expect(failure).toMatchObject({ kind: 'source-unreachable', message: expect.stringMatching(words) as string });
    expect(failure.message).toMatch(/^logging in as \w+ at Oracle 127\.0\.0\.1:\d+\/ORCL: /);
    await database.source.probe();
  });

  test('because its port is closed (ORA-12541) is waited for', async () => {
    await database.control('refuse', { on: true, error: 12_541 });
    expect(await failureOf(database.source.probe())).toMatchObject({
      kind: 'source-unreachable',
      message: expect.stringMatching(/NJS-503/) as string,
    });
    await database.control('refuse', { on: false });
    await database.source.probe();
  });
});

describe('a session that the database ends', () => {
  test.each([28, 1089, 1092, 2396, 3113, 3135])('with ORA-%d is replaced at the next attempt', async (error) => {
    await database.control('fault', { do: 'error', error, call: 'execute', matching: 'V$THREAD' });
    const failure = await failureOf(database.source.minedUpTo());
    expect(failure).toMatchObject({
      kind: 'source-unreachable',
      message: expect.stringMatching(/^querying V\$THREAD at Oracle /) as string,
    });
    await database.source.minedUpTo();
  });

  test('by a crash of the instance in the middle of a range: read again, the range gives every change once', async () => {
    const table = await database.create('CRASHED');
    const writer = await database.connect();
    const open = await database.connect();
    const point = await database.source.capturePoint();
    for (let at = 0; at < 4; at++) {
      await database.commit(
        writer,
        `INSERT INTO CRASHED SELECT ${at * 1000} + LEVEL, 'n' FROM DUAL CONNECT BY LEVEL <= 1000`,
      );
    }
    await open.execute("INSERT INTO CRASHED VALUES (9999, 'never committed')");
    const to = await writtenSoFar(database.source);
    await using range = await database.source.mine(
      { incarnation: point.incarnation, from: point.scn, to, open: point.open, tables: [table] },
      never,
    );
    const rows = range.transactions[Symbol.asyncIterator]();
    await rows.next();
    await database.control('instance-crash');
    const rest = async (): Promise<void> => {
      for (let next = await rows.next(); next.done !== true; next = await rows.next());
    };
    expect(await failureOf(rest())).toMatchObject({ kind: 'source-unreachable' });
    const { shown } = await again(() => database.mine(point, [table]));
    const ids = shown.flatMap((one) => one.split(' ').map((change) => Number(/^\+(\d+),n$/.exec(change)?.[1])));
    expect(ids).toEqual(Array.from({ length: 4000 }, (_, i) => i + 1));
  });
});

describe('a network', () => {
  test('that is silent ends a call at its own limit', async () => {
    const session = await Session.open(database.connection, 1, within(30));
    await database.control('freeze', { on: true });
    const begun = Date.now();
    const failure = await failureOf(session.query('SELECT 1 FROM DUAL', {}, within(30)));
    expect(failure).toMatchObject({ kind: 'source-unreachable' });
    expect(Date.now() - begun).toBeLessThan(6_000);
    expect(session.usable).toBe(false);
    await database.control('freeze', { on: false });
    await session.close();
  });

  test('that cuts idle connections is kept awake by probes every minute', async () => {
    const kept = vi.spyOn(Socket.prototype, 'setKeepAlive');
    await database.sourceWith({}).probe();
    expect(kept).toHaveBeenCalledWith(true, 60_000);
    kept.mockRestore();
  });

  test('that is slow only takes longer: no connection is given up', async () => {
    await using slow = await network(database.connection);
    slow.passage = async (bytes) => {
      await wait(150 + bytes.length / 40); // 150 ms there and back, 40 KB a second
      return bytes;
    };
    const table = await database.create('SLOW');
    const writer = await database.connect();
    const point = await database.source.capturePoint();
    await database.commit(writer, "INSERT INTO SLOW SELECT LEVEL, 'n' FROM DUAL CONNECT BY LEVEL <= 200");
    const source = database.sourceWith({ port: slow.port });
    const { shown } = await database.mine(point, [table], { source });
    expect(shown.map((one) => one.split(' ').length)).toEqual([200]);
    expect(slow.connections).toBeLessThanOrEqual(2);
  });

  test.each([
    ['the kind of a packet', 4, 0x2a],
    ['the kind of a message', 10, 0xee],
  ])('that changes %s costs the connection, and nothing that came with it is believed', async (_what, at, value) => {
    await using wrong = await network(database.connection);
    const source = database.sourceWith({ port: wrong.port });
    const before = await source.minedUpTo();
    let damaged = 0;
    wrong.passage = (bytes) => {
      if (damaged++ === 0) bytes[at] = value;
      return bytes;
    };
    const outcome: unknown = await source.minedUpTo().catch((error: unknown) => error);
    expect(outcome).toMatchObject({ kind: 'source-unreachable', message: expect.stringMatching(/NJS-/) as string });
    const { incarnation } = await source.minedUpTo();
    expect(incarnation).toEqual(before.incarnation);
    expect(wrong.connections).toBe(2);
  });

  test('that cuts an answer in the middle costs the connection', async () => {
    await database.source.minedUpTo();
    await database.control('fault', { do: 'truncate', call: 'execute', matching: 'V$THREAD', bytes: 60 });
    expect(await failureOf(database.source.minedUpTo())).toMatchObject({ kind: 'source-unreachable' });
    await database.source.minedUpTo();
  });
});

describe('a login that is refused', () => {
  test('because the password was changed is tried twice at most, however many readers there are', async () => {
    await database.control('fault', { do: 'error', error: 1017, call: 'login', times: 0 });
    const source = database.sourceWith({});
    const failures = await Promise.all(Array.from({ length: 12 }, () => failureOf(source.minedUpTo())));
    failures.push(await failureOf(source.probe()));
    expect(new Set(failures.map(({ kind }) => kind))).toEqual(new Set(['source-login-refused']));
    expect(failures[0]?.message).toMatch(/^logging in as \w+ at Oracle .*ORA-01017/);
    expect(await database.fired()).toBeLessThanOrEqual(2);
  });

  test.each([
    ['locked', /ORA-28000.*Run: ALTER USER CAPTURE ACCOUNT UNLOCK;/],
    ['expired', /ORA-28001.*Run: ALTER USER CAPTURE IDENTIFIED BY …;/],
  ])('because the account is %s stops, and says what the administrator runs', async (status, words) => {
    const user = { name: 'capture', password: 'Pass_1', privileges: ['CREATE SESSION'], status };
    await database.control('user', user);
    const failure = await failureOf(database.sourceWith({ user: 'capture', password: 'Pass_1' }).probe());
    expect(failure).toMatchObject({ kind: 'source-login-refused', message: expect.stringMatching(words) as string });
    expect(failure.message).not.toContain('Pass_1');
  });
});

describe('a privilege that is missing', () => {
  const VIEWS = ['CREATE SESSION', 'SELECT ANY DICTIONARY'];
  const login = { user: 'capture', password: 'Pass_1' };

  test.each<[string, readonly string[], RegExp]>([
    ['to log in', [], /^logging in .*ORA-01045.*Run: GRANT CREATE SESSION TO CAPTURE;$/],
    ['of a view', ['CREATE SESSION'], /^querying V\$\w+ .*ORA-00942.*Run: GRANT SELECT ON SYS\.V_\$\w+ TO CAPTURE;$/],
    ['of the package', VIEWS, /PLS-00201.*Run: GRANT EXECUTE ON SYS\.DBMS_LOGMNR TO CAPTURE;$/],
    ['of LogMiner', [...VIEWS, 'EXECUTE ON DBMS_LOGMNR'], /ORA-01031.*Run: GRANT LOGMINING TO CAPTURE;$/],
    [
      'of its rows',
      [...VIEWS, 'EXECUTE ON DBMS_LOGMNR', 'LOGMINING'],
      /^querying V\$LOGMNR_CONTENTS .*ORA-01031.*Run: GRANT SELECT ANY TRANSACTION TO CAPTURE;$/,
    ],
  ])('%s is named with the GRANT', async (_what, privileges, words) => {
    const point = await database.source.capturePoint();
    const writer = await database.connect();
    await database.commit(writer, 'CREATE TABLE ANYTHING (ID NUMBER)', 'DROP TABLE ANYTHING PURGE');
    await database.control('user', { name: 'capture', password: 'Pass_1', privileges });
    const source = database.sourceWith(login);
    const failure = await database.mine(point, [], { source }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({
      kind: 'source-privilege-missing',
      message: expect.stringMatching(words) as string,
    });
  });

  test('that is taken away from a running reader is named at its next range', async () => {
    const privileges = [...VIEWS, 'EXECUTE ON DBMS_LOGMNR', 'LOGMINING', 'SELECT ANY TRANSACTION'];
    await database.control('user', { name: 'capture', password: 'Pass_1', privileges });
    const table = await database.create('REVOKED');
    const source = database.sourceWith(login);
    const point = await database.source.capturePoint();
    const { next } = await database.mine(point, [table], { source });
    await database.control('revoke', { user: 'capture', privileges: ['LOGMINING'] });
    await database.commit(await database.connect(), "INSERT INTO REVOKED VALUES (1, 'n')");
    expect(await failureOf(database.mine(next, [table], { source }))).toMatchObject({
      kind: 'source-privilege-missing',
      message: expect.stringMatching(/Run: GRANT LOGMINING TO CAPTURE;$/) as string,
    });
    await database.control('grant', { user: 'capture', privileges: ['LOGMINING'] });
    expect((await database.mine(next, [table], { source })).shown).toEqual(['+1,n']);
    const chunks = await source.planChunks(table, { chunkMegabytes: 1, chunksMin: 1, chunksMax: 1 });
    const [chunk] = chunks;
    if (!chunk) throw new Error('the table has no chunk');
    const reading = source.readChunk(table, chunk, next.scn, never)[Symbol.asyncIterator]();
    expect(await failureOf(reading.next())).toMatchObject({
      kind: 'source-privilege-missing',
      message: expect.stringMatching(/Run: GRANT SELECT, FLASHBACK ON "?HR"?\."?REVOKED"? TO CAPTURE;$/) as string,
    });
  });
});
