import type { WireWriter } from './wire-writer.ts';

/**
 * Oracle's NUMBER, as documented for OCI (VARNUM without its length byte): one exponent byte, then base-100 digits.
 * Positive: 193 + exponent, digit + 1. Negative: 62 - exponent, 101 - digit, and 102 at the end when there are fewer
 * than 20 digits. Zero: 0x80.
 */
const ZERO = 0x80;
const POSITIVE_EXPONENT = 193;
const NEGATIVE_EXPONENT = 62;
const NEGATIVE_END = 102;
const MOST_PAIRS = 20;
const MINUS = 45;
const POINT = 46;
const DIGIT_ZERO = 48;

/** Significant base-100 digits of the number that is being written; one buffer for all, because writing never yields. */
const pairs = new Uint8Array(MOST_PAIRS + 1);

/**
 * Writes a canonical decimal text as NUMBER with its length byte.
 * @throws RangeError for anything that is not a decimal text of at most 40 digits.
 */
export function writeNumber(writer: WireWriter, text: string): void {
  const negative = text.charCodeAt(0) === MINUS;
  const start = negative ? 1 : 0;
  const point = text.indexOf('.', start);
  const integerDigits = (point < 0 ? text.length : point) - start;
  const { count, skipped } = collectPairs(text, start, integerDigits % 2 === 1);
  if (count === 0) {
    writer.uint8(1).uint8(ZERO);
    return;
  }
  const exponent = Math.ceil(integerDigits / 2) - 1 - skipped;
  const ended = negative && count < MOST_PAIRS;
  writer.uint8(1 + count + (ended ? 1 : 0));
  writer.uint8(negative ? NEGATIVE_EXPONENT - exponent : POSITIVE_EXPONENT + exponent);
  for (let index = 0; index < count; index++) {
    const pair = pairs[index] ?? 0;
    writer.uint8(negative ? 101 - pair : pair + 1);
  }
  if (ended) writer.uint8(NEGATIVE_END);
}

/** What `collectPairs` has found: one object for all, as `pairs`. */
const found = { count: 0, skipped: 0, significant: 0 };

function pushPair(pair: number): void {
  if (pair === 0 && found.count === 0) found.skipped += 1;
  else if (found.count < MOST_PAIRS) {
    pairs[found.count++] = pair;
    if (pair !== 0) found.significant = found.count;
  } else if (pair !== 0) throw new RangeError('a NUMBER has at most 40 digits');
}

/** Fills `pairs`, without zero pairs at either end; `skipped` counts those in front. */
function collectPairs(text: string, start: number, odd: boolean): { count: number; skipped: number } {
  found.count = 0;
  found.skipped = 0;
  found.significant = 0;
  let tens = odd ? 0 : -1;
  for (let index = start; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === POINT) continue;
    const digit = code - DIGIT_ZERO;
    if (digit < 0 || digit > 9) throw new RangeError('a NUMBER crosses the engine seam as plain decimal text');
    if (tens < 0) tens = digit;
    else {
      pushPair(tens * 10 + digit);
      tens = -1;
    }
  }
  if (tens >= 0) pushPair(tens * 10);
  return { count: found.significant, skipped: found.skipped };
}

/**
 * The canonical decimal text of NUMBER bytes (without the length byte).
 * @throws RangeError for the two infinities, which SQL binds cannot hold.
 */
export function readNumber(bytes: Uint8Array): string {
  const first = bytes[0] ?? 0;
  if (bytes.length === 1 && first === ZERO) return '0';
  if (bytes.length < 2) throw new RangeError('not a finite NUMBER');
  if ((first & 0x80) !== 0)
    return placePoint(
      pairsOf(bytes.subarray(1), (byte) => byte - 1),
      first - POSITIVE_EXPONENT,
    );
  const end = bytes.at(-1) === NEGATIVE_END ? bytes.length - 1 : bytes.length;
  return (
    '-' +
    placePoint(
      pairsOf(bytes.subarray(1, end), (byte) => 101 - byte),
      NEGATIVE_EXPONENT - first,
    )
  );
}

function pairsOf(bytes: Uint8Array, pairOf: (byte: number) => number): string {
  let digits = '';
  for (const byte of bytes) {
    const pair = pairOf(byte);
    digits += pair < 10 ? `0${pair}` : String(pair);
  }
  return digits;
}

/** `exponent`: of the first pair, base 100. */
function placePoint(digits: string, exponent: number): string {
  const point = (exponent + 1) * 2;
  const padded = point <= 0 ? '0'.repeat(-point) + digits : digits.padEnd(point, '0');
  const split = Math.max(point, 0);
  const whole = padded.slice(0, split).replace(/^0+/, '');
  const fraction = padded.slice(split).replace(/0+$/, '');
  return (whole === '' ? '0' : whole) + (fraction === '' ? '' : `.${fraction}`);
}
