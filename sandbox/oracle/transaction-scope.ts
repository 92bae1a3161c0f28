import { OracleError } from './engine.ts';
import type { Instance } from './instance.ts';
import type { Snapshot } from './store.ts';
import type { Transaction } from './transactions.ts';

/** The transaction of one session: begun by its first change, with its savepoints; and the waits that a cancel ends. */
export class TransactionScope {
  readonly #instance: Instance;
  readonly #thread: number;
  #transaction: Transaction | undefined;
  /** Name → number of changes before it, in the order in which they were set. */
  readonly #savepoints = new Map<string, number>();
  #cancelled = false;
  #wake: (() => void) | undefined;

  /** `thread`: of the session's instance. */
  constructor(instance: Instance, thread: number) {
    this.#instance = instance;
    this.#thread = thread;
  }

  get current(): Transaction | undefined {
    return this.#transaction;
  }

  begin(): Transaction {
    this.#transaction ??= this.#instance.transactions.begin(this.#thread);
    return this.#transaction;
  }

  snapshot(): Snapshot {
    return {
      scn: this.#instance.redo.scn,
      own: this.#transaction,
      sequence: this.#instance.transactions.changeCount,
    };
  }

  commit(): void {
    this.#transaction?.commit();
    this.#forget();
  }

  rollback(): void {
    this.#transaction?.rollback();
    this.#forget();
  }

  #forget(): void {
    this.#transaction = undefined;
    this.#savepoints.clear();
  }

  setSavepoint(name: string): void {
    this.#savepoints.delete(name);
    this.#savepoints.set(name, this.#transaction?.changes.length ?? 0);
  }

  /** @throws OracleError 1086 for a savepoint that this transaction has not. */
  rollbackTo(name: string): void {
    const mark = this.#savepoints.get(name);
    if (mark === undefined) {
      throw new OracleError(1086, `savepoint '${name}' never established in this session or is invalid`);
    }
    this.#transaction?.undoTo(mark);
    const names = [...this.#savepoints.keys()];
    for (const later of names.slice(names.indexOf(name) + 1)) this.#savepoints.delete(later);
  }

  /** Waits until the other transaction ends. @throws OracleError 60 for a deadlock, 1013 when the call is cancelled. */
  async waitFor(other: Transaction): Promise<void> {
    const own = this.#transaction;
    own?.startWaiting(other);
    try {
      await Promise.race([other.ended, new Promise<void>((resolve) => (this.#wake = resolve))]);
    } finally {
      if (own !== undefined) own.waitsFor = undefined;
      this.#wake = undefined;
    }
    this.checkCancelled();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#wake?.();
  }

  clearCancel(): void {
    this.#cancelled = false;
  }

  /** @throws OracleError 1013. */
  checkCancelled(): void {
    if (this.#cancelled) throw new OracleError(1013, 'user requested cancel of current operation');
  }
}
