import { converted } from './conversions.ts';
import { OracleError } from './engine.ts';
import type { ResultColumn, SqlValue } from './engine.ts';
import { compileRowWriter } from './row-writer.ts';
import type { OutputValue } from './row-writer.ts';
import { readAll, RowStream } from './row-stream.ts';
import { compileScan } from './sql-access.ts';
import { compileCondition, conjuncts } from './sql-conditions.ts';
import { newEnvironment } from './sql-compiled.ts';
import type { Compiled, Environment } from './sql-compiled.ts';
import { compileExpression } from './sql-evaluate.ts';
import type { Scope } from './sql-evaluate.ts';
import { compileGrouping, hasAggregate } from './sql-group.ts';
import { compileFrom } from './sql-join.ts';
import { quickTest } from './sql-listed.ts';
import type { QueryContext, Source, SourceColumn } from './sql-sources.ts';
import { arrange, firstRows, gathering, produceRows, valuesOf } from './sql-rows.ts';
import type { GatheredRows } from './sql-rows.ts';
import { rowSource, scopeOf, tableSource } from './sql-sources.ts';
import type { Expression, FromItem, Query, SelectItem } from './sql-syntax.ts';
import type { Row } from './store.ts';
import { IteratedRows } from './table-scan.ts';
import type { RowCursor } from './table-scan.ts';
import { eachOf, ViewScan } from './view-scan.ts';
import type { ViewRows } from './view-scan.ts';

export interface CompiledQuery {
  readonly columns: readonly SourceColumn[];
  /** Rows are made as they are asked for, except where a sort or a group needs all of them first. */
  readonly run: (binds: Row) => Iterable<Row>;
  /** The rows of an inline view. Undefined where they must be sorted, grouped or compared with each other first, or counted. */
  readonly view: ((binds: Row) => ViewRows) | undefined;
  /** Of a query with groups: reads what they are made of step by step, then gives the rows. */
  readonly gather: ((binds: Row) => GatheredRows) | undefined;
  /** The same rows, for a client. Undefined where they must be sorted, grouped or compared with each other first. */
  readonly stream: ((binds: Row, columns: readonly ResultColumn[]) => RowStream) | undefined;
}

interface OutputItem {
  readonly name: string;
  readonly value: Compiled;
  readonly dateText?: OutputValue['dateText'];
}

/** @throws OracleError for everything wrong in the query's text or names. */
export function compileQuery(query: Query, context: QueryContext): CompiledQuery {
  const sources = query.from.map(({ item }) => compileSource(item, context));
  const base = scopeOf(sources, context.statement, query.connectBy !== undefined);
  const join = compileFrom(query, sources, { scope: base, context });
  const grouping = isGrouped(query) ? compileGrouping(query.groupBy, base) : undefined;
  const scope = grouping?.scope ?? base;
  const items = query.items.flatMap((item) => compileItem(item, { sources, scope, base }));
  const sort = query.orderBy.map((order) => ({
    order,
    value: compileSortKey(order.expression, { query, items, scope }),
  }));
  const count = (expression: Expression | undefined): ((environment: Environment) => number | undefined) => {
    if (expression === undefined) return () => undefined;
    const compiled = converted(
      compileExpression(expression, scopeOf([], context.statement, false)),
      'NUMBER',
      context.statement,
    );
    return (environment) => Math.max(0, Math.floor(Number(compiled.read(environment) ?? 0)));
  };
  const limit = count(query.limit);
  const produce = { items, sort };
  const direct = grouping === undefined && sort.length === 0 && !query.distinct;
  const scan = compileOneScan(query, sources, { scope: base, context });
  const open = (environment: Environment): RowCursor => scan?.(environment) ?? new IteratedRows(join(environment));
  const read = readAll(items.map(({ value }) => value));
  const gather = grouping && gathering({ query, ...produce, grouping, open, limit }, sources.length);
  return {
    columns: items.map(({ name, value }) => describe(name, value)),
    gather,
    run: (binds) => {
      if (gather !== undefined) return gather(binds).rows();
      const environment = newEnvironment(sources.length, binds);
      const found = scan === undefined ? join(environment) : eachOf(scan(environment), environment);
      return firstRows(arrange(produceRows(produce, found), { query, sort }), limit(environment));
    },
    view:
      direct && query.limit === undefined
        ? (binds) => {
            const environment = newEnvironment(sources.length, binds);
            const rows = open(environment);
            return { advance: () => rows.advance(), values: () => valuesOf(items, environment) };
          }
        : undefined,
    stream: direct
      ? (binds, columns) => {
          const environment = newEnvironment(sources.length, binds);
          const outputs = items.map((item, index) => outputOf(item, columns[index]));
          const write = compileRowWriter(outputs, sources.length === 1 ? sources[0]?.table : undefined);
          const most = limit(environment);
          return new RowStream(open(environment), environment, { read, write, limit: most });
        }
      : undefined,
  };
}

/** The quick way through a query over one table or inline view; undefined where there is none. */
function compileOneScan(
  query: Query,
  [source, ...others]: readonly Source[],
  { scope, context }: { readonly scope: Scope; readonly context: QueryContext },
): ((environment: Environment) => RowCursor) | undefined {
  if (source === undefined || others.length > 0 || query.connectBy !== undefined) return undefined;
  const { table, view } = source;
  if (table === undefined && view === undefined) return undefined;
  const where = conjuncts(query.where).map((condition) => compileCondition(condition, scope));
  if (view === undefined) return compileScan(source, where, context);
  const tests = where.map(quickTest);
  return (environment) => new ViewScan(view(environment.binds), tests, environment);
}

function outputOf({ value, dateText }: OutputItem, column: ResultColumn | undefined): OutputValue {
  if (column === undefined) throw new Error('every item of a select list is a column of the result');
  return { value, type: column.type, dateText };
}

function isGrouped(query: Query): boolean {
  return query.groupBy.length > 0 || hasAggregate(query.items) || hasAggregate(query.orderBy);
}

function compileSource(item: FromItem, context: QueryContext): Source {
  if (item.kind === 'query') {
    const inner = compileQuery(item.query, context);
    const rows = rowSource(item.alias ?? '', inner.columns, (environment) => inner.run(environment.binds));
    return inner.view === undefined ? rows : { ...rows, view: inner.view };
  }
  const named = context.lookup(
    item.table,
    item.position,
    item.asOf === undefined ? ['SELECT'] : ['SELECT', 'FLASHBACK'],
  );
  if (named.kind === 'table') {
    const asOf =
      item.asOf === undefined ? undefined : compileExpression(item.asOf, scopeOf([], context.statement, false));
    return tableSource(
      named.table,
      item.alias,
      asOf === undefined ? undefined : converted(asOf, 'NUMBER', context.statement),
    );
  }
  if (item.asOf !== undefined) throw new OracleError(3001, 'unimplemented feature: AS OF SCN over a view');
  return rowSource(item.alias ?? item.table.name, named.columns, (_environment, wanted) => named.rows(wanted));
}

function compileItem(
  item: SelectItem,
  place: { readonly sources: readonly Source[]; readonly scope: Scope; readonly base: Scope },
): readonly OutputItem[] {
  if (item.kind === 'expression') {
    const value = compileExpression(item.expression, place.scope);
    return [{ name: item.name, value, dateText: dateTextOf(item.expression, place) }];
  }
  const chosen = place.sources.filter(({ alias }) => item.qualifier === undefined || alias === item.qualifier);
  if (chosen.length === 0) throw new OracleError(904, `"${item.qualifier ?? ''}": invalid identifier`);
  return chosen.flatMap((source) => {
    const single = scopeOf(place.sources, place.base.context, false);
    return source.columns
      .filter(({ hidden }) => hidden !== true)
      .map((column) => {
        const path = source.alias === '' ? [column.name] : [source.alias, column.name];
        const expression: Expression = { kind: 'column', path, position: 0 };
        return {
          name: column.name,
          value: compileExpression(expression, place.scope === place.base ? single : place.scope),
        };
      });
  });
}

/** `TO_CHAR(column, 'mask')` of a DATE or TIMESTAMP, for which the stored bytes are enough. */
function dateTextOf(
  expression: Expression,
  place: { readonly scope: Scope; readonly base: Scope },
): OutputValue['dateText'] {
  if (place.scope !== place.base || expression.kind !== 'call' || expression.name !== 'TO_CHAR') return undefined;
  const [date, mask, ...others] = expression.arguments;
  if (date?.kind !== 'column' || mask?.kind !== 'literal' || others.length > 0) return undefined;
  return fixedDateText(compileExpression(date, place.base), mask.value);
}

function fixedDateText({ type, column, scale }: Compiled, mask: SqlValue): OutputValue['dateText'] {
  if (column === undefined || typeof mask !== 'string' || (type !== 'DATE' && type !== 'TIMESTAMP')) return undefined;
  return { column: column.index, mask, fractionDigits: scale ?? 6 };
}

function describe(name: string, value: Compiled): SourceColumn {
  return {
    name,
    type: value.type,
    nullable: value.nullable,
    ...(value.size === undefined ? {} : { size: value.size }),
    ...(value.precision === undefined ? {} : { precision: value.precision }),
    ...(value.scale === undefined ? {} : { scale: value.scale }),
  };
}

/** ORDER BY takes a position, an alias, or an expression. */
function compileSortKey(
  expression: Expression,
  place: { readonly query: Query; readonly items: readonly OutputItem[]; readonly scope: Scope },
): Compiled {
  if (expression.kind === 'literal' && expression.type === 'NUMBER') {
    const item = place.items[Number(expression.value) - 1];
    if (item === undefined) throw new OracleError(1785, 'ORDER BY item must be the number of a SELECT-list expression');
    return item.value;
  }
  const name = expression.kind === 'column' && expression.path.length === 1 ? expression.path[0] : undefined;
  const aliased = place.query.items.some((item) => item.kind === 'expression' && item.aliased && item.name === name);
  const item = aliased ? place.items.find((candidate) => candidate.name === name) : undefined;
  return item?.value ?? compileExpression(expression, place.scope);
}
