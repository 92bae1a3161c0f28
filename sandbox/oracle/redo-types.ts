/** What redo is made of: bodies, records, the transactions that they speak of, and the files that hold them. */
import type { Row, Slot, Table, Version } from './store.ts';

export type RedoKind = 'start' | 'insert' | 'update' | 'delete' | 'commit' | 'rollback' | 'ddl';

/** What redo says about a transaction. */
export interface RedoTransaction {
  readonly xid: Xid;
  /** Ordinal of its START record. */
  readonly startOrdinal: number;
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

export interface LogFile {
  readonly sequence: number;
  readonly group: number;
  readonly firstScn: number;
  readonly firstTime: number;
  readonly firstOrdinal: number;
  bytes: number;
  /** Set by the switch to the next file; so is what follows. */
  nextScn?: number;
  nextTime?: number;
  endOrdinal?: number;
  archivedAs?: string;
}
