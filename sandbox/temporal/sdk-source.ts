/** The download that Temporal's SDK makes for its own test environments. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedFile, inScratch } from './cache.ts';
import type { Search } from './search.ts';

/** On a closed network the SDK may wait for minutes: without a first byte by then, the next source has its turn. */
const FIRST_BYTE_SECONDS = 15;
/** Both programs have more than 80 MB; anything smaller in the directory is not one of them. */
const PROGRAM_BYTES_MIN = 10_000_000;

/** The SDK cannot be interrupted, so that it downloads in a process of its own (sdk-download.ts), which can. */
export async function fromSdk({ program, environment, signal }: Search): Promise<string> {
  const file = cachedFile(program, environment);
  return inScratch(file, async (scratch) => {
    const script = fileURLToPath(new URL('sdk-download.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, program.name, scratch], {
      cwd: path.dirname(script), // where tsx can be resolved from
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...environment },
    });
    const stop = (): void => void child.kill('SIGKILL');
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2000)));
    const answer = { missing: false };
    const firstByte = setTimeout(() => {
      void largestFile(scratch).then(({ bytes }) => {
        if (bytes > 0) return;
        answer.missing = true;
        stop();
      });
    }, FIRST_BYTE_SECONDS * 1000);
    signal.addEventListener('abort', stop);
    process.on('exit', stop);
    try {
      const [exitCode] = (await once(child, 'close')) as [number | null];
      if (answer.missing) throw new Error(`no answer within ${FIRST_BYTE_SECONDS} s`);
      if (exitCode !== 0) throw new Error(complaint.trim() || `its process ended with ${String(exitCode)}`);
      const { name, bytes } = await largestFile(scratch);
      if (bytes < PROGRAM_BYTES_MIN) throw new Error('the SDK left no program behind');
      await rename(path.join(scratch, name), file);
      return file;
    } finally {
      clearTimeout(firstByte);
      signal.removeEventListener('abort', stop);
      process.off('exit', stop);
    }
  });
}

async function largestFile(folder: string): Promise<{ readonly name: string; readonly bytes: number }> {
  let largest = { name: '', bytes: 0 };
  for (const name of await readdir(folder)) {
    const { size } = await stat(path.join(folder, name));
    if (size > largest.bytes) largest = { name, bytes: size };
  }
  return largest;
}
