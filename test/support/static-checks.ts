import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const PRODUCT = ['model', 'workflows', 'activities', 'oracle', 'maxcompute', 'worker', 'client'] as const;
const PROGRAMS = ['sandbox', 'demo', 'bench'] as const;

const TYPES = 'types';
const BUNDLE = 'workflow bundle';
/** Without these, nothing that was compiled can be run. */
export const COMPILING: readonly string[] = [TYPES, BUNDLE];

type Check = readonly [name: string, ...nodeArguments: string[]];

const tool = (file: string): string => path.join('node_modules', file);

/** Two lanes, because two cores: the linter takes about as long as everything else together. */
function lanesOf({ cached }: { readonly cached: boolean }): readonly (readonly Check[])[] {
  const cache = (name: string) =>
    cached ? ['--cache', '--cache-strategy', 'content', '--cache-location', `.cache/${name}`] : [];
  return [
    [
      [TYPES, tool('typescript/bin/tsc'), '-b'],
      // with the types, what users run: tests start it as processes
      ...(cached ? [] : [[BUNDLE, '--import', 'tsx', 'worker/bundle.ts'] as const]),
      ['imports', tool('dependency-cruiser/bin/dependency-cruise.mjs'), ...PRODUCT, ...PROGRAMS],
      ['format', tool('prettier/bin/prettier.cjs'), '--check', '.', ...cache('prettier')],
      ['unused', tool('knip/bin/knip.js'), '--no-progress'],
    ],
    [['lint', tool('eslint/bin/eslint.js'), '.', ...cache('eslint')]],
  ];
}

/**
 * Runs every static check, prints a line for each (and all of its output when it fails); returns the names of the failed.
 * `cached` passes over files that have not changed since they were last in order. For the linter that is not the whole
 * truth, because a type may have changed in another file; so only the quick check before a commit does it.
 */
export async function staticChecks(root: string, how: { readonly cached: boolean }): Promise<readonly string[]> {
  const lanes = lanesOf(how).map(async (lane) => {
    const failed: string[] = [];
    for (const [name, ...args] of lane) {
      const startedAt = performance.now();
      const complaint = await run(root, args);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.log(`${complaint === undefined ? '✓' : '✗'} ${name} (${seconds} s)`);
      if (complaint !== undefined) {
        console.log(complaint);
        failed.push(name);
      }
    }
    return failed;
  });
  return (await Promise.all(lanes)).flat();
}

/** What the program printed when it did not exit with 0; undefined when it did. */
async function run(root: string, args: readonly string[]): Promise<string | undefined> {
  try {
    await execute(process.execPath, [...args], {
      cwd: root,
      maxBuffer: 64 * 1024 * 1024,
    });
    return undefined;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return `${stdout}${stderr}`.trimEnd() || String(error);
  }
}

/** `product N lines, sandbox M lines`: the sandbox must stay as small as its clients allow. */
export async function lineCounts(root: string): Promise<string> {
  const product = await Promise.all(PRODUCT.map((folder) => linesIn(path.join(root, folder))));
  const sandbox = await linesIn(path.join(root, 'sandbox'));
  return `product ${product.reduce((sum, lines) => sum + lines, 0)} lines, sandbox ${sandbox} lines`;
}

async function linesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const texts = await Promise.all(
    names.filter((name) => name.endsWith('.ts')).map((name) => readFile(path.join(folder, name), 'utf8')),
  );
  return texts.reduce((sum, text) => sum + text.split('\n').length - 1, 0);
}
