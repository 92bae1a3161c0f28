/**
 * How long the redo from an SCN on has been there, and how long logs are kept: V$LOG, V$ARCHIVED_LOG (Oracle Database Reference).
 *
 * What is kept is what is there without a hole up to now. A log that was deleted behind the control file's back (not by RMAN) still counts
 * as there: only reading it would tell.
 */
import type { Incarnation } from '../model/position.ts';
import type { RunwayMeasure, ThreadRunway } from '../model/redo-runway.ts';
import { compareScn, maxScn, scn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import { commitSeconds } from './commit-time.ts';
import { readLocalDestinations } from './log-inventory.ts';
import { RedoLogs, requiredRange, selectLogs } from './redo-logs.ts';
import type { Session, TextRow } from './session.ts';
import { readDatabase, readHostOffset, readThreads, redoBound, requireIncarnation } from './threads.ts';

/** A log of which a file is there. */
export interface DatedLog {
  readonly thread: number;
  readonly sequence: number;
  readonly firstScn: Scn;
  /** FIRST_TIME, Unix seconds. */
  readonly began: number;
  /** Being written. */
  readonly current: boolean;
}

const FIRST = "THREAD#, SEQUENCE#, TO_CHAR(FIRST_CHANGE#), TO_CHAR(FIRST_TIME, 'YYYY-MM-DD HH24:MI:SS')";
const ONLINE = `SELECT ${FIRST}, STATUS FROM V$LOG WHERE STATUS <> 'UNUSED'`;
const ARCHIVED =
  `SELECT ${FIRST}, DEST_ID FROM V$ARCHIVED_LOG WHERE RESETLOGS_CHANGE# = TO_NUMBER(:r) AND NAME IS NOT NULL ` +
  "AND ARCHIVED = 'YES' AND STANDBY_DEST = 'NO' AND DELETED = 'NO' AND STATUS = 'A'";

const datedLog =
  (offsetSeconds: number) =>
  ([thread, sequence, first, time, status]: TextRow): DatedLog => ({
    thread: Number(thread),
    sequence: Number(sequence),
    firstScn: scn(first ?? ''),
    began: commitSeconds(time ?? '', offsetSeconds),
    current: status === 'CURRENT',
  });

/** Archived logs come from local destinations alone: others cannot be mined here. */
async function readLogs(
  session: Session,
  { resetlogsScn }: Incarnation,
  signal: AbortSignal,
): Promise<readonly DatedLog[]> {
  const offset = await readHostOffset(session, signal);
  const online = await session.query(ONLINE, {}, signal);
  const local = await readLocalDestinations(session, signal);
  const archived = await session.query(ARCHIVED, { r: resetlogsScn }, signal);
  return [...online, ...archived.filter(([, , , , destination]) => local.has(Number(destination)))].map(
    datedLog(offset),
  );
}

/** Pure. @param logs of one thread, in any order, several copies of a log among them; @returns undefined without any */
export function threadRunway(thread: number, logs: readonly DatedLog[], needed: Scn): ThreadRunway | undefined {
  const newestFirst = logs.toSorted((a, b) => b.sequence - a.sequence || Number(b.current) - Number(a.current));
  let oldest = newestFirst[0];
  if (!oldest) return undefined;
  let holder = compareScn(oldest.firstScn, needed) <= 0 ? oldest : undefined;
  for (const log of newestFirst) {
    if (log.sequence < oldest.sequence - 1) break; // a log is gone between the two
    if (log.sequence === oldest.sequence) continue;
    oldest = log;
    if (compareScn(log.firstScn, needed) <= 0) holder ??= log;
  }
  const { began, current } = holder ?? oldest;
  return { thread, keptSince: oldest.began, ...(!current && { neededSince: began }), purged: oldest.sequence > 1 };
}

/** @param needed SCN whose redo is needed, with all redo above it. @throws Failure source-incarnation-changed */
export async function measureRedoRunway(
  session: Session,
  expected: Incarnation,
  needed: Scn,
  signal: AbortSignal,
): Promise<RunwayMeasure> {
  const { incarnation, clockSeconds } = await readDatabase(session, signal);
  requireIncarnation(expected, incarnation);
  const threads = await readThreads(session, signal);
  const range = { from: needed, to: maxScn(needed, redoBound(threads)) };
  const logs = await readLogs(session, incarnation, signal);
  const inventory = await new RedoLogs(session, incarnation).inventory(range, signal);
  const measured = threads.flatMap((thread): readonly ThreadRunway[] => {
    const required = requiredRange(thread, range);
    if (!required) return [];
    const own = logs.filter((log) => log.thread === thread.thread);
    const runway = threadRunway(thread.thread, own, required.from);
    return runway ? [runway] : [];
  });
  return { clockSeconds, missing: 'missing' in selectLogs(inventory, range), threads: measured };
}
