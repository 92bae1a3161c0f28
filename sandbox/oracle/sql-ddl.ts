import { checkSystem, checkTable, insufficient } from './access-rights.ts';
import type { Account } from './accounts.ts';
import { OracleError } from './engine.ts';
import type { Instance } from './instance.ts';
import { addPartition } from './partition-ddl.ts';
import type { PartitionMaker } from './partition-ddl.ts';
import { notPretended } from './refusal.ts';
import type { StatementContext } from './sql-compiled.ts';
import type { Statement, TableName } from './sql-syntax.ts';
import type { Table } from './store.ts';

export type DdlStatement = Statement & {
  readonly kind: 'create table' | 'add partition' | 'drop table' | 'table logging' | 'database logging' | 'switch log';
};

/** Where DDL runs: its session's user and the settings by which bounds of partitions are read. */
export interface DdlPlace {
  readonly instance: Instance;
  readonly account: Account;
  readonly context: StatementContext;
}

/** Runs DDL; the caller has committed the session's transaction before. Redo: a transaction of its own with one DDL row. */
export function runDdl(statement: DdlStatement, text: string, place: DdlPlace): void {
  const { instance, account } = place;
  const { catalog } = instance;
  switch (statement.kind) {
    case 'create table': {
      const schema = statement.table.schema ?? account.name;
      if (schema !== account.name || !account.has('CREATE TABLE')) checkSystem(account, 'CREATE ANY TABLE');
      const table = catalog.build({ schema, name: statement.table.name }, statement, instance.now());
      for (const partition of statement.partitioning?.partitions ?? []) addPartition(table, partition, maker(place));
      catalog.add(table);
      table.readableFrom = logDdl(instance, table, text);
      return;
    }
    case 'add partition': {
      const table = existing(statement.table, place);
      if (table.partitioning?.kind === 'HASH')
        throw notPretended('ADD PARTITION to a table that is partitioned by hash');
      addPartition(table, statement.partition, maker(place));
      table.lastDdl = instance.now();
      logDdl(instance, table, text);
      return;
    }
    case 'drop table': {
      const table = existing(statement.table, place, true);
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
      checkSystem(account, 'ALTER DATABASE');
      setDatabaseLogging(instance, statement);
      return;
    case 'switch log':
      checkSystem(account, 'ALTER SYSTEM');
      instance.redo.switchLog();
      return;
  }
}

function maker({ instance: { catalog }, context }: DdlPlace): PartitionMaker {
  return {
    context,
    newPiece: (kind, name) => catalog.newPiece(kind, name),
    newObjectId: () => catalog.newObjectId(),
    nextGeneratedName: () => catalog.nextGeneratedName(),
  };
}

/** @throws OracleError 942, or 1031 when the user may only read it. */
function existing(name: TableName, { instance, account }: DdlPlace, drop = false): Table {
  const table = instance.catalog.find(name.schema ?? account.name, name.name);
  if (table === undefined) throw new OracleError(942, 'table or view does not exist');
  if (!drop || table.owner === account.name) checkTable(account, table, ['ALTER']);
  else if (!account.has('DROP ANY TABLE')) {
    checkTable(account, table, ['SELECT']);
    throw insufficient();
  }
  return table;
}

/** @throws OracleError 54 while an open transaction has changed rows of the table. */
function checkIdle(instance: Instance, table: Table): void {
  for (const transaction of instance.transactions.open) {
    if (transaction.changes.some(({ slot }) => slot.table === table)) {
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
