import { type Column, type ColumnType, hintsFor, typeOf } from './column-types.ts';
import { SqlError, type TokenReader } from './sql-tokens.ts';

/** A table name as written; the project and schema are checked where it is resolved. */
export interface TableName {
  readonly qualifiers: readonly string[];
  readonly table: string;
}

export type PartitionSpec = readonly (readonly [column: string, value: string])[];

/** Query hints: the `settings` property of the task. */
export type Hints = ReadonlyMap<string, string>;

export function isOn(hints: Hints, name: string): boolean {
  return hints.get(name)?.toLowerCase() === 'true';
}

/** `[project.][schema.]table` */
export function readTableName(reader: TokenReader): TableName {
  const parts = [reader.name()];
  while (reader.acceptSymbol('.')) parts.push(reader.name());
  if (parts.length > 3) throw reader.unexpected('a table name of at most three parts');
  return { qualifiers: parts.slice(0, -1), table: parts.at(-1) ?? '' };
}

/** A type as in a column definition or a CAST. */
export function readType(reader: TokenReader): ColumnType {
  const at = reader.peek();
  if (at.kind !== 'word') throw reader.unexpected('a type');
  const name = reader.next().text.toLowerCase();
  const numbers: number[] = [];
  if (reader.acceptSymbol('(')) {
    do numbers.push(reader.wholeNumber());
    while (reader.acceptSymbol(','));
    reader.expectSymbol(')');
  }
  const type = typeOf(name, numbers);
  if (typeof type === 'string') throw new SqlError('ODPS-0130161', type, at);
  return type;
}

const COLUMN_NAME = /^[\p{Script=Han}a-z_0-9]+$/u;
const TABLE_NAME = /^[a-z][a-z0-9_]*$/;
const NAME_BYTES_MAX = 128;
const COMMENT_BYTES_MAX = 1024;

export function readComment(reader: TokenReader): string {
  const at = reader.peek();
  const comment = reader.accept('COMMENT') ? reader.string() : '';
  if (Buffer.byteLength(comment) > COMMENT_BYTES_MAX)
    throw new SqlError('ODPS-0130071', 'comment longer than 1024 bytes', at);
  return comment;
}

function checkedType(reader: TokenReader, hints: Hints): ColumnType {
  const at = reader.peek();
  const type = readType(reader);
  const [hint, ...others] = hintsFor(type);
  if (hint === undefined || [hint, ...others].some((name) => isOn(hints, name))) return type;
  throw new SqlError(
    'ODPS-0130071',
    `${at.text.toUpperCase()} type is not enabled in current mode, please set ${hint}=true to use it`,
    at,
  );
}

/** `name TYPE [COMMENT 'x']` */
export function readColumn(reader: TokenReader, hints: Hints): Column {
  const at = reader.peek();
  const name = reader.name();
  if (!COLUMN_NAME.test(name) || Buffer.byteLength(name) > NAME_BYTES_MAX) {
    throw new SqlError('ODPS-0130161', `invalid column name '${name}'`, at);
  }
  const type = checkedType(reader, hints);
  return { name, type, comment: readComment(reader) };
}

export function readColumns(reader: TokenReader, hints: Hints): Column[] {
  const columns: Column[] = [];
  reader.expectSymbol('(');
  do columns.push(readColumn(reader, hints));
  while (reader.acceptSymbol(','));
  reader.expectSymbol(')');
  return columns;
}

export function checkColumns(columns: readonly Column[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) throw new SqlError('ODPS-0130071', `column ${name} is duplicated`);
    seen.add(name);
  }
  if (columns.length > 1200) throw new SqlError('ODPS-0130071', 'a table has at most 1200 columns');
}

export function checkTableName(table: string, at: ReturnType<TokenReader['peek']>): void {
  if (TABLE_NAME.test(table) && table.length <= NAME_BYTES_MAX) return;
  throw new SqlError('ODPS-0130161', `invalid table name '${table}'`, at);
}

export function readPartitionSpec(reader: TokenReader): PartitionSpec {
  const spec: (readonly [string, string])[] = [];
  reader.expectSymbol('(');
  do {
    const column = reader.name();
    reader.expectSymbol('=');
    spec.push([column, reader.string()]);
  } while (reader.acceptSymbol(','));
  reader.expectSymbol(')');
  return spec;
}

/** A statement must end with a semicolon, and one task holds one statement. */
export function expectEnd(reader: TokenReader): void {
  reader.expectSymbol(';');
  if (reader.peek().kind !== 'end') throw reader.unexpected('one statement');
}
