import { OracleError } from './engine.ts';

/**
 * Intervals in their stored forms: YEAR TO MONTH has 5 bytes (years + 2^31, months + 60), DAY TO SECOND 11 (days + 2^31,
 * hours + 60, minutes + 60, seconds + 60, nanoseconds + 2^31); in a negative interval every part is negative, so that
 * both sort as bytes. Source: SQL Language Reference, "Interval Literals", TO_YMINTERVAL, TO_DSINTERVAL; the forms:
 * Call Interface Programmer's Guide, as the drivers read them.
 */
const MIDDLE = 2 ** 31;
const OFFSET = 60;
const MOST_LEADING_DIGITS = 9;

export const NANOS_PER = {
  DAY: 86_400_000_000_000n,
  HOUR: 3_600_000_000_000n,
  MINUTE: 60_000_000_000n,
  SECOND: 1_000_000_000n,
} as const;

export function encodeYearMonth(months: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(Math.trunc(months / 12) + MIDDLE, 0);
  bytes[4] = (months % 12) + OFFSET;
  return bytes;
}

/** In months. */
export function decodeYearMonth(bytes: Buffer): number {
  return (bytes.readUInt32BE(0) - MIDDLE) * 12 + bytes.readUInt8(4) - OFFSET;
}

export function encodeDaySecond(nanos: bigint): Buffer {
  const bytes = Buffer.alloc(11);
  bytes.writeUInt32BE(Number(nanos / NANOS_PER.DAY) + MIDDLE, 0);
  bytes[4] = Number((nanos % NANOS_PER.DAY) / NANOS_PER.HOUR) + OFFSET;
  bytes[5] = Number((nanos % NANOS_PER.HOUR) / NANOS_PER.MINUTE) + OFFSET;
  bytes[6] = Number((nanos % NANOS_PER.MINUTE) / NANOS_PER.SECOND) + OFFSET;
  bytes.writeUInt32BE(Number(nanos % NANOS_PER.SECOND) + MIDDLE, 7);
  return bytes;
}

/** In nanoseconds. */
export function decodeDaySecond(bytes: Buffer): bigint {
  const part = (at: number): bigint => BigInt(bytes.readUInt8(at) - OFFSET);
  return (
    BigInt(bytes.readUInt32BE(0) - MIDDLE) * NANOS_PER.DAY +
    part(4) * NANOS_PER.HOUR +
    part(5) * NANOS_PER.MINUTE +
    part(6) * NANOS_PER.SECOND +
    BigInt(bytes.readUInt32BE(7) - MIDDLE)
  );
}

/** `+02-06`: as many digits of years as the type has. */
export function yearMonthText(bytes: Buffer, leadingDigits: number): string {
  const months = decodeYearMonth(bytes);
  const size = Math.abs(months);
  return `${months < 0 ? '-' : '+'}${padded(Math.trunc(size / 12), leadingDigits)}-${padded(size % 12, 2)}`;
}

/** `+05 04:03:02.123456`: as many digits of days and of a fraction as the type has. */
export function daySecondText(bytes: Buffer, leadingDigits: number, fractionDigits: number): string {
  const nanos = decodeDaySecond(bytes);
  const size = nanos < 0n ? -nanos : nanos;
  const time = [
    (size % NANOS_PER.DAY) / NANOS_PER.HOUR,
    (size % NANOS_PER.HOUR) / NANOS_PER.MINUTE,
    (size % NANOS_PER.MINUTE) / NANOS_PER.SECOND,
  ];
  const fraction = padded(size % NANOS_PER.SECOND, 9).slice(0, fractionDigits);
  const clock = time.map((part) => padded(part, 2)).join(':') + (fraction === '' ? '' : `.${fraction}`);
  return `${nanos < 0n ? '-' : '+'}${padded(size / NANOS_PER.DAY, leadingDigits)} ${clock}`;
}

function padded(value: number | bigint, digits: number): string {
  return String(value).padStart(digits, '0');
}

const YEAR_MONTH = /^\s*([+-]?)\s*(\d{1,9})-(\d{1,2})\s*$/;
const DAY_SECOND = /^\s*([+-]?)\s*(\d{1,9})\s+(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?\s*$/;

/** `2-6`, as TO_YMINTERVAL reads it. @throws OracleError 1867, 1843. */
export function parseYearMonth(text: string): Buffer {
  const match = YEAR_MONTH.exec(text);
  if (match === null) throw invalidInterval();
  const months = Number(match[3]);
  if (months > 11) throw new OracleError(1843, 'not a valid month');
  const total = Number(match[2]) * 12 + months;
  return encodeYearMonth(match[1] === '-' ? -total : total);
}

/** `5 04:03:02.1`, as TO_DSINTERVAL reads it. @throws OracleError 1867, 1850, 1851, 1852. */
export function parseDaySecond(text: string): Buffer {
  const match = DAY_SECOND.exec(text);
  if (match === null) throw invalidInterval();
  const fraction = (match[6] ?? '').padEnd(9, '0');
  return encodeDaySecond(
    signed(match[1], {
      DAY: BigInt(match[2] ?? 0),
      HOUR: BigInt(match[3] ?? 0),
      MINUTE: BigInt(match[4] ?? 0),
      SECOND: BigInt(match[5] ?? 0),
      nanos: BigInt(fraction),
    }),
  );
}

interface DaySecondParts {
  readonly DAY: bigint;
  readonly HOUR: bigint;
  readonly MINUTE: bigint;
  readonly SECOND: bigint;
  readonly nanos: bigint;
}

function signed(sign: string | undefined, parts: DaySecondParts): bigint {
  if (parts.HOUR > 23n) throw new OracleError(1850, 'hour must be between 0 and 23');
  if (parts.MINUTE > 59n) throw new OracleError(1851, 'minutes must be between 0 and 59');
  if (parts.SECOND > 59n) throw new OracleError(1852, 'seconds must be between 0 and 59');
  const total =
    parts.DAY * NANOS_PER.DAY +
    parts.HOUR * NANOS_PER.HOUR +
    parts.MINUTE * NANOS_PER.MINUTE +
    parts.SECOND * NANOS_PER.SECOND +
    parts.nanos;
  return sign === '-' ? -total : total;
}

export function invalidInterval(): OracleError {
  return new OracleError(1867, 'the interval is invalid');
}

/** @throws OracleError 1873 for more years than the type has digits for. */
export function fitYearMonth(bytes: Buffer, leadingDigits: number): Buffer {
  checkLeading(Math.trunc(Math.abs(decodeYearMonth(bytes)) / 12), leadingDigits);
  return bytes;
}

/** Rounds the fraction half away from zero. @throws OracleError 1873 for more days than the type has digits for. */
export function fitDaySecond(bytes: Buffer, leadingDigits: number, fractionDigits: number): Buffer {
  const nanos = decodeDaySecond(bytes);
  const unit = 10n ** BigInt(9 - fractionDigits);
  const size = nanos < 0n ? -nanos : nanos;
  const rounded = ((size + unit / 2n) / unit) * unit;
  checkLeading(Number(rounded / NANOS_PER.DAY), leadingDigits);
  return encodeDaySecond(nanos < 0n ? -rounded : rounded);
}

export function checkLeading(value: number, digits: number): void {
  if (value < 10 ** Math.min(digits, MOST_LEADING_DIGITS)) return;
  throw new OracleError(1873, 'the leading precision of the interval is too small');
}
