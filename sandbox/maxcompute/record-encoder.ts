import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { decimalText, pairOf } from './cell-text.ts';
import type { ColumnType } from './column-types.ts';
import { ByteDigest } from './checksum.ts';

/* The grammar of the stream stands above the decoder; a download is the same stream. */
const END_RECORD = 33_553_408;
const COUNT = 33_554_430;
const CHECKSUM = 33_554_431;

class WireWriter {
  private buffer = Buffer.allocUnsafe(65_536);
  private length = 0;

  tag(number: number, wireType: number): void {
    this.varint(number * 8 + wireType);
  }

  varint(value: bigint | number): void {
    this.room(10);
    if (typeof value === 'number') {
      this.small(value);
      return;
    }
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      this.buffer[this.length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.buffer[this.length++] = Number(rest);
  }

  /** An unsigned integer below 2^32. */
  private small(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  zigzag(value: bigint): void {
    const fits = value >= -0x3fff_ffffn && value <= 0x3fff_ffffn;
    if (fits) this.varint(((Number(value) << 1) ^ (Number(value) >> 31)) >>> 0);
    else this.varint((value << 1n) ^ (value >> 63n));
  }

  bytes(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  take(): Buffer {
    return Buffer.from(this.buffer.subarray(0, this.length));
  }

  private room(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}

interface Sink {
  readonly writer: WireWriter;
  readonly digest: ByteDigest;
}

interface ValueWriter {
  readonly wireType: 0 | 1 | 2 | 5;
  write(value: Exclude<DuckDBValue, null>, sink: Sink): void;
}

const wrongValue = (): never => {
  throw new TypeError('a stored value has another type than its column');
};

function integerOf(value: Exclude<DuckDBValue, null>): bigint {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value : wrongValue();
  if (typeof value === 'number') return BigInt(value);
  if (value instanceof DuckDBDateValue) return BigInt(value.days);
  if (value instanceof DuckDBTimestampValue) return value.micros / 1000n;
  return wrongValue();
}

const integer: ValueWriter = {
  wireType: 0,
  write: (value, { writer, digest }) => {
    const number = integerOf(value);
    writer.zigzag(number);
    digest.int64(number);
  },
};

const boolean: ValueWriter = {
  wireType: 0,
  write: (value, { writer, digest }) => {
    writer.varint(value === true ? 1 : 0);
    digest.bytes(Uint8Array.of(value === true ? 1 : 0));
  },
};

function real(bytes: 4 | 8): ValueWriter {
  return {
    wireType: bytes === 4 ? 5 : 1,
    write: (value, { writer, digest }) => {
      const buffer = Buffer.allocUnsafe(bytes);
      const number = typeof value === 'number' ? value : wrongValue();
      if (bytes === 4) buffer.writeFloatLE(number);
      else buffer.writeDoubleLE(number);
      writer.bytes(digest.bytes(buffer));
    },
  };
}

function bytesOf(value: Exclude<DuckDBValue, null>): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if (value instanceof DuckDBBlobValue) return value.bytes;
  if (value instanceof DuckDBDecimalValue) return Buffer.from(decimalText(value), 'ascii');
  return wrongValue();
}

const lengthDelimited: ValueWriter = {
  wireType: 2,
  write: (value, { writer, digest }) => {
    const bytes = bytesOf(value);
    writer.varint(bytes.length);
    writer.bytes(digest.bytes(bytes));
  },
};

const timestamp: ValueWriter = {
  wireType: 2,
  write: (value, { writer, digest }) => {
    const { seconds, nanos } = pairOf(value);
    writer.zigzag(seconds);
    writer.zigzag(BigInt(nanos));
    digest.int64(seconds);
    digest.int32(nanos);
  },
};

const writers: Readonly<Record<string, ValueWriter>> = {
  tinyint: integer,
  smallint: integer,
  int: integer,
  bigint: integer,
  date: integer,
  datetime: integer,
  boolean,
  float: real(4),
  double: real(8),
  string: lengthDelimited,
  varchar: lengthDelimited,
  char: lengthDelimited,
  binary: lengthDelimited,
  decimal: lengthDelimited,
  timestamp,
  timestamp_ntz: timestamp,
};

function writerOf(type: ColumnType): ValueWriter {
  const writer = writers[type.kind];
  if (writer === undefined) throw new TypeError(`no writer for ${type.kind}`);
  return writer;
}

/** One download: the records, then the footer by which a reader knows that nothing is missing. */
export function encodeRecords(rows: readonly (readonly DuckDBValue[])[], types: readonly ColumnType[]): Buffer {
  const writer = new WireWriter();
  const record: Sink = { writer, digest: new ByteDigest() };
  const stream = new ByteDigest();
  const columns = types.map(writerOf);
  for (const row of rows) {
    columns.forEach((column, index) => {
      const value = row[index] ?? null;
      if (value === null) return;
      writer.tag(index + 1, column.wireType);
      record.digest.int32(index + 1);
      column.write(value, record);
    });
    const crc = record.digest.finish();
    writer.tag(END_RECORD, 0);
    writer.varint(crc);
    stream.int32(crc | 0);
  }
  writer.tag(COUNT, 0);
  writer.zigzag(BigInt(rows.length));
  writer.tag(CHECKSUM, 0);
  writer.varint(stream.finish());
  return writer.take();
}
