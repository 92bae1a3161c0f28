/**
 * A capture that begins at an SCN of the past, with the transactions that were open there.
 *
 * They are those whose START is found by reading back over the redo that is still there, up to a limit, and those of GV$TRANSACTION that are
 * open still. One that began before all of that and has ended since is not known: its COMMIT stops the tail (transactions.ts), because
 * a part of it lies in redo that was not read. Nothing is skipped.
 */
import type { CapturePoint, Incarnation } from '../model/position.ts';
import { Failure } from '../model/failure.ts';
import { compareScn, minScn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import type { StartPoint } from '../model/start-position.ts';
import { readLiveTransactions, refuseInDoubt, stillOpen } from './capture-point.ts';
import type { LiveTransaction } from './capture-point.ts';
import { minedRows, transactionRows } from './log-miner.ts';
import { findLogs } from './redo-logs.ts';
import { operations } from './redo-row.ts';
import { findStartScn, readLogStarts } from './scn-of-time.ts';
import type { LogStart } from './scn-of-time.ts';
import type { Session } from './session.ts';

/** Redo that is read back for STARTs. */
const READ_BACK_BYTES = 1024 * 1_048_576;

/** Pure: first SCNs of logs at or below `at`, newest first, as far back as the limit goes. */
export function readBackCandidates(logs: readonly LogStart[], at: Scn, bytesMax: number): readonly Scn[] {
  const starts = new Map<Scn, number>();
  for (const { firstScn, bytes } of logs)
    if (compareScn(firstScn, at) <= 0) starts.set(firstScn, Math.max(bytes, starts.get(firstScn) ?? 0));
  const newest = [...starts].sort(([a], [b]) => compareScn(b, a));
  let bytes = 0;
  return newest.filter(([, size]) => (bytes += size) <= bytesMax || bytes === size).map(([firstScn]) => firstScn);
}

/** The farthest of them from which the redo up to `at` is complete. */
async function readBackFrom(
  session: Session,
  incarnation: Incarnation,
  at: Scn,
  signal: AbortSignal,
): Promise<{ readonly from: Scn; readonly files: readonly string[] }> {
  const candidates = readBackCandidates(await readLogStarts(session, incarnation, signal), at, READ_BACK_BYTES);
  let found = { from: at, files: await findLogs(session, incarnation, { from: at, to: at }, signal) };
  // Complete from a log on is complete from every later one on: a binary search, the farthest first.
  let high = candidates.length - 1;
  for (let low = 0, next = high; low <= high; next = Math.floor((low + high) / 2)) {
    const from = candidates[next] ?? at;
    const files = await logsIfComplete(session, incarnation, { from, to: at }, signal);
    if (files) found = { from, files };
    if (files) low = next + 1;
    else high = next - 1;
  }
  return found;
}

async function logsIfComplete(
  session: Session,
  incarnation: Incarnation,
  range: { readonly from: Scn; readonly to: Scn },
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  try {
    return await findLogs(session, incarnation, range, signal);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'source-redo-missing') return undefined;
    throw error;
  }
}

/** Transactions that began in the range and did not end in it. */
async function openAfter(
  session: Session,
  range: { readonly from: Scn; readonly to: Scn; readonly files: readonly string[] },
  signal: AbortSignal,
): Promise<readonly LiveTransaction[]> {
  const open = new Map<string, Scn>();
  const mining = { files: range.files, start: range.from, end: range.to };
  for await (const rows of minedRows(session, mining, transactionRows, signal)) {
    for (const { operation, xid, scn } of rows) {
      if (operation === operations.start) open.set(xid, minScn(scn, open.get(xid) ?? scn));
      if (operation === operations.commit || operation === operations.rollback) open.delete(xid);
      if (operation === operations.missingScn)
        throw new Failure('source-redo-missing', `LogMiner reports a gap in the redo at SCN ${scn} (MISSING_SCN).`);
    }
  }
  return [...open].map(([xid, startScn]) => ({ xid, id: '', startScn }));
}

/** `captured` is true for all of them: what they changed before is not known. @throws Failure as {@link findStartScn} */
export async function findStartPoint(session: Session, at: StartPoint, signal: AbortSignal): Promise<CapturePoint> {
  const { incarnation, scn } = await findStartScn(session, at, signal);
  const live = await readLiveTransactions(session, signal);
  await refuseInDoubt(session, live, signal);
  const back = await readBackFrom(session, incarnation, scn, signal);
  const began = await openAfter(session, { ...back, to: scn }, signal);
  return { incarnation, scn, open: stillOpen([...live, ...began], [], scn) };
}
