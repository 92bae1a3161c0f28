import { daysInMonth } from './dates.ts';
import type { Moment } from './dates.ts';
import { OracleError } from './engine.ts';

/** Oracle's datetime format models, as far as a session setting or a TO_CHAR of our clients uses them. */
type Element =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'fraction'; readonly digits: number | undefined }
  | { readonly kind: 'text'; readonly text: string };

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const ELEMENT = /SYYYY|YYYY|RRRR|YY|RR|MON|MM|DD|HH24|HH12|HH|MI|SS|FF[1-9]?|TZH|TZM|TZR|AM|PM|X|"[^"]*"|[-/,.;: ]/iy;

const parsedMasks = new Map<string, readonly Element[]>();

function elementsOf(mask: string): readonly Element[] {
  const known = parsedMasks.get(mask);
  if (known !== undefined) return known;
  const elements: Element[] = [];
  ELEMENT.lastIndex = 0;
  while (ELEMENT.lastIndex < mask.length) {
    const match = ELEMENT.exec(mask);
    if (match === null) throw new OracleError(1821, 'date format not recognized');
    elements.push(elementOf(match[0]));
  }
  if (parsedMasks.size > 200) parsedMasks.clear();
  parsedMasks.set(mask, elements);
  return elements;
}

function elementOf(text: string): Element {
  const name = text.toUpperCase();
  if (name.startsWith('FF')) return { kind: 'fraction', digits: name.length > 2 ? Number(name.slice(2)) : undefined };
  if (name.startsWith('"')) return { kind: 'text', text: text.slice(1, -1) };
  if (name === 'X') return { kind: 'text', text: '.' };
  return /^[A-Z]/.test(name) ? { kind: 'field', name } : { kind: 'text', text };
}

/** Raises ORA-01821 for a mask that this database does not know. */
export function checkMask(mask: string): void {
  elementsOf(mask);
}

export interface FormatOptions {
  /** Minutes from UTC, printed by TZH and TZM. */
  readonly zoneMinutes: number;
  /** Digits that a bare FF prints: the declared precision. */
  readonly fractionDigits: number;
}

export function formatMoment(moment: Moment, mask: string, options: FormatOptions): string {
  let text = '';
  for (const element of elementsOf(mask)) {
    switch (element.kind) {
      case 'text':
        text += element.text;
        break;
      case 'fraction':
        text += padded(moment.nanos, 9).slice(0, element.digits ?? options.fractionDigits);
        break;
      case 'field':
        text += formatField(moment, element.name, options.zoneMinutes);
        break;
    }
  }
  return text;
}

const fieldFormats: Readonly<Record<string, (moment: Moment, zoneMinutes: number) => string>> = {
  SYYYY: (moment) => (moment.year < 0 ? '-' : ' ') + padded(Math.abs(moment.year), 4),
  YYYY: (moment) => padded(Math.abs(moment.year), 4),
  RRRR: (moment) => padded(Math.abs(moment.year), 4),
  YY: (moment) => padded(Math.abs(moment.year) % 100, 2),
  RR: (moment) => padded(Math.abs(moment.year) % 100, 2),
  MM: (moment) => padded(moment.month, 2),
  MON: (moment) => MONTHS[moment.month - 1] ?? '',
  DD: (moment) => padded(moment.day, 2),
  HH24: (moment) => padded(moment.hour, 2),
  HH12: (moment) => padded(((moment.hour + 11) % 12) + 1, 2),
  HH: (moment) => padded(((moment.hour + 11) % 12) + 1, 2),
  MI: (moment) => padded(moment.minute, 2),
  SS: (moment) => padded(moment.second, 2),
  AM: (moment) => (moment.hour < 12 ? 'AM' : 'PM'),
  PM: (moment) => (moment.hour < 12 ? 'AM' : 'PM'),
  TZH: (_moment, zone) => (zone < 0 ? '-' : '+') + padded(Math.trunc(Math.abs(zone) / 60), 2),
  TZM: (_moment, zone) => padded(Math.abs(zone) % 60, 2),
  TZR: (_moment, zone) => zoneText(zone),
};

function formatField(moment: Moment, name: string, zoneMinutes: number): string {
  const format = fieldFormats[name];
  if (format === undefined) throw new OracleError(1821, 'date format not recognized');
  return format(moment, zoneMinutes);
}

/** `+02:00`. */
export function zoneText(zoneMinutes: number): string {
  const size = Math.abs(zoneMinutes);
  return `${zoneMinutes < 0 ? '-' : '+'}${padded(Math.trunc(size / 60), 2)}:${padded(size % 60, 2)}`;
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

interface Reading {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  nanos: number;
  afternoon: boolean | undefined;
}

/** Reads text by a mask. Parts that the text leaves out at its end default as in Oracle: this month's first day, midnight. */
export function parseMoment(text: string, mask: string, now: Moment): Moment {
  const reading: Reading = {
    year: now.year,
    month: now.month,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanos: 0,
    afternoon: undefined,
  };
  let at = 0;
  for (const element of elementsOf(mask)) {
    if (at >= text.length) break;
    at = readElement(element, { text, at, reading, now });
  }
  if (text.slice(at).trim() !== '') {
    throw new OracleError(1830, 'date format picture ends before converting entire input string');
  }
  if (reading.afternoon !== undefined) reading.hour = (reading.hour % 12) + (reading.afternoon ? 12 : 0);
  return checked(reading);
}

interface ReadState {
  readonly text: string;
  readonly at: number;
  readonly reading: Reading;
  readonly now: Moment;
}

function readElement(element: Element, state: ReadState): number {
  switch (element.kind) {
    case 'text': {
      const here = state.text.slice(state.at, state.at + element.text.length);
      if (here === element.text || /^[-/,.;: T]$/.test(here)) return state.at + element.text.length;
      throw mismatch();
    }
    case 'fraction': {
      const digits = /^\d{0,9}/.exec(state.text.slice(state.at))?.[0] ?? '';
      state.reading.nanos = Number(digits.padEnd(9, '0'));
      return state.at + digits.length;
    }
    case 'field':
      return readField(element.name, state);
  }
}

const numericFields: Readonly<
  Record<string, readonly [digits: number, field: 'month' | 'day' | 'hour' | 'minute' | 'second']>
> = {
  MM: [2, 'month'],
  DD: [2, 'day'],
  HH24: [2, 'hour'],
  HH12: [2, 'hour'],
  HH: [2, 'hour'],
  MI: [2, 'minute'],
  SS: [2, 'second'],
};

function readField(name: string, state: ReadState): number {
  const rest = state.text.slice(state.at);
  const numeric = numericFields[name];
  if (numeric !== undefined) {
    const digits = new RegExp(`^\\d{1,${String(numeric[0])}}`).exec(rest)?.[0];
    if (digits === undefined) throw mismatch();
    state.reading[numeric[1]] = Number(digits);
    return state.at + digits.length;
  }
  if (/YY|RR/.test(name)) return readYear(name, rest, state);
  if (name === 'MON') {
    const month = MONTHS.indexOf(rest.slice(0, 3).toUpperCase());
    if (month < 0) throw new OracleError(1843, 'not a valid month');
    state.reading.month = month + 1;
    return state.at + 3;
  }
  if (name === 'AM' || name === 'PM') {
    state.reading.afternoon = rest.slice(0, 2).toUpperCase() === 'PM';
    return state.at + 2;
  }
  throw new OracleError(1821, 'date format not recognized');
}

function readYear(name: string, rest: string, state: ReadState): number {
  const pattern = name === 'SYYYY' ? /^[ +-]?\d{1,4}/ : name === 'YYYY' || name === 'RRRR' ? /^\d{1,4}/ : /^\d{2}/;
  const digits = pattern.exec(rest)?.[0];
  if (digits === undefined) throw mismatch();
  const year = Number(digits.trim());
  const century = Math.trunc(state.now.year / 100) * 100;
  if (name === 'YY') state.reading.year = century + year;
  else if (name.startsWith('RR') && digits.length <= 2)
    state.reading.year = year < 50 ? century + year : century - 100 + year;
  else state.reading.year = year;
  return state.at + digits.length;
}

function mismatch(): OracleError {
  return new OracleError(1861, 'literal does not match format string');
}

function checked(reading: Reading): Moment {
  const { afternoon: _afternoon, ...moment } = reading;
  if (moment.year === 0 || moment.year < -4713 || moment.year > 9999) {
    throw new OracleError(1841, '(full) year must be between -4713 and +9999, and not be 0');
  }
  if (moment.month < 1 || moment.month > 12) throw new OracleError(1843, 'not a valid month');
  if (moment.day < 1 || moment.day > 31)
    throw new OracleError(1847, 'day of month must be between 1 and last day of month');
  if (moment.day > daysInMonth(moment.year, moment.month))
    throw new OracleError(1839, 'date not valid for month specified');
  if (moment.hour > 23) throw new OracleError(1850, 'hour must be between 0 and 23');
  if (moment.minute > 59) throw new OracleError(1851, 'minutes must be between 0 and 59');
  if (moment.second > 59) throw new OracleError(1852, 'seconds must be between 0 and 59');
  return moment;
}
