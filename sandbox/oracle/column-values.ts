import { bytesOf, converted, familyOf, textOf } from './conversions.ts';
import { decodeUtc, encodeTimestamp, encodeUtc, roundFraction, zoneOf } from './dates.ts';
import { digitsAt, roundDecimal } from './decimal.ts';
import { byteLimit, isNational } from './declared-types.ts';
import { OracleError } from './engine.ts';
import type { SqlValue } from './engine.ts';
import { fitDaySecond, fitYearMonth } from './intervals.ts';
import type { Compiled, Environment, StatementContext } from './sql-compiled.ts';
import type { DeclaredType } from './sql-syntax.ts';
import type { Column, Table } from './store.ts';

/** Brings a value into the form that its column stores, or says why it does not fit. */
export type Assigner = (environment: Environment) => SqlValue;

/** `updating` decides between ORA-01400 and ORA-01407 for a NULL. */
export function compileAssigner(
  value: Compiled,
  target: { readonly table: Table; readonly column: Column; readonly updating: boolean },
  context: StatementContext,
): Assigner {
  const { table, column } = target;
  const source = converted(value, column.declared.type, context);
  const fit = fitterOf(column.declared, (actual, maximum) => tooLong(columnPath(table, column), actual, maximum));
  return (environment) => {
    const given = source.read(environment);
    const fitted = given === null ? null : fit(given);
    if (fitted === null && !column.nullable) throw nullError(target);
    return fitted;
  };
}

function nullError(target: {
  readonly table: Table;
  readonly column: Column;
  readonly updating: boolean;
}): OracleError {
  const path = columnPath(target.table, target.column);
  if (target.updating) return new OracleError(1407, `cannot update (${path}) to NULL`);
  return new OracleError(1400, `cannot insert NULL into (${path})`);
}

function columnPath(table: Table, column: Column): string {
  return `"${table.owner}"."${table.name}"."${column.name}"`;
}

function tooLong(path: string, actual: number, maximum: number): OracleError {
  return new OracleError(12899, `value too large for column ${path} (actual: ${actual}, maximum: ${maximum})`);
}

type Fitter = (value: string | Buffer) => SqlValue;
type TooLong = (actual: number, maximum: number) => OracleError;

/** Rounds, pads and checks a value that has the declared type already. */
function fitterOf(declared: DeclaredType, tooLongError: TooLong): Fitter {
  const { type, precision = 2, scale = 6, length = 0 } = declared;
  switch (type) {
    case 'NUMBER':
      return fitNumber(declared);
    case 'VARCHAR2':
    case 'CHAR':
    case 'NVARCHAR2':
    case 'NCHAR':
      return fitText(declared, tooLongError);
    case 'RAW':
      return (value) => {
        if (value.length > length) throw tooLongError(value.length, length);
        return value.length === 0 ? null : value;
      };
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return (value) => {
        const bytes = bytesOf(value);
        return bytes.length === 7 ? bytes : encodeTimestamp(roundFraction(decodeUtc(bytes), scale));
      };
    case 'TIMESTAMP_TZ':
      return (value) => encodeUtc(roundFraction(decodeUtc(bytesOf(value)), scale), zoneOf(bytesOf(value)));
    case 'INTERVAL_YM':
      return (value) => fitYearMonth(bytesOf(value), precision);
    case 'INTERVAL_DS':
      return (value) => fitDaySecond(bytesOf(value), precision, scale);
    default:
      return (value) => value;
  }
}

/** As the SQL Language Reference converts FLOAT's precision: FLOAT(5) keeps 2 decimal digits, FLOAT(126) 38. */
const DECIMAL_DIGITS_PER_BINARY = 0.30103;
/** NUMBER(*,s). */
const MOST_DIGITS = 38;

function roundSignificant(text: string, digits: number): string {
  // What a number needs at scale 0 is where its first digit stands: 3 for 123, 0 for 0.5, -2 for 0.001.
  return roundDecimal(text, digits - digitsAt(text, 0));
}

function fitNumber({ precision = MOST_DIGITS, scale, binaryDigits }: DeclaredType): Fitter {
  if (binaryDigits !== undefined) {
    const digits = Math.ceil(binaryDigits * DECIMAL_DIGITS_PER_BINARY);
    return (value) => roundSignificant(textOf(value), digits);
  }
  if (scale === undefined) return (value) => value;
  return (value) => {
    const rounded = roundDecimal(textOf(value), scale);
    if (digitsAt(rounded, scale) > precision) {
      throw new OracleError(1438, 'value larger than specified precision allowed for this column');
    }
    return rounded;
  };
}

function fitText(declared: DeclaredType, tooLongError: TooLong): Fitter {
  const { type, length = 0, lengthUnit } = declared;
  const measure = measureOf(declared);
  const most = byteLimit({ ...declared, length: Number.MAX_SAFE_INTEGER });
  const padded = type === 'CHAR' || type === 'NCHAR';
  return (value) => {
    const text = textOf(value);
    const size = measure(text);
    if (size > length) throw tooLongError(size, length);
    if (lengthUnit === 'CHAR' && !isNational(type) && countBytes(text) > most)
      throw tooLongError(countBytes(text), most);
    if (text === '') return null;
    return padded ? text + ' '.repeat(length - size) : text;
  };
}

/** What the length of a character type counts. */
function measureOf({ type, lengthUnit }: DeclaredType): (text: string) => number {
  if (isNational(type)) return (text) => text.length;
  return lengthUnit === 'CHAR' ? countCharacters : countBytes;
}

function countBytes(text: string): number {
  return Buffer.byteLength(text);
}

function countCharacters(text: string): number {
  return Array.from(text).length;
}

/** CAST cuts text that is too long. */
export function compileCast(operand: Compiled, declared: DeclaredType, context: StatementContext): Compiled {
  const source = converted(operand, declared.type, context);
  const fit = fitterOf(declared, () => new OracleError(25_137, 'Data value out of range'));
  const measure = familyOf(declared.type) === 'text' ? measureOf(declared) : undefined;
  const read = (environment: Environment): SqlValue => {
    const value = source.read(environment);
    if (value === null) return null;
    return fit(measure === undefined ? value : cutText(textOf(value), declared.length ?? 0, measure));
  };
  const size = familyOf(declared.type) === 'text' || declared.type === 'RAW' ? byteLimit(declared) : undefined;
  const { precision, scale } = declared;
  return { ...source, type: declared.type, size, precision, scale, nullable: true, column: undefined, read };
}

function cutText(text: string, length: number, measure: (text: string) => number): string {
  if (measure(text) <= length) return text;
  let cut = '';
  let size = 0;
  for (const character of text) {
    size += measure(character);
    if (size > length) break;
    cut += character;
  }
  return cut;
}
