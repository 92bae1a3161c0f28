/**
 * A pluggable database, mined from CDB$ROOT or from inside. In the pretended one a clone of it has the same rows at the same time, with the
 * same object numbers and XIDs, so that whoever does not tell containers apart sees everything twice.
 */
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SourceConnection } from '../../oracle/connection.ts';
import { OracleSource } from '../../oracle/source.ts';
import { tableName } from '../../model/table.ts';
import { startSandbox } from '../../sandbox/start.ts';
import type { Sandbox } from '../../sandbox/start.ts';
import { collect, never, shownAll, Tail } from '../support/oracle-tail.ts';

let sandbox: Sandbox;
let connection: SourceConnection;

beforeAll(async () => {
  sandbox = await startSandbox();
  const { user, password, connectString } = sandbox.oracle;
  const [, host = '', port = '', service = ''] = /^(.+):(\d+)\/(.+)$/.exec(connectString) ?? [];
  connection = { host, port: Number(port), service, user, password };
  const response = await fetch(`${sandbox.control}/oracle/containers`, { method: 'POST', body: '{"on":true}' });
  expect(response.ok).toBe(true);
});
afterAll(() => sandbox[Symbol.asyncDispose]());

describe.each([
  ['from the root', 'ROOTED', { rootService: 'CDBROOT' }],
  ['from inside', 'INSIDE', {}],
])('mined %s', (_, name, place) => {
  let source: OracleSource;
  beforeAll(() => {
    source = new OracleSource({ ...connection, ...place });
  });
  afterAll(() => source.close());

  test('its changes come once, over log switches, with those of transactions that were open at the start', async () => {
    const [writer, other] = await Promise.all([
      oracledb.getConnection(sandbox.oracle),
      oracledb.getConnection(sandbox.oracle),
    ]);
    await writer.execute(`CREATE TABLE ${name} (ID NUMBER(9) NOT NULL PRIMARY KEY, NAME VARCHAR2(20))`);
    await writer.execute(`ALTER TABLE ${name} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
    const owner = sandbox.oracle.user.toUpperCase();
    const tables = await source.describe([tableName({ owner, name })]);
    await other.execute(`INSERT INTO ${name} VALUES (1, 'open')`);
    const tail = await Tail.start(source, tables);
    await writer.execute(`INSERT INTO ${name} VALUES (2, 'new')`);
    await writer.execute('SAVEPOINT s');
    await writer.execute(`INSERT INTO ${name} VALUES (3, 'undone')`);
    await writer.execute('ROLLBACK TO s');
    await writer.execute(`UPDATE ${name} SET NAME = 'more' WHERE ID = 2`);
    await writer.commit();
    await writer.execute('ALTER SYSTEM SWITCH LOGFILE');
    expect(shownAll(await tail.next())).toEqual(['+2,new 2,new>2,more']);
    await other.commit();
    expect(shownAll(await tail.next())).toEqual(['+1,open']);
    await Promise.all([writer.close(), other.close()]);
  });

  test('the precheck finds nothing against it', async () => {
    expect((await source.measure([])).rootServiceMissing).toBe(false);
    const { scn, incarnation } = await source.minedUpTo();
    const point = await source.capturePoint();
    expect(point.incarnation).toEqual(incarnation);
    await using range = await source.mine({ incarnation, from: scn, to: scn, open: [], tables: [] }, never);
    expect(await collect(range.transactions)).toEqual([]);
  });
});

test('the root itself has none of its tables', async () => {
  const root = new OracleSource({ ...connection, service: 'CDBROOT' });
  expect(await root.listTables([connection.user.toUpperCase()])).toEqual([]);
  await root.close();
});
