/** What happened to a table: rows of committed transactions, in commit order. */
import type { Scn } from './scn.ts';
import type { Row, TableName } from './table.ts';

/** Images hold every column of the table's description, in its order (ALL COLUMNS supplemental logging). */
export type Change =
  | { readonly kind: 'insert'; readonly table: TableName; readonly after: Row }
  | { readonly kind: 'update'; readonly table: TableName; readonly before: Row; readonly after: Row }
  | { readonly kind: 'delete'; readonly table: TableName; readonly before: Row };

export interface CommittedTransaction {
  /** RAWTOHEX(XID), upper case. */
  readonly xid: string;
  readonly commitScn: Scn;
  readonly thread: number;
  /** RS_ID of the COMMIT row, trimmed. */
  readonly rsId: string;
  /** Unix seconds of the COMMIT row: its TIMESTAMP less the database host's offset from UTC. */
  readonly commitSeconds: number;
  /**
   * Surviving changes of captured tables, by (SCN, RS_ID, SSN, arrival). Partial rollbacks are already taken out. They can be gone through
   * as often as wanted until the next transaction is asked for: those of large transactions are read from disk.
   */
  readonly changes: Iterable<Change>;
}

/** Something in the redo that changes no row and is worth telling. */
export interface RedoNote {
  readonly scn: Scn;
  readonly text: string;
}

/** A column that ALTER TABLE … ADD made. */
export interface AddedColumn {
  /** As stored in the dictionary. */
  readonly name: string;
  /** Rows of before hold NULL, or this: a constant as it was written (`0`, `'x'`); `expression`: not a constant, so that it cannot be told. */
  readonly default?: { readonly constant: string } | 'expression';
}

/**
 * - `columns-added`: the destination follows, and the table goes on.
 * - `columns-changed`: a column was modified, dropped, renamed, or made unused.
 * - `rows-replaced`: TRUNCATE, DROP/EXCHANGE PARTITION, FLASHBACK TABLE …: rows changed without redo of their own.
 * - `gone`: dropped or renamed.
 * - `undecodable`: a change that LogMiner cannot give, or that cannot be read.
 * - `not-logged`: rows were written without redo (NOLOGGING).
 */
export type StopReason =
  'columns-added' | 'columns-changed' | 'rows-replaced' | 'gone' | 'undecodable' | 'not-logged' | 'logging-dropped';

/** A captured table that cannot be followed beyond `scn` as it was: a range of redo ends there. */
export interface TableStop {
  readonly table: TableName;
  /** Whatever of the table committed at or below it was emitted; nothing above it was. */
  readonly scn: Scn;
  readonly reason: StopReason;
  /** What was met and where, for the operator; no row's value. */
  readonly text: string;
  /** Of `columns-added`, in the order of the statement. */
  readonly added?: readonly AddedColumn[];
}
