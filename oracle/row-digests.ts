/**
 * Digests of rows, computed in the database: the texts of model/row-text.ts in SQL, and what is asked of a chunk with them.
 *
 * What the SQL rests on (SQL Language Reference): STANDARD_HASH is of every database since 12.1 and needs no grant, which DBMS_CRYPTO
 * does, and takes the bytes of a text in the database's character set. TO_CHAR(n, 'TM9') is exact: `.5` and `-.5` without the zero, and
 * with an exponent (`1E-130`, `-1.5E+100`) where it would have more than 64 characters. `||` makes at most 4,000 bytes, for which
 * the groups of model/row-text.ts are made. The texts depend on the session's settings (session.ts).
 */
import { Failure } from '../model/failure.ts';
import { isLob } from '../model/large-columns.ts';
import type { RowGroups, RowText } from '../model/row-text.ts';
import type { Scn } from '../model/scn.ts';
import type { Chunk } from '../model/chunk.ts';
import type { BucketDigest } from '../model/table-state.ts';
import type { Column, OracleType, Row, TableDescription } from '../model/table.ts';
import { copyStatement, rowReader } from './chunk-reader.ts';
import { chunkBinds, quoted, rowsOfChunk } from './chunk-rows.ts';
import { readableType } from './column-values.ts';
import type { Binds, Session, TextRow } from './session.ts';

/** Texts of SQL. */
type Expression = string;

/** TM9 writes longer numbers with an exponent. */
const PLAIN_CHARACTERS_MAX = 64;
const LIST_ITEMS_MAX = 1000;
const BATCH_ROWS = 1000;
const BATCH_ROWS_WITH_LOBS = 16;

/** `-1.5E+100` → `-15000…`, `1E-130` → `0.000…1`. A mantissa may end with zeros. */
function withoutExponent(text: Expression): Expression {
  const digits = `RTRIM(REPLACE(REPLACE(SUBSTR(${text},1,INSTR(${text},'E')-1),'-'),'.'),'0')`;
  const exponent = `TO_NUMBER(SUBSTR(${text},INSTR(${text},'E')+1))`;
  const sign = `CASE WHEN SUBSTR(${text},1,1)='-' THEN '-' END`;
  const whole = `RPAD(${digits},${exponent}+1,'0')`;
  const fraction = `'0.'||LPAD(${digits},LENGTH(${digits})-${exponent}-1,'0')`;
  return `${sign}||CASE WHEN INSTR(${text},'E+')>0 THEN ${whole} ELSE ${fraction} END`;
}

const bareFractions = (text: Expression): string =>
  `WHEN SUBSTR(${text},1,1)='.' THEN '0'||${text} WHEN SUBSTR(${text},1,2)='-.' THEN '-0'||SUBSTR(${text},2)`;

/** What is still to be done with the text of TM9, by what values of the type can be. */
function completion({ base, precision, scale }: OracleType): ((text: Expression) => Expression) | undefined {
  // NUMBER(*,s) is not known to have a limit.
  if (base === 'NUMBER' && precision !== undefined && scale !== undefined) {
    if (scale <= 0 && precision - scale < PLAIN_CHARACTERS_MAX) return undefined;
    if (scale > 0 && Math.max(precision, scale) + 2 <= PLAIN_CHARACTERS_MAX) {
      return (text) => `CASE ${bareFractions(text)} ELSE ${text} END`;
    }
  }
  return (text) => {
    const exponent = `WHEN INSTR(${text},'E')>0 THEN ${withoutExponent(text)}`;
    return `CASE ${bareFractions(text)} ${exponent} ELSE ${text} END`;
  };
}

/** A value's canonical text, which is NULL for NULL, in two steps: what is made of the column, and what is made of that. */
interface Steps {
  readonly first: (column: Expression) => Expression;
  readonly then?: (text: Expression) => Expression;
}

const asItIs = (column: Expression): Expression => column;

function stepsOf(column: Column, description: TableDescription): Steps {
  const selected = readableType(column, description).expression;
  switch (column.type.base) {
    case 'NUMBER':
    case 'FLOAT': {
      const then = completion(column.type);
      return { first: (name) => `TO_CHAR(${name},'TM9')`, ...(then && { then }) };
    }
    case 'CHAR':
    case 'VARCHAR2':
      return { first: asItIs };
    case 'NCHAR':
    case 'NVARCHAR2':
      return { first: (name) => `TO_CHAR(${name})` };
    case 'DATE':
      return { first: (name) => `LTRIM(${selected(name)})` };
    case 'TIMESTAMP':
    case 'TIMESTAMP WITH TIME ZONE':
    case 'TIMESTAMP WITH LOCAL TIME ZONE':
      // Nine digits are always there, so that so many zeros are never the end of others.
      return { first: (name) => `REPLACE(LTRIM(${selected(name)}),'.000000000')` };
    case 'RAW':
      return { first: (name) => `RAWTOHEX(${name})` };
    default:
      throw new Failure('bug', `${description.table}.${column.name}: ${column.type.base} has no text in the database.`);
  }
}

/** A value's text in its group. */
const framed = (text: Expression): Expression => `NVL2(${text},LENGTH(${text})||':'||${text},'-')`;

/** UTF-8 is what is hashed. Digits and signs are the same in all character sets on ASCII platforms. */
const UTF8: ReadonlySet<string> = new Set(['AL32UTF8', 'US7ASCII', '']);

function encoded(text: Expression, group: readonly number[], { database, columns }: TableDescription): Expression {
  const characters = group.some((index) => columns[index]?.type.base.includes('CHAR'));
  return !characters || UTF8.has(database?.characterSet ?? '') ? text : `CONVERT(${text},'AL32UTF8')`;
}

/** 32 upper-case hexadecimal digits. */
const digest = (text: Expression): Expression => `RAWTOHEX(STANDARD_HASH(${text},'MD5'))`;

/** The digest of the text of a row or a key; `valueText` by index of the column. */
function digestOf(
  groups: RowGroups,
  valueText: (index: number) => Expression,
  description: TableDescription,
): Expression {
  const texts = groups.map((group) =>
    encoded(group.map((index) => framed(valueText(index))).join('||'), group, description),
  );
  const [only, ...others] = texts;
  if (only === undefined) throw new Failure('bug', `${description.table}: a row's text without columns.`);
  if (others.length === 0) return digest(only);
  return digest(texts.map((text) => `LOWER(${digest(text)})`).join('||'));
}

const hexNumber = (text: Expression, first: number, digits: number): Expression =>
  `TO_NUMBER(SUBSTR(${text},${first},${digits}),'${'X'.repeat(digits)}')`;

/** Number of the bucket; the bind `n` is how many there are. */
const bucketOf = (keyDigest: Expression): Expression => `MOD(${hexNumber(keyDigest, 1, 8)},:n)`;

/** Without the hint a view is merged into the query around it, and what it computes is computed wherever its name stands. */
const view = (items: readonly string[], source: string): string =>
  `SELECT /*+ NO_MERGE */ ${items.join(',')} FROM ${source}`;

const alias = (index: number): string => `C${index}`;

/**
 * One row per bucket: its number, rows, low, high (model/table-state.ts). Binds: those of {@link rowsOfChunk}, and `n` the number
 * of buckets.
 */
export function digestStatement(description: TableDescription, text: RowText, chunk: Chunk): string {
  const { columns } = description;
  const used = [...new Set([...text.row.flat(), ...text.key.flat()])].toSorted((a, b) => a - b);
  const steps = used.flatMap((index) => {
    const column = columns[index];
    return column ? [{ name: alias(index), column: quoted(column.name), ...stepsOf(column, description) }] : [];
  });
  const named = (name: string, expression: Expression): string => `${expression} ${name}`;
  const first = view(
    steps.map((step) => named(step.name, step.first(step.column))),
    rowsOfChunk(description, chunk),
  );
  const then = view(
    steps.map((step) => (step.then ? named(step.name, step.then(step.name)) : step.name)),
    `(${first})`,
  );
  const texts = `(${steps.some((step) => step.then) ? then : first})`;
  const row = named('D', digestOf(text.row, alias, description));
  const keyed = JSON.stringify(text.key) !== JSON.stringify(text.row);
  const digests = keyed
    ? view([row, named('B', bucketOf(digestOf(text.key, alias, description)))], texts)
    : view(['D', named('B', bucketOf('D'))], `(${view([row], texts)})`);
  return (
    `SELECT /*+ NO_PARALLEL */ TO_CHAR(B),TO_CHAR(COUNT(*)),TO_CHAR(SUM(${hexNumber('D', 1, 12)})),` +
    `TO_CHAR(SUM(${hexNumber('D', 13, 12)})) FROM (${digests}) GROUP BY B`
  );
}

/** The statement of the chunk reader, of rows of these buckets. */
export function bucketsStatement(
  description: TableDescription,
  text: RowText,
  { chunk, wanted }: { readonly chunk: Chunk; readonly wanted: readonly number[] },
): string {
  const valueText = (index: number): Expression => {
    const column = description.columns[index];
    if (!column) throw new Failure('bug', `${description.table} has no column ${index}.`);
    const { first, then } = stepsOf(column, description);
    const made = first(quoted(column.name));
    return then ? then(made) : made;
  };
  const bucket = bucketOf(digestOf(text.key, valueText, description));
  const lists = Array.from({ length: Math.ceil(wanted.length / LIST_ITEMS_MAX) }, (_, list) =>
    wanted.slice(list * LIST_ITEMS_MAX, (list + 1) * LIST_ITEMS_MAX),
  );
  return `${copyStatement(description, chunk)} AND (${lists.map((list) => `${bucket} IN (${list.join(',')})`).join(' OR ')})`;
}

const WHOLE = /^\d+$/;

function bucketDigest([bucket, rows, low, high]: TextRow, { table }: TableDescription): BucketDigest {
  const found = [bucket, rows, low, high].filter((text) => typeof text === 'string' && WHOLE.test(text));
  if (found.length < 4)
    throw new Failure('source-rejected', `${table}: the digest of a bucket is not of whole numbers.`);
  return { bucket: Number(bucket), rows: Number(rows), low: String(low), high: String(high) };
}

export interface DigestPlace {
  readonly chunk: Chunk;
  readonly asOf: Scn;
  readonly text: RowText;
  /** How many buckets there are. */
  readonly count: number;
}

const bindsOf = (place: DigestPlace): Binds => ({ ...chunkBinds(place), n: place.count });

/** Of the buckets that have rows in the chunk. @throws Failure source-snapshot-too-old when undo is gone */
export async function digestChunk(
  session: Session,
  description: TableDescription,
  place: DigestPlace,
  signal: AbortSignal,
): Promise<readonly BucketDigest[]> {
  const rows = await session.query(digestStatement(description, place.text, place.chunk), bindsOf(place), signal);
  return rows.map((row) => bucketDigest(row, description));
}

/** The rows of the chunk that are in a bucket wanted. @throws Failure source-snapshot-too-old when undo is gone */
export async function* readBuckets(
  session: Session,
  description: TableDescription,
  place: DigestPlace & { readonly wanted: readonly number[] },
  signal: AbortSignal,
): AsyncGenerator<readonly Row[], void> {
  if (place.wanted.length === 0) return;
  const statement = bucketsStatement(description, place.text, place);
  const read = rowReader(description);
  const rows = description.columns.some(({ type }) => isLob(type)) ? BATCH_ROWS_WITH_LOBS : BATCH_ROWS;
  for await (const batch of session.batches(statement, bindsOf(place), { rows, signal })) yield batch.map(read);
}
