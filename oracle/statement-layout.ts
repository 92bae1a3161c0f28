/** What a statement of SQL_REDO says, and what is remembered of the tables that statements name. */
import type { Literal } from './literals.ts';

/** One for all statements of a parser on one table; `columns` grows as columns are met, and never changes otherwise. */
export interface TableLayout {
  readonly owner: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/** Values in the order of the layout's columns; undefined: not mentioned, therefore unknown. */
export type Cells = readonly (Literal | undefined)[];

/** `rowId` is undefined in sessions with NO_ROWID_IN_STMT. Without WHERE (compensations) `before` is empty. */
export type RedoStatement =
  | { readonly kind: 'insert'; readonly layout: TableLayout; readonly after: Cells }
  | {
      readonly kind: 'update';
      readonly layout: TableLayout;
      readonly before: Cells;
      readonly set: Cells;
      readonly rowId: string | undefined;
    }
  | {
      readonly kind: 'delete';
      readonly layout: TableLayout;
      readonly before: Cells;
      readonly rowId: string | undefined;
    }
  /** LogMiner's remark in place of a statement on a temporary table. */
  | { readonly kind: 'temporary-table' };

export interface GrowingLayout extends TableLayout {
  readonly columns: string[];
  readonly indexes: Map<string, number>;
  /** As long as `columns`. A copy of it keeps its kind when values are stored; an array made by length changes with the first. */
  readonly unknown: OpenCells;
}

/** Cells that are being filled. */
export type OpenCells = (Literal | undefined)[];

export const cellsOf = (layout: GrowingLayout): OpenCells => layout.unknown.slice();

/** The column's place in the layout, at its end if it was not met before. */
export function columnIndex(layout: GrowingLayout, column: string): number {
  const known = layout.indexes.get(column);
  if (known !== undefined) return known;
  const index = layout.columns.push(column) - 1;
  layout.unknown.push(undefined);
  layout.indexes.set(column, index);
  return index;
}

/** More than tables × column lists of any task; a bound all the same. */
const CACHED_MAX = 10_000;

export function remember<T>(cache: Map<string, T>, key: string, value: T): T {
  if (cache.size >= CACHED_MAX) cache.clear();
  cache.set(key, value);
  return value;
}

/** The layouts of one parser. */
export class TableLayouts {
  readonly #layouts = new Map<string, GrowingLayout>();

  of(owner: string, name: string): GrowingLayout {
    // A name never holds a double quote.
    const key = `${owner}"."${name}`;
    const known = this.#layouts.get(key);
    if (known) return known;
    return remember(this.#layouts, key, { owner, name, columns: [], indexes: new Map<string, number>(), unknown: [] });
  }
}
