import { crc32c } from '@node-rs/crc32';

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

/** Reads varints, tags and byte runs; running past the end is an IncompleteBody. */
export class WireCursor {
  private readonly data: Buffer;
  private at = 0;
  field = 0;
  wireType = 0;
  /** The 64 bits of the last varint: 28 low, 28 middle, 8 high. */
  private low = 0;
  private middle = 0;
  private high = 0;

  constructor(data: Buffer) {
    this.data = data;
  }

  get atEnd(): boolean {
    return this.at === this.data.length;
  }

  take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.data.length) throw new StreamError('IncompleteBody', 'the stream ends before its footer');
    const bytes = this.data.subarray(this.at, end);
    this.at = end;
    return bytes;
  }

  /** Reads a tag into `field` and `wireType`; fields, because an object per value is what a decoder spends its time on. */
  tag(): void {
    const value = this.uint32();
    this.field = value >>> 3;
    this.wireType = value & 7;
  }

  /**
   * The low 32 bits of a varint. The bits above them are zero, or all ones when bit 31 is set: PyODPS's compiled encoder
   * writes a CRC from 2^31 on sign-extended, in ten bytes.
   */
  uint32(): number {
    this.varint();
    if (this.middle === 0 && this.high === 0) return this.low;
    const above = Math.floor(this.middle / 16);
    const isPlain = above === 0 && this.high === 0;
    const isExtended = above === 0xff_ffff && this.high === 0xff && (this.middle & 8) !== 0;
    if (!isPlain && !isExtended) throw new StreamError('MalformedDataStream', 'an integer is wider than 32 bits');
    return (this.low | (this.middle << 28)) >>> 0;
  }

  /** A zigzag integer; a number where 28 bits suffice, else a bigint. */
  signed(): number | bigint {
    this.varint();
    if (this.middle === 0 && this.high === 0) return (this.low >>> 1) ^ -(this.low & 1);
    const raw = BigInt(this.low) | (BigInt(this.middle) << 28n) | (BigInt(this.high) << 56n);
    return (raw >> 1n) ^ -(raw & 1n);
  }

  private varint(): void {
    const first = this.data[this.at];
    this.low = this.middle = this.high = 0;
    if (first !== undefined && first < 0x80) {
      this.low = first;
      this.at++;
      return;
    }
    for (let index = 0; index < 10; index++) {
      const byte = this.data[this.at++];
      if (byte === undefined) throw new StreamError('IncompleteBody', 'the stream ends before its footer');
      const bits = byte & 0x7f;
      if (index < 4) this.low |= bits << (7 * index);
      else if (index < 8) this.middle |= bits << (7 * (index - 4));
      else this.high |= bits << (7 * (index - 8));
      if (this.high > 0xff) break;
      if (byte < 0x80) return;
    }
    throw new StreamError('MalformedDataStream', 'a varint is wider than 64 bits');
  }
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

  int64(value: number | bigint): void {
    this.room(8);
    if (typeof value === 'number') {
      this.view.setInt32(this.length, value, true);
      this.view.setInt32(this.length + 4, value < 0 ? -1 : 0, true);
    } else {
      this.view.setBigInt64(this.length, value, true);
    }
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
