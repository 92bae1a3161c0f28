/** What a run hands to the next one of the windows that it has not finished. */
import { expect, test } from 'vitest';
import { joinState, splitState } from '../../../model/carried-state.ts';
import { carried } from '../../../model/run-state.ts';
import { newTask } from '../../../model/sync-plan.ts';
import { newTail, windowCommitScheduled } from '../../../model/tail-plan.ts';
import { decideTail } from '../../../model/tail-steps.ts';
import { captured, circumstances, logSession, mined, nameOf, positionAt, windowReceipt } from './literal-plan.ts';

const saved = { ...newTail([captured('A', '100')], 'plan', positionAt('100'), {}), saved: { place: '100', at: 0 } };
const first = windowReceipt('110', [logSession('s1', 1, 3)]);
const scheduled = windowCommitScheduled(mined(saved, first), 1);
const tail = mined(scheduled, windowReceipt('120', [logSession('s2', 4, 9)]));

test('a window whose commit was scheduled, and the one behind it, are carried with their sessions', () => {
  const { state, parts } = splitState(carried({ ...newTask(), runId: 'run-1', phase: 'incremental', tail }));
  const next = joinState(state, JSON.parse(JSON.stringify(parts)) as typeof parts);
  expect(next.tail?.windows).toEqual(tail.windows);
  expect(next.tail?.windows[0]?.status).toBe('commitScheduled');
  if (next.tail) expect(decideTail(next.tail, {}, circumstances()).map(nameOf)).toEqual(['commit 1']);
});
