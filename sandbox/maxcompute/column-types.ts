import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  type DuckDBType,
  FLOAT,
  INTEGER,
  SMALLINT,
  STRUCT,
  TIMESTAMP,
  TINYINT,
  VARCHAR,
} from '@duckdb/node-api';

/** Column types of the stand-in, as MaxCompute writes them, and how DuckDB stores each. */

type PlainKind =
  | 'tinyint'
  | 'smallint'
  | 'int'
  | 'bigint'
  | 'boolean'
  | 'float'
  | 'double'
  | 'string'
  | 'binary'
  | 'date'
  | 'datetime'
  | 'timestamp'
  | 'timestamp_ntz';

export type ColumnType =
  | { readonly kind: PlainKind }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'varchar' | 'char'; readonly length: number };

export interface Column {
  /** Lower case. */
  readonly name: string;
  readonly type: ColumnType;
  readonly comment: string;
}

/**
 * TIMESTAMP and TIMESTAMP_NTZ are pairs: seconds since 1970 and nanoseconds. DuckDB's own TIMESTAMP_NS reaches only from
 * 1677 to 2262 and its TIMESTAMP has microseconds, so neither holds years 1 to 9999 to the nanosecond. A struct keeps
 * both exactly, compares in the right order and, unlike a text, still says in a query's result which type it is.
 */
const plainTypes: Readonly<Record<PlainKind, DuckDBType>> = {
  tinyint: TINYINT,
  smallint: SMALLINT,
  int: INTEGER,
  bigint: BIGINT,
  boolean: BOOLEAN,
  float: FLOAT,
  double: DOUBLE,
  string: VARCHAR,
  binary: BLOB,
  date: DATE,
  datetime: TIMESTAMP,
  timestamp: STRUCT({ instant_seconds: BIGINT, instant_nanos: INTEGER }),
  timestamp_ntz: STRUCT({ wall_seconds: BIGINT, wall_nanos: INTEGER }),
};

const isPlain = (name: string): name is PlainKind => Object.hasOwn(plainTypes, name);

/** How DuckDB stores a column type. */
export function storedType(type: ColumnType): DuckDBType {
  if (type.kind === 'decimal') return DECIMAL(type.precision, type.scale);
  return type.kind === 'varchar' || type.kind === 'char' ? VARCHAR : plainTypes[type.kind];
}

/** The same as DuckDB's SQL writes it. */
export const duckType = (type: ColumnType): string => storedType(type).toString();

/** As the service writes it in Schema JSON: lower case, no spaces. */
export function typeText(type: ColumnType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${String(type.precision)},${String(type.scale)})`;
    case 'varchar':
    case 'char':
      return `${type.kind}(${String(type.length)})`;
    default:
      return type.kind;
  }
}

function decimalOf(numbers: readonly number[]): ColumnType | string {
  const [precision = 38, scale = numbers.length === 0 ? 18 : 0] = numbers;
  const fits = numbers.length <= 2 && precision >= 1 && precision <= 38 && scale <= Math.min(18, precision);
  return fits ? { kind: 'decimal', precision, scale } : 'decimal takes a precision of 1 to 38 and a scale of 0 to 18';
}

function textOf(kind: 'varchar' | 'char', numbers: readonly number[]): ColumnType | string {
  const [length = 0] = numbers;
  const longest = kind === 'char' ? 255 : 65_535;
  const fits = numbers.length === 1 && length >= 1 && length <= longest;
  return fits ? { kind, length } : `${kind} takes a length of 1 to ${String(longest)}`;
}

/**
 * Builds a type from its name and the numbers in parentheses. Limits: MaxCompute V2.0 data type edition (DECIMAL 38
 * digits, scale 18; VARCHAR 65535; CHAR 255). Returns a sentence when it is not one.
 */
export function typeOf(name: string, numbers: readonly number[]): ColumnType | string {
  if (name === 'decimal') return decimalOf(numbers);
  if (name === 'varchar' || name === 'char') return textOf(name, numbers);
  if (!isPlain(name)) return `unknown type ${name}`;
  return numbers.length === 0 ? { kind: name } : `${name} takes no length`;
}

const SIMPLE = /^([a-z_]+)(?:\((\d+)(?:,(\d+))?\))?$/;

/** Reads the written form of a type, such as `decimal(38,18)`. */
export function parseType(text: string): ColumnType {
  const written = text.toLowerCase().replace(/\s/g, '');
  const match = SIMPLE.exec(written);
  const numbers = (match?.slice(2) ?? []).flatMap((part: string | undefined) =>
    part === undefined ? [] : [Number(part)],
  );
  const type = typeOf(match?.[1] ?? written, numbers);
  if (typeof type === 'string') throw new TypeError(`column type ${JSON.stringify(text)}: ${type}`);
  return type;
}

const ODPS1 = new Set(['bigint', 'boolean', 'double', 'string', 'datetime']);

/**
 * The hints of which one must be set on a DDL statement with this type (documented with each data type edition); none for
 * a type of the first edition. PyODPS sends only the first of the two for DECIMAL(p,s), so either will do.
 */
export function hintsFor(type: ColumnType): readonly string[] {
  if (ODPS1.has(type.kind)) return [];
  const edition = 'odps.sql.type.system.odps2';
  return type.kind === 'decimal' ? ['odps.sql.decimal.odps2', edition] : [edition];
}
