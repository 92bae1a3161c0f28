import { binaryText } from './binary-numbers.ts';
import { compileDateWriter, LONGEST_DATE_TEXT } from './date-mask-writer.ts';
import { formatMoment } from './date-masks.ts';
import { decodeMoment, decodeUtc, encodeUtc, zoneMinutesOf, zoneOf } from './dates.ts';
import { decimalToText } from './decimal.ts';
import { daySecondText, yearMonthText } from './intervals.ts';
import type { SessionSettings } from './sql-compiled.ts';
import type { ValueType } from './sql-syntax.ts';
import { parseZone, zoneName } from './time-zones.ts';

/** Digits of the leading field of an interval that no column and no literal gave a precision. */
const MOST_LEADING_DIGITS = 9;
/** Longer values end with a zone. */
const TIMESTAMP_BYTES = 11;

/** What TO_CHAR without a mask gives, and LogMiner prints. */
export function textForm(
  value: string | Buffer,
  from: { readonly type: ValueType; readonly precision?: number | undefined; readonly scale?: number | undefined },
  settings: Readonly<SessionSettings>,
): string {
  switch (from.type) {
    case 'NUMBER':
      return decimalToText(asText(value));
    case 'BINARY_FLOAT':
    case 'BINARY_DOUBLE':
      return binaryText(asBytes(value));
    case 'DATE':
      return formatDate(asBytes(value), settings.dateFormat, 0);
    case 'TIMESTAMP':
      return formatDate(asBytes(value), settings.timestampFormat, from.scale);
    case 'TIMESTAMP_TZ':
      return formatDate(asBytes(value), settings.timestampZoneFormat, from.scale);
    case 'TIMESTAMP_LTZ': {
      const zoned = encodeUtc(decodeUtc(asBytes(value)), parseZone(settings.timeZone));
      return formatDate(zoned, settings.timestampFormat, from.scale);
    }
    case 'INTERVAL_YM':
      return yearMonthText(asBytes(value), from.precision ?? MOST_LEADING_DIGITS);
    case 'INTERVAL_DS':
      return daySecondText(asBytes(value), from.precision ?? MOST_LEADING_DIGITS, from.scale ?? 9);
    case 'RAW':
      return asBytes(value).toString('hex').toUpperCase();
    default:
      return asText(value);
  }
}

function asBytes(value: string | Buffer): Buffer {
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
}

function asText(value: string | Buffer): string {
  return typeof value === 'string' ? value : value.toString('latin1');
}

const ZONED_BYTES = 13;
const scratch = Buffer.alloc(LONGEST_DATE_TEXT);

/** TO_CHAR of any of the three date forms. */
export function formatDate(value: Buffer, mask: string, fractionDigits: number | undefined): string {
  const writer = value.length < ZONED_BYTES ? compileDateWriter(mask, fractionDigits ?? 6) : undefined;
  if (writer !== undefined) {
    writer.write({ bytes: value, at: 0, size: value.length }, scratch, 0);
    return scratch.toString('latin1', 0, writer.length);
  }
  return formatMoment(decodeMoment(value), mask, {
    zoneMinutes: zoneMinutesOf(value),
    ...(value.length > TIMESTAMP_BYTES ? { zoneName: zoneName(zoneOf(value)) } : {}),
    fractionDigits: fractionDigits ?? 6,
  });
}
