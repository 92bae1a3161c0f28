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
  /** Surviving changes of captured tables, by (SCN, RS_ID, SSN, arrival). Partial rollbacks are already taken out. */
  readonly changes: readonly Change[];
}

/** Something in the redo that changes no row and is worth telling. */
export interface RedoNote {
  readonly scn: Scn;
  readonly text: string;
}
