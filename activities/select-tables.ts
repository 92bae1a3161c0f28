/** What a task's entries mean at the source as it is now. */
import { ownersToList, selectTables, type Selection } from '../model/table-selection.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import type { Source } from './ports.ts';

export async function selection(source: Source, { tables }: TaskSpec): Promise<Selection> {
  const owners = ownersToList(tables);
  return selectTables(tables, owners.length === 0 ? [] : await source.listTables(owners));
}
