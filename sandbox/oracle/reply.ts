import { FIXED_BYTES, isNational } from './declared-types.ts';
import type { BatchError, OracleError, ResultColumn, SqlType, SqlValue } from './engine.ts';
import type { Pair } from './login.ts';
import { WIRE_TYPE, writeRowid, writeRows } from './values.ts';
import type { WireWriter } from './wire-writer.ts';

const MESSAGE = { end: 4, rowHeader: 6, parameters: 8, status: 9, describe: 16, endOfResponse: 29 } as const;
const IN_TRANSACTION = 2;
const NO_SCALE = -127;
const LONGEST_STRING = 32_767;
const CHARACTER_SET_AL32UTF8 = 873;
const CHARACTER_SET_AL16UTF16 = 2000;
/** Of a ROWID its text. */
const SIZE_OF: Readonly<Partial<Record<SqlType, number>>> = { ...FIXED_BYTES, ROWID: 18 };

/** Field versions since which messages carry more fields. */
const SINCE = { collation: 8, checksum: 14, domain: 17, annotations: 20, vector: 24 } as const;

/** The short end of a call that needs no cursor: ping, commit, rollback. */
export function writeStatus(writer: WireWriter, inTransaction: boolean): void {
  writer.uint8(MESSAGE.status).integers(inTransaction ? IN_TRANSACTION : 0, 0);
}

/** The last byte of a reply, where both sides agreed to mark it. */
export function writeEndOfResponse(writer: WireWriter): void {
  writer.uint8(MESSAGE.endOfResponse);
}

export function writePairs(writer: WireWriter, pairs: readonly Pair[]): void {
  writer.uint8(MESSAGE.parameters).integer(pairs.length);
  for (const [key, value, flags] of pairs) writer.keyValue(key, value, flags);
}

export interface CallEnd {
  /** Sequence number of the request. */
  readonly sequence: number;
  readonly inTransaction: boolean;
  readonly error?: OracleError | undefined;
  readonly cursorId?: number;
  /** Affected by DML; delivered so far of a query. */
  readonly rowCount?: number;
  readonly lastRowid?: string | undefined;
  readonly batchErrors?: readonly BatchError[] | undefined;
}

/** The full end of a call: outcome, error, cursor. */
export function writeCallEnd(writer: WireWriter, end: CallEnd, fieldVersion: number): void {
  const number = end.error?.number ?? 0;
  const rowCount = end.rowCount ?? 0;
  writer.uint8(MESSAGE.end).integers(end.inTransaction ? IN_TRANSACTION : 0, 0, rowCount);
  writer.integers(number, 0, 0, end.cursorId ?? 0, end.error?.position ?? 0);
  writer.zeros(6); // sql type, fatal, flags, cursor options, UPI parameter, warning
  writeRowid(writer, end.lastRowid ?? '');
  writer.integer(0).uint8(0); // error of the operating system, of the statement
  writer.uint8(end.sequence).integers(0, 0, 0); // padding, successful iterations, logical ROWID
  writeBatchErrors(writer, end.batchErrors ?? []);
  writer.integers(number, rowCount);
  if (fieldVersion >= SINCE.checksum) writer.integers(0, 0);
  if (end.error !== undefined) writer.text(`${end.error.message}\n`);
}

/** Three arrays: codes, offsets, texts. The byte in front of each must not be 254, which announces another form. */
function writeBatchErrors(writer: WireWriter, errors: readonly BatchError[]): void {
  writer.integer(errors.length);
  if (errors.length > 0) writer.uint8(1);
  for (const { error } of errors) writer.integer(error.number);
  writer.integer(errors.length);
  if (errors.length > 0) writer.uint8(1);
  for (const { offset } of errors) writer.integer(offset);
  writer.integer(errors.length);
  if (errors.length > 0) writer.uint8(1);
  for (const { error } of errors) {
    const text = `${error.message}\n`;
    writer.integer(Buffer.byteLength(text, 'utf8')).text(text).zeros(2);
  }
}

export function writeDescribe(writer: WireWriter, columns: readonly ResultColumn[], fieldVersion: number): void {
  const rowSize = columns.reduce((sum, column) => sum + sizeOf(column), 0);
  writer.uint8(MESSAGE.describe).uint8(0).integers(rowSize, columns.length);
  if (columns.length > 0) writer.uint8(0);
  columns.forEach((column, index) => {
    writeColumn(writer, column, fieldVersion);
    writer.integers(0, 0, index + 1, 0); // schema and name of an object type, position, flags
    if (fieldVersion >= SINCE.domain) writer.integers(0, 0);
    if (fieldVersion >= SINCE.annotations) writer.integer(0);
    if (fieldVersion >= SINCE.vector) writer.integer(0).zeros(2);
  });
  writer.integer(7).bytes(Buffer.from([120, 126, 1, 1, 1, 1, 1])); // when the cursor was described; nobody reads it
  writer.integers(0, 0, 0, 0, 0);
}

function writeColumn(writer: WireWriter, column: ResultColumn, fieldVersion: number): void {
  const characters = column.type === 'VARCHAR2' || column.type === 'CHAR' || column.type === 'CLOB';
  const size = sizeOf(column);
  writer.uint8(WIRE_TYPE[column.type]).uint8(0x80);
  writer.uint8(column.precision ?? 0).uint8(scaleOf(column) & 0xff);
  writer.integers(size, 0, 0, 0, 0); // size in bytes, array elements, flags, object id, version
  if (isNational(column.type) || column.type === 'NCLOB')
    writer
      .integer(CHARACTER_SET_AL16UTF16)
      .uint8(2)
      .integer(Math.ceil(size / 2));
  else
    writer
      .integer(characters ? CHARACTER_SET_AL32UTF8 : 0)
      .uint8(characters ? 1 : 0)
      .integer(characters ? size : 0);
  if (fieldVersion >= SINCE.collation) writer.integer(0);
  writer.uint8(column.nullable ? 1 : 0);
  writer.uint8(Math.min(column.name.length, 255)).announced(column.name);
}

/** Never 0: that announces a column that is always null and whose values are not sent. */
function sizeOf(column: ResultColumn): number {
  return SIZE_OF[column.type] ?? Math.min(Math.max(column.size ?? 4000, 1), LONGEST_STRING);
}

function scaleOf(column: ResultColumn): number {
  if (column.type === 'NUMBER') return column.scale ?? (column.precision === undefined ? NO_SCALE : 0);
  if (column.type === 'INTERVAL_DS' || column.type.startsWith('TIMESTAMP')) return column.scale ?? 6;
  return 0;
}

/** The header of a block of rows. */
export function writeRowHeader(writer: WireWriter, columnCount: number): void {
  writer.uint8(MESSAGE.rowHeader).uint8(0).integers(columnCount, 0, 1, 0, 0, 0);
}

/** The header of a block of rows, and the rows. */
export function writeRowBlock(
  writer: WireWriter,
  columns: readonly ResultColumn[],
  rows: readonly (readonly SqlValue[])[],
): void {
  if (rows.length === 0) return;
  writeRowHeader(writer, columns.length);
  writeRows(writer, columns, rows);
}

/** Return parameters of an execution: six words (the third is the cursor), no changes of the session, affected rows per bind row. */
export function writeParameters(writer: WireWriter, cursorId: number, rowCounts?: readonly number[]): void {
  writer.uint8(MESSAGE.parameters).integers(6, 0, 0, cursorId, 0, 0, 0);
  writer.integers(0, 0, 0);
  if (rowCounts === undefined) return;
  writer.integer(rowCounts.length);
  for (const count of rowCounts) writer.integer(count);
}
