/** Tables that are copied while the others are followed. */
import { expect, test } from 'vitest';
import { copiedPlan, tablesAdvanced } from '../../../model/joining-tables.ts';
import { scn } from '../../../model/scn.ts';
import { newTask, type TaskPlanState } from '../../../model/sync-plan.ts';
import { unstarted } from '../../../model/table-copy.ts';
import { newTail } from '../../../model/tail-plan.ts';
import { heldForCopy } from '../../../model/tail-tables.ts';
import type { TableRequest, TailState } from '../../../model/tail-state.ts';
import { decideTail } from '../../../model/tail-steps.ts';
import { captured, circumstances, positionAt, rules, tablePlan } from './literal-plan.ts';

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

test('a table that comes back to a task is copied again: its copy of before lacks what was not followed meanwhile', () => {
  const copy = { ...unstarted(), published: { rows: 1, snapshotScn: scn('500') } };
  const both = [captured('A', '500'), captured('B', '500')];
  const asking = (tail: TailState, request: TableRequest): TailState => ({
    ...tail,
    unsaved: false,
    requests: [request],
  });
  const advanced = (state: TaskPlanState, tail: TailState): TaskPlanState =>
    tablesAdvanced({ ...state, tail }, rules, new Set());
  const tail = newTail(both, 'plan', positionAt('700', 9), {});
  const start = { ...newTask(), tables: both, copies: { 'APP.A': copy, 'APP.B': copy } };
  const left = advanced(start, asking(tail, { do: 'remove', table: tablePlan('B').table }));
  const back = advanced(left, asking(left.tail ?? tail, { do: 'add', plan: tablePlan('B') }));
  const due = advanced(back, { ...(back.tail ?? tail), unsaved: false });
  expect(due.copies).toEqual({ 'APP.A': copy, 'APP.B': unstarted() });
  expect(due.tail?.requests).toEqual([]);
});
