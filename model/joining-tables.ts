/** Tables that come to a running task, or are copied anew: held, copied by a child, then joined to the others. Pure. */
import type { Circumstances } from './run-state.ts';
import type { TaskPlanState } from './sync-plan.ts';
import { uncertain, unstarted } from './table-copy.ts';
import type { HeldTable } from './position.ts';
import { atBoundary } from './tail-steps.ts';
import { NEVER } from './tail-tables.ts';
import type { TableRequest } from './tail-state.ts';
import type { TailState } from './tail-state.ts';
import type { PlanRules, TablePlan } from './task-plan.ts';

/** Between two windows: takes up what is asked of the tables, begins copies that are due, and asks for those to join that are published. */
export function tablesAdvanced(
  state: TaskPlanState,
  rules: PlanRules,
  running: Circumstances['running'],
): TaskPlanState {
  const before = state.tail;
  if (!before) return state;
  const tail = atBoundary(withJoining(before, state.copies), rules, running);
  if (tail === before) return withDueCopies(state, tail);
  if (tail.tables === before.tables) return withDueCopies({ ...state, tail }, tail);
  return withDueCopies({ ...state, tail, tables: tail.tables, copies: withoutFormer(state.copies, before) }, tail);
}

/** Of a table that comes back to the task: its copy of before lacks what was not followed meanwhile. */
function withoutFormer(copies: TaskPlanState['copies'], { tables }: TailState): TaskPlanState['copies'] {
  const present = new Set<string>(tables.map(({ table }) => table));
  return Object.fromEntries(Object.entries(copies).filter(([table, copy]) => present.has(table) || !copy.published));
}

/** What a copy is made of: in the tail the table's present form, which is another one where its pair was made anew. */
export const copiedPlan = ({ tail, tables }: TaskPlanState, table: string): TablePlan | undefined =>
  (tail?.tables ?? tables).find((candidate) => candidate.table === table);

/** Its pair of tables is there, and is copied into. */
const isCopied = (held: HeldTable | undefined): boolean =>
  held?.reason === 'copying' && !held.catchingUp && held.setAside === undefined;

function withJoining(tail: TailState, copies: TaskPlanState['copies']): TailState {
  const requests = Object.entries(tail.position.held).flatMap(([name, held]): TableRequest[] => {
    const plan = tail.tables.find(({ table }) => table === name);
    const copy = copies[name];
    if (
      !plan ||
      !copy?.published ||
      copy.published.snapshotScn === NEVER ||
      !isCopied(held) ||
      copy.generation !== plan.generation
    )
      return [];
    if (tail.requests.some((other) => other.do === 'join' && other.table === plan.table)) return [];
    const { table, generation } = plan;
    const { snapshotScn } = copy.published;
    return [{ do: 'join', table, snapshotScn, ...(generation !== undefined && { generation }) }];
  });
  return requests.length === 0 ? tail : { ...tail, requests: [...tail.requests, ...requests] };
}

/** A copy begins once it is saved that windows leave the table out. */
function withDueCopies(state: TaskPlanState, tail: TailState): TaskPlanState {
  if (tail.unsaved || Object.keys(tail.position.held).length === 0) return state;
  const due = tail.tables.filter(({ table, generation }) => {
    const copy = state.copies[table];
    const stale = !copy || copy.generation !== generation || copy.published?.snapshotScn === NEVER;
    return stale && isCopied(tail.position.held[table]);
  });
  if (due.length === 0) return state;
  // A reset may have forgotten a child that runs.
  const first = state.childrenUnknown ? uncertain(unstarted()) : unstarted();
  const copies = { ...state.copies };
  for (const { table, generation } of due) copies[table] = generation === undefined ? first : { ...first, generation };
  return { ...state, copies };
}
