import { bytesOf, converted, textOf } from './conversions.ts';
import { decodeMoment, encodeTimestamp, roundFraction } from './dates.ts';
import { digitsAt, roundDecimal } from './decimal.ts';
import { OracleError } from './engine.ts';
import type { SqlValue } from './engine.ts';
import type { Compiled, Environment, StatementContext } from './sql-compiled.ts';
import type { Column, Table } from './store.ts';

/** Brings a value into the form that its column stores, or says why it does not fit. */
export type Assigner = (environment: Environment) => SqlValue;

/** `updating` decides between ORA-01400 and ORA-01407 for a NULL. */
export function compileAssigner(
  value: Compiled,
  target: { readonly table: Table; readonly column: Column; readonly updating: boolean },
  context: StatementContext,
): Assigner {
  const { column } = target;
  const source = converted(value, column.declared.type, context);
  const fit = fitterOf(target.table, column);
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

type Fitter = (value: string | Buffer) => SqlValue;

function fitterOf(table: Table, column: Column): Fitter {
  const { type, scale = 0 } = column.declared;
  switch (type) {
    case 'NUMBER':
      return fitNumber(column);
    case 'VARCHAR2':
    case 'CHAR':
      return fitText(table, column);
    case 'RAW':
      return (value) => {
        const { length = 0 } = column.declared;
        if (value.length > length) throw tooLong(columnPath(table, column), value.length, length);
        return value.length === 0 ? null : value;
      };
    case 'TIMESTAMP':
      return (value) => {
        const bytes = bytesOf(value);
        return bytes.length === 7 ? bytes : encodeTimestamp(roundFraction(decodeMoment(bytes), scale));
      };
    case 'DATE':
    case 'ROWID':
      return (value) => value;
  }
}

/** As the SQL Language Reference converts FLOAT's precision: FLOAT(5) keeps 2 decimal digits, FLOAT(126) 38. */
const DECIMAL_DIGITS_PER_BINARY = 0.30103;

function roundSignificant(text: string, digits: number): string {
  // What a number needs at scale 0 is where its first digit stands: 3 for 123, 0 for 0.5, -2 for 0.001.
  return roundDecimal(text, digits - digitsAt(text, 0));
}

function fitNumber(column: Column): Fitter {
  const { precision, scale, binaryDigits } = column.declared;
  if (binaryDigits !== undefined) {
    const digits = Math.ceil(binaryDigits * DECIMAL_DIGITS_PER_BINARY);
    return (value) => roundSignificant(textOf(value), digits);
  }
  if (scale === undefined) return (value) => value;
  return (value) => {
    const rounded = roundDecimal(textOf(value), scale);
    if (precision !== undefined && digitsAt(rounded, scale) > precision) {
      throw new OracleError(1438, 'value larger than specified precision allowed for this column');
    }
    return rounded;
  };
}

function fitText(table: Table, column: Column): Fitter {
  const { type, length = 0, lengthUnit } = column.declared;
  const measure = lengthUnit === 'CHAR' ? countCharacters : countBytes;
  const most = type === 'CHAR' ? 2000 : 4000;
  return (value) => {
    const text = textOf(value);
    const size = measure(text);
    if (size > length) throw tooLong(columnPath(table, column), size, length);
    if (lengthUnit === 'CHAR' && countBytes(text) > most)
      throw tooLong(columnPath(table, column), countBytes(text), most);
    if (text === '') return null;
    return type === 'CHAR' ? text + ' '.repeat(length - size) : text;
  };
}

function countBytes(text: string): number {
  return Buffer.byteLength(text);
}

function countCharacters(text: string): number {
  return Array.from(text).length;
}

function tooLong(path: string, actual: number, maximum: number): OracleError {
  return new OracleError(12899, `value too large for column ${path} (actual: ${actual}, maximum: ${maximum})`);
}
