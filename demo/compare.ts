/** Both sides, read over their wires: `_base` against the snapshot, `_log` as a multiset against the journal, and both together against now. */
import type oracledb from 'oracledb';
import type { TableProgress } from '../model/progress.ts';
import type { Warehouse, TextRow } from './warehouse.ts';

export interface Comparison {
  readonly sourceRows: number;
  readonly baseRows: number;
  readonly logRows: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly changed: number;
  /** What was compared, with the number of rows on both sides. */
  readonly parts: readonly {
    readonly name: string;
    readonly expected: number;
    readonly found: number;
    readonly wrong: number;
  }[];
}

/** One committed transaction of the sandbox's journal: the truth that product and demo do not share. */
export interface JournalEntry {
  readonly commitScn: string;
  readonly changes: readonly {
    readonly table: string;
    readonly kind: 'insert' | 'update' | 'delete';
    readonly before?: Readonly<Record<string, string | null>> | null;
    readonly after?: Readonly<Record<string, string | null>> | null;
  }[];
}

const COLUMNS = ['ID', 'NOTE', 'AMOUNT', 'CREATED'] as const;
const ORACLE_TEXT = `TO_CHAR(ID), NOTE, TO_CHAR(AMOUNT), TO_CHAR(CREATED, 'YYYY-MM-DD HH24:MI:SS')`;
const PAGE = 5_000;

/** NUMBER as either side prints it → one form. */
function plainNumber(text: string | null): string | null {
  if (text === null) return null;
  const [, sign = '', whole = '', fraction = ''] = /^(-?)0*(\d*)\.?(\d*?)0*$/.exec(text) ?? [];
  return `${sign}${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`;
}

const rowText = ([id = null, note = null, amount = null, created = null]: TextRow): string =>
  JSON.stringify([plainNumber(id), note, plainNumber(amount), created]);

type Multiset = Map<string, number>;

function count(texts: Iterable<string>): Multiset {
  const set: Multiset = new Map();
  for (const text of texts) set.set(text, (set.get(text) ?? 0) + 1);
  return set;
}

interface Difference {
  readonly missing: readonly string[];
  readonly surplus: readonly string[];
}

function difference(expected: Multiset, found: Multiset): Difference {
  const more = (a: Multiset, b: Multiset): string[] =>
    [...a].flatMap(([text, times]) => Array.from({ length: Math.max(0, times - (b.get(text) ?? 0)) }, () => text));
  return { missing: more(expected, found), surplus: more(found, expected) };
}

async function readOracle(reader: oracledb.Connection, table: string, asOf?: string): Promise<readonly string[]> {
  const flashback = asOf === undefined ? '' : ` AS OF SCN ${asOf}`;
  const { rows = [] } = await reader.execute<TextRow>(`SELECT ${ORACLE_TEXT} FROM ${table}${flashback}`, [], {
    prefetchRows: 1_000,
    fetchArraySize: 1_000,
  });
  return rows.map(rowText);
}

/** By pages: the service shows only so many rows of a result. */
async function readPages(
  warehouse: Warehouse,
  table: string,
  key: string,
  columns: string,
): Promise<readonly TextRow[]> {
  const [bounds] = await warehouse.select(`SELECT MIN(${key}), MAX(${key}) FROM ${table}`);
  const [low, high] = bounds ?? [];
  const rows: TextRow[] = [];
  if (low === undefined || low === null || high === undefined || high === null) return rows;
  for (let from = Number(low); from <= Number(high); from += PAGE) {
    rows.push(
      ...(await warehouse.select(
        `SELECT ${columns} FROM ${table} WHERE ${key} >= ${from} AND ${key} < ${from + PAGE}`,
      )),
    );
  }
  return rows;
}

type LogRow = Readonly<Record<'recordId' | 'flags' | 'row' | 'key' | 'after', string>>;

const logRow = ([recordId = null, operation = null, before = null, after = null, ...values]: TextRow): LogRow => ({
  recordId: recordId ?? '',
  flags: `${operation ?? ''}${before ?? ''}${after ?? ''}`,
  row: rowText(values),
  key: plainNumber(values[0] ?? null) ?? '',
  after: after ?? '',
});

/** What committed after the snapshot of this table, up to an SCN where one is given. */
function expectedLog(
  journal: readonly JournalEntry[],
  name: string,
  snapshot: bigint,
  upTo?: string,
): readonly string[] {
  const image = (flags: string, row: Readonly<Record<string, string | null>> | null | undefined): string =>
    `${flags} ${rowText(COLUMNS.map((column) => row?.[column] ?? null))}`;
  return journal
    .filter(
      ({ commitScn }) => BigInt(commitScn) > snapshot && (upTo === undefined || BigInt(commitScn) <= BigInt(upTo)),
    )
    .flatMap(({ changes }) => changes.filter(({ table }) => table === name))
    .flatMap(({ kind, before, after }) => {
      if (kind === 'insert') return [image('INY', after)];
      if (kind === 'delete') return [image('DYN', before)];
      return [image('UYN', before), image('UNY', after)];
    });
}

/** base ⊕ log: the newest row of each key, if it is an after image. */
function merged(base: readonly TextRow[], log: readonly LogRow[]): readonly string[] {
  const newest = new Map<string, { readonly rank: number; readonly row: string; readonly after: string }>();
  for (const values of base)
    newest.set(plainNumber(values[0] ?? null) ?? '', { rank: 0, row: rowText(values), after: 'Y' });
  for (const { recordId, key, row, after } of log) {
    const rank = Number(recordId) * 2 + (after === 'Y' ? 1 : 0);
    if (rank > (newest.get(key)?.rank ?? -1)) newest.set(key, { rank, row, after });
  }
  return [...newest.values()].filter(({ after }) => after === 'Y').map(({ row }) => row);
}

export interface Sides {
  readonly reader: oracledb.Connection;
  readonly warehouse: Warehouse;
  readonly journal: readonly JournalEntry[];
  /** Where a task that has ended stands: later changes are nobody's. Absent: everything is compared as it is now. */
  readonly upTo?: string;
}

/** The table must have the columns of workload.ts. */
export async function compare(
  { reader, warehouse, journal, upTo }: Sides,
  { table, base, log, snapshotScn = '0' }: TableProgress,
): Promise<Comparison> {
  const baseRows = await readPages(warehouse, base, 'id', 'id, note, amount, created');
  const logText = 'record_id, operation_flag, before_flag, after_flag, id, note, amount, created';
  const logRows = (await readPages(warehouse, log, 'record_id', logText)).map(logRow);
  const now = await readOracle(reader, table, upTo);
  const expected = expectedLog(journal, table, BigInt(snapshotScn), upTo);
  const found = logRows.map(({ flags, row }) => `${flags} ${row}`);
  const snapshot = await readOracle(reader, table, snapshotScn);
  const state = merged(baseRows, logRows);
  const differences = [
    {
      name: `_base = Oracle as of its snapshot (SCN ${snapshotScn})`,
      expected: snapshot,
      found: baseRows.map(rowText),
    },
    { name: '_log = the journal of committed changes, as a multiset', expected, found },
    { name: '_base ⊕ _log = Oracle now', expected: now, found: state },
  ].map((part) => ({ ...part, ...difference(count(part.expected), count(part.found)) }));
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
  const pairs = differences.map(({ missing, surplus }) => Math.min(missing.length, surplus.length));
  return {
    sourceRows: now.length,
    baseRows: baseRows.length,
    logRows: logRows.length,
    lost: sum(differences.map(({ missing }, index) => missing.length - (pairs[index] ?? 0))),
    duplicated: sum(differences.map(({ surplus }, index) => surplus.length - (pairs[index] ?? 0))),
    changed: sum(pairs),
    parts: differences.map((part) => ({
      name: part.name,
      expected: part.expected.length,
      found: part.found.length,
      wrong: part.missing.length + part.surplus.length,
    })),
  };
}
