/**
 * Oracle's stored dates: 7 bytes (century+100, year+100, month, day, hour+1, minute+1, second+1), a fraction of a second
 * as 4 bytes big endian nanoseconds when it is not zero, and for TIMESTAMP WITH TIME ZONE the time in UTC followed by
 * zone hour+20 and zone minute+60 (13 bytes). Days are counted in the Gregorian calendar at all times, so arithmetic
 * across October 1582 differs from Oracle's.
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
const ZONED_BYTES = 13;

/** 7 bytes; the fraction is dropped. */
export function encodeDate(moment: Moment): Buffer {
  const bytes = Buffer.allocUnsafe(DATE_BYTES);
  writeDate(bytes, moment);
  return bytes;
}

function writeDate(bytes: Buffer, moment: Moment): void {
  bytes[0] = 100 + Math.trunc(moment.year / 100);
  bytes[1] = 100 + (moment.year % 100);
  bytes[2] = moment.month;
  bytes[3] = moment.day;
  bytes[4] = moment.hour + 1;
  bytes[5] = moment.minute + 1;
  bytes[6] = moment.second + 1;
}

/** 11 bytes, or 7 when the fraction is zero. */
export function encodeTimestamp(moment: Moment): Buffer {
  if (moment.nanos === 0) return encodeDate(moment);
  const bytes = Buffer.allocUnsafe(DATE_BYTES + 4);
  writeDate(bytes, moment);
  bytes.writeUInt32BE(moment.nanos, DATE_BYTES);
  return bytes;
}

/** 13 bytes from the local time and its distance from UTC in minutes. */
export function encodeZoned(local: Moment, zoneMinutes: number): Buffer {
  const bytes = Buffer.alloc(ZONED_BYTES);
  writeDate(bytes, addSeconds(local, -zoneMinutes * 60));
  bytes.writeUInt32BE(local.nanos, DATE_BYTES);
  bytes[11] = 20 + Math.trunc(zoneMinutes / 60);
  bytes[12] = 60 + (zoneMinutes % 60);
  return bytes;
}

/** The local time of any of the three forms. */
export function decodeMoment(bytes: Buffer): Moment {
  const moment = decodeUtc(bytes);
  const zone = zoneMinutesOf(bytes);
  return zone === 0 ? moment : addSeconds(moment, zone * 60);
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

export function zoneMinutesOf(bytes: Buffer): number {
  return bytes.length < ZONED_BYTES ? 0 : (byteAt(bytes, 11) - 20) * 60 + byteAt(bytes, 12) - 60;
}

/** Rounded half up to `digits` of a fraction. */
export function roundFraction(moment: Moment, digits: number): Moment {
  const unit = 10 ** (9 - digits);
  const nanos = Math.floor((moment.nanos + unit / 2) / unit) * unit;
  if (nanos < 1_000_000_000) return { ...moment, nanos };
  return addSeconds({ ...moment, nanos: 0 }, 1);
}

function addSeconds(moment: Moment, seconds: number): Moment {
  return fromSeconds(toSeconds(moment) + seconds, moment.nanos);
}

/** Seconds since 1970-01-01 00:00:00 in the moment's own zone. */
export function toSeconds(moment: Moment): number {
  const days = daysFromCivil(moment.year, moment.month, moment.day);
  return days * SECONDS_PER_DAY + moment.hour * 3600 + moment.minute * 60 + moment.second;
}

export function fromSeconds(total: number, nanos: number): Moment {
  const days = Math.floor(total / SECONDS_PER_DAY);
  const rest = total - days * SECONDS_PER_DAY;
  const { year, month, day } = civilFromDays(days);
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

export function daysInMonth(year: number, month: number): number {
  const next = month === 12 ? daysFromCivil(year + 1, 1, 1) : daysFromCivil(year, month + 1, 1);
  return next - daysFromCivil(year, month, 1);
}

/** Day number of a Gregorian date, 0 = 1970-01-01 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civilFromDays(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthIndex = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthIndex + (monthIndex < 10 ? 3 : -9);
  const day = dayOfYear - Math.floor((153 * monthIndex + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}
