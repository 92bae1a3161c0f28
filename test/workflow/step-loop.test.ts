import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { devServerWorld, sharedWorld } from '../support/temporal.ts';

const world = sharedWorld(devServerWorld);
const workflowsPath = fileURLToPath(new URL('waiting-workflows.ts', import.meta.url));

test('messages leave the timer of a wait alone, unless its time comes sooner now', async () => {
  const { client, connection, unique } = world();
  const taskQueue = unique('waits');
  const worker = await Worker.create({ connection, taskQueue, workflowsPath });
  await worker.runUntil(async () => {
    const handle = await client.workflow.start('waits', { workflowId: unique('waits'), taskQueue });
    for (let count = 0; count < 5; count++) {
      await handle.signal('later');
      await wait(100); // each in a workflow task of its own
    }
    await handle.signal('sooner');
    await handle.result();
    const { events = [] } = await handle.fetchHistory();
    expect(events?.filter((event) => event.workflowTaskCompletedEventAttributes).length).toBeGreaterThan(6);
    expect(events?.filter((event) => event.timerStartedEventAttributes)).toHaveLength(2);
    expect(events?.filter((event) => event.timerCanceledEventAttributes)).toHaveLength(1);
  });
});
