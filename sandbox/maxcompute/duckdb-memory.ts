import { createRequire } from 'node:module';
import { BLOB, DuckDBDataChunk } from '@duckdb/node-api';

/** Rows of a full DuckDB data chunk. */
export const CHUNK_ROWS = 2048;

/** A column of a data chunk, as the native side names it. */
export type NativeVector = object;

/** The few calls of DuckDB's C interface that columnar writing needs; @duckdb/node-api has them, but keeps them to itself. */
interface NativeCalls {
  data_chunk_get_vector(chunk: object, column: number): NativeVector;
  struct_vector_get_child(vector: NativeVector, index: number): NativeVector;
  vector_get_data(vector: NativeVector, bytes: number): Uint8Array;
  vector_assign_string_element_len(vector: NativeVector, row: number, bytes: Uint8Array): void;
  vector_ensure_validity_writable(vector: NativeVector): void;
  copy_data_to_vector(to: NativeVector, at: number, from: ArrayBufferLike, start: number, bytes: number): void;
  copy_data_to_vector_validity(to: NativeVector, at: number, from: ArrayBufferLike, start: number, bytes: number): void;
}

const besideUs = createRequire(import.meta.url);
const besideTheApi = createRequire(besideUs.resolve('@duckdb/node-api'));
const native = besideTheApi('@duckdb/node-bindings') as NativeCalls;

export const vectorOf = (chunk: DuckDBDataChunk, column: number): NativeVector =>
  native.data_chunk_get_vector(chunk.chunk, column);

export const childOf = (vector: NativeVector, index: number): NativeVector =>
  native.struct_vector_get_child(vector, index);

/** Copies the first bytes of `data` over a vector's values. */
export function copyValues(vector: NativeVector, data: Uint8Array, bytes: number): void {
  native.copy_data_to_vector(vector, 0, data.buffer, data.byteOffset, bytes);
}

/** Which rows of a chunk are not NULL, in DuckDB's form: one bit a row, 1 for a value. */
export class Validity {
  private readonly bits = new Uint8Array(CHUNK_ROWS / 8).fill(0xff);
  private hasNull = false;

  setNull(row: number): void {
    this.hasNull = true;
    this.bits[row >> 3] = (this.bits[row >> 3] ?? 0) & ~(1 << (row & 7));
  }

  /** Marks the vectors' rows; to be followed by `clear`. */
  copyTo(...vectors: readonly NativeVector[]): void {
    if (!this.hasNull) return;
    for (const vector of vectors) {
      native.vector_ensure_validity_writable(vector);
      native.copy_data_to_vector_validity(vector, 0, this.bits.buffer, 0, this.bits.length);
    }
  }

  clear(): void {
    if (this.hasNull) this.bits.fill(0xff);
    this.hasNull = false;
  }
}

/** Puts one text into all rows of a vector. */
export function fillText(vector: NativeVector, text: string, rows: number): void {
  const bytes = Buffer.from(text, 'utf8');
  for (let row = 0; row < rows; row++) native.vector_assign_string_element_len(vector, row, bytes);
}

/**
 * A copy of some bytes in DuckDB's memory, with its address. DuckDB's string is sixteen bytes: the length, and either up to
 * twelve bytes of text or the first four and a pointer. With one native call for the whole block instead of one for each
 * text, texts cost what numbers cost. The pointers hold until `release`; appending a chunk copies what they point to.
 */
export class NativeBytes {
  private readonly owner = DuckDBDataChunk.create([BLOB], 1);
  /** The address, in halves: the low one unsigned. */
  readonly low: number;
  readonly high: number;

  constructor(bytes: Uint8Array) {
    const vector = vectorOf(this.owner, 0);
    native.vector_assign_string_element_len(vector, 0, bytes);
    const value = native.vector_get_data(vector, 16);
    const view = new DataView(value.buffer, value.byteOffset, 16);
    this.low = view.getUint32(8, true);
    this.high = view.getUint32(12, true);
  }

  /** Gives the memory back. */
  release(): void {
    this.owner.reset();
  }
}
