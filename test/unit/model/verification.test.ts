import { describe, expect, test } from 'vitest';
import {
  bucketCount,
  digestsOf,
  exactGroups,
  GROUP_ROWS,
  isDoubtful,
  narrowed,
  packDigests,
  ROWS_AT_ONCE,
  sumDigests,
  suspiciousBuckets,
  unpackDigests,
} from '../../../model/row-buckets.ts';
import { addCounts, noDifferences } from '../../../model/verification.ts';
import type { BucketDigest } from '../../../model/table-state.ts';

test.each([
  [0, 64],
  [64_000, 64],
  [64_001, 128],
  [1_000_000, 1_024],
  [1e12, 1_024],
])('%d rows fall into %d buckets', (rows, buckets) => {
  expect(bucketCount(rows)).toBe(buckets);
});

const digest = (bucket: number, rows: number, low: bigint, doubled?: number): BucketDigest => ({
  bucket,
  rows,
  low: String(low),
  high: String(low * 3n),
  ...(doubled !== undefined && { doubled }),
});

describe('digests', () => {
  test('of parts add up to that of the whole, also beyond 64 bits', () => {
    const large = 2n ** 63n;
    const parts = [digestsOf([digest(1, 2, large), digest(5, 1, 7n)]), digestsOf([digest(1, 3, large + 4n)])];
    const whole = digestsOf([digest(1, 5, 4n + 2n ** 64n), digest(5, 1, 7n)]);
    expect(suspiciousBuckets(sumDigests(parts), whole)).toEqual([]);
  });

  test('survive being packed, and 1,024 of them are no large payload', () => {
    const all = digestsOf(Array.from({ length: 1_024 }, (_, bucket) => digest(bucket, 1e9, 2n ** 64n - 1n)));
    const text = packDigests(all);
    expect(text.length).toBeLessThan(64_000);
    expect(unpackDigests(text)).toEqual(sumDigests([unpackDigests(text)]));
    expect(suspiciousBuckets(all, unpackDigests(text))).toEqual([]);
    expect(unpackDigests(packDigests(new Map()))).toEqual(new Map());
  });

  test('keep rows that were taken away more often than they were there', () => {
    const less = digestsOf([{ bucket: 3, rows: -1, low: '-5', high: '-7' }]);
    expect(unpackDigests(packDigests(less)).get(3)?.rows).toBe(-1);
    expect(suspiciousBuckets(new Map(), sumDigests([less, digestsOf([digest(3, 1, 5n)])])).length).toBe(1);
  });
});

describe('a bucket is suspicious', () => {
  const right = digestsOf([digest(1, 10, 5n), digest(2, 3, 6n), digest(9, 4, 8n)]);
  test.each<[string, readonly BucketDigest[], readonly object[]]>([
    ['nowhere when all are equal', [digest(1, 10, 5n), digest(2, 3, 6n), digest(9, 4, 8n)], []],
    ['when it has fewer rows', [digest(1, 9, 5n), digest(2, 3, 6n), digest(9, 4, 8n)], [{ bucket: 1, rows: 10 }]],
    ['when it has other rows', [digest(1, 10, 5n), digest(2, 3, 7n), digest(9, 4, 8n)], [{ bucket: 2, rows: 3 }]],
    ['when it is missing', [digest(1, 10, 5n), digest(2, 3, 6n)], [{ bucket: 9, rows: 4 }]],
    [
      'when it is too much',
      [digest(0, 1, 1n), digest(1, 10, 5n), digest(2, 3, 6n), digest(9, 4, 8n)],
      [{ bucket: 0, rows: 1 }],
    ],
    ['when rows are doubled', [digest(1, 10, 5n, 2), digest(2, 3, 6n), digest(9, 4, 8n)], [{ bucket: 1, rows: 12 }]],
  ])('%s', (_, found, expected) => {
    expect(suspiciousBuckets(right, digestsOf(found))).toEqual(expected);
  });
});

describe('rows that are compared one by one', () => {
  test('come in groups that fit into memory', () => {
    const suspicious = [20_000, 20_000, 20_000, 1].map((rows, bucket) => ({ bucket, rows }));
    expect(exactGroups(suspicious, 64)).toEqual([
      { count: 64, wanted: [0, 1] },
      { count: 64, wanted: [2, 3] },
    ]);
    expect(exactGroups([], 64)).toEqual([]);
  });

  test('of a large bucket come in parts that are all of it', () => {
    const groups = exactGroups([{ bucket: 5, rows: 3 * GROUP_ROWS }], 64);
    expect(groups.map(({ count }) => count)).toEqual([256, 256, 256, 256]);
    const hashes = Array.from({ length: 4_096 }, (_, hash) => hash);
    const inGroups = hashes.filter((hash) => groups.some(({ count, wanted }) => wanted.includes(hash % count)));
    expect(inGroups).toEqual(hashes.filter((hash) => hash % 64 === 5));
  });

  test('are narrowed down by more buckets only where there are too many, and where it helps', () => {
    expect(narrowed([{ bucket: 1, rows: ROWS_AT_ONCE }], 64)).toBeUndefined();
    expect(
      narrowed(
        Array.from({ length: 600 }, (_, bucket) => ({ bucket, rows: 1_000 })),
        1_024,
      ),
    ).toBeUndefined();
    expect(narrowed([{ bucket: 1, rows: 1e9 }], 4_096)).toBeUndefined();
    const finer = narrowed([{ bucket: 7, rows: ROWS_AT_ONCE + 1 }], 1_024);
    expect(finer).toEqual({ count: 4_096, wanted: [7, 1_031, 2_055, 3_079] });
  });

  test('of a bucket that cannot be divided any more come at once', () => {
    expect(exactGroups([{ bucket: 5, rows: 1e6 }], 4_096)).toEqual([{ count: 4_096, wanted: [5] }]);
  });

  test('are doubted when they are many of all', () => {
    const suspicious = [{ bucket: 1, rows: 1_000_000 }];
    expect(isDoubtful(suspicious, 2_000_000)).toBe(true);
    expect(isDoubtful(suspicious, 1e9)).toBe(false);
    expect(isDoubtful([{ bucket: 1, rows: 1_000 }], 1_000)).toBe(false);
  });
});

test('counts of groups add up', () => {
  const one = { ...noDifferences, changed: 2, columnsChanged: { A: 2, B: 1 } };
  const other = { ...noDifferences, changed: 1, missing: 4, unconfirmed: 1, columnsChanged: { A: 1 } };
  expect(addCounts(one, other)).toEqual({
    missing: 4,
    extra: 0,
    changed: 3,
    doubled: 0,
    unconfirmed: 1,
    columnsChanged: { A: 3, B: 1 },
  });
});
