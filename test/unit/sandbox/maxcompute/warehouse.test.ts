import { execFile } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Warehouse } from '../../../../sandbox/maxcompute/warehouse.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

test('a warehouse that is closed lets a statement end that runs, and begins none', async () => {
  const warehouse = await Warehouse.open();
  const running = warehouse.count('SELECT SUM(a.range % 7) FROM range(3000) a, range(3000) b');
  const waiting = warehouse.exclusively(() => warehouse.run('CREATE TABLE t (a BIGINT)'));
  const waited = expect(waiting).rejects.toThrow('the warehouse is closed');
  await warehouse.close();
  await waited;
  expect(await running).toBeGreaterThan(0);
  await expect(warehouse.count('SELECT 1')).rejects.toThrow('the warehouse is closed');
});

test('a closed warehouse keeps no process from ending', async () => {
  const file = path.join(root, 'sandbox/maxcompute/warehouse.ts');
  const code = `const { Warehouse } = await import(${JSON.stringify(file)}); await (await Warehouse.open()).close(); process.on('exit', () => console.log(performance.now() - closedAt)); const closedAt = performance.now();`;
  const child = execFile(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', code], { cwd: root });
  let said = '';
  child.stdout?.on('data', (text: string) => (said += text));
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(Number(said.trim() || 'NaN')).toBeLessThan(2_000);
});
