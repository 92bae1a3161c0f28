/** One table's copy by two workers, the second one added while it runs (fault matrix: scale-out). Temporal's history says who did what. */
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { expect, test } from 'vitest';
import { start } from '../../demo/processes.ts';
import { Orders } from '../support/orders.ts';
import { WORKER } from '../support/programs.ts';
import { eventually, exact, sharedSystem, Task } from '../support/whole-system.ts';

const system = sharedSystem();

const ROWS = 22_000;
const CHUNKS_MIN = 24;
/** What a worker takes when nothing else is set (REDOFLOW_PARALLEL_CHUNKS). */
const CHUNKS_AT_ONCE = 4;
/** For each block, so that the copy outlasts the second worker's start. */
const BLOCK_MILLISECONDS = 2_000;

interface Work {
  /** Of the worker: `pid@host`. */
  readonly identity: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

type Timestamp = Readonly<{ seconds?: unknown; nanos?: number | null }> | null | undefined;
const milliseconds = (time: Timestamp): number => Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;

/** Every chunk that was copied, in the order of the history. */
async function chunksIn(handle: WorkflowHandle): Promise<readonly Work[]> {
  const events = (await handle.fetchHistory()).events ?? [];
  const byId = new Map(events.map((event) => [String(event.eventId), event]));
  return events.flatMap((event) => {
    const { scheduledEventId, startedEventId } = event.activityTaskCompletedEventAttributes ?? {};
    const scheduled = byId.get(String(scheduledEventId))?.activityTaskScheduledEventAttributes;
    const started = byId.get(String(startedEventId));
    if (scheduled?.activityType?.name !== 'copyChunk' || !started) return [];
    const identity = started.activityTaskStartedEventAttributes?.identity ?? '';
    return [{ identity, startedAt: milliseconds(started.eventTime), endedAt: milliseconds(event.eventTime) }];
  });
}

/** At the moments when one was begun. */
const mostAtOnce = (works: readonly Work[]): number =>
  Math.max(
    ...works.map(
      ({ startedAt }) => works.filter((other) => other.startedAt <= startedAt && startedAt < other.endedAt).length,
    ),
  );

async function largeTask(): Promise<Task> {
  const orders = await Orders.create(system().sandbox.oracle, 'ORDERS_SHARED', ROWS);
  const written = {
    name: 'orders-shared',
    source: 'hr',
    destination: 'warehouse',
    taskQueue: system().taskQueue,
    tables: [{ table: orders.table }],
    full: { parallelChunks: 64 },
    incremental: { flushSeconds: 1 },
  };
  return new Task(system(), orders, written);
}

const addWorker = async (): Promise<ReturnType<typeof start>> => {
  const { environment, folder } = system();
  const worker = start({ script: WORKER, environment, logFile: path.join(folder, 'second-worker.log') });
  await worker.line(/worker ready/);
  return worker;
};

test('a worker that is added in mid-copy takes its part of the chunks, and no worker takes more than its share', async () => {
  const task = await largeTask();
  await system().control('/maxcompute/slow', { operation: 'block', milliseconds: BLOCK_MILLISECONDS });
  await task.start();
  const copy = system().temporal.client.workflow.getHandle(await task.copyWorkflowId());
  // Not by the task's status: progress reaches it every half minute.
  await eventually('a chunk is done', async () => (await chunksIn(copy).catch(() => [])).length > 0);
  await using second = await addWorker();
  const cameAt = Date.now();
  const ofSecond = ({ identity }: Work): boolean => identity.startsWith(`${second.pid}@`);
  await eventually('the second worker has copied', async () => (await chunksIn(copy)).filter(ofSecond).length >= 3);
  await system().control('/maxcompute/slow', { operation: 'block', milliseconds: 0 });
  const status = await task.until('the tail begins', ({ position }) => position !== undefined);

  const works = await chunksIn(copy);
  expect(works.length).toBeGreaterThanOrEqual(CHUNKS_MIN);
  const theirs = works.filter(ofSecond);
  const firsts = works.filter((work) => !ofSecond(work));
  expect(new Set(firsts.map(({ identity }) => identity)).size).toBe(1);
  const afterwards = (some: readonly Work[]): number => some.filter(({ endedAt }) => endedAt > cameAt).length;
  expect(afterwards(theirs)).toBeGreaterThanOrEqual(3);
  expect(afterwards(firsts)).toBeGreaterThanOrEqual(3);
  expect(mostAtOnce(firsts)).toBe(CHUNKS_AT_ONCE);
  expect(mostAtOnce(theirs)).toBeLessThanOrEqual(CHUNKS_AT_ONCE);
  expect(await task.compare(status)).toMatchObject(exact);
});
