/**
 * MaxCompute SQL of a table's state (model/table-state.ts). The statement that DTS documents for "full data at a point in time" is made
 * for one key column and one naming rule, and its template names a column that it does not define; this one is made for the table.
 *
 * With a key: of all images of a key the one with the highest record_id counts, of an UPDATE's two the one after, and a key whose last
 * image is one before is gone. PARTITION BY takes NULLs as equal. Without a key: images after less images before, each as often as it
 * stands there; numbering does that without repeating rows.
 */
import { partitionOf } from './names.ts';
import type { SinkColumn, SinkType } from './sink-table.ts';
import type { AddedDefault, StateBound, TableState } from './table-state.ts';

const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\n': '\\n', '\r': '\\r', '\0': '\\0' };
const literal = (text: string): string =>
  `'${text.replaceAll(/[\\'\n\r\0]/g, (character) => ESCAPES[character] ?? '')}'`;

/** What the names of a statement's own columns begin with: no column of the table does. */
export function ownPrefix({ columns }: Pick<TableState, 'columns'>): string {
  let prefix = 'redoflow_';
  while (columns.some(({ name }) => name.toLowerCase().startsWith(prefix))) prefix += '_';
  return prefix;
}

/** Rows with the table's columns, and `record`, `before`, `after` behind the prefix. */
export interface StateImages {
  readonly prefix: string;
  /** All of `_base`: as if inserted by a change 0. */
  readonly base: string;
  /** `_log` up to the bound. */
  readonly log: string;
}

/** As MaxCompute's literals write it (documentation of the data type edition 2.0); the text is canonical (model/table.ts). */
function constantOf(type: SinkType, text: string): string {
  switch (type) {
    case 'string':
      return literal(text);
    case 'binary':
      return `UNHEX(${literal(text)})`;
    case 'date':
      return `DATE ${literal(text.slice(0, 10))}`;
    case 'datetime':
    case 'timestamp':
    case 'timestamp_ntz':
      return `${type.toUpperCase()} ${literal(text)}`;
    default:
      return `CAST(${literal(text)} AS ${type.toUpperCase()})`;
  }
}

interface Side {
  readonly table: 'b' | 'l';
  /** Undefined in `_base`. */
  readonly recordId?: string;
}

function columnOf({ name, type }: SinkColumn, { table, recordId }: Side, added: AddedDefault | undefined): string {
  const column = `${table}.${quoted(name)}`;
  if (added === undefined || (recordId === undefined && !added.base)) return `${column} AS ${quoted(name)}`;
  const constant = constantOf(type, added.constant);
  const value =
    recordId === undefined
      ? `COALESCE(${column}, ${constant})`
      : `CASE WHEN ${column} IS NULL AND ${table}.${recordId} < ${added.recordId} THEN ${constant} ELSE ${column} END`;
  return `${value} AS ${quoted(name)}`;
}

/** Partitions that hold a row of before `seconds`: those up to the one of the second before it. */
function partitionCondition(seconds: number, columns: readonly SinkColumn[]): string | undefined {
  const values = partitionOf(seconds - 1, columns)?.split(',') ?? [];
  let condition: string | undefined;
  for (let level = columns.length - 1; level >= 0; level--) {
    const name = `l.${quoted(columns[level]?.name ?? '')}`;
    const value = literal(values[level]?.split('=')[1] ?? '');
    condition =
      condition === undefined ? `${name} <= ${value}` : `(${name} < ${value} OR (${name} = ${value} AND ${condition}))`;
  }
  return condition;
}

function conditionOf({ bound, names, partitionColumns }: TableState): string {
  if (bound === undefined) return '';
  if ('recordId' in bound) return ` WHERE l.${quoted(names.recordId)} < ${bound.recordId}`;
  const conditions = [`l.${quoted(names.utcTimestamp)} < ${bound.seconds}`];
  const partitions = partitionCondition(bound.seconds, partitionColumns);
  return ` WHERE ${[...conditions, ...(partitions === undefined ? [] : [partitions])].join(' AND ')}`;
}

export function stateImages(state: TableState): StateImages {
  const { names, columns } = state;
  const prefix = ownPrefix(state);
  const added = new Map(state.defaults.map((one) => [one.column.toLowerCase(), one]));
  const listed = (side: Side): string =>
    columns.map((column) => columnOf(column, side, added.get(column.name.toLowerCase()))).join(', ');
  const [record, before, after] = ['record', 'before', 'after'].map((name) => quoted(prefix + name));
  const recordId = quoted(names.recordId);
  return {
    prefix,
    base: `SELECT CAST(0 AS BIGINT) AS ${record}, 'N' AS ${before}, 'Y' AS ${after}, ${listed({ table: 'b' })} FROM ${quoted(state.base)} b`,
    log:
      `SELECT l.${recordId} AS ${record}, l.${quoted(names.beforeFlag)} AS ${before}, l.${quoted(names.afterFlag)} AS ${after}, ` +
      `${listed({ table: 'l', recordId })} FROM ${quoted(state.log)} l${conditionOf(state)}`,
  };
}

export const columnList = (table: string, columns: readonly { readonly name: string }[]): string =>
  columns.map(({ name }) => `${table}.${quoted(name)}`).join(', ');

const indented = (sql: string): string => sql.replaceAll(/^/gm, '  ');
/** `(…) alias`, over several lines. */
const nested = (sql: string, alias: string): string => `(\n${indented(sql)}\n) ${alias}`;
const together = ({ base, log }: StateImages): string => `${base}\nUNION ALL\n${log}`;

const keyList = (table: string, { key }: TableState): string =>
  columnList(
    table,
    key.map((name) => ({ name })),
  );

function keyedSelect(state: TableState, images: StateImages): string {
  const own = (name: string): string => quoted(images.prefix + name);
  const list = columnList('u', state.columns);
  return [
    `SELECT ${columnList('s', state.columns)}`,
    `FROM ${nested(
      [
        `SELECT ${list}, u.${own('after')},`,
        `  ROW_NUMBER() OVER (PARTITION BY ${keyList('u', state)} ORDER BY u.${own('record')} DESC, u.${own('after')} DESC) AS ${own('place')}`,
        `FROM ${nested(together(images), 'u')}`,
      ].join('\n'),
      's',
    )}`,
    `WHERE s.${own('place')} = 1 AND s.${own('after')} = 'Y'`,
  ].join('\n');
}

function keylessSelect(state: TableState, images: StateImages): string {
  const own = (name: string): string => quoted(images.prefix + name);
  const list = columnList('u', state.columns);
  return [
    `SELECT ${columnList('s', state.columns)}`,
    `FROM ${nested(
      [
        `SELECT ${list}, u.${own('after')},`,
        `  ROW_NUMBER() OVER (PARTITION BY ${list} ORDER BY u.${own('after')} DESC) AS ${own('place')},`,
        `  SUM(CASE WHEN u.${own('after')} = 'Y' THEN 0 ELSE 1 END) OVER (PARTITION BY ${list}) AS ${own('gone')}`,
        `FROM ${nested(together(images), 'u')}`,
      ].join('\n'),
      's',
    )}`,
    `WHERE s.${own('after')} = 'Y' AND s.${own('place')} > s.${own('gone')}`,
  ].join('\n');
}

/**
 * The rows of the state, the source's columns in order; a row of a table without a key comes as often as it stands there. No semicolon.
 * Reads partitioned tables whole unless the bound is in seconds: it needs `odps.sql.allow.fullscan`.
 */
export function stateSelect(state: TableState): string {
  const images = stateImages(state);
  return state.key.length === 0 ? keylessSelect(state, images) : keyedSelect(state, images);
}

/**
 * The images of the state with `weight`: 1 for one that counts, -1 for one that takes a row away, 0 for others; and `extra`: 1 for one that
 * stands there once more, with the same key in `_base`, or the same (record_id, before, after) in `_log`.
 */
export function weighedImages(state: TableState, images: StateImages): string {
  const own = (name: string): string => quoted(images.prefix + name);
  const list = columnList('u', state.columns);
  if (state.key.length === 0) {
    const weight = `CASE WHEN u.${own('after')} = 'Y' THEN 1 ELSE -1 END AS ${own('weight')}`;
    const window = `PARTITION BY u.${own('record')}, u.${own('before')}, u.${own('after')} ORDER BY u.${own('record')}`;
    const again = `CASE WHEN ROW_NUMBER() OVER (${window}) > 1 THEN 1 ELSE 0 END`;
    const from = (extra: string, rows: string): string =>
      `SELECT ${list}, ${weight}, ${extra} AS ${own('extra')}\nFROM ${nested(rows, 'u')}`;
    return `${from('0', images.base)}\nUNION ALL\n${from(again, images.log)}`;
  }
  const order = ['record', 'after', 'before'];
  const window = `OVER (PARTITION BY ${keyList('u', state)} ORDER BY ${order.map((name) => `u.${own(name)} DESC`).join(', ')})`;
  const again = order.map((name) => `LAG(u.${own(name)}) ${window} = u.${own(name)}`).join(' AND ');
  return [
    `SELECT ${columnList('n', state.columns)}, n.${own('extra')},`,
    `  CASE WHEN n.${own('place')} = 1 AND n.${own('after')} = 'Y' THEN 1 ELSE 0 END AS ${own('weight')}`,
    `FROM ${nested(
      [
        `SELECT ${list}, u.${own('after')}, ROW_NUMBER() ${window} AS ${own('place')},`,
        `  CASE WHEN ${again} THEN 1 ELSE 0 END AS ${own('extra')}`,
        `FROM ${nested(together(images), 'u')}`,
      ].join('\n'),
      'n',
    )}`,
  ].join('\n');
}

/**
 * Rows of {@link weighedImages} → the rows of the state, and `copies`: with a key 1 and the rows of this key that stand there once more;
 * without a key how often the row stands there, below 0 where more was taken away than came.
 */
export function countedSelect(state: TableState, weighed: string, copies: string): string {
  const prefix = ownPrefix(state);
  const own = (name: string): string => quoted(prefix + name);
  const list = columnList('w', state.columns);
  if (state.key.length === 0)
    return [
      `SELECT ${list}, SUM(w.${own('weight')}) AS ${quoted(copies)}`,
      `FROM ${nested(weighed, 'w')}`,
      `GROUP BY ${list}`,
      `HAVING SUM(w.${own('weight')}) <> 0`,
    ].join('\n');
  return [
    `SELECT ${columnList('c', state.columns)}, c.${own('copies')} AS ${quoted(copies)}`,
    `FROM ${nested(
      [
        `SELECT ${list}, w.${own('weight')},`,
        `  1 + SUM(w.${own('extra')}) OVER (PARTITION BY ${keyList('w', state)}) AS ${own('copies')}`,
        `FROM ${nested(weighed, 'w')}`,
      ].join('\n'),
      'c',
    )}`,
    `WHERE c.${own('weight')} = 1`,
  ].join('\n');
}

function boundText(bound: StateBound | undefined, { recordId, utcTimestamp }: TableState['names']): string {
  if (bound === undefined) return 'all of them.';
  if ('recordId' in bound) return `those with a ${recordId} below ${bound.recordId}.`;
  const at = new Date(bound.seconds * 1000).toISOString().replace('.000Z', 'Z'); // an instant of our own, not a column's value
  return `those with a ${utcTimestamp} below ${bound.seconds} (${at}).`;
}

const ZONED = new Set<SinkType>(['datetime', 'timestamp']);

/** A constant of these types is read in the session's time zone. */
const needsZone = ({ columns, defaults }: TableState): boolean =>
  columns.some(({ name, type }) => ZONED.has(type) && defaults.some(({ column }) => column === name));

const columnsText = (columns: readonly SinkColumn[]): string =>
  columns.map(({ name, type }) => `${quoted(name)} ${type.toUpperCase()}`).join(', ');

/** What `merge-sql` prints: comments, settings of the session, and the SELECT, or with `into` statements that put its rows there. */
export function mergeScript(state: TableState, { into }: { readonly into?: string } = {}): string {
  const { base, log, key, names } = state;
  const rule =
    key.length === 0
      ? 'The table has no key: rows after a change are added, rows before a change taken away.'
      : `Of each key (${key.join(', ')}) the row with the highest ${names.recordId} counts; the key is gone when that is a row before its change.`;
  const target =
    into === undefined
      ? ''
      : `CREATE TABLE IF NOT EXISTS ${quoted(into)} (${columnsText(state.columns)});\nINSERT OVERWRITE TABLE ${quoted(into)}\n`;
  return [
    `-- The rows of ${base} with the changes in ${log}: ${boundText(state.bound, names)}`,
    `-- ${rule}`,
    'SET odps.sql.type.system.odps2=true;',
    'SET odps.sql.decimal.odps2=true;',
    'SET odps.sql.allow.fullscan=true;',
    ...(needsZone(state) ? ['SET odps.sql.timezone=UTC;'] : []),
    `${target}${stateSelect(state)};`,
    '',
  ].join('\n');
}
