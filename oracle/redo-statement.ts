/**
 * The statements of SQL_REDO (docs/formats/sql-redo.md), in one pass.
 *
 * Statements of one table look alike, so what was learnt from the last one is tried first: the head of an INSERT as a
 * whole, and in SET and WHERE the column that came at the same place. Nothing is taken on trust: a text that differs is scanned.
 */
import type { Literal } from './literals.ts';
import { readLiteral } from './literals.ts';
import { character, RedoTokens } from './redo-tokens.ts';

/** One for all statements of a parser on one table; `columns` grows as columns are met, and never changes otherwise. */
export interface TableLayout {
  readonly owner: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/** Values in the order of the layout's columns; undefined: not mentioned, therefore unknown. */
export type Cells = readonly (Literal | undefined)[];

/** `rowId` is undefined in sessions with NO_ROWID_IN_STMT. Without WHERE (compensations) `before` is empty. */
export type RedoStatement =
  | { readonly kind: 'insert'; readonly layout: TableLayout; readonly after: Cells }
  | {
      readonly kind: 'update';
      readonly layout: TableLayout;
      readonly before: Cells;
      readonly set: Cells;
      readonly rowId: string | undefined;
    }
  | {
      readonly kind: 'delete';
      readonly layout: TableLayout;
      readonly before: Cells;
      readonly rowId: string | undefined;
    }
  /** LogMiner's remark in place of a statement on a temporary table. */
  | { readonly kind: 'temporary-table' };

interface Prediction {
  /** With its quotes. */
  readonly token: string;
  readonly index: number;
}

interface MutableLayout extends TableLayout {
  /** `"OWNER"."TABLE"` */
  readonly token: string;
  readonly columns: string[];
  readonly indexes: Map<string, number>;
  /** By place in the clause. */
  readonly predictedSet: Prediction[];
  readonly predictedWhere: Prediction[];
}

interface InsertHead {
  /** From the owner to `values (`. */
  readonly text: string;
  readonly layout: MutableLayout;
  /** Index in the layout, by place in the column list. */
  readonly indexes: readonly number[];
}

/** More than tables × column lists of any task; a bound all the same. */
const CACHED_MAX = 10_000;
const VALUES = ' values (';
const UPDATE = 'update ';
const DELETE = 'delete from ';
const INSERT = 'insert into ';

/** Remembers layouts between statements: one per stream of redo. */
export class RedoParser {
  readonly #layouts = new Map<string, MutableLayout>();
  readonly #heads = new Map<string, InsertHead>();
  #lastHead: InsertHead | undefined;
  #lastLayout: MutableLayout | undefined;

  /** @throws RedoSyntaxError for anything that LogMiner does not write; never a guess */
  parse(sql: string): RedoStatement {
    const tokens = new RedoTokens(sql);
    const { code } = tokens;
    if (code === INSERT.charCodeAt(0) && tokens.accept(INSERT)) return this.#insert(tokens);
    if (code === UPDATE.charCodeAt(0) && tokens.accept(UPDATE)) return this.#update(tokens);
    if (code === DELETE.charCodeAt(0) && tokens.accept(DELETE)) return this.#delete(tokens);
    tokens.expect('/* No SQL_REDO for temporary tables */');
    end(tokens);
    return { kind: 'temporary-table' };
  }

  #insert(tokens: RedoTokens): RedoStatement {
    const { layout, indexes } = this.#insertHead(tokens);
    const after = cellsOf(layout);
    for (let place = 0; place < indexes.length; place += 1) {
      if (place > 0) {
        if (tokens.code !== character.comma) tokens.skipSpace();
        if (tokens.code !== character.comma) tokens.fail(',');
        tokens.at += 1;
        tokens.skipSpace();
      }
      after[indexes[place] ?? 0] = readLiteral(tokens);
    }
    tokens.skipSpace();
    tokens.expect(')');
    // Seen once in the field (Debezium's parser tests have it): a quote after the last parenthesis, and nothing more.
    if (tokens.code === character.quote && tokens.at === tokens.text.length - 1) tokens.at += 1;
    end(tokens);
    return { kind: 'insert', layout, after };
  }

  /** Moves past `"OWNER"."TABLE"("A","B") values (`. */
  #insertHead(tokens: RedoTokens): InsertHead {
    const last = this.#lastHead;
    if (last !== undefined && tokens.accept(last.text)) return last;
    const start = tokens.at;
    const valuesAt = tokens.text.indexOf(VALUES, start);
    if (valuesAt < 0) tokens.fail('values (');
    const text = tokens.text.slice(start, valuesAt + VALUES.length);
    const known = this.#heads.get(text);
    if (known) {
      tokens.at += text.length;
      this.#lastHead = known;
      return known;
    }
    const layout = this.#table(tokens);
    tokens.skipSpace();
    tokens.expect('(');
    const indexes: number[] = [];
    do {
      tokens.skipSpace();
      const index = indexOf(layout, tokens.name());
      if (indexes.includes(index)) tokens.fail('another column');
      indexes.push(index);
      tokens.skipSpace();
    } while (tokens.accept(','));
    tokens.expect(')');
    tokens.expect(VALUES);
    const head = { text, layout, indexes };
    // A column's name may hold ` values (`: then what was cut off above is not the head.
    if (tokens.at === start + text.length) remember(this.#heads, text, head);
    return head;
  }

  #update(tokens: RedoTokens): RedoStatement {
    const layout = this.#table(tokens);
    acceptAlias(tokens);
    tokens.expect(' set ');
    const set = cellsOf(layout);
    for (let place = 0; ; place += 1) {
      readAssignment(tokens, set, readColumn(tokens, layout, layout.predictedSet, place));
      tokens.skipSpace();
      if (tokens.code !== character.comma) break;
      tokens.at += 1;
      tokens.skipSpace();
    }
    const before = cellsOf(layout);
    const rowId = readWhere(tokens, layout, before);
    end(tokens);
    return { kind: 'update', layout, before, set, rowId };
  }

  #delete(tokens: RedoTokens): RedoStatement {
    const layout = this.#table(tokens);
    acceptAlias(tokens);
    tokens.skipSpace();
    const before = cellsOf(layout);
    const rowId = readWhere(tokens, layout, before);
    end(tokens);
    return { kind: 'delete', layout, before, rowId };
  }

  /** Moves past `"OWNER"."TABLE"`. */
  #table(tokens: RedoTokens): MutableLayout {
    const last = this.#lastLayout;
    if (last !== undefined && tokens.accept(last.token)) return last;
    const start = tokens.at;
    const owner = tokens.name();
    tokens.expect('.');
    const name = tokens.name();
    const token = tokens.text.slice(start, tokens.at);
    const known = this.#layouts.get(token);
    const layout = known ?? {
      owner,
      name,
      token,
      columns: [],
      indexes: new Map<string, number>(),
      predictedSet: [],
      predictedWhere: [],
    };
    if (!known) remember(this.#layouts, token, layout);
    this.#lastLayout = layout;
    return layout;
  }
}

function remember<T>(cache: Map<string, T>, key: string, value: T): void {
  if (cache.size >= CACHED_MAX) cache.clear();
  cache.set(key, value);
}

const cellsOf = (layout: MutableLayout): (Literal | undefined)[] =>
  new Array<Literal | undefined>(layout.columns.length);

function indexOf(layout: MutableLayout, column: string): number {
  const known = layout.indexes.get(column);
  if (known !== undefined) return known;
  const index = layout.columns.push(column) - 1;
  layout.indexes.set(column, index);
  return index;
}

/** `update "S"."T" a set a."C" = …`: tables with LOB, XML or object columns. */
function acceptAlias(tokens: RedoTokens): void {
  if (
    tokens.startsWith(' a ') ||
    (tokens.startsWith(' a') && tokens.at + 2 >= tokens.text.length) ||
    tokens.startsWith(' a;')
  ) {
    tokens.at += 2;
  }
}

/** Moves past `"COLUMN"` or `a."COLUMN"`. */
function readColumn(tokens: RedoTokens, layout: MutableLayout, predictions: Prediction[], place: number): number {
  const predicted = predictions[place];
  if (predicted !== undefined && tokens.accept(predicted.token)) return predicted.index;
  tokens.accept('a.');
  const name = tokens.name();
  const index = indexOf(layout, name);
  predictions[place] = { token: `"${name}"`, index };
  return index;
}

/** Moves past ` = value`. */
function readAssignment(tokens: RedoTokens, cells: (Literal | undefined)[], index: number): void {
  const { text, at } = tokens;
  if (text.charCodeAt(at) === character.blank && text.charCodeAt(at + 1) === character.equals) tokens.at = at + 2;
  else {
    tokens.skipSpace();
    tokens.expect('=');
  }
  tokens.skipSpace();
  if (cells[index] !== undefined) tokens.fail('another column');
  cells[index] = readLiteral(tokens);
}

/** Fills `before`; returns the ROWID if there is one. Without WHERE: nothing. */
function readWhere(tokens: RedoTokens, layout: MutableLayout, before: (Literal | undefined)[]): string | undefined {
  let rowId: string | undefined;
  if (!tokens.accept('where ')) return rowId;
  for (let place = 0; ; place += 1) {
    tokens.skipSpace();
    if (tokens.code !== character.doubleQuote && (tokens.accept('ROWID = ') || tokens.accept('a.ROWID = '))) {
      if (rowId !== undefined) tokens.fail('another column');
      rowId = tokens.string();
    } else {
      readCondition(tokens, before, readColumn(tokens, layout, layout.predictedWhere, place));
    }
    tokens.skipSpace();
    if (tokens.code !== LETTER_A || !tokens.accept('and ')) return rowId;
  }
}

const LETTER_A = 97;
const LETTER_I = 73;

/** ` = value` or ` IS NULL`. */
function readCondition(tokens: RedoTokens, before: (Literal | undefined)[], index: number): void {
  if (tokens.text.charCodeAt(tokens.at + 1) !== LETTER_I) {
    readAssignment(tokens, before, index);
    return;
  }
  tokens.expect(' IS NULL');
  if (before[index] !== undefined || !tokens.atValueEnd()) tokens.fail('the end of the condition');
  before[index] = null;
}

/** The final `;` is missing in sessions with NO_SQL_DELIMITER. */
function end(tokens: RedoTokens): void {
  tokens.skipSpace();
  if (tokens.code === character.semicolon) {
    tokens.at += 1;
    tokens.skipSpace();
  }
  if (!tokens.atEnd) tokens.fail('the end of the statement');
}
