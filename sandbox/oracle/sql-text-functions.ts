import { converted, textOf } from './conversions.ts';
import { OracleError } from './engine.ts';
import { computed } from './sql-compiled.ts';
import type { Compiled, StatementContext } from './sql-compiled.ts';

export function argument(args: readonly Compiled[], index: number): Compiled {
  const found = args[index];
  if (found === undefined) throw new OracleError(938, 'not enough arguments for function');
  return found;
}

/** A function of a value and whole numbers. */
export function mapNumbers(
  value: Compiled,
  numbers: readonly Compiled[],
  apply: (value: string | Buffer, numbers: readonly number[]) => string | null,
  type: 'VARCHAR2' | 'NUMBER' = 'VARCHAR2',
): Compiled {
  return computed(
    type,
    (environment) => {
      const given = value.read(environment);
      if (given === null) return null;
      const read: number[] = [];
      for (const number of numbers) {
        const found = number.read(environment);
        if (found === null) return null;
        read.push(Math.trunc(Number(found)));
      }
      const result = apply(given, read);
      return result === '' ? null : result;
    },
    { from: [value, ...numbers] },
  );
}

/** LPAD and RPAD. */
export function compilePad(side: 'padStart' | 'padEnd') {
  return (args: readonly Compiled[], context: StatementContext): Compiled => {
    const [text, length] = [argument(args, 0), argument(args, 1)].map((arg, index) =>
      converted(arg, index === 0 ? 'VARCHAR2' : 'NUMBER', context),
    );
    const padding = args[2] === undefined ? undefined : converted(args[2], 'VARCHAR2', context);
    return computed(
      'VARCHAR2',
      (environment) => {
        const value = text?.read(environment) ?? null;
        const width = length?.read(environment) ?? null;
        const filler = padding === undefined ? ' ' : padding.read(environment);
        if (value === null || width === null || filler === null) return null;
        const padded = textOf(value)[side](Math.max(0, Math.trunc(Number(width))), textOf(filler));
        const cut = padded.slice(0, Math.max(0, Math.trunc(Number(width))));
        return cut === '' ? null : cut;
      },
      { from: args },
    );
  };
}
