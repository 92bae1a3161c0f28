/** Tables that are copied while the others are followed. */
import { expect, test } from 'vitest';
import { copiedPlan } from '../../../model/joining-tables.ts';
import { newTask } from '../../../model/sync-plan.ts';
import { newTail } from '../../../model/tail-plan.ts';
import { heldForCopy } from '../../../model/tail-tables.ts';
import { decideTail } from '../../../model/tail-steps.ts';
import { captured, circumstances, positionAt, tablePlan } from './literal-plan.ts';

const tables = [tablePlan('A')];
const state = { ...newTask(), tables };

test('a table that is made anew is copied in its present form', () => {
  const renewed = { ...captured('A', '0'), columnsHash: 'with a column more', generation: 2 };
  const tail = newTail([renewed], 'plan', positionAt('5'), {});
  expect(copiedPlan({ ...state, tail }, 'APP.A')).toBe(renewed);
});

test('before the tail a table is copied as it was planned', () => {
  expect(copiedPlan(state, 'APP.A')).toBe(tables[0]);
});

test.each([
  ['not while redo that was emitted before is read again: its end would be saved in the midst of it', 33, []],
  ['once all of it was met', 32, ['renew']],
] as const)('an old pair is set aside %s', (_when, readBack, expected) => {
  const held = { 'APP.A': { ...heldForCopy({ position: positionAt('5', 33) }, 'copied anew'), setAside: 'old' } };
  const tail = newTail([captured('A', '0')], 'plan', { ...positionAt('5', 33), held }, { a_log: readBack });
  const steps = decideTail(tail, {}, circumstances()).map(({ do: step }) => step);
  expect(steps.filter((step) => step === 'renew')).toEqual(expected);
});
