/** DDL at the source while a task runs: columns are followed, other tables are held and released, tables come and go; nothing else waits. */
import { setTimeout as wait } from 'node:timers/promises';
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Warehouse } from '../../demo/warehouse.ts';
import type { TableProgress, TaskStatus } from '../../model/progress.ts';
import { bothSides, journalOf } from '../support/both-sides.ts';
import { eventually, sharedSystem } from '../support/whole-system.ts';

const TABLES = Number(process.env['REDOFLOW_TEST_TABLES'] ?? 6);
const PLAIN = '(ID NUMBER(9) PRIMARY KEY, V VARCHAR2(20), N NUMBER(5))';
const COLUMNS = { ID: 'id', V: 'v', N: 'n' };

const system = sharedSystem();
let writer: oracledb.Connection;
let owner: string;

beforeAll(async () => {
  writer = await oracledb.getConnection(system().sandbox.oracle);
  owner = system().sandbox.oracle.user;
});

afterAll(async () => {
  await writer.close();
});

async function create(name: string): Promise<void> {
  await writer.execute(`CREATE TABLE ${name} ${PLAIN}`);
  await writer.execute(`ALTER TABLE ${name} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
  await commit(...Array.from({ length: 20 }, (_, i) => `INSERT INTO ${name} VALUES (${i + 1}, 'first', ${i})`));
}

async function commit(...statements: readonly string[]): Promise<void> {
  for (const statement of statements) await writer.execute(statement);
  await writer.commit();
}

/** A DDL waits for nobody: other sessions' transactions may hold the table for a moment (ORA-00054). */
async function ddl(statement: string): Promise<void> {
  await eventually(statement, async () => {
    try {
      await writer.execute(statement);
      return true;
    } catch (error) {
      if (String(error).includes('ORA-00054')) return false;
      throw error;
    }
  });
}

const start = (name: string, tables: readonly string[]): Promise<unknown> =>
  system().redoflow.start({
    name,
    source: 'hr',
    destination: 'warehouse',
    taskQueue: system().taskQueue,
    tables: tables.map((table) => ({ table: `${owner}.${table}` })),
    incremental: { flushSeconds: 1 },
  });

function until(task: string, what: string, wished: (status: TaskStatus) => boolean): Promise<TaskStatus> {
  let last: TaskStatus | undefined;
  return eventually(`${task}: ${what}`, async () => {
    const status = await system()
      .redoflow.status(task)
      .catch(() => undefined);
    last = status ?? last;
    if (status?.failure) throw new Error(`${task}: ${status.failure.message}`);
    return status && wished(status) && status;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify({ tables: last?.tables, events: last?.events.slice(-12) })}`);
  });
}

const untilFollowing = (task: string): Promise<TaskStatus> =>
  until(task, 'the tail begins', ({ position }) => position !== undefined);

const tableOf = ({ tables }: TaskStatus, name: string): TableProgress | undefined =>
  tables.find(({ table }) => table === `${owner}.${name}`);

const stateOf = (status: TaskStatus, name: string): string | undefined => tableOf(status, name)?.state;

async function untilCaughtUp(task: string, names: readonly string[]): Promise<TaskStatus> {
  const own = new Set(names.map((name) => `${owner}.${name}`));
  const journal = (await journalOf(system())).filter(({ changes }) => changes.some(({ table }) => own.has(table)));
  const last = BigInt(journal.at(-1)?.commitScn ?? '0');
  return until(
    task,
    'the tail has caught up',
    (status) =>
      BigInt(status.position?.scn ?? '0') >= last && names.every((name) => stateOf(status, name) === 'synchronizing'),
  );
}

/** Transactions of one to three changes, in one table each, until it is disposed of. */
class Load {
  private readonly ended: Promise<void>;
  private stopping = false;
  transactions = 0;

  constructor(names: readonly string[]) {
    this.ended = this.run(names);
  }

  private async run(names: readonly string[]): Promise<void> {
    await using session = await oracledb.getConnection(system().sandbox.oracle);
    for (let i = 0; !this.stopping; i++) {
      const name = names[i % names.length] ?? '';
      const id = 1_000 + i;
      await session.execute(`INSERT INTO ${name} (ID, V, N) VALUES (${id}, 'v${i}', ${i % 90})`);
      if (i % 3 === 0) await session.execute(`UPDATE ${name} SET V = 'w${i}', N = N + 1 WHERE ID IN (1, 2)`);
      if (i % 5 === 0) await session.execute(`DELETE FROM ${name} WHERE ID = ${id - names.length}`);
      await session.commit();
      this.transactions += 1;
      await wait(15);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopping = true;
    await this.ended;
  }
}

async function mustBeEqual(status: TaskStatus, name: string, columns: Readonly<Record<string, string>> = COLUMNS) {
  const progress = tableOf(status, name);
  if (!progress) throw new Error(`no table ${name}`);
  const { base, log } = await bothSides(system(), progress, { columns });
  expect(base.found, `${name}: _base`).toEqual(base.expected);
  expect(log.found, `${name}: _log`).toEqual(log.expected);
}

/** The log alone, against everything that committed after the snapshot: a table whose columns changed cannot be read as it was. */
async function logMustBeWhole(status: TaskStatus, name: string): Promise<void> {
  const progress = tableOf(status, name);
  if (!progress) throw new Error(`no table ${name}`);
  const changes = (await journalOf(system()))
    .filter(({ commitScn }) => BigInt(commitScn) > BigInt(progress.snapshotScn ?? '0'))
    .flatMap((entry) => entry.changes.filter(({ table }) => table === progress.table));
  const expected = changes.flatMap(({ kind, before, after }) => {
    const image = (row: Readonly<Record<string, string | null>> | null | undefined) => [
      row?.['ID'],
      row?.['V'],
      row?.['N'],
    ];
    if (kind === 'insert') return [['I', ...image(after)]];
    if (kind === 'delete') return [['D', ...image(before)]];
    return [
      ['U', ...image(before)],
      ['U', ...image(after)],
    ];
  });
  const found = await new Warehouse(system().sandbox.maxcompute).select(
    `SELECT operation_flag, id, v, n FROM ${progress.log} ORDER BY record_id, after_flag`,
  );
  expect(found.length, `${name}: rows of _log`).toBe(expected.length);
  expect(found, `${name}: _log in order`).toEqual(expected);
}

describe('columns that are added', () => {
  test('are at the destination before the first row that has them, also across an open transaction', async () => {
    await create('A_1');
    await start('added-columns', ['A_1']);
    await untilFollowing('added-columns');
    await using other = await oracledb.getConnection(system().sandbox.oracle);
    await other.execute(`UPDATE A_1 SET V = 'before' WHERE ID = 5`);
    await ddl(`ALTER TABLE A_1 ADD (PHONE VARCHAR2(30), BONUS NUMBER(8,2) DEFAULT 7)`);
    await other.execute(`UPDATE A_1 SET PHONE = '+49', BONUS = 8 WHERE ID = 6`);
    await other.commit();
    await ddl(`ALTER TABLE A_1 ADD CITY VARCHAR2(30)`);
    await commit(`INSERT INTO A_1 VALUES (100, 'x', 1, '1', 2, 'Ulm')`);
    await ddl(`ALTER TABLE A_1 ADD STREET VARCHAR2(30)`);
    await commit(`INSERT INTO A_1 (ID, STREET) VALUES (101, 'Main')`);
    const status = await untilCaughtUp('added-columns', ['A_1']);
    const warehouse = new Warehouse(system().sandbox.maxcompute);
    const rows = await warehouse.select(
      'SELECT operation_flag, after_flag, id, v, phone, bonus, city, street FROM a_1_log ORDER BY record_id, after_flag',
    );
    expect(rows.filter(([, after]) => after === 'Y').map((row) => row.slice(2))).toEqual([
      ['5', 'before', null, null, null, null], // before the column was there; its default is in the plan
      ['6', 'first', '+49', '8', null, null],
      ['100', 'x', '1', '2', 'Ulm', null],
      ['101', null, null, '7', null, 'Main'],
    ]);
    expect(status.tables.map(({ state }) => state)).toEqual(['synchronizing']);
    expect(await warehouse.select('SELECT COUNT(street), COUNT(*) FROM a_1_base')).toEqual([['0', '20']]);
  });
});

describe('a column that is modified', () => {
  test('holds its table, the others go on as before, and each of four choices ends it', async () => {
    const names = Array.from({ length: TABLES }, (_, i) => `M_${i}`);
    const [continued = '', resynced = '', removed = '', gap = ''] = names;
    for (const name of names) await create(name);
    await start('modified', names);
    await untilFollowing('modified');
    const latencies: number[] = [];
    let held: TaskStatus;
    {
      await using load = new Load(names);
      await wait(3_000);
      for (const name of names.slice(0, 4)) await ddl(`ALTER TABLE ${name} MODIFY N NUMBER(8)`);
      held = await until(
        'modified',
        'four tables are held',
        ({ tables }) => tables.filter(({ state }) => state === 'held').length === 4,
      );
      for (let i = 0; i < 20; i++) {
        const { latency } = await system().redoflow.status('modified');
        if (latency) latencies.push(latency.seconds);
        await wait(250);
      }
      expect(load.transactions).toBeGreaterThan(20);
      const release = (name: string, choice: string, ...more: readonly string[]) =>
        system().command('tables', 'modified', 'release', `${owner}.${name}`, choice, ...more);
      expect(await release(continued, 'continue')).toMatchObject({ code: 0, err: '' });
      expect(await release(resynced, 'resync')).toMatchObject({ code: 0, err: '' });
      expect(await release(removed, 'remove')).toMatchObject({ code: 0, err: '' });
      expect(await release(gap, 'acceptGap')).toMatchObject({ code: 2 });
      expect(await release(gap, 'acceptGap', '--confirm', `${owner}.${gap}`)).toMatchObject({ code: 0, err: '' });
      await until(
        'modified',
        'all have joined',
        ({ tables }) => tables.length === TABLES - 1 && tables.every(({ state }) => state === 'synchronizing'),
      );
      await wait(1_000);
    }
    expect(held.state).toBe('Synchronizing');
    expect(tableOf(held, continued)?.held).toMatchObject({
      reason: 'columns-changed',
      choices: ['continue', 'resync', 'remove', 'acceptGap'],
    });
    expect(Math.max(...latencies)).toBeLessThan(20);
    const status = await untilCaughtUp(
      'modified',
      names.filter((name) => name !== removed),
    );
    for (const name of names.slice(4)) await mustBeEqual(status, name);
    await logMustBeWhole(status, continued);
    await mustBeEqual(status, resynced);
    expect(stateOf(status, removed)).toBeUndefined();
    expect(status.events.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(`^${owner}.${gap}: changes from SCN \\d+ on are given up`),
    );
    const aside = await new Warehouse(system().sandbox.maxcompute).select('SHOW TABLES').catch(() => []);
    expect(aside).toBeDefined();
  });
});

describe('tables of a running task', () => {
  test('are added while a transaction that has changed them is open: nothing is lost, nothing doubled', async () => {
    await create('T_OLD');
    await create('T_NEW');
    await start('adding', ['T_OLD']);
    await untilFollowing('adding');
    await using open = await oracledb.getConnection(system().sandbox.oracle);
    await open.execute(`INSERT INTO T_NEW VALUES (500, 'before the task', 1)`);
    await open.execute(`UPDATE T_NEW SET V = 'before' WHERE ID <= 3`);
    await using load = new Load(['T_OLD', 'T_NEW']);
    await wait(1_500);
    expect(await system().command('tables', 'adding', 'add', `${owner}.T_NEW`)).toMatchObject({ code: 0, err: '' });
    expect(await system().command('tables', 'adding', 'add', `${owner}.NO_SUCH`)).toMatchObject({ code: 1 });
    await until('adding', 'the new table is followed', (status) => stateOf(status, 'T_NEW') === 'synchronizing');
    await open.execute(`UPDATE T_NEW SET V = 'after' WHERE ID = 500`);
    await open.commit();
    await load[Symbol.asyncDispose]();
    const status = await untilCaughtUp('adding', ['T_OLD', 'T_NEW']);
    await mustBeEqual(status, 'T_OLD');
    await mustBeEqual(status, 'T_NEW');
  });

  test('that lose rows without redo are held; going on is refused, and a new copy is equal', async () => {
    await create('R_1');
    await create('R_2');
    await start('truncated', ['R_1', 'R_2']);
    await untilFollowing('truncated');
    await commit(`UPDATE R_1 SET V = 'x' WHERE ID = 1`);
    await ddl('TRUNCATE TABLE R_1');
    await commit(`INSERT INTO R_1 VALUES (1, 'new', 1)`, `INSERT INTO R_2 VALUES (100, 'y', 1)`);
    const held = await until('truncated', 'R_1 is held', (status) => stateOf(status, 'R_1') === 'held');
    expect(tableOf(held, 'R_1')?.held?.choices).toEqual(['resync', 'remove', 'acceptGap']);
    const refused = await system().command('tables', 'truncated', 'release', `${owner}.R_1`, 'continue');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.err).toContain('resync, remove, acceptGap');
    expect(await system().command('tables', 'truncated', 'resync', `${owner}.R_1`)).toMatchObject({ code: 0, err: '' });
    await until('truncated', 'R_1 is followed', (status) => stateOf(status, 'R_1') === 'synchronizing');
    await commit(`UPDATE R_1 SET V = 'after' WHERE ID = 1`);
    const status = await untilCaughtUp('truncated', ['R_1', 'R_2']);
    await mustBeEqual(status, 'R_1');
    await mustBeEqual(status, 'R_2');
  });
});
