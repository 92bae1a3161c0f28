import { OracleError } from './engine.ts';
import { newGroup, rowlessRedo } from './redo-log.ts';
import { rowRedo } from './redo-record.ts';
import { rowFormatOf } from './row-format.ts';
import type { RedoGroup, RedoLog } from './redo-log.ts';
import type { RedoTransaction, Xid } from './redo-types.ts';
import { newSlot } from './partitions.ts';
import { addToIndex, removeFromIndex, Version } from './store.ts';
import type { Row, Slot, Table, Writer } from './store.ts';

const UNDO_SEGMENTS = 10;
const SLOTS_PER_SEGMENT = 34;
const FIRST_SEQUENCE = 800;

/** Open transactions, and the transaction table that gives them their identifiers. */
export class Transactions {
  readonly open = new Set<Transaction>();
  readonly #redo: RedoLog;
  readonly #committed: (transaction: Transaction) => void;
  readonly #databaseLogsAll: () => boolean;
  readonly #sequences = new Map<number, number>();
  #changeCount = 0;
  #started = 0;

  constructor(
    redo: RedoLog,
    options: { readonly committed: (transaction: Transaction) => void; readonly databaseLogsAll: () => boolean },
  ) {
    this.#redo = redo;
    this.#committed = options.committed;
    this.#databaseLogsAll = options.databaseLogsAll;
  }

  /** Changes so far in the whole database; a snapshot remembers it. */
  get changeCount(): number {
    return this.#changeCount;
  }

  nextChange(): number {
    this.#changeCount += 1;
    return this.#changeCount;
  }

  begin(): Transaction {
    const transaction = new Transaction(this, this.#redo, this.#newXid());
    this.open.add(transaction);
    return transaction;
  }

  logsAllColumns(table: Table): boolean {
    return table.logAllColumns || this.#databaseLogsAll();
  }

  ended(transaction: Transaction): void {
    this.open.delete(transaction);
    if (transaction.commitScn !== undefined) this.#committed(transaction);
  }

  #newXid(): Xid {
    const taken = new Set([...this.open].map(({ xid }) => xid.usn * SLOTS_PER_SEGMENT + xid.slot));
    for (let tried = 0; tried < UNDO_SEGMENTS * SLOTS_PER_SEGMENT; tried++) {
      const place = this.#started++;
      const usn = (place % UNDO_SEGMENTS) + 1;
      const slot = Math.floor(place / UNDO_SEGMENTS) % SLOTS_PER_SEGMENT;
      const key = usn * SLOTS_PER_SEGMENT + slot;
      if (taken.has(key)) continue;
      const sequence = (this.#sequences.get(key) ?? FIRST_SEQUENCE) + 1;
      this.#sequences.set(key, sequence);
      return { usn, slot, sequence };
    }
    throw new OracleError(1574, 'maximum number of concurrent transactions exceeded');
  }
}

export class Transaction implements Writer, RedoTransaction {
  readonly xid: Xid;
  readonly startOrdinal: number;
  readonly startScn: number;
  /** As long as they have not been undone. */
  readonly changes: Version[] = [];
  /** Resolves when it is committed or rolled back. */
  readonly ended: Promise<void>;
  /** The transaction whose row lock this one waits for. */
  waitsFor: Transaction | undefined;
  #commitScn: number | undefined;
  #resolveEnded: () => void = () => undefined;
  readonly #transactions: Transactions;
  readonly #redo: RedoLog;

  constructor(transactions: Transactions, redo: RedoLog, xid: Xid) {
    this.#transactions = transactions;
    this.#redo = redo;
    this.xid = xid;
    this.startOrdinal = redo.records.length;
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    this.startScn = redo.append(rowlessRedo('start', this)).scn;
  }

  get commitScn(): number | undefined {
    return this.#commitScn;
  }

  insert(table: Table, values: Row, group: RedoGroup): Slot {
    const slot = newSlot(table, values);
    this.#write(slot, { kind: 'insert', values, columns: undefined }, group);
    for (const index of table.indexes) addToIndex(index, slot, values);
    return slot;
  }

  /** `columns`: positions that the statement named, ascending. */
  update(slot: Slot, values: Row, columns: readonly number[], group: RedoGroup): void {
    this.#write(slot, { kind: 'update', values, columns }, group);
    for (const index of slot.table.indexes) {
      if (index.constraint.columns.some((column) => columns.includes(column))) addToIndex(index, slot, values);
    }
  }

  delete(slot: Slot, group: RedoGroup): void {
    this.#write(slot, { kind: 'delete', values: undefined, columns: undefined }, group);
  }

  #write(
    slot: Slot,
    change: {
      readonly kind: Version['kind'];
      readonly values: Row | undefined;
      readonly columns: readonly number[] | undefined;
    },
    group: RedoGroup,
  ): void {
    const version = new Version(slot, change, {
      writer: this,
      sequence: this.#transactions.nextChange(),
      format: rowFormatOf(slot.table.columns),
    });
    slot.head = version;
    this.changes.push(version);
    this.#log(version, false, group);
  }

  #log(change: Version, compensation: boolean, group: RedoGroup): void {
    const { table } = change.slot;
    const allColumns = this.#transactions.logsAllColumns(table);
    this.#redo.append(rowRedo({ transaction: this, change, compensation, allColumns }), group);
  }

  /** Undoes the changes after the first `mark`, newest first, each with its compensating redo. */
  undoTo(mark: number): void {
    while (this.changes.length > mark) {
      const change = this.changes.pop();
      if (change === undefined) return;
      const { slot } = change;
      slot.head = change.previous;
      if (change.kind === 'insert') {
        for (const index of slot.table.indexes) removeFromIndex(index, slot, change.values);
      }
      this.#log(change, true, newGroup());
    }
  }

  commit(): void {
    this.#commitScn = this.#end('commit');
    this.#redo.flush();
    this.#leave();
  }

  rollback(): void {
    this.undoTo(0);
    this.#end('rollback');
    this.#leave();
  }

  #end(kind: 'commit' | 'rollback'): number {
    return this.#redo.append(rowlessRedo(kind, this)).scn;
  }

  #leave(): void {
    this.#transactions.ended(this);
    this.#resolveEnded();
  }

  /** A redo record of DDL; the caller commits. */
  logDdl(text: string, table: Table): void {
    this.#redo.append(rowlessRedo('ddl', this, { table, text }));
  }

  /** @throws OracleError 60 when `other` already waits, directly or not, for this one. */
  startWaiting(other: Transaction): void {
    for (let next: Transaction | undefined = other; next !== undefined; next = next.waitsFor) {
      if (next === this) throw new OracleError(60, 'deadlock detected while waiting for resource');
    }
    this.waitsFor = other;
  }
}
