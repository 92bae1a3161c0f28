import { expect, test } from 'vitest';
import { completeness } from '../../../model/completeness.ts';
import { newTail } from '../../../model/tail-plan.ts';
import { captured, positionAt, rules } from './literal-plan.ts';

const tailAt = (previousSeconds: number) =>
  newTail([captured('A', '1')], 'plan', { ...positionAt('5'), clock: { previousSeconds } }, {});

test.each([
  ['without partitions', rules, { upTo: '2026-11-22T20:59:30.000Z' }],
  [
    'with them',
    { ...rules, partition: ['year', 'month', 'day', 'hour'] as const },
    {
      upTo: '2026-11-22T20:59:30.000Z',
      openPartition: 'modifytime_year=2026,modifytime_month=11,modifytime_day=22,modifytime_hour=20',
    },
  ],
])('a log is complete up to the last time that was given out, %s', (_, plan, expected) => {
  expect(completeness(tailAt(Date.UTC(2026, 10, 22, 20, 59, 30) / 1000), plan)).toEqual(expected);
});

test('nothing is said before anything was stamped', () => {
  expect(completeness(tailAt(0), rules)).toBeUndefined();
});
