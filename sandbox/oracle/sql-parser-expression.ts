import { OracleError } from './engine.ts';
import { numberLiteral, parseWordLiteral, textLiteral } from './sql-parser-literals.ts';
import type { TokenReader } from './sql-parser-tokens.ts';
import { parseType } from './sql-parser-types.ts';
import type { CaseBranch, ComparisonOperator, Condition, Expression } from './sql-syntax.ts';

/** expression = term { (+ | - | '||') term } */
export function parseExpression(reader: TokenReader): Expression {
  let left = parseTerm(reader);
  for (;;) {
    if (reader.acceptSymbol('+')) left = { kind: 'arithmetic', operator: '+', left, right: parseTerm(reader) };
    else if (reader.acceptSymbol('-')) left = { kind: 'arithmetic', operator: '-', left, right: parseTerm(reader) };
    else if (reader.acceptSymbol('||')) left = { kind: 'concatenate', left, right: parseTerm(reader) };
    else return left;
  }
}

/** term = factor { (* | /) factor } */
function parseTerm(reader: TokenReader): Expression {
  let left = parseFactor(reader);
  for (;;) {
    if (reader.acceptSymbol('*')) left = { kind: 'arithmetic', operator: '*', left, right: parseFactor(reader) };
    else if (reader.acceptSymbol('/')) left = { kind: 'arithmetic', operator: '/', left, right: parseFactor(reader) };
    else return left;
  }
}

function parseFactor(reader: TokenReader): Expression {
  if (reader.acceptSymbol('-')) return { kind: 'negate', operand: parseFactor(reader) };
  if (reader.acceptSymbol('+')) return parseFactor(reader);
  if (reader.acceptSymbol('(')) {
    const inner = parseExpression(reader);
    reader.expectSymbol(')');
    return inner;
  }
  return parsePrimary(reader);
}

function parsePrimary(reader: TokenReader): Expression {
  const token = reader.current;
  switch (token.kind) {
    case 'number':
      reader.take();
      return numberLiteral(token.text, token.position);
    case 'text':
      return textLiteral(reader, 'CHAR');
    case 'bind':
      return reader.bind();
    case 'name':
    case 'quoted':
      return parseNamed(reader);
    default:
      throw reader.error(936, 'missing expression');
  }
}

function parseNamed(reader: TokenReader): Expression {
  if (reader.isWord('CASE')) return parseCase(reader);
  if (reader.acceptWord('NULL')) return { kind: 'literal', type: 'CHAR', value: null };
  if (reader.isWord('CAST') && reader.ahead(1).text === '(') return parseCast(reader);
  return parseWordLiteral(reader) ?? parsePath(reader);
}

/** CAST(expression AS type). */
function parseCast(reader: TokenReader): Expression {
  reader.expectWord('CAST');
  reader.expectSymbol('(');
  const operand = parseExpression(reader);
  reader.expectWord('AS');
  const declared = parseType(reader);
  reader.expectSymbol(')');
  return { kind: 'cast', operand, declared };
}

/** A column, a pseudocolumn or a call, with what qualifies it. */
function parsePath(reader: TokenReader): Expression {
  const position = reader.current.position;
  if (!reader.isIdentifier() && !reader.isWord('ROWID')) throw reader.error(936, 'missing expression');
  const path = [reader.take().text];
  while (reader.acceptSymbol('.')) path.push(reader.isWord('ROWID') ? reader.take().text : reader.identifier());
  if (!reader.acceptSymbol('(')) return { kind: 'column', path, position };
  const name = path.join('.');
  if (reader.acceptSymbol('*')) {
    reader.expectSymbol(')');
    return { kind: 'call', name, arguments: [], distinct: false, star: true, position };
  }
  const distinct = reader.acceptWord('DISTINCT');
  const list: Expression[] = [];
  if (!reader.isSymbol(')')) list.push(...parseExpressionList(reader));
  reader.expectSymbol(')');
  return { kind: 'call', name, arguments: list, distinct, star: false, position };
}

export function parseExpressionList(reader: TokenReader): Expression[] {
  const list = [parseExpression(reader)];
  while (reader.acceptSymbol(',')) list.push(parseExpression(reader));
  return list;
}

function parseCase(reader: TokenReader): Expression {
  reader.expectWord('CASE');
  const subject = reader.isWord('WHEN') ? undefined : parseExpression(reader);
  const branches: CaseBranch[] = [];
  while (reader.acceptWord('WHEN')) {
    const when: Condition =
      subject === undefined
        ? parseCondition(reader)
        : { kind: 'compare', operator: '=', left: subject, right: parseExpression(reader) };
    reader.expectWord('THEN');
    branches.push({ when, then: parseExpression(reader) });
  }
  const otherwise: Expression = reader.acceptWord('ELSE')
    ? parseExpression(reader)
    : { kind: 'literal', type: 'CHAR', value: null };
  reader.expectWord('END');
  if (branches.length === 0) throw reader.error(905, 'missing keyword');
  return { kind: 'case', branches, otherwise };
}

/** condition = conjunction { OR conjunction } */
export function parseCondition(reader: TokenReader): Condition {
  let left = parseConjunction(reader);
  while (reader.acceptWord('OR')) left = { kind: 'or', left, right: parseConjunction(reader) };
  return left;
}

function parseConjunction(reader: TokenReader): Condition {
  let left = parseNegation(reader);
  while (reader.acceptWord('AND')) left = { kind: 'and', left, right: parseNegation(reader) };
  return left;
}

function parseNegation(reader: TokenReader): Condition {
  if (reader.acceptWord('NOT')) return { kind: 'not', operand: parseNegation(reader) };
  return (reader.isSymbol('(') ? (parseNested(reader) ?? parseTuples(reader)) : undefined) ?? parsePredicate(reader);
}

/** A parenthesis that holds a condition; undefined when it turns out to hold an expression. */
function parseNested(reader: TokenReader): Condition | undefined {
  const mark = reader.mark();
  reader.take();
  try {
    const condition = parseCondition(reader);
    if (reader.acceptSymbol(')')) return condition;
  } catch (error: unknown) {
    if (!(error instanceof OracleError)) throw error;
  }
  reader.reset(mark);
  return undefined;
}

/** (a, b) [NOT] IN ((1, 2), (3, 4)): the same as (a = 1 AND b = 2) OR …; undefined when the parenthesis holds one expression. */
function parseTuples(reader: TokenReader): Condition | undefined {
  const mark = reader.mark();
  reader.take();
  const operands = parseExpressionList(reader);
  if (operands.length < 2 || !reader.acceptSymbol(')')) {
    reader.reset(mark);
    return undefined;
  }
  const negated = reader.acceptWord('NOT');
  reader.expectWord('IN');
  reader.expectSymbol('(');
  const rows: Condition[] = [];
  do {
    reader.expectSymbol('(');
    const values = parseExpressionList(reader);
    if (values.length !== operands.length) throw reader.error(920, 'invalid relational operator');
    reader.expectSymbol(')');
    rows.push(
      joined(
        'and',
        operands.map((left, index) => equality(left, values[index])),
      ),
    );
  } while (reader.acceptSymbol(','));
  reader.expectSymbol(')');
  return negate(negated, joined('or', rows));
}

function equality(left: Expression, right: Expression = { kind: 'literal', type: 'CHAR', value: null }): Condition {
  return { kind: 'compare', operator: '=', left, right };
}

/** A balanced tree, so that long lists are not deep. */
function joined(kind: 'and' | 'or', conditions: readonly Condition[]): Condition {
  const [first, ...others] = conditions;
  if (first === undefined) throw new OracleError(936, 'missing expression');
  if (others.length === 0) return first;
  const middle = Math.ceil(conditions.length / 2);
  return { kind, left: joined(kind, conditions.slice(0, middle)), right: joined(kind, conditions.slice(middle)) };
}

const COMPARISONS = new Map<string, ComparisonOperator>([
  ['=', '='],
  ['<>', '<>'],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);

function parsePredicate(reader: TokenReader): Condition {
  const operand = parseExpression(reader);
  const operator = reader.current.kind === 'symbol' ? COMPARISONS.get(reader.current.text) : undefined;
  if (operator !== undefined) {
    reader.take();
    return { kind: 'compare', operator, left: operand, right: parseExpression(reader) };
  }
  if (reader.acceptWord('IS')) {
    const negated = reader.acceptWord('NOT');
    reader.expectWord('NULL');
    return negate(negated, { kind: 'null', operand });
  }
  const negated = reader.acceptWord('NOT');
  return negate(negated, parseWordPredicate(reader, operand));
}

function parseWordPredicate(reader: TokenReader, operand: Expression): Condition {
  if (reader.acceptWord('BETWEEN')) {
    const low = parseExpression(reader);
    reader.expectWord('AND');
    const high = parseExpression(reader);
    return {
      kind: 'and',
      left: { kind: 'compare', operator: '>=', left: operand, right: low },
      right: { kind: 'compare', operator: '<=', left: operand, right: high },
    };
  }
  if (reader.acceptWord('IN')) {
    reader.expectSymbol('(');
    const list = parseExpressionList(reader);
    reader.expectSymbol(')');
    if (list.length > 1000) throw reader.error(1795, 'maximum number of expressions in a list is 1000');
    return { kind: 'in', operand, list };
  }
  if (reader.acceptWord('LIKE')) {
    const pattern = parseExpression(reader);
    if (!reader.acceptWord('ESCAPE')) return { kind: 'like', operand, pattern };
    return { kind: 'like', operand, pattern, escape: parseExpression(reader) };
  }
  throw reader.error(920, 'invalid relational operator');
}

function negate(negated: boolean, condition: Condition): Condition {
  return negated ? { kind: 'not', operand: condition } : condition;
}
