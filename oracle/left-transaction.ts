/**
 * The rest of a large transaction that a range was left in the middle of, for the range that goes on there: without it everything from
 * its START would be read again. Nothing depends on it but speed: it is given up when nobody asks for some minutes.
 */
import { createHash } from 'node:crypto';
import type { RedoNote, TableStop } from '../model/change.ts';
import type { Incarnation, Inside } from '../model/position.ts';
import type { TableDescription } from '../model/table.ts';
import type { CommittedChanges, Decoded } from './committed-changes.ts';
import type { RowStore } from './held-rows.ts';
import type { OpenTransactions } from './open-transactions.ts';

/** What one reading of redo knew when it was left. */
export interface LeftReading {
  /** The transaction, and what commits at its SCN after it. */
  readonly rest: readonly Decoded[];
  readonly changes: CommittedChanges;
  readonly rows: RowStore;
  readonly open: OpenTransactions;
  readonly stops: readonly TableStop[];
  readonly notes: readonly RedoNote[];
}

export interface LeftKey {
  readonly incarnation: Incarnation;
  readonly tables: readonly TableDescription[];
}

const KEPT_MS = 10 * 60_000;

const nameOf = ({ incarnation, tables }: LeftKey, { xid, commitScn }: Omit<Inside, 'nextOrdinal'>): string =>
  createHash('sha256')
    .update(JSON.stringify([incarnation, xid, commitScn, tables]))
    .digest('hex');

/** One per source. */
export class LeftTransaction {
  #kept: { readonly name: string; readonly reading: LeftReading; readonly timer: NodeJS.Timeout } | undefined;

  /** Instead of the one before. */
  keep(key: LeftKey, reading: LeftReading): void {
    this.drop();
    const commit = reading.rest[0]?.commit;
    if (!commit) return;
    const name = nameOf(key, { xid: commit.xid, commitScn: commit.scn });
    const timer = setTimeout(() => {
      this.drop();
    }, KEPT_MS).unref();
    this.#kept = { name, reading, timer };
  }

  /** Whoever takes it must keep it again, or close its rows. */
  take(key: LeftKey, inside: Inside): LeftReading | undefined {
    const kept = this.#kept;
    if (kept?.name !== nameOf(key, inside)) return undefined;
    clearTimeout(kept.timer);
    this.#kept = undefined;
    return kept.reading;
  }

  drop(): void {
    if (!this.#kept) return;
    clearTimeout(this.#kept.timer);
    this.#kept.reading.rows.close();
    this.#kept = undefined;
  }
}
