/** Programs of ours as processes of their own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { scriptArguments } from '../../demo/processes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ENDED_WITHIN_MS = 90_000;

/**
 * `npm test` compiles everything anyway, and says so here: a compiled worker is ready a second and a half of a processor earlier,
 * and is what users run. Without it (one file by itself, a watch) the sources are run.
 */
const compiled = process.env['REDOFLOW_TEST_COMPILED'] === '1';

const program = (folder: string): string => (compiled ? `dist/${folder}/main.js` : `${folder}/main.ts`);

export const WORKER = program('worker');
export const COMMAND_LINE = program('client');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly ended: Promise<Ended>;
  /** What it has written to standard error by now. */
  err(): string;
}

/** Runs a program of ours as a child process. */
export function run(script: string, args: readonly string[], environment: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, [...scriptArguments(script), ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: ENDED_WITHIN_MS,
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code: number | null) => {
      resolve({ code, out, err });
    });
  });
  return { ended, err: () => err };
}
