import { OracleError } from './engine.ts';
import type { Environment, Test } from './sql-compiled.ts';
import { openSource } from './sql-access.ts';
import { compileCondition, compileTest, conjuncts } from './sql-conditions.ts';
import type { CompiledCondition } from './sql-conditions.ts';
import type { Scope } from './sql-evaluate.ts';
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
      open: index === 0 || source.table !== undefined ? open : kept(open),
      on: joining.map(({ test }) => test),
      where: here.map(({ test }) => test),
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

/** The rows of a view are made once per execution, however often the loop comes by. */
function kept(
  open: (environment: Environment) => Iterable<SourceRow>,
): (environment: Environment) => Iterable<SourceRow> {
  const rows = new WeakMap<Environment, readonly SourceRow[]>();
  return (environment) => {
    const known = rows.get(environment) ?? [...open(environment)];
    rows.set(environment, known);
    return known;
  };
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
    for (const row of source.rows(environment)) {
      environment.rows[0] = row;
      environment.level = 1;
      do {
        if (passes(tests, environment)) yield environment;
        environment.level += 1;
      } while (condition(environment) === true);
    }
  };
}
