/**
 * Which column types are read, and how: from a cell of the full copy, and from a literal of SQL_REDO. Both give the same canonical value
 * (model/table.ts), exact or refused.
 */
import { Failure } from '../model/failure.ts';
import { CELL_BYTES_MAX } from '../model/large-columns.ts';
import type { Column, TableDescription, Value } from '../model/table.ts';
import { doubleText, floatText, printedDouble, printedFloat } from './float-text.ts';
import { isoDaysSeconds, isoYearsMonths } from './interval-text.ts';
import type { Literal, SpecialLiteral } from './literals.ts';
import { canonicalDate, canonicalInstant, canonicalTimestamp, printedDate, withoutBlank } from './moment-text.ts';
import { canonicalNumber } from './number-text.ts';

/** Undefined for what is not a value of the type: never guessed. */
export interface ReadableType {
  /** The column in the copy's select list; the name is quoted already. */
  readonly expression: (quotedName: string) => string;
  /** The expression is two: the value and its length, of which either may be null. */
  readonly measured?: true;
  /** A cell as the driver gives it; null only where it is measured. */
  readonly fromCell: (cell: unknown, length?: unknown) => Value | undefined;
  readonly fromRedo: (literal: Exclude<Literal, null>) => Value | undefined;
}

type Canonical = (text: string) => Value | undefined;

const bare = (quotedName: string): string => quotedName;

/** A type whose cells and literals are both text. */
const textual = (value: Canonical): ReadableType => {
  const read = (given: unknown): Value | undefined => (typeof given === 'string' ? value(given) : undefined);
  return { expression: bare, fromCell: read, fromRedo: read };
};

const number = textual(canonicalNumber);

/** Oracle has no empty text: one without characters is NULL. */
const characters = textual((text) => (text === '' ? null : text));

/** The driver gives IEEE values as JS numbers, which hold them exactly. */
const float = (
  text: (value: number) => string | undefined,
  printed: (text: string) => number | undefined,
): ReadableType => ({
  expression: bare,
  fromCell: (cell) => (typeof cell === 'number' ? text(cell) : undefined),
  fromRedo: (literal) => {
    const value = typeof literal === 'string' ? printed(literal) : undefined;
    return value === undefined ? undefined : text(value);
  },
});

/** What LogMiner prints as a call in the session's masks. */
type Printed = Readonly<Partial<Record<SpecialLiteral['kind'], Canonical>>>;

const fromCall =
  (printed: Printed): ReadableType['fromRedo'] =>
  (literal) =>
    typeof literal === 'object' && 'text' in literal ? printed[literal.kind]?.(literal.text) : undefined;

const SECONDS = 'SYYYY-MM-DD HH24:MI:SS';
const FINE_SECONDS = `${SECONDS}.FF9`;

const masked = (mask: string) => (name: string) => `TO_CHAR(${name},'${mask}')`;

/** A type that is selected by a mask with SYYYY. */
const moment = (expression: (name: string) => string, canonical: Canonical, printed: Printed): ReadableType => ({
  expression,
  fromCell: (cell) => {
    const text = typeof cell === 'string' ? withoutBlank(cell) : undefined;
    return text === undefined ? undefined : canonical(text);
  },
  fromRedo: fromCall(printed),
});

/** The commonest one, without a detour. */
const date: ReadableType = {
  ...moment(masked(SECONDS), canonicalDate, { date: canonicalDate }),
  fromCell: (cell) => (typeof cell === 'string' ? printedDate(cell) : undefined),
};

const interval = (kind: 'interval_ym' | 'interval_ds', canonical: Canonical): ReadableType => ({
  expression: (name) => `TO_CHAR(${name})`,
  fromCell: (cell) => (typeof cell === 'string' ? canonical(cell) : undefined),
  fromRedo: fromCall({ [kind]: canonical }),
});

/** Like text, bytes are never empty. A copy: the driver's buffer holds the rest of its packet too. */
const bytes = (given: Uint8Array): Value => (given.length === 0 ? null : Uint8Array.from(given));

const raw: ReadableType = {
  expression: bare,
  fromCell: (cell) => (cell instanceof Uint8Array ? bytes(cell) : undefined),
  fromRedo: (literal) =>
    typeof literal === 'object' && literal.kind === 'hex' && !literal.json
      ? bytes(Buffer.from(literal.text, 'hex'))
      : undefined,
};

/**
 * A LOB, fetched whole like a text. The length tells an empty one from NULL, which look alike so, and is compared with what came; a value
 * that no cell of MaxCompute holds stays in the database, and another that none holds stands for it.
 */
const lob = (
  value: (cell: unknown, length: number) => Value | undefined,
  tooLarge: () => string | Uint8Array,
): ReadableType => ({
  expression: (name) => {
    const length = `DBMS_LOB.GETLENGTH(${name})`;
    return `CASE WHEN ${length} <= ${CELL_BYTES_MAX} THEN ${name} END, ${length}`;
  },
  measured: true,
  fromCell: (cell, length) => {
    if (length === null) return cell === null ? null : undefined;
    if (typeof length !== 'string' || !/^\d+$/.test(length)) return undefined;
    return Number(length) > CELL_BYTES_MAX ? tooLarge() : value(cell, Number(length));
  },
  fromRedo: () => undefined,
});

const characterLob = lob(
  (cell, length) => {
    const text = cell ?? '';
    // In a character set of varying width the length counts UTF-16 units, in another one characters.
    return typeof text === 'string' && (text.length === length || Array.from(text).length === length)
      ? text
      : undefined;
  },
  () => ' '.repeat(CELL_BYTES_MAX + 1),
);

const binaryLob = lob(
  (cell, length) => {
    const found = cell ?? new Uint8Array();
    return found instanceof Uint8Array && found.length === length ? Uint8Array.from(found) : undefined;
  },
  () => new Uint8Array(CELL_BYTES_MAX + 1),
);

const utc = (name: string): string => `TO_CHAR(SYS_EXTRACT_UTC(${name}),'${FINE_SECONDS}')`;

const readable: ReadonlyMap<string, ReadableType> = new Map([
  ['NUMBER', number],
  ['FLOAT', number],
  ['BINARY_FLOAT', float(floatText, printedFloat)],
  ['BINARY_DOUBLE', float(doubleText, printedDouble)],
  ['VARCHAR2', characters],
  ['NVARCHAR2', characters],
  ['CHAR', characters],
  ['NCHAR', characters],
  ['DATE', date],
  ['TIMESTAMP', moment(masked(FINE_SECONDS), canonicalTimestamp, { timestamp: canonicalTimestamp })],
  ['TIMESTAMP WITH TIME ZONE', moment(utc, canonicalTimestamp, { timestamp_tz: canonicalInstant })],
  [
    'TIMESTAMP WITH LOCAL TIME ZONE',
    // LogMiner prints it in the zone of the session, which is UTC; with the zone if it takes the mask of the type above.
    moment(utc, canonicalTimestamp, { timestamp: canonicalTimestamp, timestamp_tz: canonicalInstant }),
  ],
  ['INTERVAL YEAR TO MONTH', interval('interval_ym', isoYearsMonths)],
  ['INTERVAL DAY TO SECOND', interval('interval_ds', isoDaysSeconds)],
  ['RAW', raw],
  ['CLOB', characterLob],
  ['NCLOB', characterLob],
  ['BLOB', binaryLob],
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
