/** Sessions that are kept for a while between calls, at most `sessionsMax` at a time. */
import { Failure } from '../model/failure.ts';
import { connectionText } from './connection.ts';
import type { SourceConnection } from './connection.ts';
import { ended, pause, Session } from './session.ts';

export interface PoolLimits {
  readonly sessionsMax: number;
  /** A session older than this is not used again: LogMiner's memory in the server grows with the session's age. */
  readonly ageSecondsMax: number;
  /** A session is closed when nobody wanted it for so long. Short, so that it need not be tested before use. */
  readonly idleSecondsMax: number;
  /** Limit of every round trip. */
  readonly callSeconds: number;
}

interface Idle {
  readonly session: Session;
  readonly sinceMs: number;
}

export interface Lease extends AsyncDisposable {
  readonly session: Session;
}

/** Pause between two looks for a free place; they are rare, because workers run fewer activities than there are places. */
const WAIT_MS = 50;

export class SessionPool {
  readonly #connection: SourceConnection;
  readonly #limits: PoolLimits;
  readonly #leased = new Set<Session>();
  #opening = 0;
  #idle: Idle[] = [];
  #closed = false;
  #sweep: NodeJS.Timeout | undefined;

  constructor(connection: SourceConnection, limits: PoolLimits) {
    this.#connection = connection;
    this.#limits = limits;
  }

  /** A session for the caller alone until disposed. @throws Failure, or the signal's reason */
  async lease(signal: AbortSignal): Promise<Lease> {
    const session = this.#takeIdle() ?? (await this.#open(signal));
    this.#leased.add(session);
    return {
      session,
      [Symbol.asyncDispose]: () => this.#giveBack(session),
    };
  }

  async use<T>(signal: AbortSignal, work: (session: Session) => Promise<T>): Promise<T> {
    await using lease = await this.lease(signal);
    return await work(lease.session);
  }

  /** Idle sessions log off; calls that still run end with an error. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#sweep);
    for (const session of this.#leased) session.abandon();
    const idle = this.#idle;
    this.#idle = [];
    await Promise.all(idle.map(({ session }) => session.close()));
  }

  #takeIdle(): Session | undefined {
    this.#closeExpired();
    return this.#idle.pop()?.session;
  }

  async #open(signal: AbortSignal): Promise<Session> {
    const where = connectionText(this.#connection);
    while (this.#leased.size + this.#opening >= this.#limits.sessionsMax) {
      if (signal.aborted) throw ended(signal, where, 'waiting for a session');
      await pause(WAIT_MS, signal);
    }
    if (this.#closed) throw new Failure('source-unreachable', `The connections to Oracle ${where} are closed.`);
    this.#opening += 1;
    try {
      return await Session.open(this.#connection, this.#limits.callSeconds, signal);
    } finally {
      this.#opening -= 1;
    }
  }

  async #giveBack(session: Session): Promise<void> {
    this.#leased.delete(session);
    if (this.#closed || !session.usable) {
      await session.close();
      return;
    }
    this.#idle.push({ session, sinceMs: Date.now() });
    this.#sweepLater();
  }

  #sweepLater(): void {
    this.#sweep ??= setTimeout(() => {
      this.#sweep = undefined;
      this.#closeExpired();
      if (this.#idle.length > 0) this.#sweepLater();
    }, this.#limits.idleSecondsMax * 1000).unref();
  }

  #closeExpired(): void {
    const now = Date.now();
    const fresh = ({ session, sinceMs }: Idle): boolean =>
      session.usable &&
      now - session.openedAtMs < this.#limits.ageSecondsMax * 1000 &&
      now - sinceMs < this.#limits.idleSecondsMax * 1000;
    const expired = this.#idle.filter((idle) => !fresh(idle));
    this.#idle = this.#idle.filter(fresh);
    for (const { session } of expired) void session.close();
  }
}
