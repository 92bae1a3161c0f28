import { bytesOf, converted, textOf, zonedFromText } from './conversions.ts';
import { checkMask } from './date-masks.ts';
import { decodeMoment, encodeZoned } from './dates.ts';
import { OracleError } from './engine.ts';
import { computed } from './sql-compiled.ts';
import type { Compiled, StatementContext } from './sql-compiled.ts';
import { argument } from './sql-text-functions.ts';
import { parseZone } from './time-zones.ts';

/** TO_TIMESTAMP_TZ(text [, mask]); without a mask the session's. */
export function compileToZoned(args: readonly Compiled[], context: StatementContext): Compiled {
  const value = argument(args, 0);
  const mask = args[1];
  if (mask === undefined) return converted(value, 'TIMESTAMP_TZ', context);
  const text = converted(value, 'VARCHAR2', context);
  return computed(
    'TIMESTAMP_TZ',
    (environment) => {
      const given = text.read(environment);
      const format = mask.read(environment);
      if (given === null || format === null) return null;
      checkMask(textOf(format));
      return zonedFromText(textOf(given), textOf(format), context);
    },
    { from: [text, mask], scale: 9 },
  );
}

/** FROM_TZ(timestamp, zone). */
export function compileFromZone(args: readonly Compiled[], context: StatementContext): Compiled {
  const local = argument(args, 0);
  if (local.type !== 'TIMESTAMP') {
    throw new OracleError(932, `inconsistent datatypes: expected TIMESTAMP got ${local.type}`);
  }
  const zone = converted(argument(args, 1), 'VARCHAR2', context);
  return computed(
    'TIMESTAMP_TZ',
    (environment) => {
      const moment = local.read(environment);
      const name = zone.read(environment);
      if (moment === null || name === null) return null;
      return encodeZoned(decodeMoment(bytesOf(moment)), parseZone(textOf(name)));
    },
    { from: [local, zone], scale: local.scale ?? 9 },
  );
}

/** The functions that convert as an assignment to a column of the type does. */
export function compileMake(type: 'INTERVAL_YM' | 'INTERVAL_DS' | 'BINARY_FLOAT' | 'BINARY_DOUBLE') {
  return (args: readonly Compiled[], context: StatementContext): Compiled =>
    converted(argument(args, 0), type, context);
}

const ESCAPED = /\\(\\|[0-9a-fA-F]{4})?/g;

/** UNISTR: `\00e9` is a UTF-16 unit, `\\` a backslash. @throws OracleError 30186 for any other backslash. */
export function unistr(text: string): string | null {
  const plain = text.replace(ESCAPED, (_match, escaped: string | undefined) => {
    if (escaped === undefined) {
      throw new OracleError(30_186, "'\\' must be followed by four hexdecimal characters or another '\\'");
    }
    return escaped === '\\' ? '\\' : String.fromCharCode(Number.parseInt(escaped, 16));
  });
  return plain === '' ? null : plain;
}

/** ASCIISTR: every UTF-16 unit beyond ASCII, and the backslash, as `\00E9`. */
export function asciistr(text: string): string {
  return text.replace(
    /[^\0-\x7f]|\\/g,
    (unit) => `\\${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}
