import type { SqlValue } from './engine.ts';
import { encodeRowid } from './rowids.ts';
import type { RowidParts } from './rowids.ts';
import { DATA_FILE } from './segments.ts';
import type { Segment } from './segments.ts';
import type { DeclaredType, Expression } from './sql-syntax.ts';

/** The multi-version rows of the tables. A row keeps its place (slot) for life; its versions hang there, newest first. */
export type Row = readonly SqlValue[];

/** Who wrote a version: a transaction, seen from here. */
export interface Writer {
  /** undefined while the transaction is open. */
  readonly commitScn: number | undefined;
}

/** What an expression can read: the row of a table or of a view. */
export interface SourceRow {
  readonly values: Row;
  readonly slot: Slot | undefined;
}

export interface Version extends SourceRow {
  readonly slot: Slot;
  readonly deleted: boolean;
  readonly writer: Writer;
  /** Counts the changes of the whole database: an open cursor does not see its own session's later changes. */
  readonly sequence: number;
  readonly previous: Version | undefined;
}

export interface Slot {
  readonly table: Table;
  readonly block: number;
  readonly row: number;
  head: Version | undefined;
}

export interface Snapshot {
  readonly scn: number;
  readonly own: Writer | undefined;
  readonly sequence: number;
}

export interface Column {
  readonly name: string;
  readonly declared: DeclaredType;
  readonly nullable: boolean;
  readonly fallback: Expression | undefined;
}

export interface Constraint {
  readonly name: string;
  readonly kind: 'primary' | 'unique' | 'notNull';
  /** Positions of its columns. */
  readonly columns: readonly number[];
}

/** Slots by the key that a unique constraint gives them, of all versions: readers of the past look up here as well. */
export interface UniqueIndex {
  readonly constraint: Constraint;
  readonly slots: Map<string, Slot[]>;
}

export interface Table {
  readonly owner: string;
  readonly name: string;
  readonly objectId: number;
  /** Commit SCN of its CREATE TABLE: flashback does not go behind it. */
  createdScn: number;
  readonly columns: readonly Column[];
  readonly constraints: readonly Constraint[];
  readonly indexes: readonly UniqueIndex[];
  readonly segment: Segment<Slot>;
  /** ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS. */
  logAllColumns: boolean;
  /** Milliseconds since 1970. */
  lastDdl: number;
  /** DROP TABLE moves it to the recycle bin under another name, PURGE takes the name away for good. */
  state: 'present' | { readonly recycledAs: string } | 'purged';
}

/** The newest version that a reader sees, unless the row does not exist for it. */
export function visibleVersion(slot: Slot, snapshot: Snapshot): Version | undefined {
  for (let version = slot.head; version !== undefined; version = version.previous) {
    if (isVisible(version, snapshot)) return version.deleted ? undefined : version;
  }
  return undefined;
}

function isVisible(version: Version, snapshot: Snapshot): boolean {
  if (version.writer === snapshot.own) return version.sequence <= snapshot.sequence;
  const committed = version.writer.commitScn;
  return committed !== undefined && committed <= snapshot.scn;
}

export function rowidOf(slot: Slot): string {
  return encodeRowid({ object: slot.table.objectId, file: DATA_FILE, block: slot.block, row: slot.row });
}

/** The key of a row in a unique index; undefined when all its columns are NULL, which no constraint compares. */
export function keyOf(values: Row, columns: readonly number[]): string | undefined {
  if (columns.length === 1) return keyPart(values[columns[0] ?? 0] ?? null);
  let key = '';
  let empty = true;
  for (const column of columns) {
    const part = keyPart(values[column] ?? null);
    if (part !== undefined) empty = false;
    key += part === undefined ? '\u0001' : `${part}\u0000`;
  }
  return empty ? undefined : key;
}

export function keyPart(value: SqlValue): string | undefined {
  if (value === null) return undefined;
  return typeof value === 'string' ? value : value.toString('latin1');
}

export function addToIndex(index: UniqueIndex, slot: Slot, values: Row): void {
  const key = keyOf(values, index.constraint.columns);
  if (key === undefined) return;
  const slots = index.slots.get(key);
  if (slots === undefined) index.slots.set(key, [slot]);
  else if (!slots.includes(slot)) slots.push(slot);
}

/** For an insert that was rolled back: its slot never holds a row again. */
export function removeFromIndex(index: UniqueIndex, slot: Slot, values: Row): void {
  const key = keyOf(values, index.constraint.columns);
  const slots = key === undefined ? undefined : index.slots.get(key);
  if (key === undefined || slots === undefined) return;
  if (slots.length === 1) index.slots.delete(key);
  else slots.splice(slots.indexOf(slot), 1);
}

export function newSlot(table: Table): Slot {
  return table.segment.add((block, row) => ({ table, block, row, head: undefined }));
}

/** The slots of the blocks in a ROWID range (both ends inclusive); a bound may belong to another object. */
export function slotsBetween(table: Table, low: RowidParts | undefined, high: RowidParts | undefined): Iterable<Slot> {
  const lowSide = low === undefined ? 1 : sideOf(table, low);
  const highSide = high === undefined ? -1 : sideOf(table, high);
  if (lowSide < 0 || highSide > 0) return [];
  const from = lowSide > 0 ? 0 : (low?.block ?? 0);
  const to = highSide < 0 ? Number.POSITIVE_INFINITY : (high?.block ?? 0);
  return table.segment.slots(from, to);
}

/** Positive: the whole table lies above the bound; negative: below; 0: the bound may be inside. */
function sideOf(table: Table, bound: RowidParts): number {
  return table.objectId - bound.object || DATA_FILE - bound.file;
}
