import { elementsOf } from './date-masks.ts';
import type { Element } from './date-masks.ts';

/** A stored DATE or TIMESTAMP (dates.ts), `size` bytes from `at`. */
export interface StoredDate {
  readonly bytes: Buffer;
  readonly at: number;
  readonly size: number;
}

/** A format mask whose text always has the same length, in ASCII. */
export interface DateWriter {
  readonly length: number;
  readonly write: (date: StoredDate, target: Buffer, to: number) => void;
}

const ZERO = 0x30;
/** The longest text that these write, as it must fit behind a length of one byte. */
export const LONGEST_DATE_TEXT = 252;
const DATE_BYTES = 7;
const NANOSECOND_DIGITS = 9;

const DIGITS = Array.from({ length: 256 }, (_, value) => String(value % 100).padStart(2, '0'));
const TENS = Uint8Array.from(DIGITS, (text) => text.charCodeAt(0));
const ONES = Uint8Array.from(DIGITS, (text) => text.charCodeAt(1));

/** A byte of the date that is stored with `offset` added, as two digits at `to`. */
interface Pair {
  readonly index: number;
  readonly offset: number;
  readonly to: number;
}

/** What a mask prints, all at fixed places. */
interface Layout {
  /** The text with anything in the place of digits. */
  text: string;
  readonly pairs: Pair[];
  readonly years: { readonly to: number; readonly signed: boolean }[];
  readonly fractions: { readonly to: number; readonly digits: number }[];
}

const PAIRS: Readonly<Record<string, readonly [index: number, offset: number]>> = {
  MM: [2, 0],
  DD: [3, 0],
  HH24: [4, 1],
  MI: [5, 1],
  SS: [6, 1],
};

/** False for an element that has no fixed place. */
function place(layout: Layout, element: Element, fractionDigits: number): boolean {
  const to = layout.text.length;
  if (element.kind === 'text') {
    layout.text += element.text;
    return Buffer.byteLength(element.text, 'utf8') === element.text.length;
  }
  if (element.kind === 'fraction') {
    const digits = element.digits ?? fractionDigits;
    layout.fractions.push({ to, digits });
    layout.text += '0'.repeat(digits);
    return true;
  }
  if (element.name === 'YYYY' || element.name === 'SYYYY') {
    layout.years.push({ to, signed: element.name === 'SYYYY' });
    layout.text += ' '.repeat(element.name.length);
    return true;
  }
  const [index, offset] = PAIRS[element.name] ?? [];
  if (index === undefined || offset === undefined) return false;
  layout.pairs.push({ index, offset, to });
  layout.text += '00';
  return true;
}

function writeYear({ bytes, at }: StoredDate, target: Buffer, to: number, signed: boolean): void {
  const year = ((bytes[at] ?? 0) - 100) * 100 + (bytes[at + 1] ?? 0) - 100;
  const size = Math.abs(year);
  const century = Math.trunc(size / 100);
  const first = signed ? to + 1 : to;
  if (signed) target[to] = year < 0 ? 0x2d : 0x20;
  target[first] = TENS[century] ?? 0;
  target[first + 1] = ONES[century] ?? 0;
  target[first + 2] = TENS[size - century * 100] ?? 0;
  target[first + 3] = ONES[size - century * 100] ?? 0;
}

function writeFraction({ bytes, at, size }: StoredDate, target: Buffer, to: number, digits: number): void {
  const nanos = size > DATE_BYTES ? bytes.readUInt32BE(at + DATE_BYTES) : 0;
  let rest = Math.trunc(nanos / 10 ** (NANOSECOND_DIGITS - digits));
  for (let index = digits - 1; index >= 0; index--) {
    target[to + index] = ZERO + (rest % 10);
    rest = Math.trunc(rest / 10);
  }
}

/** By mask, then by fraction digits. */
const known = new Map<string, (DateWriter | null | undefined)[]>();

/** Most ask for the same again and again. */
const last: { mask: string; fractionDigits: number; writer: DateWriter | undefined } = {
  mask: '',
  fractionDigits: 0,
  writer: undefined,
};

/**
 * Undefined for masks with an element that is not in the list above; `formatMoment` prints those.
 * @throws OracleError 1821 for a mask that this database does not know.
 */
export function compileDateWriter(mask: string, fractionDigits: number): DateWriter | undefined {
  if (mask === last.mask && fractionDigits === last.fractionDigits) return last.writer;
  last.writer = knownWriter(mask, fractionDigits);
  last.mask = mask;
  last.fractionDigits = fractionDigits;
  return last.writer;
}

function knownWriter(mask: string, fractionDigits: number): DateWriter | undefined {
  let writers = known.get(mask);
  if (writers === undefined) {
    if (known.size > 200) known.clear();
    known.set(mask, (writers = []));
  }
  const writer = (writers[fractionDigits] ??= newDateWriter(mask, fractionDigits) ?? null);
  return writer ?? undefined;
}

function newDateWriter(mask: string, fractionDigits: number): DateWriter | undefined {
  const layout: Layout = { text: '', pairs: [], years: [], fractions: [] };
  for (const element of elementsOf(mask)) if (!place(layout, element, fractionDigits)) return undefined;
  const { length } = layout.text;
  if (length === 0 || length > LONGEST_DATE_TEXT) return undefined;
  const { pairs, years, fractions } = layout;
  const template = Buffer.from(layout.text, 'latin1');
  return {
    length,
    write: (date, target, to) => {
      for (let index = 0; index < length; index++) target[to + index] = template[index] ?? 0;
      const { bytes, at } = date;
      for (const pair of pairs) {
        const value = (bytes[at + pair.index] ?? 0) - pair.offset;
        target[to + pair.to] = TENS[value] ?? 0;
        target[to + pair.to + 1] = ONES[value] ?? 0;
      }
      for (const year of years) writeYear(date, target, to + year.to, year.signed);
      for (const fraction of fractions) writeFraction(date, target, to + fraction.to, fraction.digits);
    },
  };
}
