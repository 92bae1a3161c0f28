/** A redo row of a captured table → the change, with images of every column. */
import type { Change } from '../model/change.ts';
import { Failure } from '../model/failure.ts';
import type { Row, TableDescription, Value } from '../model/table.ts';
import { columnValue } from './column-values.ts';
import type { Literal } from './literals.ts';
import { operations } from './redo-row.ts';
import type { RedoRow } from './redo-row.ts';
import { RedoParser } from './redo-statement.ts';
import type { Cells, RedoStatement, TableLayout } from './redo-statement.ts';
import { RedoSyntaxError } from './redo-tokens.ts';

const operationOf = { insert: operations.insert, update: operations.update, delete: operations.delete } as const;

/** Where the description's columns are in a layout; -1: the layout does not have the column yet. */
interface Mapping {
  readonly columnsSeen: number;
  readonly places: readonly number[];
}

/** Remembers the layouts of statements: one per stream of redo. */
export class Images {
  readonly #parser = new RedoParser();
  readonly #mappings = new WeakMap<TableDescription, WeakMap<TableLayout, Mapping>>();

  /**
   * Columns that the description does not have (hidden ones) are dropped. A column that the statement does not have is a failure, never
   * NULL: under ALL COLUMNS supplemental logging every image is complete.
   * @throws Failure `source-redo-undecodable`, which names table, column and SCN, and no value
   */
  change(row: RedoRow, description: TableDescription): Change {
    const { table } = description;
    const statement = this.#parse(row, description);
    const places = this.#places(description, statement.layout);
    if (statement.kind === 'insert') {
      return { kind: 'insert', table, after: wholeImage(row, description, places, statement.after) };
    }
    const before = wholeImage(row, description, places, statement.before);
    if (statement.kind === 'delete') return { kind: 'delete', table, before };
    const after = [...before];
    for (let index = 0; index < places.length; index++) {
      const literal = statement.set[places[index] ?? -1];
      if (literal !== undefined) after[index] = valueAt(row, description, index, literal);
    }
    return { kind: 'update', table, before, after };
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

  #places(description: TableDescription, layout: TableLayout): readonly number[] {
    let mappings = this.#mappings.get(description);
    if (!mappings) this.#mappings.set(description, (mappings = new WeakMap()));
    const known = mappings.get(layout);
    if (known?.columnsSeen === layout.columns.length) return known.places;
    const places = description.columns.map(({ name }) => layout.columns.indexOf(name));
    mappings.set(layout, { columnsSeen: layout.columns.length, places });
    return places;
  }
}

function wholeImage(row: RedoRow, description: TableDescription, places: readonly number[], cells: Cells): Row {
  const values: Value[] = [];
  for (let index = 0; index < places.length; index++) {
    values.push(valueAt(row, description, index, cells[places[index] ?? -1]));
  }
  return values;
}

/** `index`: of the description's column. */
function valueAt(row: RedoRow, description: TableDescription, index: number, literal: Literal | undefined): Value {
  const column = description.columns[index];
  if (column === undefined || literal === undefined) {
    const name = column?.name ?? '';
    throw undecodable(row, description, `column ${name} is missing; ALL COLUMNS supplemental logging must be on`);
  }
  const value = columnValue(literal, column);
  if (value === undefined) {
    throw undecodable(row, description, `column ${column.name} (${column.type.base}) has a value of another form`);
  }
  return value;
}

const undecodable = ({ scn, xid, rsId }: RedoRow, { table }: TableDescription, why: string): Failure =>
  new Failure(
    'source-redo-undecodable',
    `A change of ${table} at SCN ${scn} (transaction ${xid}, RS_ID ${rsId}) cannot be read: ${why}. Nothing was skipped.`,
  );
