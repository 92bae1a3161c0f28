/** A task's state in parts, so that no argument of continue-as-new is large however many tables there are. Pure. */
import type { TaskPlanState } from './sync-plan.ts';
import type { TableCopy } from './table-copy.ts';
import type { PlannedWindow } from './tail-state.ts';
import type { CapturedTable, TablePlan } from './task-plan.ts';

/** Everything of a state whose size grows with the number of tables. */
export interface StatePart {
  readonly tables?: readonly TablePlan[];
  readonly copies?: Readonly<Record<string, TableCopy>>;
  readonly captured?: readonly CapturedTable[];
  readonly windows?: readonly PlannedWindow[];
  readonly skip?: Readonly<Record<string, number>>;
  readonly logRows?: Readonly<Record<string, number>>;
  readonly nulled?: Readonly<Record<string, number>>;
}

const PART_CHARACTERS_MAX = 40_000;

/** One entry each. */
function* entriesOf({ tables, copies, tail }: TaskPlanState): Generator<StatePart> {
  for (const table of tables) yield { tables: [table] };
  for (const [table, copy] of Object.entries(copies)) yield { copies: { [table]: copy } };
  if (!tail) return;
  for (const table of tail.tables) yield { captured: [table] };
  for (const window of tail.windows) yield { windows: [window] };
  for (const [log, id] of Object.entries(tail.skip)) yield { skip: { [log]: id } };
  for (const [log, rows] of Object.entries(tail.logRows)) yield { logRows: { [log]: rows } };
  for (const [log, values] of Object.entries(tail.nulled)) yield { nulled: { [log]: values } };
}

interface Growing {
  tables: TablePlan[];
  copies: Record<string, TableCopy>;
  captured: CapturedTable[];
  windows: PlannedWindow[];
  skip: Record<string, number>;
  logRows: Record<string, number>;
  nulled: Record<string, number>;
}

const empty = (): Growing => ({ tables: [], copies: {}, captured: [], windows: [], skip: {}, logRows: {}, nulled: {} });

function add(all: Growing, part: StatePart): void {
  all.tables.push(...(part.tables ?? []));
  all.captured.push(...(part.captured ?? []));
  all.windows.push(...(part.windows ?? []));
  Object.assign(all.copies, part.copies);
  Object.assign(all.skip, part.skip);
  Object.assign(all.logRows, part.logRows);
  Object.assign(all.nulled, part.nulled);
}

const filled = (part: Growing): StatePart =>
  Object.fromEntries(Object.entries(part).filter(([, value]) => Object.keys(value as object).length > 0));

/** The state without what grows, and that in parts of at most 40,000 characters of JSON (a single entry may be larger). */
export function splitState(state: TaskPlanState): {
  readonly state: TaskPlanState;
  readonly parts: readonly StatePart[];
} {
  const parts: StatePart[] = [];
  let part = empty();
  let size = 0;
  for (const entry of entriesOf(state)) {
    const length = JSON.stringify(entry).length;
    if (size > 0 && size + length > PART_CHARACTERS_MAX) {
      parts.push(filled(part));
      part = empty();
      size = 0;
    }
    add(part, entry);
    size += length;
  }
  if (size > 0) parts.push(filled(part));
  const { tail } = state;
  const rest = { ...state, tables: [], copies: {} };
  return {
    state: tail ? { ...rest, tail: { ...tail, tables: [], windows: [], skip: {}, logRows: {}, nulled: {} } } : rest,
    parts,
  };
}

/** What {@link splitState} took apart; a state that was never split comes back as it is. */
export function joinState(state: TaskPlanState, parts: readonly StatePart[]): TaskPlanState {
  if (parts.length === 0) return state;
  const all = empty();
  for (const part of parts) add(all, part);
  const { tables, copies, captured, windows, skip, logRows, nulled } = all;
  const { tail } = state;
  const joined = { ...state, tables, copies };
  return tail ? { ...joined, tail: { ...tail, tables: captured, windows, skip, logRows, nulled } } : joined;
}
