/** After a cut the plan is the one that was saved: each table's entry comes from the beginning of the task or from the saved position. */
import { describe, expect, test } from 'vitest';
import type { SavedPosition } from '../../../model/activities.ts';
import type { Held } from '../../../model/position.ts';
import { scn } from '../../../model/scn.ts';
import {
  captureStarted,
  copyReported,
  newTask,
  planProblem,
  prechecked,
  startSaved,
  tablesCreated,
  tailStarted,
  taskOpened,
  type TaskPlanState,
} from '../../../model/sync-plan.ts';
import { followedFrom, savedPosition } from '../../../model/tail-plan.ts';
import type { TailState } from '../../../model/tail-state.ts';
import { heldForCopy, requestApplied } from '../../../model/tail-tables.ts';
import { planHash, type PlanRules } from '../../../model/task-plan.ts';
import { incarnation, rules, tablePlan } from './literal-plan.ts';

const [A, B] = [tablePlan('A'), tablePlan('B')];
const uncut = { runId: 'r1', cut: false, highest: {} } as const;

const counts = { chunksDone: 1, chunks: 1, rows: 5, nulled: 0, attemptsLost: 0 };

const copiedAt = (snapshotScn: string, table: string, state: TaskPlanState): TaskPlanState =>
  copyReported(
    state,
    { ...counts, table, chainId: 'chain', state: 'published', published: { rows: 5, snapshotScn: scn(snapshotScn) } },
    0,
  );

const copied = (state: TaskPlanState): TaskPlanState => copiedAt('500', A.table, copiedAt('500', B.table, state));

const created = (state: TaskPlanState): TaskPlanState =>
  tablesCreated(prechecked(taskOpened(state, uncut), { passed: true, results: [] }), { tables: [A, B], more: false });

const begun = (state: TaskPlanState): TaskPlanState =>
  startSaved(captureStarted(created(state), { incarnation, scn: scn('400'), open: [] }));

const full = begun(newTask());
const tailing = tailStarted(copied(full), rules);

function tailOf({ tail }: TaskPlanState): TailState {
  if (!tail) throw new Error('no tail');
  return tail;
}

const savedOf = (tail: TailState): SavedPosition => savedPosition(tail, { ...tail.position, scn: scn('700') }, 'chain');

/** A reset to within the tail, and one to before it. */
const cuts = (state: TaskPlanState, before: TaskPlanState, saved: SavedPosition): readonly TaskPlanState[] => {
  const opened = { runId: 'r2', cut: true, reset: true, highest: {}, saved };
  const again = copied(taskOpened(before, opened));
  return [taskOpened(state, opened), tailStarted(again, rules)];
};

const added = requestApplied(tailOf(tailing), rules, { do: 'add', plan: tablePlan('C') });
const joined = requestApplied(added, rules, { do: 'join', table: tablePlan('C').table, snapshotScn: scn('650') });
const asked = { setAside: 'old' };
const held = (reason: Held[string]['reason'], more: Partial<Held[string]> = {}): Held => ({
  [A.table]: { ...heldForCopy(tailOf(tailing), 'copied anew'), reason, ...more },
});
const holding = (tables: Held): TailState => ({
  ...tailOf(tailing),
  position: { ...tailOf(tailing).position, held: tables },
});

const sorted = (tables: TailState['tables']): TailState['tables'] =>
  tables.toSorted((a, b) => (a.table < b.table ? -1 : 1));

describe('after a cut', () => {
  test.each([
    ['nothing was changed', tailOf(tailing)],
    ['a table was added', added],
    ['it was joined', joined],
    ['a table was removed', requestApplied(joined, rules, { do: 'remove', table: A.table })],
    [
      'the table that was added was removed',
      requestApplied(joined, rules, { do: 'remove', table: tablePlan('C').table }),
    ],
    ['a table is to be copied anew, and its old pair is there yet', holding(held('copying', asked))],
    ['a table is gone', holding(held('gone'))],
  ])('the plan is the saved one: %s', (_what, tail) => {
    for (const cut of cuts({ ...tailing, tail }, full, savedOf(tail))) {
      expect(sorted(tailOf(cut).tables)).toEqual(sorted(tail.tables));
      expect(planProblem(cut, rules, tail.planHash)).toBeUndefined();
    }
  });

  test('another plan than the saved one is named', () => {
    const saved = { ...savedOf(tailOf(tailing)), planHash: 'another' };
    for (const cut of cuts(tailing, full, saved)) {
      expect(planProblem(cut, rules, saved.planHash)).toBe(
        'the position at SCN 700 was saved under the plan another, and ' +
          `the task's 2 tables have come to another one (${tailOf(tailing).planHash})`,
      );
    }
  });

  test('a copy whose snapshot is another one is found out', () => {
    const saved = savedOf(tailOf(tailing));
    const opened = { runId: 'r2', cut: true, highest: {}, saved };
    const again = copiedAt('501', B.table, copiedAt('500', A.table, taskOpened(full, opened)));
    expect(planProblem(tailStarted(again, rules), rules, saved.planHash)).toContain('have come to another one');
  });

  test.each([
    ['a task that keeps rows goes on where one did not', rules, { ...rules, keepExisting: true }],
    ['one that does not, where one did', { ...rules, keepExisting: true }, rules],
  ] as const)('what a copy keeps is no matter: %s', (_what, then: PlanRules, now: PlanRules) => {
    expect(planProblem(tailing, now, planHash(then, tailOf(tailing).tables))).toBeUndefined();
  });

  test('there is no plan to compare with before the tail, or when its beginning alone was saved', () => {
    expect(planProblem(full, rules, 'another')).toBeUndefined();
    expect(planProblem(tailing, rules)).toBeUndefined();
    expect(planProblem(tailing, rules, '')).toBeUndefined();
  });

  test('to before the tail, what is known of copies is of the tables that are followed', () => {
    const tail = requestApplied(joined, rules, { do: 'remove', table: A.table });
    const [, cut] = cuts({ ...tailing, tail }, full, savedOf(tail));
    expect(Object.keys(cut?.copies ?? {})).toEqual([B.table]);
  });
});

describe('a task that copies nothing', () => {
  const only = begun(newTask(false, true));
  const following = tailStarted(only, rules);

  test('follows its tables from its beginning after a reset to before its tail, though the saved position is further on', () => {
    const tail = tailOf(following);
    const beginning = followedFrom(tail);
    expect(beginning).toBe('400');
    const saved = { ...savedOf(tail), followedFrom: scn('400') };
    const opened = { runId: 'r2', cut: true, reset: true, highest: {}, saved };
    for (const before of [newTask(false, true), only]) {
      const known = taskOpened(before, opened);
      const again = tailStarted(before.phase === 'full' ? known : createdAgain(known), rules);
      expect(tailOf(again).position.scn).toBe('700');
      expect(tailOf(again).tables.map(({ emitAfter }) => emitAfter)).toEqual(['400', '400']);
      expect(planProblem(again, rules, saved.planHash)).toBeUndefined();
    }
  });

  test('knows its beginning from any table of its first plan', () => {
    const changed = requestApplied(tailOf(following), rules, { do: 'remove', table: A.table });
    const { [A.table]: a } = changed.originals;
    expect(followedFrom({ ...changed, tables: [] })).toBe(a?.emitAfter);
  });
});

const createdAgain = (state: TaskPlanState): TaskPlanState =>
  tablesCreated(prechecked(state, { passed: true, results: [] }), { tables: [A, B], more: false });
