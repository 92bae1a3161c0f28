import { OracleError } from './engine.ts';
import { parseExpression } from './sql-parser-expression.ts';
import { parsePartition, parsePartitioning } from './sql-parser-partitions.ts';
import { parseTableName } from './sql-parser-query.ts';
import type { TokenReader } from './sql-parser-tokens.ts';
import { parseType } from './sql-parser-types.ts';
import type { ColumnDefinition, ConstraintDefinition, Expression, Statement } from './sql-syntax.ts';

/** CREATE TABLE name ( column | constraint, … ). */
export function parseCreate(reader: TokenReader): Statement {
  reader.expectWord('CREATE');
  reader.expectWord('TABLE', reader.error(901, 'invalid CREATE command'));
  const table = parseTableName(reader);
  reader.expectSymbol('(');
  const columns: ColumnDefinition[] = [];
  const constraints: ConstraintDefinition[] = [];
  do {
    const constraint = parseTableConstraint(reader);
    if (constraint === undefined) columns.push(parseColumn(reader, constraints));
    else constraints.push(constraint);
  } while (reader.acceptSymbol(','));
  reader.expectSymbol(')');
  checkKeyTypes(columns, constraints);
  const partitioning = parsePartitioning(reader);
  if (reader.current.kind !== 'end' && !reader.isSymbol(';')) throw reader.error(922, 'missing or invalid option');
  return { kind: 'create table', table, columns, constraints, ...(partitioning === undefined ? {} : { partitioning }) };
}

/** @throws OracleError 2329: no key may hold a time with a zone. */
function checkKeyTypes(columns: readonly ColumnDefinition[], constraints: readonly ConstraintDefinition[]): void {
  const keys = constraints.filter(({ kind }) => kind !== 'notNull').flatMap(({ columns: names }) => names);
  const zoned = columns.find(({ name, declared }) => declared.type === 'TIMESTAMP_TZ' && keys.includes(name));
  if (zoned === undefined) return;
  throw new OracleError(2329, 'column of datatype TIMESTAMP WITH TIME ZONE cannot be unique or a primary key');
}

function parseTableConstraint(reader: TokenReader): ConstraintDefinition | undefined {
  const name = reader.acceptWord('CONSTRAINT') ? { name: reader.identifier() } : {};
  if (reader.acceptWords('PRIMARY', 'KEY')) return { ...name, kind: 'primary', columns: parseColumnList(reader) };
  if (reader.acceptWord('UNIQUE')) return { ...name, kind: 'unique', columns: parseColumnList(reader) };
  if ('name' in name) throw reader.error(904, ': invalid identifier');
  return undefined;
}

export function parseColumnList(reader: TokenReader): string[] {
  reader.expectSymbol('(');
  const columns = [reader.identifier()];
  while (reader.acceptSymbol(',')) columns.push(reader.identifier());
  reader.expectSymbol(')');
  return columns;
}

function parseColumn(reader: TokenReader, constraints: ConstraintDefinition[]): ColumnDefinition {
  const name = reader.identifier();
  const declared = parseType(reader);
  let nullable = true;
  let fallback: Expression | undefined;
  for (;;) {
    if (fallback === undefined && reader.acceptWord('DEFAULT')) fallback = parseExpression(reader);
    const constraintName = reader.acceptWord('CONSTRAINT') ? { name: reader.identifier() } : {};
    if (reader.acceptWords('NOT', 'NULL')) {
      nullable = false;
      constraints.push({ ...constraintName, kind: 'notNull', columns: [name] });
    } else if (reader.acceptWords('PRIMARY', 'KEY')) {
      constraints.push({ ...constraintName, kind: 'primary', columns: [name] });
    } else if (reader.acceptWord('UNIQUE')) {
      constraints.push({ ...constraintName, kind: 'unique', columns: [name] });
    } else if (!('name' in constraintName) && reader.acceptWord('NULL')) nullable = true;
    else if ('name' in constraintName) throw reader.error(2253, 'constraint specification not allowed here');
    else return { name, declared, nullable, ...(fallback === undefined ? {} : { fallback }) };
  }
}

/** DROP TABLE name [PURGE]. */
export function parseDrop(reader: TokenReader): Statement {
  reader.expectWord('DROP');
  reader.expectWord('TABLE', reader.error(950, 'invalid DROP option'));
  const table = parseTableName(reader);
  return { kind: 'drop table', table, purge: reader.acceptWord('PURGE') };
}

/** ALTER TABLE | DATABASE | SYSTEM | SESSION. */
export function parseAlter(reader: TokenReader): Statement {
  reader.expectWord('ALTER');
  if (reader.acceptWord('SESSION')) return parseAlterSession(reader);
  if (reader.acceptWord('TABLE')) {
    const table = parseTableName(reader);
    if (reader.acceptWords('ADD', 'PARTITION')) {
      return { kind: 'add partition', table, partition: parsePartition(reader) };
    }
    const add = parseLoggingVerb(reader);
    parseLoggingScope(reader, '(ALL) COLUMNS');
    return { kind: 'table logging', table, add };
  }
  if (reader.acceptWord('DATABASE')) {
    const add = parseLoggingVerb(reader);
    return {
      kind: 'database logging',
      add,
      scope: reader.isSymbol('(') ? parseLoggingScope(reader, '(ALL) COLUMNS') : 'minimal',
    };
  }
  if (reader.acceptWords('SYSTEM', 'SWITCH', 'LOGFILE')) return { kind: 'switch log' };
  throw reader.error(940, 'invalid ALTER command');
}

function parseLoggingVerb(reader: TokenReader): boolean {
  const add = reader.acceptWord('ADD');
  if (!add && !reader.acceptWord('DROP')) throw reader.error(1735, 'invalid ALTER TABLE option');
  if (!reader.acceptWords('SUPPLEMENTAL', 'LOG', 'DATA')) throw reader.error(1735, 'invalid ALTER TABLE option');
  return add;
}

function parseLoggingScope(reader: TokenReader, wanted: string): 'all' {
  reader.expectSymbol('(');
  if (!reader.acceptWord('ALL')) throw reader.error(32585, `only SUPPLEMENTAL LOG DATA ${wanted} is imitated`);
  reader.expectSymbol(')');
  reader.expectWord('COLUMNS');
  return 'all';
}

function parseAlterSession(reader: TokenReader): Statement {
  reader.expectWord('SET', reader.error(922, 'missing or invalid option'));
  const settings: (readonly [string, string])[] = [];
  do {
    const name = reader.identifier();
    if (!reader.acceptSymbol('=')) throw reader.error(927, 'missing equal sign');
    settings.push([name, reader.text()]);
  } while (reader.current.kind !== 'end');
  return { kind: 'alter session', settings };
}
