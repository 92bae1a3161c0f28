/** One chunk of a table, AS OF one SCN, as batches of rows in canonical text (model/table.ts). */
import type { Chunk } from '../model/chunk.ts';
import { Failure } from '../model/failure.ts';
import { isLob } from '../model/large-columns.ts';
import type { Scn } from '../model/scn.ts';
import type { Column, Row, TableDescription, Value } from '../model/table.ts';
import { chunkBinds, quoted, rowsOfChunk } from './chunk-rows.ts';
import { readableType } from './column-values.ts';
import type { CellRow, Session } from './session.ts';

/** Rows of one round trip. Two batches are in memory at once. */
const BATCH_ROWS = 1000;
const BATCH_ROWS_WITH_LOBS = 16;

/**
 * Binds: those of {@link rowsOfChunk}.
 * @throws Failure not-yet-supported for a column of another type
 */
export function copyStatement(description: TableDescription, chunk: Chunk): string {
  const columns = description.columns.map((column) =>
    readableType(column, description).expression(quoted(column.name)),
  );
  return `SELECT /*+ NO_PARALLEL */ ${columns.join(', ')} FROM ${rowsOfChunk(description, chunk)}`;
}

const notOfItsType = ({ table }: TableDescription, { name, type }: Column): Failure =>
  new Failure('source-rejected', `${table}.${name}: the driver returned something that is not a ${type.base}.`);

/** Cells of the copy statement → values in the order of the columns. @throws Failure source-rejected, which names the column and no value */
export function rowReader(description: TableDescription): (cells: CellRow) => Row {
  const { columns } = description;
  const types = columns.map((column) => readableType(column, description));
  return (cells) => {
    // Of its full length at once: one that grows is copied, and leaves more behind.
    const row = new Array<Value>(types.length);
    let at = 0;
    for (let index = 0; index < types.length; index++) {
      const type = types[index];
      const cell = cells[at++];
      let value;
      if (type?.measured) value = type.fromCell(cell, cells[at++]);
      else value = cell === null ? null : type?.fromCell(cell);
      const column = columns[index];
      if (value === undefined && column) throw notOfItsType(description, column);
      row[index] = value ?? null;
    }
    return row;
  };
}

/** The same rows every time for the same chunk and SCN. @throws Failure source-snapshot-too-old when undo is gone */
export async function* readChunk(
  session: Session,
  description: TableDescription,
  range: { readonly chunk: Chunk; readonly asOf: Scn },
  signal: AbortSignal,
): AsyncGenerator<readonly Row[], void> {
  const read = rowReader(description);
  const binds = chunkBinds(range);
  const rows = description.columns.some(({ type }) => isLob(type)) ? BATCH_ROWS_WITH_LOBS : BATCH_ROWS;
  for await (const batch of session.batches(copyStatement(description, range.chunk), binds, { rows, signal }))
    yield batch.map(read);
}
