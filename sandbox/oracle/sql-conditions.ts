import { comparatorOf, comparePadded, converted, familyOf, textOf } from './conversions.ts';
import type { Comparator } from './conversions.ts';
import { OracleError } from './engine.ts';
import { compileExpression } from './sql-evaluate.ts';
import type { Scope } from './sql-evaluate.ts';
import type { Compiled, StatementContext, Test } from './sql-compiled.ts';
import {
  bothListed,
  choiceOf,
  eitherChoice,
  eitherListed,
  listedChoice,
  type Choice,
  type Listed,
} from './sql-listed.ts';
import type { ComparisonOperator, Condition, Expression, ValueType } from './sql-syntax.ts';

/** A condition and which sources it reads; a plain comparison also shows its sides, for the choice of an access path. */
export interface CompiledCondition {
  readonly test: Test;
  readonly sources: number;
  readonly comparison:
    { readonly operator: ComparisonOperator; readonly left: Compiled; readonly right: Compiled } | undefined;
  /** Columns that must equal one of the options for the condition to hold. */
  readonly choices?: readonly Choice[];
  /** Set when the condition says nothing but this. */
  readonly listed?: Listed;
}

export function compileCondition(condition: Condition, scope: Scope): CompiledCondition {
  switch (condition.kind) {
    case 'compare':
      return compileComparison(condition, scope);
    case 'in':
      return compileIn(condition, scope);
    case 'like':
      return compileLike(condition, scope);
    case 'null': {
      const operand = compileExpression(condition.operand, scope);
      return whole((environment) => operand.read(environment) === null, operand.sources);
    }
    case 'and':
    case 'or':
      return compileConnective(condition, scope);
    case 'not': {
      const { test, sources } = compileCondition(condition.operand, scope);
      return whole((environment) => {
        const result = test(environment);
        return result === undefined ? undefined : !result;
      }, sources);
    }
  }
}

/** For Scope.condition. */
export function compileTest(condition: Condition, scope: Scope): Test {
  return compileCondition(condition, scope).test;
}

function whole(test: Test, sources: number): CompiledCondition {
  return { test, sources, comparison: undefined };
}

/** The parts of a condition that must all hold. */
export function conjuncts(condition: Condition | undefined): readonly Condition[] {
  if (condition === undefined) return [];
  return condition.kind === 'and' ? [...conjuncts(condition.left), ...conjuncts(condition.right)] : [condition];
}

function compileConnective(condition: Condition & { readonly kind: 'and' | 'or' }, scope: Scope): CompiledCondition {
  const left = compileCondition(condition.left, scope);
  const right = compileCondition(condition.right, scope);
  const decisive = condition.kind === 'or';
  const [a, b] = [left.choices ?? [], right.choices ?? []];
  const combined = whole((environment) => {
    const first = left.test(environment);
    if (first === decisive) return decisive;
    const second = right.test(environment);
    if (second === decisive) return decisive;
    return first === undefined || second === undefined ? undefined : !decisive;
  }, left.sources | right.sources);
  const choices = decisive ? eitherChoice(a, b) : [...a, ...b];
  const listed = decisive ? eitherListed(left.listed, right.listed) : bothListed(left.listed, right.listed);
  return { ...combined, choices, ...(listed === undefined ? {} : { listed }) };
}

const ACCEPTS: Readonly<Record<ComparisonOperator, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function compileComparison(condition: Condition & { readonly kind: 'compare' }, scope: Scope): CompiledCondition {
  const pair = comparable(
    compileExpression(condition.left, scope),
    compileExpression(condition.right, scope),
    scope.context,
  );
  const { left, right, compare } = pair;
  const accepts = ACCEPTS[condition.operator];
  const test: Test = (environment) => {
    const a = left.read(environment);
    if (a === null) return undefined;
    const b = right.read(environment);
    return b === null ? undefined : accepts(compare(a, b));
  };
  const choices = condition.operator === '=' ? [...choiceOf(left, [right]), ...choiceOf(right, [left])] : [];
  const comparison = { operator: condition.operator, left, right };
  return { test, sources: left.sources | right.sources, comparison, choices, ...listedChoice(choices) };
}

interface ComparablePair {
  readonly left: Compiled;
  readonly right: Compiled;
  readonly compare: Comparator;
}

/** Brings both sides to one type: text follows numbers, dates, RAW and ROWIDs. */
function comparable(left: Compiled, right: Compiled, context: StatementContext): ComparablePair {
  const families = [familyOf(left.type), familyOf(right.type)];
  if (families[0] === families[1]) return sameFamily(left, right, context);
  if (families[0] === 'text') return sameFamily(converted(left, right.type, context), right, context);
  if (families[1] === 'text') return sameFamily(left, converted(right, left.type, context), context);
  throw new OracleError(932, `inconsistent datatypes: expected ${left.type} got ${right.type}`);
}

/** Types that the other side of a comparison is converted to; a local zone is compared as the session's. */
const COMMON = ['BINARY_DOUBLE', 'BINARY_FLOAT', 'TIMESTAMP_TZ', 'TIMESTAMP_LTZ'] as const;

function isPadded(type: ValueType): boolean {
  return type === 'CHAR' || type === 'NCHAR';
}

function sameFamily(left: Compiled, right: Compiled, context: StatementContext): ComparablePair {
  if (isPadded(left.type) && isPadded(right.type)) return { left, right, compare: comparePadded };
  const common =
    left.type === right.type ? undefined : COMMON.find((type) => type === left.type || type === right.type);
  if (common !== undefined) {
    const [a, b] = [converted(left, common, context), converted(right, common, context)];
    return { left: a, right: b, compare: comparatorOf(common) };
  }
  return { left, right, compare: comparatorOf(left.type) };
}

/** Written numbers, which are looked up instead of compared one by one; undefined where there is anything else among them. */
function numbersOf(list: readonly Expression[]): ReadonlySet<string> | undefined {
  const numbers = new Set<string>();
  for (const item of list) {
    if (item.kind !== 'literal' || item.type !== 'NUMBER' || typeof item.value !== 'string') return undefined;
    numbers.add(item.value);
  }
  return numbers;
}

function compileIn(condition: Condition & { readonly kind: 'in' }, scope: Scope): CompiledCondition {
  const operand = compileExpression(condition.operand, scope);
  const numbers = operand.type === 'NUMBER' ? numbersOf(condition.list) : undefined;
  if (numbers !== undefined) {
    return whole((environment) => {
      const value = operand.read(environment);
      return value === null ? undefined : numbers.has(textOf(value));
    }, operand.sources);
  }
  const tests = condition.list.map((item) => comparable(operand, compileExpression(item, scope), scope.context));
  let sources = operand.sources;
  for (const { right } of tests) sources |= right.sources;
  const membership = whole((environment) => {
    let unknown = false;
    for (const { left, right, compare } of tests) {
      const a = left.read(environment);
      if (a === null) return undefined;
      const b = right.read(environment);
      if (b === null) unknown = true;
      else if (compare(a, b) === 0) return true;
    }
    return unknown ? undefined : false;
  }, sources);
  const options = tests.map(({ right }) => right);
  const choices = choiceOf(operand, options);
  return { ...membership, choices, ...listedChoice(choices) };
}

function compileLike(condition: Condition & { readonly kind: 'like' }, scope: Scope): CompiledCondition {
  const asText = (expression: Expression): Compiled =>
    converted(compileExpression(expression, scope), 'VARCHAR2', scope.context);
  const operand = asText(condition.operand);
  const pattern = asText(condition.pattern);
  const escape = condition.escape === undefined ? undefined : asText(condition.escape);
  let lastPattern = '';
  let expression = likeExpression('', undefined);
  return whole((environment) => {
    const text = operand.read(environment);
    const like = pattern.read(environment);
    if (text === null || like === null) return undefined;
    if (lastPattern !== textOf(like)) {
      const character = escape?.read(environment) ?? undefined;
      lastPattern = textOf(like);
      expression = likeExpression(lastPattern, character === undefined ? undefined : textOf(character));
    }
    return expression.test(textOf(text));
  }, operand.sources | pattern.sources);
}

function likeExpression(pattern: string, escape: string | undefined): RegExp {
  let source = '';
  let escaped = false;
  for (const character of pattern) {
    if (!escaped && character === escape) {
      escaped = true;
      continue;
    }
    if (!escaped && character === '%') source += '.*';
    else if (!escaped && character === '_') source += '.';
    else source += character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replace(/^\\-$/, '-');
    escaped = false;
  }
  if (escaped) throw new OracleError(1424, 'missing or illegal character following the escape character');
  return new RegExp(`^${source}$`, 'su');
}
