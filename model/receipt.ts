/** What a prepare step holds, and how far its commit has come. Only a receipt that Temporal recorded is ever committed. */
import type { Scn } from './scn.ts';
import type { TableStop } from './change.ts';
import type { Inside, OpenTransaction } from './position.ts';

/** A Tunnel upload session: one table, one partition, invisible until committed. */
export interface UploadSession {
  readonly id: string;
  /** Destination table. */
  readonly table: string;
  /** `modifytime_year=2026,modifytime_month=11`, absent for an unpartitioned table. */
  readonly partition?: string;
  readonly rows: number;
  /** Block numbers that must be in the session at commit: 0 … blocks-1. */
  readonly blocks: number;
}

export interface LogSession extends UploadSession {
  readonly firstRecordId: number;
  readonly lastRecordId: number;
  /** Values written as NULL. */
  readonly nulled: number;
}

export interface ChunkReceipt {
  readonly session: UploadSession;
  readonly rows: number;
  readonly bytes: number;
  /** Values that their columns cannot hold and that were written as NULL (`values.overflow: null`). */
  readonly nulled: number;
}

/** The first receipt of a window fixes `to`, `inside`, `hash`, `nextRecordId` and `clockSeconds`; a later prepare must reproduce them. */
export interface WindowReceipt {
  readonly to: Scn;
  /** The window ends in the middle of a transaction, and `to` is its commit SCN - 1. */
  readonly inside?: Inside;
  readonly nextRecordId: number;
  /** Over record ids, flags and values in order, also of rows that were skipped because they are at the destination already. */
  readonly hash: string;
  readonly sessions: readonly LogSession[];
  readonly open: readonly OpenTransaction[];
  /** The last `utc_timestamp` given out, Unix seconds. */
  readonly clockSeconds: number;
  /** `_log` rows in the sessions. */
  readonly rows: number;
  readonly transactions: number;
  /** Tables that cannot be followed beyond `to`: the window ends there because of them. */
  readonly stops?: readonly TableStop[];
  /** For the task's events: what the redo told besides changes of rows. At most 20. */
  readonly notes?: readonly string[];
  /** The moment up to which the source was read, in milliseconds of the worker's clock: latency = now − this, once committed. */
  readonly readToMs: number;
}

/** `done` is not stored: a done window or chunk has left the list and moved the position. */
export type CommitState = 'planned' | 'prepared' | 'commitScheduled';

/**
 * One answer for a whole receipt. `confirmed`: done, as the sessions' status says; the answer to a commit was lost or an error.
 * `gone`: at least one session is expired or unknown, so only the destination can tell.
 */
export type CommitOutcome = 'done' | 'confirmed' | 'gone';
