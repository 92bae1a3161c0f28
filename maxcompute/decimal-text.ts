/** Decimal text: how many digits it has, and the double that it is. Nothing is allocated per value. */

/** Digits that count: before the point without leading zeros, after it without trailing ones. */
export class DecimalDigits {
  whole = 0;
  fraction = 0;

  /** @param bytes ASCII, from … to-1. False for what is not `-?digits[.digits]`. */
  read(bytes: Uint8Array, from: number, to: number): boolean {
    const first = bytes[from] === 45 ? from + 1 : from;
    const point = this.readWhole(bytes, first, to);
    if (point === first) return false;
    this.fraction = 0;
    if (point === to) return true;
    if (bytes[point] !== 46 || point === to - 1) return false;
    for (let index = point + 1; index < to; index++) {
      const byte = bytes[index] ?? 0;
      if (byte < 48 || byte > 57) return false;
      if (byte !== 48) this.fraction = index - point;
    }
    return true;
  }

  /** Answers where the digits end. */
  private readWhole(bytes: Uint8Array, first: number, to: number): number {
    let leading = first;
    while (leading < to && bytes[leading] === 48) leading++;
    let index = leading;
    for (; index < to; index++) {
      const byte = bytes[index] ?? 0;
      if (byte < 48 || byte > 57) break;
    }
    this.whole = index - leading;
    return index;
  }
}

/** All of them, and every integer of at most 15 digits, are doubles: their quotient is rounded once, as reading the text is. */
const POWERS = Float64Array.from({ length: 16 }, (_, power) => 10 ** power);
const SHORT = 15;

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NAMED: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

/** The double nearest to a decimal text, or one of NaN, Infinity and -Infinity; undefined for any other text and beyond the doubles. */
export function doubleOf(text: string): number | undefined {
  const quick = text.length <= SHORT ? shortDouble(text) : undefined;
  if (quick !== undefined) return quick;
  if (!NUMBER.test(text)) return NAMED[text];
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** `-?[digits][.digits]` of at most 15 characters; undefined is no verdict. */
function shortDouble(text: string): number | undefined {
  const { length } = text;
  const first = text.charCodeAt(0) === 45 ? 1 : 0;
  let point = length;
  let digits = 0;
  for (let index = first; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 46 && point === length) point = index;
    else if (unit < 48 || unit > 57) return undefined;
    else digits = digits * 10 + (unit - 48);
  }
  if (first === length || point === length - 1) return undefined;
  const value = digits / (POWERS[Math.max(0, length - 1 - point)] ?? 1);
  return first === 1 ? -value : value;
}
