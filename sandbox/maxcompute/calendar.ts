/**
 * Proleptic Gregorian calendar arithmetic on whole seconds, years 1 to 9999: the range of DATE, DATETIME, TIMESTAMP and
 * TIMESTAMP_NTZ (MaxCompute V2.0 data type edition).
 */

const SECONDS_PER_DAY = 86_400;

/** Days from 1970-01-01 to the given civil date. */
function daysOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export const FIRST_DAY = daysOf(1, 1, 1);
export const LAST_DAY = daysOf(9999, 12, 31);
export const FIRST_SECOND = FIRST_DAY * SECONDS_PER_DAY;
export const LAST_SECOND = LAST_DAY * SECONDS_PER_DAY + SECONDS_PER_DAY - 1;

const padded = (value: number, width: number): string => String(value).padStart(width, '0');

/** `YYYY-MM-DD` of a day number. */
export function dateText(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthIndex = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthIndex + 2) / 5) + 1;
  const month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

/** `YYYY-MM-DD HH:MM:SS` of seconds since 1970-01-01 00:00:00 on the same wall clock. */
export function wallText(seconds: number): string {
  const days = Math.floor(seconds / SECONDS_PER_DAY);
  const rest = seconds - days * SECONDS_PER_DAY;
  const hour = Math.floor(rest / 3600);
  const minute = Math.floor((rest % 3600) / 60);
  return `${dateText(days)} ${padded(hour, 2)}:${padded(minute, 2)}:${padded(rest % 60, 2)}`;
}

export interface WallTime {
  /** Seconds since 1970-01-01 00:00:00 on the wall clock; may be negative. */
  readonly seconds: number;
  /** 0 … 999,999,999. */
  readonly nanos: number;
}

const WALL = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?)?$/;

const between = (value: number, first: number, last: number): boolean => value >= first && value <= last;

/** Reads `YYYY-MM-DD[ HH:MM:SS[.fffffffff]]`; undefined when it is not a real date and time. */
export function parseWall(text: string): WallTime | undefined {
  const parts = WALL.exec(text) as readonly (string | undefined)[] | null;
  if (parts === null) return undefined;
  const number = (index: number): number => Number(parts[index] ?? 0);
  const [year, month, day] = [number(1), number(2), number(3)];
  if (!between(year, 1, 9999) || !between(month, 1, 12)) return undefined;
  const days = daysOf(year, month, day);
  // The 31st of April comes back as the 1st of May.
  if (dateText(days) !== `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`) return undefined;
  const [hour, minute, second] = [number(4), number(5), number(6)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return {
    seconds: days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second,
    nanos: Number((parts[7] ?? '').padEnd(9, '0')),
  };
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(zone, made);
  return made;
}

/** The wall clock of `zone` at an instant, both in seconds since 1970-01-01 00:00:00. */
export function wallOfInstant(instant: number, zone: string): number {
  const parts = new Map(
    formatterOf(zone)
      .formatToParts(new Date(instant * 1000))
      .map((part) => [part.type, part.value]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => Number(parts.get(name));
  const year = parts.get('era') === 'BC' ? 1 - part('year') : part('year');
  const days = daysOf(year, part('month'), part('day'));
  return days * SECONDS_PER_DAY + part('hour') * 3600 + part('minute') * 60 + part('second');
}

/** The instant at which the wall clock of `zone` shows `wall`; the later reading wins where clocks went back. */
export function instantOfWall(wall: number, zone: string): number {
  const first = wall - (wallOfInstant(wall, zone) - wall);
  return wall - (wallOfInstant(first, zone) - first);
}
