/** Reads what vitest's JSON reporter wrote and sums it up in one line. */

export interface TestCount {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** `N passed, N failed, N skipped`: the last line of every run, and the only one that machines read. */
export const countLine = ({ passed, failed, skipped }: TestCount): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** Nothing failed, and something ran: an empty run proves nothing. */
export const allGood = ({ passed, failed }: TestCount): boolean => failed === 0 && passed > 0;

/**
 * Sums the report of vitest's JSON reporter. A file that failed before its first test (it does not load, a hook threw)
 * has no failed test of its own, so it counts as one failure.
 */
export function countTests(report: unknown): TestCount {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const file of listOf(report, 'testResults')) {
    let failedTests = 0;
    for (const test of listOf(file, 'assertionResults')) {
      const status = textOf(test, 'status');
      if (status === 'passed') count.passed += 1;
      else if (status === 'failed') failedTests += 1;
      else count.skipped += 1;
    }
    const brokenFile = failedTests === 0 && textOf(file, 'status') === 'failed';
    count.failed += brokenFile ? 1 : failedTests;
  }
  return count;
}

/** Files of which some tests have neither passed, failed nor been skipped: their process ended in the middle. */
export const unfinishedFiles = (report: unknown): readonly string[] =>
  listOf(report, 'testResults')
    .filter((file) => listOf(file, 'assertionResults').some((test) => textOf(test, 'status') === 'pending'))
    .map((file) => textOf(file, 'name'));

/** The report without these files. */
export const withoutFiles = (report: unknown, files: readonly string[]): unknown => ({
  testResults: listOf(report, 'testResults').filter((file) => !files.includes(textOf(file, 'name'))),
});

export const sumOf = (a: TestCount, b: TestCount): TestCount => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

function listOf(value: unknown, key: string): readonly unknown[] {
  const list = fieldOf(value, key);
  if (!Array.isArray(list)) throw new Error(`vitest's report has no list "${key}"; was its JSON format changed?`);
  return list;
}

function textOf(value: unknown, key: string): string {
  const text = fieldOf(value, key);
  if (typeof text !== 'string') throw new Error(`vitest's report has no text "${key}"; was its JSON format changed?`);
  return text;
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
