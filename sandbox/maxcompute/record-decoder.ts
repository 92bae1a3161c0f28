import type { DuckDBDataChunk } from '@duckdb/node-api';
import { crcWord } from './checksum.ts';
import type { ColumnType } from './column-types.ts';
import { CHUNK_ROWS, type NativeBytes, vectorOf } from './duckdb-memory.ts';
import type { ValueReader } from './flat-reader.ts';
import { readerOf } from './value-readers.ts';
import { StreamError, WireCursor } from './wire-cursor.ts';

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

/** A record holds at most so many bytes (documented limit of the tunnel). */
const RECORD_BYTES_MAX = 200 * 1024 * 1024;

/** Decodes one uncompressed block, a data chunk at a time, in one pass over its bytes. */
export class BlockDecoder {
  private readonly cursor: WireCursor;
  private readonly readers: readonly ValueReader[];
  private streamCrc = -1;
  private rows = 0;
  /** Columns of the open record that are decided: read, or passed over and so NULL. */
  private decided = 0;
  private recordStart = 0;
  private ended = false;

  /** @param memory a copy of the bytes, where texts are pointed to */
  constructor(bytes: Buffer, memory: NativeBytes, types: readonly ColumnType[]) {
    this.cursor = new WireCursor(bytes);
    this.readers = types.map((type) => readerOf(type, memory));
  }

  /**
   * Fills a chunk, which must be empty, with the next rows; it holds none when the block has ended, with everything
   * verified. Texts of the chunk point into the memory that the decoder was given.
   *
   * @throws StreamError when anything about the block is not exactly right.
   */
  fill(chunk: DuckDBDataChunk): number {
    let row = 0;
    while (!this.ended && row < CHUNK_ROWS) {
      this.cursor.tag();
      const { field: number, wireType } = this.cursor;
      if (number >= END_RECORD) {
        if (this.endOf(number, wireType, row)) row++;
      } else this.field(number, wireType, row);
    }
    chunk.rowCount = row;
    if (row > 0)
      this.readers.forEach((reader, index) => {
        reader.moveTo(vectorOf(chunk, index), row);
      });
    return row;
  }

  private field(number: number, wireType: number, row: number): void {
    const reader = this.readers[number - 1];
    if (reader === undefined) this.refuseField(number);
    else if (wireType === reader.wireType && number > this.decided) {
      while (this.decided < number - 1) this.readers[this.decided++]?.setNull(row);
      this.decided = number;
      this.cursor.digestInt32(number);
      reader.read(this.cursor, row);
    } else {
      const problem = wireType === reader.wireType ? 'is not in column order' : `has wire type ${String(wireType)}`;
      throw new StreamError('MalformedDataStream', `field ${String(number)} ${problem}`);
    }
  }

  private refuseField(number: number): never {
    const problem = `field ${String(number)} of record ${String(this.rows)}, but the session has ${String(this.readers.length)} columns`;
    throw new StreamError('InvalidColumnSpec', `${problem}; recreate the session after a schema change`);
  }

  /** One of the numbers that are not columns; true when it ended a record. */
  private endOf(number: number, wireType: number, row: number): boolean {
    if (wireType === 0 && number === END_RECORD) {
      this.endRecord(row);
      return true;
    }
    if (wireType !== 0 || number !== COUNT)
      throw new StreamError('MalformedDataStream', `field ${String(number)} with wire type ${String(wireType)}`);
    this.footer();
    return false;
  }

  private endRecord(row: number): void {
    const expected = this.cursor.takeCrc();
    if (this.cursor.uint32() !== expected) {
      throw new StreamError('CorruptedDataStream', `checksum of record ${String(this.rows)} differs`);
    }
    this.streamCrc = crcWord(this.streamCrc, expected | 0);
    while (this.decided < this.readers.length) this.readers[this.decided++]?.setNull(row);
    this.decided = 0;
    this.rows++;
    const bytes = this.cursor.position - this.recordStart;
    if (bytes > RECORD_BYTES_MAX) throw new StreamError('MalformedDataStream', 'a record is longer than 200 MB');
    this.recordStart = this.cursor.position;
  }

  private footer(): void {
    if (this.decided !== 0) throw new StreamError('MalformedDataStream', 'the last record has no end');
    this.cursor.signed();
    if (this.cursor.number !== this.rows) {
      throw new StreamError('CorruptedDataStream', 'the record count of the footer differs');
    }
    this.cursor.tag();
    const { field, wireType } = this.cursor;
    if (field !== CHECKSUM || wireType !== 0)
      throw new StreamError('MalformedDataStream', 'the footer has no checksum');
    if (this.cursor.uint32() !== ~this.streamCrc >>> 0) {
      throw new StreamError('CorruptedDataStream', 'the checksum of the block differs');
    }
    if (!this.cursor.atEnd) throw new StreamError('MalformedDataStream', 'bytes follow the footer');
    this.ended = true;
  }
}
