import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** A parent with a child that would sleep for ten minutes; prints the child's process id. */
const PARENT = `
  import { spawn } from 'node:child_process';
  import { killWithParent } from './sandbox/temporal/lifeline.ts';
  const child = spawn(process.execPath, ['--eval', 'setTimeout(() => {}, 600_000)'], { stdio: 'ignore', detached: true });
  killWithParent(child);
  console.log(child.pid);
  process.stdin.once('data', () => process.exit(0));
`;

describe('a child with a lifeline is gone soon after its parent', () => {
  test.each([
    ['is killed', (parent: ReturnType<typeof startParent>) => parent.kill('SIGKILL')],
    ['is interrupted', (parent: ReturnType<typeof startParent>) => parent.kill('SIGINT')],
    ['exits of itself', (parent: ReturnType<typeof startParent>) => parent.stdin.write('exit\n')],
  ])('%s', async (_how, end) => {
    const parent = startParent();
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
    const child = Number(printed.toString());
    expect(isRunning(child)).toBe(true);
    end(parent);
    await once(parent, 'exit');
    for (let tries = 0; isRunning(child) && tries < 100; tries += 1) await wait(50);
    expect(isRunning(child)).toBe(false);
  });
});

function startParent() {
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', PARENT], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** Signal 0 asks the kernel; a process that nobody has waited for yet still counts, so Linux is asked for its state. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
