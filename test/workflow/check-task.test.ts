/** `checkTask` on a real server: one answer for each question, and nothing at the destination that was not there. */
import { Worker } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { createCheckActivities } from '../../activities/check-activities.ts';
import { createActivities } from '../../activities/index.ts';
import { askWorker } from '../../client/ask-worker.ts';
import { Failure } from '../../model/failure.ts';
import { ActivityInterceptor } from '../../worker/activity-interceptor.ts';
import { currentAttempt } from '../../worker/attempt.ts';
import { createLog } from '../../worker/log.ts';
import { Scrubber } from '../../worker/scrubber.ts';
import { SmallSink, SmallSource, T } from '../support/small-sides.ts';
import { devServerWorld, sharedWorld } from '../support/temporal.ts';
import { workflowCodePath } from '../../worker/workflow-code.ts';

const world = sharedWorld(devServerWorld);

async function withWorker<R>(
  source: SmallSource,
  run: (ask: (request: Parameters<typeof askWorker>[2]) => Promise<unknown>, sink: SmallSink) => Promise<R>,
): Promise<R> {
  const sink = new SmallSink();
  const taskQueue = world().unique('check');
  const sides = {
    source: () => source,
    sink: () => sink,
    connections: () => [{ name: 'small', kind: 'oracle' as const, address: 'db:1521/X', user: 'CAPTURE' }],
  };
  const scrubber = new Scrubber();
  const log = createLog('silent', scrubber);
  const worker = await Worker.create({
    connection: world().connection,
    taskQueue,
    workflowBundle: { codePath: await workflowCodePath() },
    activities: {
      ...createActivities({ ...sides, attempt: currentAttempt, commitQuietSeconds: 1, idleSeconds: 1 }),
      ...createCheckActivities(sides),
    },
    interceptors: { activity: [(context) => ({ inbound: new ActivityInterceptor(context, log, scrubber) })] },
  });
  return await worker.runUntil(run((request) => askWorker(world().client, taskQueue, request), sink));
}

const written = { name: 'a', source: 'small', destination: 'small', tables: [{ table: T }] };

describe('checkTask', () => {
  test('answers every question, and leaves nothing behind', async () => {
    await withWorker(new SmallSource(), async (ask, sink) => {
      expect(await ask({ want: 'check', written })).toMatchObject({ passed: true });
      expect(await ask({ want: 'plan', written })).toMatchObject({
        total: 1,
        report: { passed: true },
        tables: [{ table: T, base: 't_base', log: 't_log', chunks: 3, columns: [{ source: 'ID' }, { source: 'V' }] }],
      });
      expect(await ask({ want: 'grants', written })).toMatchObject({ source: 'small', version: '19' });
      expect(await ask({ want: 'connections' })).toMatchObject([{ name: 'small', address: 'db:1521/X' }]);
      expect(await ask({ want: 'test-connection', name: 'small' })).toMatchObject({ answers: true, version: '19' });
      expect([sink.tables.size, sink.sessions.size, sink.positions.size]).toEqual([0, 0, 0]);
    });
  });

  test('tells what is wrong, with the exit code of its kind', async () => {
    await withWorker(Object.assign(new SmallSource(), { down: true }), async (ask) => {
      await expect(ask({ want: 'check', written })).rejects.toMatchObject({
        exitCode: 1,
        message: expect.stringMatching(/^Oracle does not answer at .*\n.*retry time/) as string,
      });
      await expect(ask({ want: 'check', written: { ...written, tabels: [] } })).rejects.toMatchObject({ exitCode: 2 });
      await expect(ask({ want: 'test-connection', name: 'other' })).rejects.toMatchObject({ exitCode: 2 });
      expect(await ask({ want: 'test-connection', name: 'small' })).toMatchObject({
        answers: false,
        kindOfFailure: 'source-unreachable',
      });
    });
  });

  test('a refused login is a finding of the check, not a failure of it', async () => {
    const source = new SmallSource();
    source.measure = async () => {
      throw new Failure('source-login-refused', 'ORA-01017 at Oracle db:1521/X');
    };
    await withWorker(source, async (ask) => {
      expect(await ask({ want: 'check', written })).toMatchObject({
        passed: false,
        results: [{ id: 'source-reachable', verdict: 'failed' }],
      });
    });
  });
});
