/**
 * Descriptions of tables, kept at the destination: after a DDL the dictionary no longer says what the redo of before looks like.
 * One text for a page of tables as they were planned, and one for each table that changed since.
 */
import type { OwnRun } from '../model/activities.ts';
import { POSITIONS_TABLE } from '../model/names.ts';
import { columnsHash, planColumns } from '../model/planned-table.ts';
import type { TableDescription } from '../model/table.ts';
import type { PlanRules, TablePlan } from '../model/task-plan.ts';
import type { Sink } from './ports.ts';
import { positionKey } from './saved-document.ts';

const taskOf = (taskWorkflowId: string): string => positionKey(taskWorkflowId.slice(taskWorkflowId.indexOf('/') + 1));

const keyOf = (taskWorkflowId: string, part: string | number): string => `${taskOf(taskWorkflowId)}..columns..${part}`;

/** Of a page its chain is kept too: a task started anew, of the same name, plans its tables anew. */
interface KeptPage {
  readonly chainId: string;
  readonly tables: readonly TableDescription[];
}

/** @param page number of the page in the schema phase, from 0 */
export const keepPage = (
  sink: Sink,
  { taskWorkflowId, chainId }: OwnRun,
  page: number,
  tables: readonly TableDescription[],
): Promise<void> => {
  const text: KeptPage = { chainId, tables };
  return sink.savePosition(POSITIONS_TABLE, keyOf(taskWorkflowId, page), JSON.stringify(text));
};

/** What this chain planned its tables from, when it did so before; empty when it did not. */
export async function keptPage(
  sink: Sink,
  { taskWorkflowId, chainId }: OwnRun,
  page: number,
): Promise<readonly TableDescription[]> {
  const kept = await readKept(sink, taskWorkflowId, page);
  return kept?.chainId === chainId ? kept.tables : [];
}

/** Of one table that changed, by the hash of its columns. */
export const keepColumns = (
  sink: Sink,
  taskWorkflowId: string,
  hash: string,
  description: TableDescription,
): Promise<void> => sink.savePosition(POSITIONS_TABLE, keyOf(taskWorkflowId, hash), JSON.stringify([description]));

/** Of one table, and of pages in older versions, a list alone is kept. */
async function readKept(
  sink: Sink,
  taskWorkflowId: string,
  part: string | number,
): Promise<(Partial<KeptPage> & Pick<KeptPage, 'tables'>) | undefined> {
  const text = await sink.readPosition(POSITIONS_TABLE, keyOf(taskWorkflowId, part));
  if (text === undefined) return undefined;
  const kept = JSON.parse(text) as KeptPage | readonly TableDescription[]; // written above
  return 'tables' in kept ? kept : { tables: kept };
}

/** The table as it was planned; undefined when nothing was kept of it. */
export async function keptDescription(
  sink: Sink,
  taskWorkflowId: string,
  plan: TablePlan,
  rules: PlanRules,
): Promise<TableDescription | undefined> {
  const fits = (description: TableDescription): boolean =>
    description.table === plan.table &&
    columnsHash(planColumns(description, plan.columnRules, rules).columns) === plan.columnsHash;
  const changed = (await readKept(sink, taskWorkflowId, plan.columnsHash))?.tables.find(fits);
  if (changed) return changed;
  for (let page = 0; ; page++) {
    const kept = await readKept(sink, taskWorkflowId, page);
    if (!kept) return undefined;
    const found = kept.tables.find(fits);
    if (found) return found;
  }
}
