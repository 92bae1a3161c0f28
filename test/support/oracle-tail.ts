/** A reader that goes through redo from range to range, as the tail does, and how its changes are written in tests. */
import type { Source } from '../../activities/ports.ts';
import type { Change, CommittedTransaction, TableStop } from '../../model/change.ts';
import type { CapturePoint } from '../../model/position.ts';
import { compareScn } from '../../model/scn.ts';
import type { Scn } from '../../model/scn.ts';
import type { Row, TableDescription } from '../../model/table.ts';

export const never: AbortSignal = new AbortController().signal;

export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** `+1,a` inserted, `-1,a` deleted, `1,a>1,b` updated: the first two columns. */
function shown(change: Change): string {
  const row = (values: Row): string => `${String(values[0])},${String(values[1])}`;
  if (change.kind === 'insert') return `+${row(change.after)}`;
  if (change.kind === 'delete') return `-${row(change.before)}`;
  return `${row(change.before)}>${row(change.after)}`;
}

export const shownAll = (transactions: readonly CommittedTransaction[]): readonly string[] =>
  transactions.map(({ changes }) => [...changes].map(shown).join(' '));

/** The redo of everything committed so far is on disk up to the answer. */
export async function writtenSoFar(source: Source): Promise<Scn> {
  const now = await source.currentScn();
  for (;;) {
    const bound = await source.minedUpTo();
    if (compareScn(bound.scn, now) >= 0) return bound.scn;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A reader that goes from range to range, as the tail does. */
export class Tail {
  readonly #source: Source;
  readonly #tables: readonly TableDescription[];
  point: CapturePoint;

  private constructor(source: Source, tables: readonly TableDescription[], point: CapturePoint) {
    this.#source = source;
    this.#tables = tables;
    this.point = point;
  }

  static async start(source: Source, tables: readonly TableDescription[]): Promise<Tail> {
    return new Tail(source, tables, await source.capturePoint());
  }

  /** Of the range read last. */
  stops: readonly TableStop[] = [];

  async read(
    to: Scn,
  ): Promise<{ readonly transactions: readonly CommittedTransaction[]; readonly open: CapturePoint['open'] }> {
    const { incarnation, scn: from, open } = this.point;
    await using range = await this.#source.mine({ incarnation, from, to, open, tables: this.#tables }, never);
    const transactions = await collect(range.transactions);
    this.stops = range.stops;
    return { transactions, open: range.openAt(range.end) };
  }

  /** Everything committed so far. */
  async next(): Promise<readonly CommittedTransaction[]> {
    return this.#advance(await writtenSoFar(this.#source));
  }

  /** As far as redo happens to be on disk, which may be in the middle of anything. */
  async nextOnDisk(): Promise<readonly CommittedTransaction[]> {
    return this.#advance((await this.#source.minedUpTo()).scn);
  }

  async #advance(to: Scn): Promise<readonly CommittedTransaction[]> {
    const { transactions, open } = await this.read(to);
    this.point = { ...this.point, scn: to, open };
    return transactions;
  }
}
