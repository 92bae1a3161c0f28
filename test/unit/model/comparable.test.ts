/** Where a table can be compared with its source. */
import { describe, expect, test } from 'vitest';
import { comparable } from '../../../model/comparable.ts';
import type { HeldTable } from '../../../model/position.ts';
import { scn } from '../../../model/scn.ts';
import { newTask, type TaskPlanState } from '../../../model/sync-plan.ts';
import { newTail } from '../../../model/tail-plan.ts';
import { captured, positionAt, rules } from './literal-plan.ts';

const A = captured('A', '500');
const task = { rules, source: 'hr', destination: 'warehouse' };
const at = (position: string, change: Partial<ReturnType<typeof positionAt>> = {}): TaskPlanState => ({
  ...newTask(),
  phase: 'incremental',
  tables: [A],
  tail: newTail([A], 'plan', { ...positionAt(position, 77), ...change }, {}),
});
const held = (reason: HeldTable['reason'], change: Partial<HeldTable> = {}) => ({
  held: { [A.table]: { fromScn: scn('550'), open: [], reason, text: 'why', ...change } },
});
const answer = (state: TaskPlanState, table: string = A.table) => comparable(state, table, task);

test('a table that is followed can be compared at the position, with what has a lower record_id', () => {
  const clock = { previousSeconds: 1_700_000_000 };
  expect(answer(at('600', { clock }))).toEqual({
    kind: 'point',
    point: { scn: '600', recordId: 77 },
    completeBefore: 1_700_000_000,
    plan: A,
    ...task,
  });
});

test.each(['undecodable', 'not-logged', 'logging-dropped'] as const)(
  'one that is held as %s can be compared where it stopped',
  (reason) => {
    expect(answer(at('600', held(reason)))).toMatchObject({ point: { scn: '550', recordId: 77 } });
  },
);

describe('it has to be asked again later', () => {
  const inside = { xid: 'X', commitScn: scn('601'), nextOrdinal: 3 };
  test.each([
    ['before its copy is published', { ...newTask(), phase: 'full' as const, tables: [A] }],
    ['while the tail is before its snapshot', at('499')],
    ['while a part of a transaction is there', at('600', { inside })],
    ['while it is copied anew', at('600', held('copying'))],
    ['while it catches up', at('600', held('undecodable', { catchingUp: true }))],
  ])('%s', (_, state) => {
    expect(answer(state)).toMatchObject({ kind: 'later' });
  });
});

describe('it cannot be compared', () => {
  test.each([
    ['without a tail', { ...at('600'), oneOff: true }, A.table, task],
    ['when it is no table of the task', at('600'), 'APP.B', task],
    ['when its columns are no more those of its rows', at('600', held('columns-changed')), A.table, task],
    ['when rows of before are kept', at('600'), A.table, { ...task, rules: { ...rules, keepExisting: true as const } }],
  ])('%s', (_, state, table, asked) => {
    expect(comparable(state, table, asked)).toMatchObject({ kind: 'never' });
  });
});
