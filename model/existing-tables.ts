/** Destination tables that a task finds and goes on with (`conflictingTables: ignore`): which columns fit, and why it cannot be done. Pure. */
import type { PlannedColumn, PlannedTable } from './planned-table.ts';
import type { TableKey } from './table.ts';
import type { SinkColumn, SinkTable } from './sink-table.ts';

/** What is at the destination under the two names of one table. */
export interface ExistingTables {
  readonly base?: SinkTable;
  readonly log?: SinkTable;
  /** `_base` was there before this task, and is not empty. */
  readonly oldRows: boolean;
  /** Another task that runs, by what the tables say of themselves. */
  readonly heldBy?: string;
}

/** The columns that a task asks for. */
export interface WantedColumns extends Pick<PlannedTable, 'columns' | 'logColumns' | 'partitionColumns'> {
  readonly key: TableKey;
}

export interface Fitted {
  /** Oracle names of columns that one of the tables lacks, or has with another type. */
  readonly exclude: readonly string[];
  /** Why the task cannot go on with these tables; empty when it can. */
  readonly problems: readonly string[];
}

const lower = ({ name }: SinkColumn): string => name.toLowerCase();

function lacks({ columns }: SinkTable, wanted: SinkColumn): boolean {
  return !columns.some((column) => lower(column) === lower(wanted) && column.type === wanted.type);
}

function baseProblems(base: SinkTable): readonly string[] {
  return base.partitionColumns.length === 0 ? [] : [`${base.name} is partitioned`];
}

const namesOf = (columns: readonly SinkColumn[]): string => columns.map(({ name }) => name).join(', ') || 'none';

function logProblems(log: SinkTable, { logColumns, partitionColumns }: WantedColumns): readonly string[] {
  const missing = logColumns.filter((column) => lacks(log, column));
  const [recordId] = logColumns;
  const [first] = log.columns;
  const levels = (columns: readonly SinkColumn[]): string => JSON.stringify(columns.map((c) => [lower(c), c.type]));
  const samePartitions = levels(log.partitionColumns) === levels(partitionColumns);
  return [
    ...(missing.length === 0
      ? []
      : [`${log.name} lacks ${missing.map(({ name, type }) => `${name} ${type}`).join(', ')}`]),
    // The highest record_id is asked of the first column (activities/resolve-commit.ts).
    ...(missing.length > 0 || (first && recordId && lower(first) === lower(recordId))
      ? []
      : [`the first column of ${log.name} is not ${recordId?.name ?? ''}`]),
    ...(samePartitions
      ? []
      : [
          `${log.name} is partitioned by ${namesOf(log.partitionColumns)}, the task asks for ${namesOf(partitionColumns)}`,
        ]),
  ];
}

export function fitToExisting(wanted: WantedColumns, { base, log, oldRows, heldBy }: ExistingTables): Fitted {
  const { key } = wanted;
  const unfit = (column: PlannedColumn): boolean => [base, log].some((table) => table && lacks(table, column.sink));
  const exclude = wanted.columns.filter(unfit).map(({ source }) => source);
  const keyParts = exclude.filter((name) => key.columns.includes(name));
  const there = [base, log].flatMap((table) => (table ? [table.name] : [])).join(' and ');
  const problems = [
    ...(heldBy === undefined ? [] : [`${there}: ${heldBy}`]),
    ...(base ? baseProblems(base) : []),
    ...(log ? logProblems(log, wanted) : []),
    ...(keyParts.length === 0 ? [] : [`${there}: the key's ${keyParts.join(', ')} is missing or has another type`]),
    ...(exclude.length === wanted.columns.length ? [`${there}: no column is the same`] : []),
    ...(oldRows && key.kind === 'none'
      ? [`${base?.name ?? ''} has rows, and without a key they cannot be told from those of the source`]
      : []),
  ];
  return { exclude, problems };
}

/** What is told of tables that the task goes on with; undefined when there are none. */
export function existingText({ base, log }: ExistingTables, { exclude }: Fitted): string | undefined {
  const names = [base, log].flatMap((table) => (table ? [table.name] : []));
  if (names.length === 0) return undefined;
  const left = exclude.length === 0 ? '' : `; left out, because not the same there: ${exclude.join(', ')}`;
  return `${names.join(' and ')} exist${names.length === 1 ? 's' : ''} already, and the task goes on with ${names.length === 1 ? 'it' : 'them'}${left}`;
}
