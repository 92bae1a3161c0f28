import { setImmediate as nextTurn } from 'node:timers/promises';
import { DuckDBDataChunk, VARCHAR } from '@duckdb/node-api';
import { type ColumnType, duckType, storedType } from './column-types.ts';
import { fillText, NativeBytes, vectorOf } from './duckdb-memory.ts';
import { BlockDecoder } from './record-decoder.ts';

/** Other requests get their turn after so many chunks. */
const CHUNKS_PER_TURN = 16;

/** What the rows of a block are made of. */
export interface BlockShape {
  readonly types: readonly ColumnType[];
  /** One text for every row, behind the columns: the partition. */
  readonly constants: readonly string[];
}

/** Emptied chunks by their types; DuckDB's memory is invisible to the garbage collector, so chunks are used again. */
const emptied = new Map<string, DuckDBDataChunk[]>();

const keyOf = ({ types, constants }: BlockShape): string => [...types.map(duckType), ...constants.map(() => '')].join();

function emptyChunk(shape: BlockShape): DuckDBDataChunk {
  const used = emptied.get(keyOf(shape))?.pop();
  return used ?? DuckDBDataChunk.create([...shape.types.map(storedType), ...shape.constants.map(() => VARCHAR)]);
}

/** A block that was decoded and verified, as data chunks that wait for the commit. */
export class HeldBlock {
  readonly chunks: readonly DuckDBDataChunk[];
  private readonly memory: NativeBytes;
  private readonly shape: BlockShape;

  private constructor(shape: BlockShape, memory: NativeBytes, chunks: readonly DuckDBDataChunk[]) {
    this.shape = shape;
    this.memory = memory;
    this.chunks = chunks;
  }

  /** Decodes an uncompressed block; lets other requests in between. @throws StreamError */
  static async decode(bytes: Buffer, shape: BlockShape): Promise<HeldBlock> {
    const memory = new NativeBytes(bytes);
    const decoder = new BlockDecoder(bytes, memory, shape.types);
    const chunks: DuckDBDataChunk[] = [];
    try {
      for (;;) {
        const chunk = emptyChunk(shape);
        chunks.push(chunk);
        const rows = decoder.fill(chunk);
        if (rows === 0) break;
        shape.constants.forEach((text, index) => {
          fillText(vectorOf(chunk, shape.types.length + index), text, rows);
        });
        if (chunks.length % CHUNKS_PER_TURN === 0) await nextTurn();
      }
    } catch (error) {
      new HeldBlock(shape, memory, chunks).release();
      throw error;
    }
    return new HeldBlock(shape, memory, chunks);
  }

  /** Gives the memory back; the block is not to be used again. */
  release(): void {
    const pool = emptied.get(keyOf(this.shape)) ?? [];
    emptied.set(keyOf(this.shape), pool);
    for (const chunk of this.chunks) {
      chunk.reset();
      pool.push(chunk);
    }
    this.memory.release();
  }
}
