/**
 * Oracle's stored bytes → text: LogMiner gives them as HEXTORAW for any type when its dictionary is not that of the change.
 *
 * - NUMBER: exponent byte (excess 193, base 100; inverted below zero), then digits + 1 (101 - digit below zero, closed by 102).
 * - DATE: century + 100, year + 100, month, day, hour + 1, minute + 1, second + 1. TIMESTAMP: the same and 4 bytes of nanoseconds.
 * - TIMESTAMP WITH TIME ZONE: the 11 bytes in UTC, and 2 of the zone. WITH LOCAL TIME ZONE is in the database's zone: not read.
 * - INTERVAL: years or days + 2^31, then months, or hours, minutes, seconds, each + 60; last 4 bytes of nanoseconds + 2^31. All of one sign.
 * - BINARY_FLOAT, BINARY_DOUBLE: big-endian IEEE 754, the sign bit flipped; all bits flipped below zero.
 */
import type { OracleType } from '../model/table.ts';
import type { Literal } from './literals.ts';
import { plainDecimal } from './number-text.ts';

/** The bytes are not a value of the type, or the type is not read. Says nothing of the bytes. */
export class InternalFormatError extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'InternalFormatError';
  }
}

type Decoder = (bytes: Uint8Array, type: OracleType, characterSet: string) => Exclude<Literal, null>;

const number: Decoder = (bytes) => internalNumber(bytes);
const characters: Decoder = (bytes, _type, characterSet) => storedText(bytes, characterSet);

const decoders: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['NUMBER', number],
  ['FLOAT', number],
  ['DATE', (bytes) => ({ kind: 'date', text: internalDate(bytes, 7) })],
  ['TIMESTAMP', (bytes, type) => ({ kind: 'timestamp', text: internalTimestamp(bytes, type.scale ?? 6) })],
  ['TIMESTAMP WITH TIME ZONE', (bytes, type) => ({ kind: 'timestamp_tz', text: internalInstant(bytes, type) })],
  ['INTERVAL YEAR TO MONTH', (bytes) => ({ kind: 'interval_ym', text: internalYearsMonths(bytes) })],
  ['INTERVAL DAY TO SECOND', (bytes) => ({ kind: 'interval_ds', text: internalDaysSeconds(bytes) })],
  ['BINARY_DOUBLE', (bytes) => floatText(sortableFloat(bytes, 8).readDoubleBE())],
  ['BINARY_FLOAT', (bytes) => floatText(sortableFloat(bytes, 4).readFloatBE())],
  ['CHAR', characters],
  ['NCHAR', characters],
  ['VARCHAR2', characters],
  ['NVARCHAR2', characters],
  ['RAW', (bytes) => ({ kind: 'hex', text: Buffer.from(bytes).toString('hex'), json: false })],
]);

/** `characterSet` is NLS_CHARACTERSET (NLS_NCHAR_CHARACTERSET for national types). @throws InternalFormatError */
export function internalValue(bytes: Uint8Array, type: OracleType, characterSet: string): Exclude<Literal, null> {
  const decode = decoders.get(type.base);
  if (!decode) throw new InternalFormatError(`the stored form of ${type.base} is not read`);
  return decode(bytes, type, characterSet);
}

function internalNumber(bytes: Uint8Array): string {
  const [head = 0] = bytes;
  if (bytes.length === 1 && head === 0x80) return '0';
  const negative = head < 0x80;
  const closed = negative && bytes.at(-1) === 102 ? bytes.subarray(1, -1) : bytes.subarray(1);
  const pairs = Array.from(closed, (byte) => (negative ? 101 - byte : byte - 1));
  if (pairs.length === 0 || pairs.length > 20 || pairs.some((pair) => pair < 0 || pair > 99)) {
    throw new InternalFormatError('not a NUMBER (or infinite)');
  }
  const exponent = negative ? 62 - head : head - 193;
  const digits = pairs.map((pair) => String(pair).padStart(2, '0')).join('');
  return plainDecimal(negative, digits, 2 * (exponent + 1));
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Lowest and highest stored byte of month, day, hour + 1, minute + 1, second + 1. */
const DATE_LIMITS = [
  [1, 12],
  [1, 31],
  [1, 24],
  [1, 60],
  [1, 60],
] as const;

/** The first 7 bytes. */
function internalDate(bytes: Uint8Array, length: number): string {
  const fields = bytes.subarray(2, 7);
  const valid = DATE_LIMITS.every(([low, high], index) => {
    const field = fields[index] ?? 0;
    return field >= low && field <= high;
  });
  if (bytes.length !== length || !valid) throw new InternalFormatError('not a DATE or TIMESTAMP');
  const [century = 0, yearOfCentury = 0] = bytes;
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields;
  const year = (century - 100) * 100 + (yearOfCentury - 100);
  const yearText = `${year < 0 ? '-' : ''}${String(Math.abs(year)).padStart(4, '0')}`;
  return `${yearText}-${two(month)}-${two(day)} ${two(hour - 1)}:${two(minute - 1)}:${two(second - 1)}`;
}

function internalTimestamp(bytes: Uint8Array, digits: number): string {
  // Without a fraction the last 4 bytes are not stored.
  const text = internalDate(bytes, bytes.length === 7 ? 7 : 11);
  const nanoseconds = bytes.length === 7 ? 0 : Buffer.from(bytes).readUInt32BE(7);
  if (nanoseconds > 999_999_999) throw new InternalFormatError('not a TIMESTAMP');
  return digits === 0 ? text : `${text}.${String(nanoseconds).padStart(9, '0').slice(0, digits)}`;
}

const ZONED_LENGTH = 13;

function internalInstant(bytes: Uint8Array, { scale = 6 }: OracleType): string {
  if (bytes.length !== ZONED_LENGTH) throw new InternalFormatError('not a TIMESTAMP WITH TIME ZONE');
  return `${internalTimestamp(bytes.subarray(0, 11), scale)} +00:00`;
}

const INTERVAL_MIDDLE = 2 ** 31;
const FIELD_MIDDLE = 60;

/** The fields without their sign, which they share. `limits` are those of the fields, each exclusive. */
function intervalFields(given: readonly number[], limits: readonly number[]): [sign: string, ...fields: number[]] {
  const negative = given.some((field) => field < 0);
  const fields = given.map((field) => (negative ? -field : field));
  if (!fields.every((field, index) => field >= 0 && field < (limits[index] ?? 0)))
    throw new InternalFormatError('not an INTERVAL');
  return [negative ? '-' : '+', ...fields];
}

function internalYearsMonths(bytes: Uint8Array): string {
  if (bytes.length !== 5) throw new InternalFormatError('not an INTERVAL YEAR TO MONTH');
  const buffer = Buffer.from(bytes);
  const given = [buffer.readUInt32BE() - INTERVAL_MIDDLE, buffer.readUInt8(4) - FIELD_MIDDLE];
  const [sign, years = 0, months = 0] = intervalFields(given, [1e9, 12]);
  return `${sign}${two(years)}-${two(months)}`;
}

function internalDaysSeconds(bytes: Uint8Array): string {
  if (bytes.length !== 11) throw new InternalFormatError('not an INTERVAL DAY TO SECOND');
  const buffer = Buffer.from(bytes);
  const time = [4, 5, 6].map((at) => buffer.readUInt8(at) - FIELD_MIDDLE);
  const given = [buffer.readUInt32BE() - INTERVAL_MIDDLE, ...time, buffer.readUInt32BE(7) - INTERVAL_MIDDLE];
  const [sign, days = 0, hours = 0, minutes = 0, seconds = 0, nanoseconds = 0] = intervalFields(
    given,
    [1e9, 24, 60, 60, 1e9],
  );
  return `${sign}${two(days)} ${two(hours)}:${two(minutes)}:${two(seconds)}.${String(nanoseconds).padStart(9, '0')}`;
}

function sortableFloat(bytes: Uint8Array, length: number): Buffer {
  if (bytes.length !== length) throw new InternalFormatError(`a float of ${String(length)} bytes has another length`);
  const positive = (bytes[0] ?? 0) >= 0x80;
  return Buffer.from(bytes.map((byte, index) => byte ^ (positive ? (index === 0 ? 0x80 : 0) : 0xff)));
}

/** As LogMiner writes the special ones. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return 'Nan';
  if (!Number.isFinite(value)) return value > 0 ? 'Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Oracle's names → WHATWG's. */
const encodings: Readonly<Record<string, string>> = {
  AL32UTF8: 'utf-8',
  AL16UTF16: 'utf-16be',
  ZHS16GBK: 'gbk',
  ZHS32GB18030: 'gb18030',
};

/** Bytes 0x80 to 0x9F of Windows-1252; the five that it leaves open stay what they are. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Bytes of a character column. @throws InternalFormatError for a character set that is not read, or malformed bytes */
export function storedText(bytes: Uint8Array, characterSet: string): string {
  // By hand: WHATWG's iso-8859-1 is windows-1252, and Node 20's windows-1252 is iso-8859-1.
  if (characterSet === 'WE8ISO8859P1') return Buffer.from(bytes).toString('latin1');
  if (characterSet === 'WE8MSWIN1252') {
    const latin1 = Buffer.from(bytes).toString('latin1');
    return latin1.replace(/[\u0080-\u009f]/g, (control) => WINDOWS_1252.charAt(control.charCodeAt(0) - 0x80));
  }
  const encoding = encodings[characterSet];
  if (encoding === undefined) throw new InternalFormatError(`character set ${characterSet} is not read`);
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new InternalFormatError(`not a text in ${characterSet}`);
  }
}
