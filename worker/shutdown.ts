/** What a signal does: the worker takes nothing new, gives its attempts back, and is gone within ten seconds; a second signal ends it at once. */
import type { Log } from './log.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** Orchestrators kill after ten seconds at the earliest. */
const GONE_AFTER_MS = 9_000;
const PARENT_EVERY_MS = 1_000;

export interface Shutdown {
  /** What the first signal does from now on. Before anything is there to drain, a signal ends the process at once. */
  onSignal(drain: () => void): void;
}

/** Listens until the process ends. @param underNpm end with the parent process, too */
export function listenForSignals(log: Log, underNpm: boolean): Shutdown {
  let asked = false;
  let drain: (() => void) | undefined;
  const begin = (reason: string): void => {
    if (asked) process.exit(1);
    asked = true;
    log.info({ reason, pid: process.pid }, 'worker shutting down');
    if (!drain) process.exit(0);
    // What still runs then is cut off like a crash: whatever it prepared is void, whatever it committed is found out.
    setTimeout(() => {
      log.warn({ pid: process.pid }, 'worker stopped, though some attempts had not ended');
      process.exit(0);
    }, GONE_AFTER_MS).unref();
    drain();
  };
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      begin(signal);
    });
  }
  if (underNpm) watchParent(begin);
  return {
    onSignal: (run) => {
      drain = run;
    },
  };
}

/** A worker whose parent ends is adopted by another process. Only under npm: a daemon's parent may end in good order. */
function watchParent(begin: (reason: string) => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    begin('its parent process has ended');
  }, PARENT_EVERY_MS);
  timer.unref();
}
