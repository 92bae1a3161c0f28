import { decodeBinary, encodeBinary } from './binary-numbers.ts';
import { isLob } from './declared-types.ts';
import type { Bind, ResultColumn, SqlType, SqlValue } from './engine.ts';
import { readNumber, writeNumber } from './number-bytes.ts';
import type { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** Wire numbers of the types that columns are described with (Oracle's internal data type codes, as in DUMP's `Typ=`). */
export const WIRE_TYPE: Readonly<Record<SqlType, number>> = {
  VARCHAR2: 1,
  NVARCHAR2: 1,
  NUMBER: 2,
  ROWID: 11,
  CLOB: 112,
  NCLOB: 112,
  BLOB: 113,
  DATE: 12,
  RAW: 23,
  CHAR: 96,
  NCHAR: 96,
  BINARY_FLOAT: 100,
  BINARY_DOUBLE: 101,
  TIMESTAMP: 180,
  TIMESTAMP_TZ: 181,
  INTERVAL_YM: 182,
  INTERVAL_DS: 183,
  TIMESTAMP_LTZ: 231,
};

/** What clients bind: the types above, BINARY_INTEGER (3), and LONG (8) or LONG RAW (24) for values beyond the string limit. */
const BIND_TYPE: ReadonlyMap<number, SqlType> = new Map<number, SqlType>([
  [1, 'VARCHAR2'],
  [2, 'NUMBER'],
  [3, 'NUMBER'],
  [8, 'VARCHAR2'],
  [12, 'DATE'],
  [23, 'RAW'],
  [24, 'RAW'],
  [96, 'CHAR'],
  [100, 'BINARY_FLOAT'],
  [101, 'BINARY_DOUBLE'],
  [180, 'TIMESTAMP'],
  [181, 'TIMESTAMP_TZ'],
  [182, 'INTERVAL_YM'],
  [183, 'INTERVAL_DS'],
  [231, 'TIMESTAMP_LTZ'],
]);

/** The type of a bind, or undefined when the pretended database does not take it (BOOLEAN, LOB, REF CURSOR, …). */
export function bindType(wireType: number, national: boolean): SqlType | undefined {
  const type = BIND_TYPE.get(wireType);
  if (!national) return type;
  return type === 'VARCHAR2' ? 'NVARCHAR2' : type === 'CHAR' ? 'NCHAR' : undefined;
}

/** Reads one bind value; national characters are UTF-16 big endian. */
export function readBind(reader: WireReader, type: SqlType): Bind {
  const bytes = reader.bytes();
  return { type, value: bytes === null ? null : bindValue(bytes, type) };
}

function bindValue(bytes: Buffer, type: SqlType): SqlValue {
  switch (type) {
    case 'NUMBER':
      return readNumber(bytes);
    case 'VARCHAR2':
    case 'CHAR':
    case 'ROWID':
      return bytes.toString('utf8');
    case 'NVARCHAR2':
    case 'NCHAR':
      return Buffer.from(bytes).swap16().toString('utf16le');
    case 'BINARY_FLOAT':
    case 'BINARY_DOUBLE':
      return encodeBinary(type, decodeBinary(bytes)); // one NaN for all
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return shortTimestamp(bytes);
    default:
      return Buffer.from(bytes); // a copy: the request's buffer is much larger and must not be kept
  }
}

/** Without a fraction of zero. */
function shortTimestamp(bytes: Buffer): Buffer {
  const whole = bytes.length === 11 && bytes.readUInt32BE(7) === 0;
  return Buffer.from(whole ? bytes.subarray(0, 7) : bytes);
}

type ColumnWriter = (writer: WireWriter, value: string | Buffer) => void;

const writeCharacters: ColumnWriter = (writer, value) => {
  if (typeof value === 'string') writer.text(value);
  else throw new TypeError('characters cross the engine seam as a string');
};

const writeNational: ColumnWriter = (writer, value) => {
  if (typeof value === 'string') writer.bytes(Buffer.from(value, 'utf16le').swap16());
  else throw new TypeError('characters cross the engine seam as a string');
};

const writeBytes: ColumnWriter = (writer, value) => {
  if (typeof value === 'string') throw new TypeError('dates and bytes cross the engine seam as a Buffer');
  writer.bytes(value);
};

/** LONG and LONG RAW, the form in which clients that want no locators fetch LOBs: the content, an indicator and a return code. */
function longForm(write: ColumnWriter): ColumnWriter {
  return (writer, value) => {
    write(writer, value);
    writer.integers(0, 0);
  };
}

const COLUMN_WRITER: Readonly<Record<SqlType, ColumnWriter>> = {
  NUMBER: (writer, value) => {
    if (typeof value === 'string') writeNumber(writer, value);
    else throw new TypeError('NUMBER crosses the engine seam as a string');
  },
  VARCHAR2: writeCharacters,
  CHAR: writeCharacters,
  NVARCHAR2: writeNational,
  NCHAR: writeNational,
  BINARY_FLOAT: writeBytes,
  BINARY_DOUBLE: writeBytes,
  DATE: writeBytes,
  TIMESTAMP: writeBytes,
  TIMESTAMP_TZ: writeBytes,
  TIMESTAMP_LTZ: writeBytes,
  INTERVAL_YM: writeBytes,
  INTERVAL_DS: writeBytes,
  RAW: writeBytes,
  CLOB: longForm(writeCharacters),
  NCLOB: longForm(writeNational),
  BLOB: longForm(writeBytes),
  ROWID: (writer, value) => {
    if (typeof value === 'string') writeRowid(writer.uint8(ROWID_PRESENT), value);
    else throw new TypeError('ROWID crosses the engine seam as a string');
  },
};

const NULL_FETCHED = 1405;

/** Writes NULL. */
export function writeNull(writer: WireWriter, type: SqlType): void {
  writer.uint8(0);
  if (isLob(type)) writer.integers(-1, NULL_FETCHED);
}

/** Writes a value that is not null. */
export function valueWriter(type: SqlType): ColumnWriter {
  return COLUMN_WRITER[type];
}

const ROW_DATA = 7;

/** Writes rows as row data messages: the values in column order, each with its length; null and the empty string have length 0. */
export function writeRows(
  writer: WireWriter,
  columns: readonly ResultColumn[],
  rows: readonly (readonly SqlValue[])[],
): void {
  const writers = columns.map((column) => COLUMN_WRITER[column.type]);
  for (const row of rows) {
    writer.uint8(ROW_DATA);
    for (const [index, { type }] of columns.entries()) {
      const value = row[index];
      if (value === null || value === undefined) writeNull(writer, type);
      else writers[index]?.(writer, value);
    }
  }
}

const ROWID_PRESENT = 14;
const ROWID_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * Writes the parts of an extended ROWID (6 characters object, 3 file, 6 block, 3 row, base 64): UB4 object, UB2 file,
 * a zero byte, UB4 block, UB2 row. The empty text writes zeros.
 */
export function writeRowid(writer: WireWriter, rowid: string): void {
  writer.integers(rowidPart(rowid, 0, 6), rowidPart(rowid, 6, 9)).uint8(0);
  writer.integers(rowidPart(rowid, 9, 15), rowidPart(rowid, 15, 18));
}

function rowidPart(rowid: string, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < Math.min(to, rowid.length); index++) {
    value = value * 64 + ROWID_DIGITS.indexOf(rowid.charAt(index));
  }
  return value;
}
