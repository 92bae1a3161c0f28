/**
 * Local time and offset → UTC, by Oracle's calendar: Julian up to 1582-10-04, Gregorian from 1582-10-15 (Oracle Database Globalization
 * Support Guide, "Calendar Systems"). No JS Date: it is Gregorian throughout and ends at milliseconds.
 * An offset moves a time by less than a day, so that only the neighbours of a day have to be known.
 */

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The years of Oracle's DATE and TIMESTAMP. */
const YEAR_MIN = -4712;
const YEAR_MAX = 9999;
const MINUTES_OF_DAY = 1440;

const LAST_JULIAN: Day = { year: 1582, month: 10, day: 4 };
const FIRST_GREGORIAN: Day = { year: 1582, month: 10, day: 15 };
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

const isSame = (a: Day, b: Day): boolean => a.year === b.year && a.month === b.month && a.day === b.day;

/** 1600 was the first year in which the calendars differ. Years before 1 are counted astronomically, as the Julian day is. */
const isLeap = (year: number): boolean => year % 4 === 0 && (year <= 1582 || year % 100 !== 0 || year % 400 === 0);

const daysOf = (year: number, month: number): number =>
  month === 2 && isLeap(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0);

function dayAfter(of: Day): Day {
  if (isSame(of, LAST_JULIAN)) return FIRST_GREGORIAN;
  const { year, month, day } = of;
  if (day < daysOf(year, month)) return { year, month, day: day + 1 };
  return month < 12 ? { year, month: month + 1, day: 1 } : { year: year + 1, month: 1, day: 1 };
}

function dayBefore(of: Day): Day {
  if (isSame(of, FIRST_GREGORIAN)) return LAST_JULIAN;
  const { year, month, day } = of;
  if (day > 1) return { year, month, day: day - 1 };
  return month > 1 ? { year, month: month - 1, day: daysOf(year, month - 1) } : { year: year - 1, month: 12, day: 31 };
}

/** Which year lies between -1 and 1 is not agreed upon: a step over that border is not taken. */
const isReached = (from: Day, to: Day): boolean =>
  to.year >= YEAR_MIN && to.year <= YEAR_MAX && (from.year === to.year || (from.year !== 0 && to.year !== 0));

const padded = (value: number, width: number): string => String(value).padStart(width, '0');

const dayText = ({ year, month, day }: Day): string =>
  `${year < 0 ? '-' : ''}${padded(Math.abs(year), 4)}-${padded(month, 2)}-${padded(day, 2)}`;

/**
 * `YYYY-MM-DD HH:MI:SS…`, minutes east of UTC (less than a day) → the same in UTC; what follows the minutes stays.
 * Undefined when it leaves the years -4712 to 9999, or crosses the border between the eras.
 */
export function toUtc(local: string, minutesEast: number): string | undefined {
  const at = local.startsWith('-') ? 1 : 0;
  const year = Number(local.slice(0, at + 4));
  const from = { year, month: Number(local.slice(at + 5, at + 7)), day: Number(local.slice(at + 8, at + 10)) };
  const minutes = Number(local.slice(at + 11, at + 13)) * 60 + Number(local.slice(at + 14, at + 16)) - minutesEast;
  const to = minutes < 0 ? dayBefore(from) : minutes >= MINUTES_OF_DAY ? dayAfter(from) : from;
  if (!isReached(from, to)) return undefined;
  const ofDay = (minutes + MINUTES_OF_DAY) % MINUTES_OF_DAY;
  return `${dayText(to)} ${padded(Math.floor(ofDay / 60), 2)}:${padded(ofDay % 60, 2)}${local.slice(at + 16)}`;
}
