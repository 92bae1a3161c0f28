import oracledb from 'oracledb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/start.ts';

describe.each(['19c', '23ai'] as const)('oracledb against a failing %s', (profile) => {
  let sandbox: Sandbox;
  const open: oracledb.Connection[] = [];

  beforeAll(async () => {
    sandbox = await startSandbox({ profile });
    const connection = await connect();
    await connection.execute('CREATE TABLE T (ID NUMBER PRIMARY KEY, V VARCHAR2(100))');
    await connection.execute("INSERT INTO T SELECT LEVEL, 'row ' || LEVEL FROM DUAL CONNECT BY LEVEL <= 1000", [], {
      autoCommit: true,
    });
  });

  afterAll(async () => sandbox[Symbol.asyncDispose]());

  afterEach(async () => {
    await control('POST', 'clear-faults');
    for (const connection of open.splice(0)) await connection.close().catch(() => undefined);
  });

  const connect = async (changes: Partial<oracledb.ConnectionAttributes> = {}): Promise<oracledb.Connection> => {
    const { user, password, connectString } = sandbox.oracle;
    const connection = await oracledb.getConnection({ user, password, connectString, ...changes });
    open.push(connection);
    return connection;
  };
  const control = async (method: string, action: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${sandbox.control}/oracle/${action}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(answer));
    return answer;
  };
  const rows = async (connection: oracledb.Connection, sql: string): Promise<unknown[][]> =>
    (await connection.execute<unknown[]>(sql, [], { fetchArraySize: 100, prefetchRows: 100 })).rows ?? [];
  const count = async (connection: oracledb.Connection): Promise<unknown> =>
    (await rows(connection, 'SELECT COUNT(*) FROM T'))[0]?.[0];

  describe('the listener', () => {
    test.each([
      [12514, /NJS-518/],
      [12505, /NJS-519/],
      [12516, /NJS-511.*12516/s],
      [12528, /NJS-511.*12528/s],
    ])('refuses with ORA-%d for two connections, then takes them', async (error, message) => {
      await control('POST', 'refuse', { on: true, error, connections: 2 });
      await expect(connect()).rejects.toThrow(message);
      await expect(connect()).rejects.toThrow(message);
      expect(await count(await connect())).toBe(1000);
    });

    test('closes connections at once until told otherwise', async () => {
      await control('POST', 'refuse', { on: true });
      await expect(connect()).rejects.toThrow(/NJS-5/);
      await control('POST', 'refuse', { on: false });
      await connect();
    });

    test('closes its port, as after ORA-12541, and open connections live on', async () => {
      const before = await connect();
      await control('POST', 'refuse', { on: true, error: 12541 });
      await expect(connect()).rejects.toThrow(/NJS-503/);
      expect(await count(before)).toBe(1000);
      await control('POST', 'refuse', { on: false });
      await connect();
    });

    test('frozen, takes connections and never answers; after the thaw all goes on', async () => {
      const before = await connect();
      await control('POST', 'freeze', { on: true });
      await expect(connect({ connectTimeout: 1 })).rejects.toThrow(/NJS-510/);
      let answered = false;
      const counting = count(before).then((value) => {
        answered = true;
        return value;
      });
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(answered).toBe(false);
      await control('POST', 'freeze', { on: false });
      expect(await counting).toBe(1000);
    });
  });

  describe('calls', () => {
    test('the second execute of a text fails with the error given, and the session stays usable', async () => {
      const connection = await connect();
      await control('POST', 'fault', { do: 'error', error: 1555, call: 'execute', matching: 'from t', nth: 2 });
      expect(await count(connection)).toBe(1000);
      await expect(count(connection)).rejects.toMatchObject({ errorNum: 1555 });
      expect(await count(connection)).toBe(1000);
    });

    test('a fault in mid-fetch fails that fetch', async () => {
      const connection = await connect();
      await control('POST', 'fault', { do: 'error', error: 1555, call: 'fetch', nth: 3 });
      await expect(rows(connection, 'SELECT ID FROM T')).rejects.toMatchObject({ errorNum: 1555 });
      expect(await rows(connection, 'SELECT ID FROM T')).toHaveLength(1000);
      expect(await control('GET', 'faults')).toMatchObject({ faults: [{ fired: 1, times: 1 }] });
    });

    test('an error after which a server hangs up ends the connection', async () => {
      const connection = await connect();
      await control('POST', 'fault', { do: 'error', error: 28, call: 'execute' });
      await expect(count(connection)).rejects.toMatchObject({ errorNum: 28 });
      await expect(count(connection)).rejects.toThrow(/NJS-(003|500)/);
    });

    test('the connection drops at the third fetch, and others stay', async () => {
      const [connection, other] = [await connect(), await connect()];
      await control('POST', 'fault', { do: 'drop', call: 'fetch', nth: 3 });
      await expect(rows(connection, 'SELECT ID FROM T')).rejects.toThrow(/NJS-500/);
      expect(await count(other)).toBe(1000);
    });

    test('drop ends all connections and rolls their transactions back', async () => {
      const [connection, other] = [await connect(), await connect()];
      await connection.execute('DELETE FROM T');
      await control('POST', 'drop');
      await expect(connection.commit()).rejects.toThrow(/NJS-/);
      await expect(count(other)).rejects.toThrow(/NJS-/);
      expect(await count(await connect())).toBe(1000);
    });

    test('a commit that is cut off before it happens is lost, one that is cut off after it has happened', async () => {
      for (const [when, id] of [
        ['before', 2001],
        ['after', 2002],
      ] as const) {
        const connection = await connect();
        await connection.execute('INSERT INTO T (ID) VALUES (:1)', [id]);
        await control('POST', 'fault', { do: 'drop', call: 'commit', when });
        await expect(connection.commit()).rejects.toThrow(/NJS-500/);
      }
      const connection = await connect();
      expect(await rows(connection, 'SELECT ID FROM T WHERE ID > 2000')).toEqual([[2002]]);
      await connection.execute('DELETE FROM T WHERE ID > 2000', [], { autoCommit: true });
    });

    test('an answer that breaks off in the middle of a packet is an end of file', async () => {
      const connection = await connect();
      await control('POST', 'fault', { do: 'truncate', call: 'execute', bytes: 60 });
      await expect(rows(connection, 'SELECT ID FROM T')).rejects.toThrow(/NJS-500/);
    });

    test('the login fails as told', async () => {
      await control('POST', 'fault', { do: 'error', error: 1033, call: 'login' });
      await expect(connect()).rejects.toMatchObject({ errorNum: 1033 });
      await connect();
    });

    test('a delayed call ends at its time limit with ORA-01013, and the session stays usable', async () => {
      const connection = await connect();
      await control('POST', 'fault', { do: 'delay', milliseconds: 30_000, matching: 'count(*)' });
      connection.callTimeout = 100;
      await expect(count(connection)).rejects.toThrow(/NJS-123/);
      connection.callTimeout = 0;
      expect(await count(connection)).toBe(1000);
    });

    test('a break ends a call that waits, in its delay or for a row lock', async () => {
      const [connection, other] = [await connect(), await connect()];
      await control('POST', 'fault', { do: 'delay', milliseconds: 30_000, matching: 'count(*)' });
      const counting = count(connection);
      setTimeout(() => void connection.break(), 100);
      await expect(counting).rejects.toMatchObject({ errorNum: 1013 });
      await other.execute("UPDATE T SET V = 'x' WHERE ID = 1");
      const waiting = connection.execute("UPDATE T SET V = 'y' WHERE ID = 1");
      setTimeout(() => void connection.break(), 100);
      await expect(waiting).rejects.toMatchObject({ errorNum: 1013 });
      expect(await count(connection)).toBe(1000);
    });

    test('a frozen call is never answered, other connections are', async () => {
      const [connection, other] = [await connect(), await connect()];
      await control('POST', 'fault', { do: 'freeze', call: 'execute' });
      const silence = count(connection).then(
        () => 'answered',
        () => 'ended',
      );
      expect(await count(other)).toBe(1000);
      expect(await Promise.race([silence, new Promise((resolve) => setTimeout(resolve, 200, 'silent'))])).toBe(
        'silent',
      );
      await control('POST', 'drop');
      expect(await silence).toBe('ended');
    });
  });

  test('ORA-01555 comes in mid-fetch when the undo goes while a query of the past is read', async () => {
    const [reader, writer] = [await connect(), await connect()];
    const [[scn] = []] = await rows(writer, 'SELECT TO_CHAR(CURRENT_SCN) FROM V$DATABASE');
    await writer.execute("UPDATE T SET V = 'later' WHERE ID > 500", [], { autoCommit: true });
    const old = await reader.execute<unknown[]>('SELECT V FROM T AS OF SCN TO_NUMBER(:s)', [scn], {
      resultSet: true,
      fetchArraySize: 50,
      prefetchRows: 50,
    });
    expect(await old.resultSet?.getRows(50)).toHaveLength(50);
    await control('POST', 'undo', { forgetBefore: 'now' });
    await expect(old.resultSet?.getRows(2000)).rejects.toMatchObject({ errorNum: 1555 });
    expect(await count(reader)).toBe(1000);
  });

  test('a user with few privileges logs in, sees what it may, and is locked out by a revoke', async () => {
    await control('POST', 'user', {
      name: 'capture',
      password: 'Pass_1',
      privileges: ['CREATE SESSION', 'SELECT ON HR.T'],
    });
    const user = { user: 'capture', password: 'Pass_1' };
    const connection = await connect(user);
    expect(await rows(connection, 'SELECT COUNT(*) FROM HR.T')).toEqual([[1000]]);
    expect(await rows(connection, 'SELECT PRIVILEGE FROM SESSION_PRIVS')).toEqual([['CREATE SESSION']]);
    await expect(rows(connection, 'SELECT NAME FROM V$DATABASE')).rejects.toMatchObject({ errorNum: 942 });
    await control('POST', 'revoke', { user: 'capture', privileges: ['CREATE SESSION'] });
    await expect(connect(user)).rejects.toMatchObject({ errorNum: 1045 });
    await expect(connect({ ...user, password: 'other' })).rejects.toMatchObject({ errorNum: 1017 });
  });
});
