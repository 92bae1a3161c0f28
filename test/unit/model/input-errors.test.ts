import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { didYouMean, formatInputErrors, pathText, shownValue, valueAt } from '../../../model/input-errors.ts';

describe('did you mean', () => {
  const known = ['source', 'destination', 'retry', 'tables', 'flushSeconds'];

  test.each([
    ['sorce', 'source'],
    ['retyr', 'retry'],
    ['TABLES', 'tables'],
    ['table', 'tables'],
    ['flushseconds', 'flushSeconds'],
    ['flushSecnods', 'flushSeconds'],
    ['target', undefined],
    ['', undefined],
  ])('%s: %s', (word, meant) => {
    expect(didYouMean(word, known)).toBe(meant);
  });

  test('finds a word again after one letter was lost', () => {
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(20), (word, at) => {
        const i = at % word.length;
        expect(didYouMean(word.slice(0, i) + word.slice(i + 1), known)).toBe(word);
      }),
    );
  });
});

describe('a value in an error', () => {
  test.each([
    ['text', 'a"b', '"a\\"b"'],
    ['a control character', 'a\u0007', '"a\\u0007"'],
    ['a direction mark', 'a\u202eb', '"a\\u202eb"'],
    ['not a number', NaN, 'NaN'],
    ['nothing', undefined, 'undefined'],
    ['a list', [1, 'x'], '[1,"x"]'],
  ])('is escaped: %s', (_what, value, shown) => {
    expect(shownValue(value)).toBe(shown);
  });

  test('has at most 64 characters', () => {
    expect(shownValue('x'.repeat(1000))).toHaveLength(64);
    fc.assert(fc.property(fc.jsonValue(), (value) => shownValue(value).length <= 64));
  });
});

test.each([
  [['tables', 2, 'as'], 'tables[2].as'],
  [['odd key', 'x'], '["odd key"].x'],
  [[], ''],
])('the path %j is written %s', (path, text) => {
  expect(pathText(path)).toBe(text);
});

test('a path leads to its value, and not into a prototype', () => {
  expect(valueAt({ a: [{ b: 1 }] }, ['a', 0, 'b'])).toBe(1);
  expect(valueAt({}, ['constructor'])).toBeUndefined();
});

test('errors are one list: place, path, value, rule and fix', () => {
  const errors = [
    { code: 'WRONG_TYPE', path: ['a', 0], value: '1', rule: 'text', fix: 'Quote it.', at: { line: 3, column: 5 } },
    { code: 'EMPTY', path: [], rule: 'not empty', fix: 'Write something.' },
  ] as const;
  expect(formatInputErrors('task.yaml', errors).split('\n')).toEqual([
    'task.yaml: 2 errors',
    '  3:5  a[0]  WRONG_TYPE',
    '      value: 1',
    '      rule:  text',
    '      fix:   Quote it.',
    '  (all of it)  EMPTY',
    '      rule:  not empty',
    '      fix:   Write something.',
  ]);
});
