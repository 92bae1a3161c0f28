/** Tables that are copied while the others are followed. */
import { expect, test } from 'vitest';
import { copiedPlan } from '../../../model/joining-tables.ts';
import { newTask } from '../../../model/sync-plan.ts';
import { newTail } from '../../../model/tail-plan.ts';
import { captured, positionAt, tablePlan } from './literal-plan.ts';

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
