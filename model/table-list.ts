/** `tables` of a running task, as its operator adds and removes some: what `start` would have to be told. Pure, without zod. */
import { patternParts } from './table-pattern.ts';
import { parseTableName, tableName, tableParts, type TableName } from './table.ts';

/** An entry as a person writes it. */
interface WrittenEntry {
  readonly table: string;
  readonly except?: unknown;
}

const isEntry = (entry: unknown): entry is WrittenEntry =>
  typeof entry === 'object' && entry !== null && 'table' in entry && typeof entry.table === 'string';

const matches = (pattern: string, table: TableName): boolean => {
  const parts = patternParts(pattern);
  const { owner, name } = tableParts(table);
  return parts?.owner === owner && parts.matches(name);
};

const names = (written: string, table: TableName): boolean => {
  const parts = parseTableName(written);
  return parts !== undefined && tableName(parts) === table;
};

/**
 * With each of `tables` by its exact name, as the entry of `written` that means it asks: a pattern could mean others, too, when the
 * task is started again.
 * @param written what the worker accepted
 */
export function entriesWith(
  entries: readonly unknown[],
  written: unknown,
  tables: readonly TableName[],
): readonly unknown[] {
  const asked = Array.isArray(written) ? written.filter((entry) => isEntry(entry)) : [];
  const added = tables.map((table) => {
    const { except: _except, ...entry } = asked.find((one) => names(one.table, table)) ??
      asked.find((one) => matches(one.table, table) || matches(one.table.toUpperCase(), table)) ?? { table };
    return { ...entry, table };
  });
  const fresh = new Set<string>(tables);
  return [...entries.filter((entry) => !isEntry(entry) || !fresh.has(entry.table)), ...added];
}

/** Without these tables: patterns that mean one except it. */
export function entriesWithout(entries: readonly unknown[], tables: readonly TableName[]): readonly unknown[] {
  const gone = new Set<string>(tables);
  return entries.flatMap((entry) => {
    if (!isEntry(entry)) return [entry];
    if (gone.has(entry.table)) return [];
    const before = Array.isArray(entry.except) ? entry.except.map(String) : [];
    const more = tables.filter((table) => matches(entry.table, table) && !before.includes(table));
    return [more.length === 0 ? entry : { ...entry, except: [...before, ...more] }];
  });
}
