/** `verifyTable` and `asOfTable` on a real server, beside a task over the small sides: what they do when something goes wrong. */
import { describe, expect, test } from 'vitest';
import { Failure } from '../../model/failure.ts';
import type { VerifyAnswer, VerifyRequest } from '../../model/verification.ts';
import { T } from '../support/small-sides.ts';
import { startSmallTask, type SmallTask } from '../support/small-task.ts';
import { devServerWorld, sharedWorld } from '../support/temporal.ts';

const world = sharedWorld(devServerWorld);

async function running(): Promise<SmallTask> {
  const task = await startSmallTask(world());
  await task.until(({ position }) => position !== undefined);
  return task;
}

async function verified({ workflowId }: SmallTask): Promise<VerifyAnswer> {
  const { client } = world();
  const { taskQueue } = await client.workflow.getHandle(workflowId).describe();
  const request: VerifyRequest = { taskWorkflowId: workflowId, table: T, verification: 'v1', taskQueue, parallel: 2 };
  const id = world().unique('verify');
  return client.workflow.execute<(request: VerifyRequest) => Promise<VerifyAnswer>>('verifyTable', {
    workflowId: id,
    taskQueue,
    args: [request],
  });
}

/** Fails as often as there are kinds, then goes on as ever. */
function failingFirst(task: SmallTask, ...kinds: readonly Failure['kind'][]): () => number {
  const { source } = task;
  const digest = source.digestChunk.bind(source);
  let calls = 0;
  source.digestChunk = async (...asked) => {
    const kind = kinds[calls++];
    if (kind !== undefined) throw new Failure(kind, `planted: ${kind}`);
    return digest(...asked);
  };
  return () => calls;
}

const equal = { kind: 'compared', table: T, rows: 15, missing: 0, extra: 0, changed: 0, doubled: 0, unconfirmed: 0 };

describe('verifyTable', () => {
  test('goes on after a database that did not answer, and begins anew when undo was overwritten', async () => {
    await using task = await running();
    const calls = failingFirst(task, 'source-unreachable', 'source-unreachable', 'source-snapshot-too-old');
    expect(await verified(task)).toMatchObject(equal);
    expect(calls()).toBeGreaterThan(5);
  });

  test('ends with what the worker says when only a person can help', async () => {
    await using task = await running();
    failingFirst(task, 'source-login-refused', 'source-login-refused');
    await expect(verified(task)).rejects.toMatchObject({
      cause: { type: 'source-login-refused', message: 'planted: source-login-refused' },
    });
  });

  test('finds what is wrong, writes its keys once, and leaves nothing else behind', async () => {
    await using task = await running();
    const { sink } = task;
    const rows = sink.rowsOf('t_base');
    sink.replaceRows('t_base', [['7', 'never'], ...rows.slice(2), [rows[1]?.[0] ?? null, 'other']]);
    sink.loseReplies = 1;
    expect(await verified(task)).toMatchObject({
      ...equal,
      missing: 1,
      extra: 1,
      changed: 1,
      columnsChanged: { V: 1 },
    });
    const written = sink.rowsOf('redoflow_differences');
    expect(written.map(([verification, table, kind]) => [verification, table, kind]).toSorted()).toEqual([
      ['v1', T, 'changed'],
      ['v1', T, 'extra'],
      ['v1', T, 'missing'],
    ]);
    expect([...sink.tables.keys()].filter((name) => name.startsWith('redoflow_verify_'))).toEqual([]);
  });

  test('writes the keys anew when their session was gone before it was committed', async () => {
    await using task = await running();
    const { sink } = task;
    sink.replaceRows('t_base', sink.rowsOf('t_base').slice(1));
    sink.expire = 1;
    expect(await verified(task)).toMatchObject({ ...equal, missing: 1 });
    expect(sink.rowsOf('redoflow_differences')).toHaveLength(1);
  });

  test('says why a table is not compared', async () => {
    await using task = await startSmallTask(world(), { oneOff: true });
    await task.until(({ tables: [table] }) => table?.state === 'synchronizing');
    expect(await verified(task)).toMatchObject({
      kind: 'not-compared',
      table: T,
      why: 'the task copies once and follows no changes',
    });
  });
});
