import { decimalToText, remainderDecimal, roundDecimal, truncateDecimal } from './decimal.ts';
import { bytesOf, converted, familyOf, numberFromText, parseHex, textOf } from './conversions.ts';
import { checkMask, parseMoment } from './date-masks.ts';
import { decodeMoment, decodeUtc, encodeDate, encodeTimestamp } from './dates.ts';
import { isLob } from './declared-types.ts';
import { OracleError } from './engine.ts';
import { encodeRowid } from './rowids.ts';
import { computed, mapped } from './sql-compiled.ts';
import type { Compiled, StatementContext } from './sql-compiled.ts';
import { compileHash, compileHexNumber, compileOraHash, hexOfHash } from './sql-hash-functions.ts';
import {
  compileLength,
  compileLetterCase,
  compileNvl,
  compileNvl2,
  compilePosition,
  compileReplace,
  compileSubstring,
  compileTrim,
} from './sql-string-functions.ts';
import { argument, compilePad, mapNumbers } from './sql-text-functions.ts';
import { asciistr, compileFromZone, compileMake, compileToZoned, unistr } from './sql-type-functions.ts';
import { formatDate } from './value-text.ts';

/** Scalar functions: name → how many arguments it takes and how it is compiled. Which client sends which: README.md. */
interface ScalarFunction {
  readonly arguments: readonly [least: number, most: number];
  readonly compile: (args: readonly Compiled[], context: StatementContext) => Compiled;
}

const DATE_TEXT_BYTES = 75;

/** @throws OracleError 904 for an unknown function, 909 for a wrong number of arguments. */
export function compileFunction(
  name: string,
  args: readonly Compiled[],
  { context, position }: { readonly context: StatementContext; readonly position: number },
): Compiled {
  const known = FUNCTIONS.get(name.replace(/^SYS\./, ''));
  if (known === undefined) throw new OracleError(904, `${quotedPath(name)}: invalid identifier`, position);
  const [least, most] = known.arguments;
  if (args.length < least) throw new OracleError(938, 'not enough arguments for function', position);
  if (args.length > most) throw new OracleError(939, 'too many arguments for function', position);
  return known.compile(args, context);
}

function quotedPath(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.');
}

function isDate(compiled: Compiled): boolean {
  return familyOf(compiled.type) === 'date';
}

function compileToChar(args: readonly Compiled[], context: StatementContext): Compiled {
  const given = argument(args, 0);
  const mask = args[1];
  // No longer a column: the stored bytes of national text are others.
  if (mask === undefined) return { ...converted(given, 'VARCHAR2', context), type: 'VARCHAR2', column: undefined };
  // In the session's zone, whatever the mask.
  const value = given.type === 'TIMESTAMP_LTZ' ? converted(given, 'TIMESTAMP_TZ', context) : given;
  if (value.type === 'NUMBER') return withMask([value, mask], 'VARCHAR2', (number, format) => minimal(number, format));
  if (!isDate(value)) {
    if (familyOf(value.type) === 'number')
      throw new OracleError(1481, 'invalid number format model (none of a binary number is imitated)');
    throw new OracleError(1722, 'invalid number');
  }
  return withMask([value, mask], 'VARCHAR2', (bytes, format) => formatDate(bytesOf(bytes), format, value.scale));
}

/** TM and TM9, the text minimum: exact, in at most 64 characters without an exponent. */
const MINIMAL_CHARACTERS = 64;

function minimal(number: string | Buffer, format: string): string {
  if (format !== 'TM9' && !/^TM9?$/i.test(format))
    throw new OracleError(1481, 'invalid number format model (only TM9 is imitated)');
  return decimalToText(textOf(number), MINIMAL_CHARACTERS);
}

/** A function of a value and a format mask. */
function withMask(
  [value, mask]: readonly [Compiled, Compiled],
  type: 'VARCHAR2' | 'DATE' | 'TIMESTAMP',
  apply: (value: string | Buffer, mask: string) => string | Buffer,
): Compiled {
  return computed(
    type,
    (environment) => {
      const given = value.read(environment);
      const format = mask.read(environment);
      if (given === null || format === null) return null;
      return apply(given, textOf(format));
    },
    {
      from: [value, mask],
      ...(type === 'VARCHAR2' ? { size: DATE_TEXT_BYTES } : {}),
      ...(type === 'TIMESTAMP' ? { scale: 9 } : {}),
    },
  );
}

function compileToMoment(type: 'DATE' | 'TIMESTAMP') {
  const encode = type === 'DATE' ? encodeDate : encodeTimestamp;
  return (args: readonly Compiled[], context: StatementContext): Compiled => {
    const value = argument(args, 0);
    const mask = args[1];
    if (mask === undefined) return converted(value, type, context);
    const text = converted(value, 'VARCHAR2', context);
    return withMask([text, mask], type, (given, format) => {
      checkMask(format);
      return encode(parseMoment(textOf(given), format, context.now));
    });
  };
}

function compileToNumber(args: readonly Compiled[], context: StatementContext): Compiled {
  const value = argument(args, 0);
  const mask = args[1];
  if (mask !== undefined) {
    return compileHexNumber(converted(value, 'VARCHAR2', context), converted(mask, 'VARCHAR2', context));
  }
  if (familyOf(value.type) === 'number') return converted(value, 'NUMBER', context);
  return mapped(converted(value, 'VARCHAR2', context), 'NUMBER', (text) => numberFromText(textOf(text)));
}

/** A function of a number and, perhaps, a number of places. */
function compilePlaces(apply: (value: string, places: number) => string) {
  return (args: readonly Compiled[], context: StatementContext): Compiled => {
    const first = argument(args, 0);
    const numbers = args.slice(1).map((arg) => converted(arg, 'NUMBER', context));
    return mapNumbers(
      converted(first, 'NUMBER', context),
      numbers,
      (value, [places = 0]) => apply(textOf(value), places),
      'NUMBER',
    );
  };
}

function compileTruncate(args: readonly Compiled[], context: StatementContext): Compiled {
  const first = argument(args, 0);
  return isDate(first)
    ? compileDay(converted(first, 'DATE', context), args.length)
    : compilePlaces(truncateDecimal)(args, context);
}

function compileDay(value: Compiled, count: number): Compiled {
  if (count > 1) throw new OracleError(1821, 'date format not recognized');
  return mapped(value, 'DATE', (bytes) => {
    const { year, month, day } = decodeMoment(bytesOf(bytes));
    return encodeDate({ year, month, day, hour: 0, minute: 0, second: 0, nanos: 0 });
  });
}

function compileModulo(args: readonly Compiled[], context: StatementContext): Compiled {
  const left = converted(argument(args, 0), 'NUMBER', context);
  const right = converted(argument(args, 1), 'NUMBER', context);
  const { integer } = left;
  return computed(
    'NUMBER',
    (environment) => {
      const b = right.read(environment);
      const quick = integer?.(environment) ?? 0;
      const divisor = quick > 0 && b !== null && b.length < 10 ? Number(b) : 0;
      if (divisor > 0 && Number.isInteger(divisor)) return String(quick % divisor);
      const a = left.read(environment);
      return a === null || b === null ? null : remainderDecimal(textOf(a), textOf(b));
    },
    { from: args },
  );
}

function compileRowid(args: readonly Compiled[], context: StatementContext): Compiled {
  const numbers = args.map((arg) => converted(arg, 'NUMBER', context));
  return computed(
    'ROWID',
    (environment) => {
      const read = numbers.map((number) => number.read(environment));
      if (read.includes(null)) throw new OracleError(1410, 'invalid ROWID');
      const [type = 0, object = 0, file = 0, block = 0, row = 0] = read.map(Number);
      if (type !== 1) throw new OracleError(1410, 'invalid ROWID');
      return encodeRowid({ object, file, block, row });
    },
    { from: args },
  );
}

function compileRawToHex(args: readonly Compiled[], context: StatementContext): Compiled {
  const bytes = argument(args, 0);
  if (bytes.type !== 'RAW') throw new OracleError(932, `inconsistent datatypes: expected RAW got ${bytes.type}`);
  return hexOfHash(bytes) ?? converted(bytes, 'VARCHAR2', context);
}

const NO_BYTES = Buffer.alloc(0);

/** UTF-16 units of a CLOB: in a database of a varying-width character set it is stored in them. */
function compileLobLength(args: readonly Compiled[]): Compiled {
  const lob = argument(args, 0);
  if (!isLob(lob.type)) throw new OracleError(932, `inconsistent datatypes: expected CLOB got ${lob.type}`);
  return mapped(lob, 'NUMBER', (value) => String(value.length));
}

const oneText = (args: readonly Compiled[], context: StatementContext): Compiled =>
  converted(argument(args, 0), 'VARCHAR2', context);

const FUNCTIONS = new Map<string, ScalarFunction>([
  ['TO_CHAR', { arguments: [1, 2], compile: compileToChar }],
  ['TO_NUMBER', { arguments: [1, 2], compile: compileToNumber }],
  ['TO_DATE', { arguments: [1, 2], compile: compileToMoment('DATE') }],
  ['TO_TIMESTAMP', { arguments: [1, 2], compile: compileToMoment('TIMESTAMP') }],
  [
    'HEXTORAW',
    {
      arguments: [1, 1],
      compile: (args, context) => mapped(oneText(args, context), 'RAW', (text) => parseHex(textOf(text))),
    },
  ],
  ['RAWTOHEX', { arguments: [1, 1], compile: compileRawToHex }],
  [
    'CHARTOROWID',
    { arguments: [1, 1], compile: (args, context) => converted(oneText(args, context), 'ROWID', context) },
  ],
  ['EMPTY_CLOB', { arguments: [0, 0], compile: () => computed('CLOB', () => '') }],
  ['EMPTY_BLOB', { arguments: [0, 0], compile: () => computed('BLOB', () => NO_BYTES) }],
  ['DBMS_LOB.GETLENGTH', { arguments: [1, 1], compile: compileLobLength }],
  ['DBMS_ROWID.ROWID_CREATE', { arguments: [5, 5], compile: compileRowid }],
  [
    'SYS_EXTRACT_UTC',
    {
      arguments: [1, 1],
      compile: (args, context) => {
        const zoned = converted(argument(args, 0), 'TIMESTAMP_TZ', context);
        return mapped(zoned, 'TIMESTAMP', (bytes) => encodeTimestamp(decodeUtc(bytesOf(bytes))), {
          scale: zoned.scale ?? 9,
        });
      },
    },
  ],
  ['TO_TIMESTAMP_TZ', { arguments: [1, 2], compile: compileToZoned }],
  ['FROM_TZ', { arguments: [2, 2], compile: compileFromZone }],
  ['TO_YMINTERVAL', { arguments: [1, 1], compile: compileMake('INTERVAL_YM') }],
  ['TO_DSINTERVAL', { arguments: [1, 1], compile: compileMake('INTERVAL_DS') }],
  ['TO_BINARY_FLOAT', { arguments: [1, 1], compile: compileMake('BINARY_FLOAT') }],
  ['TO_BINARY_DOUBLE', { arguments: [1, 1], compile: compileMake('BINARY_DOUBLE') }],
  [
    'UNISTR',
    {
      arguments: [1, 1],
      compile: (args, context) => mapped(oneText(args, context), 'NVARCHAR2', (text) => unistr(textOf(text))),
    },
  ],
  [
    'ASCIISTR',
    {
      arguments: [1, 1],
      compile: (args, context) =>
        mapped(oneText(args, context), 'VARCHAR2', (text) => asciistr(textOf(text)), { size: 32_767 }),
    },
  ],
  ['LPAD', { arguments: [2, 3], compile: compilePad('padStart') }],
  ['RPAD', { arguments: [2, 3], compile: compilePad('padEnd') }],
  ['ROUND', { arguments: [1, 2], compile: compilePlaces(roundDecimal) }],
  ['TRUNC', { arguments: [1, 2], compile: compileTruncate }],
  ['MOD', { arguments: [2, 2], compile: compileModulo }],
  ['LENGTH', { arguments: [1, 1], compile: compileLength }],
  ['SUBSTR', { arguments: [2, 3], compile: compileSubstring }],
  ['INSTR', { arguments: [2, 2], compile: compilePosition }],
  ['LTRIM', { arguments: [1, 2], compile: compileTrim('left') }],
  ['RTRIM', { arguments: [1, 2], compile: compileTrim('right') }],
  ['REPLACE', { arguments: [2, 3], compile: compileReplace }],
  ['LOWER', { arguments: [1, 1], compile: compileLetterCase((text) => text.toLowerCase()) }],
  ['UPPER', { arguments: [1, 1], compile: compileLetterCase((text) => text.toUpperCase()) }],
  ['NVL', { arguments: [2, 2], compile: compileNvl }],
  ['NVL2', { arguments: [3, 3], compile: compileNvl2 }],
  ['STANDARD_HASH', { arguments: [1, 2], compile: compileHash }],
  ['ORA_HASH', { arguments: [1, 3], compile: compileOraHash }],
]);
