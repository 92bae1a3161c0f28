/** The workflow of a task on a real Temporal server: phases, roll-over, pause, reset, stop. The log is checked as a multiset. */
import { describe, expect, test } from 'vitest';
import { scn, type Scn } from '../../model/scn.ts';
import { parseSettings } from '../../model/settings.ts';
import { logErrors } from '../support/small-sides.ts';
import { startSmallTask, type SmallTask } from '../support/small-task.ts';
import { devServerWorld, sharedWorld } from '../support/temporal.ts';

const world = sharedWorld(devServerWorld);

const snapshotOf = async (task: SmallTask): Promise<Scn> => scn((await task.status()).tables[0]?.snapshotScn ?? '');

/** Everything that the source will ever say has arrived. */
const caughtUp = (task: SmallTask, seconds = 60): ReturnType<SmallTask['until']> =>
  task.until((status) => status.position?.scn === String(task.source.headMax), seconds);

const signal = (task: SmallTask, name: string): Promise<void> =>
  world().client.workflow.getHandle(task.workflowId).signal(name);

/** @returns the run that it left */
async function resetHalfway(task: SmallTask): Promise<string> {
  const { runId } = await world().client.workflow.getHandle(task.workflowId).describe();
  const history = await world().client.workflow.getHandle(task.workflowId).fetchHistory();
  const completed = (history.events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  const early = completed[Math.floor(completed.length / 2)];
  await world().client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: task.workflowId, runId },
    workflowTaskFinishEventId: early?.eventId ?? null,
    reason: 'test',
    requestId: world().unique('reset'),
  });
  return runId;
}

describe.concurrent('a task', () => {
  test('copies its table, then follows the redo, every change exactly once', async () => {
    await using task = await startSmallTask(world(), { source: { advancePerCall: 7, headMax: 1_500 } });
    await caughtUp(task);
    expect(task.sink.rowsOf('t_base')).toHaveLength(15);
    expect(logErrors(task.sink.rowsOf('t_log'), await snapshotOf(task), scn('1500'))).toEqual([]);
  });

  test('of schema and full copy only ends by itself, and saves no position', async () => {
    await using task = await startSmallTask(world(), { oneOff: true });
    const summary: unknown = await world().client.workflow.getHandle(task.workflowId).result();
    expect(summary).toMatchObject({ ended: 'finished', baseRows: 15, logRows: 0 });
    expect(task.sink.rowsOf('t_base')).toHaveLength(15);
    expect(task.sink.positions.size).toBe(0);
  });

  test('rolls over with a commit in flight and commits it once', async () => {
    await using task = await startSmallTask(world(), {
      rollOverEvents: 60,
      source: { advancePerCall: 25, headMax: 3_000 },
    });
    task.sink.commitMs = 150;
    const status = await caughtUp(task);
    expect(status.run.number).toBeGreaterThan(3);
    expect(status.run.events).toBeLessThan(200);
    expect(logErrors(task.sink.rowsOf('t_log'), await snapshotOf(task), scn('3000'))).toEqual([]);
  });

  test('shows Paused only when nothing runs, also when paused while a commit overlaps a read', async () => {
    await using task = await startSmallTask(world(), { source: { advancePerCall: 25, headMax: 3_000 } });
    task.sink.commitMs = 400;
    await task.until(({ windowsDone }) => windowsDone >= 2);
    const askedAt = Date.now();
    await signal(task, 'pause');
    await task.until(({ state }) => state === 'Paused', 10);
    const commits = task.sink.commits.length;
    expect(Date.now() - askedAt).toBeLessThan(10_000);
    await world().sleep(1_500);
    expect(task.sink.commits.length).toBe(commits);
    await signal(task, 'resume');
    await caughtUp(task);
    expect(logErrors(task.sink.rowsOf('t_log'), await snapshotOf(task), scn('3000'))).toEqual([]);
  });

  test('repeats nothing after a reset to before three committed windows', async () => {
    await using task = await startSmallTask(world(), { source: { advancePerCall: 25, headMax: 2_500 } });
    await task.until(({ windowsDone }) => windowsDone >= 3);
    const first = await resetHalfway(task);
    const status = await caughtUp(task);
    expect((await world().client.workflow.getHandle(task.workflowId).describe()).runId).not.toBe(first);
    expect(status.run.id).not.toBe(first);
    expect(logErrors(task.sink.rowsOf('t_log'), await snapshotOf(task), scn('2500'))).toEqual([]);
  });

  test('writes nothing under another plan than the one that its position was saved under', async () => {
    await using task = await startSmallTask(world(), { source: { advancePerCall: 25, headMax: 2_500 } });
    await task.until(({ windowsDone }) => windowsDone >= 3);
    const { positions } = task.sink;
    const [key = '', text = ''] = [...positions].find(([name]) => !name.includes('..columns..')) ?? [];
    positions.set(key, JSON.stringify({ ...(JSON.parse(text) as object), planHash: 'another' }));
    await resetHalfway(task);
    const failure = { kind: 'plan-not-reproduced', unit: 'opening the run' };
    expect((await task.until(({ state }) => state === 'Failed')).failure).toMatchObject(failure);
    const written = task.sink.rowsOf('t_log').length;
    await world().client.workflow.getHandle(task.workflowId).executeUpdate('recover');
    await task.until(({ events }) => events.filter(({ text: line }) => line.startsWith(failure.kind)).length === 2);
    expect(task.sink.rowsOf('t_log')).toHaveLength(written);
    positions.set(key, text);
    await world().client.workflow.getHandle(task.workflowId).executeUpdate('recover');
    await caughtUp(task);
    expect(logErrors(task.sink.rowsOf('t_log'), await snapshotOf(task), scn('2500'))).toEqual([]);
  });

  test('believes the status of a session when the answer to its commit is lost', async () => {
    await using task = await startSmallTask(world(), { source: { advancePerCall: 25, headMax: 1_800 } });
    await task.until(({ windowsDone }) => windowsDone >= 1);
    task.sink.loseReplies = 2;
    await caughtUp(task);
    expect(task.sink.loseReplies).toBe(0);
    expect(logErrors(task.sink.rowsOf('t_log'), await snapshotOf(task), scn('1800'))).toEqual([]);
  });

  test('reads the destination when a session is gone after its commit was scheduled', async () => {
    await using task = await startSmallTask(world(), { source: { advancePerCall: 25, headMax: 1_800 } });
    await task.until(({ windowsDone }) => windowsDone >= 1);
    task.sink.expire = 1;
    await caughtUp(task);
    expect(task.sink.expire).toBe(0);
    expect(logErrors(task.sink.rowsOf('t_log'), await snapshotOf(task), scn('1800'))).toEqual([]);
  });

  test('stops at a safe point with a summary and a saved position', async () => {
    await using task = await startSmallTask(world(), { source: { advancePerCall: 25, headMax: 3_000 } });
    await task.until(({ windowsDone }) => windowsDone >= 2);
    await signal(task, 'stop');
    const summary: unknown = await world().client.workflow.getHandle(task.workflowId).result();
    expect(summary).toMatchObject({ ended: 'stopped', baseRows: 15 });
    const [saved] = [...task.sink.positions].flatMap(([key, text]) => (key.includes('..columns..') ? [] : [text]));
    const { position } = JSON.parse(saved ?? '{}') as { position: { scn: string } };
    expect(summary).toMatchObject({ position: { scn: position.scn } });
    expect(logErrors(task.sink.rowsOf('t_log'), scn('1000'), scn(position.scn))).toEqual([]);
  });

  test('adds at most ten events while it waits once for an idle source, which takes a minute as workers are set', async () => {
    const settings = parseSettings({});
    expect(settings.ok && settings.settings.idleSeconds).toBe(60);
    const idleSeconds = 15;
    await using task = await startSmallTask(world(), { idleSeconds, source: { headMax: 1_000 } });
    await task.until(({ phase }) => phase === 'incremental');
    await world().sleep(3_000);
    const before = (await task.status()).run.events;
    await world().sleep(idleSeconds * 1_000);
    expect((await task.status()).run.events - before).toBeLessThanOrEqual(10);
  });
});
