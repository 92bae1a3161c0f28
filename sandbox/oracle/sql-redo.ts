import { bytesOf, textOf } from './conversions.ts';
import { isLob, isNational } from './declared-types.ts';
import type { SqlType, SqlValue } from './engine.ts';
import { lastRowid } from './index-organized.ts';
import { writeNumber } from './number-bytes.ts';
import { isApart, isUnlogged } from './out-of-row.ts';
import type { RedoRecord } from './redo-types.ts';
import type { SessionSettings } from './sql-compiled.ts';
import type { Column, Row, Table } from './store.ts';
import { textForm } from './value-text.ts';
import { WireWriter } from './wire-writer.ts';

/**
 * SQL_REDO as LogMiner prints it. Sources: Oracle Database Utilities, "Using LogMiner to Analyze Redo Log Files" (the
 * examples' spelling, UNSUPPORTED forms), and the forms that Debezium's and OpenLogReplicator's parsers are tested with.
 */
export interface PrintOptions {
  readonly settings: Readonly<SessionSettings>;
  /** DICT_FROM_ONLINE_CATALOG; without it names are numbers and values hexadecimal. */
  readonly dictionary: boolean;
  /** Not NO_ROWID_IN_STMT. */
  readonly rowids: boolean;
  /** Not NO_SQL_DELIMITER. */
  readonly delimiter: boolean;
}

/** What a reader learns of a table: `UNKNOWN."OBJ# n"` once it, or the segment of the row, is gone. */
export interface PrintedTable {
  readonly owner: string;
  readonly name: string;
  readonly known: boolean;
  /** The dictionary of today speaks of the columns that the row had. */
  readonly sameColumns: boolean;
}

export function printedTable({ shape, slot }: RedoRecord, table: Table, dictionary: boolean): PrintedTable {
  if (!dictionary || table.state === 'purged' || slot?.piece.replaced === true) {
    const objectId = slot?.piece.objectId ?? table.objectId;
    return { owner: 'UNKNOWN', name: `OBJ# ${objectId}`, known: false, sameColumns: false };
  }
  const name = table.state === 'present' ? table.name : table.state.recycledAs;
  return { owner: table.owner, name, known: true, sameColumns: shape?.version === table.shape.version };
}

/** Null where LogMiner has no statement to show. */
export function printStatement(record: RedoRecord, options: PrintOptions): string | null {
  if (record.blemish === 'unsupported') return 'Unsupported';
  const text = printBare(record, options);
  return text === null || !options.delimiter ? text : `${text};`;
}

function printBare(record: RedoRecord, options: PrintOptions): string | null {
  switch (record.kind) {
    case 'start':
      return 'set transaction read write';
    case 'commit':
      return 'commit';
    case 'rollback':
      return 'rollback';
    case 'ddl':
      return record.text ?? '';
    case 'internal':
    case 'missing scn':
      return null;
    default:
      return record.table === undefined ? '' : printChange(record, record.table, options);
  }
}

interface Printer {
  readonly record: RedoRecord;
  /** Of the row when it was written. */
  readonly columns: readonly Column[];
  readonly options: PrintOptions;
  /** Columns have their names, and values are printed by their types. */
  readonly named: boolean;
  readonly before: Row;
  readonly after: Row;
}

const NO_IMAGE: Row = [];

function printerOf(record: RedoRecord, table: Table, options: PrintOptions): Printer {
  const { sameColumns } = printedTable(record, table, options.dictionary);
  const { before = NO_IMAGE, after = NO_IMAGE } = record;
  const { columns } = record.shape ?? table.shape;
  return { record, columns, options, named: sameColumns, before, after };
}

/** `"OWNER"."NAME"`. */
export function printPath(record: RedoRecord, { dictionary }: PrintOptions): string {
  if (record.table === undefined) return '';
  const { owner, name } = printedTable(record, record.table, dictionary);
  return `"${owner}"."${name}"`;
}

/** ` where …`: the row as it is after the change. */
export function printRowCondition(record: RedoRecord, options: PrintOptions): string {
  if (record.table === undefined) return '';
  const printer = printerOf(record, record.table, options);
  return printWhere({ ...printer, before: printer.after }, printer.columns.keys());
}

function printChange(record: RedoRecord, table: Table, options: PrintOptions): string {
  const printer = printerOf(record, table, options);
  const path = printPath(record, options);
  switch (record.kind) {
    case 'insert':
      return `insert into ${path}(${printNames(printer)}) values (${printValues(printer)})`;
    case 'update':
      return `update ${path} set ${printSet(printer)}${printWhere(printer)}`;
    case 'select for update':
      return `select ${printNames(printer)} from ${path}${printWhere(printer)} for update`;
    default:
      return `delete from ${path}${printWhere(printer)}`;
  }
}

const knownNames = new WeakMap<readonly Column[], string>();

function printNames({ columns, named }: Printer): string {
  const printed = named ? knownNames.get(columns) : undefined;
  if (printed !== undefined) return printed;
  const names = columns.flatMap((column, index) =>
    isPrinted(column, named) ? [`"${columnName(column, index, named)}"`] : [],
  );
  const list = names.join(',');
  if (named) knownNames.set(columns, list);
  return list;
}

/** To the dictionary an unused column is not there; a row of another version shows everything that is stored. */
function isPrinted(column: Column, named: boolean): boolean {
  return !named || column.unused !== true;
}

/** `COL n` counts DBA_TAB_COLS.SEGMENT_COLUMN_ID. */
function columnName(column: Column, index: number, named: boolean): string {
  return named ? column.name : `COL ${index + 1}`;
}

function printValues(printer: Printer): string {
  const { columns, named, after } = printer;
  let text = '';
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index];
    if (column === undefined || !isPrinted(column, named)) continue;
    const value = after[index] ?? null;
    const literal = isApart(printer.record, column, index)
      ? printMissing(column)
      : printLiteral(printer, column, value);
    text += (text === '' ? '' : ',') + literal;
  }
  return text;
}

function printSet(printer: Printer): string {
  const { record, columns, named, after } = printer;
  const parts: string[] = [];
  for (const index of record.columns ?? []) {
    const column = columns[index];
    if (column === undefined || !isPrinted(column, named) || isApart(record, column, index)) continue;
    parts.push(`"${columnName(column, index, named)}" = ${printLiteral(printer, column, after[index] ?? null)}`);
  }
  return parts.join(', ');
}

/** A compensation has no supplemental data: its WHERE is the ROWID, or nothing at all. */
function printWhere(printer: Printer, indexes: Iterable<number> = whereColumns(printer)): string {
  const { record, columns, options, named, before } = printer;
  const parts: string[] = [];
  for (const index of indexes) {
    const column = columns[index];
    if (column === undefined || !isPrinted(column, named) || isUnlogged(column)) continue;
    const value = before[index] ?? null;
    const test = value === null ? 'IS NULL' : `= ${printLiteral(printer, column, value)}`;
    parts.push(`"${columnName(column, index, named)}" ${test}`);
  }
  const { lastRowid: rowid } = options.rowids ? lastRowid(record.slot) : {};
  if (rowid !== undefined) parts.push(`ROWID = '${rowid}'`);
  return parts.length === 0 ? '' : ` where ${parts.join(' and ')}`;
}

/** All columns with ALL COLUMNS logging. Without it the undo in the redo has the whole deleted row, and what an update changed. */
function whereColumns({ record, columns }: Printer): readonly number[] {
  if (record.compensation) return [];
  if (record.allColumns || record.kind === 'delete') return columns.map((_column, index) => index);
  return record.columns ?? [];
}

/** In the place of a value that follows in pieces. */
function printMissing({ declared: { type } }: Column): string {
  if (!isLob(type)) return 'NULL';
  return type === 'BLOB' ? 'EMPTY_BLOB()' : 'EMPTY_CLOB()';
}

function printLiteral({ record, options, named }: Printer, column: Column, value: SqlValue): string {
  if (value === null) return 'NULL';
  const { type } = column.declared;
  if (value.length === 0) return printMissing(column);
  if (!named) return `HEXTORAW('${storedBytes(type, value).toString('hex')}')`;
  const { settings } = options;
  switch (type) {
    case 'DATE':
      return `TO_DATE('${textForm(value, column.declared, settings)}', '${settings.dateFormat}')`;
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return `TO_TIMESTAMP('${textForm(value, column.declared, settings)}')`;
    case 'TIMESTAMP_TZ':
      return `TO_TIMESTAMP_TZ('${textForm(value, column.declared, settings)}')`;
    case 'INTERVAL_YM':
      return `TO_YMINTERVAL('${textForm(value, column.declared, settings)}')`;
    case 'INTERVAL_DS':
      return `TO_DSINTERVAL('${textForm(value, column.declared, settings)}')`;
    case 'RAW':
    case 'BLOB':
      return printBytes(bytesOf(value));
    case 'NCLOB':
    case 'NVARCHAR2':
    case 'NCHAR':
      return printNational(textOf(value));
    default:
      return quoted(textForm(value, column.declared, settings), record.blemish === 'unescaped');
  }
}

export function printBytes(bytes: Buffer): string {
  return `HEXTORAW('${bytes.toString('hex')}')`;
}

export function quoted(text: string, bare: boolean): string {
  if (bare) return `'${text}'`;
  return text.includes("'") ? `'${text.replaceAll("'", "''")}'` : `'${text}'`;
}

/** UTF-16 units of one UNISTR; longer text is joined with `||` (the length is assumed). */
const UNISTR_UNITS = 1000;

/** Everything but printable ASCII as `\hhhh`. */
export function printNational(text: string): string {
  const parts: string[] = [];
  for (let at = 0; at < text.length; at += UNISTR_UNITS) {
    const escaped = text.slice(at, at + UNISTR_UNITS).replace(/[^ -~]|['\\]/g, escapeUnit);
    parts.push(`UNISTR('${escaped}')`);
  }
  return parts.join(' || ');
}

function escapeUnit(unit: string): string {
  if (unit === "'" || unit === '\\') return unit + unit;
  return `\\${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Oracle's internal format, printed when the dictionary does not know the table. */
function storedBytes(type: SqlType, value: string | Buffer): Buffer {
  if (typeof value !== 'string') return value;
  if (isNational(type) || isLob(type)) return Buffer.from(value, 'utf16le').swap16();
  if (type !== 'NUMBER') return Buffer.from(value);
  const writer = new WireWriter(32);
  writeNumber(writer, value);
  // Without the length byte in front.
  return Buffer.from(writer.view().subarray(1));
}

export const ROW_BYTES = 4000;
/** What surrounds a value at most, besides its column's name. */
const LITERAL_BYTES = 120;

/** More bytes than SQL_REDO of the record can have. */
export function longestStatement({ change, table, text, shape }: RedoRecord): number {
  if (change === undefined || table === undefined || shape === undefined) return 100 + (text?.length ?? 0) * 3;
  const values = change.byteLength + (change.previous?.byteLength ?? 0);
  let names = (table.owner.length + table.name.length) * 4;
  for (const { name } of shape.columns) names += LITERAL_BYTES + name.length * 4;
  return names * (change.kind === 'update' ? 2 : 1) + values * 6 + LITERAL_BYTES;
}

/** Cuts SQL_REDO over rows of at most 4000 bytes, between characters but anywhere else, even inside quotes. */
export function cutStatement(text: string): readonly string[] {
  // No character has more than three bytes a UTF-16 unit.
  if (text.length * 3 <= ROW_BYTES || Buffer.byteLength(text) <= ROW_BYTES) return [text];
  const bytes = Buffer.from(text);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    let end = Math.min(at + ROW_BYTES, bytes.length);
    // A byte 10xxxxxx continues a character.
    while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    parts.push(bytes.toString('utf8', at, end));
    at = end;
  }
  return parts;
}
