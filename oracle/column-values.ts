/** Literals of SQL_REDO → canonical values of model/table.ts, by the type of their column. Exact or refused. */
import type { Column, Value } from '../model/table.ts';
import type { Literal } from './literals.ts';
import { canonicalNumber } from './number-text.ts';

type Converter = (literal: Exclude<Literal, null>) => Value | undefined;

const number: Converter = (literal) => (typeof literal === 'string' ? canonicalNumber(literal) : undefined);

/** Oracle has no empty text: a literal without characters is NULL. */
const characters: Converter = (literal) => {
  if (typeof literal !== 'string') return undefined;
  return literal === '' ? null : literal;
};

const DATE = /^-?\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;

const date: Converter = (literal) =>
  typeof literal === 'object' && literal.kind === 'date' && DATE.test(literal.text) ? literal.text : undefined;

const raw: Converter = (literal) => {
  if (typeof literal !== 'object' || literal.kind !== 'hex' || literal.json) return undefined;
  return literal.text === '' ? null : Uint8Array.from(Buffer.from(literal.text, 'hex'));
};

const converters: ReadonlyMap<string, Converter> = new Map([
  ['NUMBER', number],
  ['FLOAT', number],
  ['VARCHAR2', characters],
  ['NVARCHAR2', characters],
  ['CHAR', characters],
  ['NCHAR', characters],
  ['DATE', date],
  ['RAW', raw],
]);

/** Undefined when the literal is not one of the column's type, or the type is not read from redo. */
export function columnValue(literal: Literal, column: Column): Value | undefined {
  if (literal === null) return null;
  return converters.get(column.type.base)?.(literal);
}
