import type { ObjectPrivilege } from './accounts.ts';
import { familyOf } from './conversions.ts';
import { byteLimit } from './declared-types.ts';
import { OracleError } from './engine.ts';
import { notPretended } from './refusal.ts';
import type { SqlValue } from './engine.ts';
import { computed } from './sql-compiled.ts';
import type { Compiled, Environment, StatementContext } from './sql-compiled.ts';
import { compileTest } from './sql-conditions.ts';
import type { Scope } from './sql-evaluate.ts';
import type { TableName, ValueType } from './sql-syntax.ts';
import { LazyRow, rowidOf } from './store.ts';
import type { Column, Row, SourceRow, Table } from './store.ts';
import type { Undo } from './undo.ts';
import type { ViewRows } from './view-scan.ts';

/** A column that a FROM item offers. */
export interface SourceColumn {
  readonly name: string;
  readonly type: ValueType;
  readonly size?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly nullable: boolean;
  /** Nobody can name it. */
  readonly hidden?: true;
}

/** What a name in FROM stands for. */
export type NamedSource =
  | { readonly kind: 'table'; readonly table: Table }
  | {
      readonly kind: 'view';
      readonly columns: readonly SourceColumn[];
      readonly rows: (wanted: Wanted) => Iterable<Row | LazyRow>;
    };

/** The values of a column that a view's reader will look at; undefined: all. More rows than wanted do no harm. */
export type Wanted = (column: string) => ReadonlySet<string> | undefined;

/** What compiling a query needs besides its text. */
export interface QueryContext {
  readonly statement: StatementContext;
  /** @throws OracleError 942, or 1031 for a privilege that is needed and missing. */
  readonly lookup: (name: TableName, position: number, needs: readonly ObjectPrivilege[]) => NamedSource;
  /** The newest SCN, for AS OF SCN. */
  readonly currentScn: () => number;
  readonly undo: Undo;
}

/** One item of FROM. */
export interface Source {
  readonly alias: string;
  readonly schema: string | undefined;
  readonly columns: readonly SourceColumn[];
  readonly table: Table | undefined;
  /** AS OF SCN; reads no row. */
  readonly asOf: Compiled | undefined;
  /** Rows of a view or of an inline view. */
  readonly rows: (environment: Environment, wanted: Wanted) => Iterable<SourceRow>;
  /** The same rows of an inline view, one by one, where it needs no row to make another. */
  readonly view?: (binds: Row) => ViewRows;
}

const MOST_SOURCES = 30;

/** The scope in which the expressions over these sources are compiled. */
export function scopeOf(sources: readonly Source[], context: StatementContext, connectBy: boolean): Scope {
  if (sources.length > MOST_SOURCES)
    throw new OracleError(3001, `unimplemented feature: more than ${MOST_SOURCES} joined tables`);
  return {
    context,
    condition: compileTest,
    column: (path, position) => {
      if (connectBy && path.length === 1 && path[0] === 'LEVEL') {
        return { ...computed('NUMBER', (environment) => String(environment.level)), sources: 1 };
      }
      return resolveColumn(sources, path, position);
    },
  };
}

/** @throws OracleError 918 when two sources offer the name. */
function resolveColumn(sources: readonly Source[], path: readonly string[], position: number): Compiled | undefined {
  const name = path.at(-1) ?? '';
  let found: Compiled | undefined;
  for (const [index, source] of sources.entries()) {
    if (!qualifies(source, path)) continue;
    const compiled = columnOf(source, index, name);
    if (compiled === undefined) continue;
    if (found !== undefined) throw new OracleError(918, 'column ambiguously defined', position);
    found = compiled;
  }
  return found;
}

function qualifies(source: Source, path: readonly string[]): boolean {
  if (path.length === 1) return true;
  if (path.length === 2) return path[0] === source.alias;
  return path.length === 3 && path[0] === source.schema && path[1] === source.alias;
}

function columnOf(source: Source, sourceIndex: number, name: string): Compiled | undefined {
  const index = source.columns.findIndex((column) => column.name === name && column.hidden !== true);
  const column = source.columns[index];
  if (column !== undefined) {
    return {
      type: column.type,
      size: column.size,
      precision: column.precision,
      scale: column.scale,
      nullable: column.nullable,
      sources: 1 << sourceIndex,
      column: { source: sourceIndex, index },
      rowidOf: undefined,
      read:
        source.view === undefined
          ? (environment) => valueOf(environment.rows[sourceIndex], index)
          : (environment) => environment.rows[sourceIndex]?.values[index] ?? null,
    };
  }
  if (name !== 'ROWID' || source.table === undefined) return undefined;
  if (source.table.organization !== undefined) throw notPretended('ROWID of an index-organized table, a logical one');
  return {
    ...computed('ROWID', (environment) => rowidAt(environment, sourceIndex)),
    sources: 1 << sourceIndex,
    rowidOf: sourceIndex,
  };
}

function valueOf(row: SourceRow | undefined, index: number): SqlValue {
  return row instanceof LazyRow ? row.value(index) : (row?.values[index] ?? null);
}

function rowidAt(environment: Environment, sourceIndex: number): string | null {
  const slot = environment.rows[sourceIndex]?.slot;
  return slot === undefined ? null : rowidOf(slot);
}

export function tableSource(table: Table, alias: string | undefined, asOf: Compiled | undefined): Source {
  return {
    alias: alias ?? table.name,
    schema: alias === undefined ? table.owner : undefined,
    columns: table.columns.map(describeColumn),
    table,
    asOf,
    rows: () => [],
  };
}

export function rowSource(
  alias: string,
  columns: readonly SourceColumn[],
  rows: (environment: Environment, wanted: Wanted) => Iterable<Row | LazyRow>,
): Source {
  return {
    alias,
    schema: undefined,
    columns,
    table: undefined,
    asOf: undefined,
    rows: (environment, wanted) => asSourceRows(rows(environment, wanted)),
  };
}

function* asSourceRows(rows: Iterable<Row | LazyRow>): Generator<SourceRow> {
  for (const row of rows) yield row instanceof LazyRow ? row : { values: row, slot: undefined };
}

/** With this scale a NUMBER is described as a FLOAT (Oracle Call Interface Programmer's Guide, "Describing Schema Metadata"). */
const FLOAT_SCALE = -127;

/** A table's column as a client sees it: sizes in bytes (AL32UTF8: up to four a character). */
function describeColumn(column: Column): SourceColumn {
  const { type, precision, scale, binaryDigits } = column.declared;
  return {
    name: column.name,
    type,
    nullable: column.nullable,
    ...(column.unused === true ? { hidden: true } : {}),
    ...(familyOf(type) === 'text' || type === 'RAW' ? { size: byteLimit(column.declared) } : {}),
    ...(precision === undefined ? {} : { precision }),
    ...(scale === undefined ? {} : { scale }),
    ...(binaryDigits === undefined ? {} : { precision: binaryDigits, scale: FLOAT_SCALE }),
  };
}
