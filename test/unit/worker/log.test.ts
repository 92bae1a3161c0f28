import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';

const LINES = 1_000;
/** What every write to it is answered with is ENOSPC; only Linux and BSD have it. */
const FULL = '/dev/full';

/** @param out where standard output goes */
async function logging(out: number | 'pipe'): Promise<{ code: number | null; out: string; err: string }> {
  const args = ['--import', 'tsx', 'test/support/logging-process.ts', String(LINES)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', out, 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.err += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...said };
}

test.runIf(existsSync(FULL))('a disk that is full under the log costs lines of it, not the worker', async () => {
  const full = openSync(FULL, 'w');
  expect(await logging(full)).toEqual({ code: 0, out: '', err: 'still there\n' });
  closeSync(full);
});

test('a log that can be written has every line', async () => {
  const { code, out, err } = await logging('pipe');
  expect({ code, err }).toEqual({ code: 0, err: 'still there\n' });
  const lines = out.split('\n').slice(0, -1);
  expect(lines.map((line) => (JSON.parse(line) as { line: number }).line)).toEqual([...Array(LINES).keys()]);
});
