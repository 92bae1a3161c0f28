/** What redo is made of: bodies, records, the transactions that they speak of, and the files that hold them. */
import type { Row, Shape, Slot, Table, Version } from './store.ts';

export type RedoKind = 'start' | 'insert' | 'update' | 'delete' | 'commit' | 'rollback' | 'ddl' | RedoAside;

/** Rows of LogMiner that tell of no change. */
export type RedoAside = 'internal' | 'select for update' | 'missing scn';

/** How a change is printed wrongly: not at all, or without doubling the quotes in its texts. */
export type RedoBlemish = 'unsupported' | 'unescaped';

/** What redo says about a transaction. */
export interface RedoTransaction {
  readonly xid: Xid;
  /** Ordinal of its START record. */
  readonly startOrdinal: number;
  /** The thread of redo that it is written to: its instance's. */
  readonly thread: number;
}

/** Undo segment, slot, sequence; 8 bytes little endian as a RAW. */
export interface Xid {
  readonly usn: number;
  readonly slot: number;
  readonly sequence: number;
}

export interface RedoBody {
  readonly kind: RedoKind;
  readonly transaction: RedoTransaction;
  readonly table: Table | undefined;
  /** The change of a row that this is the redo of, or whose undoing it is. */
  readonly change: Version | undefined;
  readonly compensation: boolean;
  /** ALL COLUMNS supplemental logging was on. */
  readonly allColumns: boolean;
  /** DDL text. */
  readonly text: string | undefined;
  /** DDL: the table's name when the statement began. */
  readonly ddlName?: string | undefined;
  /** The columns of the table, and its version, when this was written. */
  readonly shape: Shape | undefined;
  /** Of a change. */
  readonly blemish?: RedoBlemish | undefined;
}

export interface RedoRecord extends RedoBody {
  readonly slot: Slot | undefined;
  /** The images are read from the stored rows each time. */
  readonly before: Row | undefined;
  readonly after: Row | undefined;
  /** UPDATE: positions of the columns that the statement named, ascending. */
  readonly columns: readonly number[] | undefined;
  readonly scn: number;
  readonly log: LogFile;
  /** Byte offset in its log file: the block and offset of RS_ID. */
  readonly offset: number;
  readonly ssn: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** The database between two OPEN RESETLOGS. */
export interface Incarnation {
  /** V$DATABASE_INCARNATION.INCARNATION#. */
  readonly number: number;
  readonly resetlogsScn: number;
  /** Milliseconds of the host's wall clock; so are all times of redo. */
  readonly resetlogsTime: number;
  /** RESETLOGS_ID, a part of archived logs' names. */
  readonly resetlogsId: number;
}

export interface LogFile {
  readonly incarnation: Incarnation;
  readonly thread: number;
  readonly sequence: number;
  readonly group: number;
  /** Of the online file. */
  readonly size: number;
  readonly firstScn: number;
  readonly firstTime: number;
  readonly firstOrdinal: number;
  bytes: number;
  /** Set when the file ends; so is what follows. */
  nextScn?: number;
  nextTime?: number;
  archived: boolean;
}
