/** The state of a table at a place of its tail, and its digest, against a table whose history is known. */
import { afterAll, expect, test } from 'vitest';
import { canonicalText } from '../../maxcompute/row-digest-text.ts';
import type { AddedDefault, TableState } from '../../model/table-state.ts';
import { bucketOf, digestsOf, History, sortedTexts, testColumn } from './state-history.ts';
import {
  ALIKE,
  BY_DAY,
  cases,
  CODED,
  DAY_AFTER,
  historyOf,
  openStates,
  PLAIN,
  SMALL,
  START,
  textOf,
} from './state-world.ts';

const states = await openStates();
const { written, rowsOf, digests, run } = states;
afterAll(async () => states[Symbol.asyncDispose]());

test.each(cases)('with $about a table stands as it stood then, at every bound, and so does its digest', async (one) => {
  const table = historyOf(one);
  const state = await written(table, one.naming);
  const middle = table.times[60] ?? 0;
  const bounds: readonly TableState['bound'][] = [
    undefined,
    ...[1, 77].map((recordId) => ({ recordId })),
    ...[middle, middle + 1, DAY_AFTER].map((seconds) => ({ seconds })),
  ];
  for (const bound of bounds) {
    const then = { ...state, ...(bound && { bound }) };
    const expected = table.at(bound);
    expect(await rowsOf(then)).toEqual(sortedTexts(expected));
    expect(await digests(then, table)).toEqual(digestsOf(expected, textOf(table), 64));
  }
});

test('rows and images that stand there twice are counted, in their bucket', async () => {
  const table = new History(SMALL, [0, 1], { seed: 3, seconds: START }).play(60, 5);
  const images = table.images.slice(5, 8);
  const [first, second] = table.base;
  if (!first || !second) throw new Error('a base');
  const state = await written(table, BY_DAY, { base: [first, first, second], log: images });
  const text = textOf(table);
  const doubled = new Map<number, number>();
  for (const row of [first, first, second, ...images.map((image) => image.row)]) {
    const bucket = bucketOf(row, text, 64);
    doubled.set(bucket, (doubled.get(bucket) ?? 0) + 1);
  }
  const found = await digests(state, table);
  expect(
    new Map(found.flatMap(({ bucket, doubled: extra }) => (extra === undefined ? [] : [[bucket, extra]]))),
  ).toEqual(doubled);
  expect(found.flatMap(({ doubled: _, ...digest }) => (digest.rows === 0 ? [] : [digest]))).toEqual(
    digestsOf(table.at(undefined), text, 64),
  );
  expect(await rowsOf(state)).toEqual(sortedTexts(table.at(undefined)));
});

test('without a key, images that stand there twice are counted, and take or add rows', async () => {
  const table = new History(ALIKE.slice(0, 2), [], { seed: 5, seconds: START }).play(30, 5);
  const added = table.images.filter(({ isAfter }) => isAfter).slice(0, 2);
  const state = await written(table, PLAIN, { log: added });
  const expected = [...table.at(undefined), ...added.map(({ row }) => row)];
  expect(await rowsOf(state)).toEqual(sortedTexts(expected));
  const found = await digests(state, table);
  expect(found.reduce((sum, { doubled = 0 }) => sum + doubled, 0)).toBe(2);
  expect(found.map(({ doubled: _, ...digest }) => digest)).toEqual(digestsOf(expected, textOf(table), 64));
});

test('rows of before have the constant of a column that came later, others what they hold', async () => {
  const added = { ...testColumn('ADDED', { base: 'NUMBER', precision: 5, scale: 1 }, [null]) };
  const late = { ...testColumn('LATE', { base: 'TIMESTAMP WITH TIME ZONE', scale: 3 }, [null]) };
  const raw = { ...testColumn('RAW_LATE', { base: 'RAW', length: 2 }, [null]) };
  const table = new History([...CODED.slice(0, 2), added, late, raw], [1], { seed: 9, seconds: START }).play(60, 5);
  const defaults: readonly AddedDefault[] = [
    { column: 'added', constant: '2.5', recordId: 30, base: true },
    { column: 'late', constant: '2024-05-06 07:08:09.500000000', recordId: 30, base: false },
    { column: 'raw_late', constant: '0AFF', recordId: 30, base: true },
  ];
  const state = { ...(await written(table, PLAIN)), defaults };
  const recent = new Set(table.images.filter(({ recordId }) => recordId >= 30).map(({ row }) => row));
  const expected = table.at(undefined).map((row) => {
    if (recent.has(row)) return row;
    const inBase = table.base.includes(row);
    return [...row.slice(0, 2), '2.5', inBase ? null : '2024-05-06 07:08:09.500000000', Uint8Array.of(10, 255)];
  });
  expect(await rowsOf(state)).toEqual(sortedTexts(expected));
  expect(await digests(state, table)).toEqual(digestsOf(expected, textOf(table), 64));
});

test.each([
  [
    'decimal(10,2)',
    ['1.50', '1.5', '100', '100.00', '0', '0.00', '-0.50', '-10'],
    ['1.5', '1.5', '100', '100', '0', '0', '-0.5', '-10'],
  ],
  [
    'timestamp_ntz',
    [
      '2024-01-02 03:04:05',
      '2024-01-02 03:04:05.0',
      '2024-01-02 03:04:05.000000000',
      '2024-01-02 03:04:05.12',
      '2024-01-02 03:04:05.120000000',
    ],
    [
      '2024-01-02 03:04:05',
      '2024-01-02 03:04:05',
      '2024-01-02 03:04:05',
      '2024-01-02 03:04:05.120000000',
      '2024-01-02 03:04:05.120000000',
    ],
  ],
  ['string', ['1.50', '2024-01-02 03:04:05.0'], ['1.50', '2024-01-02 03:04:05.0']],
])('a value of type %s has one text, however it is shown', async (type, texts, expected) => {
  const columns = texts.map((text) => canonicalText(type, `'${text}'`));
  expect(await run(`SELECT ${columns.join(', ')}`)).toEqual([expected]);
});
