/**
 * The record stream read back (grammar: record-encoder.ts), with every checksum, the count and the footer verified.
 * Written for exactness, not speed: it serves the saved position and comparisons.
 */
import type { SinkColumn } from '../model/sink-table.ts';
import type { Row, Value } from '../model/table.ts';
import { dateText, instantText } from './calendar.ts';
import { CRC_START, crcOfByte, crcOfBytes, crcOfInt32, crcOfInt64 } from './crc32c.ts';
import { unreadable } from './errors.ts';
import { parseType } from './sink-type.ts';
import { DELIMITED, END_OF_RECORD, FIXED32, FIXED64, RECORD_COUNT, STREAM_CHECKSUM, VARINT } from './wire.ts';

/** Downloads may carry metrics (field 1, JSON) between count and checksum, and a checksum of those under this number. */
const METRICS_TAG = (1 << 3) | DELIMITED;
const END_OF_METRICS = 33554176;

class WireReader {
  readonly bytes: Buffer;
  readonly what: string;
  position = 0;
  crc = CRC_START;

  constructor(bytes: Buffer, what: string) {
    this.bytes = bytes;
    this.what = what;
  }

  /** Ten bytes at most; some writers sign-extend a checksum to ten. */
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = BigInt(this.take(1)[0] ?? 0);
      value |= (byte & 127n) << shift;
      if (byte < 128n) return BigInt.asUintN(64, value);
    }
    throw unreadable(this.what, 'a varint of more than ten bytes');
  }

  uint32(): number {
    return Number(BigInt.asUintN(32, this.varint()));
  }

  zigzag(): bigint {
    const value = this.varint();
    return (value >> 1n) ^ -(value & 1n);
  }

  /** A sint64 that is summed. */
  int64(): bigint {
    const value = this.zigzag();
    this.crc = crcOfInt64(this.crc, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
    return value;
  }

  take(count: number): Buffer {
    const end = this.position + count;
    if (end > this.bytes.length) throw unreadable(this.what, 'the record stream ends without its footer');
    const taken = this.bytes.subarray(this.position, end);
    this.position = end;
    return taken;
  }

  /** Bytes that are summed. */
  summed(count: number): Buffer {
    const taken = this.take(count);
    this.crc = crcOfBytes(this.crc, taken);
    return taken;
  }

  expect(same: boolean, why: string): void {
    if (!same) throw unreadable(this.what, why);
  }
}

type ReadValue = (reader: WireReader) => Value;

const integer: ReadValue = (reader) => reader.int64().toString();
const bytes: ReadValue = (reader) => Uint8Array.from(reader.summed(reader.uint32()));
const text: ReadValue = (reader) => reader.summed(reader.uint32()).toString();

/** Canonical as in model/table.ts: no zeros after the last digit of a fraction. */
const decimal: ReadValue = (reader) => {
  const plain = reader.summed(reader.uint32()).toString();
  return plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain;
};

const boolean: ReadValue = (reader) => {
  const byte = Number(reader.varint());
  reader.crc = crcOfByte(reader.crc, byte);
  return byte === 0 ? 'false' : 'true';
};

/** The shortest text that reads as the same single-precision number. */
const float: ReadValue = (reader) => {
  const value = reader.summed(4).readFloatLE();
  const shortest = [1, 2, 3, 4, 5, 6, 7, 8].find((digits) => Math.fround(Number(value.toPrecision(digits))) === value);
  return String(shortest === undefined ? value : Number(value.toPrecision(shortest)));
};

const double: ReadValue = (reader) => String(reader.summed(8).readDoubleLE());
const date: ReadValue = (reader) => dateText(Number(reader.int64()));

const datetime: ReadValue = (reader) => {
  const milliseconds = Number(reader.int64());
  const seconds = Math.floor(milliseconds / 1000);
  return instantText(seconds, (milliseconds - seconds * 1000) * 1_000_000);
};

const timestamp: ReadValue = (reader) => {
  const seconds = Number(reader.int64());
  const nanos = Number(reader.zigzag());
  reader.crc = crcOfInt32(reader.crc, nanos);
  return instantText(seconds, nanos);
};

interface ColumnReader {
  readonly wireType: number;
  readonly read: ReadValue;
}

const integers: ColumnReader = { wireType: VARINT, read: integer };
const texts: ColumnReader = { wireType: DELIMITED, read: text };
const timestamps: ColumnReader = { wireType: DELIMITED, read: timestamp };

const READERS: Readonly<Record<string, ColumnReader>> = {
  tinyint: integers,
  smallint: integers,
  int: integers,
  bigint: integers,
  boolean: { wireType: VARINT, read: boolean },
  float: { wireType: FIXED32, read: float },
  double: { wireType: FIXED64, read: double },
  decimal: { wireType: DELIMITED, read: decimal },
  string: texts,
  varchar: texts,
  char: texts,
  json: texts,
  binary: { wireType: DELIMITED, read: bytes },
  date: { wireType: VARINT, read: date },
  datetime: { wireType: VARINT, read: datetime },
  timestamp: timestamps,
  timestamp_ntz: timestamps,
};

function readerOf({ name, type }: SinkColumn, what: string): ColumnReader {
  const reader = READERS[parseType(type)?.base ?? ''];
  if (!reader) throw unreadable(what, `column ${name} is ${type}, which cannot be read`);
  return reader;
}

/** From the tag of the count, which was just read, to the end. */
function readFooter(reader: WireReader, records: number, streamCrc: number): void {
  reader.expect(reader.zigzag() === BigInt(records), 'the record count of the footer is wrong');
  let tag = reader.uint32();
  if (tag === METRICS_TAG) {
    reader.take(reader.uint32());
    reader.expect(reader.uint32() === END_OF_METRICS << 3, 'metrics without their end');
    reader.uint32();
    tag = reader.uint32();
  }
  reader.expect(tag === STREAM_CHECKSUM << 3, 'the footer has no checksum');
  reader.expect(reader.uint32() === ~streamCrc >>> 0, 'the checksum of the stream is wrong');
  reader.expect(reader.position === reader.bytes.length, 'bytes follow the footer');
}

/** @throws Failure sink-rejected for a stream that is damaged or cut short. */
export function decodeRecords(stream: Buffer, columns: readonly SinkColumn[], what: string): readonly Row[] {
  const reader = new WireReader(stream, what);
  const readers = columns.map((column) => readerOf(column, what));
  const rows: Row[] = [];
  let row: Value[] = columns.map(() => null);
  let streamCrc = CRC_START;
  for (;;) {
    const tag = reader.uint32();
    if (tag === RECORD_COUNT << 3) {
      readFooter(reader, rows.length, streamCrc);
      return rows;
    }
    if (tag === END_OF_RECORD << 3) {
      const checksum = ~reader.crc;
      reader.expect(reader.uint32() === checksum >>> 0, `the checksum of record ${rows.length} is wrong`);
      streamCrc = crcOfInt32(streamCrc, checksum);
      reader.crc = CRC_START;
      rows.push(row);
      row = columns.map(() => null);
      continue;
    }
    const field = tag >>> 3;
    const column = readers[field - 1];
    if (column?.wireType !== (tag & 7)) throw unreadable(what, `tag ${tag} fits none of the ${columns.length} columns`);
    reader.crc = crcOfInt32(reader.crc, field);
    row[field - 1] = column.read(reader);
  }
}
