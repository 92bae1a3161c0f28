/** What a comparison of both sides finds: first buckets by their digests, then rows, each looked at twice. */
import { describe, expect, test } from 'vitest';
import { compareRows, confirmed, countDifferences, type ComparedRow } from '../../../model/row-differences.ts';
import { digestsOf, packDigests, suspiciousBuckets, unpackDigests } from '../../../model/row-buckets.ts';

const bucket = (number: number, rows: number, low: string, high = '7') => ({ bucket: number, rows, low, high });

describe('a bucket', () => {
  const source = [bucket(1, 3, '100'), bucket(2, 4, '200')];
  const found = (destination: Parameters<typeof digestsOf>[0]): readonly number[] =>
    suspiciousBuckets(digestsOf(source), unpackDigests(packDigests(digestsOf(destination)))).map((each) => each.bucket);

  test('with the same digest on both sides is passed over', () => {
    expect(found(source)).toEqual([]);
  });

  test.each<[string, Parameters<typeof digestsOf>[0], readonly number[]]>([
    ['fewer rows', [bucket(1, 3, '100'), bucket(2, 3, '200')], [2]],
    ['no row', [bucket(1, 3, '100')], [2]],
    ['rows that the source does not have', [...source, bucket(9, 1, '5')], [9]],
    ['other values, their number being the same', [bucket(1, 3, '101'), bucket(2, 4, '200')], [1]],
    ['other values, told by the other half of the digest only', [bucket(1, 3, '100', '8'), bucket(2, 4, '200')], [1]],
    ['a row twice', [bucket(1, 3, '100'), { ...bucket(2, 4, '200'), doubled: 1 }], [2]],
  ])('with %s at the destination is looked at', (_what, destination, expected) => {
    expect(found(destination)).toEqual(expected);
  });
});

describe('of the rows of a table', () => {
  const rows: readonly ComparedRow[] = [
    ['1', 'a'],
    ['2', null],
    ['3', ''],
  ];
  const changed = (id: number, value: string | null): readonly ComparedRow[] =>
    rows.map((row) => (row[0] === String(id) ? [String(id), value] : row));
  const found = (destination: readonly ComparedRow[], key: readonly number[], copies = 1): readonly string[] => {
    const comparison = compareRows({ columns: ['ID', 'V'], key });
    for (const row of rows) comparison.source(row);
    for (const [index, row] of destination.entries()) comparison.destination(row, index === 0 ? copies : 1);
    return comparison.differences().map(({ kind, key: of, columns }) => [kind, of, ...columns].join(' '));
  };

  test.each([[[0]], [[]]])('none differs where both sides are equal: key %j', (key) => {
    expect(found(rows, key)).toEqual([]);
  });

  test.each<[string, readonly ComparedRow[], readonly string[]]>([
    ['a row is missing', rows.slice(1), ['missing ["1"]']],
    ['the last row is missing', rows.slice(0, 2), ['missing ["3"]']],
    ['a row is there that should not be', [...rows, ['4', 'x']], ['extra ["4"]']],
    ['a row is there twice', [...rows, ['3', '']], ['doubled ["3"]']],
    ['a value is another one', changed(1, 'A'), ['changed ["1"] V']],
    ['NULL became an empty text', changed(2, ''), ['changed ["2"] V']],
    ['an empty text became NULL', changed(3, null), ['changed ["3"] V']],
    ['trailing blanks were dropped', changed(1, 'a '), ['changed ["1"] V']],
  ])('of a table with a key it is found that %s', (_what, destination, expected) => {
    expect(found(destination, [0])).toEqual(expected);
  });

  test.each<[string, readonly ComparedRow[], readonly string[]]>([
    ['a row is missing', rows.slice(1), ['missing ["1","a"]']],
    ['a row is there that should not be', [...rows, ['4', 'x']], ['extra ["4","x"]']],
    ['a row is there twice', [...rows, ['3', '']], ['doubled ["3",""]']],
    ['a value is another one', changed(2, ''), ['extra ["2",""]', 'missing ["2",null]']],
  ])('of a table without a key it is found that %s', (_what, destination, expected) => {
    expect([...found(destination, [])].sort()).toEqual(expected);
  });

  test.each([[[0]], [[]]])('one that the destination counts twice is found: key %j', (key) => {
    expect(found(rows, key, 2)).toEqual([key.length === 0 ? 'doubled ["1","a"]' : 'doubled ["1"]']);
  });
});

test('a difference counts when both looks found it, and every kind is counted by itself', () => {
  const row = (kind: 'missing' | 'extra' | 'changed' | 'doubled', key: string, columns: readonly string[] = []) => ({
    kind,
    key,
    rows: 1,
    columns,
  });
  const both = confirmed(
    [row('missing', '1'), row('changed', '2', ['V']), row('extra', '3'), row('doubled', '4')],
    [row('changed', '2', ['V', 'W']), row('extra', '3'), row('doubled', '4'), row('missing', '5')],
  );
  expect(countDifferences(both, 1)).toEqual({
    missing: 0,
    extra: 1,
    changed: 1,
    doubled: 1,
    columnsChanged: { V: 1, W: 1 },
    unconfirmed: 1,
  });
});
