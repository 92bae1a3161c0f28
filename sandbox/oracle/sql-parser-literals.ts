import { binaryFromText } from './binary-numbers.ts';
import { parseMoment } from './date-masks.ts';
import { encodeDate, encodeTimestamp, encodeZoned } from './dates.ts';
import type { Moment } from './dates.ts';
import { OracleError } from './engine.ts';
import { checkLeading, encodeDaySecond, encodeYearMonth, invalidInterval, NANOS_PER } from './intervals.ts';
import { parseDecimal } from './decimal.ts';
import type { TokenReader } from './sql-parser-tokens.ts';
import { parseDigits } from './sql-parser-types.ts';
import type { Expression } from './sql-syntax.ts';
import { parseZone } from './time-zones.ts';

const NO_NOW: Moment = { year: 1, month: 1, day: 1, hour: 0, minute: 0, second: 0, nanos: 0 };
const LONGEST_TEXT = 32_767;

/** `12.5`, and with a last `f` or `d` BINARY_FLOAT and BINARY_DOUBLE. @throws OracleError 1722, 1426. */
export function numberLiteral(text: string, position: number): Expression {
  const last = text.slice(-1).toLowerCase();
  if (last === 'f' || last === 'd') {
    const type = last === 'f' ? 'BINARY_FLOAT' : 'BINARY_DOUBLE';
    return { kind: 'literal', type, value: binaryFromText(type, text.slice(0, -1)) };
  }
  const value = parseDecimal(text);
  if (value === undefined) throw new OracleError(1722, 'invalid number', position);
  return { kind: 'literal', type: 'NUMBER', value };
}

/** A text literal; empty text is NULL. @throws OracleError 1704. */
export function textLiteral(reader: TokenReader, type: 'CHAR' | 'NCHAR'): Expression {
  const { text, position } = reader.take();
  if (Buffer.byteLength(text) > LONGEST_TEXT) throw new OracleError(1704, 'string literal too long', position);
  return { kind: 'literal', type, value: text === '' ? null : text };
}

/** A literal that begins with a word: N'…', DATE '…', TIMESTAMP '…', INTERVAL '…' …; undefined when the words are something else. */
export function parseWordLiteral(reader: TokenReader): Expression | undefined {
  const text = reader.ahead(1);
  if (text.kind !== 'text') return undefined;
  if (reader.isWord('N') && reader.current.end === text.position) {
    reader.take();
    return textLiteral(reader, 'NCHAR');
  }
  if (reader.acceptWord('DATE')) {
    return { kind: 'literal', type: 'DATE', value: encodeDate(parseMoment(reader.text(), 'SYYYY-MM-DD', NO_NOW)) };
  }
  if (reader.acceptWord('TIMESTAMP')) return timestampLiteral(reader.text());
  return reader.acceptWord('INTERVAL') ? parseIntervalLiteral(reader) : undefined;
}

const ZONED = /^(\s*[+-]?\d+-\d+-\d+(?:\s+[\d:.]+)?)\s*([+-]\d.*|[A-Za-z].*)$/;

/** With a zone behind it, it is a TIMESTAMP WITH TIME ZONE. */
function timestampLiteral(text: string): Expression {
  const zoned = ZONED.exec(text);
  const moment = parseMoment(zoned?.[1] ?? text, 'SYYYY-MM-DD HH24:MI:SS.FF', NO_NOW);
  if (zoned === null) return { kind: 'literal', type: 'TIMESTAMP', value: encodeTimestamp(moment), scale: 9 };
  return { kind: 'literal', type: 'TIMESTAMP_TZ', value: encodeZoned(moment, parseZone(zoned[2] ?? '')), scale: 9 };
}

const FIELDS = ['DAY', 'HOUR', 'MINUTE', 'SECOND'] as const;
const LIMITS = [
  [Number.POSITIVE_INFINITY, 0, ''],
  [23, 1850, 'hour must be between 0 and 23'],
  [59, 1851, 'minutes must be between 0 and 59'],
  [59, 1852, 'seconds must be between 0 and 59'],
] as const;
const SEPARATORS = ['', '\\s+', ':', ':'];

/** INTERVAL 'text' field[(digits)] [TO field[(digits)]]. @throws OracleError 1867, 1873 and those of single fields. */
function parseIntervalLiteral(reader: TokenReader): Expression {
  const text = reader.text();
  if (reader.isWord('YEAR') || reader.isWord('MONTH')) return yearMonthLiteral(reader, text);
  const from = FIELDS.findIndex((field) => reader.acceptWord(field));
  if (from < 0) throw reader.error(906, 'missing left parenthesis');
  const [digits, ownFraction] = leadingDigits(reader, from);
  const to = reader.acceptWord('TO') ? FIELDS.findIndex((field) => reader.acceptWord(field)) : from;
  if (to < from) throw reader.error(905, 'missing keyword');
  const scale = to === 3 && from < 3 ? parseDigits(reader, 6) : ownFraction;
  const nanos = daySecondNanos(text, [from, to], digits);
  const size = nanos < 0n ? -nanos : nanos;
  const precision = Math.max(from === 0 ? digits : 2, String(size / NANOS_PER.DAY).length);
  return { kind: 'literal', type: 'INTERVAL_DS', value: encodeDaySecond(nanos), precision, scale };
}

/** SECOND as the leading field may name the digits of its fraction as well. */
function leadingDigits(reader: TokenReader, field: number): readonly [leading: number, fraction: number] {
  if (field < 3 || !reader.acceptSymbol('(')) return [parseDigits(reader, 2), 6];
  const leading = reader.integer();
  const fraction = reader.acceptSymbol(',') ? reader.integer() : 6;
  reader.expectSymbol(')');
  return [leading, fraction];
}

function daySecondNanos(text: string, [from, to]: readonly [number, number], digits: number): bigint {
  const parts = FIELDS.slice(from, to + 1).map((field, index) => {
    const separator = index === 0 ? '' : (SEPARATORS[from + index] ?? '');
    return `${separator}(\\d{1,9})${field === 'SECOND' ? '(?:\\.(\\d{1,9}))?' : ''}`;
  });
  const match = new RegExp(`^\\s*([+-]?)${parts.join('')}\\s*$`).exec(text);
  if (match === null) throw invalidInterval();
  let nanos = to === 3 ? BigInt((match[parts.length + 2] ?? '').padEnd(9, '0')) : 0n;
  for (const [index, field] of FIELDS.slice(from, to + 1).entries()) {
    const value = Number(match[index + 2]);
    const [most, number, message] = LIMITS[from + index] ?? LIMITS[0];
    if (index === 0) checkLeading(value, digits);
    else if (value > most) throw new OracleError(number, message);
    nanos += BigInt(value) * NANOS_PER[field];
  }
  return match[1] === '-' ? -nanos : nanos;
}

function yearMonthLiteral(reader: TokenReader, text: string): Expression {
  const years = reader.take().text === 'YEAR';
  const digits = parseDigits(reader, 2);
  const both = years && reader.acceptWord('TO');
  if (both) reader.expectWord('MONTH');
  const match = /^\s*([+-]?)(\d{1,9})(?:-(\d{1,2}))?\s*$/.exec(text);
  if (match === null || (match[3] !== undefined) !== both) throw invalidInterval();
  const first = Number(match[2]);
  checkLeading(first, digits);
  if (Number(match[3] ?? 0) > 11) throw new OracleError(1843, 'not a valid month');
  const months = years ? first * 12 + Number(match[3] ?? 0) : first;
  const value = encodeYearMonth(match[1] === '-' ? -months : months);
  return { kind: 'literal', type: 'INTERVAL_YM', value, precision: years ? digits : 2 };
}
