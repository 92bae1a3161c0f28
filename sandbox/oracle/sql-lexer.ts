import { OracleError } from './engine.ts';

/** `name`: an unquoted identifier or keyword, upper case. `quoted`: "…" as written. */
export interface Token {
  readonly kind: 'name' | 'quoted' | 'number' | 'text' | 'bind' | 'symbol' | 'end';
  readonly text: string;
  readonly position: number;
  readonly end: number;
}

const SPACE_OR_COMMENT = /(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const PATTERNS: readonly (readonly [kind: Token['kind'], pattern: RegExp])[] = [
  ['name', /[\p{L}][\p{L}\p{N}_$#]*/uy],
  ['number', /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?:[fFdD](?![\p{L}\p{N}_$#]))?/uy],
  ['text', /'(?:[^']|'')*'/y],
  ['quoted', /"[^"]+"/y],
  ['bind', /:(?:[\p{L}\p{N}_$#]+|"[^"]+")/uy],
  ['symbol', /<>|!=|\^=|<=|>=|\|\||=>|:=|[-+*/=<>(),.;@%]/y],
];

/** Cuts a statement into tokens; the last one is `end`. */
export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = skipSpace(sql, 0);
  while (at < sql.length) {
    const token = tokenAt(sql, at);
    tokens.push(token);
    at = skipSpace(sql, token.end);
  }
  tokens.push({ kind: 'end', text: '', position: sql.length, end: sql.length });
  return tokens;
}

function skipSpace(sql: string, at: number): number {
  SPACE_OR_COMMENT.lastIndex = at;
  SPACE_OR_COMMENT.exec(sql);
  return SPACE_OR_COMMENT.lastIndex;
}

function tokenAt(sql: string, at: number): Token {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(sql)?.[0];
    if (match !== undefined) return { kind, text: meaning(kind, match), position: at, end: at + match.length };
  }
  if (sql[at] === "'") throw new OracleError(1756, 'quoted string not properly terminated', at);
  if (sql.startsWith('""', at)) throw new OracleError(1741, 'illegal zero-length identifier', at);
  if (sql[at] === '"') throw new OracleError(1740, 'missing double quote in identifier', at);
  throw new OracleError(911, 'invalid character', at);
}

function meaning(kind: Token['kind'], match: string): string {
  switch (kind) {
    case 'name':
      return match.toUpperCase();
    case 'text':
      return match.slice(1, -1).replaceAll("''", "'");
    case 'quoted':
      return match.slice(1, -1);
    case 'bind':
      return match.startsWith(':"') ? match.slice(2, -1) : match.slice(1).toUpperCase();
    default:
      return match === '!=' || match === '^=' ? '<>' : match;
  }
}
