/** A run that cannot be opened because the destination does not answer waits for it, and is then opened: it is not stuck. */
import { expect, test } from 'vitest';
import { copyFailed, decideCopy, newCopy, OPEN_UNIT } from '../../../model/copy-plan.ts';
import { attemptFailed, probed } from '../../../model/run-state.ts';
import { decideTask, newTask, type TaskPlanState } from '../../../model/sync-plan.ts';
import { circumstances, windows } from './literal-plan.ts';

const failure = { unit: OPEN_UNIT, kind: 'sink-unreachable', message: 'no answer' } as const;
const at = { now: 1_000, windows };
const probe = { do: 'probe', side: 'destination', unit: OPEN_UNIT };
const later = { now: 10_000 };

test('a task', () => {
  const task: TaskPlanState = { ...newTask(), phase: 'schema' };
  const failed = attemptFailed(attemptFailed(task, failure, at), failure, at);
  expect(decideTask(failed, circumstances())).toEqual([probe]);
  expect(decideTask(failed, circumstances(['probe destination']))).toEqual([]);
  expect(decideTask(failed, circumstances(['mine', 'probe destination']))).toEqual([{ do: 'cancel-readers' }]);
  const heard = probed(failed, 'destination', true, at);
  expect(decideTask(heard, circumstances([], 'run', later))).toEqual([{ do: 'open-run' }]);
});

test('a copy, also while it looks whether it is published', () => {
  for (const copy of [newCopy(), { ...newCopy(), runId: 'r1', lookForPublished: true }]) {
    const failed = copyFailed(copyFailed(copy, failure, at), failure, at);
    expect(decideCopy(failed, circumstances(), 2)).toEqual([probe]);
    expect(decideCopy(failed, circumstances(['probe destination']), 2)).toEqual([]);
    const heard = probed(failed, 'destination', true, at);
    const next = copy.lookForPublished ? 'find-published' : 'open-run';
    expect(decideCopy(heard, circumstances([], 'run', later), 2)).toEqual([{ do: next }]);
  }
});
