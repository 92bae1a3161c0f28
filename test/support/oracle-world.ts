/**
 * An Oracle database for contract tests: the sandbox, or a real one named by REDOFLOW_TEST_ORACLE_{HOST,PORT,SERVICE,USER,PASSWORD}.
 * Tests write with the driver itself, not with the product.
 */
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import oracledb from 'oracledb';
import { Failure } from '../../model/failure.ts';
import { tableName } from '../../model/table.ts';
import type { TableDescription } from '../../model/table.ts';
import type { SourceConnection } from '../../oracle/connection.ts';
import { OracleSource } from '../../oracle/source.ts';
import { startSandbox } from '../../sandbox/start.ts';

type Environment = Readonly<Record<string, string | undefined>>;

function realDatabase(environment: Environment): SourceConnection | undefined {
  const host = environment['REDOFLOW_TEST_ORACLE_HOST'];
  if (host === undefined) return undefined;
  return {
    host,
    port: Number(environment['REDOFLOW_TEST_ORACLE_PORT'] ?? '1521'),
    service: environment['REDOFLOW_TEST_ORACLE_SERVICE'] ?? '',
    user: environment['REDOFLOW_TEST_ORACLE_USER'] ?? '',
    password: environment['REDOFLOW_TEST_ORACLE_PASSWORD'] ?? '',
  };
}

const real = realDatabase(process.env);

export type Database = '19c' | '23ai' | 'real';

export const databases: readonly Database[] = real ? ['real'] : ['19c', '23ai'];

export interface OracleWorld extends AsyncDisposable {
  readonly connection: SourceConnection;
  readonly source: OracleSource;
  /** A session of its own, closed with the world. */
  openWriter(): Promise<oracledb.Connection>;
  /** Creates a table `ID NAME AMOUNT BORN CODE`, all columns logged, in the user's schema; dropped with the world. */
  createTable(): Promise<{ readonly name: string; readonly description: TableDescription }>;
  /** Into ID and NAME; does not commit. */
  insert(writer: oracledb.Connection, table: string, id: number, name: string | null): Promise<void>;
}

async function startDatabase(
  database: Database,
): Promise<{ readonly connection: SourceConnection; readonly stop: () => Promise<void> }> {
  if (real) return { connection: real, stop: async () => undefined };
  const sandbox = await startSandbox({ profile: database === '19c' ? '19c' : '23ai', heartbeatMilliseconds: 100 });
  const { connectString, user, password } = sandbox.oracle;
  const [, host = '', port = '', service = ''] = /^(.+):(\d+)\/(.+)$/.exec(connectString) ?? [];
  const connection = { host, port: Number(port), service, user, password };
  return { connection, stop: async () => sandbox[Symbol.asyncDispose]() };
}

const COLUMNS = 'ID NUMBER(9) NOT NULL PRIMARY KEY, NAME VARCHAR2(40), AMOUNT NUMBER, BORN DATE, CODE CHAR(3)';

let tables = 0;

export async function oracleWorld(database: Database): Promise<OracleWorld> {
  const { connection, stop } = await startDatabase(database);
  const source = new OracleSource(connection);
  const writers: oracledb.Connection[] = [];
  const created: string[] = [];
  const openWriter = async (): Promise<oracledb.Connection> => {
    const { host, port, service = '', user, password } = connection;
    const writer = await oracledb.getConnection({
      user,
      password,
      connectString: `${String(host)}:${port}/${service}`,
    });
    writers.push(writer);
    return writer;
  };
  return {
    connection,
    source,
    openWriter,
    insert: async (writer, table, id, name) => {
      await writer.execute(`INSERT INTO ${table} (ID, NAME) VALUES (:1, :2)`, [id, name]);
    },
    createTable: async () => {
      const writer = await openWriter();
      const name = `RF_${process.pid}_${(tables += 1)}`;
      await writer.execute(`CREATE TABLE ${name} (${COLUMNS})`);
      created.push(name);
      await writer.execute(`ALTER TABLE ${name} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
      const [description] = await source.describe([tableName({ owner: connection.user.toUpperCase(), name })]);
      if (!description) throw new Error(`${name} is not described`);
      return { name, description };
    },
    [Symbol.asyncDispose]: async () => {
      await source.close();
      for (const writer of writers) await writer.rollback();
      for (const name of created) await writers[0]?.execute(`DROP TABLE ${name} PURGE`);
      for (const writer of writers) await writer.close();
      await stop();
    },
  };
}

export interface SilentProxy extends AsyncDisposable {
  readonly port: number;
  /** From now on nothing passes in either direction, and nothing is closed. */
  silence(): void;
}

/** A network between client and database that can go dead without a word. */
export async function silentProxy(target: SourceConnection): Promise<SilentProxy> {
  const sockets = new Set<Socket>();
  let silent = false;
  const server = createServer((client) => {
    const upstream = connect(target.port, String(target.host));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (!silent) to.write(bytes);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: portOf(server.address()),
    silence: () => {
      silent = true;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A port where nobody listens. */
export async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}

export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error: unknown = await work.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (error instanceof Failure) return error;
  throw error;
}
