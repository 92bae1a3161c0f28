/** Two multisets of rows: what is missing, what is too much, and which of both are the same row with other values. */
import type { TextRow } from './warehouse.ts';

/** A row with what is said of it besides its values (flags of a log); the values are canonical texts. */
export interface JudgedRow {
  readonly label: string;
  readonly values: TextRow;
}

/** One value, or a whole row of one side. */
export interface Difference {
  readonly key: string;
  /** Absent: the whole row. */
  readonly column?: string;
  readonly expected: string;
  readonly found: string;
}

export interface Differences {
  readonly lost: number;
  readonly duplicated: number;
  readonly changed: number;
  /** The first of them. */
  readonly shown: readonly Difference[];
}

export interface RowNames {
  readonly columns: readonly { readonly name: string }[];
  readonly key: readonly number[];
}

const SHOWN_MAX = 3;

export const keyText = (values: TextRow, key: readonly number[]): string =>
  key.map((index) => values[index] ?? 'NULL').join(', ');

const identity = ({ label, values }: JudgedRow): string => `${label}${JSON.stringify(values)}`;

interface Told {
  readonly row: JudgedRow;
  readonly text: string;
}

const told = (rows: readonly JudgedRow[]): readonly Told[] => rows.map((row) => ({ row, text: identity(row) }));

/** Rows that are not among the others, or not so often. */
function surplus(rows: readonly Told[], others: readonly Told[]): readonly JudgedRow[] {
  const left = new Map<string, number>();
  for (const { text } of others) left.set(text, (left.get(text) ?? 0) + 1);
  return rows.flatMap(({ row, text }) => {
    const times = left.get(text) ?? 0;
    if (times > 0) left.set(text, times - 1);
    return times === 0 ? [row] : [];
  });
}

const shownText = (value: string | null | undefined): string =>
  value === null || value === undefined ? 'NULL' : JSON.stringify(value);

/** The values that differ in two rows of one key. */
const changedValues = (
  key: string,
  row: TextRow,
  other: TextRow,
  columns: RowNames['columns'],
): readonly Difference[] =>
  columns.flatMap(({ name }, index) => {
    const [expected, found] = [shownText(row[index]), shownText(other[index])];
    return expected === found ? [] : [{ key, column: name, expected, found }];
  });

/** A missing and a surplus row of the same key and label are one row that was changed. */
export function differences(
  expected: readonly JudgedRow[],
  found: readonly JudgedRow[],
  { columns, key }: RowNames,
): Differences {
  const [left, right] = [told(expected), told(found)];
  const missing = surplus(left, right);
  const wrong = surplus(right, left);
  const place = ({ label, values }: JudgedRow): string => `${keyText(values, key)} ${label}`.trimEnd();
  const waiting = new Map<string, JudgedRow[]>();
  for (const row of wrong) waiting.set(place(row), [...(waiting.get(place(row)) ?? []), row]);
  let changed = 0;
  const shown = missing.flatMap((row): readonly Difference[] => {
    const other = waiting.get(place(row))?.shift();
    if (!other) return [{ key: place(row), expected: 'a row', found: 'none' }];
    changed += 1;
    return changedValues(place(row), row.values, other.values, columns);
  });
  const tooMany = [...waiting.values()].flat().map((row) => ({ key: place(row), expected: 'none', found: 'a row' }));
  const first = [...shown, ...tooMany].slice(0, SHOWN_MAX);
  return { lost: missing.length - changed, duplicated: wrong.length - changed, changed, shown: first };
}
