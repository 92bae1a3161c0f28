/**
 * Oracle's calendar: Julian up to 1582-10-04, Gregorian from 1582-10-15. Years are counted with a year 0, which no
 * literal may name (ORA-01841) but which arithmetic passes through. Source: SQL Language Reference, "DATE Data Type"
 * (Julian day numbers); the algorithm: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */
interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const GREGORIAN_START = 15_821_015;
/** 1582-10-15 as a day number. */
const GREGORIAN_START_DAY = -141_427;
const DAYS_TO_1970 = 719_468;
const JULIAN_DAYS_TO_1970 = 719_470;
const GREGORIAN_ERA = { years: 400, days: 146_097 } as const;
const JULIAN_ERA = { years: 4, days: 1461 } as const;

/** 0 = 1970-01-01. */
export function dayNumber({ year, month, day }: CivilDate): number {
  const gregorian = year * 10_000 + month * 100 + day >= GREGORIAN_START;
  const shifted = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  if (!gregorian) {
    const era = Math.floor(shifted / JULIAN_ERA.years);
    return era * JULIAN_ERA.days + (shifted - era * JULIAN_ERA.years) * 365 + dayOfYear - JULIAN_DAYS_TO_1970;
  }
  const era = Math.floor(shifted / GREGORIAN_ERA.years);
  const yearOfEra = shifted - era * GREGORIAN_ERA.years;
  const leaps = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * GREGORIAN_ERA.days + yearOfEra * 365 + leaps + dayOfYear - DAYS_TO_1970;
}

export function civilDate(days: number): CivilDate {
  if (days >= GREGORIAN_START_DAY) {
    const shifted = days + DAYS_TO_1970;
    const era = Math.floor(shifted / GREGORIAN_ERA.days);
    const dayOfEra = shifted - era * GREGORIAN_ERA.days;
    const corrected =
      dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096);
    const yearOfEra = Math.floor(corrected / 365);
    const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
    return monthAndDay(era * GREGORIAN_ERA.years + yearOfEra, dayOfYear);
  }
  const shifted = days + JULIAN_DAYS_TO_1970;
  const era = Math.floor(shifted / JULIAN_ERA.days);
  const dayOfEra = shifted - era * JULIAN_ERA.days;
  const yearOfEra = Math.min(3, Math.floor(dayOfEra / 365));
  return monthAndDay(era * JULIAN_ERA.years + yearOfEra, dayOfEra - yearOfEra * 365);
}

/** Years that begin in March, days of them from 0. */
function monthAndDay(marchYear: number, dayOfYear: number): CivilDate {
  const monthIndex = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthIndex + (monthIndex < 10 ? 3 : -9);
  const day = dayOfYear - Math.floor((153 * monthIndex + 2) / 5) + 1;
  return { year: marchYear + (month <= 2 ? 1 : 0), month, day };
}

/** The number of its last day: 31 for October 1582, although it had 21 days. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year < 1582 || year % 100 !== 0 || year % 400 === 0);
}
