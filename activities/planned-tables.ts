/** Planned tables with their columns: as the dictionary describes them now, and as they were planned. */
import { Failure } from '../model/failure.ts';
import { plannedTable, type PlannedTable } from '../model/planned-table.ts';
import type { PlanRules, TablePlan } from '../model/task-plan.ts';
import type { Source } from './ports.ts';

/** @throws Failure source-table-changed when a table is missing, or its columns are no longer those that it was planned with. */
export async function plannedTables<Plan extends TablePlan>(
  source: Source,
  plans: readonly Plan[],
  rules: PlanRules,
): Promise<readonly (Plan & PlannedTable)[]> {
  const descriptions = await source.describe(plans.map(({ table }) => table));
  return plans.map((plan, index) => {
    const description = descriptions[index];
    const planned = description && plannedTable(plan, rules, description);
    if (planned) return { ...plan, ...planned };
    const found = description?.columns.slice(0, 20).map(({ name }) => name) ?? [];
    throw new Failure(
      'source-table-changed',
      `${plan.table} no longer has the columns that the task was planned with; it has ${found.join(', ')}`,
    );
  });
}

export async function describePlanned(source: Source, plan: TablePlan, rules: PlanRules): Promise<PlannedTable> {
  const [planned] = await plannedTables(source, [plan], rules);
  if (planned) return planned;
  throw new Failure('source-table-changed', `${plan.table} does not exist any more`);
}
