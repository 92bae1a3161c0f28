/** A redo row of a captured table → the change, with images of every column. */
import type { Change } from '../model/change.ts';
import { Failure } from '../model/failure.ts';
import { isLargeInLog, markOf } from '../model/large-columns.ts';
import { compareScn } from '../model/scn.ts';
import type { Column, Row, TableDescription, Value } from '../model/table.ts';
import { columnValue } from './column-values.ts';
import { InternalFormatError } from './internal-formats.ts';
import type { Literal } from './literals.ts';
import type { PiecesBegin } from './lob-statement.ts';
import { operations } from './redo-row.ts';
import type { RedoRow } from './redo-row.ts';
import { RedoParser } from './redo-statement.ts';
import type { Cells, RedoStatement, TableLayout } from './redo-statement.ts';
import { RedoSyntaxError } from './redo-tokens.ts';
import { isStored, storedName, storedPlace, storedValue } from './stored-values.ts';

export { canDecode } from './stored-values.ts';

const operationOf = { insert: operations.insert, update: operations.update, delete: operations.delete } as const;

/** Where the description's columns are in a layout; -1: the layout does not have the column yet. */
interface Mapping {
  readonly columnsSeen: number;
  readonly places: readonly number[];
}

/** One row, and how its values are read. */
interface Reading {
  readonly row: RedoRow;
  readonly description: TableDescription;
  readonly places: readonly number[];
  readonly stored: boolean;
}

type Mappings = WeakMap<TableDescription, WeakMap<TableLayout, Mapping>>;

/** Remembers the layouts of statements: one per stream of redo. */
export class Images {
  readonly #parser = new RedoParser();
  readonly #byName: Mappings = new WeakMap();
  readonly #byPlace: Mappings = new WeakMap();

  /**
   * Columns that the description does not have (hidden ones) are dropped. A column that the statement does not have is NULL if it was added
   * at a later SCN, else a failure: under ALL COLUMNS supplemental logging every image is complete but for large columns, which are
   * always NULL: their values come in pieces, if at all (model/table.ts, `LobInLog`; with `mark` those that the statement has are marked).
   * @throws Failure `source-redo-undecodable`, which names table, column and SCN, and no value
   */
  change(row: RedoRow, description: TableDescription): Change {
    const { table } = description;
    const withMarks = description.lobInLog === 'mark';
    const statement = this.#parse(row, description);
    const { layout } = statement;
    const stored = isStored(row);
    const places = this.#places(description, layout, stored);
    const reading = { row, description, places, stored };
    if (statement.kind === 'insert') {
      const after = wholeImage(reading, layout, statement.after);
      return { kind: 'insert', table, after: withMarks ? marked(reading, after, statement.after, isValue) : after };
    }
    const before = wholeImage(reading, layout, statement.before);
    if (statement.kind === 'delete') return { kind: 'delete', table, before };
    if (stored) mustHaveStoredNames(reading, layout, statement.set);
    const after = [...before];
    for (let index = 0; index < places.length; index++) {
      const literal = statement.set[places[index] ?? -1];
      if (literal !== undefined) after[index] = valueAt(reading, index, literal);
    }
    return { kind: 'update', table, before, after: withMarks ? marked(reading, after, statement.set, isSaid) : after };
  }

  /** The row, of ordinary columns, to which pieces belong. @throws as {@link change} */
  rowOfPieces(row: RedoRow, description: TableDescription, { layout, where }: PiecesBegin): Row {
    const stored = isStored(row);
    return wholeImage({ row, description, places: this.#places(description, layout, stored), stored }, layout, where);
  }

  #parse(row: RedoRow, description: TableDescription): Exclude<RedoStatement, { kind: 'temporary-table' }> {
    let statement;
    try {
      statement = this.#parser.parse(row.sqlRedo ?? '');
    } catch (error) {
      if (!(error instanceof RedoSyntaxError)) throw error;
      throw undecodable(row, description, `its SQL cannot be read (${error.message})`);
    }
    if (statement.kind === 'temporary-table' || operationOf[statement.kind] !== row.operation) {
      throw undecodable(row, description, `its SQL is not that of operation ${String(row.operation)}`);
    }
    return statement;
  }

  #places(description: TableDescription, layout: TableLayout, stored: boolean): readonly number[] {
    const all = stored ? this.#byPlace : this.#byName;
    let mappings = all.get(description);
    if (!mappings) all.set(description, (mappings = new WeakMap()));
    const known = mappings.get(layout);
    if (known?.columnsSeen === layout.columns.length) return known.places;
    const places = description.columns.map(({ name, segmentColumn = 0 }) =>
      layout.columns.indexOf(stored ? storedName(segmentColumn) : name),
    );
    mappings.set(layout, { columnsSeen: layout.columns.length, places });
    return places;
  }
}

type Said = (literal: Literal | undefined) => boolean;

/** Of an INSERT, NULL is the value, unless pieces of it follow; an UPDATE that says NULL has changed the column. */
const isValue: Said = (literal) => (literal ?? null) !== null;
const isSaid: Said = (literal) => literal !== undefined;

/** With the mark in large columns that the statement touched. */
function marked({ description, places }: Reading, image: Row, cells: Cells, touched: Said): Row {
  return image.map((value, index) => {
    const type = description.columns[index]?.type;
    return type && isLargeInLog(type) && touched(cells[places[index] ?? -1]) ? markOf(type) : value;
  });
}

function wholeImage(reading: Reading, layout: TableLayout, cells: Cells): Row {
  const { places, stored } = reading;
  if (stored) mustHaveStoredNames(reading, layout, cells);
  const values: Value[] = [];
  for (let index = 0; index < places.length; index++) {
    values.push(valueAt(reading, index, cells[places[index] ?? -1]));
  }
  return values;
}

/**
 * Bytes under a name would be taken for those of the column that has this name today; and once a column was dropped from the stored row,
 * those behind it have other places.
 */
function mustHaveStoredNames({ row, description }: Reading, layout: TableLayout, cells: Cells): void {
  const { segmentColumns = Infinity } = description;
  for (const [index, name] of layout.columns.entries()) {
    if (cells[index] === undefined) continue;
    const place = storedPlace(name);
    if (place === undefined) {
      throw undecodable(row, description, `LogMiner could not tell its columns (${row.info ?? 'no INFO'})`);
    }
    if (place > segmentColumns) throw undecodable(row, description, 'it has columns that were dropped since');
  }
}

/** `index`: of the description's column. */
function valueAt(reading: Reading, index: number, literal: Literal | undefined): Value {
  const { row, description, stored } = reading;
  const column = description.columns[index];
  if (column && isLargeInLog(column.type)) return null;
  if (column === undefined || literal === undefined) {
    if (column?.since !== undefined && compareScn(row.scn, column.since) <= 0) return null;
    const name = column?.name ?? '';
    throw undecodable(row, description, `column ${name} is missing; ALL COLUMNS supplemental logging must be on`);
  }
  if (stored) return storedAt(reading, column, literal);
  const value = columnValue(literal, column);
  if (value === undefined) {
    throw undecodable(row, description, `column ${column.name} (${column.type.base}) has a value of another form`);
  }
  return value;
}

function storedAt({ row, description }: Reading, column: Column, literal: Literal): Value {
  try {
    return storedValue(literal, column, description.database);
  } catch (error) {
    if (!(error instanceof InternalFormatError)) throw error;
    throw undecodable(row, description, `column ${column.name} (${column.type.base}): ${error.message}`);
  }
}

export const undecodable = ({ scn, xid, rsId }: RedoRow, { table }: TableDescription, why: string): Failure =>
  new Failure(
    'source-redo-undecodable',
    `A change of ${table} at SCN ${scn} (transaction ${xid}, RS_ID ${rsId}) cannot be read: ${why}. Nothing was skipped.`,
  );
