import { civilDate, dayNumber } from './calendar.ts';
import { OracleError } from './engine.ts';
import { offsetAt, offsetOfLocal, UTC, zoneBytes, zoneOfBytes } from './time-zones.ts';
import type { Zone } from './time-zones.ts';

/**
 * Oracle's stored dates: 7 bytes (century+100, year+100, month, day, hour+1, minute+1, second+1), a fraction of a second
 * as 4 bytes big endian nanoseconds when it is not zero, and for TIMESTAMP WITH TIME ZONE the time in UTC with its
 * fraction always, followed by two bytes of its zone (13 bytes). TIMESTAMP WITH LOCAL TIME ZONE is a TIMESTAMP in the
 * database's zone, which is UTC.
 */
export interface Moment {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanos: number;
}

const SECONDS_PER_DAY = 86_400;
const DATE_BYTES = 7;
const TIMESTAMP_BYTES = 11;
const ZONED_BYTES = 13;

/** 7 bytes; the fraction is dropped. @throws OracleError 1841 for a year that no date has. */
export function encodeDate(moment: Moment): Buffer {
  const bytes = Buffer.allocUnsafe(DATE_BYTES);
  writeDate(bytes, moment);
  return bytes;
}

function writeDate(bytes: Buffer, moment: Moment): void {
  if (moment.year < -4713 || moment.year > 9999) throw yearError();
  bytes[0] = 100 + Math.trunc(moment.year / 100);
  bytes[1] = 100 + (moment.year % 100);
  bytes[2] = moment.month;
  bytes[3] = moment.day;
  bytes[4] = moment.hour + 1;
  bytes[5] = moment.minute + 1;
  bytes[6] = moment.second + 1;
}

export function yearError(): OracleError {
  return new OracleError(1841, '(full) year must be between -4713 and +9999, and not be 0');
}

/** 11 bytes, or 7 when the fraction is zero. */
export function encodeTimestamp(moment: Moment): Buffer {
  if (moment.nanos === 0) return encodeDate(moment);
  const bytes = Buffer.allocUnsafe(TIMESTAMP_BYTES);
  writeDate(bytes, moment);
  bytes.writeUInt32BE(moment.nanos, DATE_BYTES);
  return bytes;
}

/** 13 bytes from a time in UTC and the zone that it is shown in. */
export function encodeUtc(utc: Moment, zone: Zone): Buffer {
  const bytes = Buffer.alloc(ZONED_BYTES);
  writeDate(bytes, utc);
  bytes.writeUInt32BE(utc.nanos, DATE_BYTES);
  bytes.set(zoneBytes(zone), TIMESTAMP_BYTES);
  return bytes;
}

/** 13 bytes from the local time. @throws OracleError 1878 for an hour that the region skips. */
export function encodeZoned(local: Moment, zone: Zone): Buffer {
  return encodeUtc(utcOf(local, zone), zone);
}

export function utcOf(local: Moment, zone: Zone): Moment {
  const seconds = toSeconds(local);
  return fromSeconds(seconds - offsetOfLocal(zone, seconds), local.nanos);
}

export function localOf(utc: Moment, zone: Zone): Moment {
  const seconds = toSeconds(utc);
  return fromSeconds(seconds + offsetAt(zone, seconds), utc.nanos);
}

/** The local time of any of the three forms. */
export function decodeMoment(bytes: Buffer): Moment {
  const moment = decodeUtc(bytes);
  return bytes.length < ZONED_BYTES ? moment : localOf(moment, zoneOf(bytes));
}

/** The time as stored: UTC for the 13-byte form. */
export function decodeUtc(bytes: Buffer): Moment {
  return {
    year: (byteAt(bytes, 0) - 100) * 100 + byteAt(bytes, 1) - 100,
    month: byteAt(bytes, 2),
    day: byteAt(bytes, 3),
    hour: byteAt(bytes, 4) - 1,
    minute: byteAt(bytes, 5) - 1,
    second: byteAt(bytes, 6) - 1,
    nanos: bytes.length > DATE_BYTES ? bytes.readUInt32BE(DATE_BYTES) : 0,
  };
}

function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] ?? 0;
}

/** UTC for the forms that have no zone. */
export function zoneOf(bytes: Buffer): Zone {
  return bytes.length < ZONED_BYTES ? UTC : zoneOfBytes(byteAt(bytes, 11), byteAt(bytes, 12));
}

/** What TZH and TZM show: a fraction of a minute, which only local mean times have, is left out. */
export function zoneMinutesOf(bytes: Buffer): number {
  if (bytes.length < ZONED_BYTES) return 0;
  return Math.trunc(offsetAt(zoneOf(bytes), toSeconds(decodeUtc(bytes))) / 60);
}

/** Rounded half up to `digits` of a fraction. */
export function roundFraction(moment: Moment, digits: number): Moment {
  const unit = 10 ** (9 - digits);
  const nanos = Math.floor((moment.nanos + unit / 2) / unit) * unit;
  if (nanos < 1_000_000_000) return { ...moment, nanos };
  return fromSeconds(toSeconds(moment) + 1, 0);
}

/** Seconds since 1970-01-01 00:00:00 in the moment's own zone. */
export function toSeconds(moment: Moment): number {
  return dayNumber(moment) * SECONDS_PER_DAY + moment.hour * 3600 + moment.minute * 60 + moment.second;
}

export function fromSeconds(total: number, nanos: number): Moment {
  const days = Math.floor(total / SECONDS_PER_DAY);
  const rest = total - days * SECONDS_PER_DAY;
  const { year, month, day } = civilDate(days);
  return {
    year,
    month,
    day,
    hour: Math.floor(rest / 3600),
    minute: Math.floor((rest % 3600) / 60),
    second: rest % 60,
    nanos,
  };
}

/** The wall clock of a host whose zone is `zoneMinutes` from UTC. */
export function momentAt(epochMilliseconds: number, zoneMinutes: number): Moment {
  const seconds = Math.floor(epochMilliseconds / 1000);
  return fromSeconds(seconds + zoneMinutes * 60, Math.round((epochMilliseconds - seconds * 1000) * 1_000_000));
}
