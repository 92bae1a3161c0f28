/** The words of a DDL statement as a person wrote it (Oracle SQL Language Reference, "Basic Elements of Oracle SQL"). */

/** Not DDL that is read. Says where and what was expected, never what stands there. */
export class DdlSyntaxError extends Error {
  constructor(expected: string, at: number) {
    super(`${expected} expected at character ${String(at + 1)}`);
    this.name = 'DdlSyntaxError';
  }
}

/**
 * `word`: without quotes, in upper case. `name`: in double quotes, as stored. `string`: the text it stands for. `mark`: one character.
 * `start` and `end` are of the statement's text.
 */
export interface DdlToken {
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'mark' | 'end';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const SPACE = /\s+/y;
const LINE_COMMENT = /--[^\n]*/y;
const BLOCK_COMMENT = /\/\*[\s\S]*?\*\//y;
const WORD = /\p{L}[\p{L}\p{N}_$#]*/uy;
const NAME = /"([^"]+)"/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const STRING = /[nN]?'((?:[^']|'')*)'/y;
/** `q'[…]'`: the text up to the delimiter's partner and a quote. */
const OWN_QUOTE = /[nN]?[qQ]'([^\s])/y;

const PARTNERS: Readonly<Record<string, string>> = { '[': ']', '{': '}', '(': ')', '<': '>' };

function match(sticky: RegExp, text: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(text);
}

/** Where the next token begins. */
function afterBlanks(text: string, from: number): number {
  let at = from;
  for (;;) {
    const blank = match(SPACE, text, at) ?? match(LINE_COMMENT, text, at) ?? match(BLOCK_COMMENT, text, at);
    if (!blank) return at;
    at += blank[0].length;
  }
}

function ownQuote(text: string, start: number): DdlToken | undefined {
  const head = match(OWN_QUOTE, text, start);
  const delimiter = head?.[1];
  if (!head || delimiter === undefined) return undefined;
  const from = start + head[0].length;
  const close = text.indexOf(`${PARTNERS[delimiter] ?? delimiter}'`, from);
  if (close < 0) throw new DdlSyntaxError('the end of the literal', from);
  return { kind: 'string', text: text.slice(from, close), start, end: close + 2 };
}

function quoted(text: string, start: number): DdlToken | undefined {
  const string = match(STRING, text, start);
  if (string) {
    return { kind: 'string', text: (string[1] ?? '').replaceAll("''", "'"), start, end: start + string[0].length };
  }
  const name = match(NAME, text, start);
  return name ? { kind: 'name', text: name[1] ?? '', start, end: start + name[0].length } : undefined;
}

function plain(text: string, start: number): DdlToken | undefined {
  const word = match(WORD, text, start);
  if (word) return { kind: 'word', text: word[0].toUpperCase(), start, end: start + word[0].length };
  const number = match(NUMBER, text, start);
  return number ? { kind: 'number', text: number[0], start, end: start + number[0].length } : undefined;
}

function tokenAt(text: string, start: number): DdlToken {
  const token = ownQuote(text, start) ?? quoted(text, start) ?? plain(text, start);
  if (token) return token;
  const character = text.charAt(start);
  if (character === "'" || character === '"') throw new DdlSyntaxError('the end of the literal', start + 1);
  return { kind: 'mark', text: character, start, end: start + 1 };
}

function tokensOf(text: string): readonly DdlToken[] {
  const tokens: DdlToken[] = [];
  for (let at = afterBlanks(text, 0); at < text.length; at = afterBlanks(text, at)) {
    const token = tokenAt(text, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

/** A statement's tokens, read forward; its closing semicolon is not one of them. */
export class DdlTokens {
  readonly #text: string;
  readonly #tokens: readonly DdlToken[];
  #at = 0;

  /** @throws DdlSyntaxError for a literal without its end */
  constructor(text: string) {
    this.#text = text;
    const tokens = tokensOf(text);
    this.#tokens = tokens.at(-1)?.text === ';' && tokens.at(-1)?.kind === 'mark' ? tokens.slice(0, -1) : tokens;
  }

  peek(ahead = 0): DdlToken {
    const { length } = this.#text;
    return this.#tokens[this.#at + ahead] ?? { kind: 'end', text: '', start: length, end: length };
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** Whether these words come next. */
  sees(...words: readonly string[]): boolean {
    return words.every((word, ahead) => this.peek(ahead).kind === 'word' && this.peek(ahead).text === word);
  }

  /** Moves past these words if they come next. */
  accept(...words: readonly string[]): boolean {
    if (!this.sees(...words)) return false;
    this.#at += words.length;
    return true;
  }

  /** As {@link accept}, for the first of some words that comes next. */
  acceptAny(words: readonly string[]): string | undefined {
    return words.find((word) => this.accept(word));
  }

  seesMark(mark: string): boolean {
    const { kind, text } = this.peek();
    return kind === 'mark' && text === mark;
  }

  acceptMark(mark: string): boolean {
    if (!this.seesMark(mark)) return false;
    this.#at += 1;
    return true;
  }

  expect(...words: readonly string[]): void {
    if (!this.accept(...words)) this.fail(words.join(' '));
  }

  expectMark(mark: string): void {
    if (!this.acceptMark(mark)) this.fail(mark);
  }

  take(): DdlToken {
    const token = this.peek();
    if (token.kind === 'end') this.fail('more');
    this.#at += 1;
    return token;
  }

  /** An identifier as stored: without quotes it is in upper case. */
  name(): string {
    const token = this.take();
    return token.kind === 'word' || token.kind === 'name' ? token.text : this.fail('a name');
  }

  /** Moves past one token, or past parentheses with all that is in them. @returns what was passed */
  skip(): readonly DdlToken[] {
    const from = this.#at;
    let depth = 0;
    do {
      const { kind, text } = this.take();
      if (kind === 'mark' && text === '(') depth += 1;
      if (kind === 'mark' && text === ')') depth -= 1;
      if (depth < 0) this.fail('another thing before this');
    } while (depth > 0);
    return this.#tokens.slice(from, this.#at);
  }

  /** Moves up to where `ends` holds, outside of parentheses, or to the end. @returns what was passed */
  skipUntil(ends: () => boolean): readonly DdlToken[] {
    const passed: DdlToken[] = [];
    while (!this.atEnd && !ends()) passed.push(...this.skip());
    return passed;
  }

  /** As it was written. */
  written(tokens: readonly DdlToken[]): string {
    return this.#text.slice(tokens[0]?.start ?? 0, tokens.at(-1)?.end ?? 0);
  }

  fail(expected: string): never {
    throw new DdlSyntaxError(expected, this.peek().start);
  }
}
