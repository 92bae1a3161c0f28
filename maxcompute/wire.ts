/**
 * Bytes of the tunnel's record stream: the forms of protobuf's wire format that it uses, each with what it feeds to the
 * record's checksum. The two are written together because they differ: a varint travels, eight little-endian bytes are summed.
 */
import { CRC_START, crcOfByte, crcOfBytes, crcOfInt32, crcOfInt64 } from './crc32c.ts';

export const VARINT = 0;
export const FIXED64 = 1;
export const DELIMITED = 2;
export const FIXED32 = 5;

/** Field numbers that end a record, and that carry the footer's count and checksum. Columns are 1, 2, 3 … */
export const END_OF_RECORD = 33553408;
export const RECORD_COUNT = 33554430;
export const STREAM_CHECKSUM = 33554431;

const TWO_TO_32 = 4294967296;
/** Below this a loop in JavaScript is faster than the call into Buffer's native writer (measured at 16 to 48 characters). */
const SHORT_TEXT = 42;
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Room for the tag, length and end-of-record fields around any value. */
const SLACK = 64;

/** A growable buffer with the running checksum of the record being written. Integers are given as halves: no BigInt is made. */
export class WireWriter {
  bytes: Buffer;
  position = 0;
  /** Raw state (crc32c.ts) of the record so far. */
  crc = CRC_START;
  private readonly floats = new DataView(new ArrayBuffer(8));

  constructor(capacity = 1 << 21) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  private reserve(count: number): void {
    const needed = this.position + count + SLACK;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.position);
    this.bytes = grown;
  }

  /** @param value unsigned, below 2^32 */
  varint(value: number): void {
    const { bytes } = this;
    let rest = value >>> 0;
    let position = this.position;
    while (rest > 127) {
      bytes[position++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[position++] = rest;
    this.position = position;
  }

  private varint64(low: number, high: number): void {
    const { bytes } = this;
    let lower = low >>> 0;
    let upper = high >>> 0;
    let position = this.position;
    while (upper !== 0) {
      bytes[position++] = (lower & 127) | 128;
      lower = ((lower >>> 7) | (upper << 25)) >>> 0;
      upper >>>= 7;
    }
    this.position = position;
    this.varint(lower);
  }

  private zigzag64(low: number, high: number): void {
    const sign = high >> 31;
    const lower = (low << 1) ^ sign;
    if (high === low >> 31) this.varint(lower);
    else this.varint64(lower, ((high << 1) | (low >>> 31)) ^ sign);
  }

  /** A tag that is not summed: of the end of a record and of the footer. */
  tag(field: number, wireType: number): void {
    this.reserve(0);
    this.varint(((field << 3) | wireType) >>> 0);
  }

  /** The tag of a column that is present; its number is summed. */
  column(field: number, tag: number): void {
    this.reserve(0);
    this.varint(tag);
    this.crc = crcOfInt32(this.crc, field);
  }

  int64(low: number, high: number): void {
    this.crc = crcOfInt64(this.crc, low, high);
    this.zigzag64(low, high);
  }

  /** @param value an integer that Number.isSafeInteger accepts */
  integer(value: number): void {
    this.int64(value | 0, Math.floor(value / TWO_TO_32) | 0);
  }

  /** Nanoseconds follow the seconds of a timestamp as a sint32. @param value 0 … 999999999 */
  nanos(value: number): void {
    this.crc = crcOfInt32(this.crc, value);
    this.varint(value << 1);
  }

  boolean(value: boolean): void {
    const byte = value ? 1 : 0;
    this.crc = crcOfByte(this.crc, byte);
    this.bytes[this.position++] = byte;
  }

  float(value: number): void {
    this.floats.setFloat32(0, value, true);
    const bits = this.floats.getInt32(0, true);
    this.crc = crcOfInt32(this.crc, bits);
    this.position = this.bytes.writeInt32LE(bits, this.position);
  }

  double(value: number): void {
    this.floats.setFloat64(0, value, true);
    const low = this.floats.getInt32(0, true);
    const high = this.floats.getInt32(4, true);
    this.crc = crcOfInt64(this.crc, low, high);
    this.position = this.bytes.writeInt32LE(high, this.bytes.writeInt32LE(low, this.position));
  }

  /** Length and bytes. */
  binary(value: Uint8Array): void {
    this.reserve(value.length);
    this.varint(value.length);
    this.bytes.set(value, this.position);
    this.sum(value.length);
  }

  /** Length and UTF-8. Returns the number of bytes, or -1 when the text is not well-formed (a lone surrogate). */
  text(value: string): number {
    const units = value.length;
    this.reserve(units * 3);
    if (units < SHORT_TEXT) return this.shortText(value);
    const written = this.longText(value);
    return written === units || !LONE_SURROGATE.test(value) ? written : -1;
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
    this.sum(written);
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
    this.sum(written);
    return written;
  }

  /** Moves over bytes that stand at the position already. */
  private sum(count: number): void {
    const end = this.position + count;
    this.crc = crcOfBytes(this.crc, this.bytes, this.position, end);
    this.position = end;
  }

  /** Ends a record: its checksum follows the tag, at most five bytes. Returns the checksum as a signed integer. */
  endRecord(): number {
    const checksum = ~this.crc;
    this.tag(END_OF_RECORD, VARINT);
    this.varint(checksum >>> 0);
    this.crc = CRC_START;
    return checksum;
  }

  /** @param checksum of the int32 record checksums, signed or not */
  footer(count: number, checksum: number): void {
    this.tag(RECORD_COUNT, VARINT);
    this.zigzag64(count | 0, Math.floor(count / TWO_TO_32) | 0);
    this.tag(STREAM_CHECKSUM, VARINT);
    this.varint(checksum >>> 0);
  }

  /** A copy of what was written since the last call; the buffer is reused. */
  take(): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, this.position));
    this.position = 0;
    return taken;
  }
}

const varintBytes = (value: number): number =>
  value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;
