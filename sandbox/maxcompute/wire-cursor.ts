import { crcByte, crcWord, crcWords } from './checksum.ts';

/** Tunnel error codes for a body that is damaged or wrong (documented common tunnel errors). */
export type StreamErrorCode = 'CorruptedDataStream' | 'MalformedDataStream' | 'IncompleteBody' | 'InvalidColumnSpec';

export class StreamError extends Error {
  override readonly name = 'StreamError';
  readonly code: StreamErrorCode;

  constructor(code: StreamErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The state of a CRC-32C that has seen nothing. */
const CRC_START = -1;

/**
 * Reads varints, tags and byte runs, and keeps the record's checksum; running past the end is an IncompleteBody. Results
 * of more than one number stand in fields, because an object per value is what a decoder would spend its time on.
 */
export class WireCursor {
  readonly bytes: Buffer;
  private readonly view: DataView;
  private at = 0;
  /** Of the last tag. */
  field = 0;
  wireType = 0;
  /** The halves of the last integer, as signed 32-bit integers. */
  low = 0;
  high = 0;
  private crc = CRC_START;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get atEnd(): boolean {
    return this.at === this.bytes.length;
  }

  get position(): number {
    return this.at;
  }

  /** Reads a tag into `field` and `wireType`. */
  tag(): void {
    const value = this.uint32();
    this.field = value >>> 3;
    this.wireType = value & 7;
  }

  /** Passes over a run of bytes and returns where it begins. */
  skip(length: number): number {
    const start = this.at;
    if (start + length > this.bytes.length)
      throw new StreamError('IncompleteBody', 'the stream ends before its footer');
    this.at = start + length;
    return start;
  }

  /**
   * The low 32 bits of a varint. The bits above them are zero, or all ones when bit 31 is set: PyODPS's compiled encoder
   * writes a CRC from 2^31 on sign-extended, in ten bytes.
   */
  uint32(): number {
    this.varint();
    const isPlain = this.high === 0 || (this.high === -1 && this.low < 0);
    if (!isPlain) throw new StreamError('MalformedDataStream', 'an integer is wider than 32 bits');
    return this.low >>> 0;
  }

  /** Reads a zigzag integer into `low` and `high`. */
  signed(): void {
    this.varint();
    const { low, high } = this;
    const sign = -(low & 1);
    this.low = ((low >>> 1) | (high << 31)) ^ sign;
    this.high = (high >>> 1) ^ sign;
  }

  /** The last integer as a number, exact below 2^53. */
  get number(): number {
    return this.high * 4_294_967_296 + (this.low >>> 0);
  }

  /** True when the last signed integer has at most 32 bits. */
  get isNarrow(): boolean {
    return this.high === this.low >> 31;
  }

  digestByte(byte: number): void {
    this.crc = crcByte(this.crc, byte);
  }

  digestInt32(value: number): void {
    this.crc = crcWord(this.crc, value);
  }

  /** Adds the last integer as the eight bytes that its checksum covers. */
  digestInt64(): void {
    this.crc = crcWords(this.crc, this.low, this.high);
  }

  /** Adds a run of bytes; true when all of them are ASCII. */
  digestRun(start: number, length: number): boolean {
    const { view } = this;
    const end = start + length;
    let { crc } = this;
    let at = start;
    let seen = 0;
    for (; at + 8 <= end; at += 8) {
      const low = view.getInt32(at, true);
      const high = view.getInt32(at + 4, true);
      seen |= low | high;
      crc = crcWords(crc, low, high);
    }
    if (at + 4 <= end) {
      const word = view.getInt32(at, true);
      seen |= word;
      crc = crcWord(crc, word);
      at += 4;
    }
    for (; at < end; at++) {
      const byte = view.getUint8(at);
      seen |= byte;
      crc = crcByte(crc, byte);
    }
    this.crc = crc;
    return (seen & 0x8080_8080) === 0;
  }

  /** The record's checksum; the next record's begins. */
  takeCrc(): number {
    const crc = ~this.crc >>> 0;
    this.crc = CRC_START;
    return crc;
  }

  /** Four bytes of the stream, anywhere in it, as a little-endian integer; what lies behind its end counts as 0. */
  int32At(offset: number): number {
    if (offset + 4 <= this.bytes.length) return this.view.getInt32(offset, true);
    const { bytes } = this;
    return (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8) | ((bytes[offset + 2] ?? 0) << 16);
  }

  private varint(): void {
    const first = this.bytes[this.at];
    if (first === undefined || first >= 0x80) {
      this.longVarint();
      return;
    }
    this.at++;
    this.low = first;
    this.high = 0;
  }

  private longVarint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new StreamError('IncompleteBody', 'the stream ends before its footer');
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      if (shift === 28) high = bits >>> 4;
      else if (shift > 28 && shift < 63) high |= bits << (shift - 32);
      else if (shift === 63) high |= bits << 31;
      if (shift === 63 && bits > 1) break;
      if (byte < 0x80) {
        this.low = low;
        this.high = high;
        return;
      }
    }
    throw new StreamError('MalformedDataStream', 'a varint is wider than 64 bits');
  }
}
