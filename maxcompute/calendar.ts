/**
 * Dates and times by integer arithmetic on their fields, proleptic Gregorian as MaxCompute counts. No JS Date: it has
 * milliseconds only, and its own idea of years below 100.
 */

const DAYS_TO_1970 = 719468;
const DAYS_OF_400_YEARS = 146097;

/** Days from 1970-01-01. Years from March make the leap day the last one (H. Hinnant, "chrono-compatible low-level date algorithms"). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_OF_400_YEARS + dayOfEra - DAYS_TO_1970;
}

const padded = (value: number, width: number): string => String(value).padStart(width, '0');

/** `YYYY-MM-DD` of a day counted from 1970-01-01. */
export function dateText(days: number): string {
  const fromEra = days + DAYS_TO_1970;
  const era = Math.floor(fromEra / DAYS_OF_400_YEARS);
  const dayOfEra = fromEra - era * DAYS_OF_400_YEARS;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

/** `YYYY-MM-DD HH:MM:SS[.fffffffff]`, the fraction without trailing zeros. */
export function instantText(seconds: number, nanos: number): string {
  const days = Math.floor(seconds / 86400);
  const rest = seconds - days * 86400;
  const time = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60]
    .map((part) => padded(part, 2))
    .join(':');
  const fraction = nanos === 0 ? '' : `.${padded(nanos, 9).replace(/0+$/, '')}`;
  return `${dateText(days)} ${time}${fraction}`;
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysOf(year: number, month: number): number {
  if (month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)) return 29;
  return MONTH_DAYS[month - 1] ?? 0;
}

const code = (text: string, at: number): number => text.charCodeAt(at) - 48;

/** What one text says; filled again by every {@link read}, so that no object is made per value. */
export class WallClock {
  /** From 1970-01-01. */
  days = 0;
  secondOfDay = 0;
  nanos = 0;
  private month = 0;
  private monthDays = 0;
  private beforeMonth = 0;

  /** `YYYY-MM-DD[ HH:MM:SS[.f…]]`, year 0001 to 9999, at most nine digits of fraction. False when it is not that. */
  read(text: string): boolean {
    this.secondOfDay = 0;
    this.nanos = 0;
    const { length } = text;
    if (length < 10 || !this.readDate(text)) return false;
    if (length === 10) return true;
    if (length < 19 || !this.readTime(text)) return false;
    return length === 19 || this.readFraction(text);
  }

  /** Each digit in 0 … 9 leaves both `d` and `9 - d` without a sign: one test at the end is enough for all. */
  private readDate(text: string): boolean {
    const a = code(text, 0);
    const b = code(text, 1);
    const c = code(text, 2);
    const d = code(text, 3);
    const e = code(text, 5);
    const f = code(text, 6);
    const g = code(text, 8);
    const h = code(text, 9);
    const low = a | b | c | d | e | f | g | h;
    const high = (9 - a) | (9 - b) | (9 - c) | (9 - d) | (9 - e) | (9 - f) | (9 - g) | (9 - h);
    if ((low | high) < 0 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return false;
    const year = a * 1000 + b * 100 + c * 10 + d;
    const month = e * 10 + f;
    const day = g * 10 + h;
    if (year * 16 + month !== this.month && !this.enterMonth(year, month)) return false;
    if (day < 1 || day > this.monthDays) return false;
    this.days = this.beforeMonth + day;
    return true;
  }

  /** Neighbouring rows tend to be of one month: its place in the calendar is worked out once. */
  private enterMonth(year: number, month: number): boolean {
    if (year < 1 || month < 1 || month > 12) return false;
    this.month = year * 16 + month;
    this.monthDays = daysOf(year, month);
    this.beforeMonth = daysFromCivil(year, month, 1) - 1;
    return true;
  }

  private readTime(text: string): boolean {
    const a = code(text, 11);
    const b = code(text, 12);
    const c = code(text, 14);
    const d = code(text, 15);
    const e = code(text, 17);
    const f = code(text, 18);
    const high = (9 - a) | (9 - b) | (5 - c) | (9 - d) | (5 - e) | (9 - f);
    if ((a | b | c | d | e | f | high) < 0) return false;
    if (text.charCodeAt(10) !== 32 || text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return false;
    const hour = a * 10 + b;
    this.secondOfDay = hour * 3600 + (c * 10 + d) * 60 + e * 10 + f;
    return hour < 24;
  }

  private readFraction(text: string): boolean {
    const count = text.length - 20;
    if (text.charCodeAt(19) !== 46 || count < 1 || count > 9) return false;
    let nanos = 0;
    for (let index = 20; index < text.length; index++) {
      const digit = code(text, index);
      if (digit < 0 || digit > 9) return false;
      nanos = nanos * 10 + digit;
    }
    for (let missing = count; missing < 9; missing++) nanos *= 10;
    this.nanos = nanos;
    return true;
  }
}
