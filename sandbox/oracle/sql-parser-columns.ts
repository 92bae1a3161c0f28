import { parseCondition, parseExpression } from './sql-parser-expression.ts';
import type { TokenReader } from './sql-parser-tokens.ts';
import { parseType } from './sql-parser-types.ts';
import type { ColumnDefinition, ConstraintDefinition, Expression } from './sql-syntax.ts';

/** The columns and constraints of CREATE TABLE and ALTER TABLE ADD. Source: SQL Language Reference, "constraint". */
export function parseTableConstraint(reader: TokenReader): ConstraintDefinition | undefined {
  const name = reader.acceptWord('CONSTRAINT') ? { name: reader.identifier() } : {};
  if (reader.acceptWords('PRIMARY', 'KEY')) return { ...name, kind: 'primary', columns: parseColumnList(reader) };
  if (reader.acceptWord('UNIQUE')) return { ...name, kind: 'unique', columns: parseColumnList(reader) };
  if (reader.isWord('CHECK')) return { ...name, ...parseCheck(reader) };
  if ('name' in name) throw reader.error(904, ': invalid identifier');
  return undefined;
}

function parseCheck(reader: TokenReader): ConstraintDefinition {
  reader.expectWord('CHECK');
  reader.expectSymbol('(');
  const condition = parseCondition(reader);
  reader.expectSymbol(')');
  return { kind: 'check', columns: [...new Set(columnsNamed(condition))], condition };
}

/** The columns that an expression or condition names. */
function columnsNamed(part: unknown): string[] {
  if (Array.isArray(part)) return part.flatMap(columnsNamed);
  if (typeof part !== 'object' || part === null) return [];
  if ('kind' in part && part.kind === 'column' && 'path' in part && Array.isArray(part.path))
    return [String(part.path.at(-1))];
  return Object.values(part).flatMap(columnsNamed);
}

export function parseColumnList(reader: TokenReader): string[] {
  reader.expectSymbol('(');
  const columns = [reader.identifier()];
  while (reader.acceptSymbol(',')) columns.push(reader.identifier());
  reader.expectSymbol(')');
  return columns;
}

export function parseColumn(reader: TokenReader, constraints: ConstraintDefinition[]): ColumnDefinition {
  const name = reader.identifier();
  const declared = parseType(reader);
  let nullable = true;
  let fallback: { readonly fallback: Expression; readonly fallbackText: string } | undefined;
  for (;;) {
    if (fallback === undefined && reader.acceptWord('DEFAULT')) fallback = parseDefault(reader);
    const constraintName = reader.acceptWord('CONSTRAINT') ? { name: reader.identifier() } : {};
    if (reader.acceptWords('NOT', 'NULL')) {
      nullable = false;
      constraints.push({ ...constraintName, kind: 'notNull', columns: [name] });
    } else if (reader.acceptWords('PRIMARY', 'KEY')) {
      constraints.push({ ...constraintName, kind: 'primary', columns: [name] });
    } else if (reader.acceptWord('UNIQUE')) {
      constraints.push({ ...constraintName, kind: 'unique', columns: [name] });
    } else if (reader.isWord('CHECK')) constraints.push({ ...constraintName, ...parseCheck(reader) });
    else if (!('name' in constraintName) && reader.acceptWord('NULL')) nullable = true;
    else if ('name' in constraintName) throw reader.error(2253, 'constraint specification not allowed here');
    else return { name, declared, nullable, ...fallback };
  }
}

function parseDefault(reader: TokenReader): { readonly fallback: Expression; readonly fallbackText: string } {
  const start = reader.current.position;
  const fallback = parseExpression(reader);
  return { fallback, fallbackText: reader.sql.slice(start, reader.previousEnd) };
}
