import { expect, test } from 'vitest';
import type { Verification } from '../../../client/verify.ts';
import { closingText } from '../../../demo/verified.ts';
import { noDifferences, type VerifyAnswer } from '../../../model/verification.ts';

const compared = (table: string, changed = 0): VerifyAnswer => ({
  ...noDifferences,
  kind: 'compared',
  table,
  verification: 'v1',
  scn: '4711',
  rows: 1_234,
  changed,
  atLeast: false,
  notCompared: [],
});
const notCompared: VerifyAnswer = { kind: 'not-compared', table: 'HR.B', why: 'it is being copied' };
const verification = (...answers: readonly VerifyAnswer[]): Verification => ({ verification: 'v1', answers });

test('the demo ends with the table of verify, and says that all are equal', () => {
  const { text, equal } = closingText(verification(compared('HR.A'), compared('HR.B')), 2, 'hr');
  expect(equal).toBe(true);
  expect(text).toMatch(/^ {2}table +rows +SCN +missing +extra +changed +doubled +verdict$/m);
  expect(text).toMatch(/^ {2}HR\.A +1,234 +4711 +0 +0 +0 +0 +equal$/m);
  expect(text).toContain('all 2 tables are equal, 2,468 rows in all.');
});

test.each<[string, readonly VerifyAnswer[], number, RegExp]>([
  ['a table that differs', [compared('HR.A'), compared('HR.B', 3)], 2, /of 2 tables 1 differ, and 0 could not/],
  ['a table that could not be compared', [compared('HR.A'), notCompared], 2, /of 2 tables 0 differ, and 1 could not/],
  ['a table without an answer', [compared('HR.A')], 2, /of 2 tables 0 differ, and 1 could not/],
  ['no table at all', [], 0, /of 0 tables 0 differ/],
])('%s is not shown as equal', (_, answers, tables, verdict) => {
  const { text, equal } = closingText(verification(...answers), tables, 'hr');
  expect(equal).toBe(false);
  expect(text).toMatch(verdict);
});

test('a table that could not be compared is shown with the reason', () => {
  const { text } = closingText(verification(notCompared), 1, 'hr');
  expect(text).toMatch(/^ {2}HR\.B +not compared: it is being copied$/m);
});
