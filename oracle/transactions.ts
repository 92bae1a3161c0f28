/**
 * Interleaved redo rows in, committed transactions out, in commit order. Pure: no clock, no I/O.
 *
 * Rows are kept as text until their COMMIT: what is rolled back is never decoded, and what is decoded is published.
 * A transaction that is still open at the end is not returned but named by `open()`: the next range reads it again from its START.
 */
import type { Change, CommittedTransaction, RedoNote } from '../model/change.ts';
import type { Failure } from '../model/failure.ts';
import type { OpenTransaction } from '../model/position.ts';
import { compareScn, minScn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import { tableParts } from '../model/table.ts';
import type { TableDescription } from '../model/table.ts';
import { commitSeconds } from './commit-time.ts';
import { ContinuationJoiner } from './continuation-rows.ts';
import { Images } from './images.ts';
import { operations, unknownSequence } from './redo-row.ts';
import type { RedoRow } from './redo-row.ts';
import { addsPartition } from './table-ddl.ts';
import { compareRsIds, survivingRows } from './rollback.ts';
import type { CapturedRow } from './rollback.ts';
import {
  damageOf,
  gap,
  incomplete,
  outOfOrder,
  tableChanged,
  tooManyRows,
  unknownTransaction,
} from './transaction-failures.ts';

/** What is read, and what is asked of it. */
export interface Assembly {
  /** STARTSCN of the mining session, at or below `from`: earlier rows are not among those added. */
  readonly readFrom: Scn;
  /** Exclusive: commits at or below it are discarded. */
  readonly from: Scn;
  /** Inclusive: rows above it are ignored (LogMiner gives one SCN more than it is asked for). */
  readonly to: Scn;
  /** Every transaction that was open at `from`. */
  readonly open: readonly OpenTransaction[];
  /** Captured tables by object number (DATA_OBJ#). A row with another number is captured too if its owner and name match. */
  readonly tables: ReadonlyMap<string, TableDescription>;
  /** The database host's offset from UTC, east positive, in force at the commits. */
  readonly hostOffsetSeconds: number;
  /** Rows of captured tables held at one time, over all transactions. */
  readonly heldRowsMax: number;
}

interface Transaction {
  readonly xid: string;
  startScn: Scn;
  captured: boolean;
  /** It has rows of captured tables below `readFrom`, or may have. */
  rowsBeforeSession: boolean;
  /** Why it must not be published, if it commits. */
  damage: Failure | undefined;
  readonly rows: CapturedRow[];
}

const NONE: readonly CommittedTransaction[] = [];

export class TransactionAssembler {
  /** DDL that was met and does not matter, in the order of its SCN. */
  readonly notes: RedoNote[] = [];
  readonly #assembly: Assembly;
  readonly #names = new Map<string, TableDescription>();
  readonly #transactions = new Map<string, Transaction>();
  readonly #continuations = new ContinuationJoiner();
  readonly #images = new Images();
  /** Committed at one SCN; complete as soon as a row with a higher SCN arrives. */
  #ready: CommittedTransaction[] = [];
  #settled: Scn | undefined;
  #heldRows = 0;

  constructor(assembly: Assembly) {
    this.#assembly = assembly;
    for (const table of assembly.tables.values()) {
      const { owner, name } = tableParts(table.table);
      this.#names.set(nameKey(owner, name), table);
    }
    for (const { xid, startScn, captured } of assembly.open) {
      const rowsBeforeSession = captured && compareScn(startScn, assembly.readFrom) < 0;
      this.#transactions.set(xid, { xid, startScn, captured, rowsBeforeSession, damage: undefined, rows: [] });
    }
  }

  /**
   * Takes the next row in LogMiner's order. Returns the transactions that are complete by now, in the order
   * (commit SCN, thread, RS_ID of the COMMIT, XID), without those that changed no captured table.
   * @throws Failure `source-redo-undecodable`, `source-redo-missing`, `source-table-changed` or `source-rejected` (too many rows held)
   */
  add(row: RedoRow): readonly CommittedTransaction[] {
    if (compareScn(row.scn, this.#assembly.to) > 0) return NONE;
    const whole = this.#continuations.add(row);
    if (!whole) return NONE;
    const [first] = this.#ready;
    const complete = first !== undefined && compareScn(whole.scn, first.commitScn) > 0 ? this.#settle() : NONE;
    this.#take(whole);
    return complete;
  }

  /** After the last row: what {@link add} has not returned yet. @throws Failure when the input ends inside a statement */
  finish(): readonly CommittedTransaction[] {
    this.#continuations.finish();
    return this.#settle();
  }

  /** Transactions without COMMIT or ROLLBACK so far, oldest first. */
  open(): readonly OpenTransaction[] {
    return [...this.#transactions.values()]
      .map(({ xid, startScn, captured }) => ({ xid, startScn, captured }))
      .sort((a, b) => compareScn(a.startScn, b.startScn) || compareText(a.xid, b.xid));
  }

  #settle(): readonly CommittedTransaction[] {
    const complete = this.#ready;
    const [first] = complete;
    if (first === undefined) return NONE;
    this.#ready = [];
    this.#settled = first.commitScn;
    return complete.sort((a, b) => a.thread - b.thread || compareRsIds(a.rsId, b.rsId) || compareText(a.xid, b.xid));
  }

  #take(row: RedoRow): void {
    switch (row.operation) {
      case operations.start:
        this.#start(row);
        break;
      case operations.commit:
        this.#commit(row);
        break;
      case operations.rollback:
        this.#rollback(row);
        break;
      case operations.ddl:
        this.#ddl(row);
        break;
      case operations.missingScn:
        throw gap(row);
      default:
        this.#change(row);
    }
  }

  #start({ xid, scn: startScn }: RedoRow): void {
    const known = this.#transactions.get(xid);
    if (!known) {
      this.#transactions.set(xid, {
        xid,
        startScn,
        captured: false,
        rowsBeforeSession: false,
        damage: undefined,
        rows: [],
      });
      return;
    }
    known.startScn = minScn(known.startScn, startScn);
    known.rowsBeforeSession = false;
  }

  #commit(row: RedoRow): void {
    const isNew = compareScn(row.scn, this.#assembly.from) > 0;
    const transaction = this.#find(row);
    if (!transaction) {
      // THREAD# 0: the commit of an empty transaction. Before `from`: it was open neither then nor since the session's start.
      if (isNew && row.thread !== 0) throw unknownTransaction(row, 'commits');
      return;
    }
    this.#forget(transaction);
    if (!isNew) return;
    if (transaction.rowsBeforeSession) throw incomplete(transaction.xid, transaction.startScn, this.#assembly.readFrom);
    if (transaction.damage) throw transaction.damage;
    if (transaction.rows.length > 0) this.#publish(transaction, row);
  }

  #publish({ xid, rows }: Transaction, { scn: commitScn, thread, rsId, timestamp }: RedoRow): void {
    if (this.#settled !== undefined && compareScn(commitScn, this.#settled) <= 0) {
      throw outOfOrder(xid, commitScn);
    }
    const changes: Change[] = survivingRows(rows).map(({ row, table }) => this.#images.change(row, table));
    if (changes.length === 0) return;
    const seconds = commitSeconds(timestamp, this.#assembly.hostOffsetSeconds);
    this.#ready.push({ xid, commitScn, thread, rsId, commitSeconds: seconds, changes });
  }

  #rollback(row: RedoRow): void {
    const transaction = this.#find(row);
    if (transaction) this.#forget(transaction);
  }

  #ddl(row: RedoRow): void {
    const table = this.#captured(row);
    if (!table || compareScn(row.scn, this.#assembly.from) <= 0) return;
    // Recursive statements of Oracle's own; a user's DDL says `USER DDL (…)` or ` DDL`.
    if (row.info?.trimStart().startsWith('INTERNAL DDL')) return;
    if (addsPartition(row.sqlRedo ?? '')) {
      this.notes.push({ scn: row.scn, text: `${table.table}: a partition was added at SCN ${row.scn}` });
      return;
    }
    throw tableChanged(row, table);
  }

  #change(row: RedoRow): void {
    const table = this.#captured(row);
    if (!table || row.operation === operations.selectForUpdate) return;
    const isNew = compareScn(row.scn, this.#assembly.from) > 0;
    const transaction = this.#find(row);
    if (!transaction) {
      // Not open at `from` and without START here: it began before this session and ended by `from`.
      if (isNew) throw unknownTransaction(row, `changes ${table.table}`);
      return;
    }
    transaction.captured = true;
    if (!isNew && compareScn(transaction.startScn, this.#assembly.readFrom) < 0) transaction.rowsBeforeSession = true;
    transaction.damage ??= damageOf(row, table);
    if (transaction.damage) return;
    transaction.rows.push({ row, table });
    this.#heldRows += 1;
    if (this.#heldRows > this.#assembly.heldRowsMax)
      throw tooManyRows(transaction.xid, transaction.rows.length, this.#assembly.heldRowsMax);
  }

  #captured(row: RedoRow): TableDescription | undefined {
    const known = this.#assembly.tables.get(row.dataObject);
    if (known || row.owner === null || row.table === null) return known;
    return this.#names.get(nameKey(row.owner, row.table));
  }

  /** By XID; rows without a sequence number belong to the transaction that holds their undo slot at their SCN. */
  #find(row: RedoRow): Transaction | undefined {
    if (row.sqn !== unknownSequence) return this.#transactions.get(row.xid);
    // The first 8 digits of an XID are undo segment and slot, whatever the platform's byte order.
    const slot = row.xid.slice(0, 8);
    let holder: Transaction | undefined;
    for (const transaction of this.#transactions.values()) {
      if (!transaction.xid.startsWith(slot) || compareScn(transaction.startScn, row.scn) > 0) continue;
      if (!holder || compareScn(transaction.startScn, holder.startScn) > 0) holder = transaction;
    }
    return holder;
  }

  #forget(transaction: Transaction): void {
    this.#transactions.delete(transaction.xid);
    this.#heldRows -= transaction.rows.length;
  }
}

/** All of it at once: for inputs that fit in memory. @throws Failure as {@link TransactionAssembler.add} */
export function assembleTransactions(
  rows: Iterable<RedoRow>,
  assembly: Assembly,
): { readonly transactions: readonly CommittedTransaction[]; readonly open: readonly OpenTransaction[] } {
  const assembler = new TransactionAssembler(assembly);
  const transactions: CommittedTransaction[] = [];
  for (const row of rows) transactions.push(...assembler.add(row));
  transactions.push(...assembler.finish());
  return { transactions, open: assembler.open() };
}

const nameKey = (owner: string, name: string): string => `${owner}"."${name}`;

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
