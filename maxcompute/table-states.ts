/** The state of a table (model/table-state.ts) at the destination: its digest, kept in a table, written to one, and read back. */
import { Failure } from '../model/failure.ts';
import type { RowText } from '../model/row-text.ts';
import type { SinkColumn } from '../model/sink-table.ts';
import {
  columnList,
  countedSelect,
  ownPrefix,
  stateImages,
  stateSelect,
  weighedImages,
  type StateImages,
} from '../model/state-statement.ts';
import type { BucketDigest, TableState } from '../model/table-state.ts';
import type { Column, Row } from '../model/table.ts';
import type { MaxComputeClient } from './client.ts';
import type { CsvRow } from './csv.ts';
import { downloadRows } from './download.ts';
import { unreadable } from './errors.ts';
import { runSql } from './instances.ts';
import { runNamed } from './named-statement.ts';
import { bucketOf, digestedSelect, digitsOf } from './row-digest-text.ts';
import { quotedName } from './sql-text.ts';
import { createTableText, findTable, TYPE_HINTS } from './tables.ts';

/** Rows of a table by the bucket of their key. */
export interface StateBuckets {
  readonly text: RowText;
  readonly count: number;
  readonly wanted?: readonly number[];
}

/** A SELECT shows 10,000 rows at most (documentation, "MaxCompute SQL limits"). */
const BUCKETS_MAX = 4_096;
/** Of IN, as recommended there. */
const LISTED_MAX = 1_024;
const COPIES = 'redoflow_copies';
const KEPT_DAYS = 1;
const HINTS = { ...TYPE_HINTS, 'odps.sql.allow.fullscan': 'true', 'odps.sql.timezone': 'UTC' };

/** Only rows of the buckets wanted; a key's rows are all of one bucket. */
function wantedRows(state: TableState, images: StateImages, buckets: StateBuckets | undefined): StateImages {
  if (buckets?.wanted === undefined) return images;
  const { text, count, wanted } = buckets;
  const { prefix } = images;
  const carried = [
    ...['record', 'before', 'after'].map((name) => prefix + name),
    ...state.columns.map(({ name }) => name),
  ];
  const digest = `${prefix}key`;
  const bucket = bucketOf(`f.${quotedName(digest)}`, count);
  const lists: string[] = [];
  for (let from = 0; from < wanted.length; from += LISTED_MAX)
    lists.push(`${bucket} IN (${wanted.slice(from, from + LISTED_MAX).join(', ')})`);
  const list = columnList(
    'f',
    carried.map((name) => ({ name })),
  );
  const filtered = (from: string): string =>
    `SELECT ${list} FROM (${digestedSelect({ from, columns: state.columns, carried, digests: { [digest]: text.key }, prefix })}) f ` +
    `WHERE ${lists.length === 0 ? '1 = 0' : lists.join(' OR ')}`;
  return { prefix, base: filtered(images.base), log: filtered(images.log) };
}

const weighed = (state: TableState, buckets: StateBuckets | undefined): string =>
  weighedImages(state, wantedRows(state, stateImages(state), buckets));

/** One row per bucket: bucket, rows, low, high, doubled. */
function digestText(state: TableState, buckets: StateBuckets): string {
  const prefix = ownPrefix(state);
  const [weight, extra, key, row] = ['weight', 'extra', 'key', 'row'].map((name) => prefix + name);
  const own = (name: string): string => quotedName(prefix + name);
  const counts = `SELECT * FROM (${weighed(state, buckets)}) i WHERE i.${own('weight')} <> 0 OR i.${own('extra')} <> 0`;
  const digested = digestedSelect({
    from: counts,
    columns: state.columns,
    carried: [weight ?? '', extra ?? ''],
    digests: { [key ?? '']: buckets.text.key, [row ?? '']: buckets.text.row },
    prefix,
  });
  const part = (first: number): string => `${digitsOf(`m.${own('row')}`, first, 12)} * m.${own('weight')}`;
  const parts =
    `SELECT ${bucketOf(`m.${own('key')}`, buckets.count)} AS ${own('bucket')}, m.${own('weight')}, m.${own('extra')}, ` +
    `${part(1)} AS ${own('low')}, ${part(13)} AS ${own('high')} FROM (${digested}) m`;
  const sum = (name: string): string => `SUM(CAST(p.${own(name)} AS DECIMAL(38,0)))`;
  return (
    `SELECT p.${own('bucket')}, SUM(p.${own('weight')}), ${sum('low')}, ${sum('high')}, SUM(p.${own('extra')}) ` +
    `FROM (${parts}) p GROUP BY p.${own('bucket')}`
  );
}

const INTEGER = /^(-?\d+)(?:\.0+)?$/;

function bucketDigest(row: CsvRow, what: string): BucketDigest {
  const [bucket, rows, low, high, doubled] = row.map((field) => INTEGER.exec(field ?? '')?.[1]);
  if (bucket === undefined || rows === undefined || low === undefined || high === undefined || doubled === undefined)
    throw unreadable(what, 'a sum is no integer');
  const digest = { bucket: Number(bucket), rows: Number(rows), low, high };
  return doubled === '0' ? digest : { ...digest, doubled: Number(doubled) };
}

function checkBuckets(state: TableState, source: readonly Column[], buckets: StateBuckets | undefined): void {
  if (source.length !== state.columns.length)
    throw new Failure('bug', `${state.base}: ${source.length} types for ${state.columns.length} columns`);
  const count = buckets?.count ?? 1;
  if (!Number.isSafeInteger(count) || count < 1 || count > BUCKETS_MAX)
    throw new Failure('bug', `${state.base}: ${count} buckets; there can be 1 to ${BUCKETS_MAX}`);
}

/** Buckets without a row, and with nothing doubled, are left out. */
export async function digestState(
  client: MaxComputeClient,
  state: TableState,
  source: readonly Column[],
  buckets: StateBuckets,
): Promise<readonly BucketDigest[]> {
  checkBuckets(state, source, buckets);
  const what = `computing the digest of ${state.base} with ${state.log}`;
  const rows = await runSql(client, { sql: digestText(state, buckets), hints: HINTS, repeat: 'always', what });
  return rows
    .map((row) => bucketDigest(row, what))
    .filter(
      ({ rows: count, low, high, doubled }) => count !== 0 || low !== '0' || high !== '0' || doubled !== undefined,
    );
}

interface Rows {
  readonly into: string;
  readonly columns: readonly SinkColumn[];
  readonly select: string;
  readonly what: string;
  /** After which MaxCompute drops the table; absent: never. */
  readonly days?: number;
}

const kinds = (columns: readonly SinkColumn[]): string =>
  columns.map(({ name, type }) => `${name.toLowerCase()} ${type}`).join(', ');

/**
 * The table first and then its rows: what a CREATE TABLE … AS leaves behind when it fails is not documented, and the types are those of the
 * columns. The rows come in one step, and doing it twice is doing it once.
 */
async function putRows(client: MaxComputeClient, { into, columns, select, what, days }: Rows): Promise<void> {
  const create = createTableText({ name: into, comment: '', columns, partitionColumns: [] });
  await runSql(client, {
    sql: days === undefined ? create : `${create} LIFECYCLE ${days}`,
    hints: TYPE_HINTS,
    repeat: 'always',
    what: `${what}: creating the table`,
  });
  const table = await findTable(client, into);
  if (!table || kinds(table.columns) !== kinds(columns) || table.partitionColumns.length > 0)
    throw new Failure(
      'sink-table-changed',
      `${what}: MaxCompute table ${into} has other columns than the rows; drop it or take another name`,
    );
  const sql = `INSERT OVERWRITE TABLE ${quotedName(into)} ${select}`;
  await runNamed(client, { sql, name: `redoflow_state_${into}`, hints: HINTS, what });
}

/** The columns of the state, and how often the row stands there. */
export async function keepState(
  client: MaxComputeClient,
  into: string,
  {
    state,
    source,
    buckets,
  }: {
    readonly state: TableState;
    readonly source: readonly Column[];
    readonly buckets: StateBuckets | undefined;
  },
): Promise<void> {
  checkBuckets(state, source, buckets);
  const names = new Set(state.columns.map(({ name }) => name.toLowerCase()));
  let copies = COPIES;
  for (let digit = 1; names.has(copies); digit++) copies = `${COPIES}${digit}`;
  await putRows(client, {
    into,
    columns: [...state.columns, { name: copies, type: 'bigint' }],
    select: countedSelect(state, weighed(state, buckets), copies),
    what: `keeping the rows of ${state.base} with ${state.log} in ${into}`,
    days: KEPT_DAYS,
  });
}

/** @throws Failure sink-table-changed when `into` is there with other columns. */
export async function writeState(client: MaxComputeClient, into: string, state: TableState): Promise<void> {
  const what = `writing the rows of ${state.base} with ${state.log} to ${into}`;
  await putRows(client, { into, columns: state.columns, select: stateSelect(state), what });
}

const CLOCKS = new Set(['datetime', 'timestamp', 'timestamp_ntz']);
const FRACTION_END = 29;

/** Nine digits where there is a fraction, as in model/table.ts; the download gives as few as there can be. */
function withFractions(columns: readonly SinkColumn[]): (row: Row) => Row {
  const clocks = columns.flatMap(({ type }, index) => (CLOCKS.has(type) ? [index] : []));
  if (clocks.length === 0) return (row) => row;
  return (row) => {
    const whole = [...row];
    for (const index of clocks) {
      const value = whole[index];
      if (typeof value === 'string' && value.includes('.')) whole[index] = value.padEnd(FRACTION_END, '0');
    }
    return whole;
  };
}

/** In pages of a size that follows the rows'; the table as it was when the first was asked for. */
export async function* readRows(
  client: MaxComputeClient,
  table: string,
  signal: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  const { columns, batches } = await downloadRows(client, { table }, signal);
  const canonical = withFractions(columns);
  for await (const rows of batches) yield rows.map(canonical);
}
