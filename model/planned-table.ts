/** A table as described by the dictionary → its columns at the destination. Pure: every activity that needs them comes to the same. */
import { destinationColumn, logColumns, partitionColumns } from './names.ts';
import type { SinkColumn } from './sink-table.ts';
import {
  contentHash,
  type CapturedTable,
  type ColumnRules,
  type ColumnSince,
  type PlanRules,
  type TablePlan,
} from './task-plan.ts';
import { oracleTypeText, type Column, type TableDescription, type TableKey } from './table.ts';
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
  const kept = keptColumns(description, rules);
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

function keptColumns({ columns }: TableDescription, rules: ColumnRules | undefined): readonly Column[] {
  const excluded = new Set(rules?.exclude);
  return columns.filter(({ name }) => !excluded.has(name));
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
  contentHash(JSON.stringify(columns.map(hashed)));

const hashed = ({ source, sink }: PlannedColumn): readonly string[] => [source, sink.name, sink.type];

/** What the plan of a captured table says besides; absent for one that is copied only. */
type FollowedPlan = TablePlan & Pick<CapturedTable, 'since'>;

/**
 * The table with its columns: those of the description, or those without its last ones, if these are the columns that it was planned with
 * (ADD COLUMN only appends, and the dictionary is newer than the redo). Undefined when they are neither.
 */
export function plannedTable(
  plan: FollowedPlan,
  rules: PlanRules,
  description: TableDescription,
): PlannedTable | undefined {
  const length = plannedLength(plan, rules, description);
  if (length === undefined) return undefined;
  const planned = withoutLast(description, length);
  const { columns } = planColumns(planned, plan.columnRules, rules);
  return {
    ...plan,
    description: told(withSince(narrowed(planned, columns), plan.since ?? []), plan),
    columns,
    logColumns: logColumns(rules.naming),
    partitionColumns: partitionColumns(rules.partition, rules.naming),
  };
}

/** Of a description that was kept, the present plan decides. */
function told({ lobInLog: _lobInLog, ...description }: TableDescription, { lobInLog }: TablePlan): TableDescription {
  return lobInLog ? { ...description, lobInLog } : description;
}

/** `appended`: in the dictionary's order, without those that the task excludes. */
export type ColumnsCompared =
  | { readonly kind: 'same' }
  | { readonly kind: 'appended'; readonly names: readonly string[] }
  | { readonly kind: 'changed' };

/** The table's columns, as described, beside those that it was planned with. */
export function columnsComparedTo(plan: TablePlan, rules: PlanRules, description: TableDescription): ColumnsCompared {
  const length = plannedLength(plan, rules, description);
  if (length === undefined) return { kind: 'changed' };
  const names = keptColumns(description, plan.columnRules)
    .filter((column) => description.columns.indexOf(column) >= length)
    .map(({ name }) => name);
  return names.length === 0 ? { kind: 'same' } : { kind: 'appended', names };
}

/** How many of the described columns make those of the plan, at most. */
function plannedLength(plan: TablePlan, rules: PlanRules, description: TableDescription): number | undefined {
  const { length } = description.columns;
  const fits = (candidate: number): boolean => {
    const { columns, problems } = planColumns(withoutLast(description, candidate), plan.columnRules, rules);
    return problems.length === 0 && columnsHash(columns) === plan.columnsHash;
  };
  if (fits(length)) return length;
  const kept = keptColumns(description, plan.columnRules);
  const planned = kept.map((column) => planColumn(column, plan.columnRules, rules));
  const count = lengthOfHash(planned, plan.columnsHash);
  if (count === undefined) return undefined;
  const next = kept[count];
  const candidate = next === undefined ? length : description.columns.indexOf(next);
  return fits(candidate) ? candidate : undefined;
}

const withoutLast = (description: TableDescription, length: number): TableDescription => {
  const columns = description.columns.slice(0, length);
  const known = new Set(columns.map(({ name }) => name));
  // A key on a column that came later is not the planned columns' key.
  const key = description.key.columns.every((name) => known.has(name)) ? description.key : NO_KEY;
  return { ...description, columns, key };
};

const NO_KEY: TableKey = { kind: 'none', columns: [] };

const FNV_BASIS = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** As {@link contentHash}, which hashes from the left: a text that begins alike is not hashed anew. */
function fnv(from: bigint, text: string): bigint {
  let hash = from;
  for (let at = 0; at < text.length; at++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(at))) * FNV_PRIME);
  }
  return hash;
}

/** Of the first columns, up to one that cannot be planned: how many have this {@link columnsHash}. One pass, whatever their number. */
function lengthOfHash(columns: readonly (PlannedColumn | string)[], wanted: string): number | undefined {
  let hash = fnv(FNV_BASIS, '[');
  let found: number | undefined;
  for (const [index, column] of columns.entries()) {
    if (typeof column === 'string') break;
    hash = fnv(hash, `${index === 0 ? '' : ','}${JSON.stringify(hashed(column))}`);
    if (fnv(hash, ']').toString(16).padStart(16, '0') === wanted) found = index + 1;
  }
  return found;
}

function withSince(description: TableDescription, since: readonly ColumnSince[]): TableDescription {
  if (since.length === 0) return description;
  // A column of that name may have been dropped and added anew: the last counts.
  const scns = new Map(since.map(({ name, scn }) => [name, scn]));
  const columns = description.columns.map((column) => {
    const scn = scns.get(column.name);
    return scn === undefined ? column : { ...column, since: scn };
  });
  return { ...description, columns };
}

function narrowed(description: TableDescription, columns: readonly PlannedColumn[]): TableDescription {
  if (columns.length === description.columns.length) return description;
  const kept = new Set(columns.map(({ source }) => source));
  return { ...description, columns: description.columns.filter(({ name }) => kept.has(name)) };
}
