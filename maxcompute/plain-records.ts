/**
 * The fast path of record-encoder.ts: rows wait until there are some dozens, their texts are put together, and one call of
 * WebAssembly (plain-record-code.ts) writes their records, checksums included. Taking a text apart by its characters in JavaScript
 * asks every time how the text is stored; put together, all texts are written as bytes at once.
 *
 * It never refuses (as decision 0017 has it for the reader of redo): a row with a value that it does not read is given back and
 * written by column-encoder.ts, which also is the one to say why a value does not fit.
 */
import type { Row } from '../model/table.ts';
import { BINARY, DOUBLE, FLOAT, INTEGER, TEXT } from './column-kinds.ts';
import type { ColumnEncoder } from './column-encoder.ts';
import { readDouble } from './decimal-text.ts';
import * as code from './plain-record-code.ts';
import type { RecordSeal } from './record-seal.ts';
import { varintBytes } from './varint.ts';
import type { WireWriter } from './wire.ts';

/** In UTF-16 units: what is longer is written faster alone. */
const LONG_TEXT = 512;

/** So many rows are not looked at after one that is not plain, and after a batch with a quarter of such rows: it would be work for nothing. */
const ROWS_AFTER_ROW = 8;
const ROWS_AFTER_BATCH = 4096;

const INT32_MAX = 0x7fffffff;
const number = new Float64Array(1);
const bytes = Buffer.from(code.moduleMemory);
const words = new Int32Array(code.moduleMemory);
const doubles = new Float64Array(code.moduleMemory);

/** Two numbers by the column's kind: longest text in units and bytes; digits before and after the point; bits that are not used. */
function limitsOf({ kind, first, second, bytesMax }: ColumnEncoder): readonly [number, number] {
  if (kind === TEXT) return [Math.min(first, bytesMax, INT32_MAX), Math.min(bytesMax, INT32_MAX)];
  return [kind === INTEGER ? 64 - first : first, second];
}

function wordsOf(column: ColumnEncoder): readonly number[] {
  const { kind, field, tag } = column;
  const tagBytes = varintBytes(tag);
  let tagWord = 0;
  for (let index = 0; index < tagBytes; index++)
    tagWord |= (((tag >>> (7 * index)) & 127) | (index + 1 < tagBytes ? 128 : 0)) << (8 * index);
  return [kind, field, tagWord, tagBytes, ...limitsOf(column)];
}

export class PlainRecords {
  private readonly wire: WireWriter;
  private readonly seal: RecordSeal;
  /** Where in a row the value of column i stands. */
  private readonly places: readonly number[];
  /** Of column i, its kind when numbers are read here; otherwise 0. */
  private readonly reals: Uint8Array;
  private readonly description: Int32Array;
  /** The rows that wait: themselves, their texts, the lengths of those, and what their doubles and floats are. */
  private rows: Row[] = [];
  private text = '';
  private slots = 0;
  private readonly lengths = new Int32Array(code.SLOTS_MAX);
  private readonly numbers: Float64Array;
  private readonly singles: Float32Array;
  /** So many rows more are not looked at. */
  private rest = 0;

  /** @param seal of the same stream as the writer */
  constructor(columns: readonly ColumnEncoder[], places: readonly number[], wire: WireWriter, seal: RecordSeal) {
    this.places = places;
    this.wire = wire;
    this.seal = seal;
    this.reals = Uint8Array.from(columns.map(({ kind }) => (kind === DOUBLE || kind === FLOAT ? kind : 0)));
    this.description = Int32Array.from(columns.flatMap(wordsOf));
    this.numbers = new Float64Array(this.reals.some((kind) => kind !== 0) ? code.SLOTS_MAX : 0);
    this.singles = new Float32Array(this.numbers.buffer);
  }

  /** Whether rows of such columns can be plain at all. */
  static suits(columns: readonly ColumnEncoder[]): boolean {
    return columns.length > 0 && columns.every(({ kind }) => kind !== BINARY);
  }

  /** UTF-16 units that wait. */
  get waiting(): number {
    return this.text.length;
  }

  /** No row may be added before the next {@link write}. */
  get full(): boolean {
    return this.text.length >= code.UNITS_MAX || this.slots + this.places.length > code.SLOTS_MAX;
  }

  /** False, with nothing written, for a row that must be written the other way. @param row of as many values as there are columns */
  add(row: Row): boolean {
    if (this.rest > 0) {
      this.rest--;
      return false;
    }
    if (this.addPlain(row)) return true;
    this.rest = ROWS_AFTER_ROW;
    return false;
  }

  private addPlain(row: Row): boolean {
    const { places, reals, lengths } = this;
    let { text, slots } = this;
    for (let index = 0; index < places.length; index++, slots++) {
      const value = row[places[index] ?? 0];
      if (value === null || value === undefined) {
        lengths[slots] = code.ABSENT;
        continue;
      }
      if (typeof value !== 'string' || value.length > LONG_TEXT) return false;
      if (reals[index] === 0) {
        text += value;
        lengths[slots] = value.length;
        continue;
      }
      if (!this.addReal(reals[index] === DOUBLE, value, slots)) return false;
      lengths[slots] = 0;
    }
    if (text.length - this.text.length > code.UNITS_MAX) return false;
    this.rows.push(row);
    this.text = text;
    this.slots = slots;
    return true;
  }

  private addReal(isDouble: boolean, text: string, slot: number): boolean {
    if (!readDouble(text, number)) return false;
    const value = number[0] ?? NaN;
    if (isDouble) {
      this.numbers[slot] = value;
      return Number.isFinite(value);
    }
    const single = Math.fround(value);
    this.singles[2 * slot] = single;
    return Number.isFinite(single);
  }

  /** Writes the rows that wait. @param writeOther is given those, in their turn, that are not plain */
  write(writeOther: (row: Row) => void): void {
    const { rows } = this;
    if (rows.length === 0) return;
    const isAscii = this.handOver();
    let others = 0;
    let at = code.TEXTS;
    for (let row = 0; row < rows.length; row++) {
      // Where a text begins in UTF-8 is not known behind a row that was not taken apart.
      if (isAscii || row === 0) {
        const stopped = this.encode(row, rows.length, at, isAscii);
        if (stopped < rows.length) at += this.unitsOf(row, stopped + 1);
        row = stopped;
      }
      const other = rows[row];
      if (other === undefined) break;
      writeOther(other);
      others++;
    }
    if (others * 4 > rows.length) this.rest = ROWS_AFTER_BATCH;
  }

  /** Into the module's memory. Whether all texts are ASCII. */
  private handOver(): boolean {
    const { text, slots } = this;
    this.rows = [];
    this.text = '';
    this.slots = 0;
    words.set(this.description, code.COLUMNS / 4);
    words[code.COLUMNS_END / 4] = code.COLUMNS + this.description.byteLength;
    words.set(this.lengths.subarray(0, slots), code.SLOTS / 4);
    if (this.numbers.length > 0) doubles.set(this.numbers.subarray(0, slots), code.NUMBERS / 8);
    return bytes.write(text, code.TEXTS) === text.length;
  }

  /** The records of rows from … to-1, whose texts begin at `at`, or of those before the first one that is not plain: answers which it is. */
  private encode(from: number, to: number, at: number, isAscii: boolean): number {
    const { wire, seal } = this;
    const slotBytes = 4 * this.places.length;
    wire.sealRecords();
    words[code.STREAM / 4] = seal.streamState;
    const stopped = code.encode(code.SLOTS + from * slotBytes, code.SLOTS + to * slotBytes, at, isAscii ? 1 : 0);
    seal.streamState = words[code.STREAM / 4] ?? 0;
    wire.append(bytes.subarray(code.RECORDS, words[code.OUT_END / 4]));
    return (stopped - code.SLOTS) / slotBytes;
  }

  /** Of the texts of rows from … to-1. */
  private unitsOf(from: number, to: number): number {
    const { length } = this.places;
    return this.lengths.subarray(from * length, to * length).reduce((sum, units) => sum + Math.max(units, 0), 0);
  }
}
