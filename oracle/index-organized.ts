/**
 * Index-organized tables: the rows are in the index of the primary key, INDEX_TYPE `IOT - TOP`, and the ends of long ones in an overflow
 * table, IOT_TYPE `IOT_OVERFLOW` (Database Reference, DBA_INDEXES, DBA_TABLES). The table itself has no segment, and so no
 * DATA_OBJECT_ID and no extents; theirs change with TRUNCATE and MOVE.
 */
import type { BucketChunk } from '../model/chunk.ts';
import { Failure } from '../model/failure.ts';
import { tableName, tableParts } from '../model/table.ts';
import type { TableDescription, TableKey, TableName, TableSegment } from '../model/table.ts';
import type { ChunkLimits } from './chunk-ranges.ts';
import type { Binds, Session } from './session.ts';

/** Each bucket is a pass over the whole index: more of them cost more than they save. */
const BUCKETS_MAX = 16;

/** Pairs of names in one query. */
const PARTS_PER_QUERY = 50;
/** Items of an IN list that Oracle accepts. */
const IN_LIST_MAX = 1000;

const INDEXES =
  "SELECT TABLE_OWNER, TABLE_NAME, OWNER, INDEX_NAME FROM DBA_INDEXES WHERE INDEX_TYPE = 'IOT - TOP' AND ";
const OVERFLOWS = "SELECT OWNER, IOT_NAME, OWNER, TABLE_NAME FROM DBA_TABLES WHERE IOT_TYPE = 'IOT_OVERFLOW' AND ";
const OBJECTS =
  'SELECT OWNER, OBJECT_NAME, OBJECT_TYPE, TO_CHAR(OBJECT_ID), TO_CHAR(DATA_OBJECT_ID) FROM DBA_OBJECTS ' +
  "WHERE OBJECT_TYPE IN ('INDEX', 'TABLE') AND ";
const BYTES =
  'SELECT TO_CHAR(SUM(BYTES)) FROM DBA_EXTENTS WHERE OWNER = :o AND SEGMENT_NAME = :n AND SEGMENT_TYPE = :t';
const NUMBERS = 'SELECT TO_CHAR(OBJECT_ID), TO_CHAR(DATA_OBJECT_ID) FROM DBA_OBJECTS WHERE OBJECT_ID IN ';

/** DBA_TABLES.IOT_TYPE; the others are of overflow and mapping tables. */
export const INDEX_ORGANIZED = 'IOT';

/** Why an index-organized table, or what belongs to one, cannot be captured; undefined for another table too. */
export function indexOrganizedReason(
  { iotType, partitioned }: { readonly iotType: string | null; readonly partitioned: string | null },
  segments: readonly TableSegment[],
  key: TableKey,
): string | undefined {
  if (iotType === null) return undefined;
  if (iotType !== INDEX_ORGANIZED)
    return `it is a part of an index-organized table (${iotType}), which is to be named instead`;
  if (partitioned === 'YES') return 'it is index-organized and partitioned; this is not yet supported';
  if (key.kind !== 'primary')
    return 'it is index-organized by columns that are hidden or virtual; this is not yet supported';
  return segments.length === 0 ? 'it is index-organized, and the dictionary does not show its index' : undefined;
}

type Asking = Pick<Session, 'query'>;

/** An object that holds rows of a table; indexes have names of their own, which tables may have too. */
interface Part {
  readonly table: TableName;
  readonly owner: string;
  readonly name: string;
  readonly type: 'INDEX' | 'TABLE';
}

const slices = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));

function named(
  pairs: readonly { readonly owner: string; readonly name: string }[],
  [ownerColumn, nameColumn]: readonly [string, string],
): { readonly where: string; readonly binds: Binds } {
  const binds: Record<string, string> = {};
  const conditions = pairs.map(({ owner, name }, i) => {
    binds[`o${i}`] = owner;
    binds[`n${i}`] = name;
    return `(${ownerColumn} = :o${i} AND ${nameColumn} = :n${i})`;
  });
  return { where: `(${conditions.join(' OR ')})`, binds };
}

async function partsOf(session: Asking, tables: readonly TableName[], signal: AbortSignal): Promise<readonly Part[]> {
  const parts: Part[] = [];
  const add = async (type: Part['type'], sql: string, columns: readonly [string, string]): Promise<void> => {
    for (const some of slices(tables, PARTS_PER_QUERY)) {
      const { where, binds } = named(some.map(tableParts), columns);
      for (const [owner, table, partOwner, name] of await session.query(`${sql}${where}`, binds, signal))
        parts.push({
          table: tableName({ owner: owner ?? '', name: table ?? '' }),
          owner: partOwner ?? '',
          name: name ?? '',
          type,
        });
    }
  };
  await add('INDEX', INDEXES, ['TABLE_OWNER', 'TABLE_NAME']);
  await add('TABLE', OVERFLOWS, ['OWNER', 'IOT_NAME']);
  return parts;
}

/** What the rows of these index-organized tables are in. */
export async function indexOrganizedSegments(
  session: Asking,
  tables: readonly TableName[],
  signal: AbortSignal,
): Promise<ReadonlyMap<TableName, readonly TableSegment[]>> {
  const found = new Map<TableName, TableSegment[]>();
  if (tables.length === 0) return found;
  const parts = await partsOf(session, tables, signal);
  const keyOf = (owner: string, name: string, type: string): string => JSON.stringify([owner, name, type]);
  const byKey = new Map(parts.map((part) => [keyOf(part.owner, part.name, part.type), part]));
  for (const some of slices(parts, PARTS_PER_QUERY)) {
    const { where, binds } = named(some, ['OWNER', 'OBJECT_NAME']);
    const rows = await session.query(`${OBJECTS}${where}`, binds, signal);
    for (const [owner, name, type, objectId, dataObjectId = null] of rows) {
      const part = byKey.get(keyOf(owner ?? '', name ?? '', type ?? ''));
      if (!part || typeof objectId !== 'string') continue;
      found.set(part.table, [...(found.get(part.table) ?? []), { objectId, dataObjectId }]);
    }
  }
  return found;
}

/** Those of the tables whose segments are not any more what is described: DBA_OBJECTS says nothing of that under the table's own name. */
export async function movedTables(
  session: Asking,
  descriptions: readonly TableDescription[],
  signal: AbortSignal,
): Promise<ReadonlySet<TableName>> {
  const indexOrganized = descriptions.filter((description) => description.indexOrganized);
  const numbers = indexOrganized.flatMap(({ segments = [] }) => segments.map(({ objectId }) => objectId));
  const now = new Map<string, string | null>();
  for (const some of slices(numbers, IN_LIST_MAX)) {
    const binds = Object.fromEntries(some.map((number, i) => [`i${i}`, number]));
    const list = some.map((_, i) => `TO_NUMBER(:i${i})`).join(', ');
    const rows = await session.query(`${NUMBERS}(${list})`, binds, signal);
    for (const [objectId, dataObjectId = null] of rows) now.set(objectId ?? '', dataObjectId);
  }
  const moved = indexOrganized.filter(({ segments = [] }) =>
    segments.some(({ objectId, dataObjectId }) => now.get(objectId) !== dataObjectId),
  );
  return new Set(moved.map(({ table }) => table));
}

/** Buckets that have about as many bytes as asked for, one for a small table. */
export function cutBuckets(
  bytes: number,
  { chunkMegabytes, chunksMax }: Omit<ChunkLimits, 'chunksMin'>,
): BucketChunk[] {
  const asked = Math.ceil(bytes / (chunkMegabytes * 2 ** 20));
  const of = Math.max(1, Math.min(asked, BUCKETS_MAX, chunksMax));
  return Array.from({ length: of }, (_, bucket) => ({ number: bucket + 1, bucket, of }));
}

/** By the size of its index and overflow table. @throws Failure source-table-changed when the index is not there */
export async function planBuckets(
  session: Asking,
  table: TableName,
  limits: ChunkLimits,
  signal: AbortSignal,
): Promise<readonly BucketChunk[]> {
  const parts = await partsOf(session, [table], signal);
  if (!parts.some(({ type }) => type === 'INDEX'))
    throw new Failure('source-table-changed', `${table} is not index-organized any more`);
  let bytes = 0;
  for (const { owner, name, type } of parts) {
    const [row] = await session.query(BYTES, { o: owner, n: name, t: type }, signal);
    bytes += Number(row?.[0] ?? 0);
  }
  return cutBuckets(bytes, limits);
}
