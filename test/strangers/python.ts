import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The clients that we did not write, pinned. PyODPS needs pandas for timestamps of nanoseconds. */
const REQUIREMENTS = ['pyodps==0.13.2', 'oracledb==26.1.0', 'pandas>=2,<4'];

const INSTALL_SECONDS = 120;

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../../', import.meta.url));

/** The Python with the strangers in it, or why there is none. */
export type Python = { readonly executable: string } | { readonly missing: string };

function firstLine(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  const text = stderr === '' ? (error instanceof Error ? error.message : String(error)) : stderr;
  return text.split('\n').at(-1) ?? text;
}

async function install(folder: string): Promise<void> {
  const deadline = { timeout: INSTALL_SECONDS * 1000, killSignal: 'SIGKILL' as const };
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await run('python3', ['-m', 'venv', folder], deadline);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1', '--timeout', '15'];
  await run(join(folder, 'bin', 'python'), [...pip, ...REQUIREMENTS], deadline);
  await writeFile(join(folder, 'complete'), `${REQUIREMENTS.join('\n')}\n`);
}

/** Two test files may ask at once: the first one installs, the other waits for it. */
async function installOnce(folder: string): Promise<void> {
  const lock = `${folder}.lock`;
  await mkdir(join(folder, '..'), { recursive: true });
  const mine = await mkdir(lock).then(
    () => true,
    () => false,
  );
  if (mine) {
    try {
      await install(folder);
    } finally {
      await rm(lock, { recursive: true, force: true });
    }
    return;
  }
  const end = Date.now() + 2 * INSTALL_SECONDS * 1000;
  while (existsSync(lock) && Date.now() < end) await wait(250);
  if (existsSync(join(folder, 'complete'))) return;
  await rm(lock, { recursive: true, force: true }); // left behind by a run that was killed, or its install failed
  await install(folder);
}

/** Finds python3 and installs the strangers once, into `.cache/strangers-<hash>` of the repository. */
export async function findPython(): Promise<Python> {
  try {
    const { stdout } = await run('python3', ['-c', 'import sys; print(sys.version)'], { timeout: 20_000 });
    const hash = createHash('sha256')
      .update([stdout, ...REQUIREMENTS].join('\n'))
      .digest('hex')
      .slice(0, 12);
    const folder = join(repository, '.cache', `strangers-${hash}`);
    if (!existsSync(join(folder, 'complete'))) await installOnce(folder);
    return { executable: join(folder, 'bin', 'python') };
  } catch (error) {
    return { missing: `no Python with ${REQUIREMENTS.join(', ')}: ${firstLine(error)}` };
  }
}

/** Runs a peer program of this folder; resolves with the JSON lines that it printed, rejects with its stderr. */
export async function runPeer(
  executable: string,
  program: string,
  args: readonly string[],
): Promise<readonly unknown[]> {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(executable, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} exited with ${String(code)}:\n${texts.out}\n${texts.err}`);
  return texts.out
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}
