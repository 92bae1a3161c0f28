/** `redoflow init [DIRECTORY]`. */
import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { command, workerCommand } from './format.ts';
import { initFiles } from './init-files.ts';
import { Refusal } from './refusal.ts';

/**
 * Writes commented examples of both files and their JSON Schemas; asks nobody.
 * @throws Refusal (exit 2) when one of the files is there already, before anything is written.
 */
export function init(directory: string): void {
  const files = [...initFiles()].map(([path, content]) => ({ path: join(directory, path), content }));
  const there = files.map(({ path }) => path).filter(isThere);
  if (there.length > 0) {
    const list = there.map((path) => `\n  ${path}`).join('');
    throw new Refusal(
      `Nothing was written, because files are never overwritten. There already:${list}\nName another directory, or move them away.`,
      2,
    );
  }
  for (const { path, content } of files) write(path, content);
  const task = join(directory, 'task.yaml');
  console.log(`wrote ${files.map(({ path }) => path).join(', ')}`);
  console.log(`Put your own connections and tables in. Start a worker with them:`);
  console.log(`  REDOFLOW_CONNECTIONS=${join(directory, 'connections.yaml')} ${workerCommand()}`);
  console.log(`Then, in another terminal:\n  ${command(`check ${task}`)}`);
}

/** Also a link that leads nowhere counts: writing through it would make a file elsewhere. */
const isThere = (path: string): boolean =>
  refusing(path, () => lstatSync(path, { throwIfNoEntry: false }) !== undefined);

function write(path: string, content: string): void {
  refusing(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { flag: 'wx' }); // also when somebody else was faster, nothing is overwritten
  });
}

function refusing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new Refusal(`${path} cannot be written (${why}); name another directory.`, 2, { cause: error });
  }
}
