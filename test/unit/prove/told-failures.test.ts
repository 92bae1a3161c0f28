import { expect, test } from 'vitest';
import { unexplained } from '../../prove/told-failures.ts';

const told = (...kinds: readonly string[]) => new Map(kinds.map((kind) => [kind, `${kind} was told`]));

test('a failure that a fault of the run brings about is explained', () => {
  const happened = [{ kind: 'throttled-429', point: 'maxcompute.block', at: 3 }];
  expect(unexplained(told('sink-throttled', 'source-table-redefined'), happened)).toEqual([]);
});

test('a failure without a fault that brings it about is a violation, and some no fault explains', () => {
  const happened = [{ kind: 'worker-killed', point: 'mineWindow', at: 1 }];
  expect(unexplained(told('attempt-lost', 'sink-throttled', 'bug'), happened)).toEqual([
    'I12: sink-throttled was met, and no fault explains it: sink-throttled was told',
    'I12: bug was met, and no fault explains it: bug was told',
  ]);
});
