/** One row of V$LOGMNR_CONTENTS, as the miner selects it and the assembler reads it. */
import type { Scn } from '../model/scn.ts';

/** Nulls are those of the view: START, COMMIT and ROLLBACK rows have neither table nor SQL. */
export interface RedoRow {
  readonly scn: Scn;
  /** RAWTOHEX(XID), upper case, 16 digits. */
  readonly xid: string;
  readonly usn: number;
  readonly slot: number;
  /** XIDSQN; {@link unknownSequence} when LogMiner could not tie the row to its transaction. */
  readonly sqn: number;
  /** OPERATION_CODE; the ones with a meaning here are in {@link operations}. */
  readonly operation: number;
  /** ROLLBACK = 1: a compensation, the physical inverse of an earlier row. */
  readonly rollback: boolean;
  /** CSF = 1: the SQL goes on in the next row. */
  readonly csf: boolean;
  readonly status: number;
  readonly info: string | null;
  /** RS_ID without its blanks: `0x000010.00000020.0010` (log sequence, block, offset; hexadecimal). */
  readonly rsId: string;
  readonly ssn: number;
  /** THREAD#; 0 on some commits of empty transactions. */
  readonly thread: number;
  /** DATA_OBJ#, the object number (of the partition, where there are partitions); `0` for none. */
  readonly dataObject: string;
  /** SEG_OWNER; `UNKNOWN` when the dictionary does not resolve the object. */
  readonly owner: string | null;
  /** TABLE_NAME; `OBJ# 74858` when the dictionary does not resolve the object. */
  readonly table: string | null;
  readonly rowId: string | null;
  /** TIMESTAMP as `YYYY-MM-DD HH:MI:SS`, in the time of the database's host. */
  readonly timestamp: string;
  readonly sqlRedo: string | null;
}

/** V$LOGMNR_CONTENTS.OPERATION_CODE (Oracle Database Reference). */
export const operations = {
  internal: 0,
  insert: 1,
  delete: 2,
  update: 3,
  ddl: 5,
  start: 6,
  commit: 7,
  selectForUpdate: 25,
  missingScn: 34,
  rollback: 36,
  unsupported: 255,
} as const;

/** Rows that begin the pieces of a value: SELECT_LOB_LOCATOR, XML DOC BEGIN, 32K BEGIN. They name its column. */
const beginnings: ReadonlySet<number> = new Set([9, 68, 91]);

/** LOB_WRITE, LOB_TRIM, LOB_ERASE (28 in the manual, 29 as seen by Debezium), and what follows the other beginnings. */
const followers: ReadonlySet<number> = new Set([10, 11, 28, 29, 70, 71, 92, 93]);

/** Whether the row is of a value in pieces, which is in no INSERT or UPDATE. */
export const isPiece = ({ operation }: Pick<RedoRow, 'operation'>): boolean =>
  beginnings.has(operation) || followers.has(operation);

/** XIDSQN of rows that LogMiner could not tie to their transaction, because mining began after its start. */
export const unknownSequence = 4294967295;
