import { addDecimal } from './decimal.ts';
import { comparatorOf, converted, textOf } from './conversions.ts';
import { OracleError } from './engine.ts';
import type { SqlValue } from './engine.ts';
import { computed } from './sql-compiled.ts';
import type { Compiled, Environment } from './sql-compiled.ts';
import { AGGREGATES, compileExpression } from './sql-evaluate.ts';
import type { Scope } from './sql-evaluate.ts';
import type { CallExpression, Expression } from './sql-syntax.ts';
import { keyPart } from './store.ts';
import type { Row } from './store.ts';

/** GROUP BY and the group functions COUNT, MIN, MAX and SUM. */
export interface Grouping {
  /** Compiles what stands in SELECT and ORDER BY. */
  readonly scope: Scope;
  /** Reads all rows (the environment as it stands at each step), then gives keys and totals of each group. */
  readonly groups: (rows: Iterable<Environment>) => Iterable<{ readonly keys: Row; readonly totals: Row }>;
}

interface Accumulator {
  add: (environment: Environment) => void;
  total: () => SqlValue;
}

export function hasAggregate(node: unknown): boolean {
  if (typeof node !== 'object' || node === null || Buffer.isBuffer(node)) return false;
  if (
    'kind' in node &&
    node.kind === 'call' &&
    'name' in node &&
    typeof node.name === 'string' &&
    AGGREGATES.has(node.name)
  ) {
    return true;
  }
  return Object.values(node).some(hasAggregate);
}

export function compileGrouping(groupBy: readonly Expression[], base: Scope): Grouping {
  const keys = groupBy.map((expression) => compileExpression(expression, base));
  const signatures = groupBy.map((expression) => signatureOf(expression, base));
  const totals: (() => Accumulator)[] = [];
  const scope: Scope = {
    context: base.context,
    condition: base.condition,
    substitute: (expression) => {
      const key = keys[signatures.indexOf(signatureOf(expression, base))];
      if (key !== undefined) return keyReader(key, keys.indexOf(key));
      if (expression.kind !== 'call' || !AGGREGATES.has(expression.name)) return undefined;
      const { compiled, accumulator } = compileAggregate(expression, { base, position: totals.length });
      totals.push(accumulator);
      return compiled;
    },
    column: (path, position) => {
      if (base.column(path, position) === undefined) return undefined;
      if (groupBy.length === 0) throw new OracleError(937, 'not a single-group group function', position);
      throw new OracleError(979, 'not a GROUP BY expression', position);
    },
  };
  return { scope, groups: (rows) => collectGroups({ keys, totals }, rows) };
}

function keyReader(key: Compiled, index: number): Compiled {
  return { ...key, column: undefined, rowidOf: undefined, read: (environment) => environment.keys[index] ?? null };
}

/** Two spellings of one column have one signature. */
function signatureOf(expression: Expression, base: Scope): string {
  if (expression.kind === 'column') {
    const column = base.column(expression.path, expression.position)?.column;
    if (column !== undefined) return `column ${column.source}.${column.index}`;
  }
  return JSON.stringify(expression, (key, value: unknown) =>
    key === 'position' || key === 'index' ? undefined : value,
  );
}

function* collectGroups(
  grouping: { readonly keys: readonly Compiled[]; readonly totals: readonly (() => Accumulator)[] },
  rows: Iterable<Environment>,
): Generator<{ readonly keys: Row; readonly totals: Row }> {
  const groups = new Map<string, { readonly keys: Row; readonly totals: readonly Accumulator[] }>();
  const open = (keys: Row): { readonly keys: Row; readonly totals: readonly Accumulator[] } => ({
    keys,
    totals: grouping.totals.map((create) => create()),
  });
  if (grouping.keys.length === 0) groups.set('', open([]));
  for (const environment of rows) {
    const keys = grouping.keys.map((key) => key.read(environment));
    const name = keys.map((value) => keyPart(value) ?? '\u0001').join('\u0000');
    let group = groups.get(name);
    if (group === undefined) groups.set(name, (group = open(keys)));
    for (const total of group.totals) total.add(environment);
  }
  for (const { keys, totals } of groups.values()) yield { keys, totals: totals.map((total) => total.total()) };
}

function compileAggregate(
  call: CallExpression,
  place: { readonly base: Scope; readonly position: number },
): { readonly compiled: Compiled; readonly accumulator: () => Accumulator } {
  const { base, position } = place;
  const read = (environment: Environment): SqlValue => environment.totals[position] ?? null;
  if (call.star && call.name === 'COUNT') return { compiled: computed('NUMBER', read), accumulator: countRows };
  const [operand] = call.arguments;
  if (operand === undefined || call.arguments.length > 1 || call.star) {
    throw new OracleError(909, 'invalid number of arguments', call.position);
  }
  const value = compileExpression(operand, base);
  const compiled = (type: Compiled): Compiled => ({ ...computed(type.type, read), size: type.size, scale: type.scale });
  switch (call.name) {
    case 'COUNT':
      return {
        compiled: computed('NUMBER', read),
        accumulator: () => (call.distinct ? countDistinct(value) : countValues(value)),
      };
    case 'SUM': {
      if (call.distinct) throw new OracleError(3001, 'unimplemented feature: SUM(DISTINCT)', call.position);
      const number = converted(value, 'NUMBER', base.context);
      return { compiled: computed('NUMBER', read), accumulator: () => sum(number) };
    }
    default:
      return { compiled: compiled(value), accumulator: () => extreme(value, call.name === 'MIN' ? -1 : 1) };
  }
}

function countRows(): Accumulator {
  let count = 0;
  return { add: () => (count += 1), total: () => String(count) };
}

function countValues(value: Compiled): Accumulator {
  let count = 0;
  return {
    add: (environment) => {
      if (value.read(environment) !== null) count += 1;
    },
    total: () => String(count),
  };
}

function countDistinct(value: Compiled): Accumulator {
  const seen = new Set<string>();
  return {
    add: (environment) => {
      const part = keyPart(value.read(environment));
      if (part !== undefined) seen.add(part);
    },
    total: () => String(seen.size),
  };
}

function sum(value: Compiled): Accumulator {
  let total: string | null = null;
  return {
    add: (environment) => {
      const number = value.read(environment);
      if (number !== null) total = total === null ? textOf(number) : addDecimal(total, textOf(number));
    },
    total: () => total,
  };
}

function extreme(value: Compiled, sign: number): Accumulator {
  const compare = comparatorOf(value.type);
  let best: SqlValue = null;
  return {
    add: (environment) => {
      const found = value.read(environment);
      if (found !== null && (best === null || compare(found, best) * sign > 0)) best = found;
    },
    total: () => best,
  };
}
