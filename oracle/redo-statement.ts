/**
 * The statements of SQL_REDO (docs/formats/sql-redo.md), in one pass.
 *
 * Statements of one table look alike, so what was learnt from earlier ones is tried first: the whole head (`insert into "S"."T"("A","B")
 * values (`, `update "S"."T" set `, `delete from "S"."T" where `), and in SET and WHERE the column that came last time at the same place.
 * Each is one comparison over an array of units; no name is cut out, no token made. Nothing is taken on trust: at the first unit that is
 * not as expected the statement is given to the whole grammar (`redo-grammar.ts`), which reads it from its beginning, or refuses it.
 */
import { scanLiteral } from './plain-literals.ts';
import { readAliasedTable, readInsertTarget, readStatement, verb } from './redo-grammar.ts';
import { RedoSyntaxError, RedoTokens } from './redo-tokens.ts';
import type { Token } from './redo-units.ts';
import { RedoUnits, tokenOf, unit } from './redo-units.ts';
import { cellsOf, columnIndex, remember, TableLayouts } from './statement-layout.ts';
import type { GrowingLayout, OpenCells, RedoStatement } from './statement-layout.ts';

export type { Cells, RedoStatement, TableLayout } from './statement-layout.ts';

/** A column as it is written in SET and WHERE: `"NAME" ` or `a."NAME" `. */
interface WrittenColumn {
  readonly token: Token;
  /** With ` and ` before it. */
  readonly next: Token;
  readonly index: number;
  /** Its place in WHERE last time. */
  place: number;
}

/** A statement up to its first value or column. */
interface Head {
  readonly token: Token;
  readonly layout: GrowingLayout;
  /** INSERT: indexes in the layout, by place in the column list. */
  readonly indexes: readonly number[];
  readonly columns: Map<string, WrittenColumn>;
  /** By place in WHERE: what was there last time. */
  readonly where: WrittenColumn[];
}

type Verb = keyof typeof verb;

/** The heads of one verb. */
interface Heads {
  readonly verb: Verb;
  readonly end: string;
  readonly known: Map<string, Head>;
  last: Head | undefined;
}

const headsOf = (kind: Verb, end: string): Heads => ({
  verb: kind,
  end,
  known: new Map<string, Head>(),
  last: undefined,
});

const IS_NULL = tokenOf('IS NULL');
const AND = tokenOf(' and ');
const WHERE = tokenOf(' where ');

/** Remembers layouts between statements: one per stream of redo. */
export class RedoParser {
  readonly #layouts = new TableLayouts();
  readonly #redo = new RedoUnits();
  readonly #inserts = headsOf('insert', ' values (');
  readonly #updates = headsOf('update', ' set ');
  readonly #deletes = headsOf('delete', ' where ');

  /** @throws RedoSyntaxError for anything that LogMiner does not write; never a guess */
  parse(sql: string): RedoStatement {
    return this.#plain(sql) ?? readStatement(new RedoTokens(sql), this.#layouts);
  }

  /** Undefined for a statement that is not plain: only the whole grammar refuses. */
  #plain(sql: string): RedoStatement | undefined {
    if (!this.#redo.load(sql)) return undefined;
    try {
      return this.#scan();
    } catch (error) {
      if (error instanceof RedoSyntaxError) return undefined;
      throw error;
    }
  }

  #scan(): RedoStatement | undefined {
    switch (this.#redo.units[0]) {
      case 105: // i
        return this.#insert();
      case 117: // u
        return this.#update();
      case 100: // d
        return this.#delete();
      default:
        return undefined;
    }
  }

  #insert(): RedoStatement | undefined {
    const head = this.#head(this.#inserts);
    if (!head) return undefined;
    const redo = this.#redo;
    const { layout, indexes } = head;
    const after = cellsOf(layout);
    for (let place = 0; place < indexes.length; place++) {
      if (place > 0 && !redo.acceptUnit(unit.comma)) return undefined;
      after[indexes[place] ?? 0] = scanLiteral(redo);
    }
    return redo.acceptUnit(unit.close) && ends(redo) ? { kind: 'insert', layout, after } : undefined;
  }

  #update(): RedoStatement | undefined {
    const head = this.#head(this.#updates);
    if (!head) return undefined;
    const redo = this.#redo;
    const { layout } = head;
    const set = cellsOf(layout);
    if (!scanSet(redo, head, set) || !redo.accept(WHERE)) return undefined;
    const before = cellsOf(layout);
    return scanWhere(redo, head, before) ? { kind: 'update', layout, before, set, rowId: undefined } : undefined;
  }

  #delete(): RedoStatement | undefined {
    const head = this.#head(this.#deletes);
    if (!head) return undefined;
    const { layout } = head;
    const before = cellsOf(layout);
    return scanWhere(this.#redo, head, before) ? { kind: 'delete', layout, before, rowId: undefined } : undefined;
  }

  /** Moves past the head. */
  #head(heads: Heads): Head | undefined {
    const redo = this.#redo;
    const { last, end, known } = heads;
    if (last !== undefined && redo.accept(last.token)) return last;
    const endAt = redo.text.indexOf(end);
    if (endAt < 0) return undefined;
    const text = redo.text.slice(0, endAt + end.length);
    const head = known.get(text) ?? this.#learn(heads, text);
    if (head) {
      heads.last = head;
      redo.at = text.length;
    }
    return head;
  }

  /** Undefined when `text` is not a head after all: a name may hold ` set `. @throws RedoSyntaxError */
  #learn(heads: Heads, text: string): Head | undefined {
    const tokens = new RedoTokens(this.#redo.text);
    if (!tokens.accept(verb[heads.verb])) return undefined;
    let layout: GrowingLayout;
    let indexes: readonly number[] = [];
    if (heads.verb === 'insert') ({ layout, indexes } = readInsertTarget(tokens, this.#layouts));
    else {
      layout = readAliasedTable(tokens, this.#layouts);
      if (!tokens.accept(heads.end)) return undefined;
    }
    if (tokens.at !== text.length) return undefined;
    const columns = new Map<string, WrittenColumn>();
    return remember(heads.known, text, { token: tokenOf(text), layout, indexes, columns, where: [] });
  }
}

/** The final `;` is missing in sessions with NO_SQL_DELIMITER. */
const ends = ({ units, at, length }: RedoUnits): boolean =>
  at === length || (at === length - 1 && units[at] === unit.semicolon);

/** Moves past `"A" = value, "B" = value`. */
function scanSet(redo: RedoUnits, head: Head, cells: OpenCells): boolean {
  let place = 0;
  do {
    const column = scanNearColumn(redo, head, place) ?? findColumn(redo, head);
    if (!column || cells[column.index] !== undefined || !redo.acceptUnits(unit.equals, unit.blank)) return false;
    cells[column.index] = scanLiteral(redo);
    place = column.place + 1;
  } while (redo.acceptUnits(unit.comma, unit.blank));
  return true;
}

/** Columns of WHERE that are tried before the name is looked up. */
const NEAR = 8;

/** SET names some of the columns of WHERE, in the same order: moves past one that comes soon after `place`. */
function scanNearColumn(redo: RedoUnits, { where }: Head, place: number): WrittenColumn | undefined {
  const end = Math.min(place + NEAR, where.length);
  for (let i = place; i < end; i++) {
    const column = where[i];
    if (column !== undefined && redo.accept(column.token)) return column;
  }
  return undefined;
}

/** Moves past `"A" = value and "B" IS NULL` and the end of the statement. */
function scanWhere(redo: RedoUnits, head: Head, cells: OpenCells): boolean {
  let column = head.where[0];
  if (column === undefined || !redo.accept(column.token)) column = learnWhereColumn(redo, head, 0);
  for (let place = 1; column !== undefined; place++) {
    const { index } = column;
    if (cells[index] !== undefined) return false;
    if (redo.acceptUnits(unit.equals, unit.blank)) cells[index] = scanLiteral(redo);
    else if (redo.accept(IS_NULL)) cells[index] = null;
    else return false;
    column = head.where[place];
    if (column !== undefined && redo.accept(column.next)) continue;
    if (!redo.accept(AND)) return ends(redo);
    column = learnWhereColumn(redo, head, place);
  }
  return false;
}

/** Moves past a column that did not stand there last time; undefined when there is none (`ROWID = …`). */
function learnWhereColumn(redo: RedoUnits, head: Head, place: number): WrittenColumn | undefined {
  const column = findColumn(redo, head);
  if (!column) return undefined;
  head.where[place] = column;
  column.place = place;
  return column;
}

const LETTER_A = 97;

/** Moves past a written column that was not foreseen. */
function findColumn(redo: RedoUnits, head: Head): WrittenColumn | undefined {
  const { units, text, at, length } = redo;
  const quoteAt = units[at] === LETTER_A && units[at + 1] === unit.point ? at + 2 : at;
  if (quoteAt >= length || units[quoteAt] !== unit.doubleQuote) return undefined;
  const end = text.indexOf('"', quoteAt + 1);
  if (end <= quoteAt + 1 || units[end + 1] !== unit.blank) return undefined;
  const written = text.slice(at, end + 2);
  redo.at = end + 2;
  const known = head.columns.get(written);
  if (known) return known;
  const index = columnIndex(head.layout, text.slice(quoteAt + 1, end));
  const token = tokenOf(written);
  return remember(head.columns, written, { token, next: tokenOf(` and ${written}`), index, place: 0 });
}
