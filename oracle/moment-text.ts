/** DATE and TIMESTAMP types in the session's masks → canonical text (model/table.ts). Undefined for anything else: never guessed. */
import { toUtc } from './calendar.ts';

const DATE = /^-?\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;
const SECONDS_LENGTH = '2026-11-22 10:00:00'.length;

const between = (value: number, least: number, most: number): boolean => value >= least && value <= most;

const digit = (text: string, at: number): number => text.charCodeAt(at) - 48;

/** Each digit in 0 … 9 leaves both `d` and `9 - d` without a sign. */
const outside = (d: number): number => d | (9 - d);

/** What {@link DATE} says of years from 0 on, in a fifth of its time: a full copy asks it for every value. */
function isDateAt(text: string, at: number): boolean {
  const month = digit(text, at + 5) * 10 + digit(text, at + 6);
  const day = digit(text, at + 8) * 10 + digit(text, at + 9);
  const hour = digit(text, at + 11) * 10 + digit(text, at + 12);
  const digits =
    outside(digit(text, at)) |
    outside(digit(text, at + 1)) |
    outside(digit(text, at + 2)) |
    outside(digit(text, at + 3)) |
    outside(digit(text, at + 5)) |
    outside(digit(text, at + 6)) |
    outside(digit(text, at + 8)) |
    outside(digit(text, at + 9)) |
    outside(digit(text, at + 11)) |
    outside(digit(text, at + 12)) |
    outside(digit(text, at + 15)) |
    outside(digit(text, at + 18));
  // Tens of minutes and seconds end at 5.
  const tens = digit(text, at + 14) | (5 - digit(text, at + 14)) | digit(text, at + 17) | (5 - digit(text, at + 17));
  return (digits | tens | (23 - hour)) >= 0 && between(month, 1, 12) && between(day, 1, 31) && isSeparatedAt(text, at);
}

const isSeparatedAt = (text: string, at: number): boolean =>
  text.charCodeAt(at + 4) === 45 &&
  text.charCodeAt(at + 7) === 45 &&
  text.charCodeAt(at + 10) === 32 &&
  text.charCodeAt(at + 13) === 58 &&
  text.charCodeAt(at + 16) === 58;

export const canonicalDate = (text: string): string | undefined => {
  if (text.length === SECONDS_LENGTH && isDateAt(text, 0)) return text;
  return DATE.test(text) ? text : undefined;
};

/** Nine digits, or none when all are zero. LogMiner may print fewer than the column has, and a point without any. */
const FRACTION = /^(?:\.(\d{0,9}))?$/;

export function canonicalTimestamp(text: string): string | undefined {
  const length = text.startsWith('-') ? SECONDS_LENGTH + 1 : SECONDS_LENGTH;
  const seconds = canonicalDate(text.slice(0, length));
  const fraction = FRACTION.exec(text.slice(length));
  if (seconds === undefined || fraction === null) return undefined;
  const digits = (fraction[1] ?? '').padEnd(9, '0');
  return digits === '000000000' ? seconds : `${seconds}.${digits}`;
}

/** SYYYY prints a blank or a minus before the year. Undefined without either: the mask was another one. */
export function withoutBlank(text: string): string | undefined {
  const first = text.charCodeAt(0);
  if (first === 45) return text;
  return first === 32 && between(text.charCodeAt(1), 48, 57) ? text.slice(1) : undefined;
}

/** A date as SYYYY prints it. Looked at before the blank is cut off: what is cut is slower to read than what it was cut from. */
export function printedDate(text: string): string | undefined {
  if (text.length === SECONDS_LENGTH + 1 && text.charCodeAt(0) === 32 && isDateAt(text, 1)) return text.slice(1);
  const bare = withoutBlank(text);
  return bare === undefined ? undefined : canonicalDate(bare);
}

/** `TZH:TZM`, then `TZR` if the mask has it. */
const ZONED = /^(-?[^ ]+ [^ ]+) ([+-])(0\d|1[0-5]):([0-5]\d)(?: ([^ ]+))?$/;

const FIXED_ZONE = /^(?:[+-]\d\d:\d\d|(?:Etc\/)?(?:UTC|GMT))$/i;

/**
 * The last zone whose offset had seconds, which TZM cannot say, was Liberia's, until 1972-01-07 (IANA time zone database).
 * Before, a named zone's offset may be cut: the instant is not known.
 */
const WHOLE_MINUTES_SINCE = '1972-01-08';

const isWholeMinutes = (local: string, zone: string | undefined): boolean =>
  zone === undefined || FIXED_ZONE.test(zone) || (!local.startsWith('-') && local >= WHOLE_MINUTES_SINCE);

/** `2026-11-22 10:00:00.5 +08:00` or `… +08:00 ASIA/SHANGHAI` → the instant in UTC. */
export function canonicalInstant(text: string): string | undefined {
  const match = ZONED.exec(text);
  const local = canonicalTimestamp(match?.[1] ?? '');
  if (!match || local === undefined || !isWholeMinutes(local, match[5])) return undefined;
  const minutes = Number(match[3]) * 60 + Number(match[4]);
  return toUtc(local, match[2] === '-' ? -minutes : minutes);
}
