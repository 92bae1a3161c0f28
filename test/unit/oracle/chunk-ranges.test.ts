import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutChunks, rowidText } from '../../../oracle/chunk-ranges.ts';
import type { ChunkLimits, Extent, Segment } from '../../../oracle/chunk-ranges.ts';

const BLOCK_BYTES = 8192;
const extent = (file: number, block: number, blocks: number): Extent => ({
  file,
  block,
  blocks,
  bytes: blocks * BLOCK_BYTES,
});
const BLOCKS_PER_MEGABYTE = 2 ** 20 / BLOCK_BYTES;

/** `file.block-file.block` of each chunk. */
function shown(extents: readonly Extent[], limits: ChunkLimits): readonly string[] {
  return cutChunks([{ dataObjectId: '73', extents }], limits).map(
    ({ firstRowid, lastRowid }) => `${address(firstRowid)}-${address(lastRowid)}`,
  );
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const number = (digits: string): number =>
  Array.from(digits).reduce((value, digit) => value * 64 + ALPHABET.indexOf(digit), 0);
const address = (rowid: string): string => `${number(rowid.slice(6, 9))}.${number(rowid.slice(9, 15))}`;

describe('a ROWID', () => {
  test.each([
    // Oracle Database Concepts, "Rowid Data Types": data object AAAPec, file AAF, block AAAABS, row AAA.
    ['the manual’s example', '63388', { file: 5, block: 82 }, 0, 'AAAPecAAFAAAABSAAA'],
    ['the last row of a block', '63388', { file: 5, block: 82 }, 32767, 'AAAPecAAFAAAABSH//'],
    ['zero', '0', { file: 0, block: 0 }, 0, 'AAAAAAAAAAAAAAAAAA'],
    ['a bigfile tablespace shows no file', '63388', { file: 1024, block: 82 }, 0, 'AAAPecAAAAAAABSAAA'],
    [
      'a bigfile block above 22 bits runs over into the file',
      '63388',
      { file: 1024, block: 2 ** 22 + 1 },
      0,
      'AAAPecAABAAAAABAAA',
    ],
  ] as const)('%s', (...[, object, at, row, text]) => {
    expect(rowidText(object, at, row)).toBe(text);
  });
});

describe('chunks', () => {
  const one = { chunkMegabytes: 1, chunksMin: 1, chunksMax: 5000 };

  test.each<[string, readonly Extent[], ChunkLimits, readonly string[]]>([
    ['a table without extents has none', [], one, []],
    ['a small table is one', [extent(4, 128, 8)], one, ['4.128-4.135']],
    ['small extents are joined, across files', [extent(5, 8, 8), extent(4, 128, 8)], one, ['4.128-5.15']],
    [
      'a large extent is cut',
      [extent(4, 128, 2.5 * BLOCKS_PER_MEGABYTE)],
      one,
      ['4.128-4.255', '4.256-4.383', '4.384-4.447'],
    ],
    [
      'a chunk may end inside an extent and the next go on there',
      [extent(4, 128, 100), extent(4, 500, 100)],
      one,
      ['4.128-4.527', '4.528-4.599'],
    ],
    [
      'the number of chunks is limited, and they grow instead',
      [extent(4, 128, 10 * BLOCKS_PER_MEGABYTE)],
      { chunkMegabytes: 1, chunksMin: 1, chunksMax: 2 },
      ['4.128-4.767', '4.768-4.1407'],
    ],
    [
      'a small table is cut for as many readers as there are',
      [extent(4, 128, 8), extent(4, 200, 8), extent(4, 300, 8), extent(4, 400, 8)],
      { chunkMegabytes: 1, chunksMin: 2, chunksMax: 5000 },
      ['4.128-4.207', '4.300-4.407'],
    ],
    [
      'but not into less than an extent',
      [extent(4, 128, 8), extent(4, 200, 8)],
      { chunkMegabytes: 1, chunksMin: 4, chunksMax: 5000 },
      ['4.128-4.135', '4.200-4.207'],
    ],
  ])('%s', (_rule, extents, limits, expected) => {
    expect(shown(extents, limits)).toEqual(expected);
  });

  test('are numbered from one without gaps and end with the last possible row', () => {
    const chunks = cutChunks([{ dataObjectId: '73', extents: [extent(4, 128, 300)] }], one);
    expect(chunks.map((chunk) => chunk.number)).toEqual([1, 2, 3]);
    expect(chunks.every(({ firstRowid, lastRowid }) => firstRowid.endsWith('AAA') && lastRowid.endsWith('H//'))).toBe(
      true,
    );
  });

  test('cover every block of every extent exactly once, in ROWID order, and are not more than allowed', () => {
    const layout = fc.array(
      fc.record({
        file: fc.integer({ min: 1, max: 3 }),
        gap: fc.integer({ min: 0, max: 40 }),
        blocks: fc.integer({ min: 1, max: 300 }),
      }),
      {
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(
        layout,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 9 }),
        (parts, chunkMegabytes, chunksMax) => {
          const nextFree = new Map<number, number>();
          const extents = parts.map(({ file, gap, blocks }) => {
            const block = (nextFree.get(file) ?? 1) + gap;
            nextFree.set(file, block + blocks);
            return extent(file, block, blocks);
          });
          const position = (rowid: string): number => number(rowid.slice(6, 9)) * 2 ** 22 + number(rowid.slice(9, 15));
          const ranges = cutChunks([{ dataObjectId: '73', extents }], {
            chunkMegabytes,
            chunksMin: Math.ceil(chunksMax / 2),
            chunksMax,
          }).map(({ firstRowid, lastRowid }) => [position(firstRowid), position(lastRowid)] as const);
          const blocks = extents.flatMap(({ file, block, blocks: count }) =>
            Array.from({ length: count }, (_, i) => file * 2 ** 22 + block + i),
          );
          expect(ranges.length).toBeLessThanOrEqual(chunksMax);
          expect(ranges.flat()).toEqual([...ranges.flat()].sort((a, b) => a - b));
          const times = blocks.map((block) => ranges.filter(([first, last]) => first <= block && block <= last).length);
          expect(new Set(times)).toEqual(new Set(blocks.length === 0 ? [] : [1]));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('chunks of a partitioned table', () => {
  const segment = (dataObjectId: string, ...extents: readonly Extent[]): Segment => ({ dataObjectId, extents });
  const objectOf = (rowid: string): string => String(number(rowid.slice(0, 6)));
  const listed = (segments: readonly Segment[], limits: ChunkLimits): readonly string[] =>
    cutChunks(segments, limits).map(
      ({ number: n, firstRowid, lastRowid }) =>
        `${n}: ${objectOf(firstRowid)}/${address(firstRowid)}-${objectOf(lastRowid)}/${address(lastRowid)}`,
    );
  const megabyte = { chunkMegabytes: 1, chunksMin: 1, chunksMax: 5000 };

  test('never span two partitions, have one size in all of them, and pass over those without extents', () => {
    const segments = [segment('81', extent(4, 128, 200)), segment('82'), segment('83', extent(5, 8, 130))];
    expect(listed(segments, megabyte)).toEqual([
      '1: 81/4.128-81/4.255',
      '2: 81/4.256-81/4.327',
      '3: 83/5.8-83/5.135',
      '4: 83/5.136-83/5.137',
    ]);
  });

  test('are one for each partition when there are more partitions than chunks wished', () => {
    const segments = Array.from({ length: 5 }, (_, i) => segment(String(81 + i), extent(4, 1 + 1000 * i, 1000)));
    expect(cutChunks(segments, { ...megabyte, chunksMax: 3 })).toHaveLength(5);
  });

  test('cover every block of every partition exactly once, and are not more than allowed while there are fewer partitions', () => {
    const parts = fc.array(fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 6 }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(parts, fc.integer({ min: 8, max: 40 }), (sizes, chunksMax) => {
        let next = 1;
        const segments = sizes.map((blocks, i) =>
          segment(String(81 + i), ...blocks.map((count) => extent(4, (next += count) - count, count))),
        );
        const chunks = cutChunks(segments, { chunkMegabytes: 1, chunksMin: 4, chunksMax });
        expect(chunks.length).toBeLessThanOrEqual(chunksMax);
        expect(chunks.map((chunk) => chunk.number)).toEqual(chunks.map((_, i) => i + 1));
        for (const { dataObjectId, extents } of segments) {
          const ranges = chunks
            .filter(({ firstRowid }) => objectOf(firstRowid) === dataObjectId)
            .map(({ firstRowid, lastRowid }) => {
              expect(objectOf(lastRowid)).toBe(dataObjectId);
              return [number(firstRowid.slice(9, 15)), number(lastRowid.slice(9, 15))] as const;
            });
          for (const { block, blocks } of extents)
            for (let at = block; at < block + blocks; at++)
              expect(ranges.filter(([first, last]) => first <= at && at <= last)).toHaveLength(1);
        }
      }),
      { numRuns: 30 },
    );
  });
});
