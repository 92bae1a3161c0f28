import { ExpressionTranslator, quotedName, type QueryContext } from './sql-expressions.ts';
import { type Hints, isOn, readTableName, type TableName, expectEnd } from './sql-statements.ts';
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

/*
 * query    = unit ("UNION" "ALL" unit)* ["ORDER" "BY" keys] ["LIMIT" number]
 * unit     = "(" query ")" | select
 * select   = "SELECT" ["DISTINCT"] item ("," item)* ["FROM" source] ["WHERE" expr] ["GROUP" "BY" exprs]
 * item     = "*" | name "." "*" | expr [["AS"] name]
 * source   = table [["AS"] name] | "(" query ")" ["AS"] name
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

  /** A query in a place where its rows are a relation or a list; parentheses are the caller's. */
  query(): string {
    const outer = this.inWhere;
    this.inWhere = false;
    const parts = [this.unit()];
    while (this.reader.accept('UNION')) {
      this.reader.expect('ALL');
      parts.push('UNION ALL', this.unit());
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
    if (this.reader.accept('AS') || this.reader.seesName()) return this.reader.name();
    return undefined;
  }

  private source(): string {
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
