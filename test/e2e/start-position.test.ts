/** The position outside Temporal: a new chain goes on exactly where an earlier one stood, or begins at an SCN or a time. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import oracledb from 'oracledb';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { MaxComputeSink } from '../../maxcompute/sink.ts';
import type { TaskStatus, TaskSummary } from '../../model/progress.ts';
import { journalOf } from '../support/both-sides.ts';
import { logOf } from '../support/fault-tasks.ts';
import type { Ended } from '../support/programs.ts';
import { eventually, exact, sharedSystem, Task } from '../support/whole-system.ts';

const system = sharedSystem();
const LIMIT = { timeout: 290_000 };
/** After its task's end; well under the quiet period of these tests. */
const LATE_MS = 1_000;

const startSaved = (task: Task): Promise<Ended> => system().command('start', task.file, '--position', 'saved');

async function stopped(task: Task): Promise<TaskSummary | undefined> {
  await system().redoflow.stop(task.name);
  const view = await eventually('the task has ended', async () => {
    const seen = await system().redoflow.view(task.name);
    return seen.kind === 'ended' && seen;
  });
  return view.summary;
}

const terminate = (task: Task): Promise<unknown> =>
  system().temporal.client.workflow.getHandle(task.workflowId).terminate('lost');

async function followed(rows = 60): Promise<Task> {
  const task = await system().task({ rows });
  await task.startAndFollow();
  await task.orders.change(8);
  await task.untilCaughtUp();
  return task;
}

async function goesOn(task: Task): Promise<TaskStatus> {
  const started = await startSaved(task);
  expect(started.err).toBe('');
  expect(started.code).toBe(0);
  await task.until('the tail begins', ({ position }) => position !== undefined);
  await task.orders.change(8);
  const status = await task.untilCaughtUp();
  const comparison = await task.compare(status);
  expect(comparison).toMatchObject(exact);
  expect(comparison.logRows).toBeGreaterThan(40);
  return status;
}

/** The task, with only its changes followed. */
async function tailOnly(startAt?: object): Promise<Task> {
  const { orders, written } = await system().task();
  const changes = { ...written, synchronize: ['schema', 'incremental'], ...(startAt && { startAt }) };
  return new Task(system(), orders, changes);
}

async function currentScn(): Promise<string> {
  await using reader = await oracledb.getConnection(system().sandbox.oracle);
  const { rows = [] } = await reader.execute<[string]>('SELECT TO_CHAR(CURRENT_SCN) FROM V$DATABASE');
  return rows[0]?.[0] ?? '';
}

/** Differences of `_log` alone: nothing was copied. */
async function logDifferences(
  task: Task,
): Promise<{ readonly wrong: number; readonly found: number; readonly status: TaskStatus }> {
  const status = await task.untilCaughtUp();
  const { parts } = await task.compare(status);
  const log = parts.find(({ name }) => name.startsWith('_log'));
  return { wrong: log?.wrong ?? -1, found: log?.found ?? 0, status };
}

/** Each has a task of its own. */
describe.concurrent('start --position saved', () => {
  test(
    'goes on where a stopped task stood, once Temporal has forgotten it, and as often as one likes',
    LIMIT,
    async () => {
      const task = await followed();
      const summary = await stopped(task);
      await task.orders.change(8);
      const shown = await system().command('position', task.name);
      expect(shown.out).toContain(`kept at the destination: SCN ${summary?.position?.scn ?? '?'}`);
      expect(shown.out).toContain('start FILE --position saved');
      await system().redoflow.forget(await system().redoflow.remembered(task.name));

      const first = await goesOn(task);
      expect(first.events.map(({ text }) => text)).toContain(
        '_base and _log of 1 table are those of the saved position; going on from there',
      );
      const again = await startSaved(task);
      expect(again.code).toBe(1);
      expect(again.err).toContain(`The task ${task.name} is already running`);

      await stopped(task);
      await task.orders.change(5);
      await goesOn(task); // the tables carry the mark of the first chain, two chains back
    },
  );

  test.each([
    ['is on its way', 'hold'],
    ['lost its answer', 'lose'],
  ] as const)('goes on after the task was terminated while a commit %s', LIMIT, async (_what, action) => {
    const task = await followed();
    const table = logOf(task.orders.table.replace(/^.*\./, ''));
    const commit = system().door.faults.inject({ operation: 'commit', table, action, times: 1 });
    await task.orders.change(10);
    await eventually('a window is being committed', () => commit.met.length > 0);
    await terminate(task);
    setTimeout(commit.end, LATE_MS);
    await task.orders.change(5);
    await goesOn(task);
  });

  test(
    'is refused where nothing was saved, for another plan, for lost tables, and for those of others',
    LIMIT,
    async () => {
      const refusal = async (task: Task): Promise<string> => {
        const { code, out, err } = await startSaved(task);
        expect({ code, err }).toMatchObject({ code: 3 });
        await stopped(task);
        return out;
      };
      const fresh = await system().task();
      expect(await refusal(fresh)).toContain(`no position of the task ${fresh.name} is saved at warehouse`);

      const task = await followed();
      await stopped(task);
      const other = path.join(system().folder, `${task.name}.yaml`);
      writeFileSync(other, stringify({ ...task.written, incremental: { flushSeconds: 1, partition: [] } }));
      expect(await refusal(task)).toContain('incremental.partition is not what the tables were made with');
      writeFileSync(other, stringify({ ...task.written, tables: [{ table: fresh.orders.table }] }));
      expect(await refusal(task)).toContain(`the saved position follows ${task.orders.table}`);
      writeFileSync(other, stringify(task.written));

      await using sink = new MaxComputeSink(system().sandbox.maxcompute);
      const log = `${task.orders.table.replace(/^.*\./, '').toLowerCase()}_log`;
      await sink.renameTable(log, 'elsewhere');
      expect(await refusal(task)).toContain(`${log} does not exist`);
      await sink.createTable({
        name: log,
        comment: 'mine',
        columns: [{ name: 'x', type: 'string' }],
        partitionColumns: [],
      });
      expect(await refusal(task)).toContain(`${log} was not made by the task ${task.name}`);
      await sink.dropTable(log);
      await sink.renameTable('elsewhere', log);
      await goesOn(task); // refusals change nothing
    },
  );
});

describe('start --position scn', () => {
  test('emits what commits after it, in full, also of a transaction that was open there', LIMIT, async () => {
    const task = await tailOnly();
    await task.orders.change(5);
    await using writer = await oracledb.getConnection(system().sandbox.oracle);
    await writer.execute(`UPDATE ${task.orders.table} SET NOTE = 'began before' WHERE ID = 1`);
    await using ended = await oracledb.getConnection(system().sandbox.oracle);
    await ended.execute(`UPDATE ${task.orders.table} SET NOTE = 'ends before the start' WHERE ID = 2`);
    await task.orders.change(1);
    const scn = await currentScn();
    await ended.commit();
    await task.orders.change(5);

    const { code, err } = await system().command('start', task.file, '--position', `scn:${scn}`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    await task.until('the tail begins', ({ position }) => position !== undefined);
    await writer.execute(`UPDATE ${task.orders.table} SET NOTE = 'and goes on' WHERE ID = 1`);
    await writer.commit();
    await task.orders.change(5);
    const { wrong, found, status } = await logDifferences(task);
    expect(wrong).toBe(0);
    expect(found).toBeGreaterThan(20);
    expect(status.tables[0]).toMatchObject({ snapshotScn: scn, baseRows: 0 });

    await stopped(task);
    await task.orders.change(3);
    expect((await startSaved(task)).code).toBe(0);
    await task.until('the tail begins', ({ position }) => position !== undefined);
    expect((await logDifferences(task)).wrong).toBe(0);
  });

  test.each([
    ['scn:999999999999999', 3, 'lies in the future: redo is written up to SCN'],
    ['scn:1', 3, 'lies before the RESETLOGS of the database'],
    ['time:2020-01-01T00:00:00Z', 3, 'The redo of 2020-01-01T00:00:00Z is not there any more'],
    ['time:2199-01-01T00:00:00Z', 3, "lies in the future: the database's clock says"],
    ['yesterday', 2, 'saved, scn:NUMBER or time:'],
  ])('is refused at %s', LIMIT, async (position, code, says) => {
    const task = await tailOnly();
    const ended = await system().command('start', task.file, '--position', position);
    expect(ended).toMatchObject({ code });
    expect((ended.out + ended.err).replaceAll('\n', ' ')).toContain(says);
    if (code === 3) await stopped(task);
  });

  test('is refused for a task that copies', async () => {
    const task = await system().task();
    const { code, err } = await system().command('start', task.file, '--position', 'scn:812345678');
    expect(code).toBe(2);
    expect(err).toContain('a start from an SCN or a time makes no full copy');
  });
});

test('startAt: a time of the source: nothing that committed then or later is left out', LIMIT, async () => {
  const task = await tailOnly();
  await task.orders.change(5);
  const before = await currentScn();
  await wait(2_100);
  const time = `${new Date().toISOString().slice(0, 19)}Z`;
  await wait(1_100);
  await system().control('/oracle/switch-log', {});
  await task.orders.change(5);
  writeFileSync(task.file, stringify({ ...task.written, startAt: { time } }));
  expect((await system().command('start', task.file)).code).toBe(0);
  const { wrong, found, status } = await logDifferences(task);
  expect(wrong).toBe(0);
  expect(found).toBeGreaterThan(10);
  const start = BigInt(status.tables[0]?.snapshotScn ?? '0');
  const commits = (await journalOf(system())).map(({ commitScn }) => BigInt(commitScn));
  expect(commits.filter((commit) => commit > start)).toEqual(commits.filter((commit) => commit > BigInt(before)));
});
