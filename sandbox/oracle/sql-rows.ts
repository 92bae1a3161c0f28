import { comparatorOf } from './conversions.ts';
import type { SqlValue } from './engine.ts';
import { newEnvironment } from './sql-compiled.ts';
import type { Compiled, Environment } from './sql-compiled.ts';
import type { Gathering, Grouping } from './sql-group.ts';
import type { OrderKey, Query } from './sql-syntax.ts';
import { keyPart } from './store.ts';
import type { Row } from './store.ts';
import type { RowCursor } from './table-scan.ts';

/** From what the environment shows to the rows of a result: made, compared, sorted, cut off. */
export interface SortKey {
  readonly value: Compiled;
  readonly order: OrderKey;
}

interface Item {
  readonly value: Compiled;
}

export interface GatheredRows {
  /** False once all is read. */
  step(): boolean;
  rows(): Iterable<Row>;
}

export function gathering(
  plan: {
    readonly query: Query;
    readonly items: readonly Item[];
    readonly sort: readonly SortKey[];
    readonly grouping: Grouping;
    readonly open: (environment: Environment) => RowCursor;
    readonly limit: (environment: Environment) => number | undefined;
  },
  sourceCount: number,
): (binds: Row) => GatheredRows {
  return (binds) => {
    const environment = newEnvironment(sourceCount, binds);
    const gathered = plan.grouping.gather(plan.open(environment), environment);
    return {
      step: () => gathered.step(),
      rows: () => firstRows(arrange(produceGroups(plan, gathered, environment), plan), plan.limit(environment)),
    };
  };
}

interface ProducedRow {
  readonly values: Row;
  readonly keys: Row;
}

export interface RowMaking {
  readonly items: readonly Item[];
  readonly sort: readonly SortKey[];
}

export function valuesOf(items: readonly Item[], environment: Environment): Row {
  const values = new Array<SqlValue>(items.length);
  for (let index = 0; index < items.length; index++) values[index] = items[index]?.value.read(environment) ?? null;
  return values;
}

function producedRow({ items, sort }: RowMaking, current: Environment): ProducedRow {
  const values = valuesOf(items, current);
  return { values, keys: sort.length === 0 ? values : sort.map(({ value }) => value.read(current)) };
}

export function* produceRows(making: RowMaking, rows: Iterable<Environment>): Generator<ProducedRow> {
  for (const current of rows) yield producedRow(making, current);
}

function* produceGroups(making: RowMaking, gathered: Gathering, environment: Environment): Generator<ProducedRow> {
  for (const group of gathered.groups()) {
    environment.keys = group.keys;
    environment.totals = group.totals;
    yield producedRow(making, environment);
  }
}

export function* arrange(
  rows: Iterable<ProducedRow>,
  plan: { readonly query: Query; readonly sort: readonly SortKey[] },
): Generator<Row> {
  const wanted = plan.query.distinct ? distinctRows(rows) : rows;
  if (plan.sort.length === 0) {
    for (const { values } of wanted) yield values;
    return;
  }
  const comparators = plan.sort.map(({ value, order }) => ({ compare: comparatorOf(value.type), order }));
  const sorted = [...wanted].sort((left, right) => {
    for (const [index, { compare, order }] of comparators.entries()) {
      const result = compareNullable([left.keys[index] ?? null, right.keys[index] ?? null], compare, order);
      if (result !== 0) return result;
    }
    return 0;
  });
  for (const { values } of sorted) yield values;
}

function compareNullable(
  [left, right]: readonly [SqlValue, SqlValue],
  compare: (left: string | Buffer, right: string | Buffer) => number,
  order: OrderKey,
): number {
  if (left === null || right === null) {
    if (left === right) return 0;
    return (left === null) === order.nullsFirst ? -1 : 1;
  }
  return order.descending ? compare(right, left) : compare(left, right);
}

function* distinctRows(rows: Iterable<ProducedRow>): Generator<ProducedRow> {
  const seen = new Set<string>();
  for (const row of rows) {
    const key = row.values.map((value) => keyPart(value) ?? '\u0001').join('\u0000');
    if (seen.has(key)) continue;
    seen.add(key);
    yield row;
  }
}

export function* firstRows(rows: Iterable<Row>, limit: number | undefined): Generator<Row> {
  let count = 0;
  if (limit === 0) return;
  for (const row of rows) {
    count += 1;
    yield row;
    if (count === limit) return;
  }
}
