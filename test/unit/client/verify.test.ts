import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../client/refusal.ts';
import { canonicalTable, momentOf } from '../../../client/table-work.ts';
import { answersText, progressText } from '../../../client/verify.ts';
import type { Verified } from '../../../model/verification.ts';

const equal: Verified = {
  kind: 'compared',
  table: 'HR.A',
  verification: 'v1',
  scn: '4711',
  rows: 1_234,
  missing: 0,
  extra: 0,
  changed: 0,
  doubled: 0,
  columnsChanged: {},
  unconfirmed: 0,
  atLeast: false,
  notCompared: [],
};

const text = (...answers: Parameters<typeof answersText>[0]['answers']): string =>
  answersText({ verification: 'v1', answers }, 'hr');

describe('the answer of verify', () => {
  test('says that a table is equal, and nothing of differences', () => {
    expect(text(equal)).toMatch(/HR\.A +1,234 +4711 +0 +0 +0 +0 +equal$/);
  });

  test('says what differs, in which columns, and where the keys are', () => {
    const shown = text({ ...equal, changed: 2, missing: 1, columnsChanged: { NOTE: 2, AMOUNT: 1 } });
    expect(shown).toMatch(/HR\.A +1,234 +4711 +1 +0 +2 +0 +different/);
    expect(shown).toContain('columns that differ: NOTE (2), AMOUNT (1)');
    expect(shown).toContain("FROM redoflow_differences WHERE task = 'hr' AND verification = 'v1';");
  });

  test('says when there may be more', () => {
    expect(text({ ...equal, extra: 10_000, atLeast: true })).toMatch(/≥ 0 +≥ 10,000/);
  });

  test('does not hide what was not compared, and what was only suspected', () => {
    const shown = text(
      { ...equal, notCompared: ['DOC'], unconfirmed: 3 },
      { kind: 'not-compared', table: 'HR.B', why: 'it is being copied' },
    );
    expect(shown).toContain('HR.A: not compared, because _log never has their values: DOC');
    expect(shown).toContain('HR.A: 3 suspected differences were none when looked at again');
    expect(shown).toMatch(/HR\.B +not compared: it is being copied/);
  });
});

test('progress is one line', () => {
  const digests = {
    step: 'digests',
    done: 1,
    of: 4,
    rows: 5_000,
    scn: '4711',
    waiting: 'Oracle does not answer',
  } as const;
  expect(progressText('HR.A', digests)).toBe(
    'HR.A at SCN 4711: digests 1/4, 5,000 rows; waiting: Oracle does not answer',
  );
});

describe('what a person writes', () => {
  const codeOf = (work: () => unknown): unknown => {
    try {
      return work();
    } catch (error) {
      return error instanceof Refusal ? error.exitCode : error;
    }
  };
  const now = Date.parse('2026-11-22T12:00:00Z');

  test.each<[string, unknown]>([
    ['2026-11-22T11:59:59Z', now / 1000 - 1],
    ['2026-11-22T12:30:00+01:00', now / 1000 - 1_800],
    ['2026-11-22T12:00:01Z', 2],
    ['2026-11-22 11:00:00', 2],
    ['2026-11-22T11:00:00', 2],
    ['2026-13-22T11:00:00Z', 2],
    ['yesterday', 2],
  ])('the moment %s', (written, expected) => {
    expect(codeOf(() => momentOf(written, now))).toBe(expected);
  });

  test.each<[string, unknown]>([
    ['hr.orders', 'HR.ORDERS'],
    ['HR."Price List"', 'HR."Price List"'],
    ['orders', 2],
  ])('the table %s', (written, expected) => {
    expect(codeOf(() => canonicalTable(written))).toBe(expected);
  });
});
