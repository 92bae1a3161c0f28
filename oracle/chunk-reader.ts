/** One ROWID range of a table, AS OF one SCN, as batches of rows in canonical text (model/table.ts). */
import type { Chunk } from '../model/chunk.ts';
import { Failure } from '../model/failure.ts';
import type { Scn } from '../model/scn.ts';
import { tableParts } from '../model/table.ts';
import type { Row, TableDescription } from '../model/table.ts';
import { readableType } from './column-values.ts';
import type { CellRow, Session } from './session.ts';

/** Rows of one round trip. */
const BATCH_ROWS = 1000;

const quoted = (name: string): string => `"${name}"`;

/**
 * Binds: `s` the SCN, `a` and `b` the first and last ROWID.
 * @throws Failure not-yet-supported for a column of another type
 */
export function copyStatement(description: TableDescription): string {
  const { owner, name } = tableParts(description.table);
  const columns = description.columns.map((column) =>
    readableType(column, description).expression(quoted(column.name)),
  );
  return (
    `SELECT /*+ NO_PARALLEL */ ${columns.join(', ')} FROM ${quoted(owner)}.${quoted(name)} AS OF SCN TO_NUMBER(:s) ` +
    'WHERE ROWID BETWEEN CHARTOROWID(:a) AND CHARTOROWID(:b)'
  );
}

/** Cells of the copy statement → values in the order of the columns. @throws Failure source-rejected, which names the column and no value */
export function rowReader(description: TableDescription): (cells: CellRow) => Row {
  const columns = description.columns.map((column) => ({ column, type: readableType(column, description) }));
  return (cells) =>
    columns.map(({ column, type }, i) => {
      const cell = cells[i];
      if (cell === null) return null;
      const value = type.fromCell(cell);
      if (value !== undefined) return value;
      throw new Failure(
        'source-rejected',
        `${description.table}.${column.name}: the driver returned something that is not a ${column.type.base}.`,
      );
    });
}

/** The same rows every time for the same chunk and SCN. @throws Failure source-snapshot-too-old when undo is gone */
export async function* readChunk(
  session: Session,
  description: TableDescription,
  range: { readonly chunk: Chunk; readonly asOf: Scn },
  signal: AbortSignal,
): AsyncGenerator<readonly Row[], void> {
  const read = rowReader(description);
  const binds = { s: range.asOf, a: range.chunk.firstRowid, b: range.chunk.lastRowid };
  for await (const batch of session.batches(copyStatement(description), binds, { rows: BATCH_ROWS, signal }))
    yield batch.map(read);
}
