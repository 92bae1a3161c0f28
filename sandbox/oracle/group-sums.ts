import { addDecimal } from './decimal.ts';

/** So many digits are exact as a JS number. */
const SMALL_DIGITS = 15;
const HALF = 2 ** 24;
/** Both halves of so many small integers are far from what a JS number cannot hold. */
const SMALL_INTEGERS_MAX = 2 ** 20;

/** A running SUM: small integers are kept as two numbers, and become a decimal now and then. */
export class DecimalSum {
  #total: string | undefined;
  #high = 0;
  #low = 0;
  #waiting = 0;

  add(text: string): void {
    if (text.length > SMALL_DIGITS || text.includes('.')) {
      this.#total = addDecimal(this.#total ?? '0', text);
      return;
    }
    this.addInteger(Number(text));
  }

  /** At most of as many digits. */
  addInteger(number: number): void {
    const high = Math.floor(number / HALF);
    this.#high += high;
    this.#low += number - high * HALF;
    this.#waiting += 1;
    if (this.#waiting === SMALL_INTEGERS_MAX) this.#settle();
  }

  /** Null where nothing was added. */
  total(): string | null {
    if (this.#waiting > 0) this.#settle();
    return this.#total ?? null;
  }

  #settle(): void {
    const waiting = BigInt(this.#high) * BigInt(HALF) + BigInt(this.#low);
    this.#total = addDecimal(this.#total ?? '0', waiting.toString());
    this.#high = this.#low = this.#waiting = 0;
  }
}
