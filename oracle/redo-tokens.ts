/**
 * The lexical layer of SQL_REDO: one text, one position, moved forward only.
 * Quotes are found with `indexOf`, which runs over a literal several times faster than a loop over its characters.
 */

/** Not a statement that LogMiner writes. Says where, never what: the text holds values. */
export class RedoSyntaxError extends Error {
  constructor(expected: string, at: number) {
    super(`${expected} expected at character ${String(at + 1)}`);
    this.name = 'RedoSyntaxError';
  }
}

export const character = {
  blank: 32,
  doubleQuote: 34,
  quote: 39,
  open: 40,
  close: 41,
  comma: 44,
  slash: 47,
  semicolon: 59,
  equals: 61,
  bar: 124,
} as const;

const { blank, doubleQuote, quote, open, close, comma, semicolon, equals, bar } = character;

/** Blank, tab, line feed, carriage return. */
const isSpace = (code: number): boolean => code <= blank && (code === blank || (code >= 9 && code <= 13));

export class RedoTokens {
  readonly text: string;
  /** Of the next character. */
  at: number;

  constructor(text: string, at = 0) {
    this.text = text;
    this.at = at;
  }

  /** The next character's code; NaN at the end. */
  get code(): number {
    return this.text.charCodeAt(this.at);
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  skipSpace(): void {
    const { text } = this;
    while (isSpace(text.charCodeAt(this.at))) this.at += 1;
  }

  startsWith(token: string): boolean {
    return this.text.startsWith(token, this.at);
  }

  /** Moves past `token` if it is next. (A slice compared is faster than startsWith, five times for 100 characters: V8 12.) */
  accept(token: string): boolean {
    const end = this.at + token.length;
    if (this.text.slice(this.at, end) !== token) return false;
    this.at = end;
    return true;
  }

  /** Moves past what a sticky expression matches. */
  acceptMatch(sticky: RegExp): boolean {
    sticky.lastIndex = this.at;
    if (!sticky.test(this.text)) return false;
    this.at = sticky.lastIndex;
    return true;
  }

  expect(token: string): void {
    if (!this.accept(token)) this.fail(token);
  }

  /** As {@link accept}, for one character. */
  acceptCode(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at += 1;
    return true;
  }

  fail(expected: string): never {
    throw new RedoSyntaxError(expected, this.at);
  }

  /** `"NAME"` → NAME. Names never hold a double quote, and are never empty. */
  name(): string {
    if (this.code !== doubleQuote) this.fail('a name in double quotes');
    const end = this.text.indexOf('"', this.at + 1);
    if (end <= this.at + 1) this.fail('a name in double quotes');
    const name = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    return name;
  }

  /** `'it''s'` → it's. The doubled quote is the only escape; backslashes and line breaks are plain. */
  string(): string {
    const { text } = this;
    if (text.charCodeAt(this.at) !== quote) this.fail('a quote');
    const start = this.at + 1;
    const end = text.indexOf("'", start);
    if (end < 0) this.fail('the end of the literal');
    if (text.charCodeAt(end + 1) === quote) return this.#stringWithQuotes(start, end);
    this.at = end + 1;
    return text.slice(start, end);
  }

  #stringWithQuotes(start: number, firstQuote: number): string {
    const { text } = this;
    let read = '';
    let from = start;
    let end = firstQuote;
    while (text.charCodeAt(end + 1) === quote) {
      read += text.slice(from, end + 1);
      from = end + 2;
      end = text.indexOf("'", from);
      if (end < 0) this.fail('the end of the literal');
    }
    this.at = end + 1;
    return read + text.slice(from, end);
  }

  /** Whether a value can end here: before a comma, a parenthesis, a semicolon, a space or the end. */
  atValueEnd(): boolean {
    const { code } = this;
    return code === comma || code === close || code === semicolon || isSpace(code) || this.atEnd;
  }

  /** Moves past `||` if it is next, with the spaces around it. */
  acceptJoin(): boolean {
    const { code, at } = this;
    if (code === comma || code === close || code === semicolon) return false;
    if (code === blank) {
      const next = this.text.charCodeAt(at + 1);
      if (next !== bar && !isSpace(next)) return false;
    }
    this.skipSpace();
    if (this.accept('||')) {
      this.skipSpace();
      return true;
    }
    this.at = at;
    return false;
  }

  /**
   * An expression that is not interpreted, verbatim: words, and what stands in parentheses or quotes after them, up to a `,`, `)` or `;`, or
   * ` and ` or ` where `. Outside of parentheses it holds no name and no comparison: then a value is missing.
   */
  expression(): string {
    const start = this.at;
    if (!/[A-Za-z]/.test(this.text.charAt(start))) this.fail('a value');
    let depth = 0;
    while (!this.atEnd && !(depth === 0 && this.#atExpressionEnd())) depth += this.#skipPart(depth);
    if (depth !== 0) this.fail(')');
    return this.text.slice(start, this.at).trimEnd();
  }

  /** Moves past a literal, a name or one character; returns by how much the depth changes. */
  #skipPart(depth: number): number {
    const { code } = this;
    if (code === quote) {
      this.string();
      return 0;
    }
    if (depth === 0 && (code === doubleQuote || code === equals)) this.fail('a value before this');
    if (code === doubleQuote) {
      this.name();
      return 0;
    }
    this.at += 1;
    return code === open ? 1 : code === close ? -1 : 0;
  }

  #atExpressionEnd(): boolean {
    const { code } = this;
    return code === comma || code === close || code === semicolon || this.#atKeyword();
  }

  #atKeyword(): boolean {
    return isSpace(this.code) && /^\s+(?:and|where)\s/.test(this.text.slice(this.at, this.at + 16));
  }
}
