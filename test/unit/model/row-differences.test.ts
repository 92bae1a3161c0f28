import { describe, expect, test } from 'vitest';
import {
  compareRows,
  confirmed,
  countDifferences,
  type ComparedRow,
  type RowDifference,
} from '../../../model/row-differences.ts';

type Found = readonly (readonly [row: ComparedRow, copies: number])[];

function compared(
  key: readonly number[],
  source: readonly ComparedRow[],
  destination: Found,
): readonly RowDifference[] {
  const comparison = compareRows({ columns: ['ID', 'A', 'B'], key });
  for (const row of source) comparison.source(row);
  for (const [row, copies] of destination) comparison.destination(row, copies);
  return comparison.differences();
}

const a: ComparedRow = ['1', 'a', null];
const b: ComparedRow = ['2', 'b', 'x'];

describe('rows with a key', () => {
  test.each<[string, readonly ComparedRow[], Found, readonly Partial<RowDifference>[]]>([
    [
      'are equal in any order',
      [a, b],
      [
        [b, 1],
        [a, 1],
      ],
      [],
    ],
    ['may be missing', [a, b], [[b, 1]], [{ kind: 'missing', key: '["1"]' }]],
    [
      'may be too many',
      [a],
      [
        [a, 1],
        [b, 1],
      ],
      [{ kind: 'extra', key: '["2"]' }],
    ],
    ['may hold other values', [a], [[['1', 'a ', 'x'], 1]], [{ kind: 'changed', columns: ['A', 'B'] }]],
    ['tell NULL from the text null', [a], [[['1', 'a', 'null'], 1]], [{ kind: 'changed', columns: ['B'] }]],
    ['may stand there three times', [a], [[a, 3]], [{ kind: 'doubled', rows: 2 }]],
    [
      'may stand there as two rows',
      [a],
      [
        [a, 1],
        [a, 1],
      ],
      [{ kind: 'doubled', rows: 1 }],
    ],
  ])('%s', (_, source, destination, expected) => {
    expect(compared([0], source, destination)).toMatchObject(expected);
    expect(compared([0], source, destination)).toHaveLength(expected.length);
  });

  test('of two columns are not mixed up', () => {
    const differences = compared([0, 1], [['1', '2,3', null]], [[['1,2', '3', null], 1]]);
    expect(differences.map(({ kind }) => kind)).toEqual(['extra', 'missing']);
  });
});

describe('rows without a key', () => {
  test.each<[string, readonly ComparedRow[], Found, readonly Partial<RowDifference>[]]>([
    [
      'are a multiset',
      [a, a, b],
      [
        [b, 1],
        [a, 2],
      ],
      [],
    ],
    [
      'are counted wherever they come from',
      [a, a, a],
      [
        [a, 2],
        [a, 1],
      ],
      [],
    ],
    ['may be too few', [a, a, a], [[a, 1]], [{ kind: 'missing', rows: 2 }]],
    ['may be too many', [a], [[a, 3]], [{ kind: 'doubled', rows: 2 }]],
    [
      'may be others',
      [a],
      [
        [a, 1],
        [b, 2],
      ],
      [{ kind: 'extra', rows: 2 }],
    ],
    ['may be taken away more often than they were there', [], [[a, -1]], [{ kind: 'missing', rows: 1 }]],
  ])('%s', (_, source, destination, expected) => {
    expect(compared([], source, destination)).toMatchObject(expected);
    expect(compared([], source, destination)).toHaveLength(expected.length);
  });
});

test('only what is seen twice counts, as it was seen last', () => {
  const first: RowDifference[] = [
    { kind: 'missing', key: '["1"]', rows: 1, columns: [] },
    { kind: 'changed', key: '["2"]', rows: 1, columns: ['A'] },
  ];
  const second: RowDifference[] = [
    { kind: 'changed', key: '["2"]', rows: 1, columns: ['A', 'B'] },
    { kind: 'extra', key: '["3"]', rows: 1, columns: [] },
  ];
  const both = confirmed(first, second);
  expect(countDifferences(both, 1)).toEqual({
    missing: 0,
    extra: 0,
    changed: 1,
    doubled: 0,
    columnsChanged: { A: 1, B: 1 },
    unconfirmed: 1,
  });
});
