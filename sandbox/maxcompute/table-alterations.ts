import { type Column, type ColumnType, duckType, typeText } from './column-types.ts';
import type { Alteration } from './sql-alter.ts';
import { castTo, quotedName } from './sql-expressions.ts';
import { checkColumns, type PartitionSpec } from './sql-parts.ts';
import type { Definition } from './sql-statements.ts';
import { SqlError } from './sql-tokens.ts';
import { partitionCondition, partitionTitle, partitionValuesOf, type Table } from './table.ts';
import type { Warehouse } from './warehouse.ts';

/** A change of one table that leaves its name alone. */
export type TableChange = Exclude<Alteration | Extract<Definition, { kind: 'truncate' }>, { kind: 'rename-table' }>;

const INTEGERS: readonly string[] = ['tinyint', 'smallint', 'int', 'bigint'];
const isText = ({ kind }: ColumnType): boolean => kind === 'string' || kind === 'varchar' || kind === 'char';

function integerWidens(from: ColumnType, to: ColumnType): boolean {
  const [was, is] = [INTEGERS.indexOf(from.kind), INTEGERS.indexOf(to.kind)];
  return was !== -1 && was <= is;
}

function decimalWidens(from: ColumnType, to: ColumnType): boolean {
  if (from.kind !== 'decimal' || to.kind !== 'decimal') return false;
  return to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
}

const textWidens = (from: ColumnType, to: ColumnType): boolean =>
  isText(from) && 'length' in from && 'length' in to && to.length >= from.length;

/** Changes of type that lose nothing (MaxCompute, "Change the data type of a column"). */
function mayBecome(from: ColumnType, to: ColumnType): boolean {
  if (to.kind === 'string') return from.kind !== 'binary';
  if (from.kind === 'float' && to.kind === 'double') return true;
  const widens = integerWidens(from, to) || decimalWidens(from, to) || textWidens(from, to);
  return widens || typeText(from) === typeText(to);
}

/**
 * Builds the table again with other columns: the partition keys stay last, as a SELECT * shows them.
 *
 * @param columns each with the DuckDB expression for its value in the rows that are there
 */
async function rebuild(
  warehouse: Warehouse,
  table: Table,
  columns: readonly { readonly column: Column; readonly value: string }[],
): Promise<void> {
  checkColumns([...columns.map(({ column }) => column), ...table.partitionKeys]);
  const physicalName = warehouse.freshName('table');
  const items = [
    ...columns.map(({ column, value }) => `${value} AS ${quotedName(column.name)}`),
    ...table.partitionKeys.map(({ name }) => quotedName(name)),
  ];
  const old = quotedName(table.physicalName);
  await warehouse.run(`CREATE TABLE ${quotedName(physicalName)} AS SELECT ${items.join(', ')} FROM ${old}`);
  table.physicalName = physicalName;
  table.columns = columns.map(({ column }) => column);
  await warehouse.run(`DROP TABLE ${old}`);
}

async function addColumns(
  warehouse: Warehouse,
  table: Table,
  { columns, ifNotExists }: Extract<TableChange, { kind: 'add-columns' }>,
): Promise<void> {
  const known = new Set([...table.columns, ...table.partitionKeys].map(({ name }) => name));
  const added = columns.filter(({ name }) => !ifNotExists || !known.has(name));
  const duplicate = added.find(({ name }) => known.has(name));
  if (duplicate !== undefined) throw new SqlError('ODPS-0130071', `column ${duplicate.name} already exists`);
  if (added.length === 0) return;
  await rebuild(warehouse, table, [
    ...table.columns.map((column) => ({ column, value: quotedName(column.name) })),
    ...added.map((column) => ({ column, value: `CAST(NULL AS ${duckType(column.type)})` })),
  ]);
}

async function dropColumns(
  warehouse: Warehouse,
  table: Table,
  { columns: names }: Extract<TableChange, { kind: 'drop-columns' }>,
): Promise<void> {
  const missing = names.find((name) => !table.columns.some((column) => column.name === name));
  if (missing !== undefined) throw new SqlError('ODPS-0130071', `column ${missing} cannot be resolved`);
  const rest = table.columns.filter(({ name }) => !names.includes(name));
  if (rest.length === 0) throw new SqlError('ODPS-0130071', 'a table has one column at least');
  await rebuild(
    warehouse,
    table,
    rest.map((column) => ({ column, value: quotedName(column.name) })),
  );
}

async function changeColumn(
  warehouse: Warehouse,
  table: Table,
  { column: name, to }: Extract<TableChange, { kind: 'change-column' }>,
): Promise<void> {
  if (!table.columns.some((column) => column.name === name))
    throw new SqlError('ODPS-0130071', `column ${name} cannot be resolved`);
  const columns = table.columns.map((column) => {
    if (column.name !== name) return { column, value: quotedName(column.name) };
    const type = to.type ?? column.type;
    if (mayBecome(column.type, type)) {
      const isSame = typeText(type) === typeText(column.type);
      return { column: { ...column, ...to }, value: isSame ? quotedName(name) : castTo(type, quotedName(name)) };
    }
    throw new SqlError(
      'ODPS-0130071',
      `column ${name} of type ${typeText(column.type)} cannot become ${typeText(type)}`,
    );
  });
  await rebuild(warehouse, table, columns);
}

async function clear(warehouse: Warehouse, table: Table, spec: PartitionSpec | undefined): Promise<void> {
  const target = quotedName(table.physicalName);
  if (spec === undefined) {
    if (table.partitionKeys.length > 0)
      throw new SqlError('ODPS-0130071', `table ${table.name} is partitioned: name the partition to truncate`);
    await warehouse.run(`DELETE FROM ${target}`);
    return;
  }
  const values = partitionValuesOf(table, spec);
  if (!table.partitions.has(partitionTitle(table, values))) throw noPartition(table, values);
  await warehouse.run(`DELETE FROM ${target}${partitionCondition(table)}`, values);
}

const noPartition = (table: Table, values: readonly string[]): SqlError =>
  new SqlError('ODPS-0130131', `partition ${partitionTitle(table, values)} of ${table.name} does not exist`);

async function dropPartitions(
  warehouse: Warehouse,
  table: Table,
  { partitions, tolerant }: Pick<Extract<TableChange, { partitions: unknown }>, 'partitions' | 'tolerant'>,
): Promise<void> {
  const wanted = partitions.map((spec) => partitionValuesOf(table, spec));
  const missing = wanted.find((values) => !table.partitions.has(partitionTitle(table, values)));
  if (missing !== undefined && !tolerant) throw noPartition(table, missing);
  for (const values of wanted) {
    await warehouse.run(`DELETE FROM ${quotedName(table.physicalName)}${partitionCondition(table)}`, values);
    table.partitions.delete(partitionTitle(table, values));
  }
}

/** Applies a change to its table, inside the warehouse's `exclusively`. */
export async function changeTable(warehouse: Warehouse, table: Table, change: TableChange, now: number): Promise<void> {
  switch (change.kind) {
    case 'add-columns':
      await addColumns(warehouse, table, change);
      break;
    case 'drop-columns':
      await dropColumns(warehouse, table, change);
      break;
    case 'change-column':
      await changeColumn(warehouse, table, change);
      break;
    case 'truncate':
      await clear(warehouse, table, change.partition);
      table.modifiedAt = now;
      return;
    case 'describe-table':
      table.comment = change.comment ?? table.comment;
      table.lifecycle = change.lifecycle ?? table.lifecycle;
      break;
    default:
      await dropPartitions(warehouse, table, change);
  }
  table.changedAt = now;
}
