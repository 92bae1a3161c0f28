/**
 * A value of redo in stored bytes → the canonical value of its column. LogMiner prints `"COL 3" = HEXTORAW('c102')` where its dictionary is
 * not that of the change: 3 is SEGMENT_COLUMN_ID.
 */
import type { Column, DatabaseSettings, Value } from '../model/table.ts';
import { toUtc } from './calendar.ts';
import { columnValue } from './column-values.ts';
import { InternalFormatError, internalValue } from './internal-formats.ts';
import type { Literal } from './literals.ts';
import type { RedoRow } from './redo-row.ts';

export const storedName = (segmentColumn: number): string => `COL ${String(segmentColumn)}`;

const STORED_NAME = /^COL ([1-9]\d*)$/;

/** The SEGMENT_COLUMN_ID of a {@link storedName}; undefined for another name. */
export function storedPlace(name: string): number | undefined {
  const digits = STORED_NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** LogMiner could not name what the row is of. STATUS 2 with an empty INFO also occurs for LONG columns, and is harmless. */
const isMismatch = ({ status, info }: RedoRow): boolean => status !== 0 && (info ?? '').trim() !== '';

const UNRESOLVED = /^OBJ# \d+$/;

/** DATA_OBJ# is then all that tells the table. */
const isUnresolved = ({ table }: RedoRow): boolean => table !== null && UNRESOLVED.test(table);

/** Whether the row's columns are {@link storedName}s; a table may have columns that are really called so. */
export const isStored = (row: RedoRow): boolean => isMismatch(row) || isUnresolved(row);

/** A statement up to its first column. */
const STORED_HEAD =
  /^(?:insert into "[^"]+"\."[^"]+" ?\(|update "[^"]+"\."[^"]+"(?: a)? set (?:a\.)?|delete from "[^"]+"\."[^"]+"(?: a)? where (?:a\.)?)"COL [1-9]\d*"/;

/** STATUS of a statement that LogMiner made in full, and of one that it does not vouch for. */
const COMPLETE = 0;
const DOUBTFUL = 2;

/**
 * Whether an INSERT, UPDATE or DELETE can be read at all. A dictionary mismatch can if its columns are stored ones; of a compensation
 * nothing is read, and it may have no column.
 */
export function canDecode(row: RedoRow): boolean {
  if (row.status === COMPLETE) return true;
  return row.status === DOUBTFUL && (row.rollback || !isMismatch(row) || STORED_HEAD.test(row.sqlRedo ?? ''));
}

const NATIONAL = new Set(['NCHAR', 'NVARCHAR2']);
const LOCAL_TIME = 'TIMESTAMP WITH LOCAL TIME ZONE';
const FIXED_OFFSET = /^([+-]?)(\d\d):(\d\d)$/;

/** @throws InternalFormatError for what is not stored bytes of the column's type, or cannot be told without knowing the database */
export function storedValue(literal: Literal, column: Column, database: DatabaseSettings | undefined): Value {
  if (literal === null) return null;
  if (typeof literal !== 'object' || literal.kind !== 'hex' || literal.json) {
    throw new InternalFormatError('not stored bytes');
  }
  const bytes = Buffer.from(literal.text, 'hex');
  const value = column.type.base === LOCAL_TIME ? localTime(bytes, column, database) : ofType(bytes, column, database);
  if (value === undefined) throw new InternalFormatError(`not a ${column.type.base}`);
  return value;
}

function ofType(bytes: Uint8Array, column: Column, database: DatabaseSettings | undefined): Value | undefined {
  const characterSet = NATIONAL.has(column.type.base) ? database?.nationalCharacterSet : database?.characterSet;
  return columnValue(internalValue(bytes, column.type, characterSet ?? 'which is not known'), column);
}

/** Stored in the database's time zone. */
function localTime(bytes: Uint8Array, column: Column, database: DatabaseSettings | undefined): Value | undefined {
  const zone = FIXED_OFFSET.exec(database?.timeZone ?? '');
  if (!zone) throw new InternalFormatError('the database is not in a time zone of a fixed offset');
  const type = { ...column.type, base: 'TIMESTAMP' };
  const local = columnValue(internalValue(bytes, type, ''), { ...column, type });
  const minutes = Number(zone[2]) * 60 + Number(zone[3]);
  return typeof local === 'string' ? toUtc(local, zone[1] === '-' ? -minutes : minutes) : undefined;
}
