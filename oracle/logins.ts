/** Logins of one connection, few at a time: an account is locked after some refused ones, and a task of many readers would lock it at once. */
import { Failure } from '../model/failure.ts';
import type { SourceConnection } from './connection.ts';

/** With a wrong password, so many are refused before the others are spared. */
const LOGINS_AT_ONCE = 2;

/** The secret stays the same until the worker starts anew; an administrator may unlock the account meanwhile. */
const REFUSAL_KEPT_MS = 60_000;

interface Logins {
  running: number;
  waiting: (() => void)[];
  refused: { readonly failure: Failure; readonly atMs: number } | undefined;
}

const ofConnections = new WeakMap<SourceConnection, Logins>();

function loginsOf(connection: SourceConnection): Logins {
  const known = ofConnections.get(connection);
  if (known) return known;
  const fresh: Logins = { running: 0, waiting: [], refused: undefined };
  ofConnections.set(connection, fresh);
  return fresh;
}

/** Resolves when there is room, or when the signal ends: then `login` says so. */
function room(logins: Logins, signal: AbortSignal): Promise<void> {
  if (logins.running < LOGINS_AT_ONCE || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      signal.removeEventListener('abort', go);
      logins.waiting = logins.waiting.filter((other) => other !== go);
      resolve();
    };
    logins.waiting.push(go);
    signal.addEventListener('abort', go, { once: true });
  });
}

/**
 * @param connection the same object for every login of a source
 * @throws what `login` throws; the refusal of another login (source-login-refused), for a while, without asking again
 */
export async function guardedLogin<T>(
  connection: SourceConnection,
  signal: AbortSignal,
  login: () => Promise<T>,
): Promise<T> {
  const logins = loginsOf(connection);
  while (logins.running >= LOGINS_AT_ONCE && !signal.aborted) await room(logins, signal);
  const { refused } = logins;
  if (refused && Date.now() - refused.atMs < REFUSAL_KEPT_MS) throw refused.failure;
  logins.running += 1;
  try {
    const session = await login();
    logins.refused = undefined;
    return session;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'source-login-refused')
      logins.refused = { failure: error, atMs: Date.now() };
    throw error;
  } finally {
    logins.running -= 1;
    for (const go of logins.waiting) go(); // each looks again
  }
}
