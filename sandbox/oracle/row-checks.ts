import { OracleError } from './engine.ts';
import { newEnvironment } from './sql-compiled.ts';
import { compileTest } from './sql-conditions.ts';
import { scopeOf, tableSource } from './sql-sources.ts';
import type { QueryContext } from './sql-sources.ts';
import type { Row, Table } from './store.ts';

/** The CHECK constraints of a table, for a row that is about to be written. @throws OracleError 2290. */
export function compileChecks(table: Table, context: QueryContext): (values: Row) => void {
  const scope = scopeOf([tableSource(table, undefined, undefined)], context.statement, false);
  const checks = table.constraints.flatMap(({ name, condition }) =>
    condition === undefined ? [] : [{ name, test: compileTest(condition, scope) }],
  );
  if (checks.length === 0) return () => undefined;
  const environment = newEnvironment(1, []);
  return (values) => {
    environment.rows[0] = { values, slot: undefined };
    const failed = checks.find(({ test }) => test(environment) === false);
    if (failed !== undefined) throw new OracleError(2290, `check constraint (${table.owner}.${failed.name}) violated`);
  };
}
