import { textOf } from './conversions.ts';
import { OracleError } from './engine.ts';
import type { SqlValue } from './engine.ts';
import type { Compiled, Environment, Test } from './sql-compiled.ts';
import { openSource } from './sql-access.ts';
import { compileCondition, compileTest, conjuncts } from './sql-conditions.ts';
import type { CompiledCondition } from './sql-conditions.ts';
import type { Scope } from './sql-evaluate.ts';
import { quickTest } from './sql-listed.ts';
import type { QueryContext, Source } from './sql-sources.ts';
import type { Query } from './sql-syntax.ts';
import type { SourceRow } from './store.ts';

/** Puts the current rows of all sources into the environment, once per step. */
export type Join = (environment: Environment) => Iterable<Environment>;

interface Step {
  readonly left: boolean;
  readonly open: (environment: Environment) => Iterable<SourceRow>;
  /** Decides about the join itself; WHERE comes after. */
  readonly on: readonly Test[];
  readonly where: readonly Test[];
  readonly nullRow: SourceRow;
}

/** FROM, its joins, WHERE and CONNECT BY: nested loops, each condition tested as early as its sources are there. */
export function compileFrom(
  query: Query,
  sources: readonly Source[],
  { scope, context }: { readonly scope: Scope; readonly context: QueryContext },
): Join {
  const where = conjuncts(query.where).map((condition) => compileCondition(condition, scope));
  if (query.connectBy !== undefined) {
    return connectBy(sources, compileTest(query.connectBy, scope), where);
  }
  const steps = query.from.map(({ join, on }, index): Step => {
    const source = sources[index];
    if (source === undefined) throw new Error('every FROM item has a source');
    const joining = conjuncts(on).map((condition) => compileCondition(condition, scope));
    const here = where.filter((condition) => levelOf(condition, sources.length) === index);
    // A left join's WHERE also judges the row of NULLs, so only its ON may narrow the search.
    const narrowing = join === 'left' ? joining : [...joining, ...here];
    const open = openSource(source, { index, conditions: narrowing }, context);
    return {
      left: join === 'left',
      open: index === 0 || source.table !== undefined ? open : kept(open, equalities(narrowing, index)),
      on: joining.map(quickTest),
      where: here.map(quickTest),
      nullRow: { values: source.columns.map(() => null), slot: undefined },
    };
  });
  return (environment) => walk(steps, 0, environment);
}

/** The last source that a condition reads; 0 when it reads none. */
function levelOf({ sources }: CompiledCondition, count: number): number {
  if (sources < 0) return count - 1;
  return sources === 0 ? 0 : 31 - Math.clz32(sources);
}

/** A column of text of this source that must equal something known before its row. */
interface Equality {
  readonly column: number;
  readonly other: Compiled;
}

function equalities(conditions: readonly CompiledCondition[], index: number): readonly Equality[] {
  const known = (1 << index) - 1;
  const found: Equality[] = [];
  for (const { comparison } of conditions) {
    if (comparison?.operator !== '=') continue;
    for (const [own, other] of [
      [comparison.left, comparison.right],
      [comparison.right, comparison.left],
    ] as const) {
      const text = own.type === 'VARCHAR2' && other.type === 'VARCHAR2';
      if (text && own.column?.source === index && other.sources !== 0 && (other.sources & ~known) === 0) {
        found.push({ column: own.column.index, other });
      }
    }
  }
  return found;
}

/** The rows of a view are made once per execution, however often the loop comes by, and found by what they must equal. */
function kept(
  open: (environment: Environment) => Iterable<SourceRow>,
  equal: readonly Equality[],
): (environment: Environment) => Iterable<SourceRow> {
  const indexes = new WeakMap<Environment, ReadonlyMap<string, readonly SourceRow[]>>();
  return (environment) => {
    let rows = indexes.get(environment);
    if (rows === undefined) indexes.set(environment, (rows = indexRows(open(environment), equal)));
    return rows.get(keyOfTexts(equal.map(({ other }) => other.read(environment)))) ?? [];
  };
}

function indexRows(rows: Iterable<SourceRow>, equal: readonly Equality[]): ReadonlyMap<string, readonly SourceRow[]> {
  const index = new Map<string, SourceRow[]>();
  for (const row of rows) {
    const key = keyOfTexts(equal.map(({ column }) => row.values[column] ?? null));
    const same = index.get(key);
    if (same === undefined) index.set(key, [row]);
    else same.push(row);
  }
  return index;
}

/** Two NULLs meet here; the condition, which is tested anyway, parts them again. */
function keyOfTexts(values: readonly SqlValue[]): string {
  return values.map((value) => `${value === null ? '' : textOf(value)}\u0000`).join('');
}

function* walk(steps: readonly Step[], index: number, environment: Environment): Generator<Environment> {
  const step = steps[index];
  if (step === undefined) {
    yield environment;
    return;
  }
  const last = index === steps.length - 1;
  for (const row of joinedRows(step, index, environment)) {
    environment.rows[index] = row;
    if (!passes(step.where, environment)) continue;
    if (last) yield environment;
    else yield* walk(steps, index + 1, environment);
  }
}

function* joinedRows(step: Step, index: number, environment: Environment): Generator<SourceRow> {
  let matched = false;
  for (const row of step.open(environment)) {
    environment.rows[index] = row;
    if (!passes(step.on, environment)) continue;
    matched = true;
    yield row;
  }
  if (step.left && !matched) yield step.nullRow;
}

function passes(tests: readonly Test[], environment: Environment): boolean {
  for (const test of tests) if (test(environment) !== true) return false;
  return true;
}

/** FROM DUAL CONNECT BY LEVEL <= n: the row comes again as long as the condition holds, at least once. */
function connectBy(sources: readonly Source[], condition: Test, where: readonly CompiledCondition[]): Join {
  const [source] = sources;
  if (source === undefined || sources.length > 1 || source.table !== undefined) {
    throw new OracleError(3001, 'unimplemented feature: CONNECT BY over anything but DUAL');
  }
  const tests = where.map(({ test }) => test);
  return function* levels(environment) {
    for (const row of source.rows(environment, () => undefined)) {
      environment.rows[0] = row;
      environment.level = 1;
      do {
        if (passes(tests, environment)) yield environment;
        environment.level += 1;
      } while (condition(environment) === true);
    }
  };
}
