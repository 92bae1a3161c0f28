/** A run whose workflow task fails again and again, on a real Temporal server: it is told, and begins anew. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { RedoflowClient, type TaskView } from '../../client/index.ts';
import { silentText } from '../../client/task-view.ts';
import { scn } from '../../model/scn.ts';
import { ActivityInterceptor } from '../../worker/activity-interceptor.ts';
import { currentAttempt } from '../../worker/attempt.ts';
import { createLog } from '../../worker/log.ts';
import { Scrubber } from '../../worker/scrubber.ts';
import { registerSearchAttributes } from '../../worker/search-attributes.ts';
import { workflowCodePath } from '../../worker/workflow-code.ts';
import { logErrors, SmallSink, SmallSource, T } from '../support/small-sides.ts';
import { devServerWorld, sharedWorld } from '../support/temporal.ts';

const world = sharedWorld(devServerWorld);
const broken = { workflowsPath: fileURLToPath(new URL('broken-workflows.ts', import.meta.url)) };

type Code = Pick<Parameters<typeof Worker.create>[0], 'workflowsPath' | 'workflowBundle'>;

/** Does `work` while a worker with the real activities runs; with no code of workflows, it copies only. */
async function withWorker<T>(
  { source, sink }: { readonly source: SmallSource; readonly sink: SmallSink },
  { taskQueue, ...code }: Code & { readonly taskQueue: string },
  work: () => Promise<T>,
): Promise<T> {
  const scrubber = new Scrubber();
  const log = createLog('silent', scrubber);
  const worker = await Worker.create({
    ...code,
    connection: world().connection,
    taskQueue,
    activities: createActivities({
      source: () => source,
      sink: () => sink,
      attempt: currentAttempt,
      commitQuietSeconds: 1,
      idleSeconds: 1,
    }),
    interceptors: { activity: [(context) => ({ inbound: new ActivityInterceptor(context, log, scrubber) })] },
    maxHeartbeatThrottleInterval: '200ms',
    shutdownGraceTime: '1s',
  });
  return worker.runUntil(work);
}

/** What `view` tells of the task once it is as wished; fails with what it told instead. */
async function seen(
  redoflow: RedoflowClient,
  name: string,
  wished: (view: TaskView) => boolean,
  seconds: number,
): Promise<TaskView> {
  for (const end = Date.now() + seconds * 1000; ;) {
    const view = await redoflow.view(name);
    if (wished(view)) return view;
    if (Date.now() > end) throw new Error(`not as wished after ${seconds} s: ${JSON.stringify(view, null, 1)}`);
    await sleep(200);
  }
}

const notFailed = 'The task has not failed; there is nothing to recover from.';

const hasReached =
  (position: string) =>
  (view: TaskView): boolean =>
    view.kind === 'answers' && view.status.position?.scn === position;

test('a run that no worker can carry on any more is told, and recover begins it anew, with every row once', async () => {
  const sides = {
    source: Object.assign(new SmallSource(), { advancePerCall: 25, headMax: 1_500 }),
    sink: new SmallSink(),
  };
  const { client, connection, unique } = world();
  const [name, taskQueue] = [unique('stuck'), unique('queue')];
  const redoflow = new RedoflowClient(client);
  const runId = async (): Promise<string> => (await client.workflow.getHandle(`redoflow/${name}`).describe()).runId;
  await registerSearchAttributes(connection, 'default');
  const healthy = { taskQueue, workflowBundle: { codePath: await workflowCodePath() } };
  const copying = { taskQueue: `${taskQueue}-copy` };

  const first = await withWorker(sides, healthy, () =>
    withWorker(sides, copying, async () => {
      await redoflow.start({
        name,
        source: 'small',
        destination: 'small',
        taskQueue,
        tables: [{ table: T }],
        incremental: { flushSeconds: 1, flushRows: 5, partition: [] },
      });
      await seen(redoflow, name, hasReached('1500'), 30);
      await expect(redoflow.recover(name)).rejects.toThrow(notFailed);
      return await runId();
    }),
  );

  sides.source.headMax = 2_000; // what changes while nothing is carried on
  await withWorker(sides, { taskQueue, ...broken }, async () => {
    // The first attempt is told as failed; each of the others costs the timeout of a workflow task, ten seconds.
    const view = await seen(redoflow, name, (now) => now.kind === 'silent' && now.stuck !== undefined, 60);
    expect(view).toMatchObject({ kind: 'silent', polled: true, lastState: 'Synchronizing', stuck: { runId: first } });
    if (view.kind !== 'silent') throw new Error('the task answers');
    expect(view.stuck?.attempts).toBeGreaterThanOrEqual(4);
    expect(silentText(view)).toMatch(/Nondeterminism error.*\); recover it/s);
  });

  // Before a healthy worker is there: with one, the next attempt succeeds, the run goes on by itself, and there is nothing to recover.
  expect(await redoflow.recover(name)).toBe('begins anew');
  expect(await runId()).not.toBe(first);

  await withWorker(sides, healthy, () =>
    withWorker(sides, copying, async () => {
      const view = await seen(redoflow, name, hasReached('2000'), 30);
      const snapshot = view.kind === 'answers' ? view.status.tables[0]?.snapshotScn : undefined;
      expect(sides.sink.rowsOf('t_base')).toHaveLength(15);
      expect(logErrors(sides.sink.rowsOf('t_log'), scn(snapshot ?? ''), scn('2000'))).toEqual([]);
      await expect(redoflow.recover(name)).rejects.toThrow(notFailed);
      await client.workflow.getHandle(`redoflow/${name}`).terminate('test is over');
    }),
  );
});
