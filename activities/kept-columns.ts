/**
 * Descriptions of tables, kept at the destination: after a DDL the dictionary no longer says what the redo of before looks like.
 * One text for a page of tables as they were planned, and one for each table that changed since.
 */
import type { OwnRun } from '../model/activities.ts';
import { POSITIONS_TABLE } from '../model/names.ts';
import { columnsHash, planColumns } from '../model/planned-table.ts';
import type { TableDescription, TableName } from '../model/table.ts';
import { contentHash, type PlanRules, type TablePlan } from '../model/task-plan.ts';
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

/** A hash, because partition values lack most characters that names of tables may have; of both, because columns of tables may be equal. */
const changeOf = (table: TableName, hash: string): string => contentHash(JSON.stringify([table, hash]));

/** Of one table that changed, by its name and the hash of its columns. */
export function keepColumns(
  sink: Sink,
  taskWorkflowId: string,
  hash: string,
  description: TableDescription,
): Promise<void> {
  const key = keyOf(taskWorkflowId, changeOf(description.table, hash));
  return sink.savePosition(POSITIONS_TABLE, key, JSON.stringify([description]));
}

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
  // The second is an older key: under it, tables of equal columns took the place of each other.
  for (const part of [changeOf(plan.table, plan.columnsHash), plan.columnsHash]) {
    const changed = (await readKept(sink, taskWorkflowId, part))?.tables.find(fits);
    if (changed) return changed;
  }
  for (let page = 0; ; page++) {
    const kept = await readKept(sink, taskWorkflowId, page);
    if (!kept) return undefined;
    const found = kept.tables.find(fits);
    if (found) return found;
  }
}
