/**
 * DDL on tables, as LogMiner prints it: as it was written, but DROP TABLE, which names the table in the recycle bin
 * (`drop table "HR"."T" AS "BIN$…==$0"`).
 */
import { readAlterations } from './ddl-alter-table.ts';
import type { DdlAction } from './ddl-alter-table.ts';
import { readColumn, seesConstraint, seesEnd } from './ddl-column.ts';
import type { DdlColumn } from './ddl-column.ts';
import { DdlTokens } from './ddl-tokens.ts';

/** `owner` is absent where it is not written. */
export interface DdlTable {
  readonly owner?: string;
  readonly name: string;
}

export type DdlStatement =
  | { readonly kind: 'alter-table'; readonly table: DdlTable; readonly actions: readonly DdlAction[] }
  | { readonly kind: 'create-table'; readonly table: DdlTable; readonly columns: readonly DdlColumn[] }
  | { readonly kind: 'drop-table' | 'purge-table' | 'truncate-table' | 'flashback-table'; readonly table: DdlTable }
  | { readonly kind: 'rename-table'; readonly table: DdlTable; readonly to: string }
  /** On another kind of object, or of no effect on a table: the first words. */
  | { readonly kind: 'other'; readonly what: string };

/** @throws DdlSyntaxError for what is not known to be DDL, and for every clause that is not understood */
export function parseDdl(sql: string): DdlStatement {
  const tokens = new DdlTokens(sql);
  if (tokens.accept('ALTER', 'TABLE')) return readAlterTable(tokens);
  if (tokens.accept('TRUNCATE', 'TABLE')) return readOnTable(tokens, 'truncate-table');
  if (tokens.accept('DROP', 'TABLE')) return readOnTable(tokens, 'drop-table');
  if (tokens.accept('PURGE', 'TABLE')) return readOnTable(tokens, 'purge-table');
  if (tokens.accept('FLASHBACK', 'TABLE')) return readOnTable(tokens, 'flashback-table');
  if (tokens.accept('RENAME')) return readRenameTable(tokens);
  if (tokens.sees('CREATE')) return readCreate(tokens);
  return { kind: 'other', what: readHarmlessStatement(tokens) };
}

function readTable(tokens: DdlTokens): DdlTable {
  tokens.accept('IF', 'EXISTS');
  const first = tokens.name();
  return tokens.acceptMark('.') ? { owner: first, name: tokens.name() } : { name: first };
}

function readAlterTable(tokens: DdlTokens): DdlStatement {
  const table = readTable(tokens);
  return { kind: 'alter-table', table, actions: readAlterations(tokens) };
}

function readOnTable(
  tokens: DdlTokens,
  kind: 'drop-table' | 'purge-table' | 'truncate-table' | 'flashback-table',
): DdlStatement {
  return { kind, table: readTable(tokens) };
}

function readRenameTable(tokens: DdlTokens): DdlStatement {
  const table = readTable(tokens);
  tokens.expect('TO');
  return { kind: 'rename-table', table, to: tokens.name() };
}

const TABLE_WORDS = ['GLOBAL', 'PRIVATE', 'TEMPORARY', 'SHARDED', 'DUPLICATED', 'IMMUTABLE', 'BLOCKCHAIN'];

function readCreate(tokens: DdlTokens): DdlStatement {
  tokens.expect('CREATE');
  while (tokens.acceptAny(TABLE_WORDS) !== undefined);
  if (!tokens.accept('TABLE')) return { kind: 'other', what: `CREATE ${readObject(tokens)}` };
  tokens.accept('IF', 'NOT', 'EXISTS');
  const table = readTable(tokens);
  if (!tokens.acceptMark('(')) return { kind: 'create-table', table, columns: [] };
  const columns: DdlColumn[] = [];
  do {
    if (seesConstraint(tokens) || tokens.sees('SUPPLEMENTAL', 'LOG')) tokens.skipUntil(() => seesEnd(tokens));
    else columns.push(readColumn(tokens));
  } while (tokens.acceptMark(','));
  tokens.expectMark(')');
  return { kind: 'create-table', table, columns };
}

/** Words between CREATE and the kind of object. */
const BEFORE_OBJECT = [
  ...['OR', 'REPLACE', 'UNIQUE', 'BITMAP', 'MULTIVALUE', 'SEARCH', 'VECTOR', 'HYBRID'],
  ...['PUBLIC', 'FORCE', 'NO', 'NOFORCE', 'EDITIONABLE', 'NONEDITIONABLE', 'EDITIONING'],
];

const OBJECTS = [
  ...['INDEX', 'TRIGGER', 'VIEW', 'MATERIALIZED', 'SYNONYM', 'SEQUENCE'],
  ...['PROCEDURE', 'FUNCTION', 'PACKAGE', 'TYPE', 'INDEXTYPE', 'OPERATOR', 'CONTEXT'],
];

function readObject(tokens: DdlTokens): string {
  while (tokens.acceptAny(BEFORE_OBJECT) !== undefined);
  const object = tokens.acceptAny(OBJECTS) ?? tokens.fail('an object beside tables');
  return object === 'MATERIALIZED' ? 'MATERIALIZED VIEW' : object;
}

const HARMLESS = ['GRANT', 'REVOKE', 'COMMENT', 'ANALYZE', 'AUDIT', 'NOAUDIT', 'ASSOCIATE', 'DISASSOCIATE'];

function readHarmlessStatement(tokens: DdlTokens): string {
  const verb = tokens.acceptAny(HARMLESS);
  if (verb !== undefined) return verb;
  const onObject = tokens.acceptAny(['ALTER', 'DROP']) ?? tokens.fail('a statement on a table');
  return `${onObject} ${readObject(tokens)}`;
}
