/** A column's type in DDL → the words of DBA_TAB_COLS (Oracle SQL Language Reference, "Data Types", with the ANSI ones). */
import type { DdlTokens } from './ddl-tokens.ts';

/** ANSI's words → Oracle's; with the numbers that the type has when none are written. */
const SYNONYMS: ReadonlyMap<string, { readonly base: string; readonly numbers?: string }> = new Map([
  ['INT', { base: 'NUMBER', numbers: '38,0' }],
  ['INTEGER', { base: 'NUMBER', numbers: '38,0' }],
  ['SMALLINT', { base: 'NUMBER', numbers: '38,0' }],
  ['DEC', { base: 'NUMBER', numbers: '38,0' }],
  ['DECIMAL', { base: 'NUMBER', numbers: '38,0' }],
  ['NUMERIC', { base: 'NUMBER', numbers: '38,0' }],
  ['REAL', { base: 'FLOAT', numbers: '63' }],
  ['DOUBLE PRECISION', { base: 'FLOAT', numbers: '126' }],
  ['VARCHAR', { base: 'VARCHAR2' }],
  ['CHARACTER', { base: 'CHAR' }],
  ['CHARACTER VARYING', { base: 'VARCHAR2' }],
  ['CHAR VARYING', { base: 'VARCHAR2' }],
  ['NATIONAL CHARACTER', { base: 'NCHAR' }],
  ['NATIONAL CHAR', { base: 'NCHAR' }],
  ['NATIONAL CHARACTER VARYING', { base: 'NVARCHAR2' }],
  ['NATIONAL CHAR VARYING', { base: 'NVARCHAR2' }],
  ['NCHAR VARYING', { base: 'NVARCHAR2' }],
]);

/** Types whose name is more than one word, before any number. */
const SEVERAL_WORDS = [
  ['DOUBLE', 'PRECISION'],
  ['LONG', 'RAW'],
  ['NATIONAL', 'CHARACTER', 'VARYING'],
  ['NATIONAL', 'CHAR', 'VARYING'],
  ['NATIONAL', 'CHARACTER'],
  ['NATIONAL', 'CHAR'],
  ['CHARACTER', 'VARYING'],
  ['CHAR', 'VARYING'],
  ['NCHAR', 'VARYING'],
] as const;

/** `(10,2)`, `(20 CHAR)`, `(*,0)`; empty without parentheses. */
function readNumbers(tokens: DdlTokens): string {
  if (!tokens.seesMark('(')) return '';
  const inner = tokens.skip().slice(1, -1);
  let text = '';
  for (const token of inner) text += token.kind === 'word' ? ` ${token.text}` : token.text;
  return text.trim();
}

const inParentheses = (numbers: string): string => (numbers === '' ? '' : `(${numbers})`);

function readInterval(tokens: DdlTokens): string {
  const field = tokens.acceptAny(['YEAR', 'DAY']) ?? tokens.fail('YEAR or DAY');
  const digits = inParentheses(readNumbers(tokens));
  tokens.expect('TO');
  if (field === 'DAY') {
    tokens.expect('SECOND');
    return `INTERVAL DAY${digits} TO SECOND${inParentheses(readNumbers(tokens))}`;
  }
  tokens.expect('MONTH');
  return `INTERVAL YEAR${digits} TO MONTH`;
}

function readTimestamp(tokens: DdlTokens): string {
  const digits = inParentheses(readNumbers(tokens));
  if (tokens.accept('WITH', 'LOCAL', 'TIME', 'ZONE')) return `TIMESTAMP${digits} WITH LOCAL TIME ZONE`;
  return tokens.accept('WITH', 'TIME', 'ZONE') ? `TIMESTAMP${digits} WITH TIME ZONE` : `TIMESTAMP${digits}`;
}

/** `HR.ADDRESS`, `VARCHAR2`. */
function readTypeName(tokens: DdlTokens): string {
  const words = SEVERAL_WORDS.find((candidate) => tokens.accept(...candidate));
  if (words) return words.join(' ');
  const name = tokens.name();
  return tokens.acceptMark('.') ? `${name}.${tokens.name()}` : name;
}

function numbersOf(base: string, written: string): string {
  if (base !== 'NUMBER' || written === '') return written;
  const numbers = written.replace('*', '38');
  return numbers.includes(',') ? numbers : `${numbers},0`;
}

/** In upper case and Oracle's own words: `varchar(50)` → `VARCHAR2(50)`, `number(*,0)` → `NUMBER(38,0)`. @throws DdlSyntaxError */
export function readType(tokens: DdlTokens): string {
  if (tokens.accept('TIMESTAMP')) return readTimestamp(tokens);
  if (tokens.accept('INTERVAL')) return readInterval(tokens);
  const written = readTypeName(tokens);
  const { base, numbers = '' } = SYNONYMS.get(written) ?? { base: written };
  const given = readNumbers(tokens);
  return `${base}${inParentheses(given === '' ? numbers : numbersOf(base, given))}`;
}
