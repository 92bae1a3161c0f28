/**
 * Partial rollback: what remains of a transaction that commits.
 *
 * ROLLBACK TO SAVEPOINT and a statement that fails leave compensation rows (ROLLBACK = 1): the physical inverse of
 * earlier rows, in reverse order, without data worth reading. Each takes out the latest row of the same object and ROW_ID.
 */
import { Failure } from '../model/failure.ts';
import { compareScn } from '../model/scn.ts';
import type { TableDescription } from '../model/table.ts';
import { operations } from './redo-row.ts';
import type { RedoRow } from './redo-row.ts';

export interface CapturedRow {
  readonly row: RedoRow;
  readonly table: TableDescription;
}

/** In the order of redo: log sequence, block and offset have a fixed width, until the sequence outgrows its own. */
export const compareRsIds = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

/** By (SCN, RS_ID, SSN, arrival): sort() is stable, and up to 255 rows of an array DELETE share the first three. */
const compareRows = ({ row: a }: CapturedRow, { row: b }: CapturedRow): number =>
  compareScn(a.scn, b.scn) || compareRsIds(a.rsId, b.rsId) || a.ssn - b.ssn;

/** Nearly always: LogMiner merges redo by SCN. */
function inOrder(rows: readonly CapturedRow[]): boolean {
  let last: CapturedRow | undefined;
  for (const row of rows) {
    if (last !== undefined && compareRows(last, row) > 0) return false;
    last = row;
  }
  return true;
}

/**
 * The rows that took effect, by (SCN, RS_ID, SSN, arrival). `arrived`: all rows of one transaction.
 * @throws Failure `source-redo-undecodable` for a compensation that undoes nothing
 */
export function survivingRows(arrived: readonly CapturedRow[]): readonly CapturedRow[] {
  // Sorted before matching: Oracle 19.13 gives a compensation before its original, within one RS_ID.
  const rows = inOrder(arrived) ? arrived : arrived.toSorted(compareRows);
  if (!rows.some(({ row }) => row.rollback)) return rows;
  const live = new LiveRows();
  rows.forEach((captured, index) => {
    if (captured.row.rollback) live.cancel(captured);
    else live.push(captured.row, index);
  });
  return rows.filter((_, index) => live.has(index));
}

/** Rows not yet undone, as stacks per object and per (object, ROW_ID). */
class LiveRows {
  readonly #live = new Map<number, RedoRow>();
  readonly #stacks = new Map<string, number[]>();

  has(index: number): boolean {
    return this.#live.has(index);
  }

  push(row: RedoRow, index: number): void {
    this.#live.set(index, row);
    this.#stack(row.dataObject).push(index);
    if (namesOneRow(row.rowId)) this.#stack(`${row.dataObject} ${row.rowId}`).push(index);
  }

  cancel({ row, table }: CapturedRow): void {
    // Index-organized and clustered rows have no ROW_ID of their own: the latest change of the object is the one undone.
    const stack = this.#stack(namesOneRow(row.rowId) ? `${row.dataObject} ${row.rowId}` : row.dataObject);
    let index = stack.pop();
    while (index !== undefined && !this.#live.has(index)) index = stack.pop();
    const original = index === undefined ? undefined : this.#live.get(index);
    if (index === undefined || original?.operation !== inverseOf(row.operation)) {
      throw new Failure(
        'source-redo-undecodable',
        `${table.table} at SCN ${row.scn}: transaction ${row.xid} undoes a change that was not read (RS_ID ${row.rsId}). ` +
          'Nothing was skipped. Start the task anew; report this if it repeats.',
      );
    }
    this.#live.delete(index);
  }

  #stack(key: string): number[] {
    const known = this.#stacks.get(key);
    if (known) return known;
    const made: number[] = [];
    this.#stacks.set(key, made);
    return made;
  }
}

/** `AAAAAAAAAAAAAAAAAA` stands for "no ROWID". */
const namesOneRow = (rowId: string | null): rowId is string => rowId !== null && !/^A*$/.test(rowId);

function inverseOf(operation: number): number | undefined {
  if (operation === operations.insert) return operations.delete;
  if (operation === operations.delete) return operations.insert;
  return operation === operations.update ? operations.update : undefined;
}
