/** Decimal text ↔ the two halves of a 64-bit integer, without BigInt and without a JS number beyond 2^53. */

const BILLION = 1_000_000_000;
/** This many digits fit 32 bits; twice as many 64, but only 15 a double. */
const DIGITS_SMALL = 9;
const DIGITS_EXACT = 15;

/** What one text says; filled again by every {@link read}. */
export class IntegerText {
  /** The halves of the value, signed 32-bit each. */
  low = 0;
  high = 0;

  /** `-?digits` within -(2^63-1) … 2^63-1. False when it is not that. */
  read(text: string): boolean {
    const negative = text.charCodeAt(0) === 45;
    const from = negative ? 1 : 0;
    const count = text.length - from;
    if (count < 1 || count > 19) return false;
    if (count <= DIGITS_SMALL) {
      const value = digits(text, from, text.length);
      this.low = negative ? -value : value;
      this.high = this.low >> 31;
      return value >= 0;
    }
    const cut = text.length - DIGITS_SMALL;
    const upper = digits(text, from, cut);
    const lower = digits(text, cut, text.length);
    if (upper < 0 || lower < 0) return false;
    if (count > DIGITS_EXACT) return this.fromParts(upper, lower, negative);
    const size = upper * BILLION + lower;
    const value = negative ? -size : size;
    this.low = value | 0;
    this.high = Math.floor(value / 4294967296) | 0;
    return true;
  }

  /** upper × 10^9 + lower in limbs of 16 bits, each product below 2^53. */
  private fromParts(upper: number, lower: number, negative: boolean): boolean {
    const small = (upper % 65536) * BILLION + lower;
    const large = Math.floor(upper / 65536) * BILLION + Math.floor(small / 65536);
    const low = ((large % 65536) * 65536 + (small % 65536)) | 0;
    const high = Math.floor(large / 65536);
    // -2^63 is refused too: MaxCompute's older documentation excludes it from BIGINT.
    if (high > 0x7fffffff) return false;
    this.low = negative ? -low | 0 : low;
    this.high = negative ? (low === 0 ? -high | 0 : ~high) : high;
    return true;
  }

  /** Whether the value lies in -(2^(bits-1)) … 2^(bits-1)-1, for at most 32 bits. */
  fits(bits: number): boolean {
    const beyond = this.low >> (bits - 1);
    return this.high === this.low >> 31 && (beyond === 0 || beyond === -1);
  }
}

/** -1 when a character is not a digit; 0 for no characters. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
