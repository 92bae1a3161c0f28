import { parseExpression, parseExpressionList } from './sql-parser-expression.ts';
import type { TokenReader } from './sql-parser-tokens.ts';
import type { BoundDefinition, Expression, PartitionDefinition, PartitioningClause } from './sql-syntax.ts';

/** PARTITION BY RANGE | LIST | HASH (columns) [SUBPARTITION BY HASH (columns) SUBPARTITIONS n] (partitions) [ENABLE ROW MOVEMENT]. */
export function parsePartitioning(reader: TokenReader): PartitioningClause | undefined {
  if (!reader.acceptWords('PARTITION', 'BY')) return undefined;
  const kind = parseKind(reader);
  const columns = parseNames(reader);
  const subpartitions = parseSubpartitions(reader);
  const partitions = kind === 'HASH' && reader.acceptWord('PARTITIONS') ? unnamed(reader.integer()) : parseList(reader);
  const rowMovement = reader.acceptWords('ENABLE', 'ROW', 'MOVEMENT');
  if (!rowMovement) reader.acceptWords('DISABLE', 'ROW', 'MOVEMENT');
  return { kind, columns, partitions, rowMovement, ...(subpartitions === undefined ? {} : { subpartitions }) };
}

function parseKind(reader: TokenReader): PartitioningClause['kind'] {
  for (const kind of ['RANGE', 'LIST', 'HASH'] as const) if (reader.acceptWord(kind)) return kind;
  throw reader.error(14_151, 'invalid table partitioning method');
}

function parseNames(reader: TokenReader): string[] {
  reader.expectSymbol('(');
  const names = [reader.identifier()];
  while (reader.acceptSymbol(',')) names.push(reader.identifier());
  reader.expectSymbol(')');
  return names;
}

function parseSubpartitions(reader: TokenReader): PartitioningClause['subpartitions'] {
  if (!reader.acceptWords('SUBPARTITION', 'BY')) return undefined;
  if (!reader.acceptWord('HASH')) throw reader.error(3001, 'unimplemented feature: subpartitions by anything but hash');
  const columns = parseNames(reader);
  reader.expectWord('SUBPARTITIONS');
  return { columns, count: reader.integer() };
}

function unnamed(count: number): PartitionDefinition[] {
  return Array.from({ length: count }, () => ({ bound: { kind: 'none' } }));
}

function parseList(reader: TokenReader): PartitionDefinition[] {
  reader.expectSymbol('(');
  const partitions: PartitionDefinition[] = [];
  do {
    reader.expectWord('PARTITION', reader.error(14_004, 'missing PARTITION keyword'));
    partitions.push(parsePartition(reader));
  } while (reader.acceptSymbol(','));
  reader.expectSymbol(')');
  return partitions;
}

/** What follows the word PARTITION: [name] [VALUES …]. */
export function parsePartition(reader: TokenReader): PartitionDefinition {
  const named = reader.isIdentifier() && !reader.isWord('VALUES') ? { name: reader.identifier() } : {};
  return { ...named, bound: parseBound(reader) };
}

function parseBound(reader: TokenReader): BoundDefinition {
  if (!reader.acceptWord('VALUES')) return { kind: 'none' };
  const lessThan = reader.acceptWords('LESS', 'THAN');
  reader.expectSymbol('(');
  const start = reader.current.position;
  const bound = lessThan ? parseLessThan(reader) : parseValues(reader);
  const text = reader.sql.slice(start, reader.previousEnd);
  reader.expectSymbol(')');
  return { ...bound, text };
}

function parseLessThan(reader: TokenReader): {
  readonly kind: 'less than';
  readonly values: (Expression | undefined)[];
} {
  const values: (Expression | undefined)[] = [];
  do values.push(reader.acceptWord('MAXVALUE') ? undefined : parseExpression(reader));
  while (reader.acceptSymbol(','));
  return { kind: 'less than', values };
}

function parseValues(reader: TokenReader): {
  readonly kind: 'values';
  readonly rows: (readonly Expression[])[];
  readonly takesOthers: boolean;
} {
  if (reader.acceptWord('DEFAULT')) return { kind: 'values', rows: [], takesOthers: true };
  const rows: (readonly Expression[])[] = [];
  do {
    if (reader.acceptSymbol('(')) {
      rows.push(parseExpressionList(reader));
      reader.expectSymbol(')');
    } else rows.push([parseExpression(reader)]);
  } while (reader.acceptSymbol(','));
  return { kind: 'values', rows, takesOthers: false };
}
