import type { SqlType } from './engine.ts';
import type { DeclaredType } from './sql-syntax.ts';

/** What the declaration of a column's type says about its values. Source: SQL Language Reference, "Data Types". */
export function isNational(type: SqlType): boolean {
  return type === 'NVARCHAR2' || type === 'NCHAR';
}

/** The most bytes that a value of a type without a length has, as stored and as announced to clients. */
export const FIXED_BYTES: Readonly<Partial<Record<SqlType, number>>> = {
  NUMBER: 22,
  BINARY_FLOAT: 4,
  BINARY_DOUBLE: 8,
  DATE: 7,
  TIMESTAMP: 11,
  TIMESTAMP_TZ: 13,
  TIMESTAMP_LTZ: 11,
  INTERVAL_YM: 5,
  INTERVAL_DS: 11,
  CLOB: 4000,
  NCLOB: 4000,
  BLOB: 4000,
};

export function isLob(type: SqlType): boolean {
  return type === 'CLOB' || type === 'NCLOB' || type === 'BLOB';
}

/** The most bytes that a value of a character or RAW type has (AL32UTF8: up to four a character; AL16UTF16: two a unit). */
export function byteLimit({ type, length = 0, lengthUnit }: DeclaredType): number {
  if (isNational(type)) return length * 2;
  return lengthUnit === 'CHAR' ? Math.min(length * 4, type === 'CHAR' ? 2000 : 32_767) : length;
}

const STANDARD_STRING_BYTES = 4000;
const STANDARD_RAW_BYTES = 2000;

/** Longer than MAX_STRING_SIZE = STANDARD allows: Oracle stores such a column as a LOB (Database Reference, MAX_STRING_SIZE). */
export function isExtended(declared: DeclaredType): boolean {
  const { type } = declared;
  if (type === 'RAW') return byteLimit(declared) > STANDARD_RAW_BYTES;
  return (type === 'VARCHAR2' || type === 'NVARCHAR2') && byteLimit(declared) > STANDARD_STRING_BYTES;
}

/** DATA_LENGTH. */
export function dataLength(declared: DeclaredType): number {
  if (declared.scale === 0 && (declared.type === 'TIMESTAMP' || declared.type === 'TIMESTAMP_LTZ')) return 7;
  return FIXED_BYTES[declared.type] ?? byteLimit(declared);
}

/** DATA_TYPE: `TIMESTAMP(6) WITH TIME ZONE`, `INTERVAL DAY(2) TO SECOND(6)`. */
export function typeText({ type, precision = 2, scale = 6, binaryDigits }: DeclaredType): string {
  switch (type) {
    case 'TIMESTAMP':
      return `TIMESTAMP(${scale})`;
    case 'TIMESTAMP_TZ':
      return `TIMESTAMP(${scale}) WITH TIME ZONE`;
    case 'TIMESTAMP_LTZ':
      return `TIMESTAMP(${scale}) WITH LOCAL TIME ZONE`;
    case 'INTERVAL_YM':
      return `INTERVAL YEAR(${precision}) TO MONTH`;
    case 'INTERVAL_DS':
      return `INTERVAL DAY(${precision}) TO SECOND(${scale})`;
    default:
      return binaryDigits === undefined ? type : 'FLOAT';
  }
}
