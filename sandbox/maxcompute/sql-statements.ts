import { type Column, type ColumnType, hintsFor, typeOf } from './column-types.ts';
import { SqlError, type TokenReader } from './sql-tokens.ts';

/** A table name as written; the project and schema are checked where it is resolved. */
export interface TableName {
  readonly qualifiers: readonly string[];
  readonly table: string;
}

export type PartitionSpec = readonly (readonly [column: string, value: string])[];

export type Definition =
  | {
      readonly kind: 'create-table';
      readonly name: TableName;
      readonly ifNotExists: boolean;
      readonly columns: readonly Column[];
      readonly partitionKeys: readonly Column[];
      readonly comment: string;
      /** Days; undefined without LIFECYCLE. */
      readonly lifecycle: number | undefined;
    }
  | { readonly kind: 'drop-table'; readonly name: TableName; readonly ifExists: boolean }
  | { readonly kind: 'rename-table'; readonly name: TableName; readonly to: string }
  | {
      readonly kind: 'add-partitions';
      readonly name: TableName;
      readonly ifNotExists: boolean;
      readonly partitions: readonly PartitionSpec[];
    };

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

function readComment(reader: TokenReader): string {
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

function readColumns(reader: TokenReader, hints: Hints): Column[] {
  const columns: Column[] = [];
  reader.expectSymbol('(');
  do {
    const at = reader.peek();
    const name = reader.name();
    if (!COLUMN_NAME.test(name) || Buffer.byteLength(name) > NAME_BYTES_MAX) {
      throw new SqlError('ODPS-0130161', `invalid column name '${name}'`, at);
    }
    const type = checkedType(reader, hints);
    columns.push({ name, type, comment: readComment(reader) });
  } while (reader.acceptSymbol(','));
  reader.expectSymbol(')');
  return columns;
}

function checkColumns(columns: readonly Column[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) throw new SqlError('ODPS-0130071', `column ${name} is duplicated`);
    seen.add(name);
  }
  if (columns.length > 1200) throw new SqlError('ODPS-0130071', 'a table has at most 1200 columns');
}

function readCreate(reader: TokenReader, hints: Hints): Definition {
  reader.expect('TABLE');
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const at = reader.peek();
  const name = readTableName(reader);
  checkTableName(name.table, at);
  const columns = readColumns(reader, hints);
  const comment = readComment(reader);
  const partitionKeys = reader.accept('PARTITIONED', 'BY') ? readColumns(reader, hints) : [];
  if (partitionKeys.length > 6) throw new SqlError('ODPS-0130071', 'a table has at most 6 partition levels', at);
  if (partitionKeys.some(({ type }) => type.kind !== 'string')) {
    throw new SqlError('ODPS-0130071', 'this simulator partitions by STRING columns only', at);
  }
  checkColumns([...columns, ...partitionKeys]);
  const lifecycle = reader.accept('LIFECYCLE') ? reader.wholeNumber() : undefined;
  return { kind: 'create-table', name, ifNotExists, columns, partitionKeys, comment, lifecycle };
}

function checkTableName(table: string, at: ReturnType<TokenReader['peek']>): void {
  if (TABLE_NAME.test(table) && table.length <= NAME_BYTES_MAX) return;
  throw new SqlError('ODPS-0130161', `invalid table name '${table}'`, at);
}

function readPartitionSpec(reader: TokenReader): PartitionSpec {
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

function readAlter(reader: TokenReader): Definition {
  reader.expect('TABLE');
  const name = readTableName(reader);
  if (reader.accept('RENAME', 'TO')) {
    const at = reader.peek();
    const to = reader.name();
    checkTableName(to, at);
    return { kind: 'rename-table', name, to };
  }
  reader.expect('ADD');
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const partitions: PartitionSpec[] = [];
  do {
    reader.expect('PARTITION');
    partitions.push(readPartitionSpec(reader));
  } while (reader.sees('PARTITION'));
  return { kind: 'add-partitions', name, ifNotExists, partitions };
}

function readDrop(reader: TokenReader): Definition {
  reader.expect('TABLE');
  const ifExists = reader.accept('IF', 'EXISTS');
  return { kind: 'drop-table', name: readTableName(reader), ifExists };
}

/** A statement must end with a semicolon, and one task holds one statement. */
export function expectEnd(reader: TokenReader): void {
  reader.expectSymbol(';');
  if (reader.peek().kind !== 'end') throw reader.unexpected('one statement');
}

/** Reads CREATE, ALTER or DROP TABLE; undefined when the statement begins with another word. */
export function readDefinition(reader: TokenReader, hints: Hints): Definition | undefined {
  let definition: Definition;
  if (reader.accept('CREATE')) definition = readCreate(reader, hints);
  else if (reader.accept('ALTER')) definition = readAlter(reader);
  else if (reader.accept('DROP')) definition = readDrop(reader);
  else return undefined;
  expectEnd(reader);
  return definition;
}
