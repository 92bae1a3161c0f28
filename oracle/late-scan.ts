/**
 * Transactions that began long before a range and commit in it are read on their own, from the START of the oldest of them, all in one scan:
 * each of them was open at the beginning of the range, so that their redo overlaps, and one scan reads less than several.
 * Rows that the range itself shows of them are not used: LogMiner may give them as UNSUPPORTED or without their XID, because mining began
 * after their START (Debezium's issues DBZ-8747 and DBZ-5090).
 */
import { addToScn, compareScn, maxScn, minScn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import type { TableDescription } from '../model/table.ts';
import { CapturedObjects } from './captured-objects.ts';
import type { RowStore } from './held-rows.ts';
import { minedRows, ofTransactions, rowsOf } from './log-miner.ts';
import { RangeEnd } from './range-end.ts';
import { unknownSequence } from './redo-row.ts';
import type { RedoRow } from './redo-row.ts';
import type { Session } from './session.ts';
import { notFoundAgain } from './transaction-failures.ts';
import { TransactionAssembler } from './transactions.ts';
import type { Commit } from './transactions.ts';

export interface LateScan {
  readonly late: readonly Commit[];
  readonly tables: readonly TableDescription[];
  readonly rows: RowStore;
  /** The log files for two SCNs, both inclusive. */
  readonly files: (start: Scn, end: Scn) => Promise<readonly string[]>;
}

/** Undo segment and slot: what is left of an XID whose sequence LogMiner does not know. */
const slotOf = (xid: string): string => xid.slice(0, 8);

/** Whether a row is of one of these transactions; without its sequence number, by the slot that one of them held at that SCN. */
function ofLate(late: readonly Commit[]): (row: RedoRow) => boolean {
  const byXid = new Map(late.map((commit) => [commit.xid, commit]));
  return ({ xid, sqn, scn }) => {
    if (sqn !== unknownSequence) return byXid.has(xid);
    return late.some(
      (commit) =>
        slotOf(commit.xid) === slotOf(xid) && compareScn(commit.startScn, scn) <= 0 && compareScn(commit.scn, scn) >= 0,
    );
  };
}

/**
 * The same commits, by XID, with their rows.
 * @throws Failure source-redo-missing when redo back to their START is gone; source-redo-undecodable when a COMMIT is not found again
 */
export async function readLate(
  session: Session,
  { late, tables, rows: store, files }: LateScan,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Commit>> {
  const start = late.map(({ startScn }) => startScn).reduce(minScn);
  const end = late.map(({ scn }) => scn).reduce(maxScn);
  const from = addToScn(start, -1);
  const open = late.map(({ xid, startScn }) => ({ xid, startScn, captured: false }));
  const objects = new CapturedObjects(tables, end);
  const assembly = { readFrom: start, from, open, tables: objects.tables };
  const assembler = new TransactionAssembler(assembly, { rows: store, end: new RangeEnd(end) });
  const isLate = ofLate(late);
  const found = new Map<string, Commit>();
  const filter = ofTransactions(
    rowsOf(tables),
    late.map(({ xid }) => xid),
  );
  const keep = (commits: readonly Commit[]): void => {
    for (const commit of commits) found.set(commit.xid, commit);
  };
  for await (const batch of minedRows(session, { files: await files(start, end), start, end }, filter, signal)) {
    // Whatever stops a table was met by the range itself.
    const { rows } = await objects.only(session, batch, signal);
    for (const row of rows) if (isLate(row)) keep(assembler.add(row));
  }
  keep(assembler.finish());
  for (const { xid, startScn, scn } of late) {
    // A transaction whose captured work was only supposed has none.
    const again = found.get(xid);
    if (again ? again.scn !== scn : assembler.open().some((still) => still.xid === xid)) {
      throw notFoundAgain(xid, startScn, scn);
    }
  }
  return found;
}
