/** Workers that die, and workers that are stopped (fault matrix 5, 43, 67). A kill counts only if the history shows the interrupted attempt. */
import { describe, expect, test } from 'vitest';
import { lostAttempts, untilPrepared, type LostAttempt } from '../../demo/kills.ts';
import { eventually, exact, sharedSystem, type Task } from '../support/whole-system.ts';

const system = sharedSystem();

const slow = (operation: 'block' | 'commit', milliseconds: number): Promise<unknown> =>
  system().control('/maxcompute/slow', { operation, milliseconds });

/** Kills the worker in an attempt that has opened sessions; another worker takes over. Answers what the history shows. */
async function killIn(type: string, workflowId: string, after: () => Promise<unknown>) {
  const { client } = system().temporal;
  expect(await untilPrepared(client, workflowId, type, 30_000)).toBe(true);
  const killedAt = Date.now();
  await system().killWorker();
  await after();
  await system().startWorker();
  return eventually('the interrupted attempt is made again', async () => {
    const lost = await lostAttempts(client, { workflowId }, type, killedAt);
    return lost.length > 0 && lost;
  });
}

/** The sessions of interrupted attempts have others in their place, and a commit of them was never even asked for. */
function mustBeOrphans(lost: readonly LostAttempt[]): void {
  const orphans = lost.flatMap(({ sessions }) => sessions);
  expect(orphans).not.toEqual([]);
  expect(lost.filter(({ replacedBy }) => replacedBy.length === 0)).toEqual([]);
  expect(system().door.commits.filter(({ session }) => orphans.includes(session))).toEqual([]);
}

async function mustBeExact(task: Task, rowsMin: number): Promise<void> {
  const comparison = await task.compare(await task.untilCaughtUp());
  expect(comparison).toMatchObject(exact);
  expect(comparison.logRows).toBeGreaterThan(rowsMin);
}

describe('a worker that is killed', () => {
  test('in prepared chunks leaves sessions that nobody commits', async () => {
    const task = await system().task({ rows: 1_500 });
    await slow('block', 2_500);
    await task.start();
    await task.until('the copy begins', ({ tables }) => tables[0]?.state === 'copying');
    const writing = task.orders.change(60, 80);
    const lost = await killIn('copyChunk', await task.copyWorkflowId(), () => slow('block', 0));
    mustBeOrphans(lost);
    await writing;
    await mustBeExact(task, 100);
  });

  test('in a prepared window leaves sessions that nobody commits', async () => {
    const task = await system().task();
    await task.startAndFollow();
    await slow('block', 2_500);
    const writing = task.orders.change(60, 80);
    const lost = await killIn('mineWindow', task.workflowId, () => slow('block', 0));
    mustBeOrphans(lost);
    await writing;
    await mustBeExact(task, 100);
  });

  test('while its commit is on its way does not make the commit happen twice', async () => {
    const task = await system().task();
    await task.startAndFollow();
    await slow('commit', 4_000);
    const begun = system().door.commits.length;
    await task.orders.change(10);
    const commit = await eventually('a commit is on its way', () =>
      system()
        .door.commits.slice(begun)
        .find(({ table }) => table.endsWith('_log')),
    );
    const lost = await killIn('commitReceipts', task.workflowId, () => slow('commit', 0));
    expect(lost.flatMap(({ sessions }) => sessions)).toContain(commit.session);
    await task.orders.change(5);
    await mustBeExact(task, 50);
  });
});

describe('a worker that is stopped', () => {
  test('hands its work over, and no failure is told of', async () => {
    const task = await system().task();
    await task.startAndFollow();
    const writing = task.orders.change(60, 80);
    await task.until('a window is done', ({ windowsDone }) => windowsDone >= 1);
    await system().stopWorker();
    await system().startWorker();
    await writing;
    await mustBeExact(task, 100);
    const { events, tables } = await system().redoflow.status(task.name);
    expect(events.filter(({ kind }) => kind === 'failure')).toEqual([]);
    expect(tables.map(({ attemptsLost }) => attemptsLost)).toEqual([0]);
  });
});
