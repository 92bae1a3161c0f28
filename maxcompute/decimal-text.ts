/** Decimal text: how many digits it has, and the double that it is. Nothing is allocated per value. */

/** Digits that count: before the point without leading zeros, after it without trailing ones. */
export class DecimalDigits {
  whole = 0;
  fraction = 0;

  /** Copies the text to bytes[at …], where there is room. False for what is not `-?digits[.digits]`. */
  copy(text: string, bytes: Uint8Array, at: number): boolean {
    const { length } = text;
    const from = text.charCodeAt(0) === 45 ? 1 : 0;
    bytes[at] = 45;
    let point = length;
    let leading = from;
    let last = 0;
    for (let index = from; index < length; index++) {
      const unit = text.charCodeAt(index);
      bytes[at + index] = unit;
      if (unit > 48 && unit <= 57) last = index;
      else if (unit === 48) leading = leading === index ? index + 1 : leading;
      else if (unit === 46 && point === length) point = index;
      else return false;
    }
    this.whole = Math.max(0, point - leading);
    this.fraction = Math.max(0, last - point);
    return point > from && point !== length - 1;
  }
}

/** All of them, and every integer of at most 15 digits, are doubles: their quotient is rounded once, as reading the text is. */
const POWERS = Float64Array.from({ length: 16 }, (_, power) => 10 ** power);
const SHORT = 15;

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NAMED: ReadonlyMap<string, number> = new Map([NaN, Infinity, -Infinity].map((value) => [String(value), value]));

/**
 * The double nearest to a decimal text, or one of NaN, Infinity and -Infinity, into the first element of `result`: a double that a
 * function returns gets memory of its own in V8. False for any other text and beyond the doubles.
 */
export function readDouble(text: string, result: Float64Array): boolean {
  return (text.length <= SHORT && readShortDouble(text, result)) || readAnyDouble(text, result);
}

function readAnyDouble(text: string, result: Float64Array): boolean {
  const value = NUMBER.test(text) ? Number(text) : NAMED.get(text);
  if (value === undefined) return false;
  result[0] = value;
  return Number.isFinite(value) || NAMED.has(text);
}

/** `-?[digits][.digits]` of at most 15 characters; false is no verdict. */
function readShortDouble(text: string, result: Float64Array): boolean {
  const { length } = text;
  const first = text.charCodeAt(0) === 45 ? 1 : 0;
  let point = length;
  let digits = 0;
  for (let index = first; index < length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit >= 0 && digit <= 9) digits = digits * 10 + digit;
    else if (digit === -2 && point === length) point = index;
    else return false;
  }
  if (first === length || point === length - 1) return false;
  const value = point === length ? digits : digits / (POWERS[length - 1 - point] ?? 1);
  result[0] = first === 1 ? -value : value;
  return true;
}
