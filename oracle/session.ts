/**
 * One login of the thin driver: everything comes as exact text or bytes, every call ends when its signal does.
 * NUMBER arrives as text (the driver decodes it to digits first; only our handler keeps it from becoming a JS number).
 * DATE and TIMESTAMP are never selected bare: the driver would make a JS Date of them and cut fractions.
 */
import oracledb from 'oracledb';
import { Failure } from '../model/failure.ts';
import { CONNECT_SECONDS, connectDescriptor, connectionText } from './connection.ts';
import type { SourceConnection } from './connection.ts';
import { isServerError, sourceFailure } from './errors.ts';
import { guardedLogin } from './logins.ts';

export type TextRow = readonly (string | null)[];
export type CellRow = readonly unknown[];
export type Binds = Readonly<Record<string, string | number>>;

/** Rows of one round trip when a whole result is wanted. `prefetchRows` must be equal, else the first reply has two rows. */
const FETCH_ROWS = 1000;

/** How long the server may take to answer a cancel before the socket is cut. */
const GRACE_MS = 2_000;

/**
 * LogMiner writes literals in these masks too. SYYYY, because YYYY would print a year before our era as one of ours; TZR, because the
 * offsets of named zones had seconds once, which TZM cuts (moment-text.ts).
 */
const SETTINGS = [
  "NLS_DATE_FORMAT = 'SYYYY-MM-DD HH24:MI:SS'",
  "NLS_TIMESTAMP_FORMAT = 'SYYYY-MM-DD HH24:MI:SS.FF9'",
  "NLS_TIMESTAMP_TZ_FORMAT = 'SYYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM TZR'",
  "NLS_NUMERIC_CHARACTERS = '.,'",
  "TIME_ZONE = '+00:00'",
];

/** LOBs as text and bytes are within the rows; as locators they would be a round trip each. */
const FETCHED: ReadonlyMap<unknown, { readonly type: oracledb.DbType }> = new Map<unknown, { type: oracledb.DbType }>([
  [oracledb.DB_TYPE_NUMBER, { type: oracledb.DB_TYPE_VARCHAR }],
  [oracledb.DB_TYPE_CLOB, { type: oracledb.DB_TYPE_VARCHAR }],
  [oracledb.DB_TYPE_NCLOB, { type: oracledb.DB_TYPE_VARCHAR }],
  [oracledb.DB_TYPE_BLOB, { type: oracledb.DB_TYPE_RAW }],
]);

const exactText = ({ dbType }: { dbType?: unknown }): { readonly type: oracledb.DbType } | undefined =>
  FETCHED.get(dbType);

const fetching = (rows: number) => ({
  fetchTypeHandler: exactText,
  fetchArraySize: rows,
  prefetchRows: rows,
  maxRows: 0,
  outFormat: oracledb.OUT_FORMAT_ARRAY,
});

/** Names the table or view, so that a missing grant can be given without reading our sources. */
const querying = (sql: string): string => `querying ${/\bFROM\s+([\w$#."]+)/i.exec(sql)?.[1] ?? ''}`;

/** A signal that ends after `seconds`, or with the caller's. */
export const within = (seconds: number, signal?: AbortSignal): AbortSignal => {
  const time = AbortSignal.timeout(seconds * 1000);
  return signal ? AbortSignal.any([time, signal]) : time;
};

/** A call, because the compiler believes that a property stays as it was found. */
const isOver = (signal: AbortSignal): boolean => signal.aborted;

/** Ends early, without an error, with the signal: the next call in a session reports it. */
export const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, signal.aborted ? 0 : milliseconds);
    signal.addEventListener('abort', done, { once: true });
  });

/** What to throw when a signal has ended: the caller's reason, or for a time limit of {@link within} a Failure. */
export function ended(signal: AbortSignal, where: string, doing: string): Error {
  const reason: unknown = signal.reason;
  if (reason instanceof DOMException && reason.name === 'TimeoutError') {
    return new Failure('source-unreachable', `${doing} at Oracle ${where}: not finished within the time limit.`, {
      cause: reason,
    });
  }
  return reason instanceof Error ? reason : new Error(`${doing} at Oracle ${where}: cancelled`, { cause: reason });
}

/** The driver's own way to drop a dead socket (its pool does it after a ping timeout); it has no public name in 26.0. */
function cutOff(connection: oracledb.Connection): void {
  const impl: unknown = Reflect.get(connection, '_impl');
  if (typeof impl !== 'object' || impl === null) return;
  const network: unknown = Reflect.get(impl, 'nscon');
  if (typeof network !== 'object' || network === null) return;
  const disconnect: unknown = Reflect.get(network, 'forceDisconnect');
  if (typeof disconnect === 'function') Reflect.apply(disconnect, network, []);
}

/** Logs off; a server that does not answer is cut off after the grace time. Never throws: the session is gone either way. */
async function logOff(connection: oracledb.Connection): Promise<void> {
  const timer = setTimeout(() => {
    cutOff(connection);
  }, GRACE_MS);
  try {
    await connection.close();
  } catch {
    cutOff(connection);
  } finally {
    clearTimeout(timer);
  }
}

async function logIn(connection: SourceConnection, signal: AbortSignal): Promise<oracledb.Connection> {
  const where = connectionText(connection);
  const doing = `logging in as ${connection.user}`;
  if (isOver(signal)) throw ended(signal, where, doing);
  const login = oracledb.getConnection({
    user: connection.user,
    password: connection.password,
    connectString: connectDescriptor(connection),
    connectTimeout: CONNECT_SECONDS,
    expireTime: 1,
  });
  let cancel = (): void => undefined;
  const cancelled = new Promise<never>((_resolve, reject) => {
    cancel = () => {
      reject(ended(signal, where, doing));
    };
    signal.addEventListener('abort', cancel, { once: true });
  });
  try {
    return await Promise.race([login, cancelled]);
  } catch (error) {
    if (!isOver(signal)) throw sourceFailure(error, where, doing, connection.user);
    // The driver cannot cancel a login: whoever arrives late is sent away.
    login.then(logOff, () => undefined);
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

export class Session {
  readonly where: string;
  readonly openedAtMs = Date.now();
  readonly to: SourceConnection;
  readonly callSeconds: number;
  /** Ends with this one. */
  companion: Session | undefined;
  readonly #connection: oracledb.Connection;
  #usable = true;

  private constructor(connection: oracledb.Connection, to: SourceConnection, callSeconds: number) {
    this.#connection = connection;
    this.where = connectionText(to);
    this.to = to;
    this.callSeconds = callSeconds;
    connection.callTimeout = callSeconds * 1000;
  }

  /**
   * Logs in and sets the session up. `callSeconds` bounds every round trip.
   * @throws Failure source-unreachable, source-login-refused, … or the signal's reason
   */
  static async open(connection: SourceConnection, callSeconds: number, signal: AbortSignal): Promise<Session> {
    const login = await guardedLogin(connection, signal, () => logIn(connection, signal));
    const session = new Session(login, connection, callSeconds);
    try {
      await session.execute(`ALTER SESSION SET ${SETTINGS.join(' ')}`, {}, signal);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** False once a call was cancelled or the connection was lost: then close it and take another. */
  get usable(): boolean {
    return this.#usable && this.#connection.isHealthy() && this.companion?.usable !== false;
  }

  /** All rows of a query whose columns are text or NUMBER. */
  async query(sql: string, binds: Binds, signal: AbortSignal): Promise<readonly TextRow[]> {
    const { rows } = await this.#call(querying(sql), signal, () =>
      this.#connection.execute<unknown[]>(sql, { ...binds }, fetching(FETCH_ROWS)),
    );
    return (rows ?? []).map((row) => row.map(textCell));
  }

  async execute(sql: string, binds: Binds, signal: AbortSignal): Promise<void> {
    await this.#call('executing', signal, () => this.#connection.execute(sql, { ...binds }));
  }

  /**
   * Rows in batches of `rows`, one round trip each, the next one under way while the caller works on this one (never more than
   * that one). The cursor is closed however the loop ends.
   */
  async *batches(
    sql: string,
    binds: Binds,
    { rows: size, signal }: { readonly rows: number; readonly signal: AbortSignal },
  ): AsyncGenerator<readonly CellRow[], void> {
    const options = { ...fetching(size), resultSet: true };
    const { resultSet } = await this.#call(querying(sql), signal, () =>
      this.#connection.execute<unknown[]>(sql, { ...binds }, options),
    );
    if (!resultSet) throw new Failure('bug', `no result set for a query at Oracle ${this.where}`);
    const fetch = (): Promise<readonly CellRow[]> => {
      const rows = this.#call('fetching', signal, () => resultSet.getRows(size));
      // Awaited when the caller comes back for it; until then a failure is nobody's surprise.
      rows.catch(() => undefined);
      return rows;
    };
    let next = fetch();
    try {
      for (let rows = await next; rows.length > 0; rows = await next) {
        const last = rows.length < size;
        if (!last) next = fetch();
        yield rows;
        if (last) return;
      }
    } finally {
      await next.catch(() => undefined);
      await this.#closeCursor(resultSet);
    }
  }

  /** The next user gets another session. */
  markUnusable(): void {
    this.#usable = false;
  }

  /** Ends whatever runs in it, at once. */
  abandon(): void {
    this.#usable = false;
    cutOff(this.#connection);
    this.companion?.abandon();
  }

  async close(): Promise<void> {
    this.#usable = false;
    await Promise.all([logOff(this.#connection), this.companion?.close()]);
  }

  /** Never throws: the rows are already there, and a session whose cursor cannot be closed is not used again. */
  async #closeCursor(resultSet: oracledb.ResultSet<unknown[]>): Promise<void> {
    if (!this.usable) return;
    try {
      await this.#call('closing a cursor', within(GRACE_MS / 1000), () => resultSet.close());
    } catch {
      this.#usable = false;
    }
  }

  /** A cancelled call is given the grace time to end by itself; the driver would wait forever for a server that is silent. */
  async #call<T>(doing: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    if (isOver(signal)) throw ended(signal, this.where, doing);
    const timers = [this.#cutOffAfter(this.callSeconds * 1000 + GRACE_MS)];
    const interrupt = (): void => {
      this.#usable = false;
      this.#connection.break().catch(() => undefined);
      timers.push(this.#cutOffAfter(GRACE_MS));
    };
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      return await call();
    } catch (error) {
      if (isOver(signal)) throw ended(signal, this.where, doing);
      const failure = sourceFailure(error, this.where, doing, this.to.user);
      if (failure.kind === 'source-unreachable' || !isServerError(error)) this.#usable = false;
      throw failure;
    } finally {
      signal.removeEventListener('abort', interrupt);
      timers.forEach(clearTimeout);
    }
  }

  #cutOffAfter(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.abandon();
    }, milliseconds);
  }
}

function textCell(cell: unknown): string | null {
  if (cell === null || typeof cell === 'string') return cell;
  throw new Failure('bug', `a query for text returned ${typeof cell}`);
}
