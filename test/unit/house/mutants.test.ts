/** The product's mutants keep applying to the product, and name tests that are there; what counts as caught. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyPatch, parseMutant, readMutants } from '../../support/mutant-files.ts';
import { verdictOf } from '../../support/mutant-verdict.ts';

const root = process.cwd();
const PRODUCT = ['model', 'workflows', 'activities', 'oracle', 'maxcompute', 'worker', 'client'];

describe('every patch of test/mutants', () => {
  test('has its header, and a number and a name of its own', async () => {
    const mutants = await readMutants(root);
    expect(mutants.length).toBeGreaterThanOrEqual(25);
    const numbers = mutants.map(({ name }) => Number(name.split('-')[0]));
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    const breaks = mutants.map((mutant) => mutant.breaks);
    expect(breaks.filter((text, at) => breaks.indexOf(text) !== at)).toEqual([]);
  });

  test('names tests that are there', async () => {
    const missing: string[] = [];
    for (const { name, caughtBy } of await readMutants(root)) {
      for (const { file, pattern } of caughtBy) {
        const text = await readFile(path.join(root, file), 'utf8').catch(() => undefined);
        if (!text?.includes(pattern ?? '')) missing.push(`${name}: ${file} ${pattern ?? ''}`);
      }
    }
    expect(missing).toEqual([]);
  });

  test('applies to the sources as they are, and changes the product only', async () => {
    const wrong: string[] = [];
    for (const { name, patch } of await readMutants(root)) {
      const problem = await applyPatch(root, patch, 'check');
      if (problem !== undefined) wrong.push(`${name}: ${problem}`);
      const text = await readFile(path.join(root, patch), 'utf8');
      const changed = [...text.matchAll(/^\+\+\+ b\/([^/\n]+)\//gm)].map(([, folder = '']) => folder);
      if (changed.length === 0 || changed.some((folder) => !PRODUCT.includes(folder))) wrong.push(`${name}: ${patch}`);
    }
    expect(wrong).toEqual([]);
  });
});

test('a header says the variables, the file and the titles of its tests', () => {
  const header = [
    '# It breaks.',
    '# invariant: 3',
    '# caught by: A=1 B=x test/unit/a.test.ts -t "some title"',
    '# caught by: test/b.test.ts',
  ];
  const mutant = parseMutant('01-a', 'test/mutants/01-a.patch', `${header.join('\n')}\n--- a/model/a.ts\n`);
  expect(mutant).toEqual({
    name: '01-a',
    patch: 'test/mutants/01-a.patch',
    breaks: 'It breaks.',
    invariant: '3',
    caughtBy: [
      { file: 'test/unit/a.test.ts', pattern: 'some title', environment: { A: '1', B: 'x' } },
      { file: 'test/b.test.ts', environment: {} },
    ],
  });
});

test.each([
  ['no sentence', '# invariant: 3\n# caught by: test/a.test.ts'],
  ['no invariant', '# It breaks.\n# caught by: test/a.test.ts'],
  ['no tests', '# It breaks.\n# invariant: 3'],
  ['tests that are no file', '# It breaks.\n# invariant: 3\n# caught by: everything'],
  ['nothing before the diff', ''],
])('a header with %s is refused', (_what, header) => {
  expect(() => parseMutant('01-a', '01-a.patch', `${header}\n--- a/model/a.ts\n# It breaks.\n`)).toThrow('caught by');
});

describe('a mutant', () => {
  const one = (status: string, fullName = 'a title', ...failureMessages: readonly string[]) => ({
    status,
    fullName,
    failureMessages,
  });
  const report = (...assertionResults: readonly object[]) => ({
    testResults: [{ message: 'no such file', assertionResults }],
  });

  test('is caught by a test that fails', () => {
    expect(verdictOf(report(one('passed'), one('failed', 'it counts', 'AssertionError: 1')), 'mutant')).toEqual({
      is: 'caught',
      text: 'it counts',
    });
  });

  test('is caught after so many seeds', () => {
    const tests = [
      one('passed', 'x: seed 1'),
      one('failed', 'x: seed 2', 'AssertionError'),
      one('skipped', 'x: seed 3'),
    ];
    expect(verdictOf(report(...tests), 'mutant')).toEqual({ is: 'caught', text: 'x: seed 2', seeds: 2 });
  });

  test.each([
    ['survives when every test is green', 'survived', report(one('passed'), one('skipped'))],
    [
      'is not caught by a test that takes too long',
      'broken',
      report(one('failed', 'a', 'Error: Test timed out in 20000ms.')),
    ],
    ['is not caught by a file that does not load', 'broken', report()],
    ['is not caught when no test ran', 'broken', report(one('skipped'))],
    ['is not caught when there is no report', 'broken', undefined],
  ])('%s', (_what, is, given) => {
    expect(verdictOf(given, 'mutant').is).toBe(is);
  });

  test('proves nothing by tests that are not green without it, for whatever reason', () => {
    expect(verdictOf(report(one('failed', 'a', 'Error: Test timed out in 20000ms.')), 'plain').is).toBe('caught');
  });
});
