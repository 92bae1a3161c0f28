import { checkSystem } from './access-rights.ts';
import { addColumns, dropColumns, modifyColumns, renameColumn } from './ddl-columns.ts';
import { addTableConstraints, createIndex, dropConstraint, dropIndex } from './ddl-constraints.ts';
import { changePrivileges, commentOn, flashbackDrop, purge, renameTable } from './ddl-names.ts';
import { define, existing, lockedTable, restructure } from './ddl-place.ts';
import type { DdlPlace } from './ddl-place.ts';
import { changePartition, exchangePartition, moveTable, truncateTable } from './ddl-segments.ts';
import { OracleError } from './engine.ts';
import type { Instance } from './instance.ts';
import { addPartition } from './partition-ddl.ts';
import type { PartitionMaker } from './partition-ddl.ts';
import { notPretended } from './refusal.ts';
import type { Statement } from './sql-syntax.ts';
import type { Table } from './store.ts';

export type DdlStatement = Exclude<
  Statement,
  {
    readonly kind:
      'select' | 'insert' | 'update' | 'delete' | 'block' | 'alter session' | 'savepoint' | 'rollback' | 'commit';
  }
>;

type OfKind<Kind extends DdlStatement['kind']> = DdlStatement & { readonly kind: Kind };

/** Runs DDL; the caller has committed the session's transaction before. Redo: a transaction of its own with one DDL row. */
export function runDdl(statement: DdlStatement, place: DdlPlace): void {
  const { instance, account } = place;
  switch (statement.kind) {
    case 'create table':
      createTable(statement, place);
      return;
    case 'add partition': {
      const table = existing(statement.table, place);
      if (table.partitioning?.kind === 'HASH')
        throw notPretended('ADD PARTITION to a table that is partitioned by hash');
      addPartition(table, statement.partition, maker(place));
      define(place, table, () => undefined);
      return;
    }
    case 'drop table':
      dropTable(statement, place);
      return;
    case 'table logging': {
      const table = lockedTable(statement.table, place);
      setTableLogging(table, statement.add);
      define(place, table, () => undefined);
      return;
    }
    case 'database logging':
      checkSystem(account, 'ALTER DATABASE');
      setDatabaseLogging(instance, statement);
      return;
    case 'switch log':
      checkSystem(account, 'ALTER SYSTEM');
      instance.redo.switchLog(place.context.thread);
      return;
    default:
      changeColumns(statement, place);
  }
}

type ChangeOfColumns = OfKind<
  | 'add columns'
  | 'modify columns'
  | 'drop columns'
  | 'rename column'
  | 'add constraints'
  | 'drop constraint'
  | 'create index'
  | 'drop index'
>;

function changeColumns(statement: ChangeOfColumns | OtherChange, place: DdlPlace): void {
  switch (statement.kind) {
    case 'add columns':
      addColumns(statement, place);
      return;
    case 'modify columns':
      modifyColumns(statement, place);
      return;
    case 'drop columns':
      dropColumns(statement, place);
      return;
    case 'rename column':
      renameColumn(statement, place);
      return;
    case 'add constraints':
      addTableConstraints(statement, place);
      return;
    case 'drop constraint':
      dropConstraint(statement, place);
      return;
    case 'create index':
      createIndex(statement, place);
      return;
    case 'drop index':
      dropIndex(statement, place);
      return;
    default:
      changeTable(statement, place);
  }
}

type OtherChange = OfKind<
  | 'rename table'
  | 'truncate table'
  | 'truncate partition'
  | 'drop partition'
  | 'exchange partition'
  | 'move table'
  | 'comment'
  | 'flashback drop'
  | 'purge'
  | 'grant'
  | 'revoke'
>;

function changeTable(statement: OtherChange, place: DdlPlace): void {
  switch (statement.kind) {
    case 'rename table':
      renameTable(statement, place);
      return;
    case 'truncate table':
      truncateTable(statement, place);
      return;
    case 'truncate partition':
    case 'drop partition':
      changePartition(statement, place);
      return;
    case 'exchange partition':
      exchangePartition(statement, place);
      return;
    case 'move table':
      moveTable(statement, place);
      return;
    case 'comment':
      commentOn(statement, place);
      return;
    case 'flashback drop':
      flashbackDrop(statement, place);
      return;
    case 'purge':
      purge(statement, place);
      return;
    default:
      changePrivileges(statement, place);
  }
}

function createTable(statement: OfKind<'create table'>, place: DdlPlace): void {
  const { instance, account } = place;
  const schema = statement.table.schema ?? account.name;
  if (schema !== account.name || !account.has('CREATE TABLE')) checkSystem(account, 'CREATE ANY TABLE');
  const table = instance.catalog.build({ schema, name: statement.table.name }, statement, instance.now());
  for (const partition of statement.partitioning?.partitions ?? []) addPartition(table, partition, maker(place));
  restructure(place, table, () => {
    instance.catalog.add(table);
  });
}

/** The redo has the name in the recycle bin behind the statement: `drop table T AS "BIN$…==$0"`. */
function dropTable({ table: name, purge: forGood }: OfKind<'drop table'>, place: DdlPlace): void {
  const table = lockedTable(name, place, true);
  const { catalog } = place.instance;
  const text = forGood ? place.text : `${place.text.trimEnd()} AS "${catalog.recycledName()}"`;
  define({ ...place, text }, table, () => {
    catalog.drop(table, forGood);
  });
}

function maker({ instance: { catalog }, context }: DdlPlace): PartitionMaker {
  return {
    context,
    newPiece: (kind, name) => catalog.newPiece(kind, name),
    newObjectId: () => catalog.newObjectId(),
    nextGeneratedName: () => catalog.nextGeneratedName(),
  };
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
