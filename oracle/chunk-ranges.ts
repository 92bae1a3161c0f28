/**
 * Extents of a table → ROWID ranges. Nothing is created in the source.
 * The extents are listed after the snapshot SCN was taken: extents only grow, and a newer one holds no row visible at that SCN.
 */
import type { Chunk } from '../model/chunk.ts';
import { tableParts } from '../model/table.ts';
import type { TableName } from '../model/table.ts';
import type { Session } from './session.ts';

export interface Extent {
  /** RELATIVE_FNO. */
  readonly file: number;
  readonly block: number;
  readonly blocks: number;
  readonly bytes: number;
}

export interface ChunkLimits {
  readonly chunkMegabytes: number;
  /** Smaller chunks than asked, down to one extent each, so that as many readers have something to do. */
  readonly chunksMin: number;
  readonly chunksMax: number;
}

interface BlockAddress {
  readonly file: number;
  readonly block: number;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function base64(value: number, digits: number): string {
  let text = '';
  for (let rest = value; text.length < digits; rest = Math.floor(rest / 64)) text = (ALPHABET[rest % 64] ?? '') + text;
  return text;
}

/** RELATIVE_FNO of every bigfile tablespace; its block numbers have 32 bits, and the upper 10 stand where others have the file. */
const BIGFILE = 1024;
const BLOCKS_PER_FILE = 2 ** 22;

/** The last row number that a ROWID can hold is above every one that a block can. */
const LAST_ROW = 32767;

/** Extended ROWID, `OOOOOOFFFBBBBBBRRR` in base 64: what DBMS_ROWID.ROWID_CREATE(1, …) returns (Oracle SQL Reference, "Rowid Data Types"). */
export function rowidText(dataObjectId: string, { file, block }: BlockAddress, row: number): string {
  const shownFile = file === BIGFILE ? Math.floor(block / BLOCKS_PER_FILE) : file;
  const shownBlock = file === BIGFILE ? block % BLOCKS_PER_FILE : block;
  return base64(Number(dataObjectId), 6) + base64(shownFile, 3) + base64(shownBlock, 6) + base64(row, 3);
}

/** Blocks of one chunk: about as many as asked for; fewer in a small table; and enough that there are at most `chunksMax` chunks. */
function blocksPerChunk(extents: readonly Extent[], { chunkMegabytes, chunksMin, chunksMax }: ChunkLimits): number {
  const blocks = extents.reduce((sum, extent) => sum + extent.blocks, 0);
  const bytes = extents.reduce((sum, extent) => sum + extent.bytes, 0);
  const smallestExtent = extents.reduce((least, extent) => Math.min(least, extent.blocks), blocks);
  const asked = Math.floor((chunkMegabytes * 2 ** 20) / (bytes / blocks));
  const shared = Math.max(smallestExtent, Math.ceil(blocks / chunksMin));
  return Math.max(1, Math.min(asked, shared), Math.ceil(blocks / chunksMax));
}

/**
 * ROWID ranges that cover every extent once, in ROWID order. A range may also span blocks between two extents:
 * they hold no row of this table. Large extents are cut, small ones are joined.
 */
export function cutChunks(dataObjectId: string, listed: readonly Extent[], limits: ChunkLimits): readonly Chunk[] {
  const extents = listed.filter(({ blocks }) => blocks > 0).sort((a, b) => a.file - b.file || a.block - b.block);
  if (extents.length === 0) return [];
  const size = blocksPerChunk(extents, limits);
  const chunks: Chunk[] = [];
  let first: BlockAddress | undefined;
  let room = size;
  const close = (last: BlockAddress): void => {
    chunks.push({
      number: chunks.length + 1,
      firstRowid: rowidText(dataObjectId, first ?? last, 0),
      lastRowid: rowidText(dataObjectId, last, LAST_ROW),
    });
    first = undefined;
    room = size;
  };
  for (const { file, block, blocks } of extents) {
    for (let done = 0; done < blocks;) {
      first ??= { file, block: block + done };
      const taken = Math.min(room, blocks - done);
      done += taken;
      room -= taken;
      if (room === 0) close({ file, block: block + done - 1 });
    }
  }
  const end = extents.at(-1);
  if (first && end) close({ file: end.file, block: end.block + end.blocks - 1 });
  return chunks;
}

const DATA_OBJECT =
  "SELECT TO_CHAR(DATA_OBJECT_ID) FROM DBA_OBJECTS WHERE OWNER = :o AND OBJECT_NAME = :t AND OBJECT_TYPE = 'TABLE'";
const EXTENTS =
  'SELECT RELATIVE_FNO, BLOCK_ID, BLOCKS, BYTES FROM DBA_EXTENTS ' +
  "WHERE OWNER = :o AND SEGMENT_NAME = :t AND SEGMENT_TYPE = 'TABLE' ORDER BY RELATIVE_FNO, BLOCK_ID";

/** The ranges of a table as it is now. None for a table without a segment (deferred creation). */
export async function planChunks(
  session: Session,
  table: TableName,
  limits: ChunkLimits,
  signal: AbortSignal,
): Promise<readonly Chunk[]> {
  const { owner, name } = tableParts(table);
  const binds = { o: owner, t: name };
  // Asked anew: since the table was described, its first segment may have been created.
  const [object] = await session.query(DATA_OBJECT, binds, signal);
  const dataObjectId = object?.[0] ?? null;
  if (dataObjectId === null) return [];
  const rows = await session.query(EXTENTS, binds, signal);
  const extents = rows.map(([file, block, blocks, bytes]) => ({
    file: Number(file),
    block: Number(block),
    blocks: Number(blocks),
    bytes: Number(bytes),
  }));
  return cutChunks(dataObjectId, extents, limits);
}
