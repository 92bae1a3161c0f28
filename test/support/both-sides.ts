/** One table of NUMBER and VARCHAR2 columns on both sides, each read over its own wire, and what should be there. Keys are not needed. */
import oracledb from 'oracledb';
import type { JournalEntry } from '../../demo/compare.ts';
import { Warehouse, type TextRow } from '../../demo/warehouse.ts';
import type { TableProgress } from '../../model/progress.ts';
import type { WholeSystem } from './whole-system.ts';

export interface ComparedColumns {
  /** Name in Oracle → name at the destination. */
  readonly columns: Readonly<Record<string, string>>;
  /** Names of record_id, operation_flag, before_flag, after_flag. */
  readonly prefix?: string;
  /** What a value becomes at the destination. */
  readonly becomes?: (column: string, value: string | null) => string | null;
  /**
   * The table's columns were changed since its snapshot, so Oracle no longer reads it as of then (ORA-01466): its present rows are taken
   * back through the journal. Only while nobody writes to it.
   */
  readonly redefined?: boolean;
}

type Rows = readonly (readonly string[])[];

export interface BothSides {
  readonly base: { readonly expected: Rows; readonly found: Rows };
  readonly log: { readonly expected: Rows; readonly found: Rows };
}

const FLAGS = ['operation_flag', 'before_flag', 'after_flag'];

const sorted = (rows: readonly TextRow[]): Rows =>
  rows
    .map((row) => row.map((value) => value ?? 'NULL'))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** One of the rows that are equal to it. @throws when there is none */
function remove(rows: TextRow[], row: TextRow): void {
  const text = JSON.stringify(row);
  const at = rows.findIndex((other) => JSON.stringify(other) === text);
  if (at < 0) throw new Error(`the journal says that ${text} was written, and no such row is there`);
  rows.splice(at, 1);
}

export async function journalOf(system: WholeSystem): Promise<readonly JournalEntry[]> {
  const { entries } = (await system.control('/journal?after=0', undefined)) as { entries: readonly JournalEntry[] };
  return entries;
}

/** `_base` against Oracle as of its snapshot; `_log` against the journal of what committed after it. As multisets, sorted. */
export async function bothSides(
  system: WholeSystem,
  { table, base, log, snapshotScn = '0' }: TableProgress,
  { columns, prefix = '', becomes = (_column, value) => value, redefined = false }: ComparedColumns,
): Promise<BothSides> {
  const names = Object.keys(columns);
  const sinkNames = Object.values(columns).map((name) => `\`${name}\``);
  const shown = (row: TextRow): TextRow => names.map((name, i) => becomes(name, row[i] ?? null));
  const image = (row: Readonly<Record<string, string | null>> | null | undefined): TextRow =>
    shown(names.map((name) => row?.[name] ?? null));
  await using reader = await oracledb.getConnection(system.sandbox.oracle);
  const list = names.map((name) => `TO_CHAR("${name}")`).join(', ');
  const then = redefined ? '' : ` AS OF SCN ${snapshotScn}`;
  const { rows = [] } = await reader.execute<TextRow>(`SELECT ${list} FROM ${table}${then}`);
  const changes = (await journalOf(system))
    .filter(({ commitScn }) => BigInt(commitScn) > BigInt(snapshotScn))
    .flatMap((entry) => entry.changes.filter((change) => change.table === table.replaceAll('"', '')));
  const logged = changes.flatMap(({ kind, before, after }): TextRow[] => {
    if (kind === 'insert') return [['I', 'N', 'Y', ...image(after)]];
    if (kind === 'delete') return [['D', 'Y', 'N', ...image(before)]];
    return [
      ['U', 'Y', 'N', ...image(before)],
      ['U', 'N', 'Y', ...image(after)],
    ];
  });
  const snapshot = rows.map(shown);
  if (redefined)
    for (const { before, after } of changes.toReversed()) {
      if (after) remove(snapshot, image(after));
      if (before) snapshot.push(image(before));
    }
  const warehouse = new Warehouse(system.sandbox.maxcompute);
  const flags = FLAGS.map((name) => prefix + name);
  return {
    base: {
      expected: sorted(snapshot),
      found: sorted(await warehouse.select(`SELECT ${sinkNames.join(', ')} FROM ${base}`)),
    },
    log: {
      expected: sorted(logged),
      found: sorted(await warehouse.select(`SELECT ${[...flags, ...sinkNames].join(', ')} FROM ${log}`)),
    },
  };
}
