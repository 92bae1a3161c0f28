/** The pretended Oracle, whose faults are ordered at its control port, and a reader that goes from range to range as the tail does. */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import oracledb from 'oracledb';
import type { TableStop } from '../../model/change.ts';
import { Failure } from '../../model/failure.ts';
import type { CapturePoint } from '../../model/position.ts';
import type { Scn } from '../../model/scn.ts';
import { tableName } from '../../model/table.ts';
import type { TableDescription } from '../../model/table.ts';
import type { SourceConnection } from '../../oracle/connection.ts';
import { OracleSource } from '../../oracle/source.ts';
import { startSandbox, type Sandbox } from '../../sandbox/start.ts';
import { collect, never, shownAll, writtenSoFar } from './oracle-tail.ts';

export interface Mined {
  readonly shown: readonly string[];
  readonly seconds: readonly number[];
  readonly stops: readonly TableStop[];
  readonly notes: readonly string[];
  /** Where the next range begins. */
  readonly next: CapturePoint;
}

export class FaultDatabase implements AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly connection: SourceConnection;
  readonly source: OracleSource;
  readonly #sources: OracleSource[] = [];
  readonly #connections: oracledb.Connection[] = [];

  private constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    const { user, password, connectString } = sandbox.oracle;
    const [, host = '', port = '', service = ''] = /^(.+):(\d+)\/(.+)$/.exec(connectString) ?? [];
    this.connection = { host, port: Number(port), service, user, password };
    this.source = this.sourceWith({});
  }

  static async open(): Promise<FaultDatabase> {
    return new FaultDatabase(await startSandbox({ heartbeatMilliseconds: 100 }));
  }

  sourceWith(changes: Partial<SourceConnection>): OracleSource {
    const source = new OracleSource({ ...this.connection, ...changes });
    this.#sources.push(source);
    return source;
  }

  /** A session of a writer. */
  async connect(service = 'ORCL'): Promise<oracledb.Connection> {
    const { user, password, connectString } = this.sandbox.oracle;
    const connection = await oracledb.getConnection({
      user,
      password,
      connectString: connectString.replace(/\/.*$/, `/${service}`),
    });
    this.#connections.push(connection);
    return connection;
  }

  async control(action: string, body: object = {}): Promise<unknown> {
    return this.#ask(action, { method: 'POST', body: JSON.stringify(body) });
  }

  /** How often the rules for calls have struck, together. */
  async fired(): Promise<number> {
    const { faults } = (await this.#ask('faults', {})) as { faults: readonly { fired: number }[] };
    return faults.reduce((sum, { fired }) => sum + fired, 0);
  }

  async #ask(action: string, request: RequestInit): Promise<unknown> {
    const response = await fetch(`${this.sandbox.control}/oracle/${action}`, request);
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(answer));
    return answer;
  }

  /** `ID NUMBER(9), NAME VARCHAR2(4000)`, in the user's schema; all columns are logged unless `logged` is false. */
  async create(name: string, { logged = true } = {}): Promise<TableDescription> {
    const writer = await this.connect();
    await writer.execute(`CREATE TABLE ${name} (ID NUMBER(9) NOT NULL PRIMARY KEY, NAME VARCHAR2(4000))`);
    if (logged) await writer.execute(`ALTER TABLE ${name} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
    const [table] = await this.source.describe([tableName({ owner: this.connection.user.toUpperCase(), name })]);
    if (!table) throw new Error(`${name} is not described`);
    return table;
  }

  /** Executes and commits. */
  async commit(writer: oracledb.Connection, ...statements: readonly string[]): Promise<void> {
    for (const statement of statements) await writer.execute(statement);
    await writer.commit();
  }

  /** Everything that is on disk above a point, or up to an SCN. */
  async mine(
    point: CapturePoint,
    tables: readonly TableDescription[],
    { to, source = this.source }: { readonly to?: Scn; readonly source?: OracleSource } = {},
  ): Promise<Mined> {
    const { incarnation, scn: from, open } = point;
    const upTo = to ?? (await writtenSoFar(source));
    await using range = await source.mine({ incarnation, from, to: upTo, open, tables }, never);
    const transactions = await collect(range.transactions);
    return {
      shown: shownAll(transactions),
      seconds: transactions.map(({ commitSeconds }) => commitSeconds),
      stops: range.stops,
      notes: range.notesTo(range.end).map(({ text }) => text),
      next: { incarnation, scn: range.end, open: range.openAt(range.end) },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const source of this.#sources) await source.close();
    for (const connection of this.#connections) await connection.close().catch(() => undefined);
    await this.sandbox[Symbol.asyncDispose]();
  }
}

/** After a restart of the database every kept session is gone: as a task does, asks again until it answers. */
export async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'source-unreachable' || attempt === 20) throw error;
    }
  }
}

/** What the server's bytes become on their way; they leave in order. */
export type Passage = (bytes: Buffer) => Buffer | Promise<Buffer>;

export interface Network extends AsyncDisposable {
  readonly port: number;
  /** Of all that came. */
  connections: number;
  passage: Passage;
}

/** A network between driver and database that can be slow, or wrong. */
export async function network(target: SourceConnection): Promise<Network> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    world.connections += 1;
    const upstream = connect(target.port, String(target.host));
    let last = Promise.resolve();
    upstream.on('data', (bytes) => {
      last = last.then(async () => {
        const passed = await world.passage(bytes);
        if (client.writable) client.write(passed);
      });
    });
    client.on('data', (bytes) => upstream.write(bytes));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const world: Network = {
    port: (server.address() as AddressInfo).port, // it listens on TCP
    connections: 0,
    passage: (bytes) => bytes,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
  return world;
}
