/**
 * Extents of a table → ROWID ranges. Nothing is created in the source.
 * The extents are listed after the snapshot SCN was taken: extents only grow, and a newer one holds no row visible at that SCN.
 */
import type { RowidChunk } from '../model/chunk.ts';
import { tableParts } from '../model/table.ts';
import type { TableName } from '../model/table.ts';
import type { Session } from './session.ts';
import { TABLE_OBJECT_TYPES } from './table-objects.ts';

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

/** What has extents of its own: a table, a partition or a subpartition. */
export interface Segment {
  readonly dataObjectId: string;
  readonly extents: readonly Extent[];
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

/**
 * Blocks of one chunk: about as many as asked for; fewer in a small table; and enough that there are at most `chunksMax` chunks, where
 * each segment may have one that is not full.
 */
function blocksPerChunk(segments: readonly Segment[], { chunkMegabytes, chunksMin, chunksMax }: ChunkLimits): number {
  const extents = segments.flatMap((segment) => segment.extents);
  const blocks = extents.reduce((sum, extent) => sum + extent.blocks, 0);
  const bytes = extents.reduce((sum, extent) => sum + extent.bytes, 0);
  const smallestExtent = extents.reduce((least, extent) => Math.min(least, extent.blocks), blocks);
  const asked = Math.floor((chunkMegabytes * 2 ** 20) / (bytes / blocks));
  const shared = Math.max(smallestExtent, Math.ceil(blocks / chunksMin));
  const whole = chunksMax - (segments.length - 1);
  const atLeast = whole > 0 ? Math.ceil(blocks / whole) : blocks;
  return Math.max(1, Math.min(asked, shared), atLeast);
}

type Range = Pick<RowidChunk, 'firstRowid' | 'lastRowid'>;

/**
 * ROWID ranges that cover every extent of every segment once, segment by segment, in ROWID order; never more than one segment in a range.
 * Chunks of all segments have the same size. With more segments than `chunksMax` each segment is one chunk.
 */
export function cutChunks(listed: readonly Segment[], limits: ChunkLimits): readonly RowidChunk[] {
  const segments = listed.flatMap(({ dataObjectId, extents }) => {
    const filled = extents.filter(({ blocks }) => blocks > 0).sort((a, b) => a.file - b.file || a.block - b.block);
    return filled.length === 0 ? [] : [{ dataObjectId, extents: filled }];
  });
  if (segments.length === 0) return [];
  const size = blocksPerChunk(segments, limits);
  return segments
    .flatMap((segment) => cutSegment(segment, size))
    .map((range, index) => ({ number: index + 1, ...range }));
}

/** A range may also span blocks between two extents: they hold no row of this table. Large extents are cut, small ones are joined. */
function cutSegment({ dataObjectId, extents }: Segment, size: number): readonly Range[] {
  const chunks: Range[] = [];
  let first: BlockAddress | undefined;
  let room = size;
  const close = (last: BlockAddress): void => {
    chunks.push({
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

const DATA_OBJECTS =
  'SELECT OBJECT_TYPE, SUBOBJECT_NAME, TO_CHAR(DATA_OBJECT_ID) FROM DBA_OBJECTS ' +
  `WHERE OWNER = :o AND OBJECT_NAME = :t AND OBJECT_TYPE IN (${TABLE_OBJECT_TYPES}) ORDER BY OBJECT_ID`;
const EXTENTS =
  'SELECT SEGMENT_TYPE, PARTITION_NAME, RELATIVE_FNO, BLOCK_ID, BLOCKS, BYTES FROM DBA_EXTENTS ' +
  `WHERE OWNER = :o AND SEGMENT_NAME = :t AND SEGMENT_TYPE IN (${TABLE_OBJECT_TYPES})`;

const segmentKey = (type: string | null | undefined, name: string | null | undefined): string =>
  `${type ?? ''} ${name ?? ''}`;

/** The ranges of a table as it is now. None for a table without a segment (deferred creation). */
export async function planRanges(
  session: Session,
  table: TableName,
  limits: ChunkLimits,
  signal: AbortSignal,
): Promise<readonly RowidChunk[]> {
  const { owner, name } = tableParts(table);
  const binds = { o: owner, t: name };
  // Asked anew: since the table was described, its first segment or a partition may have been created.
  const objects = await session.query(DATA_OBJECTS, binds, signal);
  const segments = objects.flatMap(([type, partition, dataObjectId]) =>
    typeof dataObjectId === 'string'
      ? [{ key: segmentKey(type, partition), dataObjectId, extents: [] as Extent[] }]
      : [],
  );
  const byKey = new Map(segments.map((segment) => [segment.key, segment]));
  for (const [type, partition, file, block, blocks, bytes] of await session.query(EXTENTS, binds, signal)) {
    // A partition that was added since the query before holds no row of the snapshot.
    byKey.get(segmentKey(type, partition))?.extents.push({
      file: Number(file),
      block: Number(block),
      blocks: Number(blocks),
      bytes: Number(bytes),
    });
  }
  return cutChunks(segments, limits);
}
