/** Where fetched programs are kept, so that only the first run waits for a download. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ServerProgram } from './programs.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The file of a fetched program below the user's cache directory (XDG Base Directory Specification).
 * Its name carries the pinned version, so that raising the pin looks again instead of running the old one.
 */
export function cachedFile(program: ServerProgram, environment: Environment): string {
  const home = environment['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache');
  const ending = process.platform === 'win32' ? '.exe' : '';
  return path.join(home, 'redoflow', 'bin', `${program.name}-${program.version}${ending}`);
}

/** Puts a program into the cache; the rename is atomic, because two demos may start at once. Returns its path. */
export async function keep(bytes: Buffer, file: string): Promise<string> {
  return inScratch(file, async (scratch) => {
    const unfinished = path.join(scratch, path.basename(file));
    await writeFile(unfinished, bytes, { mode: 0o755 });
    await rename(unfinished, file);
    return file;
  });
}

/** Runs with an empty directory on the file system of the cache, and removes it. */
export async function inScratch<T>(file: string, work: (scratch: string) => Promise<T>): Promise<T> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(path.join(folder, '.fetching-'));
  try {
    return await work(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
