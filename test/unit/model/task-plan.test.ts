import { expect, test } from 'vitest';
import { contentHash, planHash } from '../../../model/task-plan.ts';
import { captured, rules } from './literal-plan.ts';

test('a plan is named by its content: 16 hex digits, the same for the same plan', () => {
  const hash = planHash(rules, [captured('A', '100'), captured('B', '100')]);
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  expect(planHash(rules, [captured('A', '100'), captured('B', '100')])).toBe(hash);
});

test.each([
  ['', 'cbf29ce484222325'],
  ['a', 'af63dc4c8601ec8c'],
  ['foobar', '85944171f73967e8'],
  ['[]', '09612b07b5ecb5a5'],
])('the content %j is named %s, as by 64-bit FNV-1a', (content, name) => {
  expect(contentHash(content)).toBe(name);
});

test.each([
  ['another snapshot', [captured('A', '101'), captured('B', '100')]],
  ['another table', [captured('A', '100'), captured('C', '100')]],
  ['a table less', [captured('A', '100')]],
  ['other columns', [{ ...captured('A', '100'), columnsHash: 'c1' }, captured('B', '100')]],
])('%s is another plan', (_case, tables) => {
  expect(planHash(rules, tables)).not.toBe(planHash(rules, [captured('A', '100'), captured('B', '100')]));
});

test('another order of the same tables is the same plan', () => {
  const [a, b] = [captured('A', '100'), captured('B', '100')];
  expect(planHash(rules, [b, a])).toBe(planHash(rules, [a, b]));
});
