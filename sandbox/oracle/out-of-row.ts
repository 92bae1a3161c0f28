/** Which values of a change LogMiner does not print in its statement (Oracle Database Utilities: LOBs, and columns of extended types). */
import { isExtended, isLob } from './declared-types.ts';
import type { SqlValue } from './engine.ts';
import type { RedoRecord } from './redo-types.ts';
import type { Column } from './store.ts';

/** Beyond, a value lies out of the row (SecureFiles and Large Objects Developer's Guide, ENABLE STORAGE IN ROW). */
const IN_ROW_BYTES = 4000;
/** Columns that supplemental logging leaves out. */
export const isUnlogged = ({ declared }: Column): boolean => isLob(declared.type) || isExtended(declared);

const withPieces = new WeakMap<readonly Column[], boolean>();

/** Whether rows of these columns may have pieces. */
export function mayHavePieces({ shape }: RedoRecord): boolean {
  if (shape === undefined) return false;
  let known = withPieces.get(shape.columns);
  if (known === undefined) withPieces.set(shape.columns, (known = shape.columns.some(isUnlogged)));
  return known;
}

function isOutOfRow(value: SqlValue): boolean {
  if (value === null) return false;
  return (typeof value === 'string' ? Buffer.byteLength(value) : value.length) > IN_ROW_BYTES;
}

/** The column's value, before or after the change, is not in the statement. */
export function isApart(record: RedoRecord, column: Column, index: number): boolean {
  if (!isUnlogged(column)) return false;
  return isOutOfRow(record.before?.[index] ?? null) || isOutOfRow(record.after?.[index] ?? null);
}

/** False for an UPDATE that is told in pieces only. */
export function hasStatement(record: RedoRecord): boolean {
  const { kind, shape, columns } = record;
  if (kind !== 'update' || shape === undefined || columns === undefined) return true;
  return columns.some((index) => {
    const column = shape.columns[index];
    return column === undefined || !isApart(record, column, index);
  });
}
