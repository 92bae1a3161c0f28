import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import { startDevServer } from '../../sandbox/temporal/dev-server.ts';
import { devServerWorld, timeSkippingWorld } from '../support/temporal.ts';

describe('the development server', () => {
  test('answers as soon as it is returned, and two run side by side', async () => {
    await using first = await devServerWorld();
    await using second = await devServerWorld();
    expect(first.address).not.toBe(second.address);
    for (const { client } of [first, second]) expect(await client.workflow.count()).toMatchObject({ count: 0 });
  });

  test('serves its UI, and goes on where an earlier server with its directory ended', async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'redoflow-temporal-'));
    try {
      const first = await startDevServer({ directory, ui: true });
      expect((await fetch(first.uiAddress ?? '')).status).toBe(200);
      await startUnattended(first.address);
      await first.close();
      await using second = await startDevServer({ directory });
      expect(await runningWorkflows(second.address)).toEqual(['unattended']);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe('the time-skipping server', () => {
  test('lets a day pass in a moment', async () => {
    await using world = await timeSkippingWorld();
    const day = 24 * 60 * 60 * 1000;
    const before = await world.currentTimeMs();
    const startedAt = performance.now();
    await world.sleep(day);
    expect((await world.currentTimeMs()) - before).toBeGreaterThanOrEqual(day);
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });
});

async function startUnattended(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    const { workflow } = new Client({ connection });
    await workflow.start('nobody-runs-this', { workflowId: 'unattended', taskQueue: 'without-a-worker' });
  } finally {
    await connection.close();
  }
}

async function runningWorkflows(address: string): Promise<readonly string[]> {
  const connection = await Connection.connect({ address });
  try {
    const ids: string[] = [];
    for await (const { workflowId } of new Client({ connection }).workflow.list()) ids.push(workflowId);
    return ids;
  } finally {
    await connection.close();
  }
}
