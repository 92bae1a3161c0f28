import { DuckDBTypeId } from '@duckdb/node-api';
import { type Column, type ColumnType, duckType, typeText } from './column-types.ts';
import { resultType } from './cell-text.ts';
import { quotedName } from './sql-expressions.ts';
import { type Hints, readTableName, type TableName } from './sql-parts.ts';
import { SqlError, type TokenReader } from './sql-tokens.ts';
import { translateRows } from './sql-translate.ts';
import { partitionCondition, partitionValuesOf, type Table } from './table.ts';
import type { Tables } from './tables.ts';
import type { Warehouse } from './warehouse.ts';

/**
 * insert = "INSERT" ("INTO" | "OVERWRITE") ["TABLE"] table ["PARTITION" "(" key ["=" text] ("," …)* ")"] ["(" columns ")"] -- not of OVERWRITE
 *          (query | "VALUES" rows)
 */
interface Head {
  readonly name: TableName;
  readonly overwrite: boolean;
  /** Undefined without PARTITION; a key without a value is dynamic: the query's last columns give it. */
  readonly partition: readonly (readonly [key: string, value: string | undefined])[] | undefined;
  readonly columns: readonly string[] | undefined;
}

function readList<Item>(reader: TokenReader, read: () => Item): Item[] {
  const items: Item[] = [];
  reader.expectSymbol('(');
  do items.push(read());
  while (reader.acceptSymbol(','));
  reader.expectSymbol(')');
  return items;
}

function readHead(reader: TokenReader): Head {
  const overwrite = reader.accept('OVERWRITE');
  if (!overwrite) reader.expect('INTO');
  reader.accept('TABLE');
  const name = readTableName(reader);
  const partition = reader.accept('PARTITION')
    ? readList(reader, () => {
        const key = reader.name();
        return [key, reader.acceptSymbol('=') ? reader.string() : undefined] as const;
      })
    : undefined;
  const isList = reader.seesSymbol('(') && !['SELECT', '('].includes(reader.peek(1).text.toUpperCase());
  if (overwrite && isList) throw reader.unexpected('a query: INSERT OVERWRITE takes no list of columns');
  return { name, overwrite, partition, columns: isList ? readList(reader, () => reader.name()) : undefined };
}

const GROUPS: readonly (readonly string[])[] = [
  ['tinyint', 'smallint', 'int', 'bigint'],
  ['string', 'varchar', 'char'],
  ['float', 'double'],
];

/** Whether a value goes in without CAST and without loss, or else fails at run time. Narrower than the service may be. */
function goesInto(from: ColumnType, to: ColumnType): boolean {
  if (from.kind === to.kind) return from.kind !== 'decimal' || to.kind !== 'decimal' || from.scale <= to.scale;
  if (to.kind === 'decimal' && GROUPS[0]?.includes(from.kind) === true) return true;
  return GROUPS.some((group) => group.includes(from.kind) && group.includes(to.kind));
}

/** Where the rows go: the table's columns in the order of the query's. */
function targetsOf(table: Table, { partition, columns }: Head): readonly Column[] {
  const dynamic = (partition ?? []).filter(([, value]) => value === undefined).map(([key]) => key);
  const keys = table.partitionKeys.filter(({ name }) => dynamic.includes(name));
  const known = (partition ?? []).map(([key]) => key).sort();
  const wanted = table.partitionKeys.map(({ name }) => name).sort();
  if (known.join() !== wanted.join())
    throw new SqlError('ODPS-0130071', `table ${table.name} wants PARTITION (${wanted.join(', ')})`);
  if (columns === undefined) return [...table.columns, ...keys];
  return columns.map((name) => {
    const column = [...table.columns, ...keys].find((candidate) => candidate.name === name);
    if (column === undefined) throw new SqlError('ODPS-0130071', `column ${name} cannot be resolved`);
    return column;
  });
}

/** The table's columns as expressions on the query's result, whose columns are c0, c1, …; checks the types. */
function itemsOf(table: Table, head: Head, types: readonly (ColumnType | 'null')[]): readonly string[] {
  const targets = targetsOf(table, head);
  if (targets.length !== types.length) {
    const problem = `the query has ${String(types.length)} columns, the target ${String(targets.length)}`;
    throw new SqlError('ODPS-0130071', `wrong columns count in data source: ${problem}`);
  }
  return table.columns.concat(table.partitionKeys).map((column) => {
    const place = targets.indexOf(column);
    const fixed = head.partition?.find(([key]) => key === column.name)?.[1];
    if (fixed !== undefined) return `'${fixed.replaceAll("'", "''")}'`;
    const type = types[place];
    if (type === undefined || type === 'null') return `CAST(NULL AS ${duckType(column.type)})`;
    if (goesInto(type, column.type)) return `CAST(c${String(place)} AS ${duckType(column.type)})`;
    const problem = `a ${typeText(type)} cannot be assigned to column ${column.name} of type ${typeText(column.type)}`;
    throw new SqlError('ODPS-0130071', `${problem}, please use CAST`);
  });
}

/** What the rows of a partitioned table belong to. */
async function partitionsOf(
  warehouse: Warehouse,
  table: Table,
  head: Head,
  rows: string,
): Promise<readonly (readonly string[])[]> {
  if (table.partitionKeys.length === 0) return [[]];
  const fixed = (head.partition ?? []).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  if (fixed.length === table.partitionKeys.length) return [partitionValuesOf(table, fixed)];
  const keys = table.partitionKeys.map(({ name }) => quotedName(name)).join(', ');
  const found = await warehouse.query(`SELECT DISTINCT ${keys} FROM ${rows}`);
  return found.rows.map((values) =>
    values.map((value) => {
      if (typeof value === 'string' && value !== '') return value;
      throw new SqlError('ODPS-0130071', 'a dynamic partition column is NULL or empty');
    }),
  );
}

async function replaceOrAdd(
  warehouse: Warehouse,
  table: Table,
  head: Head,
  rows: string,
): Promise<readonly (readonly string[])[]> {
  const partitions = await partitionsOf(warehouse, table, head, rows);
  const target = quotedName(table.physicalName);
  for (const values of head.overwrite ? partitions : [])
    await warehouse.run(`DELETE FROM ${target}${partitionCondition(table)}`, values);
  await warehouse.run(`INSERT INTO ${target} SELECT * FROM ${rows}`);
  await warehouse.run(`DROP TABLE ${rows}`);
  return partitions;
}

/** Runs what follows INSERT, semicolon included, inside the warehouse's `exclusively`: all of it or nothing. */
export async function insert(reader: TokenReader, hints: Hints, tables: Tables, warehouse: Warehouse): Promise<void> {
  const at = reader.peek();
  const head = readHead(reader);
  const table = tables.forInsert(head.name, at);
  const query = translateRows(reader, hints, tables.forQuery);
  const { types } = await warehouse.query(`SELECT * FROM (${query}) LIMIT 0`);
  const known = types.map((type) => (type.typeId === DuckDBTypeId.SQLNULL ? 'null' : (resultType(type) ?? 'null')));
  const all = [...table.columns, ...table.partitionKeys];
  const items = itemsOf(table, head, known).map((item, index) => `${item} AS ${quotedName(all[index]?.name ?? '')}`);
  const names = types.map((_type, index) => `c${String(index)}`);
  const rows = warehouse.freshName('block');
  const source = `(${query}) AS q(${names.join(', ')})`;
  let partitions: readonly (readonly string[])[] = [];
  await warehouse.transaction(async () => {
    // The rows first, because the query may read what is overwritten.
    await warehouse.run(`CREATE TABLE ${rows} AS SELECT ${items.join(', ')} FROM ${source}`);
    partitions = await replaceOrAdd(warehouse, table, head, rows);
  });
  for (const values of partitions) {
    if (values.length > 0) tables.ensurePartition(table, values);
    tables.touched(table, values);
  }
}
