/**
 * Partial rollback: what remains of a transaction that commits.
 *
 * ROLLBACK TO SAVEPOINT and a statement that fails leave compensation rows (ROLLBACK = 1): the physical inverse of
 * earlier rows, in reverse order, without data worth reading. Each takes out the latest row of the same object and ROW_ID,
 * or, where rows have none, of the same object.
 * Only what a compensation may undo is remembered, by number: a large transaction's rows stay where they are.
 * Pieces of large values are undone by rows that are not read. But what is undone is the end of a transaction so far: all pieces between a
 * change and its compensation are undone too.
 */
import type { TableName } from '../model/table.ts';
import { undoKey } from './held-rows.ts';
import type { CapturedRow, HeldRows } from './held-rows.ts';
import { isPiece, operations } from './redo-row.ts';

export interface Survivors {
  /** Places, in the order of the rows, of compensations and of what they undo. */
  readonly dead: ReadonlySet<number>;
  /** Per table, a compensation that undoes nothing that was read. */
  readonly unmatched: ReadonlyMap<TableName, string>;
}

const NOTHING: Survivors = { dead: new Set(), unmatched: new Map() };

function inverseOf(operation: number): number | undefined {
  if (operation === operations.insert) return operations.delete;
  if (operation === operations.delete) return operations.insert;
  return operation === operations.update ? operations.update : undefined;
}

const unmatchedText = ({ row, table }: CapturedRow): string =>
  `${table.table}: transaction ${row.xid} undoes a change at SCN ${row.scn} that was not read (RS_ID ${row.rsId})`;

interface Live {
  readonly place: number;
  readonly operation: number;
}

/** The latest change that is not undone yet, if the compensation is its inverse. */
function undone(stack: Live[], operation: number, dead: ReadonlySet<number>): Live | undefined {
  let original = stack.pop();
  while (original !== undefined && dead.has(original.place)) original = stack.pop();
  return original?.operation === inverseOf(operation) ? original : undefined;
}

/** So many rows are looked at between two pauses. */
const ROWS_AT_A_TIME = 10_000;

/** With all pieces since. */
function undo(place: number, pieces: number[], dead: Set<number>): void {
  dead.add(place);
  for (let last = pieces.at(-1); last !== undefined && last > place; last = pieces.at(-1)) {
    dead.add(last);
    pieces.pop();
  }
}

/** One pass over the rows of a transaction, with pauses; none without compensations. Places count from 0 in {@link HeldRows.inOrder}. */
export function* survivors(rows: HeldRows): Generator<undefined, Survivors> {
  if (rows.undone.size === 0) return NOTHING;
  const dead = new Set<number>();
  const unmatched = new Map<TableName, string>();
  const stacks = new Map<string, Live[]>([...rows.undone].map((key) => [key, []]));
  const pieces: number[] = [];
  let place = 0;
  // Sorted before matching: Oracle 19.13 gives a compensation before its original, within one RS_ID.
  for (const captured of rows.inOrder()) {
    const { row, table } = captured;
    const key = undoKey(captured);
    if (isPiece(row)) {
      pieces.push(place);
    } else if (row.rollback) {
      const original = undone(stacks.get(key) ?? [], row.operation, dead);
      if (original) undo(original.place, pieces, dead);
      else if (!unmatched.has(table.table)) unmatched.set(table.table, unmatchedText(captured));
      dead.add(place);
    } else {
      const live = { place, operation: row.operation };
      for (const each of new Set([key, row.dataObject])) stacks.get(each)?.push(live);
    }
    place += 1;
    if (place % ROWS_AT_A_TIME === 0) yield;
  }
  return { dead, unmatched };
}
