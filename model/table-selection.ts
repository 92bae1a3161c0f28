/** Which tables a task means: exact names and patterns against the tables that the source has. Pure. */
import { patternParts } from './table-pattern.ts';
import { tableParts, type TableName } from './table.ts';
import type { TaskSpec } from './task-spec.ts';

type Entry = TaskSpec['tables'][number];

export interface SelectedTable {
  readonly table: TableName;
  readonly entry: Entry;
}

export interface Selection {
  /** In the order of canonical names: pages of them can be told by where they begin. */
  readonly tables: readonly SelectedTable[];
  /** Tables that two patterns match, and patterns that match none: sentences. */
  readonly problems: readonly string[];
}

/** Owners whose tables have to be listed to expand the patterns. */
export const ownersToList = (entries: readonly Entry[]): readonly string[] => [
  ...new Set(entries.flatMap(({ table }) => patternParts(table)?.owner ?? [])),
];

const matching = (pattern: string, table: TableName): boolean => {
  const parts = patternParts(pattern);
  if (!parts) return pattern === table;
  const { owner, name } = tableParts(table);
  return parts.owner === owner && parts.matches(name);
};

/** @param listed tables of the owners of {@link ownersToList} */
export function selectTables(entries: readonly Entry[], listed: readonly TableName[]): Selection {
  const exact = entries.filter(({ table }) => !patternParts(table));
  const patterns = entries.filter(({ table }) => patternParts(table));
  const named = new Set<string>(exact.map(({ table }) => table));
  const used = new Set<Entry>();
  const problems: string[] = [];
  const tables: SelectedTable[] = exact.map((entry) => ({ table: entry.table as TableName, entry }));
  for (const table of listed) {
    if (named.has(table)) continue;
    const [entry, other] = patterns.filter(
      (pattern) => matching(pattern.table, table) && !pattern.except?.some((except) => matching(except, table)),
    );
    if (!entry) continue;
    used.add(entry).add(other ?? entry);
    if (other)
      problems.push(`${table} matches ${entry.table} and ${other.table}; list it by its name, or add an \`except\``);
    else tables.push({ table, entry });
  }
  for (const entry of patterns) if (!used.has(entry)) problems.push(`no table matches ${entry.table}`);
  return { tables: tables.toSorted((a, b) => (a.table < b.table ? -1 : 1)), problems };
}
