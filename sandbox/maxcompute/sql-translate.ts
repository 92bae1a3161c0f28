import { ExpressionTranslator, quotedName, type QueryContext } from './sql-expressions.ts';
import { type Hints, isOn, readTableName, type TableName, expectEnd } from './sql-parts.ts';
import { SqlError, type Token, type TokenReader } from './sql-tokens.ts';

/** What a query needs to know about a table. */
export interface QueryTable {
  /** `project.table`, for messages. */
  readonly title: string;
  /** The DuckDB table. */
  readonly physicalName: string;
  readonly partitionKeys: readonly string[];
}

/** Finds a table or throws SqlError ODPS-0130131. */
export type TableFinder = (name: TableName, at: Token) => QueryTable;

interface Item {
  readonly sql: string;
}

/** Words that begin a join or a clause although they are no reserved words. */
const NO_ALIAS = ['INNER', 'HAVING', 'ANTI'];

/** MaxCompute's joins and DuckDB's words for them. An anti join keeps rows whose key is NULL on both sides alike. */
const JOINS: readonly (readonly [words: readonly string[], duck: string])[] = [
  [['JOIN'], 'JOIN'],
  [['INNER', 'JOIN'], 'JOIN'],
  [['LEFT', 'JOIN'], 'LEFT JOIN'],
  [['LEFT', 'OUTER', 'JOIN'], 'LEFT JOIN'],
  [['RIGHT', 'JOIN'], 'RIGHT JOIN'],
  [['RIGHT', 'OUTER', 'JOIN'], 'RIGHT JOIN'],
  [['FULL', 'JOIN'], 'FULL JOIN'],
  [['FULL', 'OUTER', 'JOIN'], 'FULL JOIN'],
  [['LEFT', 'ANTI', 'JOIN'], 'ANTI JOIN'],
  [['LEFT', 'SEMI', 'JOIN'], 'SEMI JOIN'],
  [['CROSS', 'JOIN'], 'CROSS JOIN'],
];

/*
 * query    = unit ("UNION" ("ALL" | "DISTINCT") unit)* ["ORDER" "BY" keys] ["LIMIT" number]
 * unit     = "(" query ")" | select
 * select   = "SELECT" ["DISTINCT"] item ("," item)* ["FROM" source] ["WHERE" expr] ["GROUP" "BY" exprs]
 * item     = "*" | name "." "*" | expr [["AS"] name]
 *            ["HAVING" expr]
 * source   = relation (join relation ["ON" expr])*
 * join     = ["INNER"] "JOIN" | ("LEFT" | "RIGHT" | "FULL") ["OUTER"] "JOIN" | "LEFT" ("ANTI" | "SEMI") "JOIN" | "CROSS" "JOIN"
 * relation = table [["AS"] name] | "(" query ")" ["AS"] name
 */
class QueryTranslator implements QueryContext {
  readonly reader: TokenReader;
  private readonly hints: Hints;
  private readonly find: TableFinder;
  private readonly expressions: ExpressionTranslator;
  private readonly scanned: { readonly table: QueryTable; readonly at: Token }[] = [];
  private readonly filtered = new Set<string>();
  private inWhere = false;

  constructor(reader: TokenReader, hints: Hints, find: TableFinder) {
    this.reader = reader;
    this.hints = hints;
    this.find = find;
    this.expressions = new ExpressionTranslator(this);
  }

  statement(): string {
    const sql = this.query();
    expectEnd(this.reader);
    this.refuseFullScan();
    return sql;
  }

  /** `VALUES (expr, …), …` up to the end of the statement. */
  values(): string {
    const rows: string[] = [];
    do {
      this.reader.expectSymbol('(');
      rows.push(`(${this.expressions.list()})`);
      this.reader.expectSymbol(')');
    } while (this.reader.acceptSymbol(','));
    expectEnd(this.reader);
    return `VALUES ${rows.join(', ')}`;
  }

  /** A query in a place where its rows are a relation or a list; parentheses are the caller's. */
  query(): string {
    const outer = this.inWhere;
    this.inWhere = false;
    const parts = [this.unit()];
    while (this.reader.accept('UNION')) {
      parts.push(this.reader.accept('DISTINCT') ? 'UNION' : 'UNION ALL');
      if (parts.at(-1) === 'UNION ALL') this.reader.expect('ALL');
      parts.push(this.unit());
    }
    const at = this.reader.peek();
    const ordered = this.reader.accept('ORDER', 'BY');
    if (ordered) parts.push('ORDER BY', this.expressions.sortKeys());
    if (this.reader.accept('LIMIT')) parts.push('LIMIT', String(this.reader.wholeNumber()));
    else if (ordered) this.refuseUnlimitedOrder(at);
    this.inWhere = outer;
    return parts.join(' ');
  }

  mentions(column: string): void {
    if (this.inWhere) this.filtered.add(column);
  }

  private unit(): string {
    if (!this.reader.acceptSymbol('(')) return this.select();
    const sql = this.query();
    this.reader.expectSymbol(')');
    return `(${sql})`;
  }

  private select(): string {
    this.reader.expect('SELECT');
    const parts = [this.reader.accept('DISTINCT') ? 'SELECT DISTINCT' : 'SELECT', this.items()];
    if (this.reader.accept('FROM')) parts.push('FROM', this.source());
    if (this.reader.accept('WHERE')) {
      this.inWhere = true;
      parts.push('WHERE', this.expressions.expression().sql);
      this.inWhere = false;
    }
    if (this.reader.accept('GROUP', 'BY')) parts.push('GROUP BY', this.expressions.list());
    if (this.reader.accept('HAVING')) parts.push('HAVING', this.expressions.expression().sql);
    return parts.join(' ');
  }

  private items(): string {
    const items: Item[] = [];
    do items.push(this.item(items.length));
    while (this.reader.acceptSymbol(','));
    return items.map(({ sql }) => sql).join(', ');
  }

  /** A column without a name of its own is called `_c` and its position. */
  private item(position: number): Item {
    if (this.reader.acceptSymbol('*')) return { sql: '*' };
    if (this.reader.seesName() && this.reader.seesSymbol('.', 1) && this.reader.seesSymbol('*', 2)) {
      const relation = this.reader.name();
      this.reader.next();
      this.reader.next();
      return { sql: `${quotedName(relation)}.*` };
    }
    const { sql, column } = this.expressions.expression();
    return { sql: `${sql} AS ${quotedName(this.alias() ?? column ?? `_c${String(position)}`)}` };
  }

  private alias(): string | undefined {
    if (NO_ALIAS.some((word) => this.reader.sees(word))) return undefined;
    if (this.reader.accept('AS') || this.reader.seesName()) return this.reader.name();
    return undefined;
  }

  private source(): string {
    const parts = [this.relation()];
    for (let join = this.join(); join !== undefined; join = this.join()) {
      parts.push(join, this.relation());
      if (join === 'CROSS JOIN') continue;
      this.reader.expect('ON');
      parts.push('ON', this.expressions.expression().sql);
    }
    return parts.join(' ');
  }

  private join(): string | undefined {
    const found = JOINS.find(([words]) => this.reader.accept(...words));
    return found?.[1];
  }

  private relation(): string {
    if (this.reader.acceptSymbol('(')) {
      const sql = this.query();
      this.reader.expectSymbol(')');
      const alias = this.alias();
      if (alias === undefined) throw this.reader.unexpected('an alias for the subquery');
      return `(${sql}) AS ${quotedName(alias)}`;
    }
    const at = this.reader.peek();
    const name = readTableName(this.reader);
    const table = this.find(name, at);
    this.scanned.push({ table, at });
    return `${quotedName(table.physicalName)} AS ${quotedName(this.alias() ?? name.table)}`;
  }

  /** Documented as order.by.no.limit in "Rewrite incompatible SQL statements". */
  private refuseUnlimitedOrder(at: Token): void {
    if (this.hints.get('odps.sql.validate.orderby.limit')?.toLowerCase() === 'false') return;
    const remedy = 'please set odps.sql.validate.orderby.limit=false to use it';
    throw new SqlError('ODPS-0130071', `ORDER BY must be used with a LIMIT clause, ${remedy}`, at);
  }

  /** A simple reading of the rule: some WHERE of the statement must mention a partition column of each partitioned table. */
  private refuseFullScan(): void {
    if (isOn(this.hints, 'odps.sql.allow.fullscan')) return;
    for (const { table, at } of this.scanned) {
      const pruned = table.partitionKeys.length === 0 || table.partitionKeys.some((key) => this.filtered.has(key));
      if (pruned) continue;
      const problem = `Table(${table.title.replace('.', ',')}) is full scan with all partitions`;
      throw new SqlError('ODPS-0130071', `${problem}, please specify partition predicates.`, at);
    }
  }
}

/** Translates one SELECT statement, semicolon included, into DuckDB's SQL; throws SqlError. */
export function translateQuery(reader: TokenReader, hints: Hints, find: TableFinder): string {
  return new QueryTranslator(reader, hints, find).statement();
}

/** Translates the rows of an INSERT, semicolon included: a query or VALUES. */
export function translateRows(reader: TokenReader, hints: Hints, find: TableFinder): string {
  const translator = new QueryTranslator(reader, hints, find);
  return reader.accept('VALUES') ? translator.values() : translator.statement();
}
