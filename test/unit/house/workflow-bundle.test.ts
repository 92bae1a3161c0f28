import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { expect, test } from 'vitest';

const MEGABYTE = 1024 * 1024;

test('the workflow bundle builds without Node modules and stays under 4 MB', { timeout: 60_000 }, async () => {
  const complaints: string[] = [];
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../../workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('WARN', ({ message }) => complaints.push(message)),
  });
  expect(complaints).toEqual([]);
  expect(Buffer.byteLength(code) / MEGABYTE).toBeLessThan(4);
});
