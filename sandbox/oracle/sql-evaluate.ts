import { encodeBinary } from './binary-numbers.ts';
import type { BinaryType } from './binary-numbers.ts';
import { addDecimal, divideDecimal, multiplyDecimal, negateDecimal } from './decimal.ts';
import { bytesOf, converted, familyOf, textOf } from './conversions.ts';
import { compileCast } from './column-values.ts';
import { decodeMoment, encodeDate, encodeZoned, fromSeconds, toSeconds } from './dates.ts';
import { isNational } from './declared-types.ts';
import { OracleError } from './engine.ts';
import { computed } from './sql-compiled.ts';
import type { Compiled, StatementContext, Test } from './sql-compiled.ts';
import { compileBinaryArithmetic, compileNegation, widestBinary } from './sql-arithmetic.ts';
import { compileFunction } from './sql-functions.ts';
import type { Condition, Expression, ValueType } from './sql-syntax.ts';
import { zoneText } from './time-zones.ts';

/** Where names of an expression come from. */
export interface Scope {
  readonly context: StatementContext;
  /** A column or the ROWID of a source; undefined when no source has it. */
  readonly column: (path: readonly string[], position: number) => Compiled | undefined;
  /** After GROUP BY: what stands for a whole expression (a key, a total). */
  readonly substitute?: (expression: Expression) => Compiled | undefined;
  /** Compiles the conditions inside CASE; given by sql-conditions.ts, which builds on this file. */
  readonly condition: (condition: Condition, scope: Scope) => Test;
}

/** @throws OracleError 904, 932, 1008 and others of the statement's text. */
export function compileExpression(expression: Expression, scope: Scope): Compiled {
  const substituted = scope.substitute?.(expression);
  if (substituted !== undefined) return substituted;
  switch (expression.kind) {
    case 'literal':
      return compileLiteral(expression);
    case 'bind':
      return compileBind(expression.index, scope);
    case 'column':
      return scope.column(expression.path, expression.position) ?? compilePseudocolumn(expression, scope.context);
    case 'negate':
      return compileNegation(compileExpression(expression.operand, scope), scope.context);
    case 'cast':
      return compileCast(compileExpression(expression.operand, scope), expression.declared, scope.context);
    case 'arithmetic':
      return compileArithmetic(expression, scope);
    case 'concatenate':
      return compileConcatenation(expression, scope);
    case 'call':
      return compileCall(expression, scope);
    case 'case':
      return compileCase(expression, scope);
  }
}

function compileLiteral(literal: Expression & { readonly kind: 'literal' }): Compiled {
  const { type, value } = literal;
  const size = familyOf(type) === 'text' ? { size: value === null ? 1 : textBytes(type, textOf(value)) } : {};
  const { precision, scale } = literal;
  return { ...computed(type, () => value, size), precision, scale, nullable: value === null };
}

function textBytes(type: ValueType, text: string): number {
  return isNational(type) ? text.length * 2 : Buffer.byteLength(text);
}

function compileBind(index: number, scope: Scope): Compiled {
  const type = scope.context.bindTypes[index];
  if (type === undefined) throw new OracleError(1008, 'not all variables bound');
  const fraction = type.startsWith('TIMESTAMP') || type === 'INTERVAL_DS' ? { scale: 9 } : {};
  return computed(type, (environment) => environment.binds[index] ?? null, fraction);
}

function compilePseudocolumn(column: Expression & { readonly kind: 'column' }, context: StatementContext): Compiled {
  const { path, position } = column;
  const name = path.length === 1 ? path[0] : undefined;
  switch (name) {
    case 'SYSDATE': {
      const value = encodeDate(context.now);
      return computed('DATE', () => value);
    }
    case 'SYSTIMESTAMP': {
      const value = encodeZoned(context.now, { minutes: context.zoneMinutes });
      return computed('TIMESTAMP_TZ', () => value, { scale: 6 });
    }
    case 'DBTIMEZONE': {
      const value = zoneText(0);
      return computed('VARCHAR2', () => value, { size: 6 });
    }
    case 'USER': {
      const value = context.user;
      return computed('VARCHAR2', () => value, { size: 128 });
    }
    default:
      if (name !== undefined && Object.hasOwn(BINARY_CONSTANTS, name)) return binaryConstant(name);
      throw new OracleError(904, `${path.map((part) => `"${part}"`).join('.')}: invalid identifier`, position);
  }
}

/** Source: SQL Language Reference, "Numeric Literals". */
const BINARY_CONSTANTS: Readonly<Record<string, readonly [BinaryType, number]>> = {
  BINARY_FLOAT_NAN: ['BINARY_FLOAT', Number.NaN],
  BINARY_FLOAT_INFINITY: ['BINARY_FLOAT', Number.POSITIVE_INFINITY],
  BINARY_DOUBLE_NAN: ['BINARY_DOUBLE', Number.NaN],
  BINARY_DOUBLE_INFINITY: ['BINARY_DOUBLE', Number.POSITIVE_INFINITY],
};

function binaryConstant(name: string): Compiled {
  const [type, number] = BINARY_CONSTANTS[name] ?? ['BINARY_DOUBLE', Number.NaN];
  const value = encodeBinary(type, number);
  return { ...computed(type, () => value), nullable: false };
}

const OPERATIONS = {
  '+': addDecimal,
  '-': (left: string, right: string) => addDecimal(left, negateDecimal(right)),
  '*': multiplyDecimal,
  '/': divideDecimal,
} as const;

function compileArithmetic(expression: Expression & { readonly kind: 'arithmetic' }, scope: Scope): Compiled {
  const left = compileExpression(expression.left, scope);
  const right = compileExpression(expression.right, scope);
  if (familyOf(left.type) === 'date' || familyOf(right.type) === 'date') {
    return compileDateArithmetic(expression.operator, [left, right], scope.context);
  }
  const binary = widestBinary(left.type, right.type);
  if (binary !== undefined) {
    return compileBinaryArithmetic(expression.operator, [left, right], { type: binary, context: scope.context });
  }
  const a = converted(left, 'NUMBER', scope.context);
  const b = converted(right, 'NUMBER', scope.context);
  const operation = OPERATIONS[expression.operator];
  return computed(
    'NUMBER',
    (environment) => {
      const x = a.read(environment);
      const y = b.read(environment);
      return x === null || y === null ? null : operation(textOf(x), textOf(y));
    },
    { from: [a, b] },
  );
}

/** DATE ± days, days + DATE, DATE − DATE. */
function compileDateArithmetic(
  operator: '+' | '-' | '*' | '/',
  [left, right]: readonly [Compiled, Compiled],
  context: StatementContext,
): Compiled {
  const dates = [left, right].filter(({ type }) => familyOf(type) === 'date');
  if (operator === '-' && dates.length === 2 && dates.every(({ type }) => type === 'DATE')) {
    return computed('NUMBER', (environment) => daysBetween(left.read(environment), right.read(environment)), {
      from: dates,
    });
  }
  const daysFirst = dates[0] === right;
  if (dates.length === 2 || operator === '*' || operator === '/' || (operator === '-' && daysFirst)) {
    throw new OracleError(932, 'inconsistent datatypes: expected NUMBER got DATE');
  }
  const date = daysFirst ? right : left;
  const days = converted(daysFirst ? left : right, 'NUMBER', context);
  const sign = operator === '-' ? -1 : 1;
  return computed(
    'DATE',
    (environment) => {
      const from = date.read(environment);
      const count = days.read(environment);
      if (from === null || count === null) return null;
      const seconds = Math.round(sign * Number(count) * 86_400);
      return encodeDate(fromSeconds(toSeconds(decodeMoment(bytesOf(from))) + seconds, 0));
    },
    { from: [date, days] },
  );
}

function daysBetween(left: string | Buffer | null, right: string | Buffer | null): string | null {
  if (left === null || right === null) return null;
  const seconds = toSeconds(decodeMoment(bytesOf(left))) - toSeconds(decodeMoment(bytesOf(right)));
  return divideDecimal(String(seconds), '86400');
}

function compileConcatenation(expression: Expression & { readonly kind: 'concatenate' }, scope: Scope): Compiled {
  const parts = operandsOf(expression).map((part) =>
    converted(compileExpression(part, scope), 'VARCHAR2', scope.context),
  );
  const type = parts.some((part) => isNational(part.type)) ? 'NVARCHAR2' : 'VARCHAR2';
  const size = parts.reduce((sum, part) => sum + (part.size ?? 4000), 0);
  return computed(
    type,
    (environment) => {
      let joined = '';
      for (const part of parts) {
        const value = part.read(environment);
        if (value !== null) joined += textOf(value);
      }
      return joined === '' ? null : joinedText(type, joined);
    },
    { from: parts, size: Math.min(LONGEST_TEXT, size) },
  );
}

function operandsOf(expression: Expression): readonly Expression[] {
  const operands: Expression[] = [];
  let left = expression;
  while (left.kind === 'concatenate') {
    operands.unshift(left.right);
    ({ left } = left);
  }
  return [left, ...operands];
}

/** With MAX_STRING_SIZE = EXTENDED. */
const LONGEST_TEXT = 32_767;

function joinedText(type: ValueType, text: string): string {
  if (text.length * 3 <= LONGEST_TEXT || textBytes(type, text) <= LONGEST_TEXT) return text;
  throw new OracleError(1489, 'result of string concatenation is too long');
}

export const AGGREGATES: ReadonlySet<string> = new Set(['COUNT', 'MIN', 'MAX', 'SUM']);

function compileCall(expression: Expression & { readonly kind: 'call' }, scope: Scope): Compiled {
  const { name, position } = expression;
  if (AGGREGATES.has(name)) throw new OracleError(934, 'group function is not allowed here', position);
  if (expression.star || expression.distinct) throw new OracleError(904, `"${name}": invalid identifier`, position);
  const args = expression.arguments.map((part) => compileExpression(part, scope));
  return compileFunction(name, args, { context: scope.context, position });
}

function compileCase(expression: Expression & { readonly kind: 'case' }, scope: Scope): Compiled {
  const results = [...expression.branches.map(({ then }) => then), expression.otherwise];
  const typed = results.find((result) => !(result.kind === 'literal' && result.value === null));
  const type = typed === undefined ? 'VARCHAR2' : compileExpression(typed, scope).type;
  const target = type === 'CHAR' ? 'VARCHAR2' : type;
  const compile = (result: Expression): Compiled =>
    result.kind === 'literal' && result.value === null
      ? computed(target, () => null)
      : converted(compileExpression(result, scope), target, scope.context);
  const branches = expression.branches.map(({ when, then }) => ({
    test: scope.condition(when, scope),
    then: compile(then),
  }));
  const otherwise = compile(expression.otherwise);
  const result = computed(
    target,
    (environment) => {
      for (const { test, then } of branches) if (test(environment) === true) return then.read(environment);
      return otherwise.read(environment);
    },
    { from: [otherwise, ...branches.map(({ then }) => then)] },
  );
  // The tests may read any source: such an expression is never taken for a constant.
  return { ...result, sources: -1 };
}
