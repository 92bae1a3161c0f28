import { insufficient } from './access-rights.ts';
import type { Account } from './accounts.ts';
import { columnAt } from './ddl-columns.ts';
import { define, existing, lockedTable } from './ddl-place.ts';
import type { DdlPlace } from './ddl-place.ts';
import { OracleError } from './engine.ts';
import type { Statement, TableName } from './sql-syntax.ts';
import type { Table } from './store.ts';

/** RENAME, the recycle bin, comments and privileges. Source: SQL Language Reference. */
type OfKind<Kind extends Statement['kind']> = Statement & { readonly kind: Kind };

export function renameTable({ table: name, to }: OfKind<'rename table'>, place: DdlPlace): void {
  const table = lockedTable(name, place);
  const { catalog } = place.instance;
  checkFree(place, table.owner, to, 955);
  define(place, table, () => {
    catalog.rename(table, to);
  });
}

function checkFree({ instance: { catalog } }: DdlPlace, owner: string, name: string, number: 955 | 38_312): void {
  if (catalog.find(owner, name) === undefined) return;
  const text =
    number === 955 ? 'name is already used by an existing object' : 'original name is used by an existing object';
  throw new OracleError(number, text);
}

/** Those of the table's name, and of its name in the recycle bin; the latest last. */
function recycled(
  { instance: { catalog }, account }: DdlPlace,
  { schema = account.name, name }: TableName,
): readonly Table[] {
  return catalog.recycled.filter(
    (table) =>
      table.owner === schema &&
      (table.name === name || (typeof table.state === 'object' && table.state.recycledAs === name)),
  );
}

export function flashbackDrop({ table: name, to }: OfKind<'flashback drop'>, place: DdlPlace): void {
  const table = recycled(place, name).at(-1);
  if (table === undefined) throw new OracleError(38_305, 'object not in RECYCLE BIN');
  checkFree(place, table.owner, to ?? table.name, 38_312);
  define(place, table, () => {
    table.name = to ?? table.name;
    place.instance.catalog.unrecycle(table, false);
  });
}

/** PURGE TABLE takes the one that was dropped first. */
export function purge({ table: name }: OfKind<'purge'>, place: DdlPlace): void {
  const { catalog } = place.instance;
  if (name === undefined) {
    for (const table of catalog.recycled.filter(({ owner }) => owner === place.account.name)) {
      catalog.unrecycle(table, true);
    }
    return;
  }
  const [table] = recycled(place, name);
  if (table === undefined) throw new OracleError(38_307, 'object not in RECYCLE BIN');
  define(place, table, () => {
    catalog.unrecycle(table, true);
  });
}

/** Leaves LAST_DDL_TIME alone. */
export function commentOn({ table: name, column }: OfKind<'comment'>, place: DdlPlace): void {
  const table = existing(name, place);
  if (column !== undefined) columnAt(table, column);
  const { lastDdl } = table;
  define(place, table, () => undefined);
  table.lastDdl = lastDdl;
}

/** By the owner of the object, or by who may do everything. */
export function changePrivileges(statement: OfKind<'grant' | 'revoke'>, place: DdlPlace): void {
  const { instance, account } = place;
  const { object } = statement;
  const owner = object?.schema ?? account.name;
  const table = object === undefined ? undefined : instance.catalog.find(owner, object.name);
  if (table?.owner !== account.name && !account.hasRole('DBA')) throw insufficient();
  const path = table === undefined ? object?.name : `"${table.owner}"."${table.name}"`;
  const users = statement.users.map((name) => instance.accounts.existing(name));
  define(place, table, () => {
    for (const user of users) {
      for (const privilege of statement.privileges) {
        change(user, statement.kind, path === undefined ? privilege : `${privilege} ON ${path}`);
      }
    }
  });
}

function change(user: Account, kind: 'grant' | 'revoke', text: string): void {
  if (kind === 'grant') user.grant(text);
  else user.revoke(text);
}
