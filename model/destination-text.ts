/**
 * One form for the values of both sides, by the type of the destination's column: what the source's value becomes when it is written, and
 * what is read back of it. Values are canonical texts (model/table.ts) or bytes. Pure.
 */
import type { SinkColumn } from './sink-table.ts';
import type { Value } from './table.ts';

export type ComparedValue = string | null;

export interface ComparedColumn {
  /** Of the source. A value that the column cannot hold is NULL where its policy says so, and otherwise stays as it is: nothing equals it. */
  readonly fromSource: (value: Value) => ComparedValue;
  readonly fromDestination: (value: Value) => ComparedValue;
}

/** Undefined: the column cannot hold it. */
type Form = (text: string) => string | undefined;

const BITS: Readonly<Record<string, bigint>> = { tinyint: 8n, smallint: 16n, int: 32n, bigint: 64n };

const integerOf =
  (bits: bigint): Form =>
  (text) =>
    /^-?\d{1,19}$/.test(text) && BigInt.asIntN(Number(bits), BigInt(text)) === BigInt(text) ? text : undefined;

const decimalOf =
  (precision: number, scale: number): Form =>
  (text) => {
    const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
    if (whole === '') return undefined;
    const [left, right] = [whole.replace(/^0+/, ''), fraction.replace(/0+$/, '')];
    if (left.length > precision - scale || right.length > scale) return undefined;
    const plain = `${left === '' ? '0' : left}${right === '' ? '' : `.${right}`}`;
    return plain === '0' ? plain : sign + plain;
  };

const NAMED = new Set(['NaN', 'Infinity', '-Infinity']);

const realOf =
  (rounded: (value: number) => number): Form =>
  (text) => {
    const value = rounded(Number(text));
    if (!Number.isFinite(value)) return NAMED.has(text) ? text : undefined;
    return Object.is(value, -0) ? '-0' : String(value);
  };

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysOf(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (MONTH_DAYS[month - 1] ?? 0);
}

const MOMENT = /^(\d{4})-(\d{2})-(\d{2})(?: (\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?)?$/;

const isDate = (year: string, month: string, day: string): boolean =>
  Number(year) >= 1 && Number(day) >= 1 && Number(day) <= daysOf(Number(year), Number(month));

const trimmed = (digits: string | undefined): string => (digits === undefined ? '' : digits.replace(/0+$/, ''));

/** `fractionMax`: digits of a second that the type has; -1: a date without a time of day. */
const momentOf =
  (fractionMax: number): Form =>
  (text) => {
    const [, year = '', month = '', day = '', time, digits] = MOMENT.exec(text) ?? [];
    if (!isDate(year, month, day)) return undefined;
    const clock = time ?? '00:00:00';
    const fraction = trimmed(digits);
    const date = `${year}-${month}-${day}`;
    if (fractionMax < 0) return `${clock}${fraction}` === '00:00:00' ? date : undefined;
    if (fraction.length > fractionMax) return undefined;
    return fraction === '' ? `${date} ${clock}` : `${date} ${clock}.${fraction}`;
  };

/** A half of a pair that stands alone is no character. */
const LONE_HALF = /\p{Surrogate}/u;

/** A pair of halves is one. */
const characters = (text: string): number => text.replaceAll(/[\ud800-\udbff][\udc00-\udfff]/g, ' ').length;

const textOf =
  (charactersMax: number): Form =>
  (text) =>
    LONE_HALF.test(text) || (text.length > charactersMax && characters(text) > charactersMax) ? undefined : text;

/** MaxCompute pads CHAR(n); what is behind the last character that is no blank says nothing. */
const paddedOf =
  (charactersMax: number): Form =>
  (text) =>
    textOf(charactersMax)(text)?.replace(/ +$/, '');

function formOf(type: string): Form {
  const [, base = '', first = '0', second = '0'] = /^([a-z_]+)(?:\((\d+)(?:,(\d+))?\))?$/.exec(type) ?? [];
  const bits = BITS[base];
  if (bits !== undefined) return integerOf(bits);
  const forms: Readonly<Record<string, Form>> = {
    decimal: decimalOf(Number(first), Number(second)),
    float: realOf(Math.fround),
    double: realOf((value) => value),
    varchar: textOf(Number(first)),
    char: paddedOf(Number(first)),
    date: momentOf(-1),
    datetime: momentOf(3),
    timestamp: momentOf(9),
    timestamp_ntz: momentOf(9),
  };
  return forms[base] ?? textOf(Infinity);
}

const hexOf = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text.toUpperCase();
};

/** How values of one column are compared. */
export function comparedColumn({ type, overflow }: Pick<SinkColumn, 'type' | 'overflow'>): ComparedColumn {
  const form = formOf(type);
  return {
    fromSource: (value) => {
      if (value === null) return null;
      if (typeof value !== 'string') return hexOf(value);
      return form(value) ?? (overflow === 'null' ? null : value);
    },
    // What stands there stands there, whatever its form.
    fromDestination: (value) =>
      value === null ? null : typeof value === 'string' ? (form(value) ?? value) : hexOf(value),
  };
}
