import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/**
 * Ends the child when this process ends, however it ends.
 *
 * The `exit` event covers everything but SIGKILL and a crash. For those a shell waits at the other end of a pipe: the
 * kernel closes our end, `cat` returns, and the shell kills the child. Windows has no such shell; there only `exit` counts.
 */
export function killWithParent(child: ChildProcess): void {
  if (child.pid === undefined) return; // it did not start
  const kill = (): void => void child.kill('SIGKILL');
  const watcher = process.platform === 'win32' ? undefined : watch(child.pid);
  process.on('exit', kill);
  // The process id may belong to another program from now on.
  child.once('exit', () => {
    process.off('exit', kill);
    watcher?.kill('SIGKILL');
  });
}

function watch(pid: number): ChildProcess {
  const watcher = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -KILL "$1" 2>/dev/null', 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // Ctrl-C in the terminal is for us, not for it
  });
  watcher.on('error', () => undefined); // without a shell the exit event alone has to do
  watcher.stdin.on('error', () => undefined);
  return watcher;
}
