import { parseColumn, parseColumnList, parseTableConstraint } from './sql-parser-columns.ts';
import { parseExpression } from './sql-parser-expression.ts';
import { parsePartition } from './sql-parser-partitions.ts';
import { parseTableName } from './sql-parser-query.ts';
import type { TokenReader } from './sql-parser-tokens.ts';
import { parseType } from './sql-parser-types.ts';
import type {
  ColumnDefinition,
  ColumnModification,
  ConstraintDefinition,
  ConstraintReference,
  Statement,
  TableName,
} from './sql-syntax.ts';

/** What follows ALTER TABLE name. Source: SQL Language Reference, "ALTER TABLE". */
export function parseAlterTable(reader: TokenReader, table: TableName): Statement {
  if (reader.acceptWord('ADD')) return parseAdd(reader, table);
  if (reader.acceptWord('MODIFY')) return { kind: 'modify columns', table, modifications: parseModifications(reader) };
  if (reader.acceptWord('DROP')) return parseDropClause(reader, table);
  if (reader.acceptWords('SET', 'UNUSED')) return parseColumnsToDrop(reader, table, true);
  if (reader.acceptWord('RENAME')) return parseRenameClause(reader, table);
  if (reader.acceptWords('TRUNCATE', 'PARTITION')) return parsePartitionChange(reader, table, 'truncate partition');
  if (reader.acceptWords('EXCHANGE', 'PARTITION')) {
    const partition = reader.identifier();
    if (!reader.acceptWords('WITH', 'TABLE')) throw reader.error(905, 'missing keyword');
    const other = parseTableName(reader);
    acceptOptions(reader, [
      ['INCLUDING', 'INDEXES'],
      ['EXCLUDING', 'INDEXES'],
      ['WITHOUT', 'VALIDATION'],
      ['WITH', 'VALIDATION'],
    ]);
    return { kind: 'exchange partition', table, partition, other };
  }
  if (reader.acceptWord('MOVE')) {
    acceptOptions(reader, [['ONLINE'], ['UPDATE', 'INDEXES']]);
    return { kind: 'move table', table };
  }
  throw reader.error(1735, 'invalid ALTER TABLE option');
}

/** Words that change nothing that is imitated. */
export function acceptOptions(reader: TokenReader, options: readonly (readonly string[])[]): void {
  while (options.some((words) => reader.acceptWords(...words)));
}

function parseAdd(reader: TokenReader, table: TableName): Statement {
  if (reader.acceptWord('PARTITION')) return { kind: 'add partition', table, partition: parsePartition(reader) };
  if (reader.acceptWord('SUPPLEMENTAL')) return parseLogging(reader, table, true);
  const columns: ColumnDefinition[] = [];
  const constraints: ConstraintDefinition[] = [];
  const item = (): void => {
    const constraint = parseTableConstraint(reader);
    if (constraint === undefined) columns.push(parseColumn(reader, constraints));
    else constraints.push(constraint);
  };
  if (reader.acceptSymbol('(')) {
    do item();
    while (reader.acceptSymbol(','));
    reader.expectSymbol(')');
  } else item();
  if (columns.length === 0) return { kind: 'add constraints', table, constraints };
  return { kind: 'add columns', table, columns, constraints };
}

/** LOG DATA (ALL) COLUMNS. */
function parseLogging(reader: TokenReader, table: TableName, add: boolean): Statement {
  if (!reader.acceptWords('LOG', 'DATA')) throw reader.error(1735, 'invalid ALTER TABLE option');
  reader.expectSymbol('(');
  if (!reader.acceptWord('ALL')) throw reader.error(32_585, 'only SUPPLEMENTAL LOG DATA (ALL) COLUMNS is imitated');
  reader.expectSymbol(')');
  reader.expectWord('COLUMNS');
  return { kind: 'table logging', table, add };
}

function parseModifications(reader: TokenReader): ColumnModification[] {
  if (!reader.acceptSymbol('(')) return [parseModification(reader)];
  const modifications: ColumnModification[] = [];
  do modifications.push(parseModification(reader));
  while (reader.acceptSymbol(','));
  reader.expectSymbol(')');
  return modifications;
}

/** name [type] [DEFAULT expression] [NULL | NOT NULL]. */
function parseModification(reader: TokenReader): ColumnModification {
  const name = reader.identifier();
  const bare = ['DEFAULT', 'NULL', 'NOT', 'CONSTRAINT'].some((word) => reader.isWord(word));
  const declared = bare ? undefined : parseType(reader);
  let fallback: ColumnModification['fallback'];
  if (reader.acceptWord('DEFAULT')) {
    const start = reader.current.position;
    const expression = parseExpression(reader);
    fallback = { expression, text: reader.sql.slice(start, reader.previousEnd) };
  }
  const nullable = reader.acceptWords('NOT', 'NULL') ? false : reader.acceptWord('NULL') ? true : undefined;
  return {
    name,
    ...(declared === undefined ? {} : { declared }),
    ...(fallback === undefined ? {} : { fallback }),
    ...(nullable === undefined ? {} : { nullable }),
  };
}

function parseDropClause(reader: TokenReader, table: TableName): Statement {
  if (reader.acceptWord('SUPPLEMENTAL')) return parseLogging(reader, table, false);
  if (reader.acceptWords('UNUSED', 'COLUMNS')) {
    return { kind: 'drop columns', table, names: [], unused: false, cascade: false };
  }
  if (reader.acceptWord('PARTITION')) return parsePartitionChange(reader, table, 'drop partition');
  if (reader.isWord('COLUMN') || reader.isSymbol('(')) return parseColumnsToDrop(reader, table, false);
  const reference = parseConstraintReference(reader);
  return { kind: 'drop constraint', table, reference, cascade: reader.acceptWord('CASCADE') };
}

function parseConstraintReference(reader: TokenReader): ConstraintReference {
  if (reader.acceptWord('CONSTRAINT')) return { kind: 'name', name: reader.identifier() };
  if (reader.acceptWords('PRIMARY', 'KEY')) return { kind: 'primary' };
  if (reader.acceptWord('UNIQUE')) return { kind: 'unique', columns: parseColumnList(reader) };
  throw reader.error(905, 'missing keyword');
}

/** COLUMN name, or a list of names; [CASCADE CONSTRAINTS] [ONLINE]. */
function parseColumnsToDrop(reader: TokenReader, table: TableName, unused: boolean): Statement {
  const names = reader.acceptWord('COLUMN') ? [reader.identifier()] : parseColumnList(reader);
  const cascade = reader.acceptWords('CASCADE', 'CONSTRAINTS');
  acceptOptions(reader, [['ONLINE'], ['INVALIDATE']]);
  return { kind: 'drop columns', table, names, unused, cascade };
}

function parseRenameClause(reader: TokenReader, table: TableName): Statement {
  if (reader.acceptWord('TO')) return { kind: 'rename table', table, to: reader.identifier() };
  if (!reader.acceptWord('COLUMN')) throw reader.error(14_155, 'missing PARTITION or SUBPARTITION keyword');
  const from = reader.identifier();
  reader.expectWord('TO');
  return { kind: 'rename column', table, from, to: reader.identifier() };
}

function parsePartitionChange(
  reader: TokenReader,
  table: TableName,
  kind: 'truncate partition' | 'drop partition',
): Statement {
  const partition = reader.identifier();
  acceptOptions(reader, [
    ['DROP', 'STORAGE'],
    ['REUSE', 'STORAGE'],
    ['UPDATE', 'INDEXES'],
    ['UPDATE', 'GLOBAL', 'INDEXES'],
  ]);
  return { kind, table, partition };
}
