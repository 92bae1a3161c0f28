/** What the query `status` answers and the client draws: everything, as plain JSON. */
import type { Completeness } from './completeness.ts';
import type { FailureKind } from './failure.ts';
import type { PrecheckReport } from './precheck-items.ts';
import type { RedoRunway } from './redo-runway.ts';

/** DTS's words. */
export type TaskState =
  | 'Prechecking'
  | 'PrecheckFailed'
  | 'Initializing'
  | 'Synchronizing'
  | 'Retrying'
  | 'Pausing'
  | 'Paused'
  | 'Failed'
  | 'Finished';

export type Phase = 'precheck' | 'schema' | 'full' | 'incremental';

export type TableState = 'planned' | 'copying' | 'synchronizing' | 'held' | 'removed';

export interface TableProgress {
  readonly table: string;
  readonly base: string;
  readonly log: string;
  readonly state: TableState;
  readonly chunksDone: number;
  /** 0 until the copy is planned. */
  readonly chunks: number;
  readonly baseRows: number;
  readonly logRows: number;
  /** Values that their columns cannot hold and that were written as NULL, in `_base` and `_log` (`values.overflow: null`). */
  readonly nulled: number;
  readonly snapshotScn?: string;
  /** Why it does not go on with the others, since which SCN, and what may be chosen (`redoflow tables NAME release`). */
  readonly held?: {
    readonly reason: string;
    readonly fromScn: string;
    readonly text: string;
    readonly sentence: string;
    readonly choices: readonly string[];
    readonly catchingUp: boolean;
  };
  /** Chunk attempts that were lost (worker died, connection lost) and made again. */
  readonly attemptsLost: number;
}

export interface StatusEvent {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly kind: 'state' | 'failure' | 'hold' | 'operator' | 'note';
  readonly text: string;
}

export interface RetryStatus {
  /** `source`, `commit of window 12`, `HR.EMPLOYEES chunk 3` … */
  readonly unit: string;
  readonly budget: 'connection' | 'other';
  readonly attempts: number;
  readonly spentSeconds: number;
  readonly windowSeconds: number;
  readonly remainingSeconds: number;
  /** ISO 8601: when so many seconds remained. While a connection is waited for, the workflow rests and measures nothing anew. */
  readonly measuredAt: string;
  readonly message: string;
}

export interface FailureStatus {
  readonly kind: FailureKind;
  readonly unit: string;
  readonly message: string;
  readonly sentence: string;
  readonly at: string;
}

export interface TaskStatus {
  readonly task: string;
  readonly title: string;
  readonly environment: string;
  readonly state: TaskState;
  readonly phase: Phase;
  readonly source: string;
  readonly destination: string;
  readonly tables: readonly TableProgress[];
  /** Seconds by which the destination is behind the source, and when that was measured. Absent before the tail's first window. */
  readonly latency?: { readonly seconds: number; readonly measuredAt: string };
  readonly position?: { readonly scn: string; readonly nextRecordId: number };
  /** Of every `_log` whose table is synchronizing. */
  readonly complete?: Completeness;
  /** How long the redo that is needed will be there; absent until it was measured. */
  readonly runway?: RedoRunway;
  readonly windowsDone: number;
  readonly transactions: number;
  readonly retry?: RetryStatus;
  readonly failure?: FailureStatus;
  readonly precheck?: PrecheckReport;
  /** The newest 50, oldest first. */
  readonly events: readonly StatusEvent[];
  readonly run: { readonly id: string; readonly number: number; readonly events: number };
}

/** What a stopped task returns. */
export interface TaskSummary {
  readonly ended: 'stopped' | 'finished';
  readonly position?: { readonly scn: string; readonly nextRecordId: number };
  readonly baseRows: number;
  readonly logRows: number;
  readonly runs: number;
}
