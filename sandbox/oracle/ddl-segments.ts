import { fillIndex } from './ddl-constraints.ts';
import { lockedTable, restructure, rowsOf } from './ddl-place.ts';
import type { DdlPlace } from './ddl-place.ts';
import { OracleError } from './engine.ts';
import { pieceFor } from './partitions.ts';
import { notPretended } from './refusal.ts';
import type { TableChange } from './sql-syntax.ts';
import type { Partition, Partitioning, Piece, Row, Slot, Table } from './store.ts';

/** DDL that gives a table or partition another segment: rows go or move without redo of their own. Source: VLDB and Partitioning Guide. */
type Change<Kind extends TableChange['kind']> = TableChange & { readonly kind: Kind };

export function truncateTable({ table: name }: Change<'truncate table'>, place: DdlPlace): void {
  const table = lockedTable(name, place, true);
  restructure(place, table, () => {
    const { catalog } = place.instance;
    for (const piece of [...table.pieces]) replace(table, piece, catalog.emptied(piece));
    const { organization } = table;
    if (organization?.overflow) {
      organization.overflow = catalog.overflow(organization.overflow.objectId, catalog.newObjectId());
    }
    reindex(table);
  });
}

/** Indexes stay usable, as with ONLINE or UPDATE INDEXES. */
export function moveTable({ table: name }: Change<'move table'>, place: DdlPlace): void {
  const table = lockedTable(name, place);
  if (table.partitioning !== undefined) {
    throw new OracleError(14_511, 'cannot perform operation on a partitioned object');
  }
  const rows = [...rowsOf(table)].map(({ values }) => values);
  restructure(place, table, (transaction) => {
    for (const old of [...table.pieces]) {
      const piece = place.instance.catalog.emptied(old);
      replace(table, old, piece);
      for (const values of rows) {
        transaction.rewrite(
          piece.segment.add((block, row) => ({ table, piece, block, row, head: undefined })),
          values,
        );
      }
    }
    reindex(table);
  });
}

export function changePartition(statement: Change<'truncate partition' | 'drop partition'>, place: DdlPlace): void {
  const table = lockedTable(statement.table, place);
  const { partitioning, partition } = partitionNamed(table, statement.partition);
  if (statement.kind === 'truncate partition') {
    restructure(place, table, () => {
      for (const piece of partition.pieces) replace(table, piece, place.instance.catalog.emptied(piece));
      reindex(table);
    });
    return;
  }
  if (partitioning.kind === 'HASH') {
    throw new OracleError(14_255, 'table is not partitioned by Range, List, Composite Range or Composite List method');
  }
  if (partitioning.partitions.length === 1) {
    throw new OracleError(14_083, 'cannot drop the only partition of a partitioned table');
  }
  restructure(place, table, () => {
    for (const piece of partition.pieces) piece.replaced = true;
    table.pieces = table.pieces.filter(({ replaced }) => !replaced);
    partitioning.partitions.splice(partitioning.partitions.indexOf(partition), 1);
    reindex(table);
  });
}

function partitionNamed(
  table: Table,
  name: string,
): { readonly partitioning: Partitioning; readonly partition: Partition } {
  const { partitioning } = table;
  if (partitioning === undefined) throw new OracleError(14_501, 'object is not partitioned');
  const partition = partitioning.partitions.find((each) => each.name === name);
  if (partition === undefined) throw new OracleError(2149, 'Specified partition does not exist');
  return { partitioning, partition };
}

function replace(table: Table, old: Piece, piece: Piece): void {
  old.replaced = true;
  table.pieces = table.pieces
    .map((each) => (each === old ? piece : each))
    .sort((left, right) => left.dataObjectId - right.dataObjectId);
  for (const partition of table.partitioning?.partitions ?? []) {
    partition.pieces = partition.pieces.map((each) => (each === old ? piece : each));
  }
}

function reindex(table: Table): void {
  for (const index of table.indexes) {
    index.slots.clear();
    fillIndex(table, index);
  }
}

/** The partition and the table change segments, so rows keep their ROWIDs and data object numbers. */
export function exchangePartition(statement: Change<'exchange partition'>, place: DdlPlace): void {
  const table = lockedTable(statement.table, place);
  const other = lockedTable(statement.other, place);
  const { partition } = partitionNamed(table, statement.partition);
  const [[inside, ...parts], [outside]] = [partition.pieces, other.pieces];
  if (inside === undefined || outside === undefined || parts.length > 0) {
    throw notPretended('EXCHANGE of a partition with subpartitions');
  }
  checkExchange(table, other, inside);
  restructure(place, table, (transaction) => {
    const [intoTable, intoOther] = [adopted(inside, outside), adopted(outside, inside)];
    const moves = [
      ...placed(outside, { table, piece: intoTable }),
      ...placed(inside, { table: other, piece: intoOther }),
    ];
    replace(table, inside, intoTable);
    replace(other, outside, intoOther);
    for (const { slot, values } of moves) if (values !== undefined) transaction.rewrite(slot, values);
    reindex(table);
    reindex(other);
  });
  other.readableFrom = table.readableFrom;
  other.lastDdl = table.lastDdl;
}

function checkExchange(table: Table, other: Table, inside: Piece): void {
  if (other.organization !== undefined) throw notPretended('EXCHANGE PARTITION with an index-organized table');
  if (other.partitioning !== undefined) {
    throw new OracleError(14_095, 'ALTER TABLE EXCHANGE requires a non-partitioned, non-clustered table');
  }
  const types = ({ columns }: Table): string => JSON.stringify(columns.map(({ declared }) => declared));
  if (types(table) !== types(other)) {
    throw new OracleError(14_097, 'column type or size mismatch in ALTER TABLE EXCHANGE PARTITION');
  }
  for (const { values } of rowsOf(other)) {
    if (pieceFor(table, values) !== inside) {
      throw new OracleError(14_099, 'all rows in table do not qualify for specified partition');
    }
  }
}

/** The object of one with the segment of the other, still without its rows. */
function adopted(object: Piece, { dataObjectId, segment }: Piece): Piece {
  return { ...object, dataObjectId, replaced: false, segment: segment.likewise() };
}

/** Puts a place for every row of a piece at the same place of another, and gives the rows' values. */
function placed(
  from: Piece,
  to: { readonly table: Table; readonly piece: Piece },
): readonly { readonly slot: Slot; readonly values: Row | undefined }[] {
  return from.segment.blocks.flatMap(({ number, slots }) => {
    const block = to.piece.segment.blockNumbered(number);
    return slots.map(({ row, head }) => {
      const slot: Slot = { ...to, block: number, row, head: undefined };
      block?.slots.push(slot);
      return { slot, values: head === undefined || head.deleted ? undefined : head.values };
    });
  });
}
