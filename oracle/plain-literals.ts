/**
 * The literals that make up nearly all redo, read from the units of a statement; every other form is given to `literals.ts`, so that
 * both paths know the same values. Text, dates and bytes are slices of the statement: no copy is made.
 */
import type { Literal } from './literals.ts';
import { readLiteral } from './literals.ts';
import { RedoTokens } from './redo-tokens.ts';
import { unit, tokenOf } from './redo-units.ts';
import type { RedoUnits } from './redo-units.ts';

/** The value at the position, which moves past it. @throws RedoSyntaxError as {@link readLiteral} */
export function scanLiteral(redo: RedoUnits): Literal {
  const start = redo.at;
  const plain = scanPlain(redo);
  if (plain !== undefined) return plain;
  const tokens = new RedoTokens(redo.text, start);
  const literal = readLiteral(tokens);
  redo.at = tokens.at;
  return literal;
}

/** Undefined, at any position, for what is not plain. */
function scanPlain(redo: RedoUnits): Literal | undefined {
  switch (redo.units[redo.at]) {
    case unit.quote:
      return scanText(redo);
    case 78: // N
      return redo.accept(NULL) ? null : undefined;
    case 84: // T
      return scanMoment(redo);
    case 72: // H
      return redo.accept(HEXTORAW) ? scanHex(redo) : undefined;
    case 85: // U
      return redo.accept(UNISTR) ? scanNational(redo) : undefined;
    default:
      return undefined;
  }
}

const NULL = tokenOf('NULL');
const HEXTORAW = tokenOf("HEXTORAW('");
const UNISTR = tokenOf("UNISTR('");

/** Neither `||` nor a space that could lead to one: the literal is whole. */
function isWhole({ units, at, length }: RedoUnits): boolean {
  if (at >= length) return true;
  const next = units[at];
  if (next === unit.comma || next === unit.close || next === unit.semicolon) return true;
  if (next !== unit.blank) return false;
  const second = units[at + 1] ?? 0;
  return second > unit.blank && second !== unit.bar;
}

/** `'it''s'` */
function scanText(redo: RedoUnits): string | undefined {
  const { text } = redo;
  const start = redo.at + 1;
  let end = redo.quoteFrom(start);
  if (end < 0) return undefined;
  redo.at = end + 1;
  let read = '';
  let from = start;
  while (redo.acceptUnit(unit.quote)) {
    read += text.substring(from, end + 1);
    from = redo.at;
    end = redo.quoteFrom(from);
    if (end < 0) return undefined;
    redo.at = end + 1;
  }
  if (!isWhole(redo)) return undefined;
  const rest = text.substring(from, end);
  return read === '' ? rest : read + rest;
}

/** Of a hexadecimal digit; -1, which neither a shift nor another digit makes positive, for any other unit. No branch to mispredict. */
const HEX_VALUE = Int8Array.from({ length: 1 << 16 }, (_, code) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase());
  return code < 128 ? digit : -1;
});
const hexValue = (code: number | undefined): number => HEX_VALUE[code ?? 0] ?? -1;

/**
 * 0 for two hexadecimal digits in lower case. Bit 6 tells letters from digits; less its base (`0`, or 39 more) each must be below 16, and 10 or more just for
 * letters. (A borrow of the upper half comes only from a unit that is not a digit.)
 */
function notHex(pair: number): number {
  const letters = (pair >>> 6) & 0x10001;
  const values = (pair - 0x300030 - Math.imul(letters, 39)) | 0;
  return (values & 0xfff0fff0) | ((((values + 0x60006) >>> 4) & 0x10001) ^ letters);
}

/** After `HEXTORAW('`: whole bytes in lower case, as LogMiner writes them. */
function scanHex(redo: RedoUnits): Literal | undefined {
  const { at: start } = redo;
  let end = start;
  while (notHex(redo.pairAt(end)) === 0) end += 2;
  redo.at = end;
  if (!redo.acceptUnits(unit.quote, unit.close) || !isWhole(redo)) return undefined;
  return { kind: 'hex', text: redo.text.substring(start, end), json: false };
}

/** After `UNISTR('`. */
function scanNational(redo: RedoUnits): string | undefined {
  const { units, length } = redo;
  let read = '';
  let at = redo.at;
  for (let code = units[at] ?? 0; at < length && code !== unit.quote; code = units[at] ?? 0) {
    if (code !== unit.backslash) {
      read += String.fromCharCode(code);
      at += 1;
    } else if (units[at + 1] === unit.backslash) {
      read += '\\';
      at += 2;
    } else {
      const escaped =
        (hexValue(units[at + 1]) << 12) |
        (hexValue(units[at + 2]) << 8) |
        (hexValue(units[at + 3]) << 4) |
        hexValue(units[at + 4]);
      if (escaped < 0) return undefined;
      read += String.fromCharCode(escaped);
      at += 5;
    }
  }
  redo.at = at;
  return redo.acceptUnits(unit.quote, unit.close) && isWhole(redo) ? read : undefined;
}

const TO_DATE = tokenOf("TO_DATE('");
const TO_TIMESTAMP = tokenOf("TO_TIMESTAMP('");
const TO_TIMESTAMP_TZ = tokenOf("TO_TIMESTAMP_TZ('");
const DATE_END = tokenOf("', 'YYYY-MM-DD HH24:MI:SS')");
const SIGNED_DATE_END = tokenOf("', 'SYYYY-MM-DD HH24:MI:SS')");

const LETTER_D = 68;

/** A date or timestamp in the mining session's masks. Told apart by single units. */
function scanMoment(redo: RedoUnits): Literal | undefined {
  const { units, at } = redo;
  if (units[at + 3] === LETTER_D) return redo.accept(TO_DATE) ? scanDate(redo) : undefined;
  if (units[at + 12] !== unit.open) return redo.accept(TO_TIMESTAMP_TZ) ? scanInstant(redo) : undefined;
  return redo.accept(TO_TIMESTAMP) ? scanTimestamp(redo) : undefined;
}

/** After `TO_DATE('`. SYYYY prints a blank for the sign of our era. */
function scanDate(redo: RedoUnits): Literal | undefined {
  const signed = redo.acceptUnit(unit.blank);
  const start = redo.at;
  if (!acceptClock(redo)) return undefined;
  const end = redo.at;
  return redo.accept(signed ? SIGNED_DATE_END : DATE_END)
    ? { kind: 'date', text: redo.text.substring(start, end) }
    : undefined;
}

/** After `TO_TIMESTAMP('`. */
function scanTimestamp(redo: RedoUnits): Literal | undefined {
  redo.acceptUnit(unit.blank);
  const start = redo.at;
  if (!acceptSeconds(redo)) return undefined;
  const end = redo.at;
  return redo.acceptUnits(unit.quote, unit.close)
    ? { kind: 'timestamp', text: redo.text.substring(start, end) }
    : undefined;
}

/** After `TO_TIMESTAMP_TZ('`. */
function scanInstant(redo: RedoUnits): Literal | undefined {
  redo.acceptUnit(unit.blank);
  const start = redo.at;
  if (!acceptSeconds(redo) || !acceptZone(redo)) return undefined;
  const end = redo.at;
  return redo.acceptUnits(unit.quote, unit.close)
    ? { kind: 'timestamp_tz', text: redo.text.substring(start, end) }
    : undefined;
}

const isDigit = (code: number | undefined): boolean => code !== undefined && code >= 48 && code <= 57;

/** 0 if equal. */
const differs = (code: number | undefined, expected: number): number => (code ?? 0) ^ expected;

/**
 * 0 for two digits: of each, all but the last four bits are those of `0`, and stay so when 6 is added. (A carry out of the lower half
 * comes only from a unit that is not a digit.)
 */
const notTwo = (pair: number): number =>
  ((pair & 0xfff0fff0) ^ 0x300030) | (((pair + 0x60006) & 0xfff0fff0) ^ 0x300030);

const CLOCK_LENGTH = '0000-00-00 00:00:00'.length;

/** `2026-11-22 10:00:00`: all units are looked at before the one decision. */
function acceptClock(redo: RedoUnits): boolean {
  const { units, at } = redo;
  const day =
    notTwo(redo.pairAt(at)) | notTwo(redo.pairAt(at + 2)) | notTwo(redo.pairAt(at + 5)) | notTwo(redo.pairAt(at + 8));
  const time = notTwo(redo.pairAt(at + 11)) | notTwo(redo.pairAt(at + 14)) | notTwo(redo.pairAt(at + 17));
  const dashes = differs(units[at + 4], unit.minus) | differs(units[at + 7], unit.minus);
  const rest =
    differs(units[at + 10], unit.blank) | differs(units[at + 13], unit.colon) | differs(units[at + 16], unit.colon);
  if ((day | time | dashes | rest) !== 0 || at + CLOCK_LENGTH > redo.length) return false;
  redo.at = at + CLOCK_LENGTH;
  return true;
}

const ZONE_LENGTH = ' +00:00'.length;

/** ` +08:00` */
function acceptZone(redo: RedoUnits): boolean {
  const { units, at } = redo;
  if (units[at + 1] !== unit.plus && units[at + 1] !== unit.minus) return false;
  const marks = differs(units[at], unit.blank) | differs(units[at + 4], unit.colon);
  const digits = notTwo(redo.pairAt(at + 2)) | notTwo(redo.pairAt(at + 5));
  if ((marks | digits) !== 0 || at + ZONE_LENGTH > redo.length) return false;
  redo.at = at + ZONE_LENGTH;
  return true;
}

/** With a fraction or without a point: a bare point is left to the general reader. */
function acceptSeconds(redo: RedoUnits): boolean {
  if (!acceptClock(redo)) return false;
  if (!redo.acceptUnit(unit.point)) return true;
  const { units, at } = redo;
  let end = at;
  while (notTwo(redo.pairAt(end)) === 0) end += 2;
  if (isDigit(units[end])) end += 1;
  redo.at = end;
  return end > at;
}
