import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { caseProblem, readCases } from '../../support/redo-cases.ts';

const cases = readCases(fileURLToPath(new URL('../../golden/sql-redo.json', import.meta.url)));

describe.each([
  { kind: 'dml', count: 63 },
  { kind: 'csf', count: 4 },
  { kind: 'value', count: 21 },
  { kind: 'dml-relaxed', count: 5 },
  { kind: 'txn-rows', count: 11 },
  { kind: 'ddl', count: 25 },
  { kind: 'lob-select', count: 3 },
  { kind: 'lob-write', count: 3 },
  { kind: 'lob-trim', count: 1 },
  { kind: 'ext-string-begin', count: 1 },
  { kind: 'xml-begin', count: 4 },
  { kind: 'xml-write', count: 3 },
])('golden cases of kind $kind', ({ kind, count }) => {
  const ofKind = cases.filter((redoCase) => redoCase.kind === kind);

  test(`are ${String(count)}`, () => {
    expect(ofKind).toHaveLength(count);
  });

  test.each(ofKind)('$id', (redoCase) => {
    expect(caseProblem(redoCase)).toBeUndefined();
  });
});

test('a wrong expectation is a problem, so that a case can fail', () => {
  const [first] = cases.filter(({ kind }) => kind === 'dml');
  expect(first).toBeDefined();
  expect(first && caseProblem({ ...first, expected: { ...first.expected, op: 'D' } })).toMatch(/^expected /);
});

test('a kind that is not built is a problem', () => {
  expect(caseProblem({ id: 'x', kind: 'no-such-kind', sql_redo: '', expected: {} })).toBe('this kind is not built');
});
