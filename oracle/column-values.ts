/**
 * Which column types are read, and how: from a cell of the full copy, and from a literal of SQL_REDO. Both give the same canonical value
 * (model/table.ts), exact or refused.
 */
import { Failure } from '../model/failure.ts';
import type { Column, TableDescription, Value } from '../model/table.ts';
import type { Literal } from './literals.ts';
import { canonicalNumber } from './number-text.ts';

/** Undefined for what is not a value of the type: never guessed. */
export interface ReadableType {
  /** The column in the copy's select list; the name is quoted already. */
  readonly expression: (quotedName: string) => string;
  /** A cell as the driver gives it. */
  readonly fromCell: (cell: unknown) => Value | undefined;
  readonly fromRedo: (literal: Exclude<Literal, null>) => Value | undefined;
}

/** A type whose cells and literals are both text. */
const textual = (value: (text: string) => Value | undefined): ReadableType => {
  const read = (given: unknown): Value | undefined => (typeof given === 'string' ? value(given) : undefined);
  return { expression: (quotedName) => quotedName, fromCell: read, fromRedo: read };
};

const number = textual(canonicalNumber);

/** Oracle has no empty text: one without characters is NULL. */
const characters = textual((text) => (text === '' ? null : text));

const DATE = /^-?\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;
const SECONDS_LENGTH = '2026-11-22 10:00:00'.length;

const canonicalDate = (text: string): string | undefined => (DATE.test(text) ? text : undefined);

/** Nine digits, or none when all are zero. LogMiner may print fewer than the column has, and a point without any. */
const FRACTION = /^(?:\.(\d{0,9}))?$/;

function canonicalTimestamp(text: string): string | undefined {
  const length = text.startsWith('-') ? SECONDS_LENGTH + 1 : SECONDS_LENGTH;
  const seconds = canonicalDate(text.slice(0, length));
  const fraction = FRACTION.exec(text.slice(length));
  if (seconds === undefined || fraction === null) return undefined;
  const digits = (fraction[1] ?? '').padEnd(9, '0');
  return digits === '000000000' ? seconds : `${seconds}.${digits}`;
}

/** SYYYY prints a blank or a minus before the year. Undefined without either: the mask was another one. */
function withoutBlank(text: string): string | undefined {
  if (text.startsWith('-')) return text;
  return /^ \d/.test(text) ? text.slice(1) : undefined;
}

/** A type that is selected, and printed into the redo, by a mask. */
const moment = (
  kind: 'date' | 'timestamp',
  mask: string,
  canonical: (text: string) => string | undefined,
): ReadableType => ({
  expression: (quotedName) => `TO_CHAR(${quotedName},'${mask}')`,
  fromCell: (cell) => {
    const text = typeof cell === 'string' ? withoutBlank(cell) : undefined;
    return text === undefined ? undefined : canonical(text);
  },
  fromRedo: (literal) => (typeof literal === 'object' && literal.kind === kind ? canonical(literal.text) : undefined),
});

/** Like text, bytes are never empty. A copy: the driver's buffer holds the rest of its packet too. */
const bytes = (given: Uint8Array): Value => (given.length === 0 ? null : Uint8Array.from(given));

const raw: ReadableType = {
  expression: (quotedName) => quotedName,
  fromCell: (cell) => (cell instanceof Uint8Array ? bytes(cell) : undefined),
  fromRedo: (literal) =>
    typeof literal === 'object' && literal.kind === 'hex' && !literal.json
      ? bytes(Buffer.from(literal.text, 'hex'))
      : undefined,
};

const readable: ReadonlyMap<string, ReadableType> = new Map([
  ['NUMBER', number],
  ['FLOAT', number],
  ['VARCHAR2', characters],
  ['NVARCHAR2', characters],
  ['CHAR', characters],
  ['NCHAR', characters],
  ['DATE', moment('date', 'SYYYY-MM-DD HH24:MI:SS', canonicalDate)],
  ['TIMESTAMP', moment('timestamp', 'SYYYY-MM-DD HH24:MI:SS.FF9', canonicalTimestamp)],
  ['RAW', raw],
]);

/** Whether this release reads columns of that type. */
export const isReadable = ({ type }: Column): boolean => readable.has(type.base);

/** @throws Failure not-yet-supported for a column of another type */
export function readableType(column: Column, { table }: TableDescription): ReadableType {
  const type = readable.get(column.type.base);
  if (type) return type;
  throw new Failure('not-yet-supported', `${table}.${column.name}: ${column.type.base} columns are not yet supported.`);
}

/** Undefined when the literal is not one of the column's type, or the type is not read from redo. */
export function columnValue(literal: Literal, column: Column): Value | undefined {
  if (literal === null) return null;
  return readable.get(column.type.base)?.fromRedo(literal);
}
