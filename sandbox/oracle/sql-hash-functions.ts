import { hash } from 'node:crypto';
import { converted, familyOf, textOf } from './conversions.ts';
import { isLob, isNational } from './declared-types.ts';
import { OracleError } from './engine.ts';
import { computed, newEnvironment } from './sql-compiled.ts';
import type { Compiled, Environment, StatementContext } from './sql-compiled.ts';
import { argument } from './sql-text-functions.ts';

/** STANDARD_HASH and numbers in hexadecimal. Source: SQL Language Reference, "STANDARD_HASH", "TO_NUMBER", "Number Format Models". */
const ALGORITHMS: ReadonlyMap<string, { readonly name: string; readonly bytes: number }> = new Map([
  ['SHA1', { name: 'sha1', bytes: 20 }],
  ['SHA256', { name: 'sha256', bytes: 32 }],
  ['SHA384', { name: 'sha384', bytes: 48 }],
  ['SHA512', { name: 'sha512', bytes: 64 }],
  ['MD5', { name: 'md5', bytes: 16 }],
]);

/** What is hashed: the bytes of the value in its own character set. That of NULL is the digest of no bytes. */
function bytesReader(value: Compiled): (environment: Environment) => string | Buffer {
  if (familyOf(value.type) !== 'text' && value.type !== 'RAW') {
    throw new OracleError(3001, `unimplemented feature: STANDARD_HASH of ${value.type}`);
  }
  if (!isNational(value.type)) return (environment) => value.read(environment) ?? '';
  return (environment) => Buffer.from(textOf(value.read(environment) ?? ''), 'utf16le').swap16();
}

/** RAWTOHEX of a digest needs no bytes in between. */
const hexReaders = new WeakMap<Compiled, (environment: Environment) => string>();

export function compileHash(args: readonly Compiled[]): Compiled {
  const value = argument(args, 0);
  const method = args[1]?.read(newEnvironment(0, [])) ?? 'SHA1';
  const algorithm = ALGORITHMS.get(textOf(method).toUpperCase());
  if (algorithm === undefined) throw new OracleError(3001, 'unimplemented feature: another method of STANDARD_HASH');
  const { name, bytes } = algorithm;
  const read = bytesReader(value);
  const compiled = computed('RAW', (environment) => hash(name, read(environment), 'buffer'), {
    from: [value],
    size: bytes,
  });
  hexReaders.set(compiled, (environment) => hash(name, read(environment), 'hex').toUpperCase());
  return compiled;
}

/** Of RAWTOHEX(STANDARD_HASH(…)); undefined for any other value. */
export function hexOfHash(value: Compiled): Compiled | undefined {
  const read = hexReaders.get(value);
  return read && computed('VARCHAR2', read, { from: [value], size: (value.size ?? 0) * 2 });
}

const WORDS = 2 ** 32;

/** FNV-1a with the last step of MurmurHash3: Oracle does not tell its own. */
function hash32(bytes: Buffer, seed: number): number {
  let word = (0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)) | 0;
  for (const byte of bytes) word = Math.imul(word ^ byte, 0x01000193);
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

/** @throws OracleError 1428 */
function wordOf(value: string | Buffer | null): number {
  const word = Number(textOf(value ?? ''));
  if (value !== null && Number.isInteger(word) && word >= 0 && word < WORDS) return word;
  throw new OracleError(1428, 'argument is out of range');
}

/** ORA_HASH(value, highest, seed). @throws OracleError 932 for a LOB */
export function compileOraHash(args: readonly Compiled[], context: StatementContext): Compiled {
  const value = argument(args, 0);
  if (isLob(value.type)) throw new OracleError(932, `inconsistent datatypes: expected - got ${value.type}`);
  const [highest, seed] = args.slice(1).map((arg) => converted(arg, 'NUMBER', context));
  const read = (environment: Environment): number => {
    const [most, by] = [highest?.read(environment), seed?.read(environment)];
    const given = value.read(environment) ?? '';
    const word = hash32(typeof given === 'string' ? Buffer.from(given) : given, by === undefined ? 0 : wordOf(by));
    return most === undefined ? word : word % (wordOf(most) + 1);
  };
  return {
    ...computed('NUMBER', (environment) => String(read(environment)), { from: args }),
    integer: read,
  };
}

const MASK = /^X+$/i;
/** So many digits are exact as a JS number. */
const EXACT_DIGITS = 13;

function isHexadecimal(given: string): boolean {
  for (let index = 0; index < given.length; index++) {
    const code = given.charCodeAt(index);
    const letter = code | 0x20;
    if (!((code >= 0x30 && code <= 0x39) || (letter >= 0x61 && letter <= 0x66))) return false;
  }
  return given !== '';
}

/** The mask that was found right last. */
let rightMask = '';

function checkDigits(given: string, mask: string): void {
  if (mask !== rightMask && !MASK.test(mask)) {
    throw new OracleError(1481, 'invalid number format model (only X is imitated)');
  }
  rightMask = mask;
  if (given.length > mask.length || !isHexadecimal(given)) throw new OracleError(1722, 'invalid number');
}

/** TO_NUMBER(text, 'XXXX'): at most as many digits as the mask has. @throws OracleError 1722, 1481 */
export function compileHexNumber(given: Compiled, mask: Compiled): Compiled {
  const digits = (environment: Environment): string | null => {
    const [text, format] = [given.read(environment), mask.read(environment)];
    if (text === null || format === null) return null;
    checkDigits(textOf(text), textOf(format));
    return textOf(text);
  };
  const compiled = computed(
    'NUMBER',
    (environment) => {
      const text = digits(environment);
      if (text === null) return null;
      return text.length <= EXACT_DIGITS ? String(Number.parseInt(text, 16)) : BigInt(`0x${text}`).toString();
    },
    { from: [given, mask] },
  );
  // A mask that is written is a constant.
  const most = mask.sources === 0 ? mask.size : undefined;
  if (most === undefined || most > EXACT_DIGITS) return compiled;
  return {
    ...compiled,
    integer: (environment) => {
      const text = digits(environment);
      return text === null ? null : Number.parseInt(text, 16);
    },
  };
}
