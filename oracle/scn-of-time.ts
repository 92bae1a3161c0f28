/**
 * The SCN that a person means by an SCN or a time.
 *
 * A time is looked up in the redo itself: V$LOG and V$ARCHIVED_LOG say when each log began (FIRST_TIME), and the COMMITs of that log carry
 * their own times. So the answer is exact to the redo's second, and nothing that committed at or after the time is left out.
 * TIMESTAMP_TO_SCN would be some seconds off either way, and knows five days (ORA-08180, ORA-08181; SQL Language Reference).
 */
import { Failure } from '../model/failure.ts';
import type { Incarnation } from '../model/position.ts';
import { addToScn, compareScn, minScn, scn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import type { StartPoint } from '../model/start-position.ts';
import { commitSeconds } from './commit-time.ts';
import { minedRows, transactionRows } from './log-miner.ts';
import { findLogs } from './redo-logs.ts';
import { operations } from './redo-row.ts';
import type { Session, TextRow } from './session.ts';
import { readDatabase, readHostOffset, readThreads, redoBound } from './threads.ts';

/** Where one log of one thread begins. Several copies of a log are several of these. */
export interface LogStart {
  readonly thread: number;
  readonly firstScn: Scn;
  /** Wall clock of the database's host, `YYYY-MM-DD HH24:MI:SS`. */
  readonly firstTime: string;
  readonly bytes: number;
}

const ONLINE =
  "SELECT THREAD#, TO_CHAR(FIRST_CHANGE#), TO_CHAR(FIRST_TIME, 'YYYY-MM-DD HH24:MI:SS'), BYTES FROM V$LOG WHERE STATUS <> 'UNUSED'";
const ARCHIVED =
  "SELECT THREAD#, TO_CHAR(FIRST_CHANGE#), TO_CHAR(FIRST_TIME, 'YYYY-MM-DD HH24:MI:SS'), BLOCKS * BLOCK_SIZE FROM V$ARCHIVED_LOG " +
  "WHERE RESETLOGS_CHANGE# = TO_NUMBER(:r) AND NAME IS NOT NULL AND ARCHIVED = 'YES' AND STANDBY_DEST = 'NO' AND DELETED = 'NO' " +
  "AND STATUS = 'A'";

const logStart = ([thread, first, time, bytes]: TextRow): LogStart => ({
  thread: Number(thread),
  firstScn: scn(first ?? ''),
  firstTime: time ?? '',
  bytes: Number(bytes),
});

/** Of every log that is there, in no order. */
export async function readLogStarts(
  session: Session,
  { resetlogsScn }: Incarnation,
  signal: AbortSignal,
): Promise<readonly LogStart[]> {
  const online = await session.query(ONLINE, {}, signal);
  const archived = await session.query(ARCHIVED, { r: resetlogsScn }, signal);
  return [...online, ...archived].map(logStart);
}

const isoOf = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

/**
 * Pure: the first SCN of the log that was being written at a moment, over all threads the lowest.
 * @throws Failure bad-input when every log that is there began later
 */
export function logsAt(logs: readonly LogStart[], seconds: number, offsetSeconds: number): Scn {
  const latest = new Map<number, LogStart>();
  let oldest = Infinity;
  for (const log of logs) {
    const began = commitSeconds(log.firstTime, offsetSeconds);
    oldest = Math.min(oldest, began);
    const other = latest.get(log.thread);
    if (began <= seconds && (!other || compareScn(log.firstScn, other.firstScn) > 0)) latest.set(log.thread, log);
  }
  const [first, ...others] = [...latest.values()].map(({ firstScn }) => firstScn);
  if (first !== undefined) return others.reduce(minScn, first);
  throw new Failure(
    'bad-input',
    `The redo of ${isoOf(seconds)} is not there any more: the oldest log begins at ${Number.isFinite(oldest) ? isoOf(oldest) : 'no time'}.`,
  );
}

interface Bound {
  readonly incarnation: Incarnation;
  /** Redo is on disk up to here. */
  readonly bound: Scn;
}

/** The highest SCN below every COMMIT that carries the time or a later one. */
async function scnOfTime(
  session: Session,
  { incarnation, bound }: Bound,
  seconds: number,
  signal: AbortSignal,
): Promise<Scn> {
  const offset = await readHostOffset(session, signal);
  const from = logsAt(await readLogStarts(session, incarnation, signal), seconds, offset);
  const files = await findLogs(session, incarnation, { from, to: bound }, signal);
  for await (const rows of minedRows(session, { files, start: from, end: bound }, transactionRows, signal)) {
    const later = rows.find(
      ({ operation, timestamp }) => operation === operations.commit && commitSeconds(timestamp, offset) >= seconds,
    );
    if (later) return addToScn(later.scn, -1);
  }
  return bound;
}

/**
 * Also checks that the redo from there on is there.
 * @throws Failure bad-input for a place that lies in the future, or before the database's RESETLOGS; source-redo-missing
 */
export async function findStartScn(
  session: Session,
  at: StartPoint,
  signal: AbortSignal,
): Promise<{ readonly incarnation: Incarnation; readonly scn: Scn }> {
  const { incarnation, clockSeconds } = await readDatabase(session, signal);
  const bound = redoBound(await readThreads(session, signal));
  if ('time' in at && Date.parse(at.time) / 1000 > clockSeconds)
    throw new Failure('bad-input', `${at.time} lies in the future: the database's clock says ${isoOf(clockSeconds)}.`);
  const found =
    'scn' in at ? scn(at.scn) : await scnOfTime(session, { incarnation, bound }, Date.parse(at.time) / 1000, signal);
  if (compareScn(found, bound) > 0)
    throw new Failure('bad-input', `SCN ${found} lies in the future: redo is written up to SCN ${bound}.`);
  if (compareScn(found, incarnation.resetlogsScn) < 0)
    throw new Failure(
      'bad-input',
      `SCN ${found} lies before the RESETLOGS of the database, SCN ${incarnation.resetlogsScn}.`,
    );
  await findLogs(session, incarnation, { from: found, to: bound }, signal);
  return { incarnation, scn: found };
}
