/**
 * SQL of a row's text and of its MD5 (model/row-text.ts). How a CAST shows a value is documented in part only, so what may be either way
 * (zeros at the end of a fraction) is made the same here.
 */
import { Failure } from '../model/failure.ts';
import type { RowGroups } from '../model/row-text.ts';
import type { SinkColumn, SinkType } from '../model/sink-table.ts';
import { parseType } from './sink-type.ts';
import { quotedName } from './sql-text.ts';

/** Arguments of one CONCAT; how many it takes is not documented. */
const CONCAT_MAX = 50;

function concat(parts: readonly string[]): string {
  if (parts.length === 1) return parts[0] ?? '';
  if (parts.length <= CONCAT_MAX) return `CONCAT(${parts.join(', ')})`;
  const groups: string[] = [];
  for (let from = 0; from < parts.length; from += CONCAT_MAX) groups.push(concat(parts.slice(from, from + CONCAT_MAX)));
  return concat(groups);
}

const WALL = new Set(['timestamp', 'timestamp_ntz']);

/** The value as a STRING, as the service shows it. @throws Failure bug for a type of which rowText makes no text. */
function shownText({ name, type }: SinkColumn, table: string): string {
  const column = `${table}.${quotedName(name)}`;
  const base = parseType(type)?.base ?? type;
  if (base === 'string') return column;
  if (base === 'binary') return `HEX(${column})`;
  if (base === 'int' || base === 'bigint' || base === 'decimal' || WALL.has(base)) return `CAST(${column} AS STRING)`;
  throw new Failure('bug', `column ${name} of type ${type} has no text that the source makes, too`);
}

/** The canonical text of model/table.ts, of what {@link shownText} gave. TIMESTAMP needs the session in UTC. */
export function canonicalText(type: SinkType, shown: string): string {
  const base = parseType(type)?.base ?? type;
  if (base === 'decimal')
    return `CASE WHEN INSTR(${shown}, '.') > 0 THEN RTRIM(RTRIM(${shown}, '0'), '.') ELSE ${shown} END`;
  if (!WALL.has(base)) return shown;
  const fraction = `RTRIM(SUBSTR(${shown}, 21), '0')`;
  return (
    `CASE WHEN LENGTH(${shown}) > 20 AND ${fraction} <> '' THEN RPAD(${shown}, 29, '0') ` +
    `ELSE SUBSTR(${shown}, 1, 19) END`
  );
}

const valueText = (column: string): string =>
  `COALESCE(CONCAT(CAST(LENGTH(${column}) AS STRING), ':', ${column}), '-')`;

/** MD5 of the text of these groups, of canonical texts. */
function digestOf(groups: RowGroups, textOf: (index: number) => string): string {
  const texts = groups.map((group) => concat(group.map((index) => valueText(textOf(index)))));
  return `MD5(${texts.length === 1 ? (texts[0] ?? "''") : concat(texts.map((text) => `MD5(${text})`))})`;
}

interface Digested {
  /** A SELECT whose rows have `carried` and `columns`. */
  readonly from: string;
  readonly columns: readonly SinkColumn[];
  /** Names of columns that are passed on. */
  readonly carried: readonly string[];
  /** MD5 of each is made under its name. */
  readonly digests: Readonly<Record<string, RowGroups>>;
  /** Of names that no carried column has. */
  readonly prefix: string;
}

/** The carried columns and a column for each digest. */
export function digestedSelect({ from, columns, carried, digests, prefix }: Digested): string {
  const used = [...new Set(Object.values(digests).flat(2))].sort((one, other) => one - other);
  const text = (index: number): string => quotedName(`${prefix}text${index}`);
  const passed = (table: string): readonly string[] => carried.map((name) => `${table}.${quotedName(name)}`);
  const at = (index: number): SinkColumn => {
    const column = columns[index];
    if (!column) throw new Failure('bug', `there is no column ${index} of ${columns.length}`);
    return column;
  };
  const shown = used.map((index) => `${shownText(at(index), 'r')} AS ${text(index)}`);
  const canonical = used.map((index) => `${canonicalText(at(index).type, `t.${text(index)}`)} AS ${text(index)}`);
  const made = Object.entries(digests).map(
    ([name, groups]) => `${digestOf(groups, (index) => `d.${text(index)}`)} AS ${quotedName(name)}`,
  );
  return (
    `SELECT ${[...passed('d'), ...made].join(', ')} FROM (` +
    `SELECT ${[...passed('t'), ...canonical].join(', ')} FROM (` +
    `SELECT ${[...passed('r'), ...shown].join(', ')} FROM (${from}) r) t) d`
  );
}

/** Digits of an MD5, from 1, as a BIGINT: CONV takes 64 bits, so at most 15 of them. */
export const digitsOf = (digest: string, first: number, count: number): string =>
  `CAST(CONV(SUBSTR(${digest}, ${first}, ${count}), 16, 10) AS BIGINT)`;

export const bucketOf = (digest: string, buckets: number): string => `${digitsOf(digest, 1, 8)} % ${buckets}`;
