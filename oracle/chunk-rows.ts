/** Which rows a chunk has: FROM and WHERE of every statement that reads one. */
import { isBucket } from '../model/chunk.ts';
import type { Chunk } from '../model/chunk.ts';
import { Failure } from '../model/failure.ts';
import type { Scn } from '../model/scn.ts';
import { tableParts } from '../model/table.ts';
import type { TableDescription } from '../model/table.ts';
import type { Binds } from './session.ts';

export const quoted = (name: string): string => `"${name}"`;

/** The highest value of ORA_HASH, and its default (SQL Language Reference, "ORA_HASH"). */
const HASH_MAX = 2 ** 32 - 1;

/**
 * A number for every key, the same in every session. Each column has a seed of its own, so that columns of equal values do not cancel
 * each other out. Columns of a primary key are not NULL and no LOBs.
 */
function keyHash({ table, key, indexOrganized }: TableDescription): string {
  if (!indexOrganized || key.kind !== 'primary')
    throw new Failure(
      'source-table-changed',
      `${table} was index-organized when its copy was planned, and no longer is`,
    );
  return key.columns.map((name, seed) => `ORA_HASH(${quoted(name)},${HASH_MAX},${seed})`).join('+');
}

/** Binds: `s` the SCN; `a` and `b` the first and last ROWID, or the bucket and of how many it is one. */
export function rowsOfChunk(description: TableDescription, chunk: Chunk): string {
  const { owner, name } = tableParts(description.table);
  const condition = isBucket(chunk)
    ? `MOD(${keyHash(description)},:b) = :a`
    : 'ROWID BETWEEN CHARTOROWID(:a) AND CHARTOROWID(:b)';
  return `${quoted(owner)}.${quoted(name)} AS OF SCN TO_NUMBER(:s) WHERE ${condition}`;
}

/** Of {@link rowsOfChunk}. */
export const chunkBinds = ({ chunk, asOf }: { readonly chunk: Chunk; readonly asOf: Scn }): Binds =>
  isBucket(chunk) ? { s: asOf, a: chunk.bucket, b: chunk.of } : { s: asOf, a: chunk.firstRowid, b: chunk.lastRowid };
