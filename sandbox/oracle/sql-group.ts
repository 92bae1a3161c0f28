import { comparatorOf, converted, textOf } from './conversions.ts';
import { OracleError } from './engine.ts';
import { DecimalSum } from './group-sums.ts';
import type { SqlValue } from './engine.ts';
import { computed } from './sql-compiled.ts';
import type { Compiled, Environment } from './sql-compiled.ts';
import { AGGREGATES, compileExpression } from './sql-evaluate.ts';
import type { Scope } from './sql-evaluate.ts';
import type { CallExpression, Expression } from './sql-syntax.ts';
import { keyPart } from './store.ts';
import type { Row } from './store.ts';
import type { RowCursor } from './table-scan.ts';

/** GROUP BY and the group functions COUNT, MIN, MAX and SUM. */
export interface Grouping {
  /** Compiles what stands in SELECT and ORDER BY. */
  readonly scope: Scope;
  /** The rows are what the environment shows at each step of the cursor. */
  readonly gather: (rows: RowCursor, environment: Environment) => Gathering;
}

/** Keys and totals of a group. */
export interface Group {
  readonly keys: Row;
  readonly totals: Row;
}

interface OpenGroup {
  readonly keys: Row;
  readonly totals: readonly Accumulator[];
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
  return { scope, gather: (rows, environment) => new Gathering({ keys, totals }, rows, environment) };
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

const ROWS_PER_STEP = 1000;

/** Reads rows into their groups, so many at a time. */
export class Gathering {
  readonly #plan: { readonly keys: readonly Compiled[]; readonly totals: readonly (() => Accumulator)[] };
  readonly #rows: RowCursor;
  readonly #environment: Environment;
  readonly #groups = new Map<string, OpenGroup>();

  constructor(
    plan: { readonly keys: readonly Compiled[]; readonly totals: readonly (() => Accumulator)[] },
    rows: RowCursor,
    environment: Environment,
  ) {
    this.#plan = plan;
    this.#rows = rows;
    this.#environment = environment;
    if (plan.keys.length === 0) this.#open('', []);
  }

  /** False once all rows are read. */
  step(): boolean {
    for (let count = 0; count < ROWS_PER_STEP; count++) {
      if (!this.#rows.advance()) return false;
      for (const total of this.#groupOfRow().totals) total.add(this.#environment);
    }
    return true;
  }

  /** Of all rows. */
  *groups(): Generator<Group> {
    while (this.step());
    for (const { keys, totals } of this.#groups.values()) yield { keys, totals: totals.map((total) => total.total()) };
  }

  #groupOfRow(): OpenGroup {
    const [first, ...others] = this.#plan.keys;
    if (first !== undefined && others.length === 0) {
      const key = first.read(this.#environment);
      const name = partOf(key);
      return this.#groups.get(name) ?? this.#open(name, [key]);
    }
    const keys = this.#plan.keys.map((key) => key.read(this.#environment));
    const name = keys.map(partOf).join('\u0000');
    return this.#groups.get(name) ?? this.#open(name, keys);
  }

  #open(name: string, keys: Row): OpenGroup {
    const group = { keys, totals: this.#plan.totals.map((create) => create()) };
    this.#groups.set(name, group);
    return group;
  }
}

const partOf = (value: SqlValue): string => keyPart(value) ?? '\u0001';

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
  const decimals = new DecimalSum();
  const { integer } = value;
  if (integer !== undefined) {
    return {
      add: (environment) => {
        const number = integer(environment);
        if (number !== null) decimals.addInteger(number);
      },
      total: () => decimals.total(),
    };
  }
  return {
    add: (environment) => {
      const number = value.read(environment);
      if (number !== null) decimals.add(textOf(number));
    },
    total: () => decimals.total(),
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
