import { isUtf8 } from 'node:buffer';
import { FIRST_DAY, FIRST_SECOND, LAST_DAY, LAST_SECOND } from './calendar.ts';
import type { ColumnType } from './column-types.ts';
import { DecimalReader } from './decimal-reader.ts';
import { childOf, CHUNK_ROWS, copyValues, type NativeBytes, type NativeVector, Validity } from './duckdb-memory.ts';
import { FlatReader, type ValueReader } from './flat-reader.ts';
import { StreamError, type WireCursor } from './wire-cursor.ts';

/** STRING and BINARY hold at most 8 MB (MaxFieldSize of an upload session). */
export const MAX_FIELD_BYTES = 8_388_608;

class IntegerReader extends FlatReader {
  readonly wireType = 0;
  private readonly bits: 8 | 16 | 32;
  private readonly limit: number;

  constructor(bits: 8 | 16 | 32) {
    super(bits / 8);
    this.bits = bits;
    this.limit = 2 ** (bits - 1);
  }

  read(cursor: WireCursor, row: number): void {
    cursor.signed();
    cursor.digestInt64();
    const value = cursor.low;
    if (!cursor.isNarrow || value < -this.limit || value >= this.limit)
      throw new StreamError('MalformedDataStream', `value outside ${String(this.bits)} bits`);
    if (this.bits === 32) this.view.setInt32(row * 4, value, true);
    else if (this.bits === 16) this.view.setInt16(row * 2, value, true);
    else this.view.setInt8(row, value);
  }
}

class BigintReader extends FlatReader {
  readonly wireType = 0;

  read(cursor: WireCursor, row: number): void {
    cursor.signed();
    cursor.digestInt64();
    this.view.setInt32(row * 8, cursor.low, true);
    this.view.setInt32(row * 8 + 4, cursor.high, true);
  }
}

class BooleanReader extends FlatReader {
  readonly wireType = 0;

  read(cursor: WireCursor, row: number): void {
    const value = cursor.uint32();
    if (value > 1) throw new StreamError('MalformedDataStream', 'a boolean is 0 or 1');
    cursor.digestByte(value);
    this.view.setInt8(row, value);
  }
}

/** FLOAT and DOUBLE: the bits as they come, whatever they mean. */
class RealReader extends FlatReader {
  readonly wireType: 1 | 5;
  private readonly size: 4 | 8;

  constructor(size: 4 | 8) {
    super(size);
    this.size = size;
    this.wireType = size === 4 ? 5 : 1;
  }

  read(cursor: WireCursor, row: number): void {
    const start = cursor.skip(this.size);
    cursor.digestRun(start, this.size);
    this.view.setInt32(row * this.size, cursor.int32At(start), true);
    if (this.size === 8) this.view.setInt32(row * 8 + 4, cursor.int32At(start + 4), true);
  }
}

const INLINE_BYTES = 12;

/** A little-endian integer of which only the first `count` bytes are wanted. */
function firstBytes(word: number, count: number): number {
  if (count >= 4) return word;
  return count <= 0 ? 0 : word & ((1 << (8 * count)) - 1);
}

/** BINARY, and below it the texts. */
class BytesReader extends FlatReader {
  readonly wireType = 2;
  private readonly memory: NativeBytes;

  constructor(memory: NativeBytes) {
    super(16);
    this.memory = memory;
  }

  read(cursor: WireCursor, row: number): void {
    const length = cursor.uint32();
    if (length > MAX_FIELD_BYTES) throw new StreamError('MalformedDataStream', 'a field is longer than 8 MB');
    const start = cursor.skip(length);
    const isAscii = cursor.digestRun(start, length);
    this.check(cursor.bytes, start, length, isAscii);
    const at = row * 16;
    this.view.setInt32(at, length, true);
    if (length <= INLINE_BYTES) this.writeInline(cursor, at + 4, start, length);
    else this.writePointer(cursor, at + 4, start);
  }

  /** Bytes need no check; texts do. */
  protected check(_bytes: Buffer, _start: number, _length: number, _isAscii: boolean): void {
    return;
  }

  private writeInline(cursor: WireCursor, at: number, start: number, length: number): void {
    const { view } = this;
    view.setInt32(at, firstBytes(cursor.int32At(start), length), true);
    view.setInt32(at + 4, firstBytes(cursor.int32At(start + 4), length - 4), true);
    view.setInt32(at + 8, firstBytes(cursor.int32At(start + 8), length - 8), true);
  }

  private writePointer(cursor: WireCursor, at: number, start: number): void {
    const low = this.memory.low + start;
    const carry = low >= 4_294_967_296 ? 1 : 0;
    this.view.setInt32(at, cursor.int32At(start), true);
    this.view.setUint32(at + 4, low >>> 0, true);
    this.view.setUint32(at + 8, this.memory.high + carry, true);
  }
}

class TextReader extends BytesReader {
  private readonly longest: number;

  /** @param longest in characters */
  constructor(memory: NativeBytes, longest: number) {
    super(memory);
    this.longest = longest;
  }

  protected override check(bytes: Buffer, start: number, length: number, isAscii: boolean): void {
    if (isAscii && length <= this.longest) return;
    const text = bytes.subarray(start, start + length);
    if (!isAscii && !isUtf8(text)) throw new StreamError('MalformedDataStream', 'a text is not UTF-8');
    if (length <= this.longest || Array.from(text.toString('utf8')).length <= this.longest) return;
    throw new StreamError('MalformedDataStream', `a text is longer than ${String(this.longest)} characters`);
  }
}

function checkRange(value: number, first: number, last: number): void {
  if (!(value >= first && value <= last))
    throw new StreamError('MalformedDataStream', 'a time is outside years 1 to 9999');
}

class DateReader extends FlatReader {
  readonly wireType = 0;

  read(cursor: WireCursor, row: number): void {
    cursor.signed();
    cursor.digestInt64();
    checkRange(cursor.number, FIRST_DAY, LAST_DAY);
    this.view.setInt32(row * 4, cursor.low, true);
  }
}

/** A wall clock of year 1 or 9999 in the project's zone may be an instant one day outside. */
const FIRST_INSTANT = FIRST_SECOND - 86_400;
const LAST_INSTANT = LAST_SECOND + 86_400;

class DatetimeReader extends FlatReader {
  readonly wireType = 0;

  read(cursor: WireCursor, row: number): void {
    cursor.signed();
    cursor.digestInt64();
    const milliseconds = cursor.number;
    checkRange(milliseconds / 1000, FIRST_INSTANT, LAST_INSTANT);
    this.view.setBigInt64(row * 8, BigInt(milliseconds) * 1000n, true);
  }
}

/** TIMESTAMP and TIMESTAMP_NTZ: wire type 2 although no length precedes the two varints; stored as a struct of the two. */
class TimestampReader implements ValueReader {
  readonly wireType = 2;
  private readonly validity = new Validity();
  private readonly seconds = new DataView(new ArrayBuffer(8 * CHUNK_ROWS));
  private readonly nanos = new Int32Array(CHUNK_ROWS);

  read(cursor: WireCursor, row: number): void {
    cursor.signed();
    cursor.digestInt64();
    checkRange(cursor.number, FIRST_INSTANT, LAST_INSTANT);
    this.seconds.setInt32(row * 8, cursor.low, true);
    this.seconds.setInt32(row * 8 + 4, cursor.high, true);
    cursor.signed();
    const nanos = cursor.low;
    cursor.digestInt32(nanos);
    if (!cursor.isNarrow || nanos < 0 || nanos > 999_999_999)
      throw new StreamError('MalformedDataStream', 'nanoseconds out of range');
    this.nanos[row] = nanos;
  }

  setNull(row: number): void {
    this.validity.setNull(row);
  }

  moveTo(vector: NativeVector, rows: number): void {
    const [seconds, nanos] = [childOf(vector, 0), childOf(vector, 1)];
    copyValues(seconds, new Uint8Array(this.seconds.buffer), rows * 8);
    copyValues(nanos, new Uint8Array(this.nanos.buffer), rows * 4);
    this.validity.copyTo(vector, seconds, nanos);
    this.validity.clear();
  }
}

const makers: Readonly<
  Record<Exclude<ColumnType['kind'], 'decimal' | 'varchar' | 'char'>, (memory: NativeBytes) => ValueReader>
> = {
  tinyint: () => new IntegerReader(8),
  smallint: () => new IntegerReader(16),
  int: () => new IntegerReader(32),
  bigint: () => new BigintReader(8),
  boolean: () => new BooleanReader(1),
  float: () => new RealReader(4),
  double: () => new RealReader(8),
  string: (memory) => new TextReader(memory, MAX_FIELD_BYTES),
  binary: (memory) => new BytesReader(memory),
  date: () => new DateReader(4),
  datetime: () => new DatetimeReader(8),
  timestamp: () => new TimestampReader(),
  timestamp_ntz: () => new TimestampReader(),
};

/** A reader for one block of a column type; `memory` holds the same bytes as the cursor. */
export function readerOf(type: ColumnType, memory: NativeBytes): ValueReader {
  if (type.kind === 'decimal') return new DecimalReader(type.precision, type.scale);
  if (type.kind === 'varchar' || type.kind === 'char') return new TextReader(memory, type.length);
  return makers[type.kind](memory);
}
