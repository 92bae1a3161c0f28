import { OracleError } from './engine.ts';
import { tokenize } from './sql-lexer.ts';
import type { Token } from './sql-lexer.ts';

/** Words that are never an alias: Oracle's reserved words that our grammar uses, and the join words. */
const RESERVED = new Set(
  (
    'ALL ALTER AND AS ASC BETWEEN BY CASE CONNECT CREATE CROSS DELETE DESC DISTINCT DROP ELSE END FETCH FOR FROM FULL GROUP HAVING ' +
    'IN INNER INSERT INTERSECT INTO IS JOIN LEFT LIKE MINUS NATURAL NOT NULL OF OFFSET ON OR ORDER RIGHT ROWID SELECT SET START ' +
    'TABLE THEN UNION UPDATE USING VALUES WHEN WHERE WITH'
  ).split(' '),
);

/** Since 12.2 (COMPATIBLE 12.2.0 or later). */
const MOST_NAME_BYTES = 128;

/** Walks over the tokens of one statement and numbers its binds. */
export class TokenReader {
  readonly sql: string;
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #at = 0;
  readonly #bindNames: string[] = [];
  /** PL/SQL: a name that comes again is the same bind. */
  readonly #distinctBinds: boolean;

  constructor(sql: string) {
    this.sql = sql;
    this.#tokens = tokenize(sql);
    this.#end = { kind: 'end', text: '', position: sql.length, end: sql.length };
    this.#distinctBinds = this.isWord('BEGIN') || this.isWord('DECLARE');
  }

  get current(): Token {
    return this.#tokens[this.#at] ?? this.#end;
  }

  get previousEnd(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  ahead(count: number): Token {
    return this.#tokens[this.#at + count] ?? this.#end;
  }

  get bindCount(): number {
    return this.#bindNames.length;
  }

  /** To try one reading of the text and come back for another. */
  mark(): readonly [at: number, binds: number] {
    return [this.#at, this.#bindNames.length];
  }

  reset(mark: readonly [at: number, binds: number]): void {
    this.#at = mark[0];
    this.#bindNames.length = mark[1];
  }

  take(): Token {
    const token = this.current;
    this.#at += 1;
    return token;
  }

  isWord(word: string): boolean {
    return this.current.kind === 'name' && this.current.text === word;
  }

  isSymbol(symbol: string): boolean {
    return this.current.kind === 'symbol' && this.current.text === symbol;
  }

  acceptWord(word: string): boolean {
    const found = this.isWord(word);
    if (found) this.#at += 1;
    return found;
  }

  acceptWords(...words: readonly string[]): boolean {
    const found = words.every((word, index) => {
      const token = this.ahead(index);
      return token.kind === 'name' && token.text === word;
    });
    if (found) this.#at += words.length;
    return found;
  }

  acceptSymbol(symbol: string): boolean {
    const found = this.isSymbol(symbol);
    if (found) this.#at += 1;
    return found;
  }

  expectWord(word: string, error?: OracleError): void {
    if (!this.acceptWord(word)) throw error ?? this.error(905, 'missing keyword');
  }

  expectSymbol(symbol: string): void {
    if (this.acceptSymbol(symbol)) return;
    if (symbol === ')') throw this.error(907, 'missing right parenthesis');
    if (symbol === '(') throw this.error(906, 'missing left parenthesis');
    throw this.error(926, `missing ${symbol}`);
  }

  isIdentifier(): boolean {
    return this.current.kind === 'quoted' || (this.current.kind === 'name' && !RESERVED.has(this.current.text));
  }

  identifier(): string {
    if (!this.isIdentifier()) throw this.error(904, ': invalid identifier');
    const token = this.take();
    if (token.text.length > MOST_NAME_BYTES / 3 && Buffer.byteLength(token.text) > MOST_NAME_BYTES) {
      throw new OracleError(972, 'identifier is too long', token.position);
    }
    return token.text;
  }

  /** An alias that may follow, with or without AS. */
  alias(as: boolean): string | undefined {
    if (as && this.acceptWord('AS')) return this.identifier();
    return this.isIdentifier() ? this.identifier() : undefined;
  }

  bind(): { readonly kind: 'bind'; readonly index: number; readonly name: string } {
    const name = this.take().text;
    const known = this.#distinctBinds ? this.#bindNames.indexOf(name) : -1;
    if (known >= 0) return { kind: 'bind', index: known, name };
    this.#bindNames.push(name);
    return { kind: 'bind', index: this.#bindNames.length - 1, name };
  }

  /** A whole number in a declaration such as VARCHAR2(10). */
  integer(): number {
    const negative = this.acceptSymbol('-');
    const token = this.take();
    if (token.kind !== 'number' || !/^\d+$/.test(token.text)) {
      throw new OracleError(2017, 'integer value required', token.position);
    }
    return negative ? -Number(token.text) : Number(token.text);
  }

  text(): string {
    const token = this.take();
    if (token.kind !== 'text') throw new OracleError(922, 'missing or invalid option', token.position);
    return token.text;
  }

  expectEnd(): void {
    if (this.current.kind === 'end') return;
    if (this.isSymbol(';')) throw this.error(911, 'invalid character');
    throw this.error(933, 'SQL command not properly ended');
  }

  error(number: number, text: string): OracleError {
    return new OracleError(number, text, this.current.position);
  }
}
