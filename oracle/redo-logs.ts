/**
 * Which log files cover a range of SCNs, and whether they are all there. LogMiner checks for gaps only among the files that it was given:
 * a whole missing thread goes unnoticed, so completeness is proved here before mining starts.
 */
import { Failure } from '../model/failure.ts';
import type { Incarnation } from '../model/position.ts';
import { compareScn, maxScn, minScn, scn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import { pause } from './session.ts';
import type { Session, TextRow } from './session.ts';
import { readThreads } from './threads.ts';
import type { RedoThread } from './threads.ts';

/** One copy of one log of one thread. */
export interface RedoLog {
  readonly thread: number;
  readonly sequence: number;
  readonly name: string;
  readonly firstScn: Scn;
  /** Exclusive; absent for the log that is being written. */
  readonly nextScn?: Scn;
  readonly archived?: {
    readonly destination: number;
    /** COMPLETION_TIME as sortable text. */
    readonly completed: string;
  };
}

export interface LogInventory {
  readonly logs: readonly RedoLog[];
  readonly threads: readonly RedoThread[];
  /** Per thread: the highest sequence that ended at or before the range, whether or not its file still exists. */
  readonly endedBefore: ReadonlyMap<number, number>;
}

/** Both inclusive. */
export interface ScnRange {
  readonly from: Scn;
  readonly to: Scn;
}

export type LogSelection =
  { readonly files: readonly string[] } | { readonly missing: { readonly thread: number; readonly why: string } };

/** Where a thread's redo must be present: undefined when it has none in the range. */
function requiredRange(thread: RedoThread, { from, to }: ScnRange): ScnRange | undefined {
  // A private thread has no redo of its own in a database that is opened by public threads.
  if (thread.enabled === 'PRIVATE') return undefined;
  const first = maxScn(from, thread.enableScn);
  const last =
    thread.enabled === 'PUBLIC' ? (thread.open ? to : minScn(to, thread.checkpointScn)) : minScn(to, thread.disableScn);
  return compareScn(first, last) > 0 ? undefined : { from: first, to: last };
}

/** Archived before online: an online file can be reused while it is read. Then the lower destination, then the newest copy. */
function preferred(a: RedoLog, b: RedoLog): RedoLog {
  if (!a.archived || !b.archived) return a.archived ? a : b;
  if (a.archived.destination !== b.archived.destination) return a.archived.destination < b.archived.destination ? a : b;
  return a.archived.completed >= b.archived.completed ? a : b;
}

const touches = (log: RedoLog, { from, to }: ScnRange): boolean =>
  compareScn(log.firstScn, to) <= 0 && (log.nextScn === undefined || compareScn(log.nextScn, from) > 0);

function oneCopyEach(logs: readonly RedoLog[]): readonly RedoLog[] {
  const copies = new Map<number, RedoLog>();
  for (const log of logs) {
    const other = copies.get(log.sequence);
    copies.set(log.sequence, other ? preferred(other, log) : log);
  }
  return [...copies.values()].sort((a, b) => a.sequence - b.sequence);
}

/** The thread was closed before the range and opened again after it: its log that follows begins above the range. */
const reopenedLater = (logs: readonly RedoLog[], { to }: ScnRange, endedBefore: number | undefined): boolean =>
  logs.some(({ sequence, firstScn }) => sequence - 1 === endedBefore && compareScn(firstScn, to) > 0);

/**
 * What a thread lacks, in words with its sequence numbers; undefined when it is complete.
 * Sequences must be contiguous; SCNs need not be, because an instance restart leaves a jump between two logs.
 */
function lack(logs: readonly RedoLog[], { from, to }: ScnRange, endedBefore: number | undefined): string | undefined {
  const first = logs[0];
  const last = logs.at(-1);
  if (!first || !last)
    return `no log covers SCN ${from} to ${to}${endedBefore === undefined ? '' : `; sequence ${endedBefore + 1} is needed`}`;
  if (compareScn(first.firstScn, from) > 0 && endedBefore !== first.sequence - 1) {
    return `sequence ${first.sequence - 1}, which holds SCN ${from}, is missing; the oldest log available is sequence ${first.sequence} from SCN ${first.firstScn}`;
  }
  const gap = logs.find((log, i) => i > 0 && log.sequence !== (logs[i - 1]?.sequence ?? 0) + 1);
  if (gap) return `sequence ${gap.sequence - 1} is missing`;
  if (last.nextScn !== undefined && compareScn(last.nextScn, to) <= 0) {
    return `sequence ${last.sequence + 1}, which holds SCN ${to}, is missing`;
  }
  return undefined;
}

/** One copy of every log that is needed for the range, all threads together; or the first thing that is missing. */
export function selectLogs(inventory: LogInventory, range: ScnRange): LogSelection {
  const files: string[] = [];
  for (const thread of inventory.threads) {
    const required = requiredRange(thread, range);
    if (!required) continue;
    const ofThread = inventory.logs.filter((log) => log.thread === thread.thread);
    const ended = inventory.endedBefore.get(thread.thread);
    if (reopenedLater(ofThread, required, ended)) continue;
    const logs = oneCopyEach(ofThread.filter((log) => touches(log, required)));
    const why = lack(logs, required, ended);
    if (why !== undefined) return { missing: { thread: thread.thread, why } };
    files.push(...logs.map(({ name }) => name));
  }
  return { files };
}

const ONLINE =
  'SELECT L.THREAD#, L.SEQUENCE#, F.MEMBER, TO_CHAR(L.FIRST_CHANGE#), TO_CHAR(L.NEXT_CHANGE#), L.STATUS ' +
  'FROM V$LOG L JOIN V$LOGFILE F ON F.GROUP# = L.GROUP# ' +
  "WHERE L.STATUS <> 'UNUSED' AND F.TYPE = 'ONLINE' AND (F.STATUS IS NULL OR F.STATUS NOT IN ('INVALID', 'STALE', 'DELETED')) " +
  'ORDER BY L.THREAD#, L.SEQUENCE#, F.MEMBER';
const DESTINATIONS =
  "SELECT DEST_ID FROM V$ARCHIVE_DEST_STATUS WHERE STATUS = 'VALID' AND TYPE = 'LOCAL' ORDER BY DEST_ID";
const ARCHIVED =
  'SELECT THREAD#, SEQUENCE#, NAME, TO_CHAR(FIRST_CHANGE#), TO_CHAR(NEXT_CHANGE#), DEST_ID, ' +
  "TO_CHAR(COMPLETION_TIME, 'YYYY-MM-DD HH24:MI:SS') FROM V$ARCHIVED_LOG " +
  "WHERE RESETLOGS_CHANGE# = TO_NUMBER(:r) AND NAME IS NOT NULL AND ARCHIVED = 'YES' AND STANDBY_DEST = 'NO' AND DELETED = 'NO' " +
  "AND STATUS = 'A' AND NEXT_CHANGE# > TO_NUMBER(:a) AND FIRST_CHANGE# <= TO_NUMBER(:b)";
const ENDED =
  'SELECT THREAD#, MAX(SEQUENCE#) FROM V$ARCHIVED_LOG ' +
  'WHERE RESETLOGS_CHANGE# = TO_NUMBER(:r) AND NEXT_CHANGE# <= TO_NUMBER(:a) GROUP BY THREAD#';

function onlineLog([thread, sequence, name, first, next, status]: TextRow): RedoLog {
  const log = { thread: Number(thread), sequence: Number(sequence), name: name ?? '', firstScn: scn(first ?? '') };
  return status === 'CURRENT' || next === null || next === undefined ? log : { ...log, nextScn: scn(next) };
}

const archivedLog = ([thread, sequence, name, first, next, destination, completed]: TextRow): RedoLog => ({
  thread: Number(thread),
  sequence: Number(sequence),
  name: name ?? '',
  firstScn: scn(first ?? ''),
  nextScn: scn(next ?? ''),
  archived: { destination: Number(destination), completed: completed ?? '' },
});

/** Online logs before archived ones: a log that is archived between the two questions is then in both answers, not in none. */
async function readInventory(
  session: Session,
  incarnation: Incarnation,
  range: ScnRange,
  signal: AbortSignal,
): Promise<LogInventory> {
  const threads = await readThreads(session, signal);
  const online = (await session.query(ONLINE, {}, signal)).map(onlineLog);
  const destinations = new Set((await session.query(DESTINATIONS, {}, signal)).map(([id]) => Number(id)));
  const binds = { r: incarnation.resetlogsScn, a: range.from };
  const archived = (await session.query(ARCHIVED, { ...binds, b: range.to }, signal)).map(archivedLog);
  const endedBefore = new Map(
    (await session.query(ENDED, binds, signal)).map(([thread, sequence]) => [Number(thread), Number(sequence)]),
  );
  for (const { thread, sequence, nextScn } of online) {
    const ended = nextScn !== undefined && compareScn(nextScn, range.from) <= 0;
    if (ended) endedBefore.set(thread, Math.max(sequence, endedBefore.get(thread) ?? 0));
  }
  const local = archived.filter((log) => log.archived !== undefined && destinations.has(log.archived.destination));
  return { logs: [...online, ...local], threads, endedBefore };
}

/** A log switch may be under way: its copy appears within moments. */
const ATTEMPTS = 4;
const ATTEMPT_PAUSE_MS = 500;

/** The files to mine from `from` to `to`. @throws Failure source-redo-missing, which names thread and sequence */
export async function findLogs(
  session: Session,
  incarnation: Incarnation,
  range: ScnRange,
  signal: AbortSignal,
): Promise<readonly string[]> {
  for (let attempt = 1; ; attempt++) {
    const selection = selectLogs(await readInventory(session, incarnation, range, signal), range);
    if ('files' in selection) return selection.files;
    if (attempt === ATTEMPTS) {
      const { thread, why } = selection.missing;
      throw new Failure(
        'source-redo-missing',
        `Redo for SCN ${range.from} to ${range.to} is not complete at Oracle ${session.where}: thread ${thread}: ${why}. ` +
          'Restore the archived log (RMAN: RESTORE ARCHIVELOG), then recover.',
      );
    }
    await pause(ATTEMPT_PAUSE_MS, signal);
  }
}
