import { OracleError } from './engine.ts';
import type { Bind, BindRow, ResultColumn } from './engine.ts';
import type { SourceColumn } from './sql-sources.ts';
import type { ParsedStatement } from './sql-syntax.ts';
import type { Row } from './store.ts';

/** @throws OracleError 1008 for too few binds, 1036 for too many. */
export function checkBinds(parsed: ParsedStatement, bindRows: readonly BindRow[]): BindRow {
  for (const row of bindRows) {
    if (row.length < parsed.bindCount) throw new OracleError(1008, 'not all variables bound');
    if (row.length > parsed.bindCount) throw new OracleError(1036, 'illegal variable name/number');
  }
  return bindRows[0] ?? [];
}

/** Empty text and empty RAW are NULL. */
export function valuesOf(binds: BindRow): Row {
  return binds.map(({ value }: Bind) => (value === null || value.length === 0 ? null : value));
}

export function resultColumn(column: SourceColumn): ResultColumn {
  return {
    name: column.name,
    type: column.type,
    nullable: column.nullable,
    ...(column.size === undefined ? {} : { size: column.size }),
    ...(column.precision === undefined ? {} : { precision: column.precision }),
    ...(column.scale === undefined ? {} : { scale: column.scale }),
  };
}

/** A mistake of the simulator itself. Not ORA-00600: drivers drop the connection on that. */
export function simulatorFault(error: unknown): OracleError {
  return new OracleError(20999, `the simulator failed: ${error instanceof Error ? error.message : 'unknown'}`);
}

/** Takes so many rows at a time. The first is made at once, so that what fails at once fails in the execute call. */
export function taker(rows: Iterable<Row>): (count: number) => Row[] {
  const iterator = rows[Symbol.iterator]();
  let next = iterator.next();
  return (count) => {
    const taken: Row[] = [];
    while (taken.length < count && next.done !== true) {
      taken.push(next.value);
      next = iterator.next();
    }
    return taken;
  };
}
