import type { TokenReader } from './sql-parser-tokens.ts';
import { parseCondition, parseExpression, parseExpressionList } from './sql-parser-expression.ts';
import type {
  Condition,
  Expression,
  FromItem,
  JoinedItem,
  OrderKey,
  Query,
  SelectItem,
  TableName,
} from './sql-syntax.ts';

/** SELECT … FROM … [WHERE] [CONNECT BY] [GROUP BY] [ORDER BY] [FETCH FIRST]. */
export function parseQuery(reader: TokenReader): Query {
  reader.expectWord('SELECT');
  const distinct = reader.acceptWord('DISTINCT') || reader.acceptWord('UNIQUE');
  const items = parseItems(reader);
  if (!reader.acceptWord('FROM')) throw reader.error(923, 'FROM keyword not found where expected');
  const from = parseFrom(reader);
  const where = reader.acceptWord('WHERE') ? parseCondition(reader) : undefined;
  const connectBy = reader.acceptWords('CONNECT', 'BY') ? parseCondition(reader) : undefined;
  const groupBy = reader.acceptWords('GROUP', 'BY') ? parseExpressionList(reader) : [];
  const orderBy = reader.acceptWords('ORDER', 'BY') ? parseOrder(reader) : [];
  const limit = parseLimit(reader);
  return {
    distinct,
    items,
    from,
    where,
    connectBy,
    groupBy,
    orderBy,
    limit,
  };
}

function parseItems(reader: TokenReader): SelectItem[] {
  const items = [parseItem(reader)];
  while (reader.acceptSymbol(',')) items.push(parseItem(reader));
  return items;
}

function parseItem(reader: TokenReader): SelectItem {
  if (reader.acceptSymbol('*')) return { kind: 'star' };
  if (reader.isIdentifier() && reader.ahead(1).text === '.' && reader.ahead(2).text === '*') {
    const qualifier = reader.identifier();
    reader.take();
    reader.take();
    return { kind: 'star', qualifier };
  }
  const start = reader.current.position;
  const expression = parseExpression(reader);
  const written = reader.sql.slice(start, reader.previousEnd);
  const alias = reader.alias(true);
  return { kind: 'expression', expression, name: alias ?? itemName(expression, written), aliased: alias !== undefined };
}

/** A column keeps its name; an expression is named by its own text without blanks, as Oracle does. */
function itemName(expression: Expression, written: string): string {
  if (expression.kind === 'column') return expression.path.at(-1) ?? written;
  return written
    .split(/('(?:[^']|'')*'|"[^"]*")/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/\s+/g, '').toUpperCase()))
    .join('');
}

function parseFrom(reader: TokenReader): JoinedItem[] {
  const joined: JoinedItem[] = [{ item: parseFromItem(reader), join: 'inner' }];
  for (;;) {
    if (reader.acceptSymbol(',') || reader.acceptWords('CROSS', 'JOIN')) {
      joined.push({ item: parseFromItem(reader), join: 'inner' });
    } else if (reader.acceptWord('JOIN') || reader.acceptWords('INNER', 'JOIN')) {
      joined.push({ item: parseFromItem(reader), join: 'inner', on: parseOn(reader) });
    } else if (reader.acceptWords('LEFT', 'OUTER', 'JOIN') || reader.acceptWords('LEFT', 'JOIN')) {
      joined.push({ item: parseFromItem(reader), join: 'left', on: parseOn(reader) });
    } else return joined;
  }
}

function parseOn(reader: TokenReader): Condition {
  reader.expectWord('ON');
  return parseCondition(reader);
}

function parseFromItem(reader: TokenReader): FromItem {
  if (reader.acceptSymbol('(')) {
    const query = parseQuery(reader);
    reader.expectSymbol(')');
    const alias = reader.alias(false);
    return { kind: 'query', query, ...(alias === undefined ? {} : { alias }) };
  }
  return parseTableItem(reader);
}

/** A table with its flashback clause and alias. */
export function parseTableItem(reader: TokenReader): FromItem & { readonly kind: 'table' } {
  const position = reader.current.position;
  const table = parseTableName(reader);
  const asOf = reader.acceptWords('AS', 'OF', 'SCN') ? parseExpression(reader) : undefined;
  const alias = reader.alias(false);
  return {
    kind: 'table',
    table,
    position,
    ...(asOf === undefined ? {} : { asOf }),
    ...(alias === undefined ? {} : { alias }),
  };
}

export function parseTableName(reader: TokenReader): TableName {
  if (!reader.isIdentifier()) throw reader.error(903, 'invalid table name');
  const first = reader.identifier();
  if (!reader.acceptSymbol('.')) return { name: first };
  return { schema: first, name: reader.identifier() };
}

function parseOrder(reader: TokenReader): OrderKey[] {
  const keys: OrderKey[] = [];
  do {
    const expression = parseExpression(reader);
    const descending = reader.acceptWord('DESC');
    if (!descending) reader.acceptWord('ASC');
    let nullsFirst = descending;
    if (reader.acceptWords('NULLS', 'FIRST')) nullsFirst = true;
    else if (reader.acceptWords('NULLS', 'LAST')) nullsFirst = false;
    keys.push({ expression, descending, nullsFirst });
  } while (reader.acceptSymbol(','));
  return keys;
}

function parseLimit(reader: TokenReader): Expression | undefined {
  if (!reader.acceptWord('FETCH')) return undefined;
  if (!reader.acceptWord('FIRST')) reader.expectWord('NEXT');
  const count: Expression =
    reader.isWord('ROW') || reader.isWord('ROWS')
      ? { kind: 'literal', type: 'NUMBER', value: '1' }
      : parseExpression(reader);
  if (!reader.acceptWord('ROWS')) reader.expectWord('ROW');
  reader.expectWord('ONLY');
  return count;
}
