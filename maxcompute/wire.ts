/** Bytes of the tunnel's record stream: the forms of protobuf's wire format that it uses. Checksums follow in batches (record-seal.ts). */
import type { DecimalDigits } from './decimal-text.ts';
import { END_OF_RECORD_TAG, SEAL_BYTES, type RecordSeal } from './record-seal.ts';
import { fourOfVarint, tagOf, varintBytes } from './varint.ts';

export const VARINT = 0;
export const FIXED64 = 1;
export const DELIMITED = 2;
export const FIXED32 = 5;

/** Field numbers that end a record, and that carry the footer's count and checksum. Columns are 1, 2, 3 … */
export const END_OF_RECORD = 33553408;
export const RECORD_COUNT = 33554430;
export const STREAM_CHECKSUM = 33554431;

const TWO_TO_32 = 4294967296;
/** Up to here a loop in JavaScript is faster than the call into Buffer's native writer. UTF-8 of 42 units has at most 126 bytes. */
const SHORT_TEXT = 42;
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Room for the end of a record or the footer, and for one column that is neither text nor binary. */
const SLACK = 64;
/** The longest such column: a tag, the seconds and the nanoseconds of a timestamp. */
const FIXED_BYTES = 24;

/** floatToIntBits(NaN), and the upper half of doubleToLongBits(NaN). */
const FLOAT_NAN = 0x7fc00000;
const DOUBLE_NAN = 0x7ff80000;

/** Records are sealed while the processor's cache still has them. */
const BATCH_BYTES = 1 << 15;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** What is written is taken while more is written: two buffers in turn. */
export class WireWriter {
  bytes: Buffer;
  /** Of the same memory. */
  private view: DataView;
  position = 0;
  /** Where the records without a checksum begin, and where they end. */
  private sealed = 0;
  private ended = 0;
  private spare: Buffer | undefined;
  private readonly slack: number;
  private readonly seal: RecordSeal;

  /** @param columns between two calls of {@link reserve}, {@link text} or {@link binary} */
  constructor(seal: RecordSeal, capacity = 1 << 21, columns = 1) {
    this.seal = seal;
    this.bytes = Buffer.allocUnsafeSlow(capacity);
    this.view = viewOf(this.bytes);
    this.slack = SLACK + columns * FIXED_BYTES;
  }

  /** Makes room for `count` bytes and the columns announced to the constructor. */
  reserve(count: number): void {
    const needed = this.position + count + this.slack;
    if (needed > this.bytes.length) this.grow(needed);
  }

  private grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.position);
    this.bytes = grown;
    this.view = viewOf(grown);
  }

  /** @param value unsigned, below 2^32 */
  varint(value: number): void {
    const { bytes } = this;
    let rest = value >>> 0;
    let position = this.position;
    if (rest >>> 28 !== 0) {
      this.view.setInt32(position, fourOfVarint(rest), true);
      rest >>>= 28;
      position += 4;
    }
    while (rest > 127) {
      bytes[position++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[position++] = rest;
    this.position = position;
  }

  /** The halves are taken as unsigned. Signed numbers are passed on: they need no memory of their own in V8, 2^31 and more do. */
  private varint64(low: number, high: number): void {
    let lower = low;
    let upper = high;
    for (; upper !== 0; upper >>>= 28) {
      this.view.setInt32(this.position, fourOfVarint(lower), true);
      this.position += 4;
      lower = (lower >>> 28) | (upper << 4);
    }
    this.varint(lower);
  }

  private zigzag64(low: number, high: number): void {
    const sign = high >> 31;
    const lower = (low << 1) ^ sign;
    if (high === low >> 31) this.varint(lower);
    else this.varint64(lower, ((high << 1) | (low >>> 31)) ^ sign);
  }

  /** The tag of a column that is present. */
  column(tag: number): void {
    if (tag < 128) this.bytes[this.position++] = tag;
    else this.varint(tag);
  }

  int64(low: number, high: number): void {
    this.zigzag64(low, high);
  }

  /** @param value an integer that Number.isSafeInteger accepts */
  integer(value: number): void {
    const low = value | 0;
    if (low === value) this.varint((low << 1) ^ (low >> 31));
    else this.int64(low, Math.floor(value / TWO_TO_32) | 0);
  }

  /** Nanoseconds follow the seconds of a timestamp as a sint32. @param value 0 … 999999999 */
  nanos(value: number): void {
    this.varint(value << 1);
  }

  boolean(value: boolean): void {
    this.bytes[this.position++] = value ? 1 : 0;
  }

  /** IEEE single precision; every NaN has the bits that Java writes. */
  float(value: number): void {
    const { view, position } = this;
    if (Number.isNaN(value)) view.setInt32(position, FLOAT_NAN, true);
    else view.setFloat32(position, value, true);
    this.position = position + 4;
  }

  /**
   * IEEE double precision; every NaN has the bits that Java writes.
   * @param scratch its first element is written: a double that is passed by value gets memory of its own in V8
   */
  double(scratch: Float64Array): void {
    const { view, position } = this;
    const value = scratch[0] ?? NaN;
    view.setFloat64(position, value, true);
    if (Number.isNaN(value)) {
      view.setInt32(position, 0, true);
      view.setInt32(position + 4, DOUBLE_NAN, true);
    }
    this.position = position + 8;
  }

  /** Length and bytes. */
  binary(value: Uint8Array): void {
    this.reserve(value.length);
    this.varint(value.length);
    this.bytes.set(value, this.position);
    this.position += value.length;
  }

  /** Length and ASCII. False, with the column to be taken back, for what is no decimal. @param digits what the text says */
  decimal(text: string, digits: DecimalDigits): boolean {
    const { length } = text;
    this.reserve(length);
    this.varint(length);
    if (!digits.copy(text, this.bytes, this.position)) return false;
    this.position += length;
    return true;
  }

  /** Length and UTF-8. Returns the number of bytes, or -1 when the text is not well-formed (a lone surrogate). */
  text(value: string): number {
    const units = value.length;
    this.reserve(units * 3);
    if (units <= SHORT_TEXT) return this.shortAscii(value) ? units : this.shortText(value);
    const written = this.longText(value);
    return written === units || !LONE_SURROGATE.test(value) ? written : -1;
  }

  /** False, with nothing done that counts, for other characters. */
  private shortAscii(value: string): boolean {
    const { bytes, view } = this;
    const { length } = value;
    const start = this.position + 1;
    let units = 0;
    let index = 0;
    // Four at a time: a check of bounds and of the loop less for each.
    for (; index + 4 <= length; index += 4) {
      const first = value.charCodeAt(index);
      const second = value.charCodeAt(index + 1);
      const third = value.charCodeAt(index + 2);
      const fourth = value.charCodeAt(index + 3);
      view.setInt32(start + index, first | (second << 8) | (third << 16) | (fourth << 24), true);
      units |= first | second | third | fourth;
    }
    for (; index < length; index++) {
      const unit = value.charCodeAt(index);
      bytes[start + index] = unit;
      units |= unit;
    }
    if (units > 127) return false;
    bytes[start - 1] = length;
    this.position = start + length;
    return true;
  }

  /** At most 3 × 42 bytes, so that the length takes one. */
  private shortText(value: string): number {
    const { bytes } = this;
    const start = this.position + 1;
    let position = start;
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index);
      if (unit < 0x80) {
        bytes[position++] = unit;
      } else if (unit < 0x800) {
        bytes[position++] = 0xc0 | (unit >> 6);
        bytes[position++] = 0x80 | (unit & 63);
      } else if (unit < 0xd800 || unit > 0xdfff) {
        bytes[position++] = 0xe0 | (unit >> 12);
        bytes[position++] = 0x80 | ((unit >> 6) & 63);
        bytes[position++] = 0x80 | (unit & 63);
      } else {
        const point = value.codePointAt(index++) ?? 0;
        if (unit > 0xdbff || point < 0x10000) return -1;
        bytes[position++] = 0xf0 | (point >> 18);
        bytes[position++] = 0x80 | ((point >> 12) & 63);
        bytes[position++] = 0x80 | ((point >> 6) & 63);
        bytes[position++] = 0x80 | (point & 63);
      }
    }
    const written = position - start;
    bytes[this.position++] = written;
    this.position += written;
    return written;
  }

  /** The length stands before the bytes but is known after them: they are moved when ASCII was guessed wrongly. */
  private longText(value: string): number {
    const start = this.position;
    const guessed = start + varintBytes(value.length);
    const written = this.bytes.write(value, guessed);
    const actual = start + varintBytes(written);
    if (actual !== guessed) this.bytes.copyWithin(actual, guessed, guessed + written);
    this.varint(written);
    this.position += written;
    return written;
  }

  endRecord(): void {
    this.view.setInt32(this.position, END_OF_RECORD_TAG, true);
    this.position += 4 + SEAL_BYTES;
    this.ended = this.position;
    if (this.ended - this.sealed >= BATCH_BYTES) this.sealRecords();
  }

  /** Writes the checksums that are missing. */
  sealRecords(): void {
    if (this.ended === this.sealed) return;
    this.position = this.seal.seal(this.bytes, this.sealed, this.ended);
    this.sealed = this.position;
    this.ended = this.position;
  }

  /** Whole records with their checksums; those before them have theirs. */
  append(records: Uint8Array): void {
    this.reserve(records.length);
    this.bytes.set(records, this.position);
    this.position += records.length;
    this.sealed = this.position;
    this.ended = this.position;
  }

  footer(count: number): void {
    this.sealRecords();
    this.reserve(0);
    this.column(tagOf(RECORD_COUNT, VARINT));
    this.zigzag64(count | 0, Math.floor(count / TWO_TO_32) | 0);
    this.column(tagOf(STREAM_CHECKSUM, VARINT));
    this.varint(this.seal.endStream());
    this.sealed = this.position;
    this.ended = this.position;
  }

  /** What was written since the last call, until the next call but one: the two buffers are used in turn. */
  take(): Buffer {
    this.sealRecords();
    const taken = this.bytes.subarray(0, this.position);
    const next = this.spare ?? Buffer.allocUnsafeSlow(this.bytes.length);
    this.spare = this.bytes;
    this.bytes = next;
    this.view = viewOf(next);
    this.position = 0;
    this.sealed = 0;
    this.ended = 0;
    return taken;
  }
}
