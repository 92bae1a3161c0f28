/** The request is not complete yet: keep the bytes, wait for the next packet, and read again from its start. */
export class NotEnoughBytes extends Error {
  constructor() {
    super('the request continues in a later packet');
    this.name = 'NotEnoughBytes';
  }
}

/** The bytes are not what a client of this protocol sends; the connection cannot go on. */
export class MalformedRequest extends Error {
  constructor(what: string) {
    super(`malformed request: ${what}`);
    this.name = 'MalformedRequest';
  }
}

const NULL_LENGTH = 255;
const CHUNKED_LENGTH = 254;
const NEGATIVE = 0x80;

/** One `AUTH_…`-style pair of a login message. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** Reads TTC primitives (the counterpart of `WireWriter`). Returned buffers are views of the request: copy what must outlive it. */
export class WireReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  uint8(): number {
    const value = this.#bytes[this.#position];
    if (value === undefined) throw new NotEnoughBytes();
    this.#position += 1;
    return value;
  }

  uint16be(): number {
    return this.raw(2).readUInt16BE(0);
  }

  /** `count` bytes as they are. */
  raw(count: number): Buffer {
    const end = this.#position + count;
    if (end > this.#bytes.length) throw new NotEnoughBytes();
    const view = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return view;
  }

  skip(count: number): void {
    this.raw(count);
  }

  /** UB2, UB4, UB8, SB2, SB4, SB8: a length byte (0x80 set = negative) and so many bytes, big endian. */
  integer(): number {
    const first = this.uint8();
    const length = first & ~NEGATIVE;
    if (length === 0) return 0;
    if (length > 8) throw new MalformedRequest(`an integer of ${length} bytes`);
    const bytes = this.raw(length);
    const magnitude = length <= 6 ? bytes.readUIntBE(0, length) : wideInteger(bytes);
    return (first & NEGATIVE) === 0 ? magnitude : -magnitude;
  }

  skipIntegers(count: number): void {
    for (let index = 0; index < count; index++) this.integer();
  }

  /** Bytes with a one-byte length, or in chunks when longer than 252; null when the length is 0 or 255. */
  bytes(): Buffer | null {
    const length = this.uint8();
    if (length === 0 || length === NULL_LENGTH) return null;
    if (length !== CHUNKED_LENGTH) return this.raw(length);
    const chunks: Buffer[] = [];
    for (let size = this.integer(); size !== 0; size = this.integer()) chunks.push(this.raw(size));
    return Buffer.concat(chunks);
  }

  /** A UB4 length and, if that is not zero, the bytes with a length of their own. */
  announcedBytes(): Buffer | null {
    return this.integer() === 0 ? null : this.bytes();
  }

  keyValue(): KeyValue {
    const key = this.announcedBytes();
    const value = this.announcedBytes();
    this.integer(); // flags
    return { key: key?.toString('utf8') ?? '', value: value?.toString('utf8') ?? '' };
  }
}

function wideInteger(bytes: Buffer): number {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return Number(value);
}
