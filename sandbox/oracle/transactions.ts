import { OracleError } from './engine.ts';
import { newGroup, rowlessRedo } from './redo-log.ts';
import { RedoOddities } from './redo-oddities.ts';
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
  readonly oddities = new RedoOddities();
  readonly #redo: RedoLog;
  readonly #committed: (transaction: Transaction) => void;
  readonly #databaseLogsAll: () => boolean;
  readonly #readOnly: () => boolean;
  readonly #sequences = new Map<number, number>();
  #changeCount = 0;
  #started = 0;

  constructor(
    redo: RedoLog,
    options: {
      readonly committed: (transaction: Transaction) => void;
      readonly databaseLogsAll: () => boolean;
      readonly readOnly: () => boolean;
    },
  ) {
    this.#redo = redo;
    this.#committed = options.committed;
    this.#databaseLogsAll = options.databaseLogsAll;
    this.#readOnly = options.readOnly;
  }

  /** Changes so far in the whole database; a snapshot remembers it. */
  get changeCount(): number {
    return this.#changeCount;
  }

  nextChange(): number {
    this.#changeCount += 1;
    return this.#changeCount;
  }

  /** In the thread of an instance. @throws OracleError 16000 in a standby database. */
  begin(thread = this.#redo.firstOpenThread.number): Transaction {
    if (this.#readOnly()) throw new OracleError(16000, 'database or pluggable database open for read-only access');
    const transaction = new Transaction(this, this.#redo, { xid: this.#newXid(thread), thread });
    this.open.add(transaction);
    return transaction;
  }

  /** The instance of that thread (absent: every instance) died: its open transactions are undone without a word in the redo. */
  vanish(thread?: number): void {
    for (const transaction of [...this.open]) {
      if (thread === undefined || transaction.thread === thread) transaction.vanish();
    }
  }

  logsAllColumns(table: Table): boolean {
    return table.logAllColumns || this.#databaseLogsAll();
  }

  ended(transaction: Transaction): void {
    this.open.delete(transaction);
    if (transaction.commitScn !== undefined) this.#committed(transaction);
  }

  /** Each instance has undo segments of its own. */
  #newXid(thread: number): Xid {
    const taken = new Set([...this.open].map(({ xid }) => xid.usn * SLOTS_PER_SEGMENT + xid.slot));
    for (let tried = 0; tried < UNDO_SEGMENTS * SLOTS_PER_SEGMENT; tried++) {
      const place = this.#started++;
      const usn = (thread - 1) * UNDO_SEGMENTS + (place % UNDO_SEGMENTS) + 1;
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
  readonly thread: number;
  readonly startOrdinal: number;
  readonly startScn: number;
  /** As long as they have not been undone. */
  readonly changes: Version[] = [];
  /** Resolves when it is committed or rolled back. */
  readonly ended: Promise<void>;
  /** The transaction whose row lock this one waits for. */
  waitsFor: Transaction | undefined;
  /** While a direct-path insert runs: changes of this table write no redo, nor does their undoing. */
  unloggedTable: Table | undefined;
  #unlogged: Set<Version> | undefined;
  #dead = false;
  #commitScn: number | undefined;
  #resolveEnded: () => void = () => undefined;
  readonly #transactions: Transactions;
  readonly #redo: RedoLog;

  constructor(
    transactions: Transactions,
    redo: RedoLog,
    { xid, thread }: { readonly xid: Xid; readonly thread: number },
  ) {
    this.#transactions = transactions;
    this.#redo = redo;
    this.xid = xid;
    this.thread = thread;
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
    this.#checkAlive();
    const version = this.#newVersion(slot, change);
    slot.head = version;
    this.changes.push(version);
    this.#log(version, false, group);
  }

  #newVersion(slot: Slot, change: ConstructorParameters<typeof Version>[1]): Version {
    return new Version(slot, change, {
      writer: this,
      sequence: this.#transactions.nextChange(),
      format: rowFormatOf(slot.table.columns),
    });
  }

  /** For DDL: the row as it is from its commit on, without redo and without a way back. */
  rewrite(slot: Slot, values: Row): void {
    const kind = slot.head === undefined ? 'insert' : 'update';
    slot.head = this.#newVersion(slot, { kind, values, columns: undefined });
  }

  #log(change: Version, compensation: boolean, group: RedoGroup): void {
    const { table } = change.slot;
    if (table === this.unloggedTable && !compensation) (this.#unlogged ??= new Set()).add(change);
    if (this.#dead || this.#unlogged?.has(change) === true) return;
    const made = { transaction: this, change, compensation, allColumns: this.#transactions.logsAllColumns(table) };
    const oddity = compensation ? undefined : this.#transactions.oddities.take(table, change.kind);
    if (oddity === 'internal' || oddity === 'select for update') {
      this.#redo.append(rowRedo({ ...made, aside: oddity }), newGroup());
      this.#redo.append(rowRedo(made), group);
    } else this.#redo.append(rowRedo({ ...made, blemish: oddity }), group);
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
    this.#checkAlive();
    this.#commitScn = this.#end('commit');
    this.#redo.flush(this.thread);
    this.#leave();
  }

  /** @throws OracleError 3113 after its instance died. */
  #checkAlive(): void {
    if (this.#dead) throw new OracleError(3113, 'end-of-file on communication channel');
  }

  /** See `Transactions.vanish`. */
  vanish(): void {
    this.#dead = true;
    this.undoTo(0);
    this.#leave();
  }

  rollback(): void {
    if (this.#dead) return;
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

  /** A redo record of DDL; the caller commits. `name`: the table's, when the statement began. */
  logDdl(text: string, table?: Table, name = table?.name): void {
    this.#redo.append(rowlessRedo('ddl', this, { table, text, name }));
  }

  /** @throws OracleError 60 when `other` already waits, directly or not, for this one. */
  startWaiting(other: Transaction): void {
    for (let next: Transaction | undefined = other; next !== undefined; next = next.waitsFor) {
      if (next === this) throw new OracleError(60, 'deadlock detected while waiting for resource');
    }
    this.waitsFor = other;
  }
}
