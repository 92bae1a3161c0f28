import { FlatReader } from './flat-reader.ts';
import { StreamError, type WireCursor } from './wire-cursor.ts';

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

const POWERS: readonly bigint[] = Array.from({ length: 39 }, (_power, digits) => 10n ** BigInt(digits));

function withSign(sign: string, digits: bigint, precision: number): bigint | undefined {
  if (digits >= (POWERS[precision] ?? 0n)) return undefined;
  return sign === '-' ? -digits : digits;
}

/**
 * Reads decimal text, with an exponent too (PyODPS sends str(Decimal)), as an integer of units of 10^-scale; never rounds.
 * Undefined when the text is no such decimal.
 */
function parseDecimal(written: string, precision: number, scale: number): bigint | undefined {
  const [, sign = '', whole = '', part = '', exponent = '0'] = DECIMAL.exec(written) ?? [];
  if (whole + part === '') return undefined;
  const shift = scale - part.length + Number(exponent);
  const digits = BigInt(shift > 0 ? whole + part + '0'.repeat(shift) : whole + part);
  if (shift >= 0) return withSign(sign, digits, precision);
  const divisor = 10n ** BigInt(-shift);
  return digits % divisor === 0n ? withSign(sign, digits / divisor, precision) : undefined;
}

const TENS: readonly number[] = Array.from({ length: 19 }, (_ten, digits) => 10 ** digits);
const MINUS = 0x2d;
const POINT = 0x2e;

/** Bytes of DuckDB's DECIMAL(precision, …). */
function widthOf(precision: number): 2 | 4 | 8 | 16 {
  if (precision <= 4) return 2;
  if (precision <= 9) return 4;
  return precision <= 18 ? 8 : 16;
}

/** DECIMAL: text on the wire, an integer of 2 to 16 bytes in DuckDB. */
export class DecimalReader extends FlatReader {
  readonly wireType = 2;
  private readonly precision: number;
  private readonly scale: number;
  private readonly size: 2 | 4 | 8 | 16;
  /** What `plain` takes for sure: below 10^precision and exact as a number. */
  private readonly limit: number;
  private unsigned = 0;

  constructor(precision: number, scale: number) {
    const width = widthOf(precision);
    super(width);
    this.precision = precision;
    this.scale = scale;
    this.size = width;
    this.limit = Math.min(10 ** precision, Number.MAX_SAFE_INTEGER);
  }

  read(cursor: WireCursor, row: number): void {
    const length = cursor.uint32();
    const start = cursor.skip(length);
    cursor.digestRun(start, length);
    const plain = this.plain(cursor.bytes, start, start + length);
    if (plain === undefined) this.write(row, this.parsed(cursor.bytes.toString('latin1', start, start + length)));
    else this.writeNumber(row, plain);
  }

  /** Few enough digits for a number; undefined leaves the text to `parsed`. */
  private plain(bytes: Buffer, start: number, end: number): number | undefined {
    const negative = bytes[start] === MINUS;
    const places = this.digits(bytes, negative ? start + 1 : start, end);
    const missing = this.scale - places;
    if (places < 0 || missing < 0) return undefined;
    const value = this.unsigned * (TENS[missing] ?? 0);
    if (value >= this.limit) return undefined;
    return negative ? -value : value;
  }

  /** Reads digits with at most one point into `unsigned`; returns how many follow the point, -1 for any other text. */
  private digits(bytes: Buffer, start: number, end: number): number {
    if (end - start > 16 || end === start) return -1;
    let value = 0;
    let point = -1;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === POINT && point === -1) point = at;
      else if (byte < 0x30 || byte > 0x39) return -1;
      else value = value * 10 + byte - 0x30;
    }
    if (point !== -1 && end - start === 1) return -1;
    this.unsigned = value;
    return point === -1 ? 0 : end - point - 1;
  }

  private parsed(text: string): bigint {
    const value = parseDecimal(text, this.precision, this.scale);
    if (value !== undefined) return value;
    const type = `decimal(${String(this.precision)},${String(this.scale)})`;
    throw new StreamError('MalformedDataStream', `a value is not a ${type}`);
  }

  private writeNumber(row: number, value: number): void {
    const high = Math.floor(value / 4_294_967_296);
    const { view } = this;
    const at = row * this.size;
    if (this.size === 2) view.setInt16(at, value, true);
    else view.setInt32(at, value - high * 4_294_967_296, true);
    if (this.size < 8) return;
    view.setInt32(at + 4, high, true);
    if (this.size === 16) {
      view.setInt32(at + 8, high >> 31, true);
      view.setInt32(at + 12, high >> 31, true);
    }
  }

  private write(row: number, value: bigint): void {
    const { view } = this;
    const at = row * this.size;
    if (this.size < 8) {
      this.writeNumber(row, Number(value));
      return;
    }
    view.setBigInt64(at, BigInt.asIntN(64, value), true);
    if (this.size === 16) view.setBigInt64(at + 8, value >> 64n, true);
  }
}
