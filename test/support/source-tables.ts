/** Tables of a test file's own in the sandbox's Oracle, tasks over them by name, and what both sides must say of them. */
import { setTimeout as wait } from 'node:timers/promises';
import oracledb from 'oracledb';
import { afterAll, beforeAll, expect } from 'vitest';
import type { TableProgress, TaskStatus } from '../../model/progress.ts';
import { bothSides, journalOf, type ComparedColumns } from './both-sides.ts';
import { eventually, type WholeSystem } from './whole-system.ts';

const WITHIN_SECONDS = 120;

/** Three columns that a row of every test fits. */
const ID_V_N = '(ID NUMBER(9) PRIMARY KEY, V VARCHAR2(20), N NUMBER(5))';
export const ID_V_N_COLUMNS = { ID: 'id', V: 'v', N: 'n' };

export type NamedTask = { readonly name: string } & Readonly<Record<string, unknown>>;

/** Call at the top of a test file, after `sharedSystem`: its session is open while tests run. */
export function sourceTables(system: () => WholeSystem): SourceTables {
  const tables = new SourceTables(system);
  beforeAll(() => tables.open());
  afterAll(() => tables.close());
  return tables;
}

export class SourceTables {
  private readonly system: () => WholeSystem;
  private session: oracledb.Connection | undefined;

  constructor(system: () => WholeSystem) {
    this.system = system;
  }

  async open(): Promise<void> {
    this.session = await oracledb.getConnection(this.system().sandbox.oracle);
  }

  async close(): Promise<void> {
    await this.session?.close();
  }

  get writer(): oracledb.Connection {
    if (!this.session) throw new Error('the session is open only while tests run');
    return this.session;
  }

  /** Of every table here. */
  get owner(): string {
    return this.system().sandbox.oracle.user;
  }

  /** All columns are logged; the rows are committed. */
  readonly create = async (table: string, definition: string, ...rows: readonly string[]): Promise<void> => {
    await this.writer.execute(`CREATE TABLE ${table} ${definition}`);
    await this.writer.execute(`ALTER TABLE ${table} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
    await this.commit(...rows.map((row) => `INSERT INTO ${table} VALUES (${row})`));
  };

  /** `ID_V_N` with twenty rows. */
  readonly createSmall = (table: string): Promise<void> =>
    this.create(table, ID_V_N, ...Array.from({ length: 20 }, (_, i) => `${i + 1}, 'first', ${i}`));

  /** One transaction. */
  readonly commit = async (...statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await this.writer.execute(statement);
    await this.writer.commit();
  };

  /** A DDL waits for nobody: other sessions' transactions may hold the table for a moment (ORA-00054). */
  readonly ddl = async (statement: string): Promise<void> => {
    await eventually(statement, async () => {
      try {
        await this.writer.execute(statement);
        return true;
      } catch (error) {
        if (String(error).includes('ORA-00054')) return false;
        throw error;
      }
    });
  };

  /** Everything but a name has a default, all tables of the owner being named without it. */
  readonly start = async (task: NamedTask, tables: readonly string[] = []): Promise<void> => {
    await this.system().redoflow.start({
      source: 'hr',
      destination: 'warehouse',
      taskQueue: this.system().taskQueue,
      tables: tables.map((table) => ({ table: `${this.owner}.${table}` })),
      incremental: { flushSeconds: 1 },
      ...task,
    });
  };

  /** @throws when the task fails, and with its last status when it never becomes as wished. */
  readonly until = (task: string, what: string, wished: (status: TaskStatus) => boolean): Promise<TaskStatus> => {
    let last: TaskStatus | undefined;
    const ask = async (): Promise<TaskStatus | false> => {
      const status = await this.system()
        .redoflow.status(task)
        .catch(() => undefined);
      last = status ?? last;
      if (status?.failure) throw new Error(`${task}: ${status.failure.message}`);
      return status !== undefined && wished(status) && status;
    };
    return eventually(`${task}: ${what}`, ask, WITHIN_SECONDS).catch((error: unknown) => {
      const { state, position, tables, events = [] } = last ?? {};
      const shown = JSON.stringify({ state, position, tables, events: events.slice(-15) });
      throw new Error(`${String(error)}: ${shown}`, { cause: error });
    });
  };

  readonly untilFollowing = (task: string): Promise<TaskStatus> =>
    this.until(task, 'the tail begins', ({ position }) => position !== undefined);

  /** Of a table that may have gone. */
  readonly tableOf = ({ tables }: TaskStatus, name: string): TableProgress | undefined =>
    tables.find(({ table }) => table === `${this.owner}.${name}`);

  readonly isFollowing = (status: TaskStatus, names: readonly string[]): boolean =>
    names.every((name) => this.tableOf(status, name)?.state === 'synchronizing');

  /** All of these are followed, and the position has passed what was committed to them by now; changes of others move it only now and then. */
  readonly untilCaughtUp = async (task: string, names: readonly string[]): Promise<TaskStatus> => {
    const own = new Set(names.map((name) => `${this.owner}.${name.replaceAll('"', '')}`));
    const journal = await journalOf(this.system());
    const last = journal.findLast(({ changes }) => changes.some(({ table }) => own.has(table)))?.commitScn ?? '0';
    return this.until(
      task,
      'the tail has caught up',
      (status) => BigInt(status.position?.scn ?? '0') >= BigInt(last) && this.isFollowing(status, names),
    );
  };

  /** `_base` and `_log`, as multisets. @throws for a table that the task does not have. */
  readonly mustBeEqual = async (
    status: TaskStatus,
    name: string,
    compared: ComparedColumns = { columns: ID_V_N_COLUMNS },
  ): Promise<TableProgress> => {
    const progress = this.tableOf(status, name);
    if (!progress)
      throw new Error(`the task has no table ${name}: ${status.tables.map(({ table }) => table).join(', ')}`);
    const { base, log } = await bothSides(this.system(), progress, compared);
    expect(base.found, `${progress.table}: _base`).toEqual(base.expected);
    expect(log.found, `${progress.table}: _log`).toEqual(log.expected);
    return progress;
  };
}

/** Of one insert: which row of which table, and `performance.now()` after its commit. */
export interface Committed {
  readonly table: string;
  readonly id: number;
  readonly at: number;
}

/** Transactions of one to three changes in tables of `ID_V_N`, in turn, until it is disposed of. */
export class TableLoad implements AsyncDisposable {
  private readonly ended: Promise<void>;
  private stopping = false;
  /** In the order of their commits; ids rise. */
  readonly committed: Committed[] = [];

  constructor({ sandbox }: WholeSystem, names: readonly string[]) {
    this.ended = this.run(sandbox.oracle, names);
  }

  private async run(login: WholeSystem['sandbox']['oracle'], names: readonly string[]): Promise<void> {
    await using session = await oracledb.getConnection(login);
    for (let i = 0; !this.stopping; i++) {
      const table = names[i % names.length] ?? '';
      const id = 1_000 + i;
      await session.execute(`INSERT INTO ${table} (ID, V, N) VALUES (${id}, 'v${i}', ${i % 90})`);
      if (i % 3 === 0) await session.execute(`UPDATE ${table} SET V = 'w${i}', N = N + 1 WHERE ID IN (1, 2)`);
      if (i % 5 === 0) await session.execute(`DELETE FROM ${table} WHERE ID = ${id - names.length}`);
      await session.commit();
      this.committed.push({ table, id, at: performance.now() });
      await wait(15);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopping = true;
    await this.ended;
  }
}
