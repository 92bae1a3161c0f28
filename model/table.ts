/** Tables, columns, keys and rows of the source, as every part of the product names them. */
import type { Scn } from './scn.ts';

declare const brand: unique symbol;

/** `OWNER.NAME`, each part quoted when it is not a plain upper-case identifier. Canonical: equal tables have equal texts. */
export type TableName = string & { readonly [brand]: 'TableName' };

export interface TableParts {
  readonly owner: string;
  readonly name: string;
}

/** An exact value: text in the canonical form of its column's type (below), bytes for RAW and BLOB (of a BLOB also none), or null.
 *
 * | Oracle type | text |
 * | --- | --- |
 * | NUMBER, FLOAT | plain decimal, no exponent, no plus, `0.5` not `.5`, no trailing zeros after the point, `-0` never |
 * | BINARY_DOUBLE | as JavaScript writes a number: `0.1`, `1e+21`, `5e-324`, the fewest digits that identify the double; `-0`, `NaN`, `Infinity`, `-Infinity` |
 * | BINARY_FLOAT | the same, rounded to the fewest digits that identify the 32-bit float: `0.1`, `3.4028235e+38` |
 * | CHAR, VARCHAR2, NCHAR, NVARCHAR2 | the characters, trailing blanks of CHAR and NCHAR kept; without any: null |
 * | CLOB, NCLOB | the characters; without any: the empty text, which is not null |
 * | DATE | `YYYY-MM-DD HH:MI:SS` (24 hours), years before 1 with a leading `-` |
 * | TIMESTAMP | as DATE, then `.` and nine digits unless they are all zero, whatever the column's precision |
 * | TIMESTAMP WITH TIME ZONE, WITH LOCAL TIME ZONE | the instant in UTC, as TIMESTAMP; the zone is not kept |
 * | INTERVAL YEAR TO MONTH | ISO 8601: `P2Y6M`, `-P2Y6M`; parts that are zero are left out, `P0M` when both are |
 * | INTERVAL DAY TO SECOND | ISO 8601: `P5DT4H3M2.123456S`, `-P1D`; parts that are zero are left out, no trailing zeros after the point, `PT0S` when all are |
 */
export type Value = string | Uint8Array | null;

/** Values in the order of the table's columns. */
export type Row = readonly Value[];

export interface OracleType {
  /** As in DBA_TAB_COLS.DATA_TYPE without parentheses: NUMBER, VARCHAR2, DATE, TIMESTAMP WITH TIME ZONE … */
  readonly base: string;
  /** Of NUMBER decimal, of FLOAT binary digits; of an INTERVAL the digits of years or days. */
  readonly precision?: number;
  /** Of TIMESTAMP types and INTERVAL DAY TO SECOND: the digits of the fraction. */
  readonly scale?: number;
  /** Bytes of character and RAW types, two for each character of NCHAR and NVARCHAR2. */
  readonly length?: number;
}

export interface Column {
  readonly name: string;
  readonly type: OracleType;
  readonly nullable: boolean;
  /** DBA_TAB_COLS.SEGMENT_COLUMN_ID: its place in the stored row, which `"COL 3"` of redo names; from 1. */
  readonly segmentColumn?: number;
  /** SCN of the ADD COLUMN that made it: a row of redo at or below it may lack it, and then holds NULL there. */
  readonly since?: Scn;
}

/** What stored bytes of a database mean (DATABASE_PROPERTIES). */
export interface DatabaseSettings {
  /** NLS_CHARACTERSET: of CHAR and VARCHAR2. */
  readonly characterSet: string;
  /** NLS_NCHAR_CHARACTERSET: of NCHAR and NVARCHAR2. */
  readonly nationalCharacterSet: string;
  /** DBTIMEZONE: of TIMESTAMP WITH LOCAL TIME ZONE; `+00:00`, or the name of a region. */
  readonly timeZone: string;
}

/** How `_log` tells of large columns (model/large-columns.ts); without it they are NULL there (`values.lobInLog`, docs/decisions/0031). */
export type LobInLog = 'reread' | 'mark';

export interface TableKey {
  readonly kind: 'primary' | 'unique' | 'none';
  /** Column names in key order; empty for `none`. */
  readonly columns: readonly string[];
}

/**
 * A partition of a table, or a subpartition where there are some: it has rows, extents and numbers of its own. Of an index-organized table:
 * the index that holds it, and its overflow table.
 */
export interface TableSegment {
  readonly objectId: string;
  /** Null while it has no segment. */
  readonly dataObjectId: string | null;
}

/** What the dictionary says of one table, at the time it was asked. */
export interface TableDescription {
  readonly table: TableName;
  /** Visible, stored columns by COLUMN_ID. */
  readonly columns: readonly Column[];
  /** The highest {@link Column.segmentColumn}, of hidden and unused columns too: a stored row that has more is from before a DROP. */
  readonly segmentColumns?: number;
  readonly key: TableKey;
  readonly objectId: string;
  /** Null while the table has no segment (deferred creation), and for a partitioned or index-organized table. */
  readonly dataObjectId: string | null;
  /** Of a partitioned or index-organized table: what its rows are in, by object number. */
  readonly segments?: readonly TableSegment[];
  /** Its rows are in the index of its primary key and have no ROWIDs. */
  readonly indexOrganized?: true;
  /** Numbers of partitions that it had, as far as they were seen: older redo has them. */
  readonly formerObjectIds?: readonly string[];
  /** Absent when it could not be asked: stored bytes of characters are then not read. */
  readonly database?: DatabaseSettings;
  /** Not of the dictionary but of the task: its redo is read so that changes of large columns alone are told too. */
  readonly lobInLog?: LobInLog;
  /** Why the table cannot be captured (temporary, external, nested, clustered …); absent for an ordinary table. */
  readonly unsupported?: string;
}

/** Object numbers that redo of the table may have. */
export const objectIds = ({ objectId, segments = [], formerObjectIds = [] }: TableDescription): readonly string[] => [
  objectId,
  ...segments.map((segment) => segment.objectId),
  ...formerObjectIds,
];

/** Data object numbers of everything that the table's rows are in: another one after TRUNCATE or MOVE; each ROWID begins with one. */
export const dataObjectIds = ({
  dataObjectId,
  segments = [{ objectId: '', dataObjectId }],
}: TableDescription): readonly string[] =>
  segments.flatMap((segment) => (segment.dataObjectId === null ? [] : [segment.dataObjectId]));

const PLAIN = /^[A-Z][A-Z0-9_$#]*$/;
const part = (text: string): string => (PLAIN.test(text) ? text : `"${text}"`);

/** Names as stored in the dictionary → canonical text. */
export const tableName = ({ owner, name }: TableParts): TableName => `${part(owner)}.${part(name)}` as TableName;

const WRITTEN = /^\s*(?:"([^"]+)"|([A-Za-z][\w$#]*))\.(?:"([^"]+)"|([A-Za-z][\w$#]*))\s*$/;

/** What a person writes (`hr.employees`, `HR."Mixed Case"`) → parts as stored; undefined when it is not OWNER.TABLE. */
export function parseTableName(text: string): TableParts | undefined {
  const match = WRITTEN.exec(text);
  if (!match) return undefined;
  const owner = match[1] ?? match[2]?.toUpperCase();
  const name = match[3] ?? match[4]?.toUpperCase();
  return owner === undefined || name === undefined ? undefined : { owner, name };
}

/** The parts of a canonical name. @throws RangeError for text that {@link tableName} did not make. */
export function tableParts(table: TableName): TableParts {
  const parts = parseTableName(table);
  if (!parts) throw new RangeError(`not a table name: ${JSON.stringify(table)}`);
  return parts;
}

const NATIONAL = new Set(['NCHAR', 'NVARCHAR2']);

const inParentheses = (number: number | undefined): string => (number === undefined ? '' : `(${number})`);

/** `NUMBER(10,2)`, `NUMBER(*,0)`, `VARCHAR2(40)`, `TIMESTAMP(6) WITH TIME ZONE`, `INTERVAL DAY(2) TO SECOND(6)`: as a person would write it. */
export function oracleTypeText({ base, precision, scale, length }: OracleType): string {
  if (base.startsWith('TIMESTAMP')) return base.replace('TIMESTAMP', `TIMESTAMP${inParentheses(scale)}`);
  if (base === 'INTERVAL YEAR TO MONTH') return `INTERVAL YEAR${inParentheses(precision)} TO MONTH`;
  if (base === 'INTERVAL DAY TO SECOND')
    return `INTERVAL DAY${inParentheses(precision)} TO SECOND${inParentheses(scale)}`;
  if (scale !== undefined) return `${base}(${precision ?? '*'},${scale})`;
  return `${base}${inParentheses(precision ?? (length !== undefined && NATIONAL.has(base) ? length / 2 : length))}`;
}
