/** A commit whose own answer was lost, or an error, though its session says that it is done. */
import { expect, test } from 'vitest';
import { commitRemark, newTail, windowCommitScheduled, windowCommitted } from '../../../model/tail-plan.ts';
import { captured, logSession, mined, positionAt, windowReceipt } from './literal-plan.ts';

test('it is done like any other', () => {
  const tail = newTail([captured('A', '100')], 'plan', positionAt('100'), {});
  const committing = windowCommitScheduled(mined(tail, windowReceipt('110', [logSession('s1', 1, 3)])), 1);
  const confirmed = windowCommitted(committing, 1, 'confirmed', 1_000);
  expect(confirmed).toMatchObject({ windows: [], windowsDone: 1, position: { scn: '110' } });
  expect(confirmed).toEqual(windowCommitted(committing, 1, 'done', 1_000));
});

test('the operator is told, and of an ordinary commit nothing', () => {
  expect(commitRemark('confirmed')).toMatch(/no good answer.*done/);
  expect(commitRemark('gone')).toMatch(/gone.*destination is read/);
  expect(commitRemark('done')).toBeUndefined();
});
