/** What operators do to a running task: the commands of `redoflow`, and the buttons of the Temporal UI. */
import { describe, expect, test } from 'vitest';
import type { TaskStatus } from '../../model/progress.ts';
import { eventually, exact, sharedSystem, type Task } from '../support/whole-system.ts';

const system = sharedSystem();

async function commandDone(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await system().command(...args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

/** Where a task that was stopped stands; up to there both sides must be equal. */
async function mustBeExactUpToItsEnd(task: Task, last: TaskStatus): Promise<void> {
  const view = await eventually('the task has ended', async () => {
    const seen = await system().redoflow.view(task.name);
    return seen.kind === 'ended' && seen;
  });
  expect(view).toMatchObject({ how: 'completed', summary: { ended: 'stopped' } });
  const comparison = await task.compare(last, view.summary?.position?.scn);
  expect(comparison).toMatchObject(exact);
  expect(comparison.logRows).toBe(view.summary?.logRows);
  expect(comparison.logRows).toBeGreaterThan(20);
}

describe('the commands', () => {
  test('pause, resume, stop and status work on a running task', async () => {
    const task = await system().task();
    await task.startAndFollow();
    const writing = task.orders.change(40, 100);
    await task.until('a window is done', ({ windowsDone }) => windowsDone >= 1);

    const asked = await commandDone('pause', task.name, '--wait');
    expect(asked).toBe(`${task.name}: Paused\n`);
    await writing;
    const [shown, json] = await Promise.all([
      commandDone('status', task.name),
      commandDone('status', task.name, '--json'),
    ]);
    expect(shown).toMatch(/^orders-\d+ {2}Paused, incremental$/m);
    const paused = JSON.parse(json) as TaskStatus;
    expect(paused).toMatchObject({ state: 'Paused', task: task.name });
    const { logRows } = await task.compare(paused, paused.position?.scn);
    expect(logRows).toBe(paused.tables[0]?.logRows);

    expect(await commandDone('resume', task.name, '--wait')).toBe(`${task.name}: Synchronizing\n`);
    const caughtUp = await task.untilCaughtUp();
    expect(await task.compare(caughtUp)).toMatchObject(exact);
    await task.orders.change(20);
    expect(await commandDone('stop', task.name, '--wait')).toMatch(
      /: ended .*, completed\nstopped: 60 rows copied, [\d,]+ log rows, at SCN \d+\nTo go on from its saved position: `.* start FILE --position saved`, .*\n$/,
    );
    await mustBeExactUpToItsEnd(task, caughtUp);
    const [ended, refused] = await Promise.all([
      commandDone('status', task.name),
      system().command('pause', task.name),
    ]);
    expect(ended).toMatch(/^\S+: ended .*, completed\nstopped: /);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(/^No task orders-\d+ is there, or it has ended; .*\n$/);
  });
});

describe('the buttons of the Temporal UI', () => {
  test('a reset into the middle of the tail repeats nothing', async () => {
    const task = await system().task();
    await task.startAndFollow();
    const writing = task.orders.change(60, 80);
    await task.until('three windows are done', ({ windowsDone }) => windowsDone >= 3);
    const { client } = system().temporal;
    const handle = client.workflow.getHandle(task.workflowId);
    const first = await handle.describe();
    const { events } = await handle.fetchHistory();
    const completed = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
    const middle = completed[Math.floor(completed.length / 2)];
    await client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: task.workflowId, runId: first.runId },
      workflowTaskFinishEventId: middle?.eventId ?? null,
      reason: 'test',
      requestId: system().temporal.unique('reset'),
    });
    await writing;
    const status = await task.untilCaughtUp();
    expect(status.run.id).not.toBe(first.runId);
    const comparison = await task.compare(status);
    expect(comparison).toMatchObject(exact);
    expect(comparison.logRows).toBeGreaterThan(100);
  });

  test('cancel ends the task at a safe point', async () => {
    const task = await system().task();
    await task.startAndFollow();
    const writing = task.orders.change(60, 80);
    const last = await task.until('two windows are done', ({ windowsDone }) => windowsDone >= 2);
    await system().temporal.client.workflow.getHandle(task.workflowId).cancel();
    await mustBeExactUpToItsEnd(task, last);
    await writing;
  });
});
