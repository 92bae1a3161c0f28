/** What the control file says of logs and threads: V$LOG, V$LOGFILE, V$ARCHIVED_LOG, V$ARCHIVE_DEST_STATUS (Oracle Database Reference). */
import type { Incarnation } from '../model/position.ts';
import { compareScn, scn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import type { Session, TextRow } from './session.ts';
import { readThreads } from './threads.ts';
import type { RedoThread } from './threads.ts';

/** One log of one thread, whether or not a file of it is left. */
export interface KnownLog {
  readonly thread: number;
  readonly sequence: number;
  readonly firstScn: Scn;
  /** Exclusive; absent for the log that is being written. */
  readonly nextScn?: Scn;
  /** Of redo; for an online log the size of its file. */
  readonly bytes: number;
}

/** One copy of one log. */
export interface RedoLog extends KnownLog {
  readonly name: string;
  readonly archived?: {
    readonly destination: number;
    /** COMPLETION_TIME as sortable text. */
    readonly completed: string;
  };
}

export interface LogInventory {
  /** Copies that can be asked for. */
  readonly logs: readonly RedoLog[];
  /** Archived logs whose files may be gone. */
  readonly known: readonly KnownLog[];
  readonly threads: readonly RedoThread[];
  /** Per thread: the highest sequence that ended at or before the range, whether or not its file still exists. */
  readonly endedBefore: ReadonlyMap<number, number>;
}

/** Both inclusive. */
export interface ScnRange {
  readonly from: Scn;
  readonly to: Scn;
}

const ONLINE =
  'SELECT L.THREAD#, L.SEQUENCE#, F.MEMBER, TO_CHAR(L.FIRST_CHANGE#), TO_CHAR(L.NEXT_CHANGE#), L.STATUS, L.BYTES ' +
  'FROM V$LOG L JOIN V$LOGFILE F ON F.GROUP# = L.GROUP# ' +
  "WHERE L.STATUS <> 'UNUSED' AND F.TYPE = 'ONLINE' AND (F.STATUS IS NULL OR F.STATUS NOT IN ('INVALID', 'STALE', 'DELETED')) " +
  'ORDER BY L.THREAD#, L.SEQUENCE#, F.MEMBER';
const DESTINATIONS =
  "SELECT DEST_ID FROM V$ARCHIVE_DEST_STATUS WHERE STATUS = 'VALID' AND TYPE = 'LOCAL' ORDER BY DEST_ID";
const ARCHIVED =
  'SELECT THREAD#, SEQUENCE#, NAME, TO_CHAR(FIRST_CHANGE#), TO_CHAR(NEXT_CHANGE#), DEST_ID, ' +
  "TO_CHAR(COMPLETION_TIME, 'YYYY-MM-DD HH24:MI:SS'), BLOCKS * BLOCK_SIZE, ARCHIVED, DELETED, STATUS FROM V$ARCHIVED_LOG " +
  "WHERE RESETLOGS_CHANGE# = TO_NUMBER(:r) AND STANDBY_DEST = 'NO' " +
  'AND NEXT_CHANGE# > TO_NUMBER(:a) AND FIRST_CHANGE# <= TO_NUMBER(:b)';
const ENDED =
  'SELECT THREAD#, MAX(SEQUENCE#) FROM V$ARCHIVED_LOG ' +
  'WHERE RESETLOGS_CHANGE# = TO_NUMBER(:r) AND NEXT_CHANGE# <= TO_NUMBER(:a) GROUP BY THREAD#';

function onlineLog([thread, sequence, name, first, next, status, bytes]: TextRow): RedoLog {
  const log = {
    thread: Number(thread),
    sequence: Number(sequence),
    name: name ?? '',
    firstScn: scn(first ?? ''),
    bytes: Number(bytes),
  };
  return status === 'CURRENT' || next === null || next === undefined ? log : { ...log, nextScn: scn(next) };
}

type ArchivedLog = RedoLog & { readonly nextScn: Scn; readonly available: boolean };

function archivedLog(row: TextRow): ArchivedLog {
  const [thread, sequence, name, first, next, destination, completed, bytes, archived, deleted, status] = row;
  return {
    thread: Number(thread),
    sequence: Number(sequence),
    name: name ?? '',
    firstScn: scn(first ?? ''),
    nextScn: scn(next ?? ''),
    bytes: Number(bytes),
    archived: { destination: Number(destination), completed: completed ?? '' },
    available: name !== null && archived === 'YES' && deleted === 'NO' && status === 'A',
  };
}

/** Archived logs of other destinations cannot be mined here. */
export const readLocalDestinations = async (session: Session, signal: AbortSignal): Promise<ReadonlySet<number>> =>
  new Set((await session.query(DESTINATIONS, {}, signal)).map(([id]) => Number(id)));

/** Online logs before archived ones: a log that is archived between the two questions is then in both answers, not in none. */
export async function readInventory(
  session: Session,
  incarnation: Incarnation,
  range: ScnRange,
  signal: AbortSignal,
): Promise<LogInventory> {
  const threads = await readThreads(session, signal);
  const online = (await session.query(ONLINE, {}, signal)).map(onlineLog);
  const destinations = await readLocalDestinations(session, signal);
  const binds = { r: incarnation.resetlogsScn, a: range.from };
  const known = (await session.query(ARCHIVED, { ...binds, b: range.to }, signal)).map(archivedLog);
  const endedBefore = new Map(
    (await session.query(ENDED, binds, signal)).map(([thread, sequence]) => [Number(thread), Number(sequence)]),
  );
  for (const { thread, sequence, nextScn } of online) {
    const ended = nextScn !== undefined && compareScn(nextScn, range.from) <= 0;
    if (ended) endedBefore.set(thread, Math.max(sequence, endedBefore.get(thread) ?? 0));
  }
  const local = known.filter(({ available, archived }) => available && destinations.has(archived?.destination ?? -1));
  return { logs: [...online, ...local], known, threads, endedBefore };
}
