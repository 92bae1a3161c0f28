/** Commits → transactions with decoded changes, or the tables that stop: what commits at one SCN is published whole or not at all. */
import type { Change, CommittedTransaction } from '../model/change.ts';
import { Failure } from '../model/failure.ts';
import { addToScn } from '../model/scn.ts';
import type { TableName } from '../model/table.ts';
import { commitSeconds } from './commit-time.ts';
import type { CapturedRow, HeldRows } from './held-rows.ts';
import { Images } from './images.ts';
import type { RangeEnd } from './range-end.ts';
import { survivors } from './rollback.ts';
import type { Survivors } from './rollback.ts';
import type { Commit } from './transactions.ts';

interface Decoded {
  readonly commit: Commit;
  readonly changes: Iterable<Change>;
  readonly damage: ReadonlyMap<TableName, string>;
}

export class CommittedChanges {
  readonly #images = new Images();
  readonly #hostOffsetSeconds: number;
  readonly #end: RangeEnd;

  /** `hostOffsetSeconds`: the database host's offset from UTC, east positive, in force at the commits. */
  constructor(hostOffsetSeconds: number, end: RangeEnd) {
    this.#hostOffsetSeconds = hostOffsetSeconds;
    this.#end = end;
  }

  /**
   * All commits of every SCN among them, in order. Those without surviving changes are left out; the first SCN with one that cannot be
   * read ends the range below it. Rows are released as soon as the next transaction is asked for.
   * @throws Failure for what is not a matter of one table
   */
  *publish(commits: readonly Commit[]): Generator<CommittedTransaction, void> {
    for (let i = 0; i < commits.length;) {
      const scn = commits[i]?.scn;
      const next = commits.findIndex((commit, at) => at > i && commit.scn !== scn);
      const group = commits.slice(i, next === -1 ? commits.length : next);
      i += group.length;
      yield* this.#together(group);
    }
  }

  *#together(group: readonly Commit[]): Generator<CommittedTransaction, void> {
    const [first] = group;
    try {
      if (!first || this.#end.excludes(first.scn)) return;
      const decoded = group.map((commit) => this.#decode(commit));
      for (const { damage } of decoded) {
        for (const [table, text] of damage)
          this.#end.stop({ table, scn: addToScn(first.scn, -1), reason: 'undecodable', text });
      }
      if (this.#end.excludes(first.scn)) return;
      for (const { commit, changes } of decoded) {
        if (changes[Symbol.iterator]().next().done !== true) yield this.#transaction(commit, changes);
        commit.rows.release();
      }
    } finally {
      for (const { rows } of group) rows.release();
    }
  }

  #transaction(
    { xid, scn: commitScn, thread, rsId, timestamp }: Commit,
    changes: Iterable<Change>,
  ): CommittedTransaction {
    const seconds = commitSeconds(timestamp, this.#hostOffsetSeconds);
    return { xid, commitScn, thread, rsId, commitSeconds: seconds, changes };
  }

  /** Rows in memory are decoded into an array; rows on disk are decoded once to see that they can be, and again when they are read. */
  #decode(commit: Commit): Decoded {
    const remaining = survivors(commit.rows);
    const damage = new Map([...commit.damage, ...remaining.unmatched]);
    const changes: Change[] = [];
    for (const captured of alive(commit.rows, remaining)) {
      const { table } = captured.table;
      if (damage.has(table)) continue;
      const change = this.#change(captured);
      if (typeof change === 'string') damage.set(table, change);
      else if (!commit.rows.spilled) changes.push(change);
    }
    return { commit, damage, changes: commit.rows.spilled ? this.#again(commit.rows, remaining) : changes };
  }

  #again(rows: HeldRows, remaining: Survivors): Iterable<Change> {
    const images = this.#images;
    return {
      *[Symbol.iterator]() {
        for (const { row, table } of alive(rows, remaining)) yield images.change(row, table);
      },
    };
  }

  /** The change, or why it cannot be read. */
  #change({ row, table }: CapturedRow): Change | string {
    try {
      return this.#images.change(row, table);
    } catch (error) {
      if (error instanceof Failure && error.kind === 'source-redo-undecodable') return error.message;
      throw error;
    }
  }
}

function* alive(rows: HeldRows, { dead }: Survivors): Generator<CapturedRow, void> {
  let place = 0;
  for (const captured of rows.inOrder()) {
    if (!dead.has(place)) yield captured;
    place += 1;
  }
}
