/** Rows named by their keys: values in canonical text (model/table.ts) as binds, compared so that an index on the key serves. */
import { tableParts } from '../model/table.ts';
import type { Column, Row, TableDescription, Value } from '../model/table.ts';

interface Bound {
  readonly expression: (bind: string) => string;
  readonly text: (value: string) => string;
}

const as = (expression: Bound['expression'], text: Bound['text'] = (value) => value): Bound => ({ expression, text });

/** A bind is in the database's character set, which may lack characters of the national one. */
const national = as(
  (bind) => `UNISTR(${bind})`,
  (value) =>
    value.replaceAll(/[^ -[\]-~]/g, (unit) => `\\${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`),
);

const MASK = "'SYYYY-MM-DD HH24:MI:SS.FF9'";
/** Whole seconds have no fraction in canonical text. */
const withFraction = (value: string): string => (value.includes('.') ? value : `${value}.000000000`);
const instant = as((bind) => `FROM_TZ(TO_TIMESTAMP(${bind},${MASK}),'+00:00')`, withFraction);

/** Character types are compared without blank-padding; canonical text of CHAR has its blanks. */
const plain = as((bind) => bind);

const bound: ReadonlyMap<string, Bound> = new Map([
  ['NUMBER', as((bind) => `TO_NUMBER(${bind})`)],
  ['FLOAT', as((bind) => `TO_NUMBER(${bind})`)],
  ['BINARY_FLOAT', as((bind) => `TO_BINARY_FLOAT(${bind})`)],
  ['BINARY_DOUBLE', as((bind) => `TO_BINARY_DOUBLE(${bind})`)],
  ['NVARCHAR2', national],
  ['NCHAR', national],
  ['DATE', as((bind) => `TO_DATE(${bind},'SYYYY-MM-DD HH24:MI:SS')`)],
  ['TIMESTAMP', as((bind) => `TO_TIMESTAMP(${bind},${MASK})`, withFraction)],
  ['TIMESTAMP WITH TIME ZONE', instant],
  ['TIMESTAMP WITH LOCAL TIME ZONE', instant],
  ['INTERVAL YEAR TO MONTH', as((bind) => `TO_YMINTERVAL(${bind})`)],
  ['INTERVAL DAY TO SECOND', as((bind) => `TO_DSINTERVAL(${bind})`)],
  ['RAW', as((bind) => `HEXTORAW(${bind})`)],
]);

const boundAs = ({ type }: Column): Bound => bound.get(type.base) ?? plain;

/** Columns of the key, in its order. */
export const keyColumns = ({ columns, key }: TableDescription): readonly Column[] =>
  key.columns.flatMap((name) => columns.filter((column) => column.name === name));

/** `"ID" = TO_NUMBER(:k0_0) OR …`, for so many keys. */
export function keyCondition(columns: readonly Column[], count: number): string {
  const one = (number: number): string =>
    columns
      .map((column, i) => `"${column.name}" = ${boundAs(column).expression(`:k${String(number)}_${String(i)}`)}`)
      .join(' AND ');
  return Array.from({ length: count }, (_, number) => `(${one(number)})`).join(' OR ');
}

/** Values of the binds of {@link keyCondition}. */
export function keyBinds(columns: readonly Column[], keys: readonly Row[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    keys.flatMap((key, number) =>
      columns.map((column, i) => [`k${String(number)}_${String(i)}`, boundText(column, key[i] ?? null)]),
    ),
  );
}

function boundText(column: Column, value: Value): string {
  if (value === null) return '';
  return typeof value === 'string' ? boundAs(column).text(value) : Buffer.from(value).toString('hex');
}

/** Equal for equal keys. */
export const keyText = (key: Row): string =>
  JSON.stringify(key.map((value) => (value instanceof Uint8Array ? [Buffer.from(value).toString('hex')] : value)));

export const quotedTable = ({ table }: TableDescription): string => {
  const { owner, name } = tableParts(table);
  return `"${owner}"."${name}"`;
};
