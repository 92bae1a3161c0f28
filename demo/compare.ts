/** Both sides, read over their wires: `_base` against the snapshot, `_log` as a multiset against the journal, and both together against now. */
import type oracledb from 'oracledb';
import { differences, keyText, type Difference, type JudgedRow } from './difference.ts';
import { canonical, judgedTable, readSource, type ColumnRules, type JudgedTable } from './source.ts';
import type { TextRow, Warehouse } from './warehouse.ts';

export interface Comparison {
  readonly sourceRows: number;
  readonly baseRows: number;
  readonly logRows: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly changed: number;
  /** What was compared, with the number of rows on both sides and the first differences. */
  readonly parts: readonly ComparedPart[];
}

export interface ComparedPart {
  readonly name: string;
  readonly expected: number;
  readonly found: number;
  readonly wrong: number;
  readonly differences: readonly Difference[];
}

type JournalRow = Readonly<Record<string, string | null>>;

/** One committed transaction of the sandbox's journal: the truth that product and demo do not share. */
export interface JournalEntry {
  readonly commitScn: string;
  readonly changes: readonly {
    /** `OWNER.TABLE`, without quotes. */
    readonly table: string;
    readonly kind: 'insert' | 'update' | 'delete';
    readonly before?: JournalRow | null;
    readonly after?: JournalRow | null;
  }[];
}

export interface Sides {
  readonly reader: oracledb.Connection;
  readonly warehouse: Warehouse;
  /** At least what committed after the snapshot of the table. */
  readonly journal: readonly JournalEntry[];
  /** Where a task that has ended stands: later changes are nobody's. Absent: everything is compared as it is now. */
  readonly upTo?: string;
}

/** Where the copy of a table is. */
export interface ComparedTable {
  /** `HR.ORDERS` or `HR."Price List"` */
  readonly table: string;
  readonly base: string;
  readonly log: string;
  readonly snapshotScn?: string;
}

/** All columns but those that the task excludes. The additional columns have their plain names. */
export async function compare(
  { reader, warehouse, journal, upTo }: Sides,
  { table, base, log, snapshotScn = '0' }: ComparedTable,
  rules: ColumnRules = {},
): Promise<Comparison> {
  const judged = await judgedTable(reader, table, rules);
  const [snapshot, now, baseRows, logRows] = await Promise.all([
    readSource(reader, judged, snapshotScn),
    readSource(reader, judged, upTo),
    readBase(warehouse, base, judged),
    readLog(warehouse, log, judged),
  ]);
  const logged = expectedLog(journal, judged, { snapshot: BigInt(snapshotScn), ...(upTo !== undefined && { upTo }) });
  const parts = [
    part(judged, `_base = Oracle as of SCN ${snapshotScn}`, unlabelled(snapshot), unlabelled(baseRows)),
    part(judged, '_log = the journal of committed changes', logged, logRows),
    part(judged, '_base ⊕ _log = Oracle now', unlabelled(now), unlabelled(merged(baseRows, logRows, judged.key))),
  ];
  const sum = (of: 'lost' | 'duplicated' | 'changed'): number => parts.reduce((total, one) => total + one[of], 0);
  return {
    sourceRows: now.length,
    baseRows: baseRows.length,
    logRows: logRows.length,
    lost: sum('lost'),
    duplicated: sum('duplicated'),
    changed: sum('changed'),
    parts,
  };
}

const unlabelled = (rows: readonly TextRow[]): readonly JudgedRow[] => rows.map((values) => ({ label: '', values }));

function part(
  judged: JudgedTable,
  name: string,
  expected: readonly JudgedRow[],
  found: readonly JudgedRow[],
): ComparedPart & Readonly<Record<'lost' | 'duplicated' | 'changed', number>> {
  const { lost, duplicated, changed, shown } = differences(expected, found, judged);
  return {
    name,
    expected: expected.length,
    found: found.length,
    wrong: lost + duplicated + changed,
    differences: shown,
    lost,
    duplicated,
    changed,
  };
}

const sinkList = ({ columns }: JudgedTable): readonly string[] => columns.map(({ sink }) => `\`${sink}\``);

const shownValues = (row: TextRow, { columns }: JudgedTable): TextRow =>
  columns.map(({ fromWarehouse }, index) => canonical(row[index], fromWarehouse));

async function readBase(warehouse: Warehouse, base: string, judged: JudgedTable): Promise<readonly TextRow[]> {
  const rows = await warehouse.readAll(base, sinkList(judged), judged.pageBy);
  return rows.map((row) => shownValues(row, judged));
}

interface LogRow extends JudgedRow {
  /** Rises with the order of changes; of an update's two rows the new one comes second. */
  readonly rank: number;
  readonly after: boolean;
}

const ADDED = ['record_id', 'operation_flag', 'before_flag', 'after_flag'] as const;

async function readLog(warehouse: Warehouse, log: string, judged: JudgedTable): Promise<readonly LogRow[]> {
  const rows = await warehouse.readAll(log, [...ADDED, ...sinkList(judged)], 'record_id');
  return rows.map(([recordId = null, operation = null, before = null, after = null, ...values]) => ({
    label: `${operation ?? ''}${before ?? ''}${after ?? ''}`,
    values: shownValues(values, judged),
    rank: Number(recordId) * 2 + (after === 'Y' ? 1 : 0),
    after: after === 'Y',
  }));
}

/** What committed after the snapshot of this table, up to an SCN where one is given. */
function expectedLog(
  journal: readonly JournalEntry[],
  { columns, plainName }: JudgedTable,
  { snapshot, upTo }: { readonly snapshot: bigint; readonly upTo?: string },
): readonly JudgedRow[] {
  const image = (label: string, row: JournalRow | null | undefined): JudgedRow => ({
    label,
    values: columns.map(({ name, fromOracle }) => canonical(row?.[name], fromOracle)),
  });
  return journal
    .filter(
      ({ commitScn }) => BigInt(commitScn) > snapshot && (upTo === undefined || BigInt(commitScn) <= BigInt(upTo)),
    )
    .flatMap(({ changes }) => changes.filter(({ table }) => table === plainName))
    .flatMap(({ kind, before, after }) => {
      if (kind === 'insert') return [image('INY', after)];
      if (kind === 'delete') return [image('DYN', before)];
      return [image('UYN', before), image('UNY', after)];
    });
}

/** base ⊕ log: the newest row of each key, if it is an after image. */
function merged(base: readonly TextRow[], log: readonly LogRow[], key: readonly number[]): readonly TextRow[] {
  const newest = new Map<string, Pick<LogRow, 'rank' | 'values' | 'after'>>();
  for (const values of base) newest.set(keyText(values, key), { rank: 0, values, after: true });
  for (const row of log) {
    const place = keyText(row.values, key);
    if (row.rank > (newest.get(place)?.rank ?? -1)) newest.set(place, row);
  }
  return [...newest.values()].filter(({ after }) => after).map(({ values }) => values);
}
