import type { WireWriter } from './wire-writer.ts';

/**
 * The seam between the listener (packets, login, TTC) and the pretended database (SQL, store, redo).
 * Values cross it in one form per type, interpreted by the column's or bind's type:
 *
 * | type | value |
 * | --- | --- |
 * | NUMBER | canonical decimal text: no exponent, no leading `+`, `0.5` (never `.5`), no trailing zeros, `0` never `-0` |
 * | BINARY_FLOAT, BINARY_DOUBLE | Oracle's 4 or 8 bytes (binary-numbers.ts) |
 * | VARCHAR2, CHAR, NVARCHAR2, NCHAR | the characters |
 * | DATE | Oracle's 7 bytes (century+100, year+100, month, day, hour+1, minute+1, second+1) |
 * | TIMESTAMP | Oracle's 11 bytes (7 bytes when the fraction is zero) |
 * | TIMESTAMP_TZ (WITH TIME ZONE) | Oracle's 13 bytes: the time in UTC, two bytes of zone |
 * | TIMESTAMP_LTZ (WITH LOCAL TIME ZONE) | as TIMESTAMP, in the database's zone +00:00 |
 * | INTERVAL_YM, INTERVAL_DS | Oracle's 5 or 11 bytes (intervals.ts) |
 * | RAW | the bytes |
 * | CLOB, NCLOB | the characters; none at all is not NULL |
 * | BLOB | the bytes; none at all is not NULL |
 * | ROWID | 18 characters |
 */
export type SqlType =
  | 'NUMBER'
  | 'BINARY_FLOAT'
  | 'BINARY_DOUBLE'
  | 'VARCHAR2'
  | 'CHAR'
  | 'NVARCHAR2'
  | 'NCHAR'
  | 'DATE'
  | 'TIMESTAMP'
  | 'TIMESTAMP_TZ'
  | 'TIMESTAMP_LTZ'
  | 'INTERVAL_YM'
  | 'INTERVAL_DS'
  | 'RAW'
  | 'CLOB'
  | 'NCLOB'
  | 'BLOB'
  | 'ROWID';

export type SqlValue = string | Buffer | null;

export interface ResultColumn {
  readonly name: string;
  readonly type: SqlType;
  /** NUMBER (absent = NUMBER without precision) and, for its leading field, INTERVAL. */
  readonly precision?: number;
  readonly scale?: number;
  /** Bytes, character and RAW types; national characters have two. */
  readonly size?: number;
  readonly nullable: boolean;
}

export interface Bind {
  readonly type: SqlType;
  readonly value: SqlValue;
}

/** One row of binds. In SQL one bind per occurrence of a placeholder, in PL/SQL one per distinct name; both by position. */
export type BindRow = readonly Bind[];

export interface BatchError {
  readonly offset: number;
  readonly error: OracleError;
}

export type ExecuteResult =
  | {
      readonly kind: 'query';
      readonly columns: readonly ResultColumn[];
      /** The next at most `count` rows of a statement-consistent result; fewer than asked means the end. */
      fetch(count: number): Promise<readonly (readonly SqlValue[])[]>;
      /**
       * As `fetch`, but writes the rows as row data messages, `begin` before the first of them, and gives their number.
       * Absent where rows are at hand only as values.
       */
      fetchInto?(writer: WireWriter, count: number, begin: () => void): Promise<number>;
    }
  | {
      readonly kind: 'dml';
      readonly rowCount: number;
      /** Per bind row, when there were several. */
      readonly rowCounts: readonly number[];
      readonly lastRowid?: string;
      readonly batchErrors: readonly BatchError[];
    }
  /** DDL, ALTER SESSION, savepoints, PL/SQL blocks without OUT binds. */
  | { readonly kind: 'done' };

export interface EngineSession {
  readonly inTransaction: boolean;
  /** @throws OracleError. `batchErrors`: go on after a failing bind row and report it. */
  execute(
    sql: string,
    bindRows: readonly BindRow[],
    options: { readonly batchErrors: boolean },
  ): Promise<ExecuteResult>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Asks a running call to end with ORA-01013. */
  cancel(): void;
  /** The connection is gone: rolls back. */
  close(): Promise<void>;
}

export interface Engine {
  /** Service names that the listener accepts, upper case. */
  readonly services: readonly string[];
  /** User name (upper case) → password. */
  readonly passwords: ReadonlyMap<string, string>;
  openSession(user: string, service: string): EngineSession;
}

/** An error as Oracle reports it: `ORA-00942: table or view does not exist`. Never 600: the driver would drop the connection. */
export class OracleError extends Error {
  readonly number: number;
  /** Offset in the statement, for parse errors. */
  readonly position: number;
  constructor(number: number, text: string, position = 0) {
    super(`ORA-${String(number).padStart(5, '0')}: ${text}`);
    this.name = 'OracleError';
    this.number = number;
    this.position = position;
  }
}
