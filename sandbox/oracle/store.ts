import type { SqlValue } from './engine.ts';
import { skipValues } from './row-format.ts';
import type { RowFormat, RowPage, StoredColumn } from './row-format.ts';
import { encodeRowid } from './rowids.ts';
import { DATA_FILE } from './segments.ts';
import type { Segment } from './segments.ts';
import type { Condition, Expression } from './sql-syntax.ts';

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

/** A row that makes a value when it is asked for one. */
export abstract class LazyRow implements SourceRow {
  abstract readonly values: Row;
  abstract readonly slot: Slot | undefined;
  abstract value(column: number): SqlValue;
}

const NO_VALUES: Row = [];
/** The `offset` of a deleted row. */
const NOWHERE = -1;

/** A change of a row: who made it and what the row is since then, kept as bytes (row-format.ts). */
export class Version extends LazyRow {
  readonly slot: Slot;
  readonly kind: 'insert' | 'update' | 'delete';
  /** UPDATE: positions of the columns that the statement named, ascending. */
  readonly columns: readonly number[] | undefined;
  readonly writer: Writer;
  /** Counts the changes of the whole database: an open cursor does not see its own session's later changes. */
  readonly sequence: number;
  /** Redo reads the before-image from it. */
  readonly previous: Version | undefined;
  readonly page: RowPage;
  /** In the page; -1 for a deleted row. */
  readonly offset: number;

  constructor(
    slot: Slot,
    change: {
      readonly kind: 'insert' | 'update' | 'delete';
      readonly columns: readonly number[] | undefined;
      readonly values: Row | undefined;
    },
    made: { readonly writer: Writer; readonly sequence: number; readonly format: RowFormat },
  ) {
    super();
    this.slot = slot;
    this.kind = change.kind;
    this.columns = change.columns;
    this.writer = made.writer;
    this.sequence = made.sequence;
    this.previous = slot.head;
    this.offset = change.values === undefined ? NOWHERE : made.format.store(change.values);
    this.page = made.format.page;
  }

  get deleted(): boolean {
    return this.offset === NOWHERE;
  }

  get values(): Row {
    return this.valuesIn(this.slot.table.columns);
  }

  /** As a row of a table with these columns, of which it may lack the last ones. */
  valuesIn(columns: readonly StoredColumn[]): Row {
    if (this.deleted) return NO_VALUES;
    const values = this.page.format.read(this.page.bytes, this.offset);
    for (let column = values.length; column < columns.length; column++) values.push(columns[column]?.initial ?? null);
    return values;
  }

  value(column: number): SqlValue {
    if (this.deleted) return null;
    if (column >= this.page.format.columnCount) return this.slot.table.columns[column]?.initial ?? null;
    return this.page.format.readColumn(this.page.bytes, this.offset, column);
  }

  /** Length of the stored row. */
  get byteLength(): number {
    if (this.deleted) return 0;
    return skipValues(this.page.bytes, this.offset, this.page.format.columnCount) - this.offset;
  }

  before(columns: readonly StoredColumn[]): Row | undefined {
    return this.kind === 'insert' ? undefined : this.previous?.valuesIn(columns);
  }

  after(columns: readonly StoredColumn[]): Row | undefined {
    return this.kind === 'delete' ? undefined : this.valuesIn(columns);
  }
}

export interface Slot {
  readonly table: Table;
  readonly piece: Piece;
  readonly block: number;
  readonly row: number;
  head: Version | undefined;
}

export interface Snapshot {
  readonly scn: number;
  readonly own: Writer | undefined;
  readonly sequence: number;
}

export interface Column extends StoredColumn {
  readonly nullable: boolean;
  /** DEFAULT. */
  readonly fallback: Expression | undefined;
  /** DEFAULT as it was written: DATA_DEFAULT. */
  readonly fallbackText?: string | undefined;
}

export interface Constraint {
  readonly name: string;
  /** `index`: CREATE UNIQUE INDEX, which is no constraint to the dictionary. */
  readonly kind: 'primary' | 'unique' | 'notNull' | 'check' | 'index';
  /** Positions of its columns. */
  readonly columns: readonly number[];
  /** CHECK. */
  readonly condition?: Condition;
}

/** What a table's rows look like from one structural DDL to the next. */
export interface Shape {
  /** DATA_OBJV#: 1 at CREATE TABLE. */
  readonly version: number;
  readonly columns: readonly Column[];
}

/** Slots by the key that a unique constraint gives them, of all versions: readers of the past look up here as well. */
export interface UniqueIndex {
  readonly constraint: Constraint;
  /** A list only where several slots have had the key. */
  readonly slots: Map<string, Slot | Slot[]>;
}

/** What has a segment: a table, or a partition or subpartition of one. */
export interface Piece {
  readonly kind: 'TABLE' | 'TABLE PARTITION' | 'TABLE SUBPARTITION';
  /** The partition's or subpartition's name. */
  readonly name: string | null;
  readonly objectId: number;
  /** Of its segment: ROWIDs begin with it. */
  readonly dataObjectId: number;
  /** Another has taken its place: TRUNCATE, MOVE, DROP PARTITION. */
  replaced: boolean;
  readonly segment: Segment<Slot>;
}

/** Of an index-organized table: the object number of the index, whose segment is that of the table's only piece. */
export interface IndexOrganization {
  readonly indexId: number;
  overflow: Overflow | undefined;
}

export type Overflow = Pick<Piece, 'objectId' | 'dataObjectId' | 'segment'>;

/** How a table is partitioned. */
export interface Partitioning {
  readonly kind: 'RANGE' | 'LIST' | 'HASH';
  /** Positions of the key's columns. */
  readonly columns: readonly number[];
  /** In the order of their bounds. */
  readonly partitions: Partition[];
  /** Subpartitions by hash, so many in each partition. */
  readonly subpartitions: { readonly columns: readonly number[]; readonly count: number } | undefined;
  /** ENABLE ROW MOVEMENT: an update may move a row to another partition. */
  readonly rowMovement: boolean;
}

export interface Partition {
  readonly name: string;
  readonly objectId: number;
  readonly bound: PartitionBound;
  /** DBA_TAB_PARTITIONS.HIGH_VALUE. */
  readonly highValue: string | null;
  /** Itself, or its subpartitions. */
  pieces: readonly Piece[];
}

export type PartitionBound =
  | { readonly kind: 'RANGE'; readonly below: readonly RangeValue[] }
  | { readonly kind: 'LIST'; readonly keys: ReadonlySet<string>; readonly takesOthers: boolean }
  | { readonly kind: 'HASH' };

/** Undefined: MAXVALUE. */
export type RangeValue = string | Buffer | undefined;

export interface Table {
  readonly owner: string;
  name: string;
  readonly objectId: number;
  /** Commit SCN of its CREATE TABLE, or of later DDL that changed its structure: flashback does not go behind it. */
  readableFrom: number;
  shape: Shape;
  /** Those of `shape`. */
  columns: readonly Column[];
  constraints: readonly Constraint[];
  indexes: readonly UniqueIndex[];
  /** In ascending order of their data object numbers. */
  pieces: Piece[];
  partitioning: Partitioning | undefined;
  readonly organization: IndexOrganization | undefined;
  /** ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS. */
  logAllColumns: boolean;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
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
  return encodeRowid({ object: slot.piece.dataObjectId, file: DATA_FILE, block: slot.block, row: slot.row });
}

/** The key of a row in a unique index; undefined when all its columns are NULL, which no constraint compares. */
export function keyOf(values: Row, columns: readonly number[]): string | undefined {
  return keyFrom(columns, (column) => values[column] ?? null);
}

/** As `keyOf`, of a stored row; undefined for a deleted one. */
export function keyOfVersion(version: Version | undefined, columns: readonly number[]): string | undefined {
  return version === undefined || version.deleted ? undefined : keyFrom(columns, (column) => version.value(column));
}

function keyFrom(columns: readonly number[], read: (column: number) => SqlValue): string | undefined {
  if (columns.length === 1) return keyPart(read(columns[0] ?? 0));
  let key = '';
  let empty = true;
  for (const column of columns) {
    const part = keyPart(read(column));
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
  if (slots === undefined) index.slots.set(key, slot);
  else if (!Array.isArray(slots)) {
    if (slots !== slot) index.slots.set(key, [slots, slot]);
  } else if (!slots.includes(slot)) slots.push(slot);
}

/** The slots that have, or once had, the key. */
export function slotsWithKey(index: UniqueIndex, key: string): readonly Slot[] {
  const slots = index.slots.get(key);
  if (slots === undefined) return [];
  return Array.isArray(slots) ? slots : [slots];
}

/** For an insert that was rolled back: its slot never holds a row again. */
export function removeFromIndex(index: UniqueIndex, slot: Slot, values: Row): void {
  const key = keyOf(values, index.constraint.columns);
  const slots = key === undefined ? undefined : index.slots.get(key);
  if (key === undefined || slots === undefined) return;
  if (!Array.isArray(slots) || slots.length === 1) index.slots.delete(key);
  else slots.splice(slots.indexOf(slot), 1);
}
