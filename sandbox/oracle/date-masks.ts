import { daysInMonth } from './calendar.ts';
import { yearError } from './dates.ts';
import type { Moment } from './dates.ts';
import { OracleError } from './engine.ts';
import { parseZone, zoneText } from './time-zones.ts';
import type { Zone } from './time-zones.ts';

/** Oracle's datetime format models, as far as a session setting or a TO_CHAR of our clients uses them. */
export type Element =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'fraction'; readonly digits: number | undefined }
  | { readonly kind: 'text'; readonly text: string };

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const ELEMENT = /SYYYY|YYYY|RRRR|YY|RR|MON|MM|DD|HH24|HH12|HH|MI|SS|FF[1-9]?|TZH|TZM|TZR|AM|PM|X|"[^"]*"|[-/,.;: ]/iy;

const parsedMasks = new Map<string, readonly Element[]>();

/** @throws OracleError 1821 for a mask that this database does not know. */
export function elementsOf(mask: string): readonly Element[] {
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
  /** Printed by TZR; absent = the offset. */
  readonly zoneName?: string;
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
        text += formatField(moment, element.name, options);
        break;
    }
  }
  return text;
}

const fieldFormats: Readonly<Record<string, (moment: Moment, options: FormatOptions) => string>> = {
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
  TZH: (_moment, { zoneMinutes }) => zoneText(zoneMinutes).slice(0, 3),
  TZM: (_moment, { zoneMinutes }) => zoneText(zoneMinutes).slice(4),
  TZR: (_moment, options) => options.zoneName ?? zoneText(options.zoneMinutes),
};

function formatField(moment: Moment, name: string, options: FormatOptions): string {
  const format = fieldFormats[name];
  if (format === undefined) throw new OracleError(1821, 'date format not recognized');
  return format(moment, options);
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
  /** As read: `+02` by TZH, `30` by TZM, a name or an offset by TZR. */
  zoneHour: string | undefined;
  zoneMinute: string | undefined;
  zoneName: string | undefined;
}

/** Reads text by a mask. Parts that the text leaves out at its end default as in Oracle: this month's first day, midnight. */
export function parseMoment(text: string, mask: string, now: Moment): Moment {
  return parseZonedMoment(text, mask, now).moment;
}

/** The local time and the zone that was read, if the text names one. @throws OracleError of bad dates and zones. */
export function parseZonedMoment(
  text: string,
  mask: string,
  now: Moment,
): { readonly moment: Moment; readonly zone: Zone | undefined } {
  const reading: Reading = {
    year: now.year,
    month: now.month,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanos: 0,
    afternoon: undefined,
    zoneHour: undefined,
    zoneMinute: undefined,
    zoneName: undefined,
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
  return { moment: checked(reading), zone: zoneRead(reading) };
}

function zoneRead({ zoneName, zoneHour, zoneMinute }: Reading): Zone | undefined {
  if (zoneName !== undefined) return parseZone(zoneName);
  return zoneHour === undefined ? undefined : parseZone(`${zoneHour}:${zoneMinute ?? '00'}`);
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
  const zone = zoneFields[name];
  if (zone === undefined) throw new OracleError(1821, 'date format not recognized');
  const found = zone[0].exec(rest)?.[0];
  if (found === undefined) throw mismatch();
  state.reading[zone[1]] = found;
  return state.at + found.length;
}

const zoneFields: Readonly<Record<string, readonly [pattern: RegExp, field: 'zoneHour' | 'zoneMinute' | 'zoneName']>> =
  {
    TZH: [/^[+-]?\d{1,2}/, 'zoneHour'],
    TZM: [/^\d{2}/, 'zoneMinute'],
    TZR: [/^(?:[+-]?\d{1,2}:\d{2}|[A-Za-z][\w+/-]*)/, 'zoneName'],
  };

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
  const { year, month, day, hour, minute, second, nanos } = reading;
  const moment: Moment = { year, month, day, hour, minute, second, nanos };
  if (moment.year === 0 || moment.year < -4713 || moment.year > 9999) throw yearError();
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
