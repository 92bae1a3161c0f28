/** Tables and partitions: metadata by REST, creation, change and counting by SQL. */
import { Failure } from '../model/failure.ts';
import type { SinkColumn, SinkTable } from '../model/sink-table.ts';
import { objectsOf, parseObject, textOf, type JsonObject } from './answer-json.ts';
import type { MaxComputeClient, Repeat } from './client.ts';
import { Refused, unreadable } from './errors.ts';
import { runSql } from './instances.ts';
import { canonicalType } from './sink-type.ts';
import { commentLiteral, literal, parsePartition, quotedName } from './sql-text.ts';
import { elementText } from './xml.ts';

/** Types beyond the first edition (INT, TIMESTAMP_NTZ, DECIMAL(p,s) …) need both. */
export const TYPE_HINTS = { 'odps.sql.type.system.odps2': 'true', 'odps.sql.decimal.odps2': 'true' };
const SCAN_HINTS = { ...TYPE_HINTS, 'odps.sql.allow.fullscan': 'true' };

const MISSING: ReadonlySet<string> = new Set(['NoSuchTable', 'NoSuchObject', 'ODPS-0130131', '']);

/** A column of the catalogue's or the tunnel's schema JSON. */
export function sinkColumn(json: JsonObject, what: string): SinkColumn {
  const [name, type, comment] = [textOf(json, 'name'), textOf(json, 'type'), textOf(json, 'comment')];
  if (name === undefined || type === undefined) throw unreadable(what, 'a column without name or type');
  const column = { name, type: canonicalType(type) };
  return comment === undefined || comment === '' ? column : { ...column, comment };
}

async function describeTable(client: MaxComputeClient, name: string, what: string): Promise<string | undefined> {
  const { project, schema } = client.connection;
  try {
    const answer = await client.call({
      plane: 'service',
      method: 'GET',
      path: `/projects/${project}/tables/${name}`,
      query: schema === undefined ? {} : { curr_schema: schema },
      repeat: 'always',
      what,
    });
    return answer.body.toString();
  } catch (error: unknown) {
    if (error instanceof Refused && error.status === 404 && MISSING.has(error.code)) return undefined;
    throw error;
  }
}

/** Undefined when there is no such table. */
export async function findTable(client: MaxComputeClient, name: string): Promise<SinkTable | undefined> {
  const what = `describing MaxCompute table ${name}`;
  const xml = await describeTable(client, name, what);
  if (xml === undefined) return undefined;
  const schema = parseObject(elementText(xml, 'Schema') ?? '', what);
  return {
    name: elementText(xml, 'Name') ?? name,
    comment: elementText(xml, 'Comment') ?? '',
    columns: objectsOf(schema, 'columns').map((column) => sinkColumn(column, what)),
    partitionColumns: objectsOf(schema, 'partitionKeys').map((column) => sinkColumn(column, what)),
  };
}

const columnText = ({ name, type, comment }: SinkColumn): string =>
  `${quotedName(name)} ${type.toUpperCase()}${comment === undefined ? '' : ` COMMENT ${commentLiteral(comment)}`}`;

/** The CREATE TABLE statement, without its semicolon. */
export function createTableText({ name, comment, columns, partitionColumns }: SinkTable): string {
  const list = (of: readonly SinkColumn[]): string => of.map(columnText).join(', ');
  const partitions = partitionColumns.length === 0 ? '' : ` PARTITIONED BY (${list(partitionColumns)})`;
  return `CREATE TABLE IF NOT EXISTS ${quotedName(name)} (${list(columns)}) COMMENT ${commentLiteral(comment)}${partitions}`;
}

const define = async (
  client: MaxComputeClient,
  what: string,
  statement: { sql: string; repeat?: Repeat },
): Promise<void> => {
  await runSql(client, { repeat: 'always', ...statement, hints: TYPE_HINTS, what });
};

export const createTable = async (client: MaxComputeClient, table: SinkTable): Promise<void> =>
  define(client, `creating MaxCompute table ${table.name}`, { sql: createTableText(table) });

/** Not idempotent, so submitted again only if the first submission never arrived. */
export const renameTable = async (client: MaxComputeClient, from: string, to: string): Promise<void> =>
  define(client, `renaming MaxCompute table ${from} to ${to}`, {
    sql: `ALTER TABLE ${quotedName(from)} RENAME TO ${quotedName(to)}`,
    repeat: 'unsent',
  });

export const setComment = async (client: MaxComputeClient, name: string, comment: string): Promise<void> =>
  define(client, `setting the comment of MaxCompute table ${name}`, {
    sql: `ALTER TABLE ${quotedName(name)} SET COMMENT ${commentLiteral(comment)}`,
  });

/** After the others, in this order. */
export const addColumns = async (
  client: MaxComputeClient,
  table: string,
  columns: readonly SinkColumn[],
): Promise<void> =>
  define(client, `adding columns to MaxCompute table ${table}`, {
    sql: `ALTER TABLE ${quotedName(table)} ADD COLUMNS IF NOT EXISTS (${columns.map(columnText).join(', ')})`,
  });

export const dropTable = async (client: MaxComputeClient, name: string): Promise<void> =>
  define(client, `dropping MaxCompute table ${name}`, { sql: `DROP TABLE IF EXISTS ${quotedName(name)}` });

/** @param partition `a=1,b=2` */
export async function addPartition(client: MaxComputeClient, table: string, partition: string): Promise<void> {
  const values = parsePartition(partition).map(({ column, value }) => `${quotedName(column)}=${literal(value)}`);
  const sql = `ALTER TABLE ${quotedName(table)} ADD IF NOT EXISTS PARTITION (${values.join(', ')})`;
  await define(client, `adding partition ${partition} to MaxCompute table ${table}`, { sql });
}

/** One number over all partitions; 0 for NULL. */
async function number(client: MaxComputeClient, what: string, sql: string): Promise<number> {
  const rows = await runSql(client, { sql, hints: SCAN_HINTS, repeat: 'always', what });
  const text = rows[0]?.[0];
  if (text === undefined) throw unreadable(what, 'the result is empty');
  if (text === null) return 0;
  const value = Number(text);
  if (!/^-?\d{1,16}$/.test(text) || !Number.isSafeInteger(value))
    throw new Failure('sink-rejected', `${what}: the result is not an integer below 2^53`);
  return value;
}

export const countRows = async (client: MaxComputeClient, table: string): Promise<number> =>
  number(client, `counting MaxCompute table ${table}`, `SELECT COUNT(*) FROM ${quotedName(table)}`);

export const highest = async (client: MaxComputeClient, table: string, column: string): Promise<number> =>
  number(
    client,
    `reading the highest ${column} of MaxCompute table ${table}`,
    `SELECT MAX(${quotedName(column)}) FROM ${quotedName(table)}`,
  );
