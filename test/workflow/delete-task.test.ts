import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { expect, test, vi } from 'vitest';
import { deleteTask } from '../../client/delete.ts';
import { RedoflowClient } from '../../client/index.ts';
import { devServerWorld, sharedWorld } from '../support/temporal.ts';

const world = sharedWorld(devServerWorld);

/** A workflow that no worker runs: it only has to be there, and to end by a terminate. */
async function started(client: Client, workflowType: string, workflowId: string): Promise<void> {
  await client.workflow.start(workflowType, { workflowId, taskQueue: 'without-a-worker' });
}

async function idsIn(client: Client): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list()) ids.push(workflowId);
  return ids.toSorted();
}

/** Lists are a moment behind the server, and the server deletes up to a minute later. */
async function listed(client: Client, wanted: readonly string[]): Promise<void> {
  const until = Date.now() + 90_000;
  while (Date.now() < until) {
    if (JSON.stringify(await idsIn(client)) === JSON.stringify(wanted)) return;
    await sleep(200);
  }
  expect(await idsIn(client)).toEqual(wanted);
}

test('deletes an ended task with its copies and nothing else, and only when asked twice', async () => {
  const { client } = world();
  const redoflow = new RedoflowClient(client);
  const copy = 'redoflow/hr/copy/HR.ORDERS/1a2b3c4d';
  const others = ['redoflow/hr2', 'redoflow/hr2/copy/HR.ORDERS/1a2b3c4d'];
  for (const id of ['redoflow/hr', copy, ...others]) {
    await started(client, id.includes('/copy/') ? 'copyTable' : 'syncTask', id);
  }
  const all = ['redoflow/hr', copy, ...others].toSorted();
  await listed(client, all);

  await expect(deleteTask(redoflow, 'hr', true)).rejects.toThrow('the task hr has not ended');
  await client.workflow.getHandle('redoflow/hr').terminate();
  await vi.waitFor(async () => {
    await expect(deleteTask(redoflow, 'hr', true)).rejects.toThrow(`the copy ${copy} of the task still runs`);
  }, 10_000);
  await client.workflow.getHandle(copy).terminate();
  await vi.waitFor(async () => {
    await expect(deleteTask(redoflow, 'hr', false)).rejects.toThrow('1 run and 1 copy run of the task hr');
  }, 10_000);
  await expect(redoflow.remembered("hr' OR WorkflowType = 'syncTask")).rejects.toThrow('cannot be the name of a task');
  expect(await idsIn(client)).toEqual(all);

  const said: unknown[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: unknown) => said.push(line));
  await deleteTask(redoflow, 'hr', true);
  log.mockRestore();
  expect(said.join('\n')).toContain('_base and _log of HR.ORDERS');
  await listed(client, others);
  await vi.waitFor(async () => {
    await expect(deleteTask(redoflow, 'hr', true)).rejects.toThrow('remembers no task hr');
  }, 10_000);
});
