import { OracleError } from './engine.ts';
import type { Instance } from './instance.ts';
import type { Statement, TableName } from './sql-syntax.ts';
import type { Table } from './store.ts';

export type DdlStatement = Statement & {
  readonly kind: 'create table' | 'drop table' | 'table logging' | 'database logging' | 'switch log';
};

/** Runs DDL; the caller has committed the session's transaction before. Redo: a transaction of its own with one DDL row. */
export function runDdl(
  statement: DdlStatement,
  text: string,
  place: { readonly instance: Instance; readonly user: string },
): void {
  const { instance, user } = place;
  const { catalog } = instance;
  switch (statement.kind) {
    case 'create table': {
      const schema = statement.table.schema ?? user;
      const table = catalog.create({ schema, name: statement.table.name }, statement, instance.now());
      table.createdScn = logDdl(instance, table, text);
      return;
    }
    case 'drop table': {
      const table = existing(statement.table, place);
      checkIdle(instance, table);
      logDdl(instance, table, text);
      catalog.drop(table, statement.purge);
      return;
    }
    case 'table logging': {
      const table = existing(statement.table, place);
      checkIdle(instance, table);
      setTableLogging(table, statement.add);
      table.lastDdl = instance.now();
      logDdl(instance, table, text);
      return;
    }
    case 'database logging':
      setDatabaseLogging(instance, statement);
      return;
    case 'switch log':
      instance.redo.switchLog();
      return;
  }
}

function existing(name: TableName, { instance, user }: { readonly instance: Instance; readonly user: string }): Table {
  const table = instance.catalog.find(name.schema ?? user, name.name);
  if (table === undefined) throw new OracleError(942, 'table or view does not exist');
  return table;
}

/** @throws OracleError 54 while an open transaction has changed rows of the table. */
function checkIdle(instance: Instance, table: Table): void {
  for (const transaction of instance.transactions.open) {
    if (transaction.changes.some(({ version }) => version.slot.table === table)) {
      throw new OracleError(54, 'resource busy and acquire with NOWAIT specified or timeout expired');
    }
  }
}

function setTableLogging(table: Table, add: boolean): void {
  if (add && table.logAllColumns) throw new OracleError(32588, 'supplemental logging attribute all column exists');
  if (!add && !table.logAllColumns)
    throw new OracleError(32587, 'Cannot drop nonexistent all column supplemental logging');
  table.logAllColumns = add;
}

function setDatabaseLogging(
  { catalog }: Instance,
  { add, scope }: { readonly add: boolean; readonly scope: 'minimal' | 'all' },
): void {
  if (scope === 'minimal') catalog.minimalLogging = add;
  else catalog.logAllColumns = add;
}

/** Gives the commit SCN. */
function logDdl(instance: Instance, table: Table, text: string): number {
  const transaction = instance.transactions.begin();
  transaction.logDdl(text, table);
  transaction.commit();
  return instance.redo.scn;
}
