/** The two retry times of DTS, on a server whose clock jumps: how long a fault is retried, what that costs, and how it ends. */
import { expect, test } from 'vitest';
import { scn } from '../../model/scn.ts';
import { logErrors } from '../support/small-sides.ts';
import { startSmallTask } from '../support/small-task.ts';
import { sharedWorld, timeSkippingWorld } from '../support/temporal.ts';

const world = sharedWorld(timeSkippingWorld);
const MINUTE = 60_000;

test(
  'an outage of 12 hours costs under 200 events, fails at minute 720, and recover goes on from the kept position',
  { timeout: 240_000 },
  async () => {
    await using task = await startSmallTask(world(), {
      timeSkipping: true,
      source: { advancePerCall: 25, headMax: 1_300 },
    });
    await task.until(({ position }) => position?.scn === '1300');
    const kept = (await task.status()).position;
    const before = (await task.status()).run.events;
    task.source.down = true;
    const beganAt = await world().currentTimeMs();
    await task.until(({ state }) => state === 'Retrying', 30);

    await world().sleep(719 * MINUTE);
    const late = await task.status();
    expect(late.state).toBe('Retrying');
    expect(late.retry).toMatchObject({ budget: 'connection', windowSeconds: 43_200 });
    expect(late.retry?.message).toContain('does not answer');

    await world().sleep(2 * MINUTE);
    const failed = await task.until(({ state }) => state === 'Failed');
    const minutes = (Date.parse(failed.failure?.at ?? '') - beganAt) / MINUTE;
    expect(minutes).toBeGreaterThan(719.9);
    expect(minutes).toBeLessThan(720.5);
    expect(failed.failure).toMatchObject({ kind: 'source-unreachable' });
    expect(failed.run.events - before).toBeLessThan(200);
    expect(failed.position).toEqual(kept);

    task.source.down = false;
    task.source.headMax = 1_600;
    await world().client.workflow.getHandle(task.workflowId).executeUpdate('recover');
    const status = await task.until(({ position }) => position?.scn === '1600');
    expect(status.state).toBe('Synchronizing');
    expect(logErrors(task.sink.rowsOf('t_log'), scn(status.tables[0]?.snapshotScn ?? ''), scn('1600'))).toEqual([]);
  },
);

test('recover is refused while the task has not failed', async () => {
  await using task = await startSmallTask(world(), { timeSkipping: true, source: { headMax: 1_000 } });
  await task.until(({ phase }) => phase === 'incremental');
  const answer = world().client.workflow.getHandle(task.workflowId).executeUpdate('recover');
  await expect(answer).rejects.toMatchObject({
    cause: { message: 'The task has not failed; there is nothing to recover from.' },
  });
});
