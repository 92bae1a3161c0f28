import { converted, textOf } from './conversions.ts';
import { isNational } from './declared-types.ts';
import { computed, mapped } from './sql-compiled.ts';
import type { Compiled, Environment, StatementContext } from './sql-compiled.ts';
import { argument } from './sql-text-functions.ts';

/**
 * Functions of characters and of NULL. Positions and lengths count characters: code points, except of national text, where they are the
 * units of AL16UTF16. Source: SQL Language Reference, "Character Functions" and "NULL-Related Functions".
 */
const SURROGATE = /[\ud800-\udfff]/;

const text = (args: readonly Compiled[], index: number, context: StatementContext): Compiled =>
  converted(argument(args, index), 'VARCHAR2', context);

const number = (args: readonly Compiled[], index: number, context: StatementContext): Compiled | undefined => {
  const given = args[index];
  return given && converted(given, 'NUMBER', context);
};

/** A text without characters is NULL. */
const orNull = (found: string): string | null => (found === '' ? null : found);

/** Code points: a pair of surrogates is one character. */
function charactersIn(given: string): number {
  let count = given.length;
  for (let index = 1; index < given.length; index++) {
    if ((given.charCodeAt(index) & 0xfc00) === 0xdc00 && (given.charCodeAt(index - 1) & 0xfc00) === 0xd800) count -= 1;
  }
  return count;
}

export function compileLength(args: readonly Compiled[], context: StatementContext): Compiled {
  const given = text(args, 0, context);
  const length = isNational(given.type) ? (found: string): number => found.length : charactersIn;
  return mapped(given, 'NUMBER', (value) => String(length(textOf(value))));
}

/** Whether all characters before `end` are single units, so that places are offsets. */
function isPlain(given: string, end: number): boolean {
  for (let index = Math.min(end, given.length) - 1; index >= 0; index--) {
    if ((given.charCodeAt(index) & 0xf800) === 0xd800) return false;
  }
  return true;
}

/** From `position` (from 1; negative: counted from the end; 0 is 1), `length` characters or all. */
function part(given: string, position: number, length: number): string {
  const units = isPlain(given, position < 0 ? Infinity : position + length) ? given : Array.from(given);
  const from = position < 0 ? units.length + position : Math.max(0, position - 1);
  if (from < 0 || length < 1) return '';
  const found = units.slice(from, from + length);
  return typeof found === 'string' ? found : found.join('');
}

/** A whole number, which mostly is the same as before. */
function wholeNumber(compiled: Compiled | undefined): (environment: Environment) => number | null {
  let last: string | undefined;
  let known = 0;
  return (environment) => {
    const value = compiled?.read(environment) ?? null;
    if (value === null) return null;
    if (value !== last) known = Math.trunc(Number((last = textOf(value))));
    return known;
  };
}

export function compileSubstring(args: readonly Compiled[], context: StatementContext): Compiled {
  const given = text(args, 0, context);
  const position = wholeNumber(number(args, 1, context));
  const length = args[2] === undefined ? () => Infinity : wholeNumber(number(args, 2, context));
  return computed(
    isNational(given.type) ? 'NVARCHAR2' : 'VARCHAR2',
    (environment) => {
      const value = given.read(environment);
      const from = position(environment);
      const count = length(environment);
      return value === null || from === null || count === null ? null : orNull(part(textOf(value), from, count));
    },
    { from: args, ...(given.size === undefined ? {} : { size: given.size }) },
  );
}

/** Where the second text begins in the first, from 1; 0 where it does not. */
export function compilePosition(args: readonly Compiled[], context: StatementContext): Compiled {
  const [within, wanted] = [text(args, 0, context), text(args, 1, context)];
  return computed(
    'NUMBER',
    (environment) => {
      const value = within.read(environment);
      const search = wanted.read(environment);
      if (value === null || search === null) return null;
      const given = textOf(value);
      const at = given.indexOf(textOf(search));
      return String(at < 0 ? 0 : charactersIn(given.slice(0, at)) + 1);
    },
    { from: [within, wanted] },
  );
}

function trimmed(given: string, set: string, side: 'left' | 'right'): string {
  const units = SURROGATE.test(given) ? Array.from(given) : given;
  let from = 0;
  let to = units.length;
  if (side === 'left') while (from < to && set.includes(units[from] ?? '')) from += 1;
  else while (to > from && set.includes(units[to - 1] ?? '')) to -= 1;
  const found = units.slice(from, to);
  return typeof found === 'string' ? found : found.join('');
}

/** LTRIM and RTRIM: without a set, blanks. */
export function compileTrim(side: 'left' | 'right') {
  return (args: readonly Compiled[], context: StatementContext): Compiled => {
    const given = text(args, 0, context);
    const set = args[1] === undefined ? undefined : text(args, 1, context);
    return computed(
      isNational(given.type) ? 'NVARCHAR2' : 'VARCHAR2',
      (environment) => {
        const value = given.read(environment);
        const characters = set === undefined ? ' ' : set.read(environment);
        if (value === null || characters === null) return null;
        return orNull(trimmed(textOf(value), textOf(characters), side));
      },
      { from: args, ...(given.size === undefined ? {} : { size: given.size }) },
    );
  };
}

/** Without a replacement, or with NULL, what is found goes. A search for NULL finds nothing. */
export function compileReplace(args: readonly Compiled[], context: StatementContext): Compiled {
  const given = text(args, 0, context);
  const search = text(args, 1, context);
  const replacement = args[2] === undefined ? undefined : text(args, 2, context);
  return computed(
    isNational(given.type) ? 'NVARCHAR2' : 'VARCHAR2',
    (environment) => {
      const value = given.read(environment);
      if (value === null) return null;
      const wanted = search.read(environment);
      const whole = textOf(value);
      if (wanted === null || !whole.includes(textOf(wanted))) return whole;
      return orNull(whole.replaceAll(textOf(wanted), () => textOf(replacement?.read(environment) ?? '')));
    },
    { from: args },
  );
}

export function compileLetterCase(change: (given: string) => string) {
  return (args: readonly Compiled[], context: StatementContext): Compiled => {
    const given = text(args, 0, context);
    const size = given.size === undefined ? {} : { size: given.size };
    return mapped(given, isNational(given.type) ? 'NVARCHAR2' : 'VARCHAR2', (value) => change(textOf(value)), size);
  };
}

/** The other is converted to the type of the one that decides; a CHAR becomes a VARCHAR2. */
function choosing(
  chosen: (environment: Environment) => boolean,
  [first, second]: readonly [Compiled, Compiled],
  place: { readonly from: readonly Compiled[]; readonly context: StatementContext },
): Compiled {
  const type = first.type === 'CHAR' ? 'VARCHAR2' : first.type;
  const other = converted(second, type, place.context);
  const size = Math.max(first.size ?? 0, other.size ?? 0);
  return computed(type, (environment) => (chosen(environment) ? first : other).read(environment), {
    from: place.from,
    ...(size === 0 ? {} : { size }),
    ...(first.scale === undefined ? {} : { scale: first.scale }),
  });
}

/** NVL(a, b). */
export function compileNvl(args: readonly Compiled[], context: StatementContext): Compiled {
  const [value, substitute] = [argument(args, 0), argument(args, 1)];
  return choosing((environment) => value.read(environment) !== null, [value, substitute], { from: args, context });
}

/** NVL2(a, where it is a value, where it is NULL). */
export function compileNvl2(args: readonly Compiled[], context: StatementContext): Compiled {
  const value = argument(args, 0);
  const results = [argument(args, 1), argument(args, 2)] as const;
  return choosing((environment) => value.read(environment) !== null, results, { from: args, context });
}
