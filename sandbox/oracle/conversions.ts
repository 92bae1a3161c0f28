import { binaryFromText, binaryToDecimal, compareBinary, decodeBinary, encodeBinary } from './binary-numbers.ts';
import type { BinaryType } from './binary-numbers.ts';
import { compareDecimal, parseDecimal } from './decimal.ts';
import { parseMoment, parseZonedMoment } from './date-masks.ts';
import {
  decodeMoment,
  decodeUtc,
  encodeDate,
  encodeTimestamp,
  encodeUtc,
  encodeZoned,
  localOf,
  utcOf,
} from './dates.ts';
import { OracleError } from './engine.ts';
import { parseDaySecond, parseYearMonth } from './intervals.ts';
import { compareRowids, decodeRowid } from './rowids.ts';
import { mapped } from './sql-compiled.ts';
import type { Compiled, StatementContext } from './sql-compiled.ts';
import type { ValueType } from './sql-syntax.ts';
import { parseZone } from './time-zones.ts';
import type { Zone } from './time-zones.ts';
import { textForm } from './value-text.ts';

/** Implicit conversions and comparisons. Source: SQL Language Reference, "Data Type Comparison Rules" and "Data Conversion". */
export type Family = 'number' | 'text' | 'date' | 'yearMonth' | 'daySecond' | 'raw' | 'lob' | 'rowid';

const FAMILIES: Readonly<Record<ValueType, Family>> = {
  NUMBER: 'number',
  BINARY_FLOAT: 'number',
  BINARY_DOUBLE: 'number',
  VARCHAR2: 'text',
  CHAR: 'text',
  NVARCHAR2: 'text',
  NCHAR: 'text',
  DATE: 'date',
  TIMESTAMP: 'date',
  TIMESTAMP_TZ: 'date',
  TIMESTAMP_LTZ: 'date',
  INTERVAL_YM: 'yearMonth',
  INTERVAL_DS: 'daySecond',
  RAW: 'raw',
  CLOB: 'lob',
  NCLOB: 'lob',
  BLOB: 'lob',
  ROWID: 'rowid',
};

export function familyOf(type: ValueType): Family {
  return FAMILIES[type];
}

const NUMBER_TEXT_BYTES = 40;
const DATE_TEXT_BYTES = 75;

type Converter = (value: string | Buffer, from: Compiled, context: StatementContext) => string | Buffer;

function sessionZone(context: StatementContext): Zone {
  return parseZone(context.settings.timeZone);
}

const same: Converter = (value) => value;
const LONGEST_TEXT = 32_767;
const shortText: Converter = (value) => {
  const bytes = Buffer.byteLength(textOf(value));
  if (bytes <= LONGEST_TEXT) return value;
  const sizes = `(actual: ${bytes}, maximum: ${LONGEST_TEXT})`;
  throw new OracleError(22_835, `Buffer too small for CLOB to CHAR or BLOB to RAW conversion ${sizes}`);
};
const toText: Converter = (value, from, context) => textForm(value, from, context.settings);
const toDate: Converter = (value) => encodeDate(decodeMoment(bytesOf(value)));
const localToZoned: Converter = (value, _from, context) =>
  encodeZoned(decodeMoment(bytesOf(value)), sessionZone(context));
const localToStored: Converter = (value, _from, context) =>
  encodeTimestamp(utcOf(decodeMoment(bytesOf(value)), sessionZone(context)));
const toBinary =
  (type: BinaryType): Converter =>
  (value, from) =>
    encodeBinary(type, from.type === 'NUMBER' ? Number(value) : decodeBinary(bytesOf(value)));
const textToBinary =
  (type: BinaryType): Converter =>
  (value) =>
    binaryFromText(type, textOf(value));
const textToStored: Converter = (value, _from, context) => {
  const { timestampFormat } = context.settings;
  return encodeTimestamp(utcOf(parseMoment(textOf(value), timestampFormat, context.now), sessionZone(context)));
};

/** By target type, then by source type; all character types are one. What is missing is ORA-00932. */
const CONVERTERS: Readonly<Partial<Record<ValueType, Partial<Record<ValueType, Converter>>>>> = {
  NUMBER: {
    VARCHAR2: (value) => numberFromText(textOf(value)),
    BINARY_FLOAT: (value) => binaryToDecimal(bytesOf(value)),
    BINARY_DOUBLE: (value) => binaryToDecimal(bytesOf(value)),
  },
  BINARY_FLOAT: {
    VARCHAR2: textToBinary('BINARY_FLOAT'),
    NUMBER: toBinary('BINARY_FLOAT'),
    BINARY_DOUBLE: toBinary('BINARY_FLOAT'),
  },
  BINARY_DOUBLE: {
    VARCHAR2: textToBinary('BINARY_DOUBLE'),
    NUMBER: toBinary('BINARY_DOUBLE'),
    BINARY_FLOAT: toBinary('BINARY_DOUBLE'),
  },
  VARCHAR2: {
    NUMBER: toText,
    BINARY_FLOAT: toText,
    BINARY_DOUBLE: toText,
    DATE: toText,
    TIMESTAMP: toText,
    TIMESTAMP_TZ: toText,
    TIMESTAMP_LTZ: toText,
    INTERVAL_YM: toText,
    INTERVAL_DS: toText,
    RAW: toText,
    ROWID: same,
    CLOB: shortText,
    NCLOB: shortText,
  },
  CLOB: { VARCHAR2: same, NCLOB: same },
  NCLOB: { VARCHAR2: same, CLOB: same },
  BLOB: { RAW: same, VARCHAR2: (value) => parseHex(textOf(value)) },
  DATE: {
    VARCHAR2: (value, _from, { settings, now }) => encodeDate(parseMoment(textOf(value), settings.dateFormat, now)),
    TIMESTAMP: toDate,
    TIMESTAMP_TZ: toDate,
    TIMESTAMP_LTZ: (value, _from, context) => encodeDate(localOf(decodeUtc(bytesOf(value)), sessionZone(context))),
  },
  TIMESTAMP: {
    VARCHAR2: (value, _from, { settings, now }) =>
      encodeTimestamp(parseMoment(textOf(value), settings.timestampFormat, now)),
    DATE: same,
    TIMESTAMP_TZ: (value) => encodeTimestamp(decodeMoment(bytesOf(value))),
    TIMESTAMP_LTZ: (value, _from, context) => encodeTimestamp(localOf(decodeUtc(bytesOf(value)), sessionZone(context))),
  },
  TIMESTAMP_TZ: {
    VARCHAR2: (value, _from, context) => zonedFromText(textOf(value), context.settings.timestampZoneFormat, context),
    DATE: localToZoned,
    TIMESTAMP: localToZoned,
    TIMESTAMP_LTZ: (value, _from, context) => encodeUtc(decodeUtc(bytesOf(value)), sessionZone(context)),
  },
  TIMESTAMP_LTZ: {
    VARCHAR2: textToStored,
    DATE: localToStored,
    TIMESTAMP: localToStored,
    TIMESTAMP_TZ: (value) => encodeTimestamp(decodeUtc(bytesOf(value))),
  },
  INTERVAL_YM: { VARCHAR2: (value) => parseYearMonth(textOf(value)) },
  INTERVAL_DS: { VARCHAR2: (value) => parseDaySecond(textOf(value)) },
  RAW: { VARCHAR2: (value) => parseHex(textOf(value)) },
  ROWID: {
    VARCHAR2: (value) => {
      decodeRowid(textOf(value));
      return value;
    },
  },
};

/** Character types convert by keeping their value. @throws OracleError 932 when no implicit conversion exists. */
export function converted(from: Compiled, to: ValueType, context: StatementContext): Compiled {
  if (from.type === to || isTextPair(from.type, to)) return from;
  const target = familyOf(to) === 'text' ? 'VARCHAR2' : to;
  const source = familyOf(from.type) === 'text' ? 'VARCHAR2' : from.type;
  const converter = CONVERTERS[target]?.[source];
  if (converter === undefined) {
    throw new OracleError(932, `inconsistent datatypes: expected ${typeName(to)} got ${typeName(from.type)}`);
  }
  return mapped(from, target, (value) => converter(value, from, context), detailsOf(from, target));
}

function isTextPair(left: ValueType, right: ValueType): boolean {
  return familyOf(left) === 'text' && familyOf(right) === 'text';
}

function detailsOf(from: Compiled, target: ValueType): { readonly size?: number; readonly scale?: number } {
  if (target.startsWith('TIMESTAMP') || target === 'INTERVAL_DS') return { scale: from.scale ?? 9 };
  if (target !== 'VARCHAR2') return {};
  if (familyOf(from.type) === 'number') return { size: NUMBER_TEXT_BYTES };
  if (from.type === 'RAW') return { size: (from.size ?? 2000) * 2 };
  return { size: from.type === 'ROWID' ? 18 : DATE_TEXT_BYTES };
}

const TYPE_NAMES: Readonly<Partial<Record<ValueType, string>>> = {
  VARCHAR2: 'CHAR',
  NVARCHAR2: 'NCHAR',
  TIMESTAMP_TZ: 'TIMESTAMP WITH TIME ZONE',
  TIMESTAMP_LTZ: 'TIMESTAMP WITH LOCAL TIME ZONE',
  INTERVAL_YM: 'INTERVAL YEAR TO MONTH',
  INTERVAL_DS: 'INTERVAL DAY TO SECOND',
};

/** As error texts name a type. */
function typeName(type: ValueType): string {
  return TYPE_NAMES[type] ?? type;
}

/** Text with or without a zone; without, it is in the session's. */
export function zonedFromText(text: string, mask: string, context: StatementContext): Buffer {
  const { moment, zone } = parseZonedMoment(text, mask, context.now);
  return encodeZoned(moment, zone ?? sessionZone(context));
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
      if (type !== 'NUMBER') return (left, right) => compareBinary(bytesOf(left), bytesOf(right));
      return (left, right) => compareDecimal(textOf(left), textOf(right));
    case 'text':
      return (left, right) => compareText(textOf(left), textOf(right));
    case 'date':
      return (left, right) => Buffer.compare(sortableDate(bytesOf(left)), sortableDate(bytesOf(right)));
    case 'yearMonth':
    case 'daySecond':
    case 'raw':
      return (left, right) => Buffer.compare(bytesOf(left), bytesOf(right));
    case 'rowid':
      return (left, right) => (left === right ? 0 : compareRowids(textOf(left), textOf(right)));
    case 'lob':
      throw new OracleError(932, `inconsistent datatypes: expected - got ${type}`);
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

/** The blank-padded comparison of two CHAR or NCHAR values; a text literal is a CHAR. */
export function comparePadded(left: string | Buffer, right: string | Buffer): number {
  return compareText(textOf(left).replace(/ +$/, ''), textOf(right).replace(/ +$/, ''));
}
