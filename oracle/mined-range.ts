/**
 * One pass over (from, to] of redo: committed transactions in commit order, where the range really ends, and what is open there.
 *
 * LogMiner starts at the oldest transaction of captured tables that was open at `from` and is not too old; commits above `from` are emitted
 * in full. Once the first older one commits, what follows waits until the range was read, and its rows are read by a scan of their own.
 * Only other copies of the logs make it read once more. What was emitted before is then left out: the same redo gives the same transactions
 * in the same order.
 */
import type { CommittedTransaction, RedoNote, TableStop } from '../model/change.ts';
import { Failure } from '../model/failure.ts';
import type { Incarnation, Inside, OpenTransaction } from '../model/position.ts';
import { compareScn, maxScn, minScn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import type { TableDescription } from '../model/table.ts';
import { CapturedObjects } from './captured-objects.ts';
import { namedTransactions } from './collapsed-transactions.ts';
import { CommittedChanges } from './committed-changes.ts';
import { RowStore } from './held-rows.ts';
import { withCause } from './dropped-logging.ts';
import { readLate } from './late-scan.ts';
import type { LeftReading, LeftTransaction } from './left-transaction.ts';
import { minedRows, rowsOf, UnreadableLog } from './log-miner.ts';
import type { MiningRange } from './log-miner.ts';
import { lookBack, reachOf, sessionStart } from './mining-reach.ts';
import { OpenTransactions } from './open-transactions.ts';
import { RangeEnd } from './range-end.ts';
import { RangeBytes } from './range-bytes.ts';
import { RedoLogs } from './redo-logs.ts';
import type { RedoRow } from './redo-row.ts';
import { pause } from './session.ts';
import type { Session } from './session.ts';
import type { SessionPool } from './session-pool.ts';
import type { Scratch } from './spilled-rows.ts';
import { readHostOffset } from './threads.ts';
import { notGoneOnWith } from './transaction-failures.ts';
import { TransactionAssembler } from './transactions.ts';
import type { Commit } from './transactions.ts';
import type { VanishedTransactions } from './vanished-transactions.ts';

export interface MineRequest {
  readonly incarnation: Incarnation;
  /** Exclusive: commits at or below it are not emitted. `to`: inclusive. */
  readonly from: Scn;
  readonly to: Scn;
  /** What was emitted up to there is left out, and the range ends at its commit SCN, one above `from`. */
  readonly inside?: Inside;
  readonly open: readonly OpenTransaction[]; // at `from`
  readonly tables: readonly TableDescription[];
  /** Of redo, over all threads: a range that holds more ends earlier. Default {@link MEGABYTES_MAX}. */
  readonly megabytesMax?: number;
}

/** What ranges of one database share. */
export interface MiningParts {
  readonly sessions: SessionPool;
  readonly scratch: Scratch;
  readonly vanished: VanishedTransactions;
  readonly left: LeftTransaction;
  /** What V$DATABASE and V$DATAFILE tell of this range before its redo is read; the same for every pass. */
  readonly known: readonly TableStop[];
}

const MEGABYTE = 1_048_576;
const MEGABYTES_MAX = 512;
/** A range that the server's memory does not take is halved, down to about this. */
const MEGABYTES_MIN = 1 / 16;

/** Of the server process: ORA-04036, PGA_AGGREGATE_LIMIT; ORA-04030 and ORA-27102, the operating system's. */
const OUT_OF_MEMORY = /ORA-(?:04036|04030|27102)/;

/** An online log can be reused while it is read; its archived copy is then there. */
const LOST_LOG_ATTEMPTS = 3;
const LOST_LOG_PAUSE_MS = 1_000;

/** What one reading of the range works with. */
interface Pass {
  readonly end: RangeEnd;
  readonly rows: RowStore;
  readonly changes: CommittedChanges;
  readonly assembler: TransactionAssembler;
  readonly objects: CapturedObjects;
}

export class MinedRange {
  readonly #parts: MiningParts;
  #request: MineRequest;
  readonly #signal: AbortSignal;
  readonly transactions: AsyncGenerator<CommittedTransaction, void>;
  #open: OpenTransactions;
  #end: RangeEnd;
  /** Of the pass under way. */
  #notes: readonly RedoNote[] = [];
  /** Transactions emitted, over all passes. */
  #emitted = 0;
  /** Commit SCN of the last transaction emitted. */
  #lastCommit: Scn;
  /** Transactions of the pass under way. */
  #seen = 0;
  #megabytes: number;
  readonly #reductions: RedoNote[] = [];
  /** Names of copies of logs that could not be read. */
  readonly #unreadable = new Set<string>();

  constructor(parts: MiningParts, request: MineRequest, signal: AbortSignal) {
    this.#parts = parts;
    const { inside } = request;
    this.#request = inside ? { ...request, to: minScn(request.to, inside.commitScn) } : request;
    this.#signal = signal;
    this.#open = new OpenTransactions(request.open);
    this.#end = new RangeEnd(this.#request.to);
    this.#lastCommit = request.from;
    this.#megabytes = request.megabytesMax ?? MEGABYTES_MAX;
    this.transactions = this.#read();
  }

  /** Where the range really ends: `to`, or lower where a captured table cannot be followed further. Valid once `transactions` has ended. */
  get end(): Scn {
    return this.#end.scn;
  }

  /** Why it ends there; empty when nothing stopped it. Valid once `transactions` has ended. Several tables may stop at one SCN. */
  get stops(): readonly TableStop[] {
    return this.#end.stops;
  }

  /**
   * Valid for `end` once `transactions` has ended, and for the commit SCN of the transaction before the one read last, if that is lower.
   * Of earlier ones nothing is kept.
   */
  openAt(at: Scn): readonly OpenTransaction[] {
    return this.#open.at(at).filter((transaction) => !this.#parts.vanished.isGone(transaction, at));
  }

  /** Valid for the same SCNs as {@link openAt}: what was met up to there. */
  notesTo(at: Scn): readonly RedoNote[] {
    const gone = this.#open.at(at).filter((transaction) => this.#parts.vanished.isGone(transaction, at));
    const given = gone.map(({ xid, startScn }) => {
      return {
        scn: at,
        text: `Transaction ${xid}, begun at SCN ${startScn}, is gone without an end in redo; it is given up`,
      };
    });
    return [...this.#reductions, ...this.#notes, ...given].filter((note) => compareScn(note.scn, at) <= 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transactions.return();
  }

  async *#read(): AsyncGenerator<CommittedTransaction, void> {
    const { from, to, inside } = this.#request;
    if (compareScn(to, from) <= 0) return;
    const left = inside && this.#parts.left.take(this.#request, inside);
    if (left) yield* this.#goOn(left, inside);
    else yield* this.#passes();
  }

  async *#passes(): AsyncGenerator<CommittedTransaction, void> {
    for (let lost = 0; ;) {
      await using lease = await this.#parts.sessions.lease(this.#signal);
      const { session } = lease;
      const logs = new RedoLogs(session, this.#request.incarnation, this.#unreadable);
      let mining: MiningRange | undefined;
      try {
        mining = await this.#plan(session, logs);
        yield* this.#pass(session, logs, mining);
        this.#end.tell(await withCause(session, this.#end.stops, this.#signal));
        return;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (mining && OUT_OF_MEMORY.test(error.message) && this.#halve(mining)) {
          session.markUnusable();
          continue;
        }
        if (error instanceof UnreadableLog) this.#unreadable.add(error.file);
        if (error.kind !== 'source-redo-missing' || ++lost === LOST_LOG_ATTEMPTS || !session.usable) throw error;
        await pause(LOST_LOG_PAUSE_MS, this.#signal);
      }
    }
  }

  /** How far this reading goes, and from where. */
  async #plan(session: Session, logs: RedoLogs): Promise<MiningRange> {
    const open = await namedTransactions({ session, logs }, this.#request, this.#signal);
    this.#request = { ...this.#request, open };
    const { from, to: asked } = this.#request;
    const lowest = lookBack(this.#request);
    const bytes = new RangeBytes(await logs.inventory({ from: lowest, to: asked }, this.#signal));
    // What was emitted already stays inside.
    const end = maxScn(bytes.after(from, asked, this.#megabytes * MEGABYTE), this.#lastCommit);
    const reachBytes = reachOf(bytes.between(from, end));
    const reach = bytes.before(from, lowest, reachBytes);
    await this.#parts.vanished.look(session, open, reach, this.#signal);
    const start = sessionStart(this.#request, reach);
    return { files: await logs.files({ from: start, to: end }, this.#signal), start, end };
  }

  /** After the server ran out of memory; false when there is nothing left to halve. */
  #halve({ end }: MiningRange): boolean {
    if (this.#megabytes / 2 < MEGABYTES_MIN || compareScn(end, this.#lastCommit) <= 0) return false;
    this.#megabytes /= 2;
    const { from } = this.#request;
    const what = `the database had no memory to mine from SCN ${from} to ${end} (ORA-04036, ORA-04030)`;
    this.#reductions.push({ scn: from, text: `reduced window: ${what}` });
    return true;
  }

  async *#pass(session: Session, logs: RedoLogs, mining: MiningRange): AsyncGenerator<CommittedTransaction, void> {
    const pass = this.#begin(mining, await readHostOffset(session, this.#signal));
    try {
      let held: readonly Commit[] = [];
      for await (const rows of minedRows(session, mining, rowsOf(this.#request.tables), this.#signal)) {
        const captured = await pass.objects.only(session, rows, this.#signal);
        for (const stop of captured.stops) pass.end.stop(stop);
        const commits = this.#assemble(pass, captured.rows);
        if (held.length > 0 || commits.some(({ late }) => late)) held = [...held, ...commits];
        else yield* this.#emit(pass, commits);
        if (pass.assembler.over) break;
      }
      held = [...held, ...pass.assembler.finish()];
      yield* this.#emit(pass, await this.#complete({ session, logs }, pass, held));
      const { inside } = this.#request;
      if (inside && this.#emitted === 0) throw notGoneOnWith(inside);
    } finally {
      this.#leave(pass.changes, pass.rows);
    }
  }

  async *#goOn(reading: LeftReading, inside: Inside): AsyncGenerator<CommittedTransaction, void> {
    const { changes, rows, open, notes, stops, rest } = reading;
    this.#notes = notes;
    this.#open = open;
    for (const stop of stops) this.#end.stop(stop);
    try {
      yield* changes.goOn(rest, inside);
    } finally {
      this.#leave(changes, rows);
    }
  }

  /** In the middle of a large transaction: what remains of it is kept for the range that goes on there. */
  #leave(changes: CommittedChanges, rows: RowStore): void {
    const { left: rest } = changes;
    const [notes, open, { stops }] = [this.#notes, this.#open, this.#end];
    if (rest.length > 0) this.#parts.left.keep(this.#request, { rest, changes, rows, open, stops, notes });
    else rows.close();
  }

  #begin({ start, end: to }: MiningRange, hostOffsetSeconds: number): Pass {
    const { from, inside, open, tables } = this.#request;
    const objects = new CapturedObjects(tables, from);
    const end = new RangeEnd(to);
    for (const stop of this.#parts.known) end.stop(stop);
    const rows = new RowStore(this.#parts.scratch);
    const assembler = new TransactionAssembler({ readFrom: start, from, open, tables: objects.tables }, { rows, end });
    this.#notes = assembler.notes;
    this.#open = new OpenTransactions(open);
    this.#end = end;
    this.#seen = 0;
    return { end, rows, objects, assembler, changes: new CommittedChanges(hostOffsetSeconds, end, inside) };
  }

  #assemble({ assembler }: Pass, rows: readonly RedoRow[]): readonly Commit[] {
    const complete: Commit[] = [];
    for (const row of rows) {
      this.#open.add(row);
      complete.push(...assembler.add(row));
    }
    return complete;
  }

  /** With the rows of those that began long before the range. */
  async #complete(
    { session, logs }: { readonly session: Session; readonly logs: RedoLogs },
    { end, rows }: Pass,
    commits: readonly Commit[],
  ): Promise<readonly Commit[]> {
    const inside = commits.filter(({ scn }) => !end.excludes(scn));
    const late = inside.filter((commit) => commit.late);
    if (late.length === 0) return inside;
    const { tables } = this.#request;
    const files = (start: Scn, to: Scn): Promise<readonly string[]> => logs.files({ from: start, to }, this.#signal);
    const found = await readLate(session, { late, tables, rows, files }, this.#signal);
    return inside.flatMap((commit) => (commit.late ? (found.get(commit.xid) ?? []) : commit));
  }

  async *#emit({ changes }: Pass, commits: readonly Commit[]): AsyncGenerator<CommittedTransaction, void> {
    for (const commit of commits) await changes.look(commit);
    for (const transaction of changes.publish(commits)) {
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
