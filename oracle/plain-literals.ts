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
const CALL_END = tokenOf("')");

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
    read += text.slice(from, end + 1);
    from = redo.at;
    end = redo.quoteFrom(from);
    if (end < 0) return undefined;
    redo.at = end + 1;
  }
  if (!isWhole(redo)) return undefined;
  const rest = text.slice(from, end);
  return read === '' ? rest : read + rest;
}

/** Of a hexadecimal digit; -1, which neither a shift nor another digit makes positive, for any other unit. No branch to mispredict. */
const HEX_VALUE = Int8Array.from({ length: 1 << 16 }, (_, code) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase());
  return code < 128 ? digit : -1;
});
const hexValue = (code: number | undefined): number => HEX_VALUE[code ?? 0] ?? -1;

/** As LogMiner writes HEXTORAW. */
const IS_LOWER_HEX = Uint8Array.from(HEX_VALUE, (value, code) => (value >= 0 && (code < 65 || code > 70) ? 1 : 0));

/** After `HEXTORAW('`: whole bytes in lower case, as LogMiner writes them. */
function scanHex(redo: RedoUnits): Literal | undefined {
  const { units, at: start } = redo;
  let end = start;
  while (IS_LOWER_HEX[units[end] ?? 0] === 1) end += 1;
  redo.at = end;
  if ((end - start) % 2 !== 0 || !redo.accept(CALL_END) || !isWhole(redo)) return undefined;
  return { kind: 'hex', text: redo.text.slice(start, end), json: false };
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
  return redo.accept(CALL_END) && isWhole(redo) ? read : undefined;
}

const TO_DATE = tokenOf("TO_DATE('");
const TO_TIMESTAMP = tokenOf("TO_TIMESTAMP('");
const TO_TIMESTAMP_TZ = tokenOf("TO_TIMESTAMP_TZ('");
const DATE_END = tokenOf("', 'YYYY-MM-DD HH24:MI:SS')");
const SIGNED_DATE_END = tokenOf("', 'SYYYY-MM-DD HH24:MI:SS')");

/** A date or timestamp in the mining session's masks; SYYYY prints a blank for the sign of our era. */
function scanMoment(redo: RedoUnits): Literal | undefined {
  if (redo.accept(TO_DATE)) {
    const signed = redo.acceptUnit(unit.blank);
    const start = redo.at;
    if (!acceptClock(redo)) return undefined;
    const text = redo.text.slice(start, redo.at);
    return redo.accept(signed ? SIGNED_DATE_END : DATE_END) ? { kind: 'date', text } : undefined;
  }
  if (redo.accept(TO_TIMESTAMP)) {
    redo.acceptUnit(unit.blank);
    const start = redo.at;
    if (!acceptSeconds(redo)) return undefined;
    const text = redo.text.slice(start, redo.at);
    return redo.accept(CALL_END) ? { kind: 'timestamp', text } : undefined;
  }
  if (!redo.accept(TO_TIMESTAMP_TZ)) return undefined;
  redo.acceptUnit(unit.blank);
  const start = redo.at;
  if (!acceptSeconds(redo) || !acceptZone(redo)) return undefined;
  const text = redo.text.slice(start, redo.at);
  return redo.accept(CALL_END) ? { kind: 'timestamp_tz', text } : undefined;
}

/** 1 for the units of `0` to `9`. */
const IS_DIGIT = Uint8Array.from({ length: 1 << 16 }, (_, code) => (code >= 48 && code <= 57 ? 1 : 0));
const digit = (code: number | undefined): number => IS_DIGIT[code ?? 0] ?? 0;
const same = (code: number | undefined, expected: number): number => (code === expected ? 1 : 0);

const two = (units: Uint16Array, at: number): number => digit(units[at]) & digit(units[at + 1]);

const CLOCK_LENGTH = '0000-00-00 00:00:00'.length;

/** `2026-11-22 10:00:00`: all units are looked at before the one decision. */
function acceptClock(redo: RedoUnits): boolean {
  const { units, at } = redo;
  const day = two(units, at) & two(units, at + 2) & two(units, at + 5) & two(units, at + 8);
  const time = two(units, at + 11) & two(units, at + 14) & two(units, at + 17);
  const dashes = same(units[at + 4], unit.minus) & same(units[at + 7], unit.minus);
  const rest = same(units[at + 10], unit.blank) & same(units[at + 13], unit.colon) & same(units[at + 16], unit.colon);
  if ((day & time & dashes & rest) === 0 || at + CLOCK_LENGTH > redo.length) return false;
  redo.at = at + CLOCK_LENGTH;
  return true;
}

const ZONE_LENGTH = ' +00:00'.length;

/** ` +08:00` */
function acceptZone(redo: RedoUnits): boolean {
  const { units, at } = redo;
  const sign = same(units[at + 1], unit.plus) | same(units[at + 1], unit.minus);
  const marks = same(units[at], unit.blank) & same(units[at + 4], unit.colon);
  if ((sign & marks & two(units, at + 2) & two(units, at + 5)) === 0 || at + ZONE_LENGTH > redo.length) return false;
  redo.at = at + ZONE_LENGTH;
  return true;
}

/** With a fraction or without a point: a bare point is left to the general reader. */
function acceptSeconds(redo: RedoUnits): boolean {
  if (!acceptClock(redo)) return false;
  if (!redo.acceptUnit(unit.point)) return true;
  const { units, at } = redo;
  let end = at;
  while (digit(units[end]) === 1) end += 1;
  redo.at = end;
  return end > at;
}
