import { decodeBinary, encodeBinary } from './binary-numbers.ts';
import type { BinaryType } from './binary-numbers.ts';
import { bytesOf, converted, textOf } from './conversions.ts';
import { negateDecimal } from './decimal.ts';
import { computed, mapped } from './sql-compiled.ts';
import type { Compiled, StatementContext } from './sql-compiled.ts';
import type { ValueType } from './sql-syntax.ts';

/** The type that arithmetic is done in when an operand is binary: BINARY_DOUBLE before BINARY_FLOAT. */
export function widestBinary(left: ValueType, right: ValueType): BinaryType | undefined {
  if (left === 'BINARY_DOUBLE' || right === 'BINARY_DOUBLE') return 'BINARY_DOUBLE';
  return left === 'BINARY_FLOAT' || right === 'BINARY_FLOAT' ? 'BINARY_FLOAT' : undefined;
}

const OPERATIONS = {
  '+': (left: number, right: number) => left + right,
  '-': (left: number, right: number) => left - right,
  '*': (left: number, right: number) => left * right,
  '/': (left: number, right: number) => left / right,
} as const;

/** IEEE 754: it overflows to infinity and divides by zero without an error. */
export function compileBinaryArithmetic(
  operator: keyof typeof OPERATIONS,
  operands: readonly [Compiled, Compiled],
  { type, context }: { readonly type: BinaryType; readonly context: StatementContext },
): Compiled {
  const [left, right] = [converted(operands[0], type, context), converted(operands[1], type, context)];
  const operation = OPERATIONS[operator];
  return computed(
    type,
    (environment) => {
      const a = left.read(environment);
      const b = right.read(environment);
      if (a === null || b === null) return null;
      return encodeBinary(type, operation(decodeBinary(bytesOf(a)), decodeBinary(bytesOf(b))));
    },
    { from: [left, right] },
  );
}

export function compileNegation(operand: Compiled, context: StatementContext): Compiled {
  const { type } = operand;
  if (type === 'BINARY_FLOAT' || type === 'BINARY_DOUBLE') {
    return mapped(operand, type, (value) => encodeBinary(type, -decodeBinary(bytesOf(value))));
  }
  return mapped(converted(operand, 'NUMBER', context), 'NUMBER', (value) => negateDecimal(textOf(value)));
}
