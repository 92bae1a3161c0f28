/**
 * Where a capture may begin: an SCN up to which all redo is on disk, and every transaction that was open there.
 *
 * V$THREAD's bound first, then GV$TRANSACTION: a transaction that began after the bound has its START above it. One that was open at the
 * bound and ended before GV$TRANSACTION was read is in neither, so the redo between the bound and that moment is read once, for STARTs and
 * ends only, and the capture begins where that redo ends.
 */
import { Failure } from '../model/failure.ts';
import type { CapturePoint, Incarnation, OpenTransaction } from '../model/position.ts';
import { compareScn, minScn, scn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import { minedRows, transactionRows } from './log-miner.ts';
import { findLogs } from './redo-logs.ts';
import { operations } from './redo-row.ts';
import type { RedoRow } from './redo-row.ts';
import { pause } from './session.ts';
import type { Session, TextRow } from './session.ts';
import { readCurrentScn, readDatabase, readThreads, redoBound, requirePrimary } from './threads.ts';

/** A transaction of GV$TRANSACTION; `id` as DBA_2PC_PENDING writes it. */
export interface LiveTransaction {
  readonly xid: string;
  readonly id: string;
  readonly startScn: Scn;
}

const LIVE = 'SELECT RAWTOHEX(XID), XIDUSN, XIDSLOT, XIDSQN, TO_CHAR(START_SCN) FROM GV$TRANSACTION';
const IN_DOUBT = "SELECT LOCAL_TRAN_ID FROM DBA_2PC_PENDING WHERE STATE IN ('collecting', 'prepared')";

const liveTransaction = ([xid, usn, slot, sqn, start]: TextRow): LiveTransaction => ({
  xid: (xid ?? '').toUpperCase(),
  id: `${usn ?? ''}.${slot ?? ''}.${sqn ?? ''}`,
  startScn: scn(start ?? '0'),
});

const POLL_MS = 200;

/** A transaction that is just being set up has START_SCN 0 for an instant. */
const START_ATTEMPTS = 50;

/** Every transaction that is open now, each with its START. @throws Failure source-rejected for one that keeps START_SCN 0 */
export async function readLiveTransactions(session: Session, signal: AbortSignal): Promise<readonly LiveTransaction[]> {
  for (let attempt = 1; ; attempt++) {
    const live = (await session.query(LIVE, {}, signal)).map(liveTransaction);
    const unborn = live.find(({ startScn }) => startScn === '0');
    if (!unborn) return live;
    if (attempt === START_ATTEMPTS) {
      throw new Failure(
        'source-rejected',
        `Transaction ${unborn.id} at Oracle ${session.where} has no START_SCN in GV$TRANSACTION.`,
      );
    }
    await pause(POLL_MS, signal);
  }
}

/** Transactions in doubt survive a restart without an entry in GV$TRANSACTION; nothing tells where their redo began. */
export async function refuseInDoubt(
  session: Session,
  live: readonly LiveTransaction[],
  signal: AbortSignal,
): Promise<void> {
  const known = new Set(live.map(({ id }) => id));
  const inDoubt = (await session.query(IN_DOUBT, {}, signal)).map(([id]) => id ?? '').find((id) => !known.has(id));
  if (inDoubt === undefined) return;
  throw new Failure(
    'source-rejected',
    `The distributed transaction ${inDoubt} is in doubt at Oracle ${session.where} (DBA_2PC_PENDING), and its beginning is not known. ` +
      `Decide it first: COMMIT FORCE '${inDoubt}' or ROLLBACK FORCE '${inDoubt}'.`,
  );
}

/** Even an idle thread writes redo every few seconds; a bound that stands still for so long has nothing left to write. */
const QUIET_MS = 4_000;

/** Waits until everything up to `reached` is on disk. Answers the bound then. */
async function whenWritten(session: Session, reached: Scn, signal: AbortSignal): Promise<Scn> {
  let bound = redoBound(await readThreads(session, signal));
  let quietSince = Date.now();
  while (compareScn(bound, reached) < 0 && Date.now() - quietSince < QUIET_MS) {
    await pause(POLL_MS, signal);
    const next = redoBound(await readThreads(session, signal));
    if (next !== bound) quietSince = Date.now();
    bound = next;
  }
  return bound;
}

/** Pure: what is open after these rows, of what was found open before them or began among them. */
export function stillOpen(
  live: readonly LiveTransaction[],
  rows: readonly RedoRow[],
  at: Scn,
): readonly OpenTransaction[] {
  const starts = new Map(live.map(({ xid, startScn }) => [xid, startScn]));
  for (const { operation, xid, scn: rowScn } of rows) {
    if (operation === operations.start) starts.set(xid, minScn(rowScn, starts.get(xid) ?? rowScn));
    if (operation === operations.commit || operation === operations.rollback) starts.delete(xid);
  }
  return [...starts]
    .filter(([, startScn]) => compareScn(startScn, at) <= 0)
    .map(([xid, startScn]) => ({ xid, startScn, captured: true }));
}

interface Between {
  readonly incarnation: Incarnation;
  readonly from: Scn;
  readonly to: Scn;
}

async function endsAndStarts(
  session: Session,
  { incarnation, from, to }: Between,
  signal: AbortSignal,
): Promise<readonly RedoRow[]> {
  const files = await findLogs(session, incarnation, { from, to }, signal);
  const rows: RedoRow[] = [];
  for await (const batch of minedRows(session, { files, start: from, end: to }, transactionRows, signal))
    rows.push(...batch);
  const gap = rows.find(({ operation }) => operation === operations.missingScn);
  if (gap)
    throw new Failure('source-redo-missing', `LogMiner reports a gap in the redo at SCN ${gap.scn} (MISSING_SCN).`);
  return rows;
}

/** `captured` is true for all of them: what they changed before is not known. */
export async function findCapturePoint(session: Session, signal: AbortSignal): Promise<CapturePoint> {
  const database = await readDatabase(session, signal);
  requirePrimary(database, session.where);
  const { incarnation } = database;
  const from = redoBound(await readThreads(session, signal));
  const live = await readLiveTransactions(session, signal);
  await refuseInDoubt(session, live, signal);
  const at = await whenWritten(session, await readCurrentScn(session, signal), signal);
  const rows = compareScn(at, from) > 0 ? await endsAndStarts(session, { incarnation, from, to: at }, signal) : [];
  return { incarnation, scn: at, open: stillOpen(live, rows, at) };
}
