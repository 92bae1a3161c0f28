/** Tables of every ordinary shape, and every rule for names, columns and partitions: copied and followed, both sides compared. */
import { describe, expect, test } from 'vitest';
import { Warehouse } from '../../demo/warehouse.ts';
import { MaxComputeSink } from '../../maxcompute/sink.ts';
import type { TableProgress, TaskStatus } from '../../model/progress.ts';
import { bothSides, type ComparedColumns } from '../support/both-sides.ts';
import { sourceTables } from '../support/source-tables.ts';
import { ID_V, PLAIN, shapes } from '../support/table-shapes.ts';
import { sharedSystem } from '../support/whole-system.ts';

const system = sharedSystem();
const source = sourceTables(system);
const { create, commit, start, until, untilFollowing } = source;

/** Of all tables that the task has. */
async function untilCaughtUp(task: string): Promise<TaskStatus> {
  const { tables } = await untilFollowing(task);
  return source.untilCaughtUp(
    task,
    tables.map(({ table }) => table.slice(source.owner.length + 1)),
  );
}

/** As many rows of the log as the task says. */
async function mustBeEqual(status: TaskStatus, name: string, compared: ComparedColumns): Promise<TableProgress> {
  const progress = await source.mustBeEqual(status, name, compared);
  const { log } = await bothSides(system(), progress, compared);
  expect(log.found.length, `${progress.table}: _log`).toBe(progress.logRows);
  return progress;
}

test('tables of every shape are copied and followed; one without a key only when its alert is ignored', async () => {
  for (const { name, definition, rows } of shapes) await create(name, definition, ...rows);
  await start({
    name: 'shapes',
    tables: shapes.map(({ name, entry }) => ({ table: `${source.owner}.${name}`, ...entry })),
  });
  const { precheck } = await until('shapes', 'the precheck fails', ({ state }) => state === 'PrecheckFailed');
  const failed = precheck?.results.filter(({ verdict }) => verdict === 'failed');
  expect(failed?.map(({ id, subject }) => [id, subject])).toEqual([
    ['table-key', `${source.owner}.S_KEYLESS`],
    ['table-key', `${source.owner}.S_LIST`],
  ]);
  expect(await system().command('precheck', 'shapes', '--ignore', 'table-key')).toMatchObject({ code: 0, err: '' });
  const following = await untilFollowing('shapes');
  expect(following.tables).toHaveLength(shapes.length);
  for (const { name, changes } of shapes) for (const change of changes) await commit(change.replace('#', name));
  const caughtUp = await untilCaughtUp('shapes');
  const notes = caughtUp.events.map(({ text }) => text);
  for (const name of ['S_RANGE', 'S_LIST', 'S_SUBPARTITIONED'])
    expect(notes).toContainEqual(expect.stringMatching(`^${source.owner}.${name} at SCN \\d+: a partition was added`));
  for (const { name, columns, rows } of shapes) {
    const progress = await mustBeEqual(caughtUp, name, { columns });
    expect(progress.baseRows).toBe(rows.length);
    expect(progress.logRows).toBeGreaterThan(1);
  }
});

test('an index-organized table is copied in buckets of its keys, and followed through partial rollbacks', async () => {
  const { writer } = source;
  const definition = '(A NUMBER(9), B VARCHAR2(10), V VARCHAR2(20), L VARCHAR2(200), PRIMARY KEY (B, A))';
  await create('S_INDEX', `${definition} ORGANIZATION INDEX INCLUDING V OVERFLOW`);
  // Its index keeps more than a megabyte, so that there are two buckets.
  await commit(
    `INSERT INTO S_INDEX SELECT LEVEL, 'b' || MOD(LEVEL, 3), 'copied', 'long' FROM DUAL CONNECT BY LEVEL <= 13000`,
    'DELETE FROM S_INDEX WHERE A > 6000',
  );
  await start({ name: 'index', tables: [{ table: `${source.owner}.S_INDEX` }], full: { chunkMegabytes: 1 } });
  await untilFollowing('index');
  const insert = "INSERT INTO S_INDEX VALUES (:1, 'new', 'v', 'l')";
  await writer.executeMany(insert, [[1], [2], [3]]);
  await writer.execute('SAVEPOINT S');
  await writer.execute("UPDATE S_INDEX SET V = 'undone', L = NULL WHERE B = 'new' OR A < 4");
  await writer.execute("DELETE FROM S_INDEX WHERE B = 'new' AND A > 1");
  await writer.execute('ROLLBACK TO S');
  await expect(writer.execute("UPDATE S_INDEX SET B = 'new' WHERE A < 4")).rejects.toThrow('ORA-00001');
  await writer.execute("UPDATE S_INDEX SET V = 'changed', L = L || ' and longer' WHERE A < 4");
  await commit("UPDATE S_INDEX SET A = A + 100 WHERE B = 'new'", 'DELETE FROM S_INDEX WHERE A = 5000');
  const status = await untilCaughtUp('index');
  const { baseRows, logRows, chunks } = await mustBeEqual(status, 'S_INDEX', {
    columns: { A: 'a', B: 'b', V: 'v', L: 'l' },
  });
  expect([baseRows, logRows, chunks]).toEqual([6_000, 3 + 2 * 6 + 2 * 3 + 1, 2]);
  const { code, out } = await system().command('verify', 'index', `${source.owner}.S_INDEX`);
  expect([code, out]).toEqual([0, expect.stringMatching(/S_INDEX +6,002 +\d+ +0 +0 +0 +0 +equal/)]);
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
      { table: `${source.owner}.PAT_*`, except: [`${source.owner}.PAT_TMP_*`] },
      {
        table: `${source.owner}.PAT_EXACT`,
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
    [`${source.owner}.PAT_EXACT`, 'chosen_base', 'chosen_log', 2 + 2],
    [`${source.owner}.PAT_ONE`, 'p_m_one_base', 'p_m_one_log', 0],
    [`${source.owner}.PAT_TWO`, 'p_m_two_base', 'p_m_two_log', 0],
  ]);
  for (const name of ['PAT_ONE', 'PAT_TWO']) await mustBeEqual(status, name, { columns: ID_V });
  await mustBeEqual(status, 'PAT_EXACT', {
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
        tables: [{ table: `${source.owner}.N_${levels}` }],
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
      await mustBeEqual(status, `N_${levels}`, { columns, prefix });
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
