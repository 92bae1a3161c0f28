import { comparatorOf } from './conversions.ts';
import { OracleError } from './engine.ts';
import type { SqlValue } from './engine.ts';
import { keyOf } from './store.ts';
import type { Partition, Partitioning, Piece, RangeValue, Row, Slot, Table } from './store.ts';

/** Where a row of a partitioned table belongs. Source: Oracle VLDB and Partitioning Guide, "Partitioning Concepts". */

/** @throws OracleError 14400 when no partition takes such a row. */
export function newSlot(table: Table, values: Row): Slot {
  const piece = pieceFor(table, values);
  return piece.segment.add((block, row) => ({ table, piece, block, row, head: undefined }));
}

/** Among list values, NULL is one. */
const NULL_KEY = '\u0001null';

export function listKey(values: Row, columns: readonly number[]): string {
  return keyOf(values, columns) ?? NULL_KEY;
}

/** @throws OracleError 14400 when no partition takes the row. */
export function pieceFor(table: Table, values: Row): Piece {
  const { partitioning } = table;
  if (partitioning === undefined) return onlyPiece(table.pieces);
  const partition = partitionFor(table, partitioning, values);
  if (partition === undefined) throw new OracleError(14_400, 'inserted partition key does not map to any partition');
  const { subpartitions } = partitioning;
  if (subpartitions === undefined) return onlyPiece(partition.pieces);
  return onlyPiece(partition.pieces.slice(hashOf(values, subpartitions.columns) % partition.pieces.length));
}

function onlyPiece([piece]: readonly Piece[]): Piece {
  if (piece === undefined) throw new Error('every partition has a place for rows');
  return piece;
}

function partitionFor(table: Table, partitioning: Partitioning, values: Row): Partition | undefined {
  const { kind, columns, partitions } = partitioning;
  if (kind === 'HASH') return partitions[hashOf(values, columns) % partitions.length];
  if (kind === 'LIST') {
    const key = listKey(values, columns);
    const named = partitions.find(({ bound }) => bound.kind === 'LIST' && bound.keys.has(key));
    return named ?? partitions.find(({ bound }) => bound.kind === 'LIST' && bound.takesOthers);
  }
  const key = columns.map((column) => values[column] ?? null);
  return partitions.find(({ bound }) => bound.kind === 'RANGE' && compareToBound(table, columns, key, bound.below) < 0);
}

/** NULL is above every value, and only below MAXVALUE. */
function compareToBound(
  table: Table,
  columns: readonly number[],
  key: readonly SqlValue[],
  bound: readonly RangeValue[],
): number {
  for (const [index, column] of columns.entries()) {
    const [value, limit] = [key[index] ?? null, bound[index]];
    if (limit === undefined) return -1;
    if (value === null) return 1;
    const order = comparatorOf(table.columns[column]?.declared.type ?? 'VARCHAR2')(value, limit);
    if (order !== 0) return order;
  }
  return 0;
}

/** FNV-1a of the key; Oracle's own function is not published. */
function hashOf(values: Row, columns: readonly number[]): number {
  let hash = 0x811c_9dc5;
  for (const character of Buffer.from(listKey(values, columns))) {
    hash = Math.imul(hash ^ character, 0x0100_0193) >>> 0;
  }
  return hash;
}
