/** Commits → transactions with decoded changes, or the tables that stop: what commits at one SCN is published whole or not at all. */
import type { Change, CommittedTransaction } from '../model/change.ts';
import { Failure } from '../model/failure.ts';
import type { Inside } from '../model/position.ts';
import { addToScn } from '../model/scn.ts';
import type { TableName } from '../model/table.ts';
import { commitSeconds } from './commit-time.ts';
import { DecodedChanges, type Reading } from './decoded-changes.ts';
import type { CapturedRow, HeldRows } from './held-rows.ts';
import { Images } from './images.ts';
import { ToldChanges } from './pieces.ts';
import type { RangeEnd } from './range-end.ts';
import { survivors } from './rollback.ts';
import type { Survivors } from './rollback.ts';
import { notGoneOnWith } from './transaction-failures.ts';
import { ToldReading } from './told-reading.ts';
import type { Commit } from './transactions.ts';

export interface Decoded {
  readonly commit: Commit;
  readonly changes: DecodedChanges;
  readonly damage: ReadonlyMap<TableName, string>;
}

/** So many rows are decoded between two chances for others. */
const ROWS_AT_A_TIME = 2000;

export class CommittedChanges {
  readonly #images = new Images();
  readonly #hostOffsetSeconds: number;
  readonly #end: RangeEnd;
  readonly #inside: Inside | undefined;
  readonly #known = new WeakMap<Commit, Decoded>();
  #left: readonly Decoded[] = [];

  /**
   * @param hostOffsetSeconds the database host's offset from UTC, east positive, in force at the commits
   * @param inside what was published up to there is left out
   */
  constructor(hostOffsetSeconds: number, end: RangeEnd, inside?: Inside) {
    this.#hostOffsetSeconds = hostOffsetSeconds;
    this.#end = end;
    this.#inside = inside;
  }

  /** After {@link publish} was ended in the middle of a transaction whose rows are on disk: this one, and what commits at its SCN after it. */
  get left(): readonly Decoded[] {
    return this.#left;
  }

  /** Whether this one can be decoded, found out in small pieces: a large transaction must not keep everything else waiting. */
  async look(commit: Commit): Promise<void> {
    if (!commit.rows.spilled || this.#end.excludes(commit.scn)) return;
    const decoding = this.#decoding(commit);
    for (let step = decoding.next(); ; step = decoding.next()) {
      if (step.done === true) {
        this.#known.set(commit, step.value);
        return;
      }
      await new Promise((resolve) => void setImmediate(resolve));
    }
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

  /** What was {@link left}, from `inside` on. */
  *goOn(left: readonly Decoded[], inside: Inside): Generator<CommittedTransaction, void> {
    left[0]?.changes.startAt(inside.nextOrdinal);
    try {
      yield* this.#each(left);
    } finally {
      this.#release(left.map(({ commit }) => commit));
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
      yield* this.#each(this.#inside?.commitScn === first.scn ? from(this.#inside, decoded) : decoded);
    } finally {
      this.#release(group);
    }
  }

  *#each(decoded: readonly Decoded[]): Generator<CommittedTransaction, void> {
    this.#left = decoded;
    for (const [place, { commit, changes }] of decoded.entries()) {
      this.#left = decoded.slice(place);
      if (changes.count > 0) yield this.#transaction(commit, changes);
      commit.rows.release();
    }
    this.#left = [];
  }

  /** All but what was left in the middle. */
  #release(commits: readonly Commit[]): void {
    const [current] = this.#left;
    if (!current?.commit.rows.spilled || !current.changes.isLeftInside) this.#left = [];
    const kept = new Set(this.#left.map(({ commit }) => commit));
    for (const commit of commits) if (!kept.has(commit)) commit.rows.release();
  }

  #transaction(
    { xid, scn: commitScn, thread, rsId, timestamp }: Commit,
    changes: Iterable<Change>,
  ): CommittedTransaction {
    const seconds = commitSeconds(timestamp, this.#hostOffsetSeconds);
    return { xid, commitScn, thread, rsId, commitSeconds: seconds, changes };
  }

  #decode(commit: Commit): Decoded {
    const known = this.#known.get(commit);
    if (known) return known;
    const decoding = this.#decoding(commit);
    for (;;) {
      const step = decoding.next();
      if (step.done === true) return step.value;
    }
  }

  /**
   * Rows in memory are decoded into an array; rows on disk are decoded once to see that they can be, and again when they are read.
   * Pauses after every {@link ROWS_AT_A_TIME} rows.
   */
  *#decoding(commit: Commit): Generator<undefined, Decoded> {
    const { rows } = commit;
    const remaining = yield* survivors(rows);
    const damage = new Map([...commit.damage, ...remaining.unmatched]);
    const decoded: Change[] = [];
    const told = new ToldChanges(this.#images);
    let [seen, count] = [0, 0];
    for (const captured of alive(rows, remaining)) {
      seen += 1;
      if (seen % ROWS_AT_A_TIME === 0) yield;
      const { table } = captured.table;
      if (damage.has(table)) continue;
      const change = this.#change(captured, told);
      if (typeof change === 'string') damage.set(table, change);
      else if (change === undefined) replaceLast(decoded, told.last);
      else if (!rows.spilled) decoded.push(change);
      if (change !== undefined) count += 1;
    }
    if (!rows.spilled) return { commit, damage, changes: inMemory(decoded) };
    const changes = new DecodedChanges(count, () => this.#again(rows, remaining));
    if (this.#inside?.xid === commit.xid && this.#inside.commitScn === commit.scn)
      yield* changes.reach(this.#inside.nextOrdinal);
    return { commit, damage, changes };
  }

  #again(rows: HeldRows, remaining: Survivors): Reading {
    return new ToldReading(alive(rows, remaining), this.#images);
  }

  /** The change, or why it cannot be read; undefined for pieces of the change before. */
  #change(captured: CapturedRow, told: ToldChanges): Change | string | undefined {
    const { row, table } = captured;
    try {
      if (table.lobInLog !== undefined) return told.next(captured);
      told.forget();
      return this.#images.change(row, table);
    } catch (error) {
      if (error instanceof Failure && error.kind === 'source-redo-undecodable') return error.message;
      throw error;
    }
  }
}

/** Of a transaction on disk there are none. */
function replaceLast(changes: Change[], last: Change | undefined): void {
  if (last && changes.length > 0) changes[changes.length - 1] = last;
}

const inMemory = (changes: readonly Change[]): DecodedChanges =>
  new DecodedChanges(changes.length, () => {
    let place = 0;
    return {
      pass: (count) => {
        place += count;
      },
      next: () => {
        const value = changes[place++];
        return value === undefined ? { done: true, value } : { value };
      },
    };
  });

/** What was published already, of what commits at one SCN, is left out. */
function from(inside: Inside, decoded: readonly Decoded[]): readonly Decoded[] {
  const place = decoded.findIndex(({ commit }) => commit.xid === inside.xid);
  if (place === -1) throw notGoneOnWith(inside);
  const rest = decoded.slice(place);
  rest[0]?.changes.startAt(inside.nextOrdinal);
  return rest;
}

function* alive(rows: HeldRows, { dead }: Survivors): Generator<CapturedRow, void> {
  let place = 0;
  for (const captured of rows.inOrder()) {
    if (!dead.has(place)) yield captured;
    place += 1;
  }
}
