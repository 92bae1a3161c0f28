/**
 * The values of SQL_REDO: literal text → value without a type. `column-values.ts` gives it the column's type.
 *
 * | SQL text | value |
 * | --- | --- |
 * | `'it''s'`, `-12.5`, `UNISTR('\0416')`, joined by `\|\|` | the text |
 * | `NULL` | null |
 * | `HEXTORAW('0E')`, joined by `\|\|` | hex digits, lower case, an even number |
 * | `TO_DATE`, `TO_TIMESTAMP`, `TO_TIMESTAMP_TZ`, `TO_YMINTERVAL`, `TO_DSINTERVAL` in the session's masks | their text |
 * | `EMPTY_CLOB()`, `EMPTY_BLOB()` | the name |
 * | `Unsupported Type` | unsupported |
 * | anything else | the expression, verbatim: no column takes it |
 */
import { character, RedoTokens } from './redo-tokens.ts';

/** `json`: marked `/* JSON *\/` by 21c and later; the bytes are OSON. */
export type SpecialLiteral =
  | {
      readonly kind: 'date' | 'timestamp' | 'timestamp_tz' | 'interval_ym' | 'interval_ds' | 'expr';
      readonly text: string;
    }
  | { readonly kind: 'hex'; readonly text: string; readonly json: boolean }
  | { readonly kind: 'lob'; readonly text: 'EMPTY_CLOB' | 'EMPTY_BLOB'; readonly json: boolean }
  | { readonly kind: 'unsupported' };

/** A quoted, national or bare literal is its text: nothing depends on which it was. */
export type Literal = string | null | SpecialLiteral;

const unsupported: SpecialLiteral = { kind: 'unsupported' };

/** A whole text as one value. @throws RedoSyntaxError */
export function parseLiteral(text: string): Literal {
  const tokens = new RedoTokens(text);
  const literal = readLiteral(tokens);
  if (!tokens.atEnd) tokens.fail('the end');
  return literal;
}

/** The value at the tokens' position, which moves past it. @throws RedoSyntaxError */
export function readLiteral(tokens: RedoTokens): Literal {
  const { code } = tokens;
  if (code === character.quote) {
    const text = tokens.string();
    return tokens.acceptJoin() ? text + readText(tokens) : ended(tokens, text);
  }
  if (code === LETTER_N && tokens.accept('NULL')) return ended(tokens, null);
  return readCall(tokens, code) ?? readNumber(tokens) ?? readExpression(tokens);
}

const LETTER_N = 78;

/** A call that LogMiner writes; undefined, at the same position, for another. */
function readCall(tokens: RedoTokens, code: number): Literal | undefined {
  switch (code) {
    case 84: // T
      return readConversion(tokens);
    case 72: // H
      return tokens.startsWith('HEXTORAW(') ? { kind: 'hex', text: readHex(tokens), json: false } : undefined;
    case 85: // U
      return tokens.startsWith('UNISTR(') ? readText(tokens) : undefined;
    case 69: // E
      return readEmptyLob(tokens, false);
    case character.slash:
      return readJson(tokens);
    default:
      return undefined;
  }
}

/** What follows must be able to follow: else a quote was not escaped, and the value would be a part of the real one. */
function ended<T extends Literal>(tokens: RedoTokens, literal: T): T {
  if (!tokens.atValueEnd()) tokens.fail('the end of the value');
  return literal;
}

/** Plain and national literals joined by `||`. */
function readText(tokens: RedoTokens): string {
  let text = '';
  do {
    text += tokens.accept('UNISTR(') ? readUnistr(tokens) : tokens.string();
  } while (tokens.acceptJoin());
  return ended(tokens, text);
}

/** `'\0416')` → Ж */
function readUnistr(tokens: RedoTokens): string {
  const text = unescape(tokens.string());
  if (text === undefined) tokens.fail('a UNISTR of \\hhhh and \\\\ before this');
  if (!tokens.acceptCode(character.close)) tokens.fail(')');
  return text;
}

const BACKSLASH = 92;

/** `\0416` is one UTF-16 unit, `\\` a backslash. Undefined if there is another backslash. */
function unescape(escaped: string): string | undefined {
  let text = '';
  let from = 0;
  for (let slash = escaped.indexOf('\\'); slash >= 0; slash = escaped.indexOf('\\', from)) {
    if (slash > from) text += escaped.slice(from, slash);
    if (escaped.charCodeAt(slash + 1) === BACKSLASH) {
      text += '\\';
      from = slash + 2;
      continue;
    }
    const unit = hexUnit(escaped, slash + 1);
    if (unit < 0) return undefined;
    text += String.fromCharCode(unit);
    from = slash + 5;
  }
  return text + escaped.slice(from);
}

/** Four digits; negative for anything else. */
const hexUnit = (text: string, at: number): number =>
  (hexDigit(text.charCodeAt(at)) << 12) |
  (hexDigit(text.charCodeAt(at + 1)) << 8) |
  (hexDigit(text.charCodeAt(at + 2)) << 4) |
  hexDigit(text.charCodeAt(at + 3));

/** -1, which no shift and no other digit makes positive, for anything else, also the NaN after the end. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

const LOWER_HEX = /HEXTORAW\('[0-9a-f]*'\)/y;
const ANY_HEX = /HEXTORAW\('[0-9A-Fa-f]*'\)/y;

/** HEXTORAW literals joined by `||`; an odd number of digits lacks the leading zero. */
function readHex(tokens: RedoTokens): string {
  let hex = '';
  do {
    const start = tokens.at + "HEXTORAW('".length;
    const lower = tokens.acceptMatch(LOWER_HEX);
    if (!lower && !tokens.acceptMatch(ANY_HEX)) tokens.fail('HEXTORAW of hexadecimal digits');
    const digits = tokens.text.slice(start, tokens.at - "')".length);
    hex += digits.length % 2 === 0 ? digits : `0${digits}`;
    if (!lower) hex = hex.toLowerCase();
  } while (tokens.acceptJoin());
  return ended(tokens, hex);
}

function readEmptyLob(tokens: RedoTokens, json: boolean): Literal | undefined {
  if (tokens.accept('EMPTY_CLOB()')) return ended(tokens, { kind: 'lob', text: 'EMPTY_CLOB', json });
  return tokens.accept('EMPTY_BLOB()') ? ended(tokens, { kind: 'lob', text: 'EMPTY_BLOB', json }) : undefined;
}

function readJson(tokens: RedoTokens): Literal {
  tokens.expect('/* JSON */');
  tokens.skipSpace();
  if (tokens.startsWith('HEXTORAW(')) return { kind: 'hex', text: readHex(tokens), json: true };
  return readEmptyLob(tokens, true) ?? tokens.fail('HEXTORAW or EMPTY_BLOB()');
}

const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;

function readNumber(tokens: RedoTokens): string | undefined {
  const start = tokens.at;
  return tokens.acceptMatch(NUMBER) ? ended(tokens, tokens.text.slice(start, tokens.at)) : undefined;
}

function readExpression(tokens: RedoTokens): Literal {
  const text = tokens.expression();
  return text === 'Unsupported Type' || text === 'Unsupported' ? unsupported : { kind: 'expr', text };
}

interface Conversion {
  readonly kind: 'date' | 'timestamp' | 'timestamp_tz' | 'interval_ym' | 'interval_ds';
  /** The whole call: one match is faster than its parts. The blank is the one that SYYYY prints for the sign of our era. */
  readonly call: RegExp;
  /** Of the call up to its first quote. */
  readonly headLength: number;
}

const date: Conversion = {
  kind: 'date',
  call: /TO_DATE\('[ -]?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d', *'S?YYYY-MM-DD HH24:MI:SS'\)/y,
  headLength: 8,
};
const timestamp: Conversion = {
  kind: 'timestamp',
  call: /TO_TIMESTAMP\('[ -]?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d*)?'\)/y,
  headLength: 13,
};
const timestampTz: Conversion = {
  kind: 'timestamp_tz',
  call: /TO_TIMESTAMP_TZ\('[ -]?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d*)? [^ ']+(?: [^ ']+)?'\)/y,
  headLength: 16,
};
const intervalYm: Conversion = { kind: 'interval_ym', call: /TO_YMINTERVAL\('[+-]?\d+-\d+'\)/y, headLength: 14 };
const intervalDs: Conversion = {
  kind: 'interval_ds',
  call: /TO_DSINTERVAL\('[+-]?\d+ \d+:\d+:\d+(?:\.\d*)?'\)/y,
  headLength: 14,
};

/** Told apart by single characters, then matched once. */
function conversionAt(text: string, at: number): Conversion | undefined {
  switch (text.charCodeAt(at + 3)) {
    case 68: // TO_D
      return text.charCodeAt(at + 4) === 65 ? date : intervalDs;
    case 84: // TO_T
      return text.charCodeAt(at + 12) === character.open ? timestamp : timestampTz;
    case 89: // TO_Y
      return intervalYm;
    default:
      return undefined;
  }
}

/** Undefined, at the same position, for a text or mask other than those of the mining session: it is not guessed. */
function readConversion(tokens: RedoTokens): Literal | undefined {
  const start = tokens.at;
  const conversion = conversionAt(tokens.text, start);
  if (!conversion || !tokens.acceptMatch(conversion.call)) return undefined;
  const quote = start + conversion.headLength;
  const from = tokens.text.charCodeAt(quote + 1) === character.blank ? quote + 2 : quote + 1;
  const text = tokens.text.slice(from, tokens.text.indexOf("'", from));
  return ended(tokens, { kind: conversion.kind, text: conversion === date ? text : withoutBarePoint(text) });
}

const POINT = 46;

/** `12:00:00.` → `12:00:00`, also before a time zone. */
function withoutBarePoint(text: string): string {
  if (text.charCodeAt(text.length - 1) === POINT) return text.slice(0, -1);
  return text.includes('. ') ? text.replace('. ', ' ') : text;
}
