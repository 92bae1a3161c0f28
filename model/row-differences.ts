/** Rows of one table, read on both sides, compared: by key, or as a multiset where there is none. Pure. */
import type { ComparedValue } from './destination-text.ts';
import type { DifferenceCounts } from './verification.ts';

export type ComparedRow = readonly ComparedValue[];

export interface RowDifference {
  readonly kind: 'missing' | 'extra' | 'changed' | 'doubled';
  /** JSON array of the key's texts, of all texts where there is no key. */
  readonly key: string;
  /** How many rows too few or too many. */
  readonly rows: number;
  /** Oracle names; of a changed row. */
  readonly columns: readonly string[];
}

export interface ComparedTable {
  /** Oracle names, in the order of the rows. */
  readonly columns: readonly string[];
  /** Indexes of the key's columns; empty: rows are told by all of their values. */
  readonly key: readonly number[];
}

export const keyOf = (row: ComparedRow, key: readonly number[]): string =>
  JSON.stringify(key.length === 0 ? row : key.map((index) => row[index] ?? null));

/** All rows of the source first, then those of the destination, one after the other. */
export interface RowComparison {
  source(row: ComparedRow): void;
  /** @param copies how often it stands there */
  destination(row: ComparedRow, copies: number): void;
  /** Once both sides were read. */
  differences(): readonly RowDifference[];
}

export const compareRows = (table: ComparedTable): RowComparison =>
  table.key.length === 0 ? new Multiset() : new KeyedRows(table);

class KeyedRows implements RowComparison {
  private readonly table: ComparedTable;
  private readonly waiting = new Map<string, ComparedRow[]>();
  private readonly met = new Set<string>();
  private readonly found: RowDifference[] = [];

  constructor(table: ComparedTable) {
    this.table = table;
  }

  source(row: ComparedRow): void {
    const key = keyOf(row, this.table.key);
    const others = this.waiting.get(key);
    // Two rows of one unique key: each of its columns is NULL.
    if (others) others.push(row);
    else this.waiting.set(key, [row]);
  }

  destination(row: ComparedRow, copies: number): void {
    const key = keyOf(row, this.table.key);
    const expected = this.waiting.get(key)?.shift();
    const again = this.met.has(key);
    this.met.add(key);
    if (expected) {
      const columns = changedColumns(expected, row, this.table.columns);
      if (columns.length > 0) this.found.push({ kind: 'changed', key, rows: 1, columns });
    } else this.found.push({ kind: again ? 'doubled' : 'extra', key, rows: 1, columns: [] });
    if (copies > 1) this.found.push({ kind: 'doubled', key, rows: copies - 1, columns: [] });
  }

  differences(): readonly RowDifference[] {
    const missing = [...this.waiting].flatMap(([key, rows]): readonly RowDifference[] =>
      rows.length === 0 ? [] : [{ kind: 'missing', key, rows: rows.length, columns: [] }],
    );
    return [...this.found, ...missing];
  }
}

const changedColumns = (a: ComparedRow, b: ComparedRow, names: readonly string[]): readonly string[] =>
  names.filter((_, index) => (a[index] ?? null) !== (b[index] ?? null));

class Multiset implements RowComparison {
  private readonly counts = new Map<string, { source: number; destination: number }>();

  source(row: ComparedRow): void {
    this.at(row).source += 1;
  }

  destination(row: ComparedRow, copies: number): void {
    this.at(row).destination += copies;
  }

  private at(row: ComparedRow): { source: number; destination: number } {
    const key = keyOf(row, []);
    const known = this.counts.get(key) ?? { source: 0, destination: 0 };
    this.counts.set(key, known);
    return known;
  }

  differences(): readonly RowDifference[] {
    return [...this.counts].flatMap(([key, { source, destination }]): readonly RowDifference[] => {
      if (source === destination) return [];
      const rows = Math.abs(source - destination);
      const more = source === 0 ? 'extra' : 'doubled';
      return [{ kind: destination < source ? 'missing' : more, key, rows, columns: [] }];
    });
  }
}

/** What is there at both looks, as the second one saw it. */
export function confirmed(first: readonly RowDifference[], second: readonly RowDifference[]): readonly RowDifference[] {
  const keys = new Set(first.map(({ key }) => key));
  return second.filter(({ key }) => keys.has(key));
}

/** @param unconfirmed what was seen once only */
export function countDifferences(differences: readonly RowDifference[], unconfirmed: number): DifferenceCounts {
  const columnsChanged: Record<string, number> = {};
  for (const { columns } of differences)
    for (const name of columns) columnsChanged[name] = (columnsChanged[name] ?? 0) + 1;
  const sum = (kind: RowDifference['kind']): number =>
    differences.reduce((rows, each) => rows + (each.kind === kind ? each.rows : 0), 0);
  return {
    missing: sum('missing'),
    extra: sum('extra'),
    changed: sum('changed'),
    doubled: sum('doubled'),
    columnsChanged,
    unconfirmed,
  };
}
