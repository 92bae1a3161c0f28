/** How much redo lies between two SCNs, by the sizes of the logs, spread evenly over the SCNs inside a log. */
import { scn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import type { LogInventory } from './log-inventory.ts';
import { oneCopyEach } from './redo-logs.ts';

/** Of one log; `next` exclusive. */
interface Span {
  readonly first: bigint;
  readonly next: bigint;
  readonly bytes: number;
}

function spansOf({ logs, known, threads }: LogInventory): readonly Span[] {
  return threads.flatMap((thread) => {
    const copies = logs.filter((log) => log.thread === thread.thread);
    const gone = known.filter((log) => log.thread === thread.thread).map((log) => ({ ...log, name: '' }));
    const present = new Set(copies.map(({ sequence }) => sequence));
    const all = oneCopyEach([...copies, ...gone.filter(({ sequence }) => !present.has(sequence))]);
    return all.map(({ firstScn, nextScn, bytes }) => {
      const first = BigInt(firstScn);
      const next = nextScn === undefined ? BigInt(thread.lastRedoScn) + 1n : BigInt(nextScn);
      return { first, next: next > first ? next : first + 1n, bytes };
    });
  });
}

const overlap = ({ first, next, bytes }: Span, from: bigint, to: bigint): number => {
  const low = from > first ? from : first;
  const high = to < next ? to : next;
  return high <= low ? 0 : (bytes * Number(high - low)) / Number(next - first);
};

export class RangeBytes {
  readonly #spans: readonly Span[];

  /** Of the range that the inventory was asked for; outside of it nothing is counted. */
  constructor(inventory: LogInventory) {
    this.#spans = spansOf(inventory);
  }

  /** From `from`, exclusive, to `to`, inclusive, over all threads. */
  between(from: Scn, to: Scn): number {
    return this.#bytes(BigInt(from), BigInt(to));
  }

  /** The highest SCN up to `to` with at most so many bytes above `from`; at least the one after `from`. */
  after(from: Scn, to: Scn, bytesMax: number): Scn {
    const start = BigInt(from);
    let low = start + 1n;
    let high = BigInt(to);
    while (low < high) {
      const middle = (low + high + 1n) / 2n;
      if (this.#bytes(start, middle) <= bytesMax) low = middle;
      else high = middle - 1n;
    }
    return scn(String(high < low ? high : low));
  }

  /** The lowest SCN from `lowest` on with at most so many bytes between it and `at`. */
  before(at: Scn, lowest: Scn, bytesMax: number): Scn {
    const end = BigInt(at);
    let low = BigInt(lowest);
    let high = end;
    while (low < high) {
      const middle = (low + high) / 2n;
      if (this.#bytes(middle, end) <= bytesMax) high = middle;
      else low = middle + 1n;
    }
    return scn(String(high));
  }

  #bytes(from: bigint, to: bigint): number {
    return this.#spans.reduce((sum, span) => sum + overlap(span, from + 1n, to + 1n), 0);
  }
}
