/** Resets while a table is held, catches up, or is being added, and to before all that: what a run forgets is at the destination. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Warehouse } from '../../demo/warehouse.ts';
import type { TaskStatus } from '../../model/progress.ts';
import { resetPoints, resetSeed, resetTo, runsOf, seeded } from '../support/resets.ts';
import { ID_V_N_COLUMNS, sourceTables, TableLoad } from '../support/source-tables.ts';
import { eventually, sharedSystem } from '../support/whole-system.ts';

const seed = resetSeed();
const random = seeded(seed);

const system = sharedSystem();
const source = sourceTables(system);
const { createSmall: create, ddl, tableOf } = source;

const until = (task: string, what: string, wished: (status: TaskStatus) => boolean): Promise<TaskStatus> =>
  source.until(task, `REDOFLOW_TEST_RESET_SEED=${seed}: ${what}`, wished);

async function start(name: string, tables: readonly string[]): Promise<void> {
  await source.start({ name, incremental: { flushSeconds: 1 } }, tables);
  await source.untilFollowing(name);
}

const isFollowing = (status: TaskStatus, names: readonly string[]): boolean =>
  status.tables.length === names.length && source.isFollowing(status, names);

/** A part of the way through the first run, 0 to 1; absent: anywhere in the newest. */
async function reset(task: string, part?: number): Promise<readonly string[]> {
  const runs = await runsOf(system(), task);
  const points = await resetPoints(system(), task, (part === undefined ? runs.at(-1) : runs[0]) ?? '');
  const point = points[part === undefined ? random(points.length) : Math.floor(part * (points.length - 1))];
  if (!point) throw new Error('nothing to reset to');
  await resetTo(system(), task, point);
  return runs;
}

const resetAndGone = async (task: string, part?: number): Promise<void> => {
  const old = await reset(task, part);
  const { windowsDone } = await until(task, 'the new run answers', ({ run }) => !old.includes(run.id));
  // What a run remembers of windows comes from the one that was reset; a further one is its own.
  await until(task, 'the new run follows the redo', (status) => status.windowsDone > windowsDone);
};

/** @param redefined tables whose columns were changed, and their columns now */
async function mustBeEqual(
  task: string,
  names: readonly string[],
  redefined: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Promise<void> {
  const status = await source.untilCaughtUp(task, names);
  expect(isFollowing(status, names)).toBe(true);
  for (const name of names) {
    const compared = { columns: redefined[name] ?? ID_V_N_COLUMNS, redefined: name in redefined };
    const { log } = await source.mustBeEqual(status, name, compared).catch((error: unknown) => {
      throw new Error(`REDOFLOW_TEST_RESET_SEED=${seed}: ${String(error)}`, { cause: error });
    });
    const [[ids, rows] = []] = await new Warehouse(system().sandbox.maxcompute).select(
      `SELECT COUNT(DISTINCT record_id), SUM(CASE WHEN after_flag = 'N' AND operation_flag = 'U' THEN 0 ELSE 1 END) FROM ${log}`,
    );
    expect(ids, `REDOFLOW_TEST_RESET_SEED=${seed} ${name}: record_ids`).toBe(rows);
  }
}

const full = (name: string): string => `${source.owner}.${name}`;

const release = (task: string, name: string): Promise<void> =>
  system().redoflow.releaseTable(task, full(name), 'continue');

/** The server tells a run that was reset what the one of before was asked: the table may be released already. */
const releaseAgain = (task: string, name: string): Promise<void> =>
  release(task, name).catch((error: unknown) => {
    if (!/is not held|is catching up already/.test(String(error))) throw error;
  });

const isHeld = (name: string) => (status: TaskStatus) => tableOf(status, name)?.state === 'held';

/** Each has tables and a task of its own. */
describe.concurrent('resets of a task', { timeout: 400_000 }, () => {
  test('with a table that is held, that catches up, and that has joined again', async () => {
    const names = ['H_1', 'H_2', 'H_3'];
    for (const name of names) await create(name);
    await start('reset-held', names);
    {
      await using load = new TableLoad(system(), names);
      await wait(1_000);
      await ddl('ALTER TABLE H_1 MODIFY N NUMBER(8)');
      await until('reset-held', 'H_1 is held', isHeld('H_1'));
      await resetAndGone('reset-held');
      await until('reset-held', 'H_1 is held again', isHeld('H_1'));
      await wait(1_000);
      await release('reset-held', 'H_1');
      await wait(random(1_500));
      await resetAndGone('reset-held');
      await wait(random(1_000));
      await resetAndGone('reset-held');
      const again = await until(
        'reset-held',
        'H_1 is followed or held',
        (status) => isFollowing(status, names) || (isHeld('H_1')(status) && !tableOf(status, 'H_1')?.held?.catchingUp),
      );
      // A reset to before the release has forgotten it.
      if (isHeld('H_1')(again)) await releaseAgain('reset-held', 'H_1');
      await until('reset-held', 'H_1 has joined', (status) => isFollowing(status, names));
      await resetAndGone('reset-held', 0.6);
      await wait(1_000);
      expect(load.committed.length).toBeGreaterThan(100);
    }
    await mustBeEqual('reset-held', names, { H_1: ID_V_N_COLUMNS });
  });

  test('with a table that is being added, and to before it was added', async () => {
    const names = ['J_OLD', 'J_NEW'];
    for (const name of names) await create(name);
    await start('reset-adding', ['J_OLD']);
    {
      await using load = new TableLoad(system(), names);
      await wait(1_000);
      const held = system().door.faults.inject({ operation: 'block', table: 'j_new_base_loading', action: 'hold' });
      await system().redoflow.addTables('reset-adding', [{ table: full('J_NEW') }]);
      await eventually('its copy is under way', () => held.met.length > 0);
      await resetAndGone('reset-adding');
      held.end();
      await until('reset-adding', 'J_NEW is followed', (status) => isFollowing(status, names));
      await wait(random(1_000));
      await resetAndGone('reset-adding', 0.5);
      await until('reset-adding', 'J_NEW is followed', (status) => isFollowing(status, names));
      await resetAndGone('reset-adding');
      await wait(1_000);
      expect(load.committed.length).toBeGreaterThan(100);
    }
    await mustBeEqual('reset-adding', names);
  });

  test('to its full copy, after tables were added and removed and columns followed', async () => {
    const names = ['F_OLD', 'F_LEAVES', 'F_NEW'];
    for (const name of names) await create(name);
    await start('reset-early', ['F_LEAVES', 'F_OLD']);
    {
      await using load = new TableLoad(system(), names);
      await wait(1_000);
      await system().redoflow.addTables('reset-early', [{ table: full('F_NEW') }]);
      await until('reset-early', 'F_NEW is followed', (status) => isFollowing(status, names));
      await system().redoflow.removeTables('reset-early', [full('F_LEAVES')]);
      await until('reset-early', 'F_LEAVES has left', (status) => isFollowing(status, ['F_OLD', 'F_NEW']));
      await ddl('ALTER TABLE F_OLD ADD (M NUMBER(5))');
      await until('reset-early', 'F_OLD has its new column', ({ events }) =>
        events.some(({ text }) => text.endsWith('F_OLD: its new columns are at the destination')),
      );
      await source.commit('UPDATE F_OLD SET M = 7 WHERE ID <= 5');
      await wait(1_500);
      await resetAndGone('reset-early', 0.08);
      await until('reset-early', 'both are followed', (status) => isFollowing(status, ['F_OLD', 'F_NEW']));
      await wait(1_000);
      expect(load.committed.length).toBeGreaterThan(100);
    }
    await mustBeEqual('reset-early', ['F_OLD', 'F_NEW'], { F_OLD: { ...ID_V_N_COLUMNS, M: 'm' } });
  });
});
