/** One ROWID range of a table, AS OF one SCN, as batches of rows in canonical text (model/table.ts). */
import type { Chunk } from '../model/chunk.ts';
import { Failure } from '../model/failure.ts';
import type { Scn } from '../model/scn.ts';
import { tableParts } from '../model/table.ts';
import type { Column, Row, TableDescription, Value } from '../model/table.ts';
import { canonicalNumber } from './number-text.ts';
import type { CellRow, Session } from './session.ts';

/** Rows of one round trip. */
const BATCH_ROWS = 1000;

interface Reading {
  /** The column in the select list; the name is quoted already. */
  readonly expression: (quotedName: string) => string;
  /** Undefined for a value that is not one of the type: never guessed. */
  readonly value: (cell: unknown) => Value | undefined;
}

const bare = (quotedName: string): string => quotedName;

const text = (cell: unknown): Value | undefined => (typeof cell === 'string' ? cell : undefined);

const number: Reading = {
  expression: bare,
  value: (cell) => (typeof cell === 'string' ? canonicalNumber(cell) : undefined),
};

const characters: Reading = { expression: bare, value: text };

/** `SYYYY` prints a blank or a minus before the year. */
const DATE = /^[ -]\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

const date: Reading = {
  expression: (quotedName) => `TO_CHAR(${quotedName},'SYYYY-MM-DD HH24:MI:SS')`,
  value: (cell) => (typeof cell === 'string' && DATE.test(cell) ? cell.trimStart() : undefined),
};

const raw: Reading = {
  expression: bare,
  value: (cell) => (cell instanceof Uint8Array ? cell : undefined),
};

const readings: ReadonlyMap<string, Reading> = new Map([
  ['NUMBER', number],
  ['FLOAT', number],
  ['VARCHAR2', characters],
  ['NVARCHAR2', characters],
  ['CHAR', characters],
  ['NCHAR', characters],
  ['DATE', date],
  ['RAW', raw],
]);

/** Whether this release reads columns of that type. */
export const isReadable = ({ type }: Column): boolean => readings.has(type.base);

function readingOf(column: Column, { table }: TableDescription): Reading {
  const reading = readings.get(column.type.base);
  if (reading) return reading;
  throw new Failure('not-yet-supported', `${table}.${column.name}: ${column.type.base} columns are not yet supported.`);
}

const quoted = (name: string): string => `"${name}"`;

/**
 * Binds: `s` the SCN, `a` and `b` the first and last ROWID.
 * @throws Failure not-yet-supported for a column of another type
 */
export function copyStatement(description: TableDescription): string {
  const { owner, name } = tableParts(description.table);
  const columns = description.columns.map((column) => readingOf(column, description).expression(quoted(column.name)));
  return (
    `SELECT /*+ NO_PARALLEL */ ${columns.join(', ')} FROM ${quoted(owner)}.${quoted(name)} AS OF SCN TO_NUMBER(:s) ` +
    'WHERE ROWID BETWEEN CHARTOROWID(:a) AND CHARTOROWID(:b)'
  );
}

/** Cells of the copy statement → values in the order of the columns. @throws Failure source-rejected, which names the column and no value */
export function rowReader(description: TableDescription): (cells: CellRow) => Row {
  const columns = description.columns.map((column) => ({ column, reading: readingOf(column, description) }));
  return (cells) =>
    columns.map(({ column, reading }, i) => {
      const cell = cells[i];
      if (cell === null) return null;
      const value = reading.value(cell);
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
