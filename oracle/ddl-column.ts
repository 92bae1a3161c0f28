/** A column or constraint as CREATE TABLE and ALTER TABLE define it (Oracle SQL Language Reference, "ALTER TABLE", column_definition). */
import type { DdlToken, DdlTokens } from './ddl-tokens.ts';
import { readType } from './ddl-type.ts';

/** What the statement says of the column; absent is what it does not say. */
export interface DdlColumn {
  /** As stored. */
  readonly name: string;
  /** {@link readType} */
  readonly type?: string;
  readonly nullable?: boolean;
  readonly default?: DdlDefault;
  readonly generated?: 'virtual' | 'identity';
  readonly visible?: boolean;
}

export interface DdlDefault {
  /** As it was written: `('0')`, `SYSTIMESTAMP`. */
  readonly text: string;
  /** `0`, `-1.5`, `'it''s'` or `NULL`, without parentheses; absent for an expression. */
  readonly constant?: string;
}

type Growing = { -readonly [K in keyof DdlColumn]: DdlColumn[K] };

/** Words that begin a clause of ALTER TABLE: outside of parentheses they end a definition. */
const VERBS = ['ADD', 'MODIFY', 'DROP', 'RENAME'] as const;

export const seesClause = (tokens: DdlTokens): boolean => VERBS.some((word) => tokens.sees(word));

/** Whether a definition ends here. */
export const seesEnd = (tokens: DdlTokens): boolean =>
  tokens.atEnd || tokens.seesMark(',') || tokens.seesMark(')') || seesClause(tokens);

/** Words that begin something other than a type. Most are reserved; the others are no types. */
const OPTIONS = [
  ...['DEFAULT', 'NOT', 'NULL', 'CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'REFERENCES', 'GENERATED', 'AS'],
  ...['VISIBLE', 'INVISIBLE', 'SORT', 'COLLATE', 'ENABLE', 'DISABLE', 'ENCRYPT', 'DECRYPT', 'USING'],
];

const seesOption = (tokens: DdlTokens): boolean => OPTIONS.some((word) => tokens.sees(word));

/** Whether what comes next is a constraint that stands beside the columns. */
export const seesConstraint = (tokens: DdlTokens): boolean =>
  tokens.sees('CONSTRAINT') ||
  tokens.sees('PRIMARY', 'KEY') ||
  tokens.sees('FOREIGN', 'KEY') ||
  ((tokens.sees('UNIQUE') || tokens.sees('CHECK')) && tokens.peek(1).text === '(');

/** @throws DdlSyntaxError for an option that is not known */
export function readColumn(tokens: DdlTokens): DdlColumn {
  const column: Growing = { name: tokens.name() };
  if (!seesEnd(tokens) && !seesOption(tokens)) column.type = readType(tokens);
  while (!seesEnd(tokens)) readOption(tokens, column);
  return column;
}

function readOption(tokens: DdlTokens, column: Growing): void {
  const word = tokens.acceptAny(['DEFAULT', 'VISIBLE', 'INVISIBLE', 'SORT', 'COLLATE', 'GENERATED', 'AS']);
  switch (word) {
    case 'DEFAULT':
      column.default = readDefault(tokens);
      break;
    case 'VISIBLE':
    case 'INVISIBLE':
      column.visible = word === 'VISIBLE';
      break;
    case 'SORT':
      break;
    case 'COLLATE':
      tokens.name();
      break;
    case 'GENERATED':
      column.generated = readGenerated(tokens);
      break;
    case 'AS':
      column.generated = readVirtual(tokens);
      break;
    default:
      readInlineConstraint(tokens, column);
  }
}

function readGenerated(tokens: DdlTokens): 'virtual' | 'identity' {
  const always = tokens.accept('ALWAYS');
  if (!always) {
    tokens.expect('BY', 'DEFAULT');
    tokens.accept('ON', 'NULL');
  }
  tokens.expect('AS');
  if (!always || tokens.sees('IDENTITY')) {
    tokens.expect('IDENTITY');
    if (tokens.seesMark('(')) tokens.skip();
    return 'identity';
  }
  return readVirtual(tokens);
}

function readVirtual(tokens: DdlTokens): 'virtual' {
  if (!tokens.seesMark('(')) tokens.fail('(');
  tokens.skip();
  tokens.accept('VIRTUAL');
  return 'virtual';
}

function readDefault(tokens: DdlTokens): DdlDefault {
  if (tokens.accept('ON', 'NULL') && tokens.accept('FOR', 'INSERT') && !tokens.accept('ONLY')) {
    tokens.expect('AND', 'UPDATE');
  }
  if (seesEnd(tokens)) tokens.fail('a value');
  // The first one is the value's even if it is NULL.
  const value = [...tokens.skip(), ...tokens.skipUntil(() => seesEnd(tokens) || seesOption(tokens))];
  const constant = constantOf(value);
  return { text: tokens.written(value), ...(constant !== undefined && { constant }) };
}

const isMark = (token: DdlToken | undefined, ...marks: readonly string[]): boolean =>
  token?.kind === 'mark' && marks.includes(token.text);

/** A literal with its sign, in any number of parentheses. */
function constantOf(tokens: readonly DdlToken[]): string | undefined {
  const [first, second] = tokens;
  if (isMark(first, '(') && isMark(tokens.at(-1), ')')) return constantOf(tokens.slice(1, -1));
  if (tokens.length === 2 && isMark(first, '-', '+') && second?.kind === 'number') {
    return isMark(first, '-') ? `-${second.text}` : second.text;
  }
  return tokens.length === 1 && first ? literalOf(first) : undefined;
}

function literalOf({ kind, text }: DdlToken): string | undefined {
  if (kind === 'string') return `'${text.replaceAll("'", "''")}'`;
  if (kind === 'number') return text;
  return kind === 'word' && text === 'NULL' ? text : undefined;
}

function readInlineConstraint(tokens: DdlTokens, column: Growing): void {
  if (tokens.accept('CONSTRAINT')) tokens.name();
  if (tokens.accept('NOT', 'NULL')) column.nullable = false;
  else if (tokens.accept('NULL')) column.nullable = true;
  else if (tokens.accept('CHECK')) skipParentheses(tokens);
  else if (tokens.accept('REFERENCES')) skipReference(tokens);
  else if (!tokens.accept('UNIQUE')) tokens.expect('PRIMARY', 'KEY');
  skipState(tokens);
}

function skipParentheses(tokens: DdlTokens): void {
  if (!tokens.seesMark('(')) tokens.fail('(');
  tokens.skip();
}

function skipReference(tokens: DdlTokens): void {
  tokens.name();
  if (tokens.acceptMark('.')) tokens.name();
  if (tokens.seesMark('(')) tokens.skip();
  if (tokens.accept('ON', 'DELETE') && !tokens.accept('CASCADE')) tokens.expect('SET', 'NULL');
}

const STATES = [
  ...['ENABLE', 'DISABLE', 'VALIDATE', 'NOVALIDATE', 'RELY', 'NORELY'],
  ...['DEFERRABLE', 'INITIALLY', 'IMMEDIATE', 'DEFERRED', 'PRECHECK', 'NOPRECHECK'],
];

function skipState(tokens: DdlTokens): void {
  for (;;) {
    if (tokens.accept('NOT', 'DEFERRABLE') || tokens.acceptAny(STATES) !== undefined) continue;
    if (!tokens.accept('USING', 'INDEX')) return;
    // A name, a statement, or storage: the rest of the definition.
    tokens.skipUntil(() => seesEnd(tokens));
  }
}
