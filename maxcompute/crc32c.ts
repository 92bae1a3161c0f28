/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), a byte at a time: for what is read back. What is written is summed by
 * record-seal.ts.
 *
 * All functions but {@link crc32c} work on the *raw* state: it starts as {@link CRC_START} and its complement is the checksum.
 */
export const CRC_START = -1;
const ENTRIES = 256;

function bytewise(): Int32Array {
  const table = new Int32Array(ENTRIES);
  for (let byte = 0; byte < ENTRIES; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    table[byte] = crc;
  }
  return table;
}

const TABLE = bytewise();

export const crcOfByte = (state: number, byte: number): number => (TABLE[(state ^ byte) & 255] ?? 0) ^ (state >>> 8);

/** Tables of 256 entries one after another: table `n` is what a byte does to the state when `n` more bytes follow it. */
export function crcTables(count: number): Int32Array {
  const tables = new Int32Array(count * ENTRIES);
  tables.set(TABLE);
  for (let index = ENTRIES; index < tables.length; index++) tables[index] = crcOfByte(tables[index - ENTRIES] ?? 0, 0);
  return tables;
}

/** Feeds four bytes, given as a little-endian integer. */
export function crcOfInt32(state: number, value: number): number {
  let crc = state;
  for (let shift = 0; shift < 32; shift += 8) crc = crcOfByte(crc, value >>> shift);
  return crc;
}

/** Feeds a 64-bit integer, given as its two halves, as eight bytes, little-endian. */
export const crcOfInt64 = (state: number, low: number, high: number): number =>
  crcOfInt32(crcOfInt32(state, low), high);

export function crcOfBytes(state: number, bytes: Uint8Array): number {
  let crc = state;
  for (const byte of bytes) crc = crcOfByte(crc, byte);
  return crc;
}

/** The checksum of a whole array, as an unsigned 32-bit number. */
export const crc32c = (bytes: Uint8Array): number => ~crcOfBytes(CRC_START, bytes) >>> 0;
