/**
 * One pass over (from, to] of redo: committed transactions in commit order, and what is open at the end.
 *
 * LogMiner starts at the oldest transaction of captured tables that was open at `from`; commits above `from` are emitted in full.
 * Two things make it read once more, from an earlier SCN or from other copies of the logs. What was emitted before is then left out:
 * the same redo gives the same transactions in the same order.
 */
import type { CommittedTransaction, RedoNote } from '../model/change.ts';
import { Failure } from '../model/failure.ts';
import type { Incarnation, OpenTransaction } from '../model/position.ts';
import { compareScn, minScn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import type { TableDescription } from '../model/table.ts';
import { CapturedObjects } from './captured-objects.ts';
import { minedRows, rowsOf } from './log-miner.ts';
import type { MiningRange } from './log-miner.ts';
import { OpenTransactions } from './open-transactions.ts';
import { findLogs } from './redo-logs.ts';
import type { RedoRow } from './redo-row.ts';
import { pause } from './session.ts';
import type { Session } from './session.ts';
import type { SessionPool } from './session-pool.ts';
import { readHostOffset } from './threads.ts';
import { TransactionAssembler } from './transactions.ts';

export interface MineRequest {
  readonly incarnation: Incarnation;
  /** Exclusive: commits at or below it are not emitted. */
  readonly from: Scn;
  /** Inclusive. */
  readonly to: Scn;
  /** Transactions open at `from`. */
  readonly open: readonly OpenTransaction[];
  readonly tables: readonly TableDescription[];
}

interface Assembled {
  readonly complete: readonly CommittedTransaction[];
  /** Where a transaction began whose rows are not all in this pass. */
  readonly earlier?: Scn;
}

/** Rows of captured tables kept at one time; about a kilobyte each. */
const HELD_ROWS_MAX = 500_000;

/** An online log can be reused while it is read; its archived copy is then there. */
const LOST_LOG_ATTEMPTS = 3;
const LOST_LOG_PAUSE_MS = 1_000;

/** The oldest START of a transaction with captured work, at most `from`. */
export const sessionStart = ({ from, open }: Pick<MineRequest, 'from' | 'open'>): Scn =>
  open.filter(({ captured }) => captured).reduce((start, { startScn }) => minScn(start, startScn), from);

export class MinedRange {
  readonly #sessions: SessionPool;
  readonly #request: MineRequest;
  readonly #signal: AbortSignal;
  readonly transactions: AsyncGenerator<CommittedTransaction, void>;
  #open: OpenTransactions;
  /** Of the pass under way. */
  #notes: readonly RedoNote[] = [];
  /** Transactions emitted, over all passes. */
  #emitted = 0;
  /** Commit SCN of the last transaction emitted. */
  #lastCommit: Scn;
  /** Transactions of the pass under way. */
  #seen = 0;

  constructor(sessions: SessionPool, request: MineRequest, signal: AbortSignal) {
    this.#sessions = sessions;
    this.#request = request;
    this.#signal = signal;
    this.#open = new OpenTransactions(request.open, request.from);
    this.#lastCommit = request.from;
    this.transactions = this.#read();
  }

  /**
   * Valid for `to` once `transactions` has ended, and for the commit SCN of the transaction before the one read last, if that is lower.
   * Of earlier ones nothing is kept.
   */
  openAt(at: Scn): readonly OpenTransaction[] {
    return this.#open.at(at);
  }

  /** Valid for the same SCNs as {@link openAt}: what was met up to there. */
  notesTo(at: Scn): readonly RedoNote[] {
    return this.#notes.filter((note) => compareScn(note.scn, at) <= 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transactions.return();
  }

  async *#read(): AsyncGenerator<CommittedTransaction, void> {
    if (compareScn(this.#request.to, this.#request.from) <= 0) return;
    await using lease = await this.#sessions.lease(this.#signal);
    let start: Scn | undefined = sessionStart(this.#request);
    for (let lost = 0; start !== undefined;) {
      const files = await this.#findLogs(lease.session, start);
      try {
        start = yield* this.#pass(lease.session, { files, start, end: this.#request.to });
      } catch (error) {
        const again = error instanceof Failure && error.kind === 'source-redo-missing' && ++lost < LOST_LOG_ATTEMPTS;
        if (!again || !lease.session.usable) throw error;
        await pause(LOST_LOG_PAUSE_MS, this.#signal);
      }
    }
  }

  #findLogs(session: Session, from: Scn): Promise<readonly string[]> {
    const { incarnation, to } = this.#request;
    return findLogs(session, incarnation, { from, to }, this.#signal);
  }

  /** Answers an earlier SCN if the range must be read again from there. */
  async *#pass(session: Session, mining: MiningRange): AsyncGenerator<CommittedTransaction, Scn | undefined> {
    const { from, to, open, tables } = this.#request;
    const objects = new CapturedObjects(tables, from);
    const assembler = new TransactionAssembler({
      readFrom: mining.start,
      from,
      to,
      open,
      tables: objects.tables,
      hostOffsetSeconds: await readHostOffset(session, this.#signal),
      heldRowsMax: HELD_ROWS_MAX,
    });
    this.#notes = assembler.notes;
    this.#open = new OpenTransactions(open, mining.start);
    this.#seen = 0;
    for await (const rows of minedRows(session, mining, rowsOf(tables), this.#signal)) {
      const captured = await objects.only(session, rows, this.#signal);
      const { complete, earlier } = this.#assemble(captured, assembler);
      if (earlier !== undefined) return earlier;
      yield* this.#unseen(complete);
    }
    yield* this.#unseen(assembler.finish());
    return undefined;
  }

  #assemble(rows: readonly RedoRow[], assembler: TransactionAssembler): Assembled {
    const complete: CommittedTransaction[] = [];
    for (const row of rows) {
      const earlier = compareScn(row.scn, this.#request.from) > 0 ? this.#open.startNeededFor(row) : undefined;
      if (earlier !== undefined) return { complete, earlier };
      this.#open.add(row);
      complete.push(...assembler.add(row));
    }
    return { complete };
  }

  *#unseen(transactions: readonly CommittedTransaction[]): Generator<CommittedTransaction, void> {
    for (const transaction of transactions) {
      this.#seen += 1;
      if (this.#seen <= this.#emitted) continue;
      this.#emitted = this.#seen;
      if (compareScn(transaction.commitScn, this.#lastCommit) > 0) {
        this.#open.forget(this.#lastCommit);
        this.#lastCommit = transaction.commitScn;
      }
      yield transaction;
    }
  }
}
