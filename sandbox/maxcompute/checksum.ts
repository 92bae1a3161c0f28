import { crc32c } from '@node-rs/crc32';

/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82f63b78) by tables. States are signed 32-bit integers that begin as -1 and
 * are inverted at the end. Eight tables, so that eight bytes take one step.
 */
const TABLES = new Int32Array(8 * 256);

for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  TABLES[byte] = crc;
}
for (let index = 256; index < TABLES.length; index++) {
  const before = TABLES[index - 256] ?? 0;
  TABLES[index] = (before >>> 8) ^ (TABLES[before & 0xff] ?? 0);
}

const entry = (table: number, byte: number): number => TABLES[table * 256 + byte] ?? 0;

/** The state after one more byte. */
export function crcByte(state: number, byte: number): number {
  return (state >>> 8) ^ entry(0, (state ^ byte) & 0xff);
}

/** The state after four more bytes, given as a little-endian integer. */
export function crcWord(state: number, word: number): number {
  const mixed = state ^ word;
  return (
    entry(3, mixed & 0xff) ^ entry(2, (mixed >>> 8) & 0xff) ^ entry(1, (mixed >>> 16) & 0xff) ^ entry(0, mixed >>> 24)
  );
}

/** The state after eight more bytes. */
export function crcWords(state: number, low: number, high: number): number {
  const mixed = state ^ low;
  return (
    entry(7, mixed & 0xff) ^
    entry(6, (mixed >>> 8) & 0xff) ^
    entry(5, (mixed >>> 16) & 0xff) ^
    entry(4, mixed >>> 24) ^
    entry(3, high & 0xff) ^
    entry(2, (high >>> 8) & 0xff) ^
    entry(1, (high >>> 16) & 0xff) ^
    entry(0, high >>> 24)
  );
}

/** Gathers the bytes that a CRC-32C covers and computes it in one native call. */
export class ByteDigest {
  private buffer = Buffer.allocUnsafe(256);
  private view = new DataView(this.buffer.buffer, this.buffer.byteOffset, this.buffer.length);
  private length = 0;

  int32(value: number): void {
    this.room(4);
    this.view.setInt32(this.length, value, true);
    this.length += 4;
  }

  int64(value: bigint): void {
    this.room(8);
    this.view.setBigInt64(this.length, value, true);
    this.length += 8;
  }

  /** Adds the bytes and hands them back. */
  bytes<T extends Uint8Array>(bytes: T): T {
    this.room(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
    return bytes;
  }

  finish(): number {
    const crc = crc32c(this.buffer.subarray(0, this.length));
    this.length = 0;
    return crc >>> 0;
  }

  private room(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
    this.view = new DataView(larger.buffer, larger.byteOffset, larger.length);
  }
}
