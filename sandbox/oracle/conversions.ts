import { compareDecimal, decimalToText, parseDecimal } from './decimal.ts';
import { formatMoment, parseMoment } from './date-masks.ts';
import { decodeMoment, decodeUtc, encodeDate, encodeTimestamp, encodeZoned, zoneMinutesOf } from './dates.ts';
import { OracleError } from './engine.ts';
import { compareRowids, decodeRowid } from './rowids.ts';
import { mapped } from './sql-compiled.ts';
import type { Compiled, StatementContext } from './sql-compiled.ts';
import type { ValueType } from './sql-syntax.ts';

/** Implicit conversions and comparisons. Source: SQL Language Reference, "Data Type Comparison Rules" and "Data Conversion". */
export type Family = 'number' | 'text' | 'date' | 'raw' | 'rowid';

const FAMILIES: Readonly<Record<ValueType, Family>> = {
  NUMBER: 'number',
  VARCHAR2: 'text',
  CHAR: 'text',
  DATE: 'date',
  TIMESTAMP: 'date',
  TIMESTAMP_TZ: 'date',
  RAW: 'raw',
  ROWID: 'rowid',
};

export function familyOf(type: ValueType): Family {
  return FAMILIES[type];
}

const NUMBER_TEXT_BYTES = 40;
const DATE_TEXT_BYTES = 75;

type Converter = (value: string | Buffer, from: Compiled, context: StatementContext) => string | Buffer;

const same: Converter = (value) => value;
const hexToBytes: Converter = (value) => parseHex(textOf(value));
const textToRowid: Converter = (value) => {
  decodeRowid(textOf(value));
  return value;
};
const textToNumber: Converter = (value) => numberFromText(textOf(value));
const zonedToTimestamp: Converter = (value) => encodeTimestamp(decodeMoment(bytesOf(value)));
const toDate: Converter = (value) => encodeDate(decodeMoment(bytesOf(value)));
const dateToText: Converter = (value, from, context) => dateText(bytesOf(value), from, context);
const bytesToHex: Converter = (value) => bytesOf(value).toString('hex').toUpperCase();
const numberToText: Converter = (value) => decimalToText(textOf(value));
const textToDate: Converter = (value, _from, { settings, now }) =>
  encodeDate(parseMoment(textOf(value), settings.dateFormat, now));
const textToTimestamp: Converter = (value, _from, { settings, now }) =>
  encodeTimestamp(parseMoment(textOf(value), settings.timestampFormat, now));

/** By target type, then by source type. What is missing is ORA-00932. */
const CONVERTERS: Readonly<Record<ValueType, Partial<Record<ValueType, Converter>>>> = {
  NUMBER: { VARCHAR2: textToNumber, CHAR: textToNumber },
  VARCHAR2: {
    CHAR: same,
    NUMBER: numberToText,
    DATE: dateToText,
    TIMESTAMP: dateToText,
    TIMESTAMP_TZ: dateToText,
    RAW: bytesToHex,
    ROWID: same,
  },
  CHAR: {},
  DATE: { VARCHAR2: textToDate, CHAR: textToDate, TIMESTAMP: toDate, TIMESTAMP_TZ: toDate },
  TIMESTAMP: { VARCHAR2: textToTimestamp, CHAR: textToTimestamp, DATE: same, TIMESTAMP_TZ: zonedToTimestamp },
  TIMESTAMP_TZ: {
    DATE: (value, _from, context) => encodeZoned(decodeMoment(bytesOf(value)), context.zoneMinutes),
    TIMESTAMP: (value, _from, context) => encodeZoned(decodeMoment(bytesOf(value)), context.zoneMinutes),
  },
  RAW: { VARCHAR2: hexToBytes, CHAR: hexToBytes },
  ROWID: { VARCHAR2: textToRowid, CHAR: textToRowid },
};

/** @throws OracleError 932 when no implicit conversion exists. */
export function converted(from: Compiled, to: ValueType, context: StatementContext): Compiled {
  if (from.type === to || (to === 'VARCHAR2' && from.type === 'CHAR')) return from;
  const target = to === 'CHAR' ? 'VARCHAR2' : to;
  if (from.type === target) return from;
  const converter = CONVERTERS[target][from.type];
  if (converter === undefined) {
    throw new OracleError(932, `inconsistent datatypes: expected ${typeName(target)} got ${typeName(from.type)}`);
  }
  return mapped(from, target, (value) => converter(value, from, context), textSize(from, target));
}

function textSize(from: Compiled, target: ValueType): { readonly size?: number; readonly scale?: number } {
  if (target === 'TIMESTAMP') return { scale: from.scale ?? 9 };
  if (target !== 'VARCHAR2') return {};
  if (from.type === 'NUMBER') return { size: NUMBER_TEXT_BYTES };
  if (from.type === 'RAW') return { size: (from.size ?? 2000) * 2 };
  return { size: from.type === 'ROWID' ? 18 : DATE_TEXT_BYTES };
}

function typeName(type: ValueType): string {
  if (type === 'TIMESTAMP_TZ') return 'TIMESTAMP WITH TIME ZONE';
  return type === 'VARCHAR2' ? 'CHAR' : type;
}

function dateText(value: Buffer, from: Compiled, { settings }: StatementContext): string {
  const masks = {
    DATE: settings.dateFormat,
    TIMESTAMP: settings.timestampFormat,
    TIMESTAMP_TZ: settings.timestampZoneFormat,
  };
  const mask = from.type === 'TIMESTAMP' || from.type === 'TIMESTAMP_TZ' ? masks[from.type] : masks.DATE;
  return formatDate(value, mask, from.scale);
}

/** TO_CHAR of any of the three date forms. */
export function formatDate(value: Buffer, mask: string, fractionDigits: number | undefined): string {
  return formatMoment(decodeMoment(value), mask, {
    zoneMinutes: zoneMinutesOf(value),
    fractionDigits: fractionDigits ?? 6,
  });
}

/** @throws OracleError 1722. */
export function numberFromText(text: string): string {
  const number = parseDecimal(text);
  if (number === undefined) throw new OracleError(1722, 'invalid number');
  return number;
}

/** @throws OracleError 1465. */
export function parseHex(text: string): Buffer {
  if (!/^[0-9a-fA-F]*$/.test(text)) throw new OracleError(1465, 'invalid hex number');
  return Buffer.from(text.length % 2 === 1 ? `0${text}` : text, 'hex');
}

/** A value that is text by its static type. */
export function textOf(value: string | Buffer): string {
  return typeof value === 'string' ? value : value.toString('latin1');
}

/** A value that is bytes by its static type. */
export function bytesOf(value: string | Buffer): Buffer {
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
}

export type Comparator = (left: string | Buffer, right: string | Buffer) => number;

/** Order of two values of one type. */
export function comparatorOf(type: ValueType): Comparator {
  switch (familyOf(type)) {
    case 'number':
      return (left, right) => compareDecimal(textOf(left), textOf(right));
    case 'text':
      return (left, right) => compareText(textOf(left), textOf(right));
    case 'date':
      return (left, right) => Buffer.compare(sortableDate(bytesOf(left)), sortableDate(bytesOf(right)));
    case 'raw':
      return (left, right) => Buffer.compare(bytesOf(left), bytesOf(right));
    case 'rowid':
      return (left, right) => (left === right ? 0 : compareRowids(textOf(left), textOf(right)));
  }
}

/** Zoned values are ordered by the moment itself, the first 11 bytes. */
function sortableDate(bytes: Buffer): Buffer {
  return bytes.length === 13 ? encodeTimestamp(decodeUtc(bytes)) : bytes;
}

/** Binary order of the UTF-8 bytes, which differs from the order of UTF-16 units only beyond the basic plane. */
function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** The blank-padded comparison of two CHAR values; a text literal is a CHAR. */
export function comparePadded(left: string | Buffer, right: string | Buffer): number {
  return compareText(textOf(left).replace(/ +$/, ''), textOf(right).replace(/ +$/, ''));
}
