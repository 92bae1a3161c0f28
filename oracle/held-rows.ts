/** The rows of transactions that have not ended, all of one range together, and of each what its partial rollbacks need. */
import { compareScn } from '../model/scn.ts';
import type { TableDescription } from '../model/table.ts';
import type { RedoRow } from './redo-row.ts';
import { Scratch, ScratchFile, rowLine, rowOfLine } from './spilled-rows.ts';
import type { Segment } from './spilled-rows.ts';

export interface CapturedRow {
  readonly row: RedoRow;
  readonly table: TableDescription;
}

/** A row's fields besides its SQL, and the SQL's two bytes per character. */
const ROW_BYTES = 600;
const bytesOf = ({ sqlRedo }: RedoRow): number => ROW_BYTES + 2 * (sqlRedo?.length ?? 0);

/** Lines of one append: together well below what a buffer holds. */
const APPEND_BYTES = 4 * 1_048_576;

export class RowStore {
  readonly #file: ScratchFile;
  readonly #memoryBytes: number;
  readonly #held = new Set<HeldRows>();
  readonly #tables: TableDescription[] = [];
  readonly #places = new Map<TableDescription, number>();
  #bytes = 0;
  #onDisk = 0;

  constructor(scratch: Scratch = new Scratch()) {
    this.#file = new ScratchFile(scratch);
    this.#memoryBytes = scratch.memoryBytes;
  }

  hold(): HeldRows {
    return new HeldRows(this);
  }

  /** The rows of `held` in memory grew; beyond the limit, all that is in memory goes to the disk. */
  grown(held: HeldRows, row: RedoRow): void {
    this.#held.add(held);
    this.#bytes += bytesOf(row);
    if (this.#bytes <= this.#memoryBytes) return;
    for (const each of this.#held) {
      if (!each.spilled) this.#onDisk += 1;
      each.spill();
    }
    this.#held.clear();
    this.#bytes = 0;
  }

  released(held: HeldRows, inMemory: readonly CapturedRow[]): void {
    if (this.#held.delete(held)) for (const { row } of inMemory) this.#bytes -= bytesOf(row);
    if (!held.spilled) return;
    this.#onDisk -= 1;
    if (this.#onDisk === 0) this.#file.empty();
  }

  *write(rows: readonly CapturedRow[]): Generator<Segment, void> {
    let lines: string[] = [];
    let bytes = 0;
    for (const { row, table } of rows) {
      lines.push(rowLine(this.#placeOf(table), row));
      bytes += bytesOf(row);
      if (bytes < APPEND_BYTES) continue;
      yield this.#file.append(lines);
      lines = [];
      bytes = 0;
    }
    if (lines.length > 0) yield this.#file.append(lines);
  }

  *read(segment: Segment): Generator<CapturedRow, void> {
    for (const line of this.#file.lines(segment)) {
      const { table: place, row } = rowOfLine(line);
      const table = this.#tables[place];
      if (table) yield { row, table };
    }
  }

  close(): void {
    this.#file.close();
  }

  #placeOf(table: TableDescription): number {
    const known = this.#places.get(table);
    if (known !== undefined) return known;
    this.#places.set(table, this.#tables.length);
    return this.#tables.push(table) - 1;
  }
}

/** `AAAAAAAAAAAAAAAAAA` stands for "no ROWID". */
const namesOneRow = (rowId: string | null): rowId is string => rowId !== null && !/^A*$/.test(rowId);

/**
 * Which changes a compensation may undo. The rows of an index-organized table have no ROW_ID, and whether DATA_OBJ# is the table's or its
 * index's is nowhere documented: those of one transaction are one stack. Without ROW_ID it is one for each object.
 */
export const undoKey = ({ row, table }: CapturedRow): string => {
  if (table.indexOrganized) return table.table;
  return namesOneRow(row.rowId) ? `${row.dataObject} ${row.rowId}` : row.dataObject;
};

/** The rows of one transaction. */
export class HeldRows {
  readonly #store: RowStore;
  #inMemory: CapturedRow[] = [];
  readonly #segments: Segment[] = [];
  #last: RedoRow['scn'] | undefined;
  #scnsRise = true;
  count = 0;
  /** What its compensations undo, as {@link undoKey}; empty for nearly every transaction. */
  readonly undone = new Set<string>();

  constructor(store: RowStore) {
    this.#store = store;
  }

  get spilled(): boolean {
    return this.#segments.length > 0;
  }

  push(row: RedoRow, table: TableDescription): void {
    if (this.#last !== undefined && compareScn(this.#last, row.scn) > 0) this.#scnsRise = false;
    this.#last = row.scn;
    if (row.rollback) this.undone.add(undoKey({ row, table }));
    this.#inMemory.push({ row, table });
    this.count += 1;
    this.#store.grown(this, row);
  }

  spill(): void {
    this.#segments.push(...this.#store.write(this.#inMemory));
    this.#inMemory = [];
  }

  /** By (SCN, RS_ID, SSN, arrival), as often as wanted before {@link release}. */
  *inOrder(): Generator<CapturedRow, void> {
    if (!this.#scnsRise) {
      yield* [...this.#arrived()].sort(compareRows);
      return;
    }
    let sameScn: CapturedRow[] = [];
    for (const captured of this.#arrived()) {
      if (sameScn[0] !== undefined && sameScn[0].row.scn !== captured.row.scn) {
        yield* sorted(sameScn);
        sameScn = [];
      }
      sameScn.push(captured);
    }
    yield* sorted(sameScn);
  }

  release(): void {
    this.#store.released(this, this.#inMemory);
    this.#inMemory = [];
    this.#segments.length = 0;
    this.count = 0;
  }

  *#arrived(): Generator<CapturedRow, void> {
    for (const segment of this.#segments) yield* this.#store.read(segment);
    yield* this.#inMemory;
  }
}

/** In the order of redo: log sequence, block and offset have a fixed width, until the sequence outgrows its own. */
export const compareRsIds = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

/** By (SCN, RS_ID, SSN, arrival): sort() is stable, and up to 255 rows of an array DELETE share the first three. */
const compareRows = ({ row: a }: CapturedRow, { row: b }: CapturedRow): number =>
  compareScn(a.scn, b.scn) || compareRsIds(a.rsId, b.rsId) || a.ssn - b.ssn;

const sorted = (rows: CapturedRow[]): readonly CapturedRow[] => (rows.length > 1 ? rows.sort(compareRows) : rows);
