/** Where ranges of redo end, and what they cost: against the pretended Oracle, whose faults are ordered at its control port. */
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collapsed } from '../../model/position.ts';
import { tableName } from '../../model/table.ts';
import type { TableDescription } from '../../model/table.ts';
import type { MinedRange } from '../../oracle/mined-range.ts';
import { OracleSource } from '../../oracle/source.ts';
import { startSandbox } from '../../sandbox/start.ts';
import type { Sandbox } from '../../sandbox/start.ts';
import { collect, never, shownAll, writtenSoFar } from '../support/oracle-tail.ts';

describe('a range', () => {
  let sandbox: Sandbox;
  let source: OracleSource;
  let writer: oracledb.Connection;

  const login = (): Promise<oracledb.Connection> => oracledb.getConnection(sandbox.oracle);
  const control = async (action: string, body: object): Promise<void> => {
    const response = await fetch(`${sandbox.control}/oracle/${action}`, { method: 'POST', body: JSON.stringify(body) });
    expect(response.ok).toBe(true);
  };

  async function create(name: string): Promise<TableDescription> {
    await writer.execute(`CREATE TABLE ${name} (ID NUMBER(9) NOT NULL PRIMARY KEY, NAME VARCHAR2(4000))`);
    await writer.execute(`ALTER TABLE ${name} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
    const [table] = await source.describe([tableName({ owner: sandbox.oracle.user.toUpperCase(), name })]);
    if (!table) throw new Error(`${name} is not described`);
    return table;
  }

  const insert = async (connection: oracledb.Connection, name: string, id: number): Promise<void> => {
    await connection.execute(`INSERT INTO ${name} (ID, NAME) VALUES (:1, 'n')`, [id]);
  };

  /** Everything that is written by now, above a point. */
  async function mine(
    point: Awaited<ReturnType<OracleSource['capturePoint']>>,
    tables: readonly TableDescription[],
  ): Promise<{ readonly range: MinedRange; readonly shown: readonly string[] }> {
    const { incarnation, scn: from, open } = point;
    await using range = await source.mine({ incarnation, from, to: await writtenSoFar(source), open, tables }, never);
    return { range, shown: shownAll(await collect(range.transactions)) };
  }

  beforeAll(async () => {
    sandbox = await startSandbox();
    const { user, password, connectString } = sandbox.oracle;
    const [, host = '', port = '', service = ''] = /^(.+):(\d+)\/(.+)$/.exec(connectString) ?? [];
    source = new OracleSource({ host, port: Number(port), service, user, password });
    writer = await login();
  });

  afterAll(async () => {
    await writer.close();
    await source.close();
    await sandbox[Symbol.asyncDispose]();
  });

  test('ends at DDL that concerns a table, and the next one goes on from there without it', async () => {
    const [kept, changed] = [await create('KEPT'), await create('CHANGED')];
    const other = await login();
    const point = await source.capturePoint();
    await insert(writer, 'KEPT', 1);
    await writer.execute('INSERT INTO CHANGED (ID) VALUES (1)');
    await writer.commit();
    await insert(other, 'KEPT', 2);
    await writer.execute('ALTER TABLE CHANGED ADD (EXTRA NUMBER)');
    await other.commit();
    const { range, shown } = await mine(point, [kept, changed]);
    expect(shown).toEqual(['+1,n +1,null']);
    expect(range.stops).toMatchObject([{ table: changed.table, scn: range.end, reason: 'columns-added' }]);
    const open = range.openAt(range.end);
    expect(open.filter(({ captured }) => captured)).toHaveLength(1);
    const next = await mine({ ...point, scn: range.end, open }, [kept]);
    expect(next.shown).toEqual(['+2,n']);
    expect(next.range.stops).toEqual([]);
    await other.close();
  });

  test('reads a transaction that began long before it from its START, in the order of commits', async () => {
    const table = await create('LATE');
    const old = await login();
    let point = await source.capturePoint();
    await insert(old, 'LATE', 1);
    for (let i = 0; i < 3; i++) {
      await writer.execute('ALTER SYSTEM SWITCH LOGFILE');
      const { range } = await mine(point, [table]);
      point = { ...point, scn: range.end, open: range.openAt(range.end) };
    }
    await control('log-size', { bytes: 100_000_000 });
    await insert(writer, 'LATE', 2);
    await writer.commit();
    await insert(old, 'LATE', 3);
    await old.commit();
    await insert(writer, 'LATE', 4);
    await writer.commit();
    expect((await mine(point, [table])).shown).toEqual(['+2,n', '+1,n +3,n', '+4,n']);
    await old.close();
  });

  test('finds again in the redo which transactions were open, where a position has too many of them to name', async () => {
    const table = await create('MANY');
    const writers = await Promise.all(Array.from({ length: 4 }, login));
    const start = await source.capturePoint();
    for (const [i, connection] of writers.entries()) await insert(connection, 'MANY', i + 1);
    await writers[3]?.commit();
    const idle = await login();
    await idle.execute('INSERT INTO KEPT (ID) VALUES (77)');
    const { range, shown } = await mine(start, [table]);
    expect(shown).toEqual(['+4,n']);
    const open = range.openAt(range.end);
    const many = collapsed(open, 3);
    expect([open.length, many.length]).toEqual([4, 1]);
    await writer.execute('ALTER SYSTEM SWITCH LOGFILE');
    await writers[1]?.commit();
    await writers[2]?.rollback();
    await idle.rollback();
    const next = await mine({ ...start, scn: range.end, open: many }, [table]);
    expect(next.shown).toEqual(['+2,n']);
    expect(next.range.openAt(next.range.end)).toEqual(open.slice(0, 1));
    for (const connection of [...writers, idle]) await connection.close();
  });

  test('is read in smaller ones when the server has no memory for it, and says so', async () => {
    const table = await create('LARGE');
    let point = await source.capturePoint();
    await control('fault', { do: 'error', error: 4036, call: 'execute', matching: 'start_logmnr', nth: 1 });
    for (let id = 1; id <= 3; id++) await insert(writer, 'LARGE', id);
    await writer.commit();
    const shown: string[] = [];
    const notes: string[] = [];
    for (;;) {
      const { range, shown: some } = await mine(point, [table]);
      shown.push(...some);
      notes.push(...range.notesTo(range.end).map(({ text }) => text));
      point = { ...point, scn: range.end, open: range.openAt(range.end) };
      if (some.length > 0) break;
    }
    expect(shown).toEqual(['+1,n +2,n +3,n']);
    expect(notes).toEqual([expect.stringMatching(/^reduced window: /)]);
  });
});
