/** The workflows as one file of code: built beside the compiled worker, or bundled from the sources once for each state of them. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { workflowSources } from './workflow-sources.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What a bundle depends on: its sources, and the versions of what they import. */
const SOURCES = ['workflows', 'model'];
const LOCK = 'package-lock.json';

async function contentName(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(path.join(root, LOCK)));
  for (const folder of SOURCES) {
    const files = (await readdir(path.join(root, folder))).filter((file) => file.endsWith('.ts')).sort();
    for (const file of files) hash.update(file).update(await readFile(path.join(root, folder, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

export const bundle = async (): Promise<string> => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: workflowSources.path,
    workflowInterceptorModules: workflowSources.modules,
    logger: new DefaultLogger('WARN'),
  });
  return code;
};

/**
 * The path of the code. Bundling takes some seconds of a processor, so a bundle is kept under node_modules/.cache, where each
 * start of a worker from the same sources finds it.
 */
export async function workflowCodePath(): Promise<string> {
  const built = path.join(root, 'workflow-bundle.js');
  if (existsSync(built)) return built;
  const folder = path.join(root, 'node_modules', '.cache', 'redoflow');
  const kept = path.join(folder, `workflows-${await contentName()}.js`);
  if (existsSync(kept)) return kept;
  await mkdir(folder, { recursive: true });
  const unfinished = `${kept}.${randomUUID()}`;
  await writeFile(unfinished, await bundle());
  await rename(unfinished, kept); // in one step: others may start at the same time
  return kept;
}
