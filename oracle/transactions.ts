/**
 * Interleaved redo rows in, commits out, in their order. No clock; rows beyond some megabytes wait on disk (spilled-rows.ts).
 *
 * Rows are kept as text until their COMMIT: what is rolled back is never decoded, and what is decoded is published (committed-changes.ts).
 * A transaction that is still open at the end is not returned but named by `open()`: the next range reads it again from its START.
 */
import type { RedoNote } from '../model/change.ts';
import type { OpenTransaction } from '../model/position.ts';
import { addToScn, compareScn, minScn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import { tableParts } from '../model/table.ts';
import type { TableDescription, TableName } from '../model/table.ts';
import { ContinuationJoiner } from './continuation-rows.ts';
import { compareRsIds } from './held-rows.ts';
import type { HeldRows, RowStore } from './held-rows.ts';
import { isPassedOver } from './pieces.ts';
import type { RangeEnd } from './range-end.ts';
import { operations, unknownSequence } from './redo-row.ts';
import type { RedoRow } from './redo-row.ts';
import { classifyDdl } from './table-ddl.ts';
import { damageOf, gap, outOfOrder, unknownTransaction } from './transaction-failures.ts';

/** What is read, and what is asked of it. */
export interface Assembly {
  /** STARTSCN of the mining session, at or below `from`: earlier rows are not among those added. */
  readonly readFrom: Scn;
  /** Exclusive: commits at or below it are discarded. */
  readonly from: Scn;
  /** Every transaction that was open at `from`. */
  readonly open: readonly OpenTransaction[];
  /** Captured tables by object number (DATA_OBJ#). A row with another number is captured too if its owner and name match. */
  readonly tables: ReadonlyMap<string, TableDescription>;
}

/** Where rows wait, and where the range ends: rows above that are ignored. */
export interface Assembling {
  readonly rows: RowStore;
  readonly end: RangeEnd;
}

/** A COMMIT above `from`, with the rows of captured tables that precede it. */
export interface Commit {
  readonly xid: string;
  readonly startScn: Scn;
  readonly scn: Scn;
  readonly thread: number;
  readonly rsId: string;
  readonly timestamp: string;
  readonly rows: HeldRows;
  /** It began before the session: `rows` is empty, and must be read from its START (late-scan.ts). */
  readonly late: boolean;
  /** Per table, why it must not be published. */
  readonly damage: ReadonlyMap<TableName, string>;
}

interface Transaction {
  readonly xid: string;
  startScn: Scn;
  captured: boolean;
  readonly rows: HeldRows;
  readonly damage: Map<TableName, string>;
}

const NONE: readonly Commit[] = [];

export class TransactionAssembler {
  /** DDL that was met and does not matter, in the order of its SCN. */
  readonly notes: RedoNote[] = [];
  readonly #assembly: Assembly;
  readonly #rows: RowStore;
  readonly #end: RangeEnd;
  readonly #names = new Map<string, TableDescription>();
  readonly #transactions = new Map<string, Transaction>();
  readonly #continuations = new ContinuationJoiner();
  /** Committed at one SCN; complete as soon as a row with a higher SCN arrives. */
  #ready: Commit[] = [];
  #settled: Scn | undefined;
  #over = false;

  constructor(assembly: Assembly, { rows, end }: Assembling) {
    this.#assembly = assembly;
    this.#rows = rows;
    this.#end = end;
    for (const table of assembly.tables.values()) {
      const { owner, name } = tableParts(table.table);
      this.#names.set(nameKey(owner, name), table);
    }
    for (const { xid, startScn, captured } of assembly.open) this.#add(xid, startScn, captured);
  }

  /** A row above the end was given: nothing more can come. */
  get over(): boolean {
    return this.#over;
  }

  /**
   * Takes the next row in LogMiner's order. Returns the commits that are complete by now, in the order
   * (commit SCN, thread, RS_ID of the COMMIT, XID), without those of transactions that changed no captured table.
   * @throws Failure `source-redo-undecodable`, `source-redo-missing` or `worker-out-of-resources` (no room for rows)
   */
  add(row: RedoRow): readonly Commit[] {
    if (this.#end.excludes(row.scn)) {
      this.#over = true;
      return NONE;
    }
    const whole = this.#continuations.add(row);
    if (!whole) return NONE;
    const [first] = this.#ready;
    const complete = first !== undefined && compareScn(whole.scn, first.scn) > 0 ? this.#settle() : NONE;
    this.#take(whole);
    return complete;
  }

  /** After the last row: what {@link add} has not returned yet. @throws Failure when the input ends inside a statement */
  finish(): readonly Commit[] {
    if (!this.#over) this.#continuations.finish();
    return this.#settle();
  }

  /** Transactions without COMMIT or ROLLBACK so far, oldest first. */
  open(): readonly OpenTransaction[] {
    return [...this.#transactions.values()]
      .map(({ xid, startScn, captured }) => ({ xid, startScn, captured }))
      .sort((a, b) => compareScn(a.startScn, b.startScn) || compareText(a.xid, b.xid));
  }

  #settle(): readonly Commit[] {
    const complete = this.#ready;
    const [first] = complete;
    if (first === undefined) return NONE;
    this.#ready = [];
    this.#settled = first.scn;
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

  #add(xid: string, startScn: Scn, captured: boolean): void {
    this.#transactions.set(xid, { xid, startScn, captured, rows: this.#rows.hold(), damage: new Map() });
  }

  #start({ xid, scn: startScn }: RedoRow): void {
    const known = this.#transactions.get(xid);
    if (known) known.startScn = minScn(known.startScn, startScn);
    else this.#add(xid, startScn, false);
  }

  #commit(row: RedoRow): void {
    const isNew = compareScn(row.scn, this.#assembly.from) > 0;
    const transaction = this.#find(row);
    if (!transaction) {
      // THREAD# 0: the commit of an empty transaction. Before `from`: it was open neither then nor since the session's start.
      if (isNew && row.thread !== 0) throw unknownTransaction(row, 'commits');
      return;
    }
    this.#transactions.delete(transaction.xid);
    if (isNew && transaction.captured) this.#publish(transaction, row);
    else transaction.rows.release();
  }

  #publish(transaction: Transaction, { scn, thread, rsId, timestamp }: RedoRow): void {
    const { xid, startScn, rows, damage } = transaction;
    if (this.#settled !== undefined && compareScn(scn, this.#settled) <= 0) throw outOfOrder(xid, scn);
    const late = this.#beganBefore(transaction);
    this.#ready.push({ xid, startScn, scn, thread, rsId, timestamp, rows, late, damage });
  }

  /** Its rows in this session may come as UNSUPPORTED or without XID, and are not all of them. */
  #beganBefore({ startScn }: Transaction): boolean {
    return compareScn(startScn, this.#assembly.readFrom) < 0;
  }

  #rollback(row: RedoRow): void {
    const transaction = this.#find(row);
    if (!transaction) return;
    this.#transactions.delete(transaction.xid);
    transaction.rows.release();
  }

  #ddl(row: RedoRow): void {
    const table = this.#captured(row);
    if (!table || compareScn(row.scn, this.#assembly.from) <= 0) return;
    // Recursive statements of Oracle's own; a user's DDL says `USER DDL (…)` or ` DDL`.
    if (row.info?.trimStart().startsWith('INTERNAL DDL')) return;
    const effect = classifyDdl(row.sqlRedo ?? '', tableParts(table.table).owner);
    if (effect.kind === 'stop') {
      const { reason, added, what } = effect;
      const text = `${table.table}: ${what} at SCN ${row.scn}`;
      this.#end.stop({ table: table.table, scn: row.scn, reason, text, ...(added && { added }) });
    } else if (effect.note !== undefined) {
      this.notes.push({ scn: row.scn, text: `${table.table} at SCN ${row.scn}: ${effect.note}` });
    }
  }

  #change(row: RedoRow): void {
    const table = this.#captured(row);
    if (!table || row.operation === operations.selectForUpdate || isPassedOver(row, table)) return;
    const transaction = this.#find(row);
    if (!transaction) {
      this.#strange(row, table);
      return;
    }
    transaction.captured = true;
    if (this.#beganBefore(transaction) || transaction.damage.has(table.table)) return;
    const damage = damageOf(row, table);
    if (damage === undefined) transaction.rows.push(row, table);
    else transaction.damage.set(table.table, damage);
  }

  /** A change without a transaction: not open at `from` and without START here. At or below `from`: it had ended by then. */
  #strange(row: RedoRow, table: TableDescription): void {
    if (compareScn(row.scn, this.#assembly.from) <= 0) return;
    if (row.sqn !== unknownSequence) {
      // Compensations of a transaction that died with its instance and was given up; its COMMIT, should it come, would be refused.
      if (row.rollback) return;
      throw unknownTransaction(row, `changes ${table.table}`);
    }
    // Whichever it belongs to has not committed below this row.
    const text = `${table.table}: a change at SCN ${row.scn} (RS_ID ${row.rsId}) cannot be tied to its transaction`;
    this.#end.stop({ table: table.table, scn: addToScn(row.scn, -1), reason: 'undecodable', text });
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
}

const nameKey = (owner: string, name: string): string => `${owner}"."${name}`;

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
