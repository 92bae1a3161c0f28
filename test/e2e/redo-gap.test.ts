/** Redo that is purged before it was read: nothing is skipped, and a person chooses one of three ways on (fault matrix 17, 18). */
import oracledb from 'oracledb';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Comparison } from '../../demo/compare.ts';
import type { TaskStatus } from '../../model/progress.ts';
import { startShortened } from '../support/resets.ts';
import { eventually, exact, sharedSystem, type Task } from '../support/whole-system.ts';

const system = sharedSystem();
const RETRIED_SECONDS = 12;

/** Of the database's only thread. */
async function sequenceBeingWritten(): Promise<number> {
  await using reader = await oracledb.getConnection(system().sandbox.oracle);
  const { rows } = await reader.execute<[number]>("SELECT SEQUENCE# FROM V$LOG WHERE STATUS = 'CURRENT'");
  return rows?.[0]?.[0] ?? 0;
}

/** No online log holds anything of before any more. */
async function archive(): Promise<void> {
  for (let count = 0; count < 4; count++) await system().control('/oracle/switch-log', {});
}

async function paused(task: Task): Promise<{ readonly task: Task; readonly at: TaskStatus }> {
  await startShortened(system(), task.written, { otherIssuesMinutes: RETRIED_SECONDS / 60 });
  await task.until('the tail begins', ({ position }) => position !== undefined);
  await task.orders.change(5);
  await task.untilCaughtUp();
  await system().redoflow.pause(task.name);
  return { task, at: await task.until('it rests', ({ state }) => state === 'Paused') };
}

const isThere = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('not made yet');
  return value;
};

const names = (sequence: number): RegExp => new RegExp(`thread 1: sequence ${sequence} of SCN \\d+ to \\d+`);

/** Rows that the log lacks; it has no other fault. */
function onlyLost({ parts }: Comparison): number {
  const { expected, found, wrong } = isThere(parts.find(({ name }) => name.startsWith('_log')));
  expect(expected - found).toBe(wrong);
  return wrong;
}

/** One log is purged in which changes of all of them are, while they are paused. */
const ways = ['restored', 'resynced', 'accepted'] as const;
const tasks = new Map<string, { readonly task: Task; readonly failed: TaskStatus }>();
let sequence = 0;

beforeAll(async () => {
  const made: Task[] = [];
  while (made.length < ways.length) made.push(await system().task());
  const all = await Promise.all(made.map(paused));
  await archive();
  sequence = await sequenceBeingWritten();
  for (const { task } of all) await task.orders.change(8);
  await archive();
  await system().control('/oracle/purge-log', { sequence });
  for (const { task } of all) await task.orders.change(4);
  for (const { task } of all) await system().redoflow.resume(task.name);
  const failed = await Promise.all(
    all.map(async ({ task, at }) => {
      const { retry } = await task.until('Retrying is shown', ({ state }) => state === 'Retrying');
      expect(retry).toMatchObject({ budget: 'other', message: expect.stringMatching(names(sequence)) as string });
      const status = await task.until('it fails', ({ state }) => state === 'Failed', 100);
      expect(status.position).toEqual(at.position);
      return { task, failed: status };
    }),
  );
  for (const [index, way] of ways.entries()) tasks.set(way, isThere(failed[index]));
}, 240_000);

describe('a task whose redo was purged while it was paused', () => {
  test.each(ways)('fails with thread, sequence and three ways on, and says so in its status: %s', async (way) => {
    const { task, failed } = isThere(tasks.get(way));
    expect(failed.failure).toMatchObject({
      kind: 'source-redo-missing',
      message: expect.stringMatching(names(sequence)) as string,
      sentence: expect.stringMatching(/recover NAME`.*--resync-all.*--accept-gap/) as string,
    });
    const { runway } = await task.until('the runway was measured', (status) => status.runway?.usedPercent === 100);
    expect(runway).toMatchObject({ hours: 0, holder: 'the position', neededScn: failed.position?.scn });
    const shown = await system().command('status', task.name);
    expect(shown.out).toMatch(names(sequence));
    expect(shown.out).toMatch(/^redo: redo from SCN \d+ on is not all there any more; needed by the position$/m);
  });

  test('gives nothing up without its name', async () => {
    const { task } = isThere(tasks.get('accepted'));
    const unconfirmed = await system().command('recover', task.name, '--accept-gap');
    expect(unconfirmed).toMatchObject({ code: 2, err: expect.stringContaining(`--confirm ${task.name}`) as string });
    const both = await system().command('recover', task.name, '--accept-gap', '--resync-all', '--confirm', task.name);
    expect(both).toMatchObject({ code: 2 });
    expect(await system().redoflow.status(task.name)).toMatchObject({ state: 'Failed' });
  });

  test('copies every table anew with --resync-all, and both sides are equal', async () => {
    const { task, failed } = isThere(tasks.get('resynced'));
    const { code, err } = await system().command('recover', task.name, '--resync-all', '--confirm', task.name);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const before = failed.tables[0]?.snapshotScn;
    const joined = await task.until(
      'the new copy is followed',
      ({ tables: [table] }) => table?.state === 'synchronizing' && table.snapshotScn !== before,
    );
    expect(joined.events.map(({ text }) => text)).toContainEqual(expect.stringMatching(/^tables are copied anew/));
    await task.orders.change(5);
    // It catches up alone, and joins the position afterwards.
    const comparison = await eventually('nothing is missing', async () => {
      const now = await task.compare(await task.untilCaughtUp());
      return now.lost === 0 && now;
    });
    expect(comparison).toMatchObject(exact);
    expect(comparison.logRows).toBeGreaterThan(0);
  });

  test('goes on after the gap with --accept-gap: it is recorded, and what comes later arrives once', async () => {
    const { task, failed } = isThere(tasks.get('accepted'));
    const { code, err } = await system().command('recover', task.name, '--accept-gap', '--confirm', task.name);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const status = await task.until('it follows again', ({ state }) => state === 'Synchronizing');
    const recorded = `^${task.orders.table}: changes above SCN ${failed.position?.scn} up to SCN \\d+ are given up`;
    await task.until('the gap is recorded', ({ events }) => events.some(({ text }) => new RegExp(recorded).test(text)));
    expect(status.position?.nextRecordId).toBeGreaterThanOrEqual(failed.position?.nextRecordId ?? Infinity);
    const gap = await task.compare(await task.untilCaughtUp());
    const lost = onlyLost(gap);
    expect(lost).toBeGreaterThan(0);
    await task.orders.change(5);
    const later = await task.compare(await task.untilCaughtUp());
    expect(later.logRows).toBeGreaterThan(gap.logRows);
    expect(onlyLost(later)).toBe(lost);
  });

  test('goes on from its position once the log is restored, and nothing is lost', async () => {
    const { task } = isThere(tasks.get('restored'));
    await system().control('/oracle/restore-log', { sequence });
    const { code, out } = await system().command('recover', task.name);
    expect({ code, out }).toEqual({ code: 0, out: `${task.name}: trying again from the kept position\n` });
    await task.orders.change(5);
    expect(await task.compare(await task.untilCaughtUp())).toMatchObject(exact);
    await task.until('the runway is measured again', ({ runway }) => (runway?.usedPercent ?? 0) < 100);
    const refused = await system().command('recover', task.name, '--accept-gap', '--confirm', task.name);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('no gap to pass') as string });
  });
});
