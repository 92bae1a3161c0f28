import type { TokenReader } from './sql-parser-tokens.ts';
import type { DeclaredType } from './sql-syntax.ts';

/** Data types as CREATE TABLE and CAST name them, with MAX_STRING_SIZE = EXTENDED. Source: SQL Language Reference, "Data Types". */
type Sized = 'VARCHAR2' | 'CHAR' | 'NVARCHAR2' | 'NCHAR' | 'RAW';

/** In bytes, for national types in characters of two bytes. */
const LONGEST: Readonly<Record<Sized, number>> = {
  VARCHAR2: 32_767,
  CHAR: 2000,
  NVARCHAR2: 16_383,
  NCHAR: 1000,
  RAW: 32_767,
};

const PARSERS: Readonly<Record<string, (reader: TokenReader) => DeclaredType>> = {
  NUMBER: parseNumber,
  FLOAT: (reader) => ({ type: 'NUMBER', binaryDigits: parseBinaryDigits(reader) }),
  BINARY_FLOAT: () => ({ type: 'BINARY_FLOAT' }),
  BINARY_DOUBLE: () => ({ type: 'BINARY_DOUBLE' }),
  VARCHAR2: (reader) => parseText(reader, 'VARCHAR2'),
  CHAR: (reader) => parseText(reader, 'CHAR'),
  NVARCHAR2: (reader) => ({ type: 'NVARCHAR2', length: parseLength(reader, 'NVARCHAR2'), lengthUnit: 'CHAR' }),
  NCHAR: (reader) => ({
    type: 'NCHAR',
    length: reader.isSymbol('(') ? parseLength(reader, 'NCHAR') : 1,
    lengthUnit: 'CHAR',
  }),
  DATE: () => ({ type: 'DATE' }),
  TIMESTAMP: parseTimestamp,
  INTERVAL: parseInterval,
  RAW: (reader) => ({ type: 'RAW', length: parseLength(reader, 'RAW') }),
  CLOB: () => ({ type: 'CLOB' }),
  NCLOB: () => ({ type: 'NCLOB' }),
  BLOB: () => ({ type: 'BLOB' }),
};

/** @throws OracleError 902 for a type that is not imitated, and the errors of lengths and precisions. */
export function parseType(reader: TokenReader): DeclaredType {
  const word = reader.current.kind === 'name' ? reader.current.text : '';
  const parser = Object.hasOwn(PARSERS, word) ? PARSERS[word] : undefined;
  if (parser === undefined) throw reader.error(902, 'invalid datatype');
  reader.take();
  return parser(reader);
}

/** NUMBER(*) is NUMBER; NUMBER(*,s) holds 38 digits, which the dictionary does not say. */
function parseNumber(reader: TokenReader): DeclaredType {
  if (!reader.acceptSymbol('(')) return { type: 'NUMBER' };
  const precision = reader.acceptSymbol('*') ? undefined : reader.integer();
  const scale = reader.acceptSymbol(',') ? reader.integer() : undefined;
  reader.expectSymbol(')');
  checkRange(reader, precision, [1, 38, 1727, 'numeric precision specifier is out of range (1 to 38)']);
  checkRange(reader, scale, [-84, 127, 1728, 'numeric scale specifier is out of range (-84 to 127)']);
  if (precision !== undefined) return { type: 'NUMBER', precision, scale: scale ?? 0 };
  return scale === undefined ? { type: 'NUMBER' } : { type: 'NUMBER', scale };
}

function checkRange(
  reader: TokenReader,
  value: number | undefined,
  [least, most, number, text]: readonly [number, number, number, string],
): void {
  if (value !== undefined && (value < least || value > most)) throw reader.error(number, text);
}

function parseBinaryDigits(reader: TokenReader): number {
  if (!reader.acceptSymbol('(')) return 126;
  const digits = reader.acceptSymbol('*') ? 126 : reader.integer();
  reader.expectSymbol(')');
  if (digits < 1 || digits > 126) throw reader.error(1726, 'floating point precision is out of range (1 to 126)');
  return digits;
}

function parseText(reader: TokenReader, type: 'VARCHAR2' | 'CHAR'): DeclaredType {
  if (type === 'CHAR' && !reader.isSymbol('(')) return { type, length: 1, lengthUnit: 'BYTE' };
  reader.expectSymbol('(');
  const length = reader.integer();
  let lengthUnit: 'BYTE' | 'CHAR' = 'BYTE';
  if (reader.acceptWord('CHAR')) lengthUnit = 'CHAR';
  else reader.acceptWord('BYTE');
  reader.expectSymbol(')');
  return { type, length: checkedLength(reader, type, length), lengthUnit };
}

function parseLength(reader: TokenReader, type: Sized): number {
  reader.expectSymbol('(');
  const length = reader.integer();
  reader.expectSymbol(')');
  return checkedLength(reader, type, length);
}

function checkedLength(reader: TokenReader, type: Sized, length: number): number {
  if (length < 1) throw reader.error(1723, 'zero-length columns are not allowed');
  if (length > LONGEST[type]) throw reader.error(910, 'specified length too long for its datatype');
  return length;
}

function parseTimestamp(reader: TokenReader): DeclaredType {
  const scale = parseDigits(reader, 6);
  if (!reader.acceptWord('WITH')) return { type: 'TIMESTAMP', scale };
  const type = reader.acceptWord('LOCAL') ? 'TIMESTAMP_LTZ' : 'TIMESTAMP_TZ';
  if (!reader.acceptWords('TIME', 'ZONE')) throw reader.error(905, 'missing keyword');
  return { type, scale };
}

function parseInterval(reader: TokenReader): DeclaredType {
  if (reader.acceptWord('YEAR')) {
    const precision = parseDigits(reader, 2);
    if (!reader.acceptWords('TO', 'MONTH')) throw reader.error(905, 'missing keyword');
    return { type: 'INTERVAL_YM', precision };
  }
  if (!reader.acceptWord('DAY')) throw reader.error(905, 'missing keyword');
  const precision = parseDigits(reader, 2);
  if (!reader.acceptWords('TO', 'SECOND')) throw reader.error(905, 'missing keyword');
  return { type: 'INTERVAL_DS', precision, scale: parseDigits(reader, 6) };
}

/** `(n)` with 0 to 9 digits, or nothing. */
export function parseDigits(reader: TokenReader, otherwise: number): number {
  if (!reader.acceptSymbol('(')) return otherwise;
  const digits = reader.integer();
  reader.expectSymbol(')');
  if (digits < 0 || digits > 9) throw reader.error(30_088, 'datetime/interval precision is out of range');
  return digits;
}
