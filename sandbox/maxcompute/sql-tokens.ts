/** Tokens of MaxCompute SQL. Strings have backslash escapes; names may stand in backquotes. */

export interface Token {
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'symbol' | 'end';
  /** Words as written, names and strings without quotes and escapes. */
  readonly text: string;
  /** One-based, as error messages show it. */
  readonly line: number;
  readonly column: number;
}

export type SqlErrorCode =
  'ODPS-0130161' | 'ODPS-0130071' | 'ODPS-0130131' | 'ODPS-0130013' | 'ODPS-0110061' | 'ODPS-0121095' | 'ODPS-0123031';

const kinds: Readonly<Record<SqlErrorCode, string>> = {
  'ODPS-0130161': 'Parse exception',
  'ODPS-0130071': 'Semantic analysis exception',
  'ODPS-0130131': 'Table not found',
  'ODPS-0130013': 'Authorization exception',
  'ODPS-0110061': 'Failed to run ddltask',
  'ODPS-0121095': 'Invalid argument',
  'ODPS-0123031': 'ODPS partition exception',
};

/** The text of a failed task: `ODPS-0130161:[1,8] Parse exception - …`. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  readonly code: SqlErrorCode;

  constructor(code: SqlErrorCode, detail: string, at?: Token) {
    const place =
      at === undefined ? (code === 'ODPS-0110061' ? ' ' : '[1,1] ') : `[${String(at.line)},${String(at.column)}] `;
    super(`${code}:${place}${kinds[code]} - ${detail}`);
    this.code = code;
  }
}

const PATTERN = new RegExp(
  [
    String.raw`(?<space>(?:\s|--[^\n]*)+)`,
    String.raw`(?<word>[A-Za-z_][A-Za-z0-9_]*)`,
    String.raw`(?<name>\x60(?:[^\x60]|\x60\x60)+\x60)`,
    String.raw`(?<string>'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*")`,
    String.raw`(?<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?<suffix>[A-Za-z_]\w*)?`,
    String.raw`(?<symbol><>|!=|<=|>=|==|\|\||[-+*/%(),.;=<>])`,
  ].join('|'),
  'y',
);

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', '0': '\0', Z: '\x1a' };

/** `\n` and friends, `\001` (three octal digits), `\u4e2d`; any other escaped character stands for itself. */
function unquoted(literal: string): string {
  return literal
    .slice(1, -1)
    .replace(
      /\\(?:([0-7]{3})|u([0-9a-fA-F]{4})|([\s\S]))/g,
      (_all, octal?: string, unicode?: string, other?: string) => {
        if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
        if (unicode !== undefined) return String.fromCharCode(parseInt(unicode, 16));
        return escapes[other ?? ''] ?? other ?? '';
      },
    );
}

type Groups = Readonly<Record<string, string | undefined>>;

function tokenOf(groups: Groups, place: { readonly line: number; readonly column: number }): Token {
  const [word, name, string, number, suffix] = ['word', 'name', 'string', 'number', 'suffix'].map(
    (kind) => groups[kind],
  );
  if (word !== undefined) return { kind: 'word', text: word, ...place };
  if (name !== undefined) return { kind: 'name', text: name.slice(1, -1).replaceAll('``', '`'), ...place };
  if (string !== undefined) return { kind: 'string', text: unquoted(string), ...place };
  if (number === undefined) return { kind: 'symbol', text: groups['symbol'] ?? '', ...place };
  const token: Token = { kind: 'number', text: number, ...place };
  // 1L is a BIGINT and 1.5BD a DECIMAL; both are exact without the suffix too.
  if (suffix !== undefined && !/^(?:L|BD)$/i.test(suffix))
    throw new SqlError('ODPS-0130161', `invalid number suffix '${suffix}'`, token);
  return token;
}

export function tokensOf(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  const place = { line: 1, column: 1 };
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < sql.length) {
    const start = PATTERN.lastIndex;
    const match = PATTERN.exec(sql);
    if (match?.groups === undefined) {
      const bad: Token = { kind: 'end', text: '', ...place };
      throw new SqlError('ODPS-0130161', `unexpected character at offset ${String(start)}`, bad);
    }
    if (match.groups['space'] === undefined) tokens.push(tokenOf(match.groups, { ...place }));
    const lines = match[0].split('\n');
    place.column = lines.length === 1 ? place.column + match[0].length : (lines.at(-1)?.length ?? 0) + 1;
    place.line += lines.length - 1;
  }
  tokens.push({ kind: 'end', text: '', ...place });
  return tokens;
}

/**
 * Words that cannot be a bare name (MaxCompute, "Reserved words and keywords"); in backquotes they can. All that the
 * statements of the product could meet as column names are here.
 */
const RESERVED = new Set(
  (
    'ADD ALL ALTER AND AS ASC BETWEEN BIGINT BOOLEAN BY CASE CAST COLUMN COMMENT CREATE CROSS CURRENT DATE DATETIME DECIMAL ' +
    'DELETE DESC DISTINCT DISTRIBUTE DOUBLE DROP ELSE END ESCAPED EXISTS EXTERNAL FALSE FLOAT FOLLOWING FORMAT FROM FULL ' +
    'FUNCTION GROUP HAVING IF IN INSERT INT INTO IS JOIN LATERAL LEFT LIFECYCLE LIKE LIMIT LOCATION MAP NOT NULL OF ON OR ' +
    'ORDER OUTER OVER OVERWRITE PARTITION PARTITIONED PARTITIONS PERCENT PRECEDING RANGE READ RENAME REPLACE RIGHT RLIKE ' +
    'ROW ROWS SELECT SEMI SET SHOW SMALLINT SORT STATUS STRING STRUCT TABLE TABLES TABLESAMPLE TBLPROPERTIES THEN ' +
    'TIMESTAMP TINYINT TO TRUE TYPE UNBOUNDED UNION UPDATE USE USING VIEW WHEN WHERE WHILE'
  ).split(' '),
);

/** A reader over tokens; words are compared without regard to case. */
export class TokenReader {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  peek(ahead = 0): Token {
    const token = this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)];
    if (token === undefined) throw new TypeError('a token list ends with an end token');
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.at++;
    return token;
  }

  /** True when the next tokens are these words, in this order. */
  sees(...words: readonly string[]): boolean {
    return words.every((word, index) => {
      const token = this.peek(index);
      return token.kind === 'word' && token.text.toUpperCase() === word;
    });
  }

  seesSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.text === symbol;
  }

  accept(...words: readonly string[]): boolean {
    const seen = this.sees(...words);
    if (seen) this.at += words.length;
    return seen;
  }

  acceptSymbol(symbol: string): boolean {
    const seen = this.seesSymbol(symbol);
    if (seen) this.at++;
    return seen;
  }

  expect(...words: readonly string[]): void {
    if (!this.accept(...words)) throw this.unexpected(words.join(' '));
  }

  expectSymbol(symbol: string): void {
    if (!this.acceptSymbol(symbol)) throw this.unexpected(`'${symbol}'`);
  }

  /** A bare or backquoted name, lower-cased: MaxCompute's names are not case-sensitive. */
  name(): string {
    const token = this.next();
    const bare = token.kind === 'word' && !RESERVED.has(token.text.toUpperCase());
    if (bare || token.kind === 'name') return token.text.toLowerCase();
    this.at--;
    throw this.unexpected('a name');
  }

  seesName(): boolean {
    const token = this.peek();
    return token.kind === 'name' || (token.kind === 'word' && !RESERVED.has(token.text.toUpperCase()));
  }

  string(): string {
    if (this.peek().kind !== 'string') throw this.unexpected('a string');
    return this.next().text;
  }

  wholeNumber(): number {
    const token = this.peek();
    if (token.kind !== 'number' || !/^\d{1,9}$/.test(token.text)) throw this.unexpected('a whole number');
    return Number(this.next().text);
  }

  unexpected(expected: string): SqlError {
    const token = this.peek();
    const seen = token.kind === 'end' ? 'end of statement' : `token '${token.text.slice(0, 40)}'`;
    return new SqlError('ODPS-0130161', `invalid ${seen}, expected ${expected}`, token);
  }
}
