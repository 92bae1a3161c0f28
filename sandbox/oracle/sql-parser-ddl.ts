import { OracleError } from './engine.ts';
import { parseAlterTable } from './sql-parser-alter.ts';
import { parseCreateIndex } from './sql-parser-definitions.ts';
import { parseColumn, parseTableConstraint } from './sql-parser-columns.ts';
import { parsePartitioning } from './sql-parser-partitions.ts';
import { notPretended } from './refusal.ts';
import { parseTableName } from './sql-parser-query.ts';
import type { TokenReader } from './sql-parser-tokens.ts';
import type { ColumnDefinition, ConstraintDefinition, IndexOrganizationClause, Statement } from './sql-syntax.ts';

/** CREATE TABLE name ( column | constraint, … ) [organization] [partitioning], CREATE [UNIQUE] INDEX. */
export function parseCreate(reader: TokenReader): Statement {
  reader.expectWord('CREATE');
  if (reader.isWord('INDEX') || reader.isWord('UNIQUE')) return parseCreateIndex(reader);
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
  const organization = parseOrganization(reader);
  const partitioning = parsePartitioning(reader);
  if (organization !== undefined && partitioning !== undefined)
    throw notPretended('an index-organized table that is partitioned');
  if (reader.current.kind !== 'end' && !reader.isSymbol(';')) throw reader.error(922, 'missing or invalid option');
  return {
    kind: 'create table',
    table,
    columns,
    constraints,
    ...(partitioning === undefined ? {} : { partitioning }),
    ...(organization === undefined ? {} : { organization }),
  };
}

/** ORGANIZATION INDEX [INCLUDING column] [OVERFLOW]. */
function parseOrganization(reader: TokenReader): IndexOrganizationClause | undefined {
  if (!reader.acceptWords('ORGANIZATION', 'INDEX')) return undefined;
  const including = reader.acceptWord('INCLUDING') ? { including: reader.identifier() } : {};
  return { ...including, overflow: reader.acceptWord('OVERFLOW') };
}

/** @throws OracleError 2329: no key may hold a time with a zone. */
function checkKeyTypes(columns: readonly ColumnDefinition[], constraints: readonly ConstraintDefinition[]): void {
  const keys = constraints.filter(({ kind }) => kind !== 'notNull').flatMap(({ columns: names }) => names);
  const zoned = columns.find(({ name, declared }) => declared.type === 'TIMESTAMP_TZ' && keys.includes(name));
  if (zoned === undefined) return;
  throw new OracleError(2329, 'column of datatype TIMESTAMP WITH TIME ZONE cannot be unique or a primary key');
}

/** DROP TABLE name [CASCADE CONSTRAINTS] [PURGE], DROP INDEX name. */
export function parseDrop(reader: TokenReader): Statement {
  reader.expectWord('DROP');
  if (reader.acceptWord('INDEX')) return { kind: 'drop index', index: parseTableName(reader) };
  reader.expectWord('TABLE', reader.error(950, 'invalid DROP option'));
  const table = parseTableName(reader);
  reader.acceptWords('CASCADE', 'CONSTRAINTS');
  return { kind: 'drop table', table, purge: reader.acceptWord('PURGE') };
}

/** ALTER TABLE | DATABASE | SYSTEM | SESSION. */
export function parseAlter(reader: TokenReader): Statement {
  reader.expectWord('ALTER');
  if (reader.acceptWord('SESSION')) return parseAlterSession(reader);
  if (reader.acceptWord('TABLE')) return parseAlterTable(reader, parseTableName(reader));
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
