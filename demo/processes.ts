/** Child processes of the demo: their output goes to a file, and none outlives the demo. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { killWithParent } from '../sandbox/temporal/lifeline.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** Resolves with the first line of standard output that matches. @throws when the program ends before. */
  line(pattern: RegExp): Promise<string>;
  /** SIGKILL: no farewell of any kind. */
  kill(): Promise<void>;
}

export interface ProgramOptions {
  /** Path from the project's root, of TypeScript or of what was compiled from it. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Everything that it prints is appended here. */
  readonly logFile: string;
}

/** What Node is given to run a script. */
export const scriptArguments = (script: string): readonly string[] =>
  script.endsWith('.ts') ? ['--import', 'tsx', script] : [script];

export function start({ script, args = [], environment = {}, logFile }: ProgramOptions): Program {
  const child = spawn(process.execPath, [...scriptArguments(script), ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  killWithParent(child);
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const lines: string[] = [];
  let rest = '';
  child.stdout.on('data', (data: Buffer) => {
    const parts = (rest + data.toString('utf8')).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    child.emit('lines');
  });
  return {
    pid: child.pid ?? 0,
    line: (pattern) => firstLine(child, lines, pattern, logFile),
    kill: () => end(child, 'SIGKILL'),
    [Symbol.asyncDispose]: () => end(child, 'SIGTERM'),
  };
}

async function firstLine(child: ChildProcess, lines: string[], pattern: RegExp, logFile: string): Promise<string> {
  for (;;) {
    const found = lines.find((line) => pattern.test(line));
    if (found !== undefined) return found;
    if (child.exitCode !== null || child.signalCode !== null) {
      const end = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n');
      throw new Error(`${child.spawnargs.slice(1).join(' ')} ended before it was ready:\n${end}`);
    }
    await Promise.race([once(child, 'lines'), once(child, 'exit')]);
  }
}

const FORCE_AFTER_MS = 15_000;

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  const force = setTimeout(() => child.kill('SIGKILL'), FORCE_AFTER_MS);
  await gone;
  clearTimeout(force);
}
