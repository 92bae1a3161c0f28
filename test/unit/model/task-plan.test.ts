import { expect, test } from 'vitest';
import { planHash } from '../../../model/task-plan.ts';
import { captured } from './literal-plan.ts';

test('a plan is named by its content: 16 hex digits, the same for the same plan', () => {
  const hash = planHash([captured('A', '100'), captured('B', '100')]);
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  expect(planHash([captured('A', '100'), captured('B', '100')])).toBe(hash);
});

test('the name is that of 64-bit FNV-1a over the JSON', () => {
  expect(planHash([])).toBe('09612b07b5ecb5a5');
});

test.each([
  ['another snapshot', [captured('A', '101'), captured('B', '100')]],
  ['another table', [captured('A', '100'), captured('C', '100')]],
  ['another order', [captured('B', '100'), captured('A', '100')]],
  ['a table less', [captured('A', '100')]],
  ['another column type', [{ ...captured('A', '100'), columns: [] }, captured('B', '100')]],
])('%s is another plan', (_case, tables) => {
  expect(planHash(tables)).not.toBe(planHash([captured('A', '100'), captured('B', '100')]));
});
