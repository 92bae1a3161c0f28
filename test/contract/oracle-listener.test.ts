import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OracleFaults } from '../../sandbox/oracle/faults.ts';
import { listen, type OracleListener } from '../../sandbox/oracle/listener.ts';
import { literalEngine, type LiteralEngine } from '../support/literal-oracle.ts';

const EXACT_NUMBERS: NonNullable<oracledb.ExecuteOptions['fetchTypeHandler']> = (column) =>
  column.dbType === oracledb.DB_TYPE_NUMBER ? { type: oracledb.STRING } : undefined;

describe.each(['19c', '23ai'] as const)('oracledb against the listener that pretends %s', (profile) => {
  let engine: LiteralEngine;
  let listener: OracleListener;
  let connection: oracledb.Connection;
  const faults = new OracleFaults();

  const attributes = (changes: Partial<oracledb.ConnectionAttributes> = {}): oracledb.ConnectionAttributes => ({
    user: 'app',
    password: 'Secret_1',
    connectString: `127.0.0.1:${listener.port}/pdb1`,
    ...changes,
  });

  beforeAll(async () => {
    engine = literalEngine();
    listener = await listen(engine, { port: 0, profile, faults });
    connection = await oracledb.getConnection(attributes());
  });

  afterAll(async () => {
    await connection.close();
    await listener.close();
  });

  const rows = async (sql: string, binds: oracledb.BindParameters = []): Promise<unknown[][]> => {
    const result = await connection.execute<unknown[]>(sql, binds, { fetchTypeHandler: EXACT_NUMBERS });
    return result.rows ?? [];
  };

  test('the driver is thin and sees the pretended version', () => {
    expect(connection.thin).toBe(true);
    expect(connection.oracleServerVersionString).toBe({ '19c': '19.21.0.0.0', '23ai': '23.9.0.0.0' }[profile]);
  });

  describe('logging in', () => {
    test.each([
      ['a wrong password', { password: 'secret_1' }, /ORA-01017/],
      ['an unknown user', { user: 'nobody' }, /ORA-01017/],
      ['SYSDBA without being SYS', { privilege: oracledb.SYSDBA }, /ORA-01031/],
      ['an account as proxy of another', { user: 'app[other]' }, /ORA-03001/],
    ])('%s is refused', async (_, changes, error) => {
      await expect(oracledb.getConnection(attributes(changes))).rejects.toThrow(error);
    });

    test('an unknown service is not known to the listener', async () => {
      const connectString = `127.0.0.1:${listener.port}/nowhere`;
      await expect(oracledb.getConnection(attributes({ connectString }))).rejects.toThrow(/NJS-518/);
    });

    test('SYS may be SYSDBA', async () => {
      const sys = { user: 'sys', password: 'Secret_2', privilege: oracledb.SYSDBA };
      await (await oracledb.getConnection(attributes(sys))).close();
    });

    test('a descriptor of more than 230 bytes is understood', async () => {
      const program = 'p'.repeat(200);
      const connectString = `(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=127.0.0.1)(PORT=${listener.port}))(CONNECT_DATA=(SERVICE_NAME=PDB1)(CID=(PROGRAM=${program}))))`;
      await (await oracledb.getConnection(attributes({ connectString }))).close();
    });

    test('a listener that refuses closes the connection, and takes others again afterwards', async () => {
      faults.setRefusal({});
      await expect(oracledb.getConnection(attributes())).rejects.toThrow(/NJS-5/);
      faults.setRefusal(undefined);
      await (await oracledb.getConnection(attributes())).close();
    });
  });

  describe('fetching', () => {
    test.each([2, 100, 3000, 10_000, 20_000])('10,000 rows arrive whole, %d at a time', async (size) => {
      const options = { prefetchRows: size, fetchArraySize: size, fetchTypeHandler: EXACT_NUMBERS };
      const result = await connection.execute<unknown[]>('select * from numbered(10000)', [], options);
      const found = result.rows ?? [];
      expect(found).toHaveLength(10_000);
      expect(found.every((row, index) => row[0] === String(index + 1) && row[1] === `row ${index + 1}`)).toBe(true);
    });

    test('a result set stays open over other statements', async () => {
      const options = { resultSet: true, prefetchRows: 10, fetchArraySize: 10 } as const;
      const { resultSet } = await connection.execute<unknown[]>('select * from numbered(35)', [], options);
      if (resultSet === undefined) throw new Error('no result set');
      expect(await resultSet.getRows(20)).toHaveLength(20);
      expect(await rows('select * from numbered(3)')).toHaveLength(3);
      expect(await resultSet.getRows(20)).toHaveLength(15);
      expect(await resultSet.getRows(20)).toHaveLength(0);
      await resultSet.close();
    });

    test('values of every column type arrive exactly, and NULLs', async () => {
      const [first, second] = await rows('select * from typed');
      expect(first).toEqual([
        '-12345678901234567890.123456789',
        'naïve 漢字 𝄞',
        'abc       ',
        new Date(2024, 1, 29, 12, 30, 15),
        new Date(2024, 1, 29, 12, 30, 15, 123),
        Buffer.from('00ff10', 'hex'),
        'AAAR3sAAEAAAACXAAA',
      ]);
      expect(second).toEqual(Array.from({ length: 7 }, () => null));
    });

    test('columns are described', async () => {
      const { metaData } = await connection.execute('select * from typed');
      const described = (metaData ?? []).map(({ name, dbTypeName, byteSize, precision }) => {
        return [name, dbTypeName, byteSize ?? precision];
      });
      expect(described).toEqual([
        ['N', 'NUMBER', 0],
        ['V', 'VARCHAR2', 4000],
        ['C', 'CHAR', 10],
        ['D', 'DATE', undefined],
        ['T', 'TIMESTAMP', 9],
        ['R', 'RAW', 2000],
        ['I', 'ROWID', undefined],
      ]);
    });

    test('a cached statement is executed again with other binds', async () => {
      for (const value of ['a', 'b', null, 'c']) {
        expect(await rows('select * from echo where :x', [value])).toEqual([[`VARCHAR2:${value ?? 'null'}`]]);
      }
    });
  });

  describe('binding', () => {
    test('SQL gets one bind per occurrence of a name', async () => {
      const echoed = await rows('select * from echo where :a = :b or :a is null', { a: 1.5, b: 'x' });
      expect(echoed).toEqual([['NUMBER:1.5', 'VARCHAR2:x', 'NUMBER:1.5']]);
    });

    test('PL/SQL gets one bind per distinct name', async () => {
      const block = 'begin dbms_logmnr.start_logmnr(startscn => :a, endscn => :b, options => :a); end;';
      for (let repeat = 0; repeat < 2; repeat++) await connection.execute(block, { a: '1', b: 2 });
      const heard = engine.heard.filter(({ sql }) => sql === block);
      const binds = [
        { type: 'VARCHAR2', value: '1' },
        { type: 'NUMBER', value: '2' },
      ];
      expect(heard.map(({ bindRows }) => bindRows)).toEqual([[binds], [binds]]);
    });

    test('values cross exactly', async () => {
      const long = 'é'.repeat(16_000);
      const binds = [12345678901234567890n, long, Buffer.from('00ff', 'hex'), new Date(2024, 1, 29, 12, 30, 15, 250)];
      const [echoed] = await rows('select * from echo where :a :b :c :d', binds);
      const bytes = 'TIMESTAMP:787c021d0d1f100ee6b280';
      expect(echoed).toEqual(['NUMBER:12345678901234567890', `VARCHAR2:${long}`, 'RAW:00ff', bytes]);
    });

    test.each([
      ['a boolean', 'select * from echo where :a', [true]],
      ['RETURNING INTO', 'insert into t values (:a) returning id into :b', [1, { dir: oracledb.BIND_OUT }]],
      ['a cursor', 'begin open_it(:a); end;', [{ dir: oracledb.BIND_OUT, type: oracledb.CURSOR }]],
    ])('%s is refused and the session stays usable', async (_, sql, binds) => {
      await expect(connection.execute(sql, binds as oracledb.BindParameters)).rejects.toThrow(/ORA-03001/);
      expect(await rows('select * from numbered(1)')).toHaveLength(1);
    });
  });

  describe('changing', () => {
    test('array DML of many packets arrives whole and in order', async () => {
      const sql = 'insert into many values (:1, :2)';
      const binds = Array.from({ length: 5000 }, (_, index) => [index, index % 3 === 0 ? null : `text ${index}`]);
      const result = await connection.executeMany(sql, binds);
      expect(result.rowsAffected).toBe(5000);
      const heard = engine.heard.find((entry) => entry.sql === sql)?.bindRows ?? [];
      expect(heard.map((row) => row.map(({ value }) => value))).toEqual(binds.map(([id, text]) => [String(id), text]));
      await connection.rollback();
    });

    test('a transaction is in progress from the first change to its end', async () => {
      expect(connection.transactionInProgress).toBe(false);
      const { lastRowid } = await connection.execute('insert into t values (:1)', [1]);
      expect(lastRowid).toBe('AAAR3sAAEAAAACXAAB');
      expect(connection.transactionInProgress).toBe(true);
      await connection.commit();
      expect(connection.transactionInProgress).toBe(false);
    });

    test('autoCommit commits, also when the statement is executed again', async () => {
      const commits = (): number => engine.heard.filter(({ sql }) => sql === 'COMMIT').length;
      const before = commits();
      for (let repeat = 1; repeat <= 2; repeat++) {
        await connection.execute('insert into autocommitted values (:1)', [repeat], { autoCommit: true });
        expect(commits()).toBe(before + repeat);
      }
      expect(connection.transactionInProgress).toBe(false);
    });

    test('batch errors name the rows that failed, with row counts', async () => {
      for (let repeat = 0; repeat < 2; repeat++) {
        const options = { batchErrors: true, dmlRowCounts: true, autoCommit: true };
        const result = await connection.executeMany(
          'insert into t values (:1, :2)',
          [
            [1, 'a'],
            [-1, 'b'],
            [2, 'c'],
          ],
          options,
        );
        expect(result.batchErrors?.map(({ offset, message }) => [offset, message.slice(0, 9)])).toEqual([
          [1, 'ORA-00001'],
        ]);
        expect(result.dmlRowCounts).toEqual([1, 0, 1]);
        expect(connection.transactionInProgress).toBe(true); // errors keep autoCommit from committing
      }
      await connection.rollback();
    });

    test('hundreds of batch errors fit', async () => {
      const binds = Array.from({ length: 600 }, () => [-1]);
      const result = await connection.executeMany('insert into t values (:1)', binds, { batchErrors: true });
      expect(result.batchErrors).toHaveLength(600);
      await connection.rollback();
    });
  });

  describe('failing', () => {
    test.each([
      ['select * from nowhere', 942],
      ['insert into t values (-1, :1)', 1],
      ['select * from broken', 7445],
    ])('%s is ORA-%i and keeps the session usable', async (sql, number) => {
      const binds = sql.startsWith('insert') ? [-1] : [];
      for (let repeat = 0; repeat < 2; repeat++) {
        await expect(connection.execute(sql, binds)).rejects.toMatchObject({ errorNum: number });
        expect(await rows('select * from numbered(2)')).toHaveLength(2);
      }
    });

    test('break() ends a running call with ORA-01013', async () => {
      const running = connection.execute('select * from endless');
      setTimeout(() => void connection.break(), 100);
      await expect(running).rejects.toThrow(/ORA-01013/);
      expect(await rows('select * from numbered(2)')).toHaveLength(2);
    });

    test('callTimeout ends a running call', async () => {
      connection.callTimeout = 100;
      await expect(connection.execute('select * from endless')).rejects.toThrow(/NJS-123/);
      connection.callTimeout = 0;
      await connection.ping();
      expect(await rows('select * from numbered(2)')).toHaveLength(2);
    });

    test.each([
      ['a temporary LOB', async () => connection.createLob(oracledb.CLOB)],
      ['parsing a change without executing it', async () => connection.getStatementInfo('insert into t values (1)')],
    ])('%s is refused and the session stays usable', async (_, call) => {
      await expect(call()).rejects.toThrow(/ORA-03001/);
      await connection.ping();
    });
  });

  test('dropped connections fail, their transactions are given up, and new ones are taken', async () => {
    const other = await oracledb.getConnection(attributes());
    const before = engine.closed.length;
    const open = listener.sessions();
    listener.dropAll();
    await expect(other.execute('select * from numbered(1)')).rejects.toThrow(/NJS-(003|500)/);
    await expect.poll(() => engine.closed.length).toBe(before + open);
    expect(listener.sessions()).toBe(0);
    connection = await oracledb.getConnection(attributes());
    await connection.ping();
  });
});
