const LONGEST_SHORT_FORM = 252;
const CHUNKED_LENGTH = 254;
const CHUNK_BYTES = 32_767;
const NEGATIVE = 0x80;
/** Up to here a loop over the characters is quicker than the call into the runtime's UTF-8 encoder. */
const SHORT_TEXT = 24;
/** Up to here a loop over words is quicker than the call that copies them. */
const SHORT_COPY = 256;

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Collects one reply in one growing buffer, which `clear` keeps for the next reply.
 * TTC primitives: fixed integers (handshake only), variable integers, bytes with length.
 */
export class WireWriter {
  #bytes: Buffer;
  /** Of the same memory. */
  #view: DataView;
  #length = 0;
  /** What was copied from last, and a view of it. */
  #source: Buffer | undefined;
  #sourceView: DataView;

  constructor(capacity = 16_384) {
    this.#bytes = Buffer.allocUnsafe(capacity);
    this.#view = viewOf(this.#bytes);
    this.#sourceView = this.#view;
  }

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** A view, valid until the next write. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  uint8(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  uint16be(value: number): this {
    this.#reserve(2);
    this.#length = this.#bytes.writeUInt16BE(value, this.#length);
    return this;
  }

  uint16le(value: number): this {
    this.#reserve(2);
    this.#length = this.#bytes.writeUInt16LE(value, this.#length);
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** Bytes from `start` to `end` of another buffer, as they are. */
  copy(bytes: Buffer, start: number, end: number): this {
    const count = end - start;
    this.#reserve(count);
    if (count <= SHORT_COPY) this.#copyWords(bytes, start, end);
    else bytes.copy(this.#bytes, this.#length, start, end);
    this.#length += count;
    return this;
  }

  #copyWords(bytes: Buffer, start: number, end: number): void {
    if (bytes !== this.#source) {
      this.#source = bytes;
      this.#sourceView = viewOf(bytes);
    }
    const from = this.#sourceView;
    const to = this.#view;
    let at = this.#length;
    let index = start;
    for (; index + 4 <= end; index += 4, at += 4) to.setInt32(at, from.getInt32(index, true), true);
    for (; index < end; index++, at++) to.setUint8(at, from.getUint8(index));
  }

  /** Makes room for so many bytes, which the caller writes into `buffer` from the offset that it gets, at once. */
  claim(count: number): number {
    this.#reserve(count);
    const at = this.#length;
    this.#length += count;
    return at;
  }

  /** Another one after the next write. */
  get buffer(): Buffer {
    return this.#bytes;
  }

  /** UB2, UB4, UB8 and, for negative values, SB2, SB4, SB8: a length byte (0x80 set = negative) and the magnitude, big endian. */
  integer(value: number): this {
    this.#reserve(9);
    const sign = value < 0 ? NEGATIVE : 0;
    const magnitude = Math.abs(value);
    if (magnitude === 0) return this.uint8(0);
    const size = magnitude < 0x100 ? 1 : magnitude < 0x1_0000 ? 2 : magnitude <= 0xffff_ffff ? 4 : 6;
    this.#bytes[this.#length++] = size | sign;
    this.#length = this.#bytes.writeUIntBE(magnitude, this.#length, size);
    return this;
  }

  integers(...values: readonly number[]): this {
    for (const value of values) this.integer(value);
    return this;
  }

  zeros(count: number): this {
    this.#reserve(count);
    this.#bytes.fill(0, this.#length, this.#length + count);
    this.#length += count;
    return this;
  }

  /** Bytes with length: one length byte up to 252, else in chunks. */
  bytes(bytes: Uint8Array): this {
    if (bytes.length <= LONGEST_SHORT_FORM) return this.uint8(bytes.length).raw(bytes);
    this.uint8(CHUNKED_LENGTH);
    for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
      const chunk = bytes.subarray(start, start + CHUNK_BYTES);
      this.integer(chunk.length).raw(chunk);
    }
    return this.integer(0);
  }

  /** UTF-8 text with length. */
  text(text: string): this {
    if (text.length > LONGEST_SHORT_FORM) return this.bytes(Buffer.from(text, 'utf8'));
    this.#reserve(1 + text.length * 3);
    if (text.length <= SHORT_TEXT && this.#ascii(text)) return this;
    const size = this.#bytes.write(text, this.#length + 1, 'utf8');
    if (size > LONGEST_SHORT_FORM) return this.bytes(Buffer.from(text, 'utf8'));
    this.#bytes[this.#length] = size;
    this.#length += 1 + size;
    return this;
  }

  /** A UB4 length and, if that is not zero, the bytes with a length of their own. */
  announced(text: string): this {
    this.integer(Buffer.byteLength(text, 'utf8'));
    return text === '' ? this : this.text(text);
  }

  keyValue(key: string, value: string, flags = 0): this {
    return this.announced(key).announced(value).integer(flags);
  }

  /** Writes the text and returns true, or writes nothing when a character needs more than one byte. */
  #ascii(text: string): boolean {
    let at = this.#length + 1;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      this.#bytes[at++] = code;
    }
    this.#bytes[this.#length] = text.length;
    this.#length = at;
    return true;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, needed));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}
