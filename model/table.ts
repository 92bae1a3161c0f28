/** Tables, columns, keys and rows of the source, as every part of the product names them. */
declare const brand: unique symbol;

/** `OWNER.NAME`, each part quoted when it is not a plain upper-case identifier. Canonical: equal tables have equal texts. */
export type TableName = string & { readonly [brand]: 'TableName' };

export interface TableParts {
  readonly owner: string;
  readonly name: string;
}

/** An exact value: text in the canonical form of its column's type (below), bytes for RAW and binary types, or null.
 *
 * | Oracle type | text |
 * | --- | --- |
 * | NUMBER, FLOAT | plain decimal, no exponent, no plus, `0.5` not `.5`, no trailing zeros after the point, `-0` never |
 * | character types | the characters, trailing blanks of CHAR kept |
 * | DATE | `YYYY-MM-DD HH:MI:SS` (24 hours), years before 1 with a leading `-` |
 * | TIMESTAMP | as DATE, then `.` and nine digits unless they are all zero, whatever the column's precision |
 */
export type Value = string | Uint8Array | null;

/** Values in the order of the table's columns. */
export type Row = readonly Value[];

export interface OracleType {
  /** As in DBA_TAB_COLS.DATA_TYPE without parentheses: NUMBER, VARCHAR2, DATE, TIMESTAMP WITH TIME ZONE … */
  readonly base: string;
  readonly precision?: number;
  /** Of TIMESTAMP: the digits of its fraction. */
  readonly scale?: number;
  /** Bytes of character and RAW types. */
  readonly length?: number;
}

export interface Column {
  readonly name: string;
  readonly type: OracleType;
  readonly nullable: boolean;
}

export interface TableKey {
  readonly kind: 'primary' | 'unique' | 'none';
  /** Column names in key order; empty for `none`. */
  readonly columns: readonly string[];
}

/** What the dictionary says of one table, at the time it was asked. */
export interface TableDescription {
  readonly table: TableName;
  /** Visible, stored columns by COLUMN_ID. */
  readonly columns: readonly Column[];
  readonly key: TableKey;
  readonly objectId: string;
  /** Null while the table has no segment (deferred creation). */
  readonly dataObjectId: string | null;
  /** Why the table cannot be captured (temporary, external, nested, index-organized …); absent for an ordinary table. */
  readonly unsupported?: string;
}

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

/** `NUMBER(10,2)`, `VARCHAR2(40)`, `DATE`, `TIMESTAMP(6)`: as a person would write it. */
export function oracleTypeText({ base, precision, scale, length }: OracleType): string {
  if (precision !== undefined) return scale === undefined ? `${base}(${precision})` : `${base}(${precision},${scale})`;
  if (base === 'TIMESTAMP' && scale !== undefined) return `${base}(${scale})`;
  return length === undefined ? base : `${base}(${length})`;
}
