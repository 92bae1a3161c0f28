import type { DuckDBValue } from '@duckdb/node-api';
import type { ColumnType } from './column-types.ts';
import { readerOf, type ValueReader } from './value-readers.ts';
import { ByteDigest, StreamError, WireCursor } from './wire-cursor.ts';

/*
 * The tunnel's record stream, which has no message framing:
 *
 *   stream = record* footer
 *   record = (tag(column position + 1, wire type) value)*  tag(33553408, 0) uint32 recordCrc
 *   footer = tag(33554430, 0) sint64 recordCount  tag(33554431, 0) uint32 crcOfCrcs
 *
 * NULL is an absent field. recordCrc is CRC-32C over, for each present field, int32-LE(field number) and the value's
 * bytes; crcOfCrcs is CRC-32C over int32-LE(recordCrc) of every record. Source: PyODPS odps/tunnel/io/writer.py.
 */
const END_RECORD = 33_553_408;
const COUNT = 33_554_430;
const CHECKSUM = 33_554_431;

export interface DecodedBlock {
  readonly rows: number;
  /** One array per column, each as long as `rows`. */
  readonly columns: readonly (readonly DuckDBValue[])[];
}

class BlockDecoder {
  private readonly cursor: WireCursor;
  private readonly readers: readonly ValueReader[];
  private readonly columns: DuckDBValue[][];
  private readonly record = new ByteDigest();
  private readonly stream = new ByteDigest();
  private rows = 0;
  private lastField = 0;

  constructor(bytes: Buffer, types: readonly ColumnType[]) {
    this.cursor = new WireCursor(bytes);
    this.readers = types.map(readerOf);
    this.columns = types.map(() => []);
  }

  decode(): DecodedBlock {
    for (;;) {
      this.cursor.tag();
      const { field: number, wireType } = this.cursor;
      if (number >= END_RECORD && wireType !== 0) {
        throw new StreamError('MalformedDataStream', `field ${String(number)} has wire type ${String(wireType)}`);
      }
      if (number === COUNT) return this.footer();
      if (number === END_RECORD) this.endRecord();
      else this.field(number, wireType);
    }
  }

  private field(number: number, wireType: number): void {
    const reader = this.readers[number - 1];
    if (reader === undefined || number <= 0) {
      const problem = `field ${String(number)} of record ${String(this.rows)}, but the session has ${String(this.readers.length)} columns`;
      throw new StreamError('InvalidColumnSpec', `${problem}; recreate the session after a schema change`);
    }
    if (wireType !== reader.wireType) {
      throw new StreamError('MalformedDataStream', `field ${String(number)} has wire type ${String(wireType)}`);
    }
    if (number <= this.lastField) throw new StreamError('MalformedDataStream', 'fields are not in column order');
    this.lastField = number;
    this.record.int32(number);
    this.columns[number - 1]?.push(reader.read(this.cursor, this.record));
  }

  private endRecord(): void {
    const expected = this.record.finish();
    if (this.cursor.uint32() !== expected) {
      throw new StreamError('CorruptedDataStream', `checksum of record ${String(this.rows)} differs`);
    }
    this.stream.int32(expected | 0);
    this.lastField = 0;
    this.rows++;
    for (const column of this.columns) if (column.length < this.rows) column.push(null);
  }

  private footer(): DecodedBlock {
    if (this.lastField !== 0) throw new StreamError('MalformedDataStream', 'the last record has no end');
    if (BigInt(this.cursor.signed()) !== BigInt(this.rows)) {
      throw new StreamError('CorruptedDataStream', 'the record count of the footer differs');
    }
    this.cursor.tag();
    const { field, wireType } = this.cursor;
    if (field !== CHECKSUM || wireType !== 0)
      throw new StreamError('MalformedDataStream', 'the footer has no checksum');
    if (this.cursor.uint32() !== this.stream.finish()) {
      throw new StreamError('CorruptedDataStream', 'the checksum of the block differs');
    }
    if (!this.cursor.atEnd) throw new StreamError('MalformedDataStream', 'bytes follow the footer');
    return { rows: this.rows, columns: this.columns };
  }
}

/** Decodes one uncompressed block; throws StreamError when anything about it is not exactly right. */
export function decodeBlock(bytes: Buffer, types: readonly ColumnType[]): DecodedBlock {
  return new BlockDecoder(bytes, types).decode();
}
