/** Planned tables with their columns, as they were planned: from the dictionary, or, where that is newer, from what is kept of before. */
import { Failure } from '../model/failure.ts';
import { plannedTable, type PlannedTable } from '../model/planned-table.ts';
import type { TableDescription } from '../model/table.ts';
import type { PlanRules, TablePlan } from '../model/task-plan.ts';
import type { Source } from './ports.ts';

/** What is kept of a table at the destination; undefined for nothing. */
export type Kept = (plan: TablePlan) => Promise<TableDescription | undefined>;

const nothingKept: Kept = () => Promise.resolve(undefined);

/** @throws Failure source-table-changed when the columns that a table was planned with are known from nowhere */
export async function plannedTables<Plan extends TablePlan>(
  source: Source,
  plans: readonly Plan[],
  rules: PlanRules,
  kept: Kept = nothingKept,
): Promise<readonly (Plan & PlannedTable)[]> {
  const descriptions = await describeThose(source, plans);
  const tables: (Plan & PlannedTable)[] = [];
  for (const [index, plan] of plans.entries()) {
    const description = descriptions[index];
    const planned = (description && plannedTable(plan, rules, description)) ?? (await fromKept(plan, rules, kept));
    if (!planned) throw changed(plan, description);
    tables.push({ ...plan, ...planned });
  }
  return tables;
}

/** In the order of the plans; undefined for a table that is not there any more. */
async function describeThose(
  source: Source,
  plans: readonly TablePlan[],
): Promise<readonly (TableDescription | undefined)[]> {
  try {
    return await source.describe(plans.map(({ table }) => table));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const descriptions: (TableDescription | undefined)[] = [];
  for (const { table } of plans) {
    try {
      descriptions.push(...(await source.describe([table])));
    } catch (error) {
      if (!isMissing(error)) throw error;
      descriptions.push(undefined);
    }
  }
  return descriptions;
}

const isMissing = (error: unknown): boolean => error instanceof Failure && error.kind === 'source-table-changed';

async function fromKept(plan: TablePlan, rules: PlanRules, kept: Kept): Promise<PlannedTable | undefined> {
  const description = await kept(plan);
  return description && plannedTable(plan, rules, description);
}

function changed({ table }: TablePlan, description: TableDescription | undefined): Failure {
  if (!description) return new Failure('source-table-changed', `${table} does not exist any more`);
  const found = description.columns.slice(0, 20).map(({ name }) => name);
  return new Failure(
    'source-table-changed',
    `${table} no longer has the columns that the task was planned with; it has ${found.join(', ')}`,
  );
}

export async function describePlanned(source: Source, plan: TablePlan, rules: PlanRules): Promise<PlannedTable> {
  const [planned] = await plannedTables(source, [plan], rules);
  if (planned) return planned;
  throw new Failure('source-table-changed', `${plan.table} does not exist any more`);
}
