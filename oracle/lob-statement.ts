/**
 * The rows by which LogMiner tells of values that do not fit into a statement: LOBs, XML and texts of 32K (Oracle Database Utilities,
 * "Using LogMiner"; Debezium's parsers of SELECT_LOB_LOCATOR, LOB_WRITE, LOB_TRIM, XML DOC BEGIN, XML DOC WRITE and 32K BEGIN).
 * A row that begins names column and row; those that follow it hold pieces.
 */
import { readLiteral } from './literals.ts';
import type { Literal } from './literals.ts';
import { readAliasedTable, readColumn, readEnd, readWhere } from './redo-grammar.ts';
import { RedoTokens } from './redo-tokens.ts';
import { cellsOf, TableLayouts } from './statement-layout.ts';
import type { Cells, GrowingLayout, TableLayout } from './statement-layout.ts';

/** Of which row's column the pieces are. */
export interface PiecesBegin {
  readonly column: string;
  readonly layout: TableLayout;
  /** By the layout's columns. */
  readonly where: Cells;
}

export interface LobSelect extends PiecesBegin {
  readonly binary: boolean;
}

/** Characters of a CLOB, bytes of a BLOB; `offset` from 0, while Oracle counts from 1. */
export interface LobWrite {
  readonly offset: number;
  readonly length: number;
  readonly data: Literal;
}

/** `hex`: bytes of the database's character set, as many as `length`. */
export type XmlWrite = { readonly text: string } | { readonly hex: string; readonly length: number };

/** Declarations of variables: no name and no literal is in them. */
const LOB_HEAD = /DECLARE\s[^'"]*?\sBEGIN\s+select /y;
const STATEMENT_HEAD = /DECLARE\s[^'"]*?\sStmt := /y;
const LOCATOR = / into (?:loc_c|loc_b|loc_nc) from /y;
const BIND = /:[^\s'"]+/y;

/** SELECT_LOB_LOCATOR: `DECLARE … BEGIN select "C" into loc_c from "S"."T" where … for update;`. @throws RedoSyntaxError */
export function parseLobSelect(sql: string): LobSelect {
  const tokens = new RedoTokens(sql);
  expectMatch(tokens, LOB_HEAD, 'DECLARE … BEGIN select');
  tokens.accept('a.');
  const column = tokens.name();
  const binary = tokens.startsWith(' into loc_b ');
  expectMatch(tokens, LOCATOR, 'into a locator');
  const begin = readRow(tokens, readAliasedTable(tokens, new TableLayouts()), column);
  tokens.expect('for update');
  readEnd(tokens);
  return { ...begin, binary };
}

/** 32K BEGIN: the UPDATE is a literal in a block. @throws RedoSyntaxError */
export function parseExtendedStringBegin(sql: string): PiecesBegin {
  const tokens = new RedoTokens(sql);
  expectMatch(tokens, STATEMENT_HEAD, 'DECLARE … Stmt :=');
  const statement = tokens.string();
  readEnd(tokens);
  return readUpdate(statement, (inner) => {
    expectMatch(inner, BIND, 'a bind');
  });
}

/** XML DOC BEGIN: an UPDATE, or a SELECT behind a remark. @throws RedoSyntaxError */
export function parseXmlBegin(sql: string): PiecesBegin {
  const tokens = new RedoTokens(sql);
  if (!tokens.accept('XML DOC BEGIN:')) {
    return readUpdate(sql, (inner) => {
      inner.expect('XMLType(:1)');
    });
  }
  tokens.skipSpace();
  tokens.expect('select ');
  const column = tokens.name();
  tokens.expect(' from ');
  const begin = readRow(tokens, readAliasedTable(tokens, new TableLayouts()), column);
  readEnd(tokens);
  return begin;
}

/** `update "S"."T" set "C" = ‹value› where …` */
function readUpdate(sql: string, readValue: (tokens: RedoTokens) => void): PiecesBegin {
  const tokens = new RedoTokens(sql);
  tokens.expect('update ');
  const layout = readAliasedTable(tokens, new TableLayouts());
  tokens.expect(' set ');
  const column = layout.columns[readColumn(tokens, layout)] ?? tokens.fail('a column');
  tokens.expect(' = ');
  readValue(tokens);
  const begin = readRow(tokens, layout, column);
  readEnd(tokens);
  return begin;
}

function readRow(tokens: RedoTokens, layout: GrowingLayout, column: string): PiecesBegin {
  tokens.skipSpace();
  const where = cellsOf(layout);
  readWhere(tokens, layout, where);
  return { column, layout, where };
}

const WRITE = /\s*;\s*dbms_lob\.write\(loc_n?[cb], (\d+), (\d+), buf_n?[cb]\);?\s*$/y;
const BUFFER = /\s*buf_n?[cb] := /y;
const TRIM = /^\s*dbms_lob\.trim\(loc_n?[cb], (\d+)\);?\s*$/;

/** LOB_WRITE: `buf_c := '…'; dbms_lob.write(loc_c, 5, 1, buf_c);`. @throws RedoSyntaxError */
export function parseLobWrite(sql: string): LobWrite {
  const tokens = new RedoTokens(sql);
  expectMatch(tokens, BUFFER, 'a buffer');
  const data = readLiteral(tokens);
  WRITE.lastIndex = tokens.at;
  const [, length, offset] = WRITE.exec(sql) ?? tokens.fail('dbms_lob.write');
  if (Number(offset) < 1) tokens.fail('an offset from 1 on');
  return { offset: Number(offset) - 1, length: Number(length), data };
}

/** LOB_TRIM: the new length. @throws RedoSyntaxError */
export function parseLobTrim(sql: string): number {
  const [, length] = TRIM.exec(sql) ?? new RedoTokens(sql).fail('dbms_lob.trim');
  return Number(length);
}

const XML_HEX = /^XML_REDO := HEXTORAW\('((?:[0-9A-Fa-f]{2})*)'\):(\d+)$/;

/** XML DOC WRITE: `XML_REDO := HEXTORAW('…'):14`, or the text itself. @throws RedoSyntaxError */
export function parseXmlWrite(sql: string): XmlWrite {
  if (!sql.startsWith('XML_REDO :=')) return { text: sql };
  const tokens = new RedoTokens(sql);
  const [, hex = '', digits] = XML_HEX.exec(sql) ?? tokens.fail('XML_REDO := HEXTORAW and a length');
  const length = Number(digits);
  if (hex.length !== 2 * length) tokens.fail('as many bytes as the length says');
  return { hex: hex.toLowerCase(), length };
}

function expectMatch(tokens: RedoTokens, sticky: RegExp, expected: string): void {
  if (!tokens.acceptMatch(sticky)) tokens.fail(expected);
}
