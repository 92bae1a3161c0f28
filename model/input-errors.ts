/** What is wrong with something that a person wrote: every error at once, each with its place, its rule and its fix. */
import { z } from 'zod';

/** Keys and indexes from the root of the input to what is wrong; empty for the input as a whole. */
export type InputPath = readonly (string | number)[];

export interface InputError {
  /** Stable: `UNKNOWN_KEY`, `OUT_OF_RANGE` … */
  readonly code: InputErrorCode;
  readonly path: InputPath;
  /** What was written, by {@link shownValue}; absent when it is missing or may be a secret. */
  readonly value?: string;
  /** What is allowed. */
  readonly rule: string;
  /** What to do. */
  readonly fix: string;
  /** 1-based place in the file, where there is one. */
  readonly at?: { readonly line: number; readonly column: number };
}

export type InputErrorCode =
  | 'EMPTY'
  | 'FILE'
  | 'SYNTAX'
  | 'UNKNOWN_KEY'
  | 'NOT_YET_SUPPORTED'
  | 'MISSING'
  | 'WRONG_TYPE'
  | 'OUT_OF_RANGE'
  | 'NOT_ALLOWED'
  | 'BAD_FORMAT'
  | 'RESERVED'
  | 'DUPLICATE'
  | 'CONFLICT'
  | 'LITERAL_SECRET';

/** What a schema says about one of its rules; it travels as the message of a zod issue, see {@link says}. */
interface Saying {
  readonly rule: string;
  readonly fix: string;
  readonly code?: InputErrorCode;
  /** Of an object: its keys, and keys that mean something but are not built yet. */
  readonly known?: readonly string[];
  readonly notYet?: readonly string[];
}

/** A zod message that {@link inputErrors} takes apart again. */
export const says = (saying: Saying): string => JSON.stringify(saying);

/**
 * An object that refuses unknown keys with "did you mean", and keys that are not built yet with "not yet supported".
 * @param what names the object in a rule: `a task`, `an entry of tables`.
 */
export function strict<S extends z.core.$ZodLooseShape>(what: string, shape: S, notYet: readonly string[] = []) {
  const known = Object.keys(shape);
  const keys = says({ rule: `${what} has the keys ${known.join(', ')}`, fix: 'Remove the key.', known, notYet });
  const kind = says({ rule: `${what} is a mapping of keys to values`, fix: `Write the keys ${known.join(', ')}.` });
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? keys : kind) });
}

/** A whole number, whatever is wrong with it told by one rule. `what`: `number of minutes`, `port`. */
export function wholeNumber(from: number, to: number, what: string) {
  const range = `from ${grouped(from)} to ${grouped(to)}`;
  const error = says({ rule: `a whole ${what} ${range}`, fix: `Write a whole number ${range}.` });
  return z.int({ error }).min(from, { error }).max(to, { error });
}

/** Text of one form. */
export function text(form: RegExp, rule: string, fix: string) {
  const error = says({ rule, fix });
  return z.string({ error }).regex(form, { error });
}

/** One word of a list. */
export function oneOf<const W extends readonly [string, ...string[]]>(words: W, what: string) {
  const list = words.join(', ');
  return z.enum(words, { error: says({ rule: `${what} is one of ${list}`, fix: `Write one of ${list}.` }) });
}

const grouped = (number: number): string => String(number).replaceAll(/\B(?=(\d{3})+$)/g, ',');

/**
 * All that a schema found wrong with `input`.
 * @param mayShow says whether the value at a path may be repeated: never where a secret could stand.
 */
export function inputErrors(
  error: z.ZodError,
  input: unknown,
  mayShow: (path: InputPath, value: unknown) => boolean,
): InputError[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
    const saying = heard(issue.message);
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => keyError([...path, key], key, saying));
    const value = valueAt(input, path);
    const missing = value === undefined;
    const code = missing ? 'MISSING' : (saying.code ?? codeOf(issue));
    const fix = missing && path.length > 0 ? `Add ${pathText(path)}. ${saying.fix}` : saying.fix;
    const shown = missing || !mayShow(path, value) ? {} : { value: shownValue(value) };
    return [{ code, path, ...shown, rule: saying.rule, fix }];
  });
}

function keyError(path: InputPath, key: string, { rule, fix, known = [], notYet = [] }: Saying): InputError {
  if (notYet.includes(key)) return notYetSupported(path);
  const meant = didYouMean(key, [...known, ...notYet]);
  return {
    code: 'UNKNOWN_KEY',
    path,
    rule: `unknown key ${shownValue(key)}; ${rule}`,
    fix:
      meant === undefined
        ? fix
        : `Did you mean ${meant}?${notYet.includes(meant) ? ' (It is not yet supported.)' : ''}`,
  };
}

/** False for what looks like a connect string or an address with a login in it: such text is not repeated in errors. */
export const holdsNoLogin = (value: unknown): boolean => !/@|:\/\//.test(JSON.stringify(value));

/** For a key or value that the format knows and this release does not carry out: refused, never ignored. */
const notYetSupported = (path: InputPath, value?: unknown): InputError => ({
  code: 'NOT_YET_SUPPORTED',
  path,
  ...(value === undefined ? {} : { value: shownValue(value) }),
  rule: `${pathText(path)} is not yet supported${value === undefined ? '' : ' with this value'}`,
  fix: 'Remove it, or wait for a release that carries it out.',
});

function heard(message: string): Saying {
  try {
    return JSON.parse(message) as Saying;
  } catch {
    return { rule: message, fix: 'Correct the value.' };
  }
}

function codeOf({ code }: z.core.$ZodIssue): InputErrorCode {
  switch (code) {
    case 'too_small':
    case 'too_big':
      return 'OUT_OF_RANGE';
    case 'invalid_value':
      return 'NOT_ALLOWED';
    case 'invalid_format':
      return 'BAD_FORMAT';
    default:
      return 'WRONG_TYPE';
  }
}

export function valueAt(input: unknown, path: InputPath): unknown {
  let value = input;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

const PLAIN_KEY = /^(?:--)?[A-Za-z_][\w-]*$/;

/** `tables[2].as`, `["odd key"].x`. */
export function pathText(path: InputPath): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    return PLAIN_KEY.test(step) ? `.${step}` : `[${shownValue(step)}]`;
  });
  return steps.join('').replace(/^\./, '');
}

/** JSON, control and direction characters escaped, at most 64 characters. */
export function shownValue(value: unknown): string {
  const json = typeof value === 'number' || value === undefined ? String(value) : JSON.stringify(value);
  const escaped = json.replaceAll(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return escaped.length <= 64 ? escaped : `${escaped.slice(0, 63)}…`;
}

/** The word of `known` that was probably meant: at most a third of its letters differ. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const distances = known.map((candidate) => ({
    candidate,
    distance: editDistance(word.slice(0, 64).toLowerCase(), candidate.toLowerCase()),
  }));
  const close = distances.filter(
    ({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)),
  );
  return close.toSorted((a, b) => a.distance - b.distance)[0]?.candidate;
}

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const steps = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1)];
      rows[i]?.push(Math.min(...steps, swapped ? at(i - 2, j - 2) + 1 : Infinity));
    }
  }
  return at(a.length, b.length);
}

/** One clear list: path, value, rule and fix of each error. `source`: the file or form that was read. */
export function formatInputErrors(source: string, errors: readonly InputError[]): string {
  const count = errors.length === 1 ? '1 error' : `${errors.length} errors`;
  const lines = errors.flatMap(({ code, path, value, rule, fix, at }) => [
    `  ${at ? `${at.line}:${at.column}  ` : ''}${path.length > 0 ? pathText(path) : '(all of it)'}  ${code}`,
    ...(value === undefined ? [] : [`      value: ${value}`]),
    `      rule:  ${rule}`,
    `      fix:   ${fix}`,
  ]);
  return [`${source}: ${count}`, ...lines].join('\n');
}
