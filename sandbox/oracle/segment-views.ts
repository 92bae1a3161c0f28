import { encodeDate } from './dates.ts';
import { tables, withIndexOrganized } from './dictionary-views.ts';
import type { ViewDefinition } from './dictionary-views.ts';
import { indexOf, partsOf } from './index-organized.ts';
import { hostMoment } from './instance.ts';
import type { Instance } from './instance.ts';
import { BLOCK_BYTES, BLOCKS_PER_EXTENT, DATA_FILE } from './segments.ts';
import type { Segment } from './segments.ts';
import type { Piece, Slot, Table } from './store.ts';
import type { NamedValues } from './view-columns.ts';

interface NamedSegment {
  readonly owner: string;
  readonly name: string;
  readonly type: Piece['kind'] | 'INDEX';
  readonly partition: string | null;
  readonly segment: Segment<Slot>;
}

/** Those of an index-organized table are not under its own name. */
function segments(table: Table): readonly NamedSegment[] {
  const { owner, name } = table;
  if (table.organization !== undefined) return partsOf(table).map((part) => ({ ...part, owner, partition: null }));
  return table.pieces.map((piece) => ({
    owner,
    name,
    type: piece.kind,
    partition: piece.name,
    segment: piece.segment,
  }));
}

function* extents({ owner, name, type, partition, segment }: NamedSegment): Generator<NamedValues> {
  for (const [index, first] of segment.extents.entries()) {
    yield {
      OWNER: owner,
      SEGMENT_NAME: name,
      SEGMENT_TYPE: type,
      PARTITION_NAME: partition,
      EXTENT_ID: String(index),
      RELATIVE_FNO: String(DATA_FILE),
      FILE_ID: String(DATA_FILE),
      BLOCK_ID: String(first),
      BLOCKS: String(BLOCKS_PER_EXTENT),
      BYTES: String(BLOCKS_PER_EXTENT * BLOCK_BYTES),
    };
  }
}

/** Those that a key or CREATE UNIQUE INDEX made. */
const indexRows = (table: Table): readonly NamedValues[] =>
  table.indexes.map(({ constraint }) => ({
    OWNER: table.owner,
    INDEX_NAME: constraint.name,
    INDEX_TYPE: table.organization !== undefined && constraint === indexOf(table) ? 'IOT - TOP' : 'NORMAL',
    TABLE_OWNER: table.owner,
    TABLE_NAME: table.name,
    UNIQUENESS: 'UNIQUE',
  }));

/** The table, its partitions and their subpartitions; what has no segment of its own has no data object number. */
function* objects(instance: Instance, table: Table): Generator<NamedValues> {
  const row = (
    type: Piece['kind'] | 'INDEX',
    name: string | null,
    ids: readonly [object: number, data: number | null],
    objectName = typeof table.state === 'object' ? table.state.recycledAs : table.name,
  ) => ({
    OWNER: table.owner,
    OBJECT_NAME: objectName,
    SUBOBJECT_NAME: name,
    OBJECT_TYPE: type,
    OBJECT_ID: String(ids[0]),
    DATA_OBJECT_ID: ids[1] === null ? null : String(ids[1]),
    CREATED: encodeDate(hostMoment(instance, table.createdAt)),
    LAST_DDL_TIME: encodeDate(hostMoment(instance, table.lastDdl)),
    STATUS: 'VALID',
  });
  const dataObjectOf = ([piece]: readonly Piece[]): number | null => piece?.dataObjectId ?? null;
  const isWhole = table.partitioning === undefined && table.organization === undefined;
  yield row('TABLE', null, [table.objectId, isWhole ? dataObjectOf(table.pieces) : null]);
  for (const { type, name, objectId, dataObjectId } of partsOf(table)) {
    yield row(type, null, [objectId, dataObjectId], name);
  }
  for (const { name, objectId, pieces } of table.partitioning?.partitions ?? []) {
    const composite = pieces[0]?.objectId !== objectId;
    yield row('TABLE PARTITION', name, [objectId, composite ? null : dataObjectOf(pieces)]);
    if (!composite) continue;
    for (const piece of pieces) yield row('TABLE SUBPARTITION', piece.name, [piece.objectId, piece.dataObjectId]);
  }
}

/** The DBA_ views of objects, indexes and extents. Source: Oracle Database Reference, static data dictionary views. */
export const segmentViews: readonly ViewDefinition[] = [
  {
    name: 'DBA_INDEXES',
    columns: 'OWNER:V128 INDEX_NAME:V128 INDEX_TYPE:V27 TABLE_OWNER:V128 TABLE_NAME:V128 UNIQUENESS:V9',
    rows: (instance, asked) => tables(instance, asked).flatMap(indexRows),
  },
  {
    name: 'DBA_OBJECTS',
    columns:
      'OWNER:V128 OBJECT_NAME:V128 SUBOBJECT_NAME:V128 OBJECT_ID:N DATA_OBJECT_ID:N OBJECT_TYPE:V23 CREATED:D LAST_DDL_TIME:D ' +
      'STATUS:V7',
    rows: (instance, asked) =>
      withIndexOrganized(instance, [...tables(instance, asked, 'OBJECT_NAME'), ...instance.catalog.recycled]).flatMap(
        (table) => [...objects(instance, table)],
      ),
  },
  {
    name: 'DBA_EXTENTS',
    columns:
      'OWNER:V128 SEGMENT_NAME:V128 SEGMENT_TYPE:V18 PARTITION_NAME:V128 EXTENT_ID:N RELATIVE_FNO:N FILE_ID:N BLOCK_ID:N ' +
      'BLOCKS:N BYTES:N',
    rows: (instance, asked) =>
      withIndexOrganized(instance, tables(instance, asked, 'SEGMENT_NAME')).flatMap((table) =>
        segments(table).flatMap((segment) => [...extents(segment)]),
      ),
  },
];
