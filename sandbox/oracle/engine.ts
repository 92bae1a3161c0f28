/**
 * The seam between the listener (packets, login, TTC) and the pretended database (SQL, store, redo).
 * Values cross it in one form per type, interpreted by the column's or bind's type:
 *
 * | type | value |
 * | --- | --- |
 * | NUMBER | canonical decimal text: no exponent, no leading `+`, `0.5` (never `.5`), no trailing zeros, `0` never `-0` |
 * | VARCHAR2, CHAR | the characters |
 * | DATE | Oracle's 7 bytes (century+100, year+100, month, day, hour+1, minute+1, second+1) |
 * | TIMESTAMP | Oracle's 11 bytes (7 bytes when the fraction is zero) |
 * | RAW | the bytes |
 * | ROWID | 18 characters |
 */
export type SqlType = 'NUMBER' | 'VARCHAR2' | 'CHAR' | 'DATE' | 'TIMESTAMP' | 'RAW' | 'ROWID';

export type SqlValue = string | Buffer | null;

export interface ResultColumn {
  readonly name: string;
  readonly type: SqlType;
  /** NUMBER only; absent = NUMBER without precision. */
  readonly precision?: number;
  readonly scale?: number;
  /** Bytes, character and RAW types. */
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
