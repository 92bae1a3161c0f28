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

interface Part {
  readonly length: number;
  readonly write: DateWriter['write'];
}

const ZERO = 0x30;
/** The longest text that these write, as it must fit behind a length of one byte. */
export const LONGEST_DATE_TEXT = 252;
const DATE_BYTES = 7;
const NANOSECOND_DIGITS = 9;

function writePair(value: number, target: Buffer, to: number): void {
  const tens = Math.trunc(value / 10);
  target[to] = ZERO + tens;
  target[to + 1] = ZERO + value - tens * 10;
}

const byteAt = ({ bytes, at }: StoredDate, index: number): number => bytes[at + index] ?? 0;

const yearOf = (date: StoredDate): number => (byteAt(date, 0) - 100) * 100 + byteAt(date, 1) - 100;

function writeYear(date: StoredDate, target: Buffer, to: number): void {
  const year = Math.abs(yearOf(date));
  writePair(Math.trunc(year / 100), target, to);
  writePair(year % 100, target, to + 2);
}

/** Two digits of a byte that is stored with `offset` added. */
function pairAt(index: number, offset: number): Part {
  return {
    length: 2,
    write: (date, target, to) => {
      writePair(byteAt(date, index) - offset, target, to);
    },
  };
}

const FIELDS: Readonly<Record<string, Part>> = {
  SYYYY: {
    length: 5,
    write: (date, target, to) => {
      target[to] = yearOf(date) < 0 ? 0x2d : 0x20;
      writeYear(date, target, to + 1);
    },
  },
  YYYY: { length: 4, write: writeYear },
  MM: pairAt(2, 0),
  DD: pairAt(3, 0),
  HH24: pairAt(4, 1),
  MI: pairAt(5, 1),
  SS: pairAt(6, 1),
};

function textPart(text: string): Part | undefined {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length !== text.length) return undefined;
  return {
    length: bytes.length,
    write: (_date, target, to) => {
      for (let index = 0; index < bytes.length; index++) target[to + index] = bytes[index] ?? 0;
    },
  };
}

function fractionPart(digits: number): Part {
  return {
    length: digits,
    write: (date, target, to) => {
      const nanos = date.size > DATE_BYTES ? date.bytes.readUInt32BE(date.at + DATE_BYTES) : 0;
      let rest = Math.trunc(nanos / 10 ** (NANOSECOND_DIGITS - digits));
      for (let index = digits - 1; index >= 0; index--) {
        target[to + index] = ZERO + (rest % 10);
        rest = Math.trunc(rest / 10);
      }
    },
  };
}

function partOf(element: Element, fractionDigits: number): Part | undefined {
  switch (element.kind) {
    case 'text':
      return textPart(element.text);
    case 'fraction':
      return fractionPart(element.digits ?? fractionDigits);
    case 'field':
      return FIELDS[element.name];
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
  const parts: Part[] = [];
  for (const element of elementsOf(mask)) {
    const part = partOf(element, fractionDigits);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length === 0 || length > LONGEST_DATE_TEXT) return undefined;
  return {
    length,
    write: (date, target, to) => {
      let at = to;
      for (const part of parts) {
        part.write(date, target, at);
        at += part.length;
      }
    },
  };
}
