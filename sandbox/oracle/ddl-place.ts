import { checkTable, insufficient } from './access-rights.ts';
import type { Account } from './accounts.ts';
import { OracleError } from './engine.ts';
import type { Instance } from './instance.ts';
import type { StatementContext } from './sql-compiled.ts';
import type { TableName } from './sql-syntax.ts';
import { visibleVersion } from './store.ts';
import type { Table, Version } from './store.ts';
import type { Transaction } from './transactions.ts';

/** Where DDL runs: its session's user and the settings by which its expressions are read. */
export interface DdlPlace {
  readonly instance: Instance;
  readonly account: Account;
  readonly context: StatementContext;
  readonly text: string;
}

/** @throws OracleError 942, or 1031 when the user may only read it. `drop`: needs DROP ANY TABLE in other schemas. */
export function existing(name: TableName, { instance, account }: DdlPlace, drop = false): Table {
  const table = instance.catalog.find(name.schema ?? account.name, name.name);
  if (table === undefined) throw new OracleError(942, 'table or view does not exist');
  if (!drop || table.owner === account.name) checkTable(account, table, ['ALTER']);
  else if (!account.has('DROP ANY TABLE')) {
    checkTable(account, table, ['SELECT']);
    throw insufficient();
  }
  return table;
}

/** As `existing`, and nobody has the table's rows. @throws OracleError 54 while an open transaction has changed some. */
export function lockedTable(name: TableName, place: DdlPlace, drop = false): Table {
  const table = existing(name, place, drop);
  for (const transaction of place.instance.transactions.open) {
    if (transaction.changes.some(({ slot }) => slot.table === table)) {
      throw new OracleError(54, 'resource busy and acquire with NOWAIT specified or timeout expired');
    }
  }
  return table;
}

/**
 * Does the work in a transaction of its own, with one row of DDL in the redo. Everything that can be refused has been.
 * Gives the commit SCN.
 */
export function define(
  { instance, text, context }: DdlPlace,
  table: Table | undefined,
  work: (transaction: Transaction) => void,
): number {
  const transaction = instance.transactions.begin(context.thread);
  const name = table?.name;
  try {
    work(transaction);
  } catch (error: unknown) {
    transaction.rollback();
    throw error;
  }
  transaction.logDdl(text, table, name);
  transaction.commit();
  if (table !== undefined) table.lastDdl = instance.now();
  instance.catalog.definitions += 1;
  return instance.redo.scn;
}

/** As `define`, for DDL behind which no flashback query can look. */
export function restructure(place: DdlPlace, table: Table, work: (transaction: Transaction) => void): void {
  table.readableFrom = define(place, table, work);
}

/** The newest committed rows of a table that nobody else writes. */
export function* rowsOf(table: Table): Generator<Version> {
  const now = { scn: Number.MAX_SAFE_INTEGER, own: undefined, sequence: 0 };
  for (const piece of table.pieces) {
    for (const slot of piece.segment.slots(0, Number.POSITIVE_INFINITY)) {
      const version = visibleVersion(slot, now);
      if (version !== undefined) yield version;
    }
  }
}

/** Whether there is a row, of an open transaction or not. */
export function hasRows(table: Table): boolean {
  return table.pieces.some(({ segment }) =>
    segment.blocks.some(({ slots }) => slots.some(({ head }) => head !== undefined && !head.deleted)),
  );
}
