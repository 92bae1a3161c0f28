/** What is asked of single tables of a running task, on a real Temporal server. */
import { expect, test } from 'vitest';
import { RedoflowClient } from '../../client/index.ts';
import { T } from '../support/small-sides.ts';
import { startSmallTask } from '../support/small-task.ts';
import { devServerWorld, sharedWorld } from '../support/temporal.ts';

const world = sharedWorld(devServerWorld);

test('a table is not removed while it is copied: added again, it would take the running copy for its own', async () => {
  await using task = await startSmallTask(world(), { source: { headMax: 1_000 } });
  const redoflow = new RedoflowClient(world().client);
  const name = task.workflowId.slice('redoflow/'.length);
  await task.until(({ phase }) => phase === 'incremental');

  let copyOn = (): void => undefined;
  const mayCopy = new Promise<void>((resolve) => {
    copyOn = resolve;
  });
  const planChunks = task.source.planChunks.bind(task.source);
  Object.assign(task.source, { planChunks: () => mayCopy.then(planChunks) });
  await redoflow.resyncTable(name, T);
  await task.until(({ tables }) => tables[0]?.state === 'copying');
  const refusal = `${T}: not removed while being copied.`;
  await expect(redoflow.removeTables(name, [T])).rejects.toThrow(refusal);
  await expect(redoflow.releaseTable(name, T, 'remove')).rejects.toThrow('and nothing has to be chosen');

  copyOn();
  await task.until(({ tables }) => tables[0]?.state === 'synchronizing');
  // It is the only table of its task: that it is copied is no reason any more.
  await expect(redoflow.removeTables(name, [T])).rejects.toThrow('A task has one table at least.');
  expect((await task.status()).events.filter(({ text }) => text.startsWith('remove'))).toEqual([]);
});
