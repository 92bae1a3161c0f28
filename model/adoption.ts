/** What a saved position must hold for a new chain of the task to go on from it. Pure. */
import type { SavedPosition } from './activities.ts';
import { destinationNames } from './names.ts';
import type { SelectedTable, Selection } from './table-selection.ts';
import { patternParts } from './table-pattern.ts';
import {
  columnRulesOf,
  lobInLogOf,
  planHash,
  planRules,
  type CapturedTable,
  type ColumnRules,
  type PlanRules,
} from './task-plan.ts';
import type { TaskSpec } from './task-spec.ts';

/** Tables and rules, whole: what a chain that does not know the task's history cannot know otherwise. */
export interface SavedPlan {
  readonly rules: PlanRules;
  readonly tables: readonly CapturedTable[];
}

/** The text that is kept at the destination. `plan` is absent until the tail has begun. */
export interface SavedDocument extends SavedPosition {
  readonly plan?: SavedPlan;
}

/** Chains whose mark a table of the saved position may carry. */
export const chainsOf = ({ chainId, madeBy = [] }: SavedPosition): readonly string[] => [chainId, ...madeBy];

export type Adoption = { readonly tables: readonly CapturedTable[] } | { readonly refused: string };

const refused = (why: string): Adoption => ({ refused: why });

/** May a new chain of this task go on with the plan of the saved position? Pure; the tables themselves are looked at by the precheck. */
export function adopt(spec: TaskSpec, selection: Selection, saved: SavedDocument | undefined): Adoption {
  if (!saved) return refused(`no position of the task ${spec.name} is saved at ${spec.destination}`);
  const { plan } = saved;
  if (!plan) {
    return refused(
      `the saved position at SCN ${saved.position.scn} belongs to a chain that ended before its tail began, so its tables may not be whole`,
    );
  }
  if (planHash(plan.rules, plan.tables) !== saved.planHash)
    return refused(`the plan kept with the saved position is not the one that it names (${saved.planHash})`);
  const ruled = differingRules(planRules(spec), plan.rules);
  if (ruled !== undefined) return refused(`${ruled} is not what the tables were made with`);
  const wrong = differingTables(spec, selection, plan.tables);
  return wrong === undefined ? { tables: plan.tables } : refused(wrong);
}

/** A task that kept existing tables left out the columns that these did not have. */
function sameColumns({ conflictingTables }: TaskSpec, asked: ColumnRules = {}, then: ColumnRules = {}): boolean {
  if (conflictingTables === 'report') return same(asked, then);
  const { exclude: askedOut = [], ...askedRest } = asked;
  const { exclude: thenOut = [], ...thenRest } = then;
  return same(askedRest, thenRest) && askedOut.every((column) => thenOut.includes(column));
}

const same = (one: unknown, other: unknown): boolean => sorted(one) === sorted(other);

/** JSON with the keys of every object in order. */
const sorted = (value: unknown): string =>
  JSON.stringify(value ?? null, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

/** Of a table that had no key when it was planned, nothing is read again. */
const sameLobInLog = (asked: CapturedTable['lobInLog'], { lobInLog, keyed }: CapturedTable): boolean =>
  asked === lobInLog || (asked === 'reread' && lobInLog === undefined && !keyed);

function differingRules(now: PlanRules, then: PlanRules): string | undefined {
  if (!same(now.naming, then.naming)) return 'naming';
  if (!same(now.partition, then.partition)) return 'incremental.partition';
  // What becomes of a value that does not fit decides rows, not tables; but rows read again must come out as before.
  return now.overflow === then.overflow ? undefined : 'values.overflow';
}

function differingTables(spec: TaskSpec, { tables }: Selection, plan: readonly CapturedTable[]): string | undefined {
  const selected = new Map<string, SelectedTable>(tables.map((each) => [each.table, each]));
  const planned = new Set<string>(plan.map(({ table }) => table));
  for (const each of plan) {
    const found = selected.get(each.table);
    if (!found)
      return `the saved position follows ${each.table}, which the task does not name or the source no longer has`;
    const names = destinationNames(found.table, found.entry.as, spec.naming);
    if (names.base !== each.base || names.log !== each.log)
      return `${each.table} was copied to ${each.base} and ${each.log}, not to ${names.base} and ${names.log}`;
    if (!sameColumns(spec, columnRulesOf(found.entry), each.columnRules))
      return `${each.table} was copied with other rules for its columns`;
    if (!sameLobInLog(lobInLogOf(spec, found.entry), each))
      return `${each.table} was followed with values.lobInLog: ${each.lobInLog ?? 'exclude'}`;
  }
  const added = spec.tables.find(({ table }) => !patternParts(table) && !planned.has(table));
  return added && `${added.table} is not among the tables of the saved position; take it out of the task`;
}
