/**
 * The rows in which LogMiner tells of values that are not in a statement. Sources: Oracle Database Utilities, "Using LogMiner" (operations
 * 9, 10, 11, 91, 92, 93); the statements are spelled as Debezium's parsers of them are tested with. Assumed: where a value is cut, that an
 * UPDATE of nothing but such values has no row of its own, and that undoing one shows as a trim.
 */
import { isLob, isNational } from './declared-types.ts';
import type { SqlValue } from './engine.ts';
import { isApart } from './out-of-row.ts';
import type { RedoRecord } from './redo-types.ts';
import { printBytes, printNational, printPath, printRowCondition, quoted } from './sql-redo.ts';
import type { PrintOptions } from './sql-redo.ts';
import type { Column } from './store.ts';

export interface Piece {
  readonly operation: readonly [code: string, name: string];
  readonly text: string | null;
}

const OPERATIONS = {
  select: ['9', 'SELECT_LOB_LOCATOR'],
  write: ['10', 'LOB_WRITE'],
  trim: ['11', 'LOB_TRIM'],
  beginText: ['91', '32K BEGIN'],
  writeText: ['92', '32K WRITE'],
  endText: ['93', '32K END'],
} as const;

/** Units of one write. */
const WRITE_UNITS = 1000;

/** What follows the statement of an INSERT or UPDATE, and takes the place of what is missing in it. */
export function* piecesOf(record: RedoRecord, options: PrintOptions): Generator<Piece> {
  const { kind, shape, after } = record;
  if ((kind !== 'insert' && kind !== 'update') || shape === undefined || after === undefined) return;
  const changed = kind === 'insert' ? shape.columns.keys() : (record.columns ?? []);
  for (const index of changed) {
    const column = shape.columns[index];
    if (column !== undefined && isApart(record, column, index)) {
      const pieces = isLob(column.declared.type) ? lobPieces : textPieces;
      yield* pieces(record, [column, after[index] ?? null], options);
    }
  }
}

const DECLARATIONS =
  'DECLARE \n loc_c CLOB; \n buf_c VARCHAR2(6174); \n loc_b BLOB; \n buf_b RAW(6174); \n loc_nc NCLOB; \n buf_nc NVARCHAR2(6174); \nBEGIN\n ';
const SUFFIXES = { CLOB: 'c', NCLOB: 'nc', BLOB: 'b' } as const;

function* lobPieces(
  record: RedoRecord,
  [column, value]: readonly [Column, SqlValue],
  options: PrintOptions,
): Generator<Piece> {
  const { type } = column.declared;
  const suffix = type === 'BLOB' || type === 'NCLOB' ? SUFFIXES[type] : SUFFIXES.CLOB;
  const length = value?.length ?? 0;
  const trim = { operation: OPERATIONS.trim, text: ` \n dbms_lob.trim(loc_${suffix}, ${length});\n` };
  if (record.compensation) {
    yield trim;
    return;
  }
  const from = `${printPath(record, options)}${printRowCondition(record, options)}`;
  const text = `${DECLARATIONS}select "${column.name}" into loc_${suffix} from ${from} for update;`;
  yield { operation: OPERATIONS.select, text };
  for (let at = 0; at < length; at += WRITE_UNITS) {
    const part = partOf(value, at);
    const literal = literalOf(type, part);
    const call = `dbms_lob.write(loc_${suffix}, ${part.length}, ${at + 1}, buf_${suffix});`;
    yield { operation: OPERATIONS.write, text: `\n buf_${suffix} := ${literal}; \n  ${call}\n` };
  }
  yield trim;
}

function partOf(value: SqlValue, at: number): string | Buffer {
  if (typeof value === 'string') return value.slice(at, at + WRITE_UNITS);
  return value?.subarray(at, at + WRITE_UNITS) ?? '';
}

function literalOf(type: Column['declared']['type'], part: string | Buffer): string {
  if (typeof part !== 'string') return printBytes(part);
  return type === 'NCLOB' || isNational(type) ? printNational(part) : quoted(part, false);
}

function* textPieces(
  record: RedoRecord,
  [column, value]: readonly [Column, SqlValue],
  options: PrintOptions,
): Generator<Piece> {
  if (!record.compensation) {
    const condition = printRowCondition(record, options);
    const update = `update ${printPath(record, options)} set "${column.name}" = :1${condition};`;
    yield { operation: OPERATIONS.beginText, text: `DECLARE\n Stmt CLOB;\nBEGIN\n Stmt := ${quoted(update, false)};` };
    const text = typeof value === 'string' ? value : (value?.toString('hex') ?? '');
    for (let at = 0; at < text.length; at += WRITE_UNITS) {
      yield { operation: OPERATIONS.writeText, text: text.slice(at, at + WRITE_UNITS) };
    }
  }
  yield { operation: OPERATIONS.endText, text: null };
}
