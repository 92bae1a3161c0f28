/** DDL at the source while a task runs: columns are followed, other tables are held and released, tables come and go; nothing else waits. */
import { setTimeout as wait } from 'node:timers/promises';
import oracledb from 'oracledb';
import { describe, expect, test } from 'vitest';
import { Warehouse } from '../../demo/warehouse.ts';
import { MaxComputeSink } from '../../maxcompute/sink.ts';
import type { TaskStatus } from '../../model/progress.ts';
import { Arrivals } from '../support/arrivals.ts';
import { journalOf } from '../support/both-sides.ts';
import { sourceTables, TableLoad } from '../support/source-tables.ts';
import { eventually, sharedSystem } from '../support/whole-system.ts';

const TABLES = Number(process.env['REDOFLOW_TEST_TABLES'] ?? 6);

const system = sharedSystem();
const source = sourceTables(system);
const { createSmall: create, commit, ddl, until, untilFollowing, untilCaughtUp, tableOf, mustBeEqual } = source;

const start = (name: string, tables: readonly string[]): Promise<void> => source.start({ name }, tables);

const stateOf = (status: TaskStatus, name: string): string | undefined => tableOf(status, name)?.state;

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

/** How long the others are watched before a table is held, and while some are. */
const WATCHED_MS = 5_000;

/** Seconds. Beside other tests anything may take longer at any moment; the file by itself, with all its tables, is measured closely. */
const muchLater = (before: number): number =>
  process.env['REDOFLOW_TEST_TABLES'] === undefined ? 4 * before + 4 : 2 * before + 2;

describe('a column that is modified', () => {
  test('holds its table, the others go on as before, and each of four choices ends it', async () => {
    const names = Array.from({ length: TABLES }, (_, i) => `M_${i}`);
    const [continued = '', resynced = '', removed = '', gap = ''] = names;
    for (const name of names) await create(name);
    await start('modified', names);
    await untilFollowing('modified');
    const others = names.slice(4);
    let held: TaskStatus;
    {
      await using load = new TableLoad(system(), names);
      const logs = new Map(others.map((name) => [name, `${name.toLowerCase()}_log`]));
      await using arrivals = new Arrivals(system(), load, logs);
      await wait(WATCHED_MS);
      const heldFrom = performance.now();
      for (const name of names.slice(0, 4)) await ddl(`ALTER TABLE ${name} MODIFY N NUMBER(8)`);
      held = await until(
        'modified',
        'four tables are held',
        ({ tables }) => tables.filter(({ state }) => state === 'held').length === 4,
      );
      const heldTo = performance.now() + WATCHED_MS;
      await wait(WATCHED_MS);
      await eventually('what was committed meanwhile has arrived', () => arrivals.reached(heldTo));
      const before = arrivals.percentile95(0, heldFrom);
      expect(arrivals.percentile95(heldFrom, heldTo)).toBeLessThan(muchLater(before));
      const release = (name: string, choice: string, ...more: readonly string[]) =>
        system().command('tables', 'modified', 'release', `${source.owner}.${name}`, choice, ...more);
      expect(await release(continued, 'continue')).toMatchObject({ code: 0, err: '' });
      expect(await release(resynced, 'resync')).toMatchObject({ code: 0, err: '' });
      expect(await release(removed, 'remove')).toMatchObject({ code: 0, err: '' });
      expect(await release(gap, 'acceptGap')).toMatchObject({ code: 2 });
      expect(await release(gap, 'acceptGap', '--confirm', `${source.owner}.${gap}`)).toMatchObject({
        code: 0,
        err: '',
      });
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
    const status = await untilCaughtUp(
      'modified',
      names.filter((name) => name !== removed),
    );
    for (const name of others) await mustBeEqual(status, name);
    await logMustBeWhole(status, continued);
    await mustBeEqual(status, resynced);
    expect(stateOf(status, removed)).toBeUndefined();
    expect(status.events.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(`^${source.owner}.${gap}: changes from SCN \\d+ on are given up`),
    );
    const keptAs = new RegExp(`^${source.owner}.${resynced}: the old pair is kept as …_(\\w+);`);
    const [suffix = ''] = status.events.flatMap(({ text }) => keptAs.exec(text)?.[1] ?? []);
    await using sink = new MaxComputeSink(system().sandbox.maxcompute);
    for (const part of ['base', 'log']) {
      const aside = `${resynced.toLowerCase()}_${part}_${suffix}`;
      expect((await sink.findTable(aside))?.name, `${aside}, by ${keptAs.source}`).toBe(aside);
    }
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
    await using load = new TableLoad(system(), ['T_OLD', 'T_NEW']);
    await wait(1_500);
    expect(await system().command('tables', 'adding', 'add', `${source.owner}.T_NEW`)).toMatchObject({
      code: 0,
      err: '',
    });
    expect(await system().command('tables', 'adding', 'add', `${source.owner}.NO_SUCH`)).toMatchObject({ code: 1 });
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
    const refused = await system().command('tables', 'truncated', 'release', `${source.owner}.R_1`, 'continue');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.err).toContain('resync, remove, acceptGap');
    expect(await system().command('tables', 'truncated', 'resync', `${source.owner}.R_1`)).toMatchObject({
      code: 0,
      err: '',
    });
    await until('truncated', 'R_1 is followed', (status) => stateOf(status, 'R_1') === 'synchronizing');
    await commit(`UPDATE R_1 SET V = 'after' WHERE ID = 1`);
    const status = await untilCaughtUp('truncated', ['R_1', 'R_2']);
    await mustBeEqual(status, 'R_1');
    await mustBeEqual(status, 'R_2');
  });
});
