import { parseExpression } from './sql-parser-expression.ts';
import { parseTableName } from './sql-parser-query.ts';
import type { TokenReader } from './sql-parser-tokens.ts';
import type { ColumnDefinition, ConstraintDefinition, DeclaredType, Expression, Statement } from './sql-syntax.ts';

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
  if (reader.current.kind !== 'end' && !reader.isSymbol(';')) throw reader.error(922, 'missing or invalid option');
  return { kind: 'create table', table, columns, constraints };
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

const MAX_LENGTHS: Readonly<Record<'VARCHAR2' | 'CHAR' | 'RAW', number>> = { VARCHAR2: 4000, CHAR: 2000, RAW: 2000 };

function parseType(reader: TokenReader): DeclaredType {
  const word = reader.current.kind === 'name' ? reader.current.text : '';
  switch (word) {
    case 'NUMBER':
      reader.take();
      return parseNumberType(reader);
    case 'FLOAT':
      reader.take();
      return { type: 'NUMBER', binaryDigits: parseBinaryDigits(reader) };
    case 'VARCHAR2':
    case 'CHAR':
      reader.take();
      return parseTextType(reader, word);
    case 'DATE':
      reader.take();
      return { type: 'DATE' };
    case 'TIMESTAMP':
      reader.take();
      return { type: 'TIMESTAMP', scale: parseFraction(reader) };
    case 'RAW':
      reader.take();
      return { type: 'RAW', length: parseLength(reader, 'RAW') };
    default:
      throw reader.error(902, 'invalid datatype');
  }
}

function parseNumberType(reader: TokenReader): DeclaredType {
  if (!reader.acceptSymbol('(')) return { type: 'NUMBER' };
  const precision = reader.acceptSymbol('*') ? undefined : reader.integer();
  const scale = reader.acceptSymbol(',') ? reader.integer() : 0;
  reader.expectSymbol(')');
  if (precision !== undefined && (precision < 1 || precision > 38)) {
    throw reader.error(1727, 'numeric precision specifier is out of range (1 to 38)');
  }
  if (scale < -84 || scale > 127) throw reader.error(1728, 'numeric scale specifier is out of range (-84 to 127)');
  return { type: 'NUMBER', scale, ...(precision === undefined ? {} : { precision }) };
}

function parseBinaryDigits(reader: TokenReader): number {
  if (!reader.acceptSymbol('(')) return 126;
  const digits = reader.integer();
  reader.expectSymbol(')');
  if (digits < 1 || digits > 126) throw reader.error(1726, 'floating point precision is out of range (1 to 126)');
  return digits;
}

function parseTextType(reader: TokenReader, type: 'VARCHAR2' | 'CHAR'): DeclaredType {
  if (type === 'CHAR' && !reader.isSymbol('(')) return { type, length: 1, lengthUnit: 'BYTE' };
  reader.expectSymbol('(');
  const length = reader.integer();
  let lengthUnit: 'BYTE' | 'CHAR' = 'BYTE';
  if (reader.acceptWord('CHAR')) lengthUnit = 'CHAR';
  else reader.acceptWord('BYTE');
  reader.expectSymbol(')');
  checkLength(reader, type, length);
  return { type, length, lengthUnit };
}

function parseLength(reader: TokenReader, type: 'RAW'): number {
  reader.expectSymbol('(');
  const length = reader.integer();
  reader.expectSymbol(')');
  checkLength(reader, type, length);
  return length;
}

function checkLength(reader: TokenReader, type: 'VARCHAR2' | 'CHAR' | 'RAW', length: number): void {
  if (length < 1) throw reader.error(1723, 'zero-length columns are not allowed');
  if (length > MAX_LENGTHS[type]) throw reader.error(910, 'specified length too long for its datatype');
}

function parseFraction(reader: TokenReader): number {
  let digits = 6;
  if (reader.acceptSymbol('(')) {
    digits = reader.integer();
    reader.expectSymbol(')');
  }
  if (digits < 0 || digits > 9) {
    throw reader.error(30088, 'datetime/interval precision is out of range');
  }
  if (reader.isWord('WITH')) throw reader.error(902, 'invalid datatype');
  return digits;
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
