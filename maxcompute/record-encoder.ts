/**
 * Rows into the tunnel's record stream (docs/formats/tunnel-record-stream.md):
 *
 *     stream = record* footer
 *     record = (tag(field, wireType) value)*  tag(33553408, 0) uint32(recordChecksum)
 *     footer = tag(33554430, 0) sint64(recordCount)  tag(33554431, 0) uint32(streamChecksum)
 *
 * A null is a field that is absent. recordChecksum = CRC-32C over int32-LE(field) and the value's bytes of every field present;
 * streamChecksum = CRC-32C over int32-LE(recordChecksum) of every record.
 * Sources: PyODPS 0.13.2 (tunnel/io/writer.py), odps-sdk-core 0.57.1 (ProtobufRecordStreamWriter); bytes equal to the latter.
 */
import { Failure } from '../model/failure.ts';
import type { Row } from '../model/table.ts';
import { ColumnEncoder, type EncodedColumn } from './column-encoder.ts';
import { PlainRecords } from './plain-records.ts';
import { RecordSeal } from './record-seal.ts';
import { WireWriter } from './wire.ts';

const BUFFER_BYTES = 1 << 21;

export class RecordEncoder {
  private readonly wire: WireWriter;
  private readonly columns: readonly ColumnEncoder[];
  /** Where in a row the value of columns[i] stands. */
  private readonly places: readonly number[];
  private readonly table: string;
  /** Undefined when no row can be plain. */
  private readonly plain: PlainRecords | undefined;
  /** Records since the last footer. */
  records = 0;

  /** @param columns in the order that rows have; they are written in the order of their fields, as the Java writer does */
  constructor(table: string, columns: readonly EncodedColumn[]) {
    const ordered = columns.map((column, place) => ({ column, place })).sort((a, b) => a.column.field - b.column.field);
    this.columns = ordered.map(({ column }) => new ColumnEncoder(column));
    this.places = ordered.map(({ place }) => place);
    this.table = table;
    const forms = new Map(this.columns.map(({ field, sumForm }) => [field, sumForm]));
    const seal = new RecordSeal(forms);
    this.wire = new WireWriter(seal, BUFFER_BYTES, columns.length);
    if (PlainRecords.suits(this.columns)) this.plain = new PlainRecords(this.columns, this.places, this.wire, seal);
  }

  /** About as many bytes as {@link take} would answer. */
  get buffered(): number {
    return this.wire.position + (this.plain?.waiting ?? 0);
  }

  /**
   * Values that were written as absent since the beginning, because their column could not hold them and says so. All of them after
   * {@link take} or {@link finish}.
   */
  get nulled(): number {
    return this.columns.reduce((sum, column) => sum + column.nulled, 0);
  }

  /**
   * The row is kept until some more have come, or until {@link take} or {@link finish}.
   * @throws Failure value-unrepresentable, also for a row before this one; the stream is then unusable.
   */
  write(row: Row): void {
    const { columns, plain } = this;
    if (row.length !== columns.length)
      throw new Failure(
        'bug',
        `a row of ${row.length} values was given to ${columns.length} columns of MaxCompute table ${this.table}`,
      );
    this.records++;
    if (plain?.add(row)) {
      if (plain.full) this.writeWaiting();
      return;
    }
    this.writeWaiting();
    this.writeAny(row);
  }

  private writeWaiting(): void {
    this.plain?.write(this.writeAny);
  }

  private readonly writeAny = (row: Row): void => {
    const { wire, columns, places } = this;
    wire.reserve(0);
    for (let index = 0; index < columns.length; index++) {
      const value = row[places[index] ?? -1];
      if (value !== null && value !== undefined) columns[index]?.write(wire, value);
    }
    wire.endRecord();
  };

  /** Ends the stream; the next record begins another one. */
  finish(): void {
    this.writeWaiting();
    this.wire.footer(this.records);
    this.records = 0;
  }

  /** What was written since the last call. Its memory is written again after the next call: whoever takes has then done with it. */
  take(): Buffer {
    this.writeWaiting();
    return this.wire.take();
  }
}
