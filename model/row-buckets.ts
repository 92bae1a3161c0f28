/** Buckets of rows: how many, what their digests say of both sides, and which rows are then compared one by one. Pure. */
import type { BucketDigest } from './table-state.ts';

/** Buckets of a count, all or some. */
export interface ChosenBuckets {
  readonly count: number;
  readonly wanted?: readonly number[];
}

const BUCKETS_MIN = 64;
const BUCKETS_MAX = 1_024;
const ROWS_PER_BUCKET = 1_000;
/** Buckets are divided no further: a statement of MaxCompute answers some thousand rows at most. */
const FINEST = 4_096;

/** A power of two: a bucket of one count is then some buckets of a higher one. */
export function bucketCount(rows: number): number {
  let count = BUCKETS_MIN;
  while (count < BUCKETS_MAX && count * ROWS_PER_BUCKET < rows) count *= 2;
  return count;
}

export type Digest = Readonly<Record<'low' | 'high', bigint>> & Readonly<Record<'rows' | 'doubled', number>>;
export type Digests = ReadonlyMap<number, Digest>;

const WIDTH = 64;
const NONE: Digest = { rows: 0, doubled: 0, low: 0n, high: 0n };

const added = (a: Digest, b: Digest): Digest => ({
  rows: a.rows + b.rows,
  doubled: a.doubled + b.doubled,
  low: BigInt.asUintN(WIDTH, a.low + b.low),
  high: BigInt.asUintN(WIDTH, a.high + b.high),
});

export const digestsOf = (buckets: readonly BucketDigest[]): Digests =>
  sumDigests([
    ...buckets.map(({ bucket, rows, low, high, doubled = 0 }) => {
      return new Map([[bucket, { rows, doubled, low: BigInt(low), high: BigInt(high) }]]);
    }),
  ]);

/** Sums modulo 2^64. */
export function sumDigests(parts: readonly Digests[]): Digests {
  const sum = new Map<number, Digest>();
  for (const part of parts)
    for (const [bucket, digest] of part) sum.set(bucket, added(sum.get(bucket) ?? NONE, digest));
  return sum;
}

/** `bucket:rows:low:high[:doubled] …`, hexadecimal: at most 1,024 buckets stay below 64 KB. */
export const packDigests = (digests: Digests): string =>
  [...digests]
    .map(([bucket, { rows, low, high, doubled }]) =>
      [bucket, rows, BigInt.asUintN(WIDTH, low), BigInt.asUintN(WIDTH, high), ...(doubled === 0 ? [] : [doubled])]
        .map((number) => number.toString(16))
        .join(':'),
    )
    .join(' ');

export function unpackDigests(text: string): Digests {
  const entries = text.split(' ').filter((entry) => entry !== '');
  return new Map(
    entries.map((entry) => {
      const [bucket = '0', rows = '0', low = '0', high = '0', doubled = '0'] = entry.split(':');
      const digest: Digest = {
        rows: parseInt(rows, 16),
        doubled: parseInt(doubled, 16),
        low: BigInt(`0x${low}`),
        high: BigInt(`0x${high}`),
      };
      return [parseInt(bucket, 16), digest];
    }),
  );
}

export interface Suspicious {
  readonly bucket: number;
  /** Of the side that has more. */
  readonly rows: number;
}

/** Buckets that differ, or hold a row more often than it may be there. */
export function suspiciousBuckets(source: Digests, destination: Digests): readonly Suspicious[] {
  const all = [...new Set([...source.keys(), ...destination.keys()])].toSorted((a, b) => a - b);
  return all.flatMap((bucket) => {
    const [left, right] = [source.get(bucket) ?? NONE, destination.get(bucket) ?? NONE];
    const same = left.rows === right.rows && left.low === right.low && left.high === right.high;
    return same && right.doubled === 0 ? [] : [{ bucket, rows: Math.max(left.rows, right.rows + right.doubled) }];
  });
}

const rowsOf = (buckets: readonly Suspicious[]): number => buckets.reduce((sum, { rows }) => sum + rows, 0);

/** Rows of each side that are compared at a time: so many are in memory. */
export const GROUP_ROWS = 50_000;
/** Cheaper to compare row by row than to narrow down. */
export const ROWS_AT_ONCE = 4 * GROUP_ROWS;
/** Of all: so many are not read row by row before the worker has computed the digests itself; perhaps the databases only write a value differently. */
const SHARE_AT_ONCE = 0.1;
/** More are not looked at row by row: the table has to be copied anew anyway. */
export const ROWS_LOOKED_AT = 40 * GROUP_ROWS;

/** The same rows in more buckets, so that the next digests narrow them down; undefined when it would not help. */
export function narrowed(suspicious: readonly Suspicious[], count: number): ChosenBuckets | undefined {
  if (rowsOf(suspicious) <= ROWS_AT_ONCE) return undefined;
  let factor = 1;
  while (factor * 2 * suspicious.length <= BUCKETS_MAX && factor * 2 * count <= FINEST) factor *= 2;
  if (factor < 4) return undefined;
  return {
    count: count * factor,
    wanted: childrenOf(
      suspicious.map(({ bucket }) => bucket),
      count,
      factor,
    ),
  };
}

const childrenOf = (buckets: readonly number[], count: number, factor: number): readonly number[] =>
  buckets.flatMap((bucket) => Array.from({ length: factor }, (_, part) => bucket + part * count));

/** What is compared at a time; a bucket that is too large by parts. */
export function exactGroups(suspicious: readonly Suspicious[], count: number): readonly Required<ChosenBuckets>[] {
  const groups: Required<ChosenBuckets>[] = [];
  let open: number[] = [];
  let rows = 0;
  const close = (): void => {
    if (open.length > 0) groups.push({ count, wanted: open });
    open = [];
    rows = 0;
  };
  for (const each of suspicious) {
    if (each.rows > GROUP_ROWS) {
      groups.push(...partsOf(each, count));
      continue;
    }
    if (rows + each.rows > GROUP_ROWS) close();
    open.push(each.bucket);
    rows += each.rows;
  }
  close();
  return groups;
}

function partsOf({ bucket, rows }: Suspicious, count: number): readonly Required<ChosenBuckets>[] {
  let factor = 1;
  while (rows / factor > GROUP_ROWS * 0.8 && factor * 2 * count <= FINEST) factor *= 2;
  return childrenOf([bucket], count, factor).map((child) => ({ count: count * factor, wanted: [child] }));
}

/** Whether so much differs that it may be the texts rather than the rows. @param rows of the table */
export const isDoubtful = (suspicious: readonly Suspicious[], rows: number): boolean =>
  rowsOf(suspicious) > Math.max(ROWS_AT_ONCE, rows * SHARE_AT_ONCE);
