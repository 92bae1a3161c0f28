import { type ColumnType, duckType } from './column-types.ts';
import { callOf } from './sql-functions.ts';
import { readType } from './sql-parts.ts';
import { SqlError, type Token, type TokenReader } from './sql-tokens.ts';

/** What expressions need from the query around them. */
export interface QueryContext {
  readonly reader: TokenReader;
  query(): string;
  /** A column was read; tells the full-scan check what WHERE looks at. */
  mentions(column: string): void;
}

export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const symbols: ReadonlySet<string> = new Set([
  '=',
  '==',
  '<>',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
]);
const timeTypes: ReadonlySet<string> = new Set(['DATE', 'DATETIME', 'TIMESTAMP', 'TIMESTAMP_NTZ']);

/** Functions that the warehouse registers in DuckDB, because DuckDB's own casts know neither pairs nor the project's zone. */
export const castFunctions = {
  string: 'odps_string',
  date: 'odps_date',
  datetime: 'odps_datetime',
  timestamp: 'odps_timestamp',
  timestamp_ntz: 'odps_timestamp_ntz',
} as const;

/** DuckDB's macro for CAST(… AS STRING): of `castFunctions.string` what DuckDB can do itself. */
export const TEXT_MACRO = 'odps_text';

export interface Translated {
  readonly sql: string;
  /** Set when the expression is nothing but a column. */
  readonly column?: string;
}

/** DuckDB's expression for MaxCompute's CAST. */
export function castTo(type: ColumnType, operand: string): string {
  if (type.kind === 'string') return `${TEXT_MACRO}(${operand})`;
  const own = (castFunctions as Readonly<Partial<Record<string, string>>>)[type.kind];
  return own === undefined ? `CAST(${operand} AS ${duckType(type)})` : `${own}(${operand})`;
}

/*
 * expression = operand (("AND" | "OR" | "LIKE" | comparison | arithmetic | "||") operand)*
 * operand    = ("NOT" | "-" | "+")* primary ("IS" ["NOT"] "NULL" | ["NOT"] ("IN" "(" … ")" | "BETWEEN" x "AND" y | "LIKE" x))*
 *
 * Operators bind in DuckDB as in MaxCompute, so they are copied in their order and never regrouped.
 */
export class ExpressionTranslator {
  private readonly context: QueryContext;

  constructor(context: QueryContext) {
    this.context = context;
  }

  private get reader(): TokenReader {
    return this.context.reader;
  }

  expression(): Translated {
    const first = this.operand();
    const parts = [first.sql];
    for (let operator = this.operator(); operator !== undefined; operator = this.operator()) {
      parts.push(operator, this.operand().sql);
    }
    return parts.length === 1 ? first : { sql: parts.join(' ') };
  }

  list(): string {
    return this.texts().join(', ');
  }

  private texts(): readonly string[] {
    const items: string[] = [];
    do items.push(this.expression().sql);
    while (this.reader.acceptSymbol(','));
    return items;
  }

  sortKeys(): string {
    const keys: string[] = [];
    do {
      const direction = (): string => (this.reader.accept('DESC') ? ' DESC' : this.reader.accept('ASC') ? ' ASC' : '');
      const nulls = (): string =>
        this.reader.accept('NULLS', 'FIRST')
          ? ' NULLS FIRST'
          : this.reader.accept('NULLS', 'LAST')
            ? ' NULLS LAST'
            : '';
      keys.push(this.expression().sql + direction() + nulls());
    } while (this.reader.acceptSymbol(','));
    return keys.join(', ');
  }

  private operator(): string | undefined {
    for (const word of ['AND', 'OR']) if (this.reader.accept(word)) return word;
    const token = this.reader.peek();
    if (token.kind !== 'symbol' || !symbols.has(token.text)) return undefined;
    this.reader.next();
    return token.text === '==' ? '=' : token.text;
  }

  private operand(): Translated {
    if (this.reader.accept('NOT')) return { sql: `NOT ${this.operand().sql}` };
    for (const sign of ['-', '+']) if (this.reader.acceptSymbol(sign)) return { sql: `${sign} ${this.operand().sql}` };
    const first = this.primary();
    const parts = [first.sql];
    for (let suffix = this.suffix(); suffix !== undefined; suffix = this.suffix()) parts.push(suffix);
    return parts.length === 1 ? first : { sql: parts.join(' ') };
  }

  private suffix(): string | undefined {
    if (this.reader.accept('IS', 'NOT', 'NULL')) return 'IS NOT NULL';
    if (this.reader.accept('IS', 'NULL')) return 'IS NULL';
    const negated = this.reader.accept('NOT') ? 'NOT ' : '';
    if (this.reader.accept('LIKE')) return `${negated}LIKE ${this.operand().sql}`;
    if (this.reader.accept('IN')) return `${negated}IN ${this.parenthesized()}`;
    if (this.reader.accept('BETWEEN')) {
      const low = this.bound();
      this.reader.expect('AND');
      return `${negated}BETWEEN ${low} AND ${this.bound()}`;
    }
    if (negated !== '') throw this.reader.unexpected('LIKE, IN or BETWEEN');
    return undefined;
  }

  /** A bound of BETWEEN has arithmetic but neither AND nor comparisons. */
  private bound(): string {
    const parts = [this.operand().sql];
    while (['+', '-', '*', '/', '%', '||'].some((symbol) => this.reader.seesSymbol(symbol))) {
      parts.push(this.reader.next().text, this.operand().sql);
    }
    return parts.join(' ');
  }

  /** `(query)` or `(expression, …)` */
  private parenthesized(): string {
    this.reader.expectSymbol('(');
    const inside = this.reader.sees('SELECT') ? this.context.query() : this.list();
    this.reader.expectSymbol(')');
    return `(${inside})`;
  }

  private primary(): Translated {
    return this.literal() ?? this.construct() ?? this.column();
  }

  private literal(): Translated | undefined {
    const token = this.reader.peek();
    if (token.kind === 'string') return { sql: quotedText(this.reader.next().text) };
    if (token.kind === 'number') return { sql: this.reader.next().text };
    for (const word of ['NULL', 'TRUE', 'FALSE']) if (this.reader.accept(word)) return { sql: word };
    if (token.kind === 'word' && timeTypes.has(token.text.toUpperCase()) && this.reader.peek(1).kind === 'string') {
      return { sql: castTo(readType(this.reader), quotedText(this.reader.string())) };
    }
    return undefined;
  }

  private construct(): Translated | undefined {
    if (this.reader.seesSymbol('(')) return { sql: this.parenthesized() };
    if (this.reader.accept('CAST')) return { sql: this.cast() };
    if (this.reader.accept('CASE')) return { sql: this.caseOf() };
    if (this.reader.peek().kind === 'word' && this.reader.seesSymbol('(', 1)) return { sql: this.call() };
    return undefined;
  }

  private column(): Translated {
    const parts = [this.reader.name()];
    if (this.reader.acceptSymbol('.')) parts.push(this.reader.name());
    const column = parts.at(-1) ?? '';
    this.context.mentions(column);
    return { sql: parts.map(quotedName).join('.'), column };
  }

  private cast(): string {
    this.reader.expectSymbol('(');
    const operand = this.expression().sql;
    this.reader.expect('AS');
    const type = readType(this.reader);
    this.reader.expectSymbol(')');
    return castTo(type, operand);
  }

  private caseOf(): string {
    const parts = ['CASE'];
    if (!this.reader.sees('WHEN')) parts.push(this.expression().sql);
    while (this.reader.accept('WHEN')) {
      parts.push('WHEN', this.expression().sql);
      this.reader.expect('THEN');
      parts.push('THEN', this.expression().sql);
    }
    if (this.reader.accept('ELSE')) parts.push('ELSE', this.expression().sql);
    this.reader.expect('END');
    return [...parts, 'END'].join(' ');
  }

  private call(): string {
    const token = this.reader.next();
    this.reader.expectSymbol('(');
    const texts = this.callArguments();
    this.reader.expectSymbol(')');
    return this.written(token, texts) + this.window();
  }

  private written(token: Token, texts: readonly string[]): string {
    try {
      const call = callOf(token.text.toUpperCase(), texts);
      if (call !== undefined) return call;
    } catch (error) {
      if (error instanceof RangeError) throw new SqlError('ODPS-0130071', error.message, token);
      throw error;
    }
    throw new SqlError('ODPS-0130071', `Invalid function : ${token.text}`, token);
  }

  private callArguments(): readonly string[] {
    if (this.reader.acceptSymbol('*')) return ['*'];
    if (this.reader.seesSymbol(')')) return [];
    const distinct = this.reader.accept('DISTINCT') ? 'DISTINCT ' : '';
    const [first = '', ...others] = this.texts();
    return [distinct + first, ...others];
  }

  private window(): string {
    if (!this.reader.accept('OVER')) return '';
    this.reader.expectSymbol('(');
    const parts: string[] = [];
    if (this.reader.accept('PARTITION', 'BY')) parts.push('PARTITION BY', this.list());
    if (this.reader.accept('ORDER', 'BY')) parts.push('ORDER BY', this.sortKeys());
    this.reader.expectSymbol(')');
    return ` OVER (${parts.join(' ')})`;
  }
}
