/**
 * The whole grammar of SQL_REDO (docs/formats/sql-redo.md), token by token: what `redo-statement.ts` does not find plain is read here,
 * or refused. Speed is not its purpose; every form, alias, blank and joined literal is.
 */
import { readLiteral } from './literals.ts';
import { character } from './redo-tokens.ts';
import type { RedoTokens } from './redo-tokens.ts';
import { cellsOf, columnIndex } from './statement-layout.ts';
import type { GrowingLayout, OpenCells, RedoStatement, TableLayouts } from './statement-layout.ts';

export const verb = { insert: 'insert into ', update: 'update ', delete: 'delete from ' } as const;

/** @throws RedoSyntaxError for anything that LogMiner does not write; never a guess */
export function readStatement(tokens: RedoTokens, layouts: TableLayouts): RedoStatement {
  if (tokens.accept(verb.insert)) return readInsert(tokens, layouts);
  if (tokens.accept(verb.update)) return readUpdate(tokens, layouts);
  if (tokens.accept(verb.delete)) return readDelete(tokens, layouts);
  tokens.expect('/* No SQL_REDO for temporary tables */');
  readEnd(tokens);
  return { kind: 'temporary-table' };
}

/** The table of an INSERT, and the indexes of its columns in the layout in the order of the column list. */
interface InsertTarget {
  readonly layout: GrowingLayout;
  readonly indexes: readonly number[];
}

/** Moves past `"OWNER"."TABLE"("A","B") values (`. */
export function readInsertTarget(tokens: RedoTokens, layouts: TableLayouts): InsertTarget {
  const layout = readTable(tokens, layouts);
  tokens.skipSpace();
  tokens.expect('(');
  const indexes: number[] = [];
  do {
    tokens.skipSpace();
    const index = columnIndex(layout, tokens.name());
    if (indexes.includes(index)) tokens.fail('another column');
    indexes.push(index);
    tokens.skipSpace();
  } while (tokens.accept(','));
  tokens.expect(')');
  tokens.expect(' values (');
  return { layout, indexes };
}

/** Moves past `"OWNER"."TABLE"`, and the ` a` that follows it for tables with LOB, XML or object columns. */
export function readAliasedTable(tokens: RedoTokens, layouts: TableLayouts): GrowingLayout {
  const layout = readTable(tokens, layouts);
  const ends = tokens.startsWith(' a') && tokens.at + 2 >= tokens.text.length;
  if (ends || tokens.startsWith(' a ') || tokens.startsWith(' a;')) tokens.at += 2;
  return layout;
}

function readTable(tokens: RedoTokens, layouts: TableLayouts): GrowingLayout {
  const owner = tokens.name();
  tokens.expect('.');
  return layouts.of(owner, tokens.name());
}

function readInsert(tokens: RedoTokens, layouts: TableLayouts): RedoStatement {
  const { layout, indexes } = readInsertTarget(tokens, layouts);
  const after = cellsOf(layout);
  for (const [place, index] of indexes.entries()) {
    if (place > 0) {
      tokens.skipSpace();
      tokens.expect(',');
      tokens.skipSpace();
    }
    after[index] = readLiteral(tokens);
  }
  tokens.skipSpace();
  tokens.expect(')');
  // Seen once in the field (Debezium's parser tests have it): a quote after the last parenthesis, and nothing more.
  if (tokens.code === character.quote && tokens.at === tokens.text.length - 1) tokens.at += 1;
  readEnd(tokens);
  return { kind: 'insert', layout, after };
}

function readUpdate(tokens: RedoTokens, layouts: TableLayouts): RedoStatement {
  const layout = readAliasedTable(tokens, layouts);
  tokens.expect(' set ');
  const set = cellsOf(layout);
  do {
    tokens.skipSpace();
    readAssignment(tokens, set, readColumn(tokens, layout));
    tokens.skipSpace();
  } while (tokens.accept(','));
  const before = cellsOf(layout);
  const rowId = readWhere(tokens, layout, before);
  readEnd(tokens);
  return { kind: 'update', layout, before, set, rowId };
}

function readDelete(tokens: RedoTokens, layouts: TableLayouts): RedoStatement {
  const layout = readAliasedTable(tokens, layouts);
  tokens.skipSpace();
  const before = cellsOf(layout);
  const rowId = readWhere(tokens, layout, before);
  readEnd(tokens);
  return { kind: 'delete', layout, before, rowId };
}

/** Moves past `"COLUMN"` or `a."COLUMN"`; returns its index in the layout. */
export function readColumn(tokens: RedoTokens, layout: GrowingLayout): number {
  tokens.accept('a.');
  return columnIndex(layout, tokens.name());
}

/** Moves past ` = value`. */
function readAssignment(tokens: RedoTokens, cells: OpenCells, index: number): void {
  tokens.skipSpace();
  tokens.expect('=');
  tokens.skipSpace();
  if (cells[index] !== undefined) tokens.fail('another column');
  cells[index] = readLiteral(tokens);
}

/** Fills `before`; returns the ROWID if there is one. Without WHERE: nothing. */
export function readWhere(tokens: RedoTokens, layout: GrowingLayout, before: OpenCells): string | undefined {
  let rowId: string | undefined;
  if (!tokens.accept('where ')) return rowId;
  do {
    tokens.skipSpace();
    if (tokens.accept('ROWID = ') || tokens.accept('a.ROWID = ')) {
      if (rowId !== undefined) tokens.fail('another column');
      rowId = tokens.string();
    } else {
      readCondition(tokens, before, readColumn(tokens, layout));
    }
    tokens.skipSpace();
  } while (tokens.accept('and '));
  return rowId;
}

const LETTER_I = 73;

/** ` = value` or ` IS NULL`. */
function readCondition(tokens: RedoTokens, before: OpenCells, index: number): void {
  if (tokens.text.charCodeAt(tokens.at + 1) !== LETTER_I) {
    readAssignment(tokens, before, index);
    return;
  }
  tokens.expect(' IS NULL');
  if (before[index] !== undefined || !tokens.atValueEnd()) tokens.fail('the end of the condition');
  before[index] = null;
}

/** The final `;` is missing in sessions with NO_SQL_DELIMITER. */
export function readEnd(tokens: RedoTokens): void {
  tokens.skipSpace();
  if (tokens.code === character.semicolon) {
    tokens.at += 1;
    tokens.skipSpace();
  }
  if (!tokens.atEnd) tokens.fail('the end of the statement');
}
