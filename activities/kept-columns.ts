/**
 * Descriptions of tables, kept at the destination: after a DDL the dictionary no longer says what the redo of before looks like.
 * One text for a page of tables as they were planned, and one for each table that changed since.
 */
import { POSITIONS_TABLE } from '../model/names.ts';
import { columnsHash, planColumns } from '../model/planned-table.ts';
import type { TableDescription } from '../model/table.ts';
import type { PlanRules, TablePlan } from '../model/task-plan.ts';
import type { Sink } from './ports.ts';
import { positionKey } from './saved-document.ts';

const taskOf = (taskWorkflowId: string): string => positionKey(taskWorkflowId.slice(taskWorkflowId.indexOf('/') + 1));

const keyOf = (taskWorkflowId: string, part: string | number): string => `${taskOf(taskWorkflowId)}..columns..${part}`;

/** @param page number of the page in the schema phase, from 0 */
export const keepPage = (
  sink: Sink,
  taskWorkflowId: string,
  page: number,
  descriptions: readonly TableDescription[],
): Promise<void> => sink.savePosition(POSITIONS_TABLE, keyOf(taskWorkflowId, page), JSON.stringify(descriptions));

/** Of one table that changed, by the hash of its columns. */
export const keepColumns = (
  sink: Sink,
  taskWorkflowId: string,
  hash: string,
  description: TableDescription,
): Promise<void> => sink.savePosition(POSITIONS_TABLE, keyOf(taskWorkflowId, hash), JSON.stringify([description]));

async function keptTexts(
  sink: Sink,
  taskWorkflowId: string,
  part: string | number,
): Promise<readonly TableDescription[] | undefined> {
  const text = await sink.readPosition(POSITIONS_TABLE, keyOf(taskWorkflowId, part));
  return text === undefined ? undefined : (JSON.parse(text) as readonly TableDescription[]); // written above
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
  const changed = (await keptTexts(sink, taskWorkflowId, plan.columnsHash))?.find(fits);
  if (changed) return changed;
  for (let page = 0; ; page++) {
    const descriptions = await keptTexts(sink, taskWorkflowId, page);
    if (!descriptions) return undefined;
    const found = descriptions.find(fits);
    if (found) return found;
  }
}
