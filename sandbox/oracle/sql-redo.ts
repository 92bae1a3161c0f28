import { bytesOf, formatDate, textOf } from './conversions.ts';
import { decimalToText } from './decimal.ts';
import type { SqlType, SqlValue } from './engine.ts';
import { writeNumber } from './number-bytes.ts';
import type { RedoRecord } from './redo-log.ts';
import type { SessionSettings } from './sql-compiled.ts';
import { rowidOf } from './store.ts';
import type { Column, Table } from './store.ts';
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

/** What a reader learns of a table: `UNKNOWN."OBJ# n"` once it is purged. */
export interface PrintedTable {
  readonly owner: string;
  readonly name: string;
  readonly known: boolean;
}

export function printedTable(table: Table, dictionary: boolean): PrintedTable {
  if (!dictionary || table.state === 'purged')
    return { owner: 'UNKNOWN', name: `OBJ# ${table.objectId}`, known: false };
  if (table.state === 'present') return { owner: table.owner, name: table.name, known: true };
  return { owner: table.owner, name: table.state.recycledAs, known: true };
}

export function printStatement(record: RedoRecord, options: PrintOptions): string {
  return printBare(record, options) + (options.delimiter ? ';' : '');
}

function printBare(record: RedoRecord, options: PrintOptions): string {
  switch (record.kind) {
    case 'start':
      return 'set transaction read write';
    case 'commit':
      return 'commit';
    case 'rollback':
      return 'rollback';
    case 'ddl':
      return record.text ?? '';
    default:
      return record.table === undefined ? '' : printChange(record, record.table, options);
  }
}

interface Printer {
  readonly record: RedoRecord;
  readonly table: Table;
  readonly options: PrintOptions;
  readonly known: boolean;
}

function printChange(record: RedoRecord, table: Table, options: PrintOptions): string {
  const { owner, name, known } = printedTable(table, options.dictionary);
  const printer: Printer = { record, table, options, known };
  const path = `"${owner}"."${name}"`;
  switch (record.kind) {
    case 'insert':
      return `insert into ${path}(${printNames(printer)}) values (${printValues(printer)})`;
    case 'update':
      return `update ${path} set ${printSet(printer)}${printWhere(printer)}`;
    default:
      return `delete from ${path}${printWhere(printer)}`;
  }
}

function printNames({ table, known }: Printer): string {
  return table.columns.map((column, index) => `"${columnName(column, index, known)}"`).join(',');
}

function columnName(column: Column, index: number, known: boolean): string {
  return known ? column.name : `COL ${index + 1}`;
}

function printValues(printer: Printer): string {
  const { table, record } = printer;
  return table.columns.map((column, index) => printLiteral(printer, column, record.after?.[index] ?? null)).join(',');
}

function printSet(printer: Printer): string {
  const { record, table, known } = printer;
  const parts: string[] = [];
  for (const index of record.columns ?? []) {
    const column = table.columns[index];
    if (column === undefined) continue;
    parts.push(
      `"${columnName(column, index, known)}" = ${printLiteral(printer, column, record.after?.[index] ?? null)}`,
    );
  }
  return parts.join(', ');
}

/** A compensation has no supplemental data: its WHERE is the ROWID, or nothing at all. */
function printWhere(printer: Printer): string {
  const { record, table, options, known } = printer;
  const parts: string[] = [];
  for (const index of whereColumns(record, table)) {
    const column = table.columns[index];
    if (column === undefined) continue;
    const value = record.before?.[index] ?? null;
    const test = value === null ? 'IS NULL' : `= ${printLiteral(printer, column, value)}`;
    parts.push(`"${columnName(column, index, known)}" ${test}`);
  }
  if (options.rowids && record.slot !== undefined) parts.push(`ROWID = '${rowidOf(record.slot)}'`);
  return parts.length === 0 ? '' : ` where ${parts.join(' and ')}`;
}

/** All columns with ALL COLUMNS logging, else the key and what the statement changed. */
function whereColumns(record: RedoRecord, table: Table): readonly number[] {
  if (record.compensation) return [];
  if (record.allColumns) return table.columns.map((_column, index) => index);
  const key = table.constraints.find(({ kind }) => kind === 'primary')?.columns ?? [];
  return [...new Set([...key, ...(record.columns ?? [])])].sort((left, right) => left - right);
}

function printLiteral({ options, known }: Printer, column: Column, value: SqlValue): string {
  if (value === null) return 'NULL';
  const { type, scale } = column.declared;
  if (!known) return `HEXTORAW('${storedBytes(type, value).toString('hex')}')`;
  switch (type) {
    case 'NUMBER':
      return `'${decimalToText(textOf(value))}'`;
    case 'DATE':
      return `TO_DATE('${formatDate(bytesOf(value), options.settings.dateFormat, 0)}', '${options.settings.dateFormat}')`;
    case 'TIMESTAMP':
      return `TO_TIMESTAMP('${formatDate(bytesOf(value), options.settings.timestampFormat, scale)}')`;
    case 'RAW':
      return `HEXTORAW('${bytesOf(value).toString('hex')}')`;
    default:
      return `'${textOf(value).replaceAll("'", "''")}'`;
  }
}

/** Oracle's internal format, printed when the dictionary does not know the table. */
function storedBytes(type: SqlType, value: string | Buffer): Buffer {
  if (typeof value !== 'string') return value;
  if (type !== 'NUMBER') return Buffer.from(value);
  const writer = new WireWriter(32);
  writeNumber(writer, value);
  // Without the length byte in front.
  return Buffer.from(writer.view().subarray(1));
}

const ROW_BYTES = 4000;

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
