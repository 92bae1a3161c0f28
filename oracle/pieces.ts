/**
 * Values in pieces (lob-statement.ts). With `lobInLog: exclude` they are recognised and passed over: no column that is followed has any.
 * Otherwise the row that begins them tells that a column of a row has changed; what it holds is never put together from pieces.
 *
 * Pieces belong to the change right before them, of this transaction and of captured tables, if that is an INSERT or UPDATE of the same row:
 * one whose ordinary columns are, after or before the change, those that the pieces name. Otherwise they are a change of their own, an
 * UPDATE whose images are equal but for the large columns; pieces of its other columns that follow belong to it (docs/decisions/0031).
 */
import type { Change } from '../model/change.ts';
import { isLargeInLog, markOf } from '../model/large-columns.ts';
import type { Column, Row, TableDescription, Value } from '../model/table.ts';
import type { CapturedRow } from './held-rows.ts';
import { undecodable } from './images.ts';
import type { Images } from './images.ts';
import { parseExtendedStringBegin, parseLobSelect, parseXmlBegin } from './lob-statement.ts';
import type { PiecesBegin } from './lob-statement.ts';
import { isPiece } from './redo-row.ts';
import type { RedoRow } from './redo-row.ts';
import { RedoSyntaxError } from './redo-tokens.ts';
import { isStored, storedName } from './stored-values.ts';

const XML = 68;

const parsers: ReadonlyMap<number, (sql: string) => PiecesBegin> = new Map([
  [9, parseLobSelect],
  [XML, parseXmlBegin],
  [91, parseExtendedStringBegin],
]);

/**
 * Whether the row tells of a value that `_log` does not have. False for another row, and for pieces of a column whose values are followed:
 * LogMiner never gives such pieces, and passing them over would lose a change. One whose column cannot be read is passed over, unless a
 * change of nothing else makes a row.
 */
export function isPassedOver(row: RedoRow, description: TableDescription): boolean {
  if (!isPiece(row)) return false;
  const told = description.lobInLog !== undefined;
  // XML columns are never followed; what undoes pieces says nothing of the rows that remain.
  if (told && (row.rollback || row.operation === XML || !parsers.has(row.operation))) return true;
  const begin = beginningOf(row);
  if (begin === undefined) return !told;
  const column = columnOf(row, description, begin);
  return column === undefined || (!told && isLargeInLog(column.type));
}

/** Whether the row begins pieces that {@link ToldChanges} reads, or cannot. */
export const isTold = (row: RedoRow, description: TableDescription): boolean => {
  if (description.lobInLog === undefined || !parsers.has(row.operation)) return false;
  const begin = beginningOf(row);
  const column = begin && columnOf(row, description, begin);
  return column === undefined || isLargeInLog(column.type);
};

function beginningOf({ operation, sqlRedo }: RedoRow): PiecesBegin | undefined {
  try {
    return parsers.get(operation)?.(sqlRedo ?? '');
  } catch (error) {
    if (error instanceof RedoSyntaxError) return undefined;
    throw error;
  }
}

function columnOf(row: RedoRow, { columns }: TableDescription, begin: PiecesBegin): Column | undefined {
  const stored = isStored(row);
  return columns.find(({ name, segmentColumn = 0 }) => begin.column === (stored ? storedName(segmentColumn) : name));
}

/** The changes of one transaction, told row by row in their order. */
export class ToldChanges {
  readonly #images: Images;
  /** Told last, and possibly with pieces that came since. */
  #last: Change | undefined;

  constructor(images: Images) {
    this.#images = images;
  }

  get last(): Change | undefined {
    return this.#last;
  }

  /** Undefined for pieces that belong to {@link last}, which is another one by now. @throws Failure as Images.change */
  next({ row, table }: CapturedRow): Change | undefined {
    if (!isPiece(row)) {
      this.#last = this.#images.change(row, table);
      return this.#last;
    }
    const begin = beginningOf(row);
    const column = begin && columnOf(row, table, begin);
    if (!begin || !column) throw undecodable(row, table, 'the beginning of a value in pieces is not as expected');
    const image = this.#images.rowOfPieces(row, table, begin);
    const index = table.columns.indexOf(column);
    const owner = this.#last && withPieces(this.#last, table, { image, index });
    if (owner) {
      this.#last = owner;
      return undefined;
    }
    this.#last = { kind: 'update', table: table.table, before: image, after: touched(image, table, index) };
    return this.#last;
  }

  /** A change of a table without pieces comes next. */
  forget(): void {
    this.#last = undefined;
  }
}

/** The change with the column touched; undefined when it is not of this row. */
function withPieces(
  change: Change,
  table: TableDescription,
  { image, index }: { readonly image: Row; readonly index: number },
): Change | undefined {
  if (change.table !== table.table || change.kind === 'delete') return undefined;
  const isOf =
    sameRow(change.after, image, table) || (change.kind === 'update' && sameRow(change.before, image, table));
  return isOf ? { ...change, after: touched(change.after, table, index) } : undefined;
}

function touched(row: Row, { columns, lobInLog }: TableDescription, index: number): Row {
  const type = columns[index]?.type;
  return lobInLog === 'mark' && type ? row.with(index, markOf(type)) : row;
}

const sameRow = (a: Row, b: Row, { columns }: TableDescription): boolean =>
  columns.every(({ type }, index) => isLargeInLog(type) || equal(a[index] ?? null, b[index] ?? null));

const equal = (a: Value, b: Value): boolean =>
  a === b || (a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0);
