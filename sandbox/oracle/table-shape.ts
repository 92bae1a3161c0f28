import type { Moment } from './dates.ts';
import { rowsOf } from './ddl-place.ts';
import type { Column, Constraint, Table } from './store.ts';
import type { Transaction } from './transactions.ts';

/** The next version of a table's columns. */
export function reshape(table: Table, columns: readonly Column[]): void {
  table.shape = { version: table.shape.version + 1, columns };
  table.columns = columns;
}

/** SET UNUSED: the columns stay in the rows under names that nobody chose, `SYS_C00003_26010203:04:05$`. */
export function unusedColumns(
  table: Table,
  positions: readonly number[],
  { year, month, day, hour, minute, second }: Moment,
): void {
  const two = (value: number): string => String(value % 100).padStart(2, '0');
  const stamp = `${two(year)}${two(month)}${two(day)}${two(hour)}:${two(minute)}:${two(second)}`;
  reshape(
    table,
    table.columns.map((column, index): Column => {
      if (!positions.includes(index)) return column;
      const name = `SYS_C${String(index + 1).padStart(5, '0')}_${stamp}$`;
      return { ...column, name, nullable: true, fallback: undefined, fallbackText: undefined, unused: true };
    }),
  );
  keepConstraints(table, ({ columns }) => !columns.some((column) => positions.includes(column)));
}

function keepConstraints(table: Table, stays: (constraint: Constraint) => boolean): void {
  table.constraints = table.constraints.filter(stays);
  table.indexes = table.indexes.filter(({ constraint }) => stays(constraint));
}

/** DROP COLUMN: every row is written anew without them, and what counts columns counts anew. */
export function droppedColumns(table: Table, positions: ReadonlySet<number>, transaction: Transaction): void {
  const rows = [...rowsOf(table)].map((version) => ({
    slot: version.slot,
    values: version.values.filter((_value, index) => !positions.has(index)),
  }));
  keepConstraints(table, ({ columns }) => !columns.some((column) => positions.has(column)));
  const moved = (columns: readonly number[]): readonly number[] =>
    columns.map((column) => column - [...positions].filter((position) => position < column).length);
  const renumbered = new Map(
    [...table.constraints, ...table.indexes.map(({ constraint }) => constraint)].map((constraint) => [
      constraint,
      { ...constraint, columns: moved(constraint.columns) },
    ]),
  );
  const of = (constraint: Constraint): Constraint => renumbered.get(constraint) ?? constraint;
  table.constraints = table.constraints.map(of);
  table.indexes = table.indexes.map(({ constraint, slots }) => ({ constraint: of(constraint), slots }));
  const { partitioning } = table;
  if (partitioning !== undefined) {
    const { subpartitions } = partitioning;
    table.partitioning = {
      ...partitioning,
      columns: moved(partitioning.columns),
      subpartitions: subpartitions && { ...subpartitions, columns: moved(subpartitions.columns) },
    };
  }
  reshape(
    table,
    // Every row has all its values now.
    table.columns.filter((_column, index) => !positions.has(index)),
  );
  for (const { slot, values } of rows) transaction.rewrite(slot, values);
}
