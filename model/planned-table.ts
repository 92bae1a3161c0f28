/** A table as described by the dictionary → its columns at the destination. Pure: every activity that needs them comes to the same. */
import { destinationColumn, logColumns, partitionColumns } from './names.ts';
import type { SinkColumn } from './sink-table.ts';
import { contentHash, type ColumnRules, type PlanRules, type TablePlan } from './task-plan.ts';
import { oracleTypeText, type Column, type TableDescription } from './table.ts';
import { columnComment, mapType } from './type-mapping.ts';

export interface PlannedColumn {
  /** Oracle column name as stored. */
  readonly source: string;
  readonly sink: SinkColumn;
}

export interface PlannedTable extends TablePlan {
  /** Only the columns that are synchronized: rows are read, and images made, in their order. */
  readonly description: TableDescription;
  readonly columns: readonly PlannedColumn[];
  /** Additional columns of `_log`, in front of `columns`: record id, operation, time, before, after. */
  readonly logColumns: readonly SinkColumn[];
  /** Partition columns of `_log`, a leading part of year, month, day, hour, minute. */
  readonly partitionColumns: readonly SinkColumn[];
}

export interface PlannedColumns {
  readonly columns: readonly PlannedColumn[];
  /** Why the table cannot be synchronized so; empty when it can. */
  readonly problems: readonly string[];
}

/** The destination's columns of a table under the task's rules, and everything that is wrong with them. */
export function planColumns(
  description: TableDescription,
  rules: ColumnRules | undefined,
  plan: PlanRules,
): PlannedColumns {
  const kept = description.columns.filter(({ name }) => !rules?.exclude?.includes(name));
  const planned = kept.map((column) => planColumn(column, rules, plan));
  const problems = [
    ...unknownNames(description, rules),
    ...excludedKey(description, rules),
    ...(kept.length === 0 ? ['no column is left'] : []),
    ...planned.flatMap((column) => (typeof column === 'string' ? [column] : [])),
  ];
  const columns = planned.flatMap((column) => (typeof column === 'string' ? [] : [column]));
  return { columns, problems: [...problems, ...badNames(columns)] };
}

function planColumn(column: Column, rules: ColumnRules | undefined, plan: PlanRules): PlannedColumn | string {
  const as = rules?.as?.[column.name];
  const mapped = mapType(column.type, as === undefined ? {} : { as });
  if ('refused' in mapped) return `${column.name} (${oracleTypeText(column.type)}): ${mapped.refused}`;
  const name = rules?.rename?.[column.name] ?? destinationColumn(column.name, plan.naming);
  const overflow = rules?.overflow ?? plan.overflow;
  return {
    source: column.name,
    sink: { name, type: mapped.type, comment: columnComment(column), ...(overflow === 'null' && { overflow }) },
  };
}

function unknownNames({ columns }: TableDescription, rules: ColumnRules | undefined): readonly string[] {
  const known = new Set(columns.map(({ name }) => name));
  const named = [...(rules?.exclude ?? []), ...Object.keys(rules?.rename ?? {}), ...Object.keys(rules?.as ?? {})];
  return [...new Set(named)].filter((name) => !known.has(name)).map((name) => `there is no column ${name}`);
}

/** Without its key a row cannot be told from another when both sides are compared. */
const excludedKey = ({ key }: TableDescription, rules: ColumnRules | undefined): readonly string[] =>
  key.columns
    .filter((name) => rules?.exclude?.includes(name))
    .map((name) => `${name} is a part of the key and cannot be excluded`);

/** MaxCompute: letters, digits, underscores and Chinese characters, at most 128 bytes, told apart without regard to case. */
const COLUMN_NAME = /^[\p{Script=Han}A-Za-z_][\p{Script=Han}A-Za-z0-9_]*$/u;
const NAME_BYTES_MAX = 128;

/** At most: a character outside ASCII has three bytes, or four for two units. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) bytes += text.charCodeAt(at) > 0x7f ? 3 : 1;
  return bytes;
}

function badNames(columns: readonly PlannedColumn[]): readonly string[] {
  const seen = new Map<string, string>();
  return columns.flatMap(({ source, sink: { name } }) => {
    const other = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), source);
    if (!COLUMN_NAME.test(name) || utf8Bytes(name) > NAME_BYTES_MAX)
      return [`${source} cannot be a MaxCompute column name; give it another with columns.rename`];
    return other === undefined ? [] : [`${other} and ${source} would both be the column ${name}`];
  });
}

/** Equal as long as nothing that is written would differ. */
export const columnsHash = (columns: readonly PlannedColumn[]): string =>
  contentHash(JSON.stringify(columns.map(({ source, sink }) => [source, sink.name, sink.type])));

/** The table with its columns; undefined when they are no longer those that it was planned with. */
export function plannedTable(
  plan: TablePlan,
  rules: PlanRules,
  description: TableDescription,
): PlannedTable | undefined {
  const { columns, problems } = planColumns(description, plan.columnRules, rules);
  if (problems.length > 0 || columnsHash(columns) !== plan.columnsHash) return undefined;
  return {
    ...plan,
    description: narrowed(description, columns),
    columns,
    logColumns: logColumns(rules.naming),
    partitionColumns: partitionColumns(rules.partition, rules.naming),
  };
}

function narrowed(description: TableDescription, columns: readonly PlannedColumn[]): TableDescription {
  if (columns.length === description.columns.length) return description;
  const kept = new Set(columns.map(({ source }) => source));
  return { ...description, columns: description.columns.filter(({ name }) => kept.has(name)) };
}
