/** The table of random values in an Oracle database: created, filled and read with the driver alone. */
import oracledb from 'oracledb';
import { columnName, randomColumns } from './random-columns.ts';
import type { RandomColumn } from './random-columns.ts';
import type { Chance } from './random-texts.ts';

/** One in so many values is NULL. */
const NULLS_ONCE_IN = 20;
const BATCH = 250;
const BIND_BYTES = 32_000;

export type Texts = readonly (string | null)[];

/** Texts to write, by row and column. */
export const randomRows = (chance: Chance, rows: number): readonly Texts[] =>
  Array.from({ length: rows }, () =>
    randomColumns.map(({ make }) => (chance.once(NULLS_ONCE_IN) ? null : make(chance))),
  );

const placed = (form: string, what: string): string => form.replace('?', () => what);

/** ID and the columns, all of them logged. */
export async function createTable(
  writer: oracledb.Connection,
  table: string,
  columns: readonly RandomColumn[],
): Promise<void> {
  const declared = columns.map((column, i) => `${columnName(i)} ${column.declared}`);
  await writer.execute(`CREATE TABLE ${table} (ID NUMBER(9) PRIMARY KEY, ${declared.join(', ')})`);
  await writer.execute(`ALTER TABLE ${table} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
}

/** The longest bind decides how the driver sends all of them, so each gets what it needs. */
const bindDefs = (rows: readonly Texts[]): oracledb.BindDefinition[] => [
  ...randomColumns.map((_column, i) => {
    const bytes = Math.max(...rows.map((row) => Buffer.byteLength(row[i] ?? '')));
    return { type: oracledb.DB_TYPE_VARCHAR, maxSize: Math.min(BIND_BYTES, Math.max(1, bytes)) };
  }),
  { type: oracledb.DB_TYPE_VARCHAR, maxSize: 9 },
];

const batches = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / BATCH) }, (_, i) => items.slice(i * BATCH, (i + 1) * BATCH));

async function executeAll(writer: oracledb.Connection, sql: string, rows: readonly Texts[]): Promise<void> {
  for (const batch of batches(rows.map((row, index) => [...row, String(index + 1)])))
    await writer.executeMany(
      sql,
      batch.map((row) => [...row]),
      { bindDefs: bindDefs(batch) },
    );
  await writer.commit();
}

/** Rows 1 to n. */
export async function insertRows(writer: oracledb.Connection, table: string, rows: readonly Texts[]): Promise<void> {
  const values = randomColumns.map(({ written }, i) => placed(written, `:${i + 1}`));
  const sql = `INSERT INTO ${table} (${randomColumns.map((_column, i) => columnName(i)).join(', ')}, ID) VALUES (${values.join(', ')}, :${values.length + 1})`;
  await executeAll(writer, sql, rows);
}

/** All columns of rows 1 to n. */
export async function updateRows(writer: oracledb.Connection, table: string, rows: readonly Texts[]): Promise<void> {
  const set = randomColumns.map(({ written }, i) => `${columnName(i)} = ${placed(written, `:${i + 1}`)}`);
  await executeAll(writer, `UPDATE ${table} SET ${set.join(', ')} WHERE ID = :${set.length + 1}`, rows);
}

/** One row, with one value, in a transaction of its own. */
export async function insertOne(
  writer: oracledb.Connection,
  table: string,
  {
    id,
    column,
    written,
    text,
  }: { readonly id: number; readonly column: string; readonly written: string; readonly text: string },
): Promise<void> {
  await writer.execute(`INSERT INTO ${table} (ID, ${column}) VALUES (:1, ${placed(written, ':2')})`, [id, text]);
  await writer.commit();
}

/** Oracle's own text of every value, by row and column. */
export async function readRows(reader: oracledb.Connection, table: string): Promise<readonly Texts[]> {
  await reader.execute("ALTER SESSION SET TIME_ZONE = '+00:00'");
  const texts = randomColumns.map(({ read }, i) => placed(read, columnName(i)));
  const sql = `SELECT ${texts.join(', ')} FROM ${table} ORDER BY ID`;
  const { rows = [] } = await reader.execute<(string | null)[]>(sql, [], { fetchArraySize: BATCH });
  return rows;
}
