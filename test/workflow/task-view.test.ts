import { expect, test } from 'vitest';
import { ended } from '../../client/task-view.ts';
import { devServerWorld, sharedWorld } from '../support/temporal.ts';

const world = sharedWorld(devServerWorld);

test('tells how a run ended, also when the task was started again at that moment', async () => {
  const { client } = world();
  // no worker runs them: they only have to be there
  const start = () =>
    client.workflow.start('syncTask', { workflowId: 'redoflow/hr', taskQueue: 'without-a-worker', args: [] });
  const first = await start();
  await first.terminate('enough');
  const description = await first.describe();
  await start();
  expect(await ended(client, description)).toMatchObject({ kind: 'ended', how: 'terminated' });
}, 15_000);
