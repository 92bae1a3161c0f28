import { CHUNK_ROWS, copyValues, type NativeVector, Validity } from './duckdb-memory.ts';
import type { WireCursor } from './wire-cursor.ts';

/** Reads the values of one column, feeds the bytes that checksums cover, and keeps up to a chunk of rows in DuckDB's form. */
export interface ValueReader {
  readonly wireType: 0 | 1 | 2 | 5;
  read(cursor: WireCursor, row: number): void;
  setNull(row: number): void;
  /** Moves the rows into a column of a data chunk; the next row is 0 again. */
  moveTo(vector: NativeVector, rows: number): void;
}

/** A column whose values stand one after another, each of the same width. */
export abstract class FlatReader implements ValueReader {
  abstract readonly wireType: 0 | 1 | 2 | 5;
  private readonly validity = new Validity();
  private readonly width: number;
  private readonly bytes: Uint8Array;
  protected readonly view: DataView;

  constructor(width: number) {
    this.width = width;
    this.bytes = new Uint8Array(width * CHUNK_ROWS);
    this.view = new DataView(this.bytes.buffer);
  }

  abstract read(cursor: WireCursor, row: number): void;

  setNull(row: number): void {
    this.validity.setNull(row);
  }

  moveTo(vector: NativeVector, rows: number): void {
    copyValues(vector, this.bytes, rows * this.width);
    this.validity.copyTo(vector);
    this.validity.clear();
  }
}
