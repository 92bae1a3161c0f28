import { describe, expect, test } from 'vitest';
import { halves, isBucket } from '../../../model/chunk.ts';
import type { BucketChunk, Chunk, RowidChunk } from '../../../model/chunk.ts';

const chunk = (firstRowid: string, lastRowid: string): RowidChunk => ({ number: 1, firstRowid, lastRowid });

const halvesOf = (halved: RowidChunk): readonly RowidChunk[] =>
  (halves(halved, [2, 3]) ?? []).flatMap((half) => (isBucket(half) ? [] : [half]));

describe('a chunk', () => {
  test('is halved between two blocks, so that every row is in one half', () => {
    expect(halves(chunk('AAASPHAAEAAAACIAAA', 'AAASPHAAEAAAACLH//'), [8, 9])).toEqual([
      { number: 8, firstRowid: 'AAASPHAAEAAAACIAAA', lastRowid: 'AAASPHAAEAAAACJH//', halved: 1 },
      { number: 9, firstRowid: 'AAASPHAAEAAAACKAAA', lastRowid: 'AAASPHAAEAAAACLH//', halved: 1 },
    ]);
  });

  test('over two files is halved too', () => {
    const [left, right] = halvesOf(chunk('AAASPHAAEAAAACIAAA', 'AAASPHAAFAAAACLH//'));
    expect(left?.firstRowid).toBe('AAASPHAAEAAAACIAAA');
    expect(right?.lastRowid).toBe('AAASPHAAFAAAACLH//');
    expect((left?.lastRowid ?? '') < (right?.firstRowid ?? '')).toBe(true);
  });

  test('of one block cannot be halved', () => {
    expect(halves(chunk('AAASPHAAEAAAACIAAA', 'AAASPHAAEAAAACIH//'), [2, 3])).toBeUndefined();
  });

  test('that was recorded before there were buckets is a range of ROWIDs', () => {
    const recorded = '{"number":1,"firstRowid":"AAASPHAAEAAAACIAAA","lastRowid":"AAASPHAAEAAAACLH//"}';
    expect(isBucket(JSON.parse(recorded) as Chunk)).toBe(false);
  });
});

describe('a bucket', () => {
  const bucket: BucketChunk = { number: 3, bucket: 2, of: 4, newer: true };

  test('is halved into two of twice as many buckets, which have its keys and no other', () => {
    const pieces = halves(bucket, [8, 9]);
    expect(pieces).toEqual([
      { number: 8, bucket: 2, of: 8, halved: 1, newer: true },
      { number: 9, bucket: 6, of: 8, halved: 1, newer: true },
    ]);
    const again = pieces?.flatMap((piece) => halves(piece, [10, 11]) ?? []).filter(isBucket) ?? [];
    expect(again.map((piece) => piece.halved)).toEqual([2, 2, 2, 2]);
    for (let hash = 0; hash < 64; hash++) {
      const owners = again.filter(({ bucket: own, of }) => hash % of === own);
      expect(owners).toHaveLength(hash % 4 === 2 ? 1 : 0);
    }
  });

  test('is told apart from a range', () => {
    expect(isBucket(bucket)).toBe(true);
    expect(isBucket(chunk('AAASPHAAEAAAACIAAA', 'AAASPHAAEAAAACLH//'))).toBe(false);
  });
});
