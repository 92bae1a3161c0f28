import { describe, expect, test } from 'vitest';
import { allGood, countLine, countTests, sumOf, unfinishedFiles, withoutFiles } from '../../support/test-count.ts';

const file = (status: string, ...tests: readonly string[]) => ({
  status,
  assertionResults: tests.map((each) => ({ status: each })),
});

describe('the count at the end of a run', () => {
  test.each([
    [
      'sums over files',
      [file('passed', 'passed', 'passed'), file('passed', 'passed')],
      '3 passed, 0 failed, 0 skipped',
    ],
    ['counts failures', [file('failed', 'passed', 'failed', 'failed')], '1 passed, 2 failed, 0 skipped'],
    ['counts a file that does not load as one failure', [file('failed')], '0 passed, 1 failed, 0 skipped'],
    ['counts a failed afterAll as one failure', [file('failed', 'passed')], '1 passed, 1 failed, 0 skipped'],
    [
      'counts pending and todo as skipped',
      [file('passed', 'pending', 'todo', 'skipped')],
      '0 passed, 0 failed, 3 skipped',
    ],
  ])('%s', (_rule, testResults, line) => {
    expect(countLine(countTests({ testResults }))).toBe(line);
  });

  test('refuses a report that it does not understand, instead of counting zero', () => {
    expect(() => countTests({ results: [] })).toThrow('testResults');
    expect(() => countTests({ testResults: [{ status: 'passed' }] })).toThrow('assertionResults');
  });

  test('is good only when something ran and nothing failed', () => {
    expect(allGood({ passed: 1, failed: 0, skipped: 0 })).toBe(true);
    expect(allGood({ passed: 0, failed: 0, skipped: 3 })).toBe(false);
    expect(allGood({ passed: 9, failed: 1, skipped: 0 })).toBe(false);
  });

  test('knows the files that ended in the middle, and counts them as they ended when they ran again', () => {
    const named = (name: string, ...tests: readonly string[]) => ({ name, ...file('passed', ...tests) });
    const first = { testResults: [named('a', 'passed', 'skipped'), named('b', 'passed', 'pending')] };
    const again = { testResults: [named('b', 'passed', 'failed')] };
    expect(unfinishedFiles(first)).toEqual(['b']);
    const sum = sumOf(countTests(withoutFiles(first, ['b'])), countTests(again));
    expect(countLine(sum)).toBe('2 passed, 1 failed, 1 skipped');
  });
});
