/**
 * The database's threads of redo (V$THREAD), its incarnation and its clock.
 * CURRENT_SCN runs ahead of what is on disk, and LogMiner reads disk; V$THREAD.LAST_REDO_CHANGE# says how far each thread was written.
 */
import { Failure } from '../model/failure.ts';
import type { Incarnation } from '../model/position.ts';
import { addToScn, minScn, scn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import type { Session } from './session.ts';

export interface RedoThread {
  readonly thread: number;
  readonly open: boolean;
  /** ENABLED: `PUBLIC`, `PRIVATE` or `DISABLED`. */
  readonly enabled: string;
  readonly lastRedoScn: Scn;
  readonly checkpointScn: Scn;
  readonly enableScn: Scn;
  readonly disableScn: Scn;
}

const THREADS =
  'SELECT THREAD#, STATUS, ENABLED, TO_CHAR(LAST_REDO_CHANGE#), TO_CHAR(CHECKPOINT_CHANGE#), TO_CHAR(ENABLE_CHANGE#), ' +
  'TO_CHAR(DISABLE_CHANGE#) FROM V$THREAD ORDER BY THREAD#';

const scnOrZero = (text: string | null | undefined): Scn => scn(text ?? '0');

export async function readThreads(session: Session, signal: AbortSignal): Promise<readonly RedoThread[]> {
  const rows = await session.query(THREADS, {}, signal);
  return rows.map(([thread, status, enabled, last, checkpoint, enable, disable]) => ({
    thread: Number(thread),
    open: status === 'OPEN',
    enabled: enabled ?? '',
    lastRedoScn: scnOrZero(last),
    checkpointScn: scnOrZero(checkpoint),
    enableScn: scnOrZero(enable),
    disableScn: scnOrZero(disable),
  }));
}

/**
 * The highest SCN whose redo is on disk in every open thread. One below LAST_REDO_CHANGE#, because more records of that SCN may follow;
 * LogMiner also looks one SCN further than it is told. An open thread that hangs holds the bound back: nothing of it is skipped.
 * @throws Failure source-unreachable when no thread is open (the database is not open)
 */
export function redoBound(threads: readonly RedoThread[]): Scn {
  const written = threads
    .filter(({ open, enabled }) => open && enabled !== 'PRIVATE')
    .map(({ lastRedoScn }) => lastRedoScn);
  const [first, ...others] = written;
  if (first === undefined)
    throw new Failure('source-unreachable', 'No thread of redo is open (V$THREAD); the database is not open.');
  return addToScn(others.reduce(minScn, first), -1);
}

const DATABASE =
  "SELECT TO_CHAR(DBID), TO_CHAR(RESETLOGS_CHANGE#), TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD HH24:MI:SS'), " +
  'DATABASE_ROLE, OPEN_MODE, FORCE_LOGGING, SUPPLEMENTAL_LOG_DATA_MIN FROM V$DATABASE';

/** V$DATABASE, as it is now. */
export interface DatabaseState {
  readonly incarnation: Incarnation;
  /** The source's clock in whole Unix seconds. */
  readonly clockSeconds: number;
  /** `PRIMARY`, `PHYSICAL STANDBY` … */
  readonly role: string;
  readonly openMode: string;
  /** Every change makes redo, whatever its statement or table says. */
  readonly forceLogging: boolean;
  /** Without it LogMiner cannot be relied on. IMPLICIT: another kind of supplemental logging includes it. */
  readonly minimalLogging: boolean;
}

export async function readDatabase(session: Session, signal: AbortSignal): Promise<DatabaseState> {
  const [row] = await session.query(DATABASE, {}, signal);
  const [dbid, resetlogs, utc, role, openMode, forceLogging, minimal] = row ?? [];
  const clockSeconds = Date.parse(`${(utc ?? '').replace(' ', 'T')}Z`) / 1000;
  if (!Number.isSafeInteger(clockSeconds)) throw new Failure('bug', 'SYSTIMESTAMP came in an unexpected form.');
  return {
    incarnation: { dbid: dbid ?? '', resetlogsScn: scn(resetlogs ?? '') },
    clockSeconds,
    role: role ?? '',
    openMode: openMode ?? '',
    forceLogging: forceLogging === 'YES',
    minimalLogging: minimal !== 'NO',
  };
}

/** @throws Failure source-not-primary: a standby's redo is another database's, and comes late */
export function requirePrimary({ role, openMode }: DatabaseState, where: string): void {
  if (role === 'PRIMARY') return;
  throw new Failure(
    'source-not-primary',
    `The database at Oracle ${where} is a ${role} (${openMode}) now, not the primary: its role has changed, or the connection points to a ` +
      'standby. The position is kept.',
  );
}

export async function readCurrentScn(session: Session, signal: AbortSignal): Promise<Scn> {
  const [row] = await session.query('SELECT TO_CHAR(CURRENT_SCN) FROM V$DATABASE', {}, signal);
  return scn(row?.[0] ?? '');
}

/** `+08:00` → 28800. @throws Failure bug for another form */
export function offsetSeconds(text: string): number {
  const match = /^([+-])(\d\d):(\d\d)$/.exec(text);
  if (!match) throw new Failure('bug', `not an offset from UTC: ${JSON.stringify(text)}`);
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60;
  return match[1] === '-' ? -seconds : seconds;
}

/** The offset of the database host's clock, which the redo's timestamps follow, from UTC: east positive. */
export async function readHostOffset(session: Session, signal: AbortSignal): Promise<number> {
  const [row] = await session.query("SELECT TO_CHAR(SYSTIMESTAMP, 'TZH:TZM') FROM DUAL", {}, signal);
  return offsetSeconds(row?.[0] ?? '');
}

/** @throws Failure source-incarnation-changed: SCNs of two incarnations cannot be compared */
export function requireIncarnation(expected: Incarnation, found: Incarnation): void {
  if (expected.dbid === found.dbid && expected.resetlogsScn === found.resetlogsScn) return;
  throw new Failure(
    'source-incarnation-changed',
    `The position belongs to DBID ${expected.dbid}, RESETLOGS SCN ${expected.resetlogsScn}; ` +
      `the database has DBID ${found.dbid}, RESETLOGS SCN ${found.resetlogsScn}.`,
  );
}
