/** "Reset", "Terminate" and "Cancel" of the Temporal UI, at moments that a seed chooses: nothing is lost, nothing is there twice. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { TaskStatus } from '../../model/progress.ts';
import type { InjectedFault } from '../support/door-faults.ts';
import { logOf } from '../support/fault-tasks.ts';
import { resetPoints, resetSeed, resetTo, runsOf, seeded, startShortened } from '../support/resets.ts';
import { eventually, exact, sharedSystem, type Task } from '../support/whole-system.ts';

const system = sharedSystem();
/** `REDOFLOW_TEST_RESETS=10` for ten of them. */
const RESETS = Number(process.env['REDOFLOW_TEST_RESETS'] ?? 3);
const SLOW_SECONDS = 120;

/** Transactions until it is disposed of. */
class Load implements AsyncDisposable {
  private stopping = false;
  rounds = 0;
  private readonly ended: Promise<void>;

  constructor(task: Task) {
    this.ended = this.run(task);
  }

  private async run({ orders }: Task): Promise<void> {
    for (; !this.stopping; this.rounds++) await orders.change(5, 60);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopping = true;
    await this.ended;
  }
}

const reset = async (task: Task, run: string, choose: (points: number) => number): Promise<string> => {
  const points = await resetPoints(system(), task.name, run);
  const point = points[choose(points.length)];
  if (!point) throw new Error(`run ${run} has no workflow task that was completed`);
  await resetTo(system(), task.name, point);
  return `${run.slice(-4)}#${String(point.eventId)} of ${points.length}`;
};

/** A run that none of these is follows the redo. */
const followsAgain = (task: Task, old: readonly string[]): Promise<TaskStatus> =>
  task.until(
    'it is synchronizing again',
    ({ state, phase, run, windowsDone }) =>
      state === 'Synchronizing' && phase === 'incremental' && windowsDone > 0 && !old.includes(run.id),
    SLOW_SECONDS,
  );

async function mustBeExact(task: Task, rowsMin: number): Promise<void> {
  const comparison = await task.compare(await task.untilCaughtUp());
  expect(comparison).toMatchObject(exact);
  expect(comparison.logRows).toBeGreaterThan(rowsMin);
}

const slowBlocks = (milliseconds: number): Promise<unknown> =>
  system().control('/maxcompute/slow', { operation: 'block', milliseconds });

test(
  `${RESETS} resets to random events under load, in the copy, in the tail, in runs long past`,
  { timeout: 120_000 + RESETS * 30_000 },
  async () => {
    const seed = resetSeed();
    const random = seeded(seed);
    const story: string[] = [];
    const task = await system().task({ rows: 1_500 });
    try {
      await slowBlocks(1_000);
      await startShortened(system(), task.written, { rollOverEvents: 90 });
      await task.until('the copy begins', ({ tables }) => (tables[0]?.chunks ?? 0) > 0);
      {
        await using load = new Load(task);
        for (let number = 0; number < RESETS; number++) {
          const runs = await runsOf(system(), task.name);
          const any = random(100) < 55 ? runs.length - 1 : random(runs.length);
          // The first two go into the full copy: while it runs, and when it is long done.
          const run = runs[number < 2 ? 0 : any] ?? '';
          story.push(
            await reset(task, run, (points) => random(number < 2 ? Math.max(1, Math.floor(points / 2)) : points)),
          );
          if (number === 0) await slowBlocks(0);
          // Now and then the next one comes before this one has got far.
          if (random(100) < 75 || number === RESETS - 1) await followsAgain(task, runs);
          await wait(random(2_500));
        }
        expect(load.rounds).toBeGreaterThan(0);
      }
      await mustBeExact(task, 100);
    } catch (error) {
      throw new Error(`REDOFLOW_TEST_RESET_SEED=${seed}, resets to ${story.join(', ')}: ${String(error)}`, {
        cause: error,
      });
    } finally {
      await slowBlocks(0);
    }
  },
);

async function followed(): Promise<Task> {
  const task = await system().task();
  await task.startAndFollow();
  await task.orders.change(8);
  await task.untilCaughtUp();
  return task;
}

async function closed(task: Task): Promise<void> {
  await eventually(
    'the task has ended',
    async () => (await system().redoflow.view(task.name)).kind === 'ended',
    SLOW_SECONDS,
  );
}

async function startSaved(task: Task): Promise<void> {
  const { code, err } = await system().command('start', task.file, '--position', 'saved');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  await task.until('the tail begins', ({ position }) => position !== undefined, SLOW_SECONDS);
}

/** A commit of the tail has been asked for, and reaches the service when the fault is ended. */
async function committing(task: Task): Promise<InjectedFault> {
  const table = logOf(task.orders.table.replace(/^.*\./, ''));
  const held = system().door.faults.inject({ operation: 'commit', table, action: 'hold', times: 1 });
  await task.orders.change(10);
  await eventually('a window is being committed', () => held.met.length > 0, SLOW_SECONDS);
  return held;
}

/** Well under the quiet period of these tests. */
const LATE_MS = 1_000;

/** Each has a task of its own. */
describe.concurrent('in the middle of a commit', { timeout: 200_000 }, () => {
  test.each([
    ['terminate, then start from the saved position', 'terminate', startSaved],
    ['cancel, then start from the saved position', 'cancel', startSaved],
    [
      'terminate, then reset what was terminated',
      'terminate',
      async (task: Task) => {
        await reset(task, (await runsOf(system(), task.name)).at(-1) ?? '', (points) => Math.floor(points / 2));
      },
    ],
  ] as const)('%s', async (_what, button, goOn) => {
    const task = await followed();
    const [run = ''] = await runsOf(system(), task.name);
    const commit = await committing(task);
    const handle = system().temporal.client.workflow.getHandle(task.workflowId);
    await (button === 'cancel' ? handle.cancel() : handle.terminate('test'));
    setTimeout(commit.end, LATE_MS);
    await closed(task);
    await task.orders.change(5);
    await goOn(task);
    await followsAgain(task, [run]);
    await task.orders.change(5);
    await mustBeExact(task, 60);
  });

  test('a reset, again and again, before each has got anywhere', async () => {
    const task = await followed();
    for (let number = 0; number < 4; number++) {
      const commit = await committing(task);
      const runs = await runsOf(system(), task.name);
      await reset(task, runs.at(-1) ?? '', (points) => Math.floor((points * (number + 1)) / 5));
      setTimeout(commit.end, LATE_MS);
      await wait(number * 700);
    }
    await task.orders.change(5);
    await mustBeExact(task, 60);
  });
});
