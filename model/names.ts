/** Destination names: case, suffixes, additional columns, partitions (DTS "Previous Rule" and "New Rule"). */
import type { SinkColumn } from './sink-table.ts';
import type { TaskSpec } from './task-spec.ts';
import { tableParts, type TableName } from './table.ts';

type Naming = TaskSpec['naming'];
type PartitionLevel = TaskSpec['incremental']['partition'][number];

/** Prefix of DTS's New Rule. */
const PREFIX = 'new_dts_sync_';

/** The table that keeps every task's position. */
export const POSITIONS_TABLE = 'redoflow_positions';

function applyCase(name: string, rule: Naming['case']): string {
  if (rule === 'source') return name;
  return rule === 'upper' ? name.toUpperCase() : name.toLowerCase();
}

export interface DestinationNames {
  readonly base: string;
  readonly log: string;
}

function batchName(name: string, rule: Naming['tables']): string {
  const { prefix = '', suffix = '', match, replace = '' } = rule ?? {};
  const replaced = match === undefined ? name : name.replace(new RegExp(match, 'u'), replace);
  return prefix + replaced + suffix;
}

/** `HR.EMPLOYEES` → `employees_base`, `employees_log`; `as` replaces the name before the suffix, and is not renamed. */
export function destinationNames(table: TableName, as: string | undefined, naming: Naming): DestinationNames {
  const name = as ?? batchName(applyCase(tableParts(table).name, naming.case), naming.tables);
  return { base: `${name}_base`, log: `${name}_log` };
}

type CaseRule = Pick<Naming, 'case'>;
type ColumnRule = Pick<Naming, 'additionalColumns'>;

export const destinationColumn = (column: string, naming: CaseRule): string => applyCase(column, naming.case);

const prefixed = (name: string, naming: ColumnRule): string =>
  naming.additionalColumns === 'prefixed' ? PREFIX + name : name;

/** The five columns in front of the source's own, always in this order: id, operation, time, before, after. */
export const logColumns = (naming: ColumnRule): readonly SinkColumn[] =>
  [
    { name: 'record_id', type: 'bigint' },
    { name: 'operation_flag', type: 'string' },
    { name: 'utc_timestamp', type: 'bigint' },
    { name: 'before_flag', type: 'string' },
    { name: 'after_flag', type: 'string' },
  ].map((column) => ({ ...column, name: prefixed(column.name, naming) }));

export const partitionColumns = (levels: readonly PartitionLevel[], naming: ColumnRule): readonly SinkColumn[] =>
  levels.map((level) => ({ name: prefixed(`modifytime_${level}`, naming), type: 'string' }));

/** All additional names of a rule, for the clash check: also those of partitions that were not chosen. */
export const reservedColumns = (naming: ColumnRule): readonly string[] => [
  ...logColumns(naming).map((column) => column.name),
  ...partitionColumns(['year', 'month', 'day', 'hour', 'minute'], naming).map((column) => column.name),
];

const two = (value: number): string => String(value).padStart(2, '0');

/**
 * `modifytime_year=2026,modifytime_month=11,modifytime_day=22` of a `utc_timestamp`, zero-padded, UTC.
 * Undefined for an unpartitioned log.
 * @param seconds Unix seconds
 */
export function partitionOf(seconds: number, columns: readonly SinkColumn[]): string | undefined {
  if (columns.length === 0) return undefined;
  const at = new Date(seconds * 1000); // an instant of our own, not a column's value
  const values = [
    String(at.getUTCFullYear()).padStart(4, '0'),
    two(at.getUTCMonth() + 1),
    two(at.getUTCDate()),
    two(at.getUTCHours()),
    two(at.getUTCMinutes()),
  ];
  return columns.map((column, level) => `${column.name}=${values[level] ?? ''}`).join(',');
}
