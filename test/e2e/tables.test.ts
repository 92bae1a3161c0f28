/** Tables of every ordinary shape, and every rule for names, columns and partitions: copied and followed, both sides compared. */
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Warehouse } from '../../demo/warehouse.ts';
import { MaxComputeSink } from '../../maxcompute/sink.ts';
import type { TableProgress, TaskStatus } from '../../model/progress.ts';
import { bothSides, journalOf, type ComparedColumns } from '../support/both-sides.ts';
import { ID_V, PLAIN, shapes } from '../support/table-shapes.ts';
import { eventually, sharedSystem } from '../support/whole-system.ts';

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

async function create(table: string, definition: string, ...rows: readonly string[]): Promise<void> {
  await writer.execute(`CREATE TABLE ${table} ${definition}`);
  await writer.execute(`ALTER TABLE ${table} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
  await commit(...rows.map((row) => `INSERT INTO ${table} VALUES (${row})`));
}

async function commit(...statements: readonly string[]): Promise<void> {
  for (const statement of statements) await writer.execute(statement);
  await writer.commit();
}

const start = (task: { readonly name: string } & Readonly<Record<string, unknown>>): Promise<unknown> =>
  system().redoflow.start({
    source: 'hr',
    destination: 'warehouse',
    taskQueue: system().taskQueue,
    incremental: { flushSeconds: 1 },
    ...task,
  });

function until(task: string, what: string, wished: (status: TaskStatus) => boolean): Promise<TaskStatus> {
  return eventually(`${task}: ${what}`, async () => {
    const status = await system()
      .redoflow.status(task)
      .catch(() => undefined);
    if (status?.failure) throw new Error(`${task}: ${status.failure.message}`);
    return status && wished(status) && status;
  });
}

const untilFollowing = (task: string): Promise<TaskStatus> =>
  until(task, 'the tail begins', ({ position }) => position !== undefined);

/** The position has passed everything that was committed by now to tables of the task; changes of others move it only now and then. */
async function untilCaughtUp(task: string): Promise<TaskStatus> {
  const { tables } = await untilFollowing(task);
  const names = new Set(tables.map(({ table }) => table.replaceAll('"', '')));
  const own = (await journalOf(system())).filter(({ changes }) => changes.some(({ table }) => names.has(table)));
  const last = BigInt(own.at(-1)?.commitScn ?? '0');
  return until(task, 'the tail has caught up', ({ position }) => BigInt(position?.scn ?? '0') >= last);
}

function tableOf({ tables }: TaskStatus, name: string): TableProgress {
  const found = tables.find(({ table }) => table === `${owner}.${name}`);
  if (!found) throw new Error(`the task has no table ${name}: ${tables.map(({ table }) => table).join(', ')}`);
  return found;
}

async function mustBeEqual(progress: TableProgress, compared: ComparedColumns): Promise<void> {
  const { base, log } = await bothSides(system(), progress, compared);
  expect(base.found, `${progress.table}: _base`).toEqual(base.expected);
  expect(log.found, `${progress.table}: _log`).toEqual(log.expected);
  expect(log.found.length, `${progress.table}: _log`).toBe(progress.logRows);
}

test('tables of every shape are copied and followed; one without a key only when its alert is ignored', async () => {
  for (const { name, definition, rows } of shapes) await create(name, definition, ...rows);
  await start({ name: 'shapes', tables: shapes.map(({ name, entry }) => ({ table: `${owner}.${name}`, ...entry })) });
  const { precheck } = await until('shapes', 'the precheck fails', ({ state }) => state === 'PrecheckFailed');
  const failed = precheck?.results.filter(({ verdict }) => verdict === 'failed');
  expect(failed?.map(({ id, subject }) => [id, subject])).toEqual([
    ['table-key', `${owner}.S_KEYLESS`],
    ['table-key', `${owner}.S_LIST`],
  ]);
  expect(await system().command('precheck', 'shapes', '--ignore', 'table-key')).toMatchObject({ code: 0, err: '' });
  const following = await untilFollowing('shapes');
  expect(following.tables).toHaveLength(shapes.length);
  for (const { name, changes } of shapes) for (const change of changes) await commit(change.replace('#', name));
  const caughtUp = await untilCaughtUp('shapes');
  const notes = caughtUp.events.map(({ text }) => text);
  for (const name of ['S_RANGE', 'S_LIST', 'S_SUBPARTITIONED'])
    expect(notes).toContainEqual(expect.stringMatching(`^${owner}.${name} at SCN \\d+: a partition was added`));
  for (const { name, columns, rows } of shapes) {
    const progress = tableOf(caughtUp, name);
    expect(progress.baseRows).toBe(rows.length);
    expect(progress.logRows).toBeGreaterThan(1);
    await mustBeEqual(progress, { columns });
  }
});

test('patterns, exceptions, names, columns and values too large: each table becomes what the task asks for', async () => {
  await create('PAT_ONE', PLAIN, "1, 'a'");
  await create('PAT_TWO', PLAIN, "1, 'a'");
  await create('PAT_TMP_X', PLAIN, "1, 'a'");
  const exact = '(ID NUMBER(9) PRIMARY KEY, V VARCHAR2(20), N NUMBER(5), SECRET VARCHAR2(20))';
  await create('PAT_EXACT', exact, "1, 'a', 127, 's'", "2, 'b', 128, 's'", "3, 'c', -1000, 's'");
  await start({
    name: 'patterns',
    tables: [
      { table: `${owner}.PAT_*`, except: [`${owner}.PAT_TMP_*`] },
      {
        table: `${owner}.PAT_EXACT`,
        as: 'chosen',
        columns: { exclude: ['SECRET'], rename: { V: 'text' }, as: { N: 'tinyint' } },
      },
    ],
    naming: { tables: { prefix: 'p_', match: '^pat_(.*)$', replace: 'm_$1' } },
    values: { overflow: 'null' },
  });
  await untilFollowing('patterns');
  await commit(
    "UPDATE PAT_ONE SET V = 'b'",
    "INSERT INTO PAT_TWO VALUES (2, 'b')",
    "INSERT INTO PAT_TMP_X VALUES (2, 'b')",
    "UPDATE PAT_EXACT SET N = 500, SECRET = 'changed' WHERE ID = 1",
    'DELETE FROM PAT_EXACT WHERE ID = 3',
  );
  const status = await untilCaughtUp('patterns');
  expect(status.tables.map(({ table, base, log, nulled }) => [table, base, log, nulled])).toEqual([
    [`${owner}.PAT_EXACT`, 'chosen_base', 'chosen_log', 2 + 2],
    [`${owner}.PAT_ONE`, 'p_m_one_base', 'p_m_one_log', 0],
    [`${owner}.PAT_TWO`, 'p_m_two_base', 'p_m_two_log', 0],
  ]);
  for (const name of ['PAT_ONE', 'PAT_TWO']) await mustBeEqual(tableOf(status, name), { columns: ID_V });
  await mustBeEqual(tableOf(status, 'PAT_EXACT'), {
    columns: { ID: 'id', V: 'text', N: 'n' },
    becomes: (column, value) => (column === 'N' && Math.abs(Number(value)) > 127 ? null : value),
  });
  await using sink = new MaxComputeSink(system().sandbox.maxcompute);
  expect((await sink.findTable('chosen_base'))?.columns.map(({ name, type }) => [name, type])).toEqual([
    ['id', 'int'],
    ['text', 'string'],
    ['n', 'tinyint'],
  ]);
  expect(await sink.findTable('p_m_exact_base')).toBeUndefined();
});

describe('rules of a whole task', () => {
  const LEVELS = ['year', 'month', 'day', 'hour', 'minute'];
  const AT = [4, 2, 2, 2, 2];
  /** Levels of partitions, additional columns, case, and what the Oracle name N_… and its columns become. */
  const rules = [
    [0, 'plain', 'default', 'n_0', { Id: 'id', V: 'v' }],
    [1, 'prefixed', 'source', 'N_1', { Id: 'Id', V: 'V' }],
    [2, 'plain', 'upper', 'N_2', { Id: 'ID', V: 'V' }],
    [3, 'prefixed', 'lower', 'n_3', { Id: 'id', V: 'v' }],
    [4, 'plain', 'source', 'N_4', { Id: 'Id', V: 'V' }],
    [5, 'prefixed', 'upper', 'N_5', { Id: 'ID', V: 'V' }],
  ] as const;

  test('partitions from none to minutes, both spellings of additional columns, four rules of case', async () => {
    for (const [levels, additionalColumns, letters] of rules) {
      await create(`N_${levels}`, '("Id" NUMBER(9) PRIMARY KEY, V VARCHAR2(20))', "1, 'copied'");
      await start({
        name: `rules-${levels}`,
        tables: [{ table: `${owner}.N_${levels}` }],
        naming: { additionalColumns, case: letters },
        incremental: { flushSeconds: 1, partition: LEVELS.slice(0, levels) },
      });
    }
    await using sink = new MaxComputeSink(system().sandbox.maxcompute);
    for (const [levels, , , destination] of rules) {
      const { tables } = await untilFollowing(`rules-${levels}`);
      expect(tables.map(({ base, log }) => [base, log])).toEqual([[`${destination}_base`, `${destination}_log`]]);
      await commit(`UPDATE N_${levels} SET V = 'changed'`, `INSERT INTO N_${levels} VALUES (2, 'mined')`);
    }
    for (const [levels, additionalColumns, , destination, columns] of rules) {
      const prefix = additionalColumns === 'prefixed' ? 'new_dts_sync_' : '';
      const status = await untilCaughtUp(`rules-${levels}`);
      await mustBeEqual(tableOf(status, `N_${levels}`), { columns, prefix });
      const log = await sink.findTable(`${destination}_log`);
      const added = ['record_id', 'operation_flag', 'utc_timestamp', 'before_flag', 'after_flag'];
      const partitions = LEVELS.slice(0, levels).map((level) => `${prefix}modifytime_${level}`);
      // Whatever a statement writes, MaxCompute keeps names of columns in lower case.
      const all = [...added.map((name) => prefix + name), ...Object.values(columns)];
      expect(log?.columns.map(({ name }) => name)).toEqual(all.map((name) => name.toLowerCase()));
      expect(log?.partitionColumns.map(({ name }) => name)).toEqual(partitions);
      await mustLieInItsPartition(`${destination}_log`, `${prefix}utc_timestamp`, partitions);
    }
  });

  /** Each row is in the partition of its own utc_timestamp, in UTC, zero-padded. */
  async function mustLieInItsPartition(log: string, time: string, partitions: readonly string[]): Promise<void> {
    const rows = await new Warehouse(system().sandbox.maxcompute).select(
      `SELECT ${[time, ...partitions].join(', ')} FROM ${log}`,
    );
    expect(rows).toHaveLength(3);
    for (const [seconds, ...found] of rows) {
      const parts = new Date(Number(seconds) * 1000).toISOString().split(/\D/);
      expect(found).toEqual(AT.slice(0, partitions.length).map((digits, i) => (parts[i] ?? '').padStart(digits, '0')));
    }
  }
});
