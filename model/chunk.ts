/** A part of one table, read AS OF one SCN: the unit of full copy. Plans and histories have many of them, so each is small. */
export type Chunk = RowidChunk | BucketChunk;

/** A ROWID range. */
export interface RowidChunk extends ChunkFields {
  /** Both bounds inclusive, extended ROWID text. */
  readonly firstRowid: string;
  readonly lastRowid: string;
}

/** Of an index-organized table, whose rows have no ROWIDs: those whose key's hash, divided by `of`, leaves `bucket`. */
export interface BucketChunk extends ChunkFields {
  /** From 0. */
  readonly bucket: number;
  readonly of: number;
}

interface ChunkFields {
  /** 1-based, never used twice in one attempt of a copy. */
  readonly number: number;
  /** How often it was halved because undo was overwritten (ORA-01555). */
  readonly halved?: number;
  /** Read at an SCN of its own, newer than the table's snapshot: the tail brings its rows in step. */
  readonly newer?: true;
}

export const isBucket = (chunk: Chunk): chunk is BucketChunk => 'bucket' in chunk;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** `OOOOOOFFFBBBBBBRRR`: data object, relative file, block, row (Oracle SQL Reference, "Rowid Data Types"). */
const OBJECT_DIGITS = 6;
const ADDRESS_DIGITS = 9;
const FIRST_ROW = 'AAA';
/** 32767: above every row number that a block can hold. */
const LAST_ROW = 'H//';

function addressOf(rowid: string): number {
  let value = 0;
  for (let at = OBJECT_DIGITS; at < OBJECT_DIGITS + ADDRESS_DIGITS; at++)
    value = value * 64 + ALPHABET.indexOf(rowid.charAt(at));
  return value;
}

function addressText(address: number): string {
  let text = '';
  for (let rest = address; text.length < ADDRESS_DIGITS; rest = Math.floor(rest / 64))
    text = (ALPHABET[rest % 64] ?? '') + text;
  return text;
}

/** The same rows in two chunks, with these two numbers; undefined for a single block. */
export function halves(chunk: Chunk, numbers: readonly [number, number]): readonly [Chunk, Chunk] | undefined {
  if (!isBucket(chunk)) return halvesOfRange(chunk, numbers);
  const { bucket, of } = chunk;
  const half = { ...chunk, of: of * 2, halved: (chunk.halved ?? 0) + 1 };
  return [
    { ...half, number: numbers[0] },
    { ...half, number: numbers[1], bucket: bucket + of },
  ];
}

function halvesOfRange(
  chunk: RowidChunk,
  numbers: readonly [number, number],
): readonly [RowidChunk, RowidChunk] | undefined {
  const object = chunk.firstRowid.slice(0, OBJECT_DIGITS);
  const first = addressOf(chunk.firstRowid);
  const last = addressOf(chunk.lastRowid);
  if (first >= last || !chunk.lastRowid.startsWith(object)) return undefined;
  const middle = Math.floor((first + last) / 2);
  const halved = (chunk.halved ?? 0) + 1;
  return [
    { ...chunk, number: numbers[0], lastRowid: object + addressText(middle) + LAST_ROW, halved },
    { ...chunk, number: numbers[1], firstRowid: object + addressText(middle + 1) + FIRST_ROW, halved },
  ];
}
