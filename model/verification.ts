/**
 * How a table is compared with its source: digests of buckets first, rows of the buckets that differ afterwards (docs/decisions/0023).
 * The contract between the workflow, its activities and the command line; plain JSON, no row's value. Pure.
 */
import type { OwnRun } from './activities.ts';
import type { Chunk } from './chunk.ts';
import type { CommitOutcome, UploadSession } from './receipt.ts';
import type { ChosenBuckets } from './row-buckets.ts';
import type { ComparablePoint } from './table-state.ts';
import type { CapturedTable, PlanRules } from './task-plan.ts';
import type { RowLimits } from './throttle.ts';

export interface VerifyRequest {
  /** `redoflow/<task>`. */
  readonly taskWorkflowId: string;
  /** Canonical name. */
  readonly table: string;
  /** Names this verification in `redoflow_differences`; letters, digits and `_`. */
  readonly verification: string;
  readonly taskQueue: string;
  /** Reads of the source at a time. */
  readonly parallel: number;
  /** Of each of them. */
  readonly throttle?: RowLimits;
}

export type DigestMode =
  /** Both databases compute the digests. */
  | 'databases'
  /** The worker does, from the rows of both. */
  | 'worker';

/** A table at one comparable point, and what the activities need to look at it. */
export interface VerifiedTable {
  readonly point: ComparablePoint;
  readonly plan: CapturedTable;
  readonly rules: PlanRules;
  readonly source: string;
  readonly destination: string;
}

export type VerifyPlan =
  | {
      readonly kind: 'point';
      readonly subject: VerifiedTable;
      readonly chunks: readonly Chunk[];
      readonly mode: DigestMode;
      readonly buckets: number;
      /** Oracle names of columns that are not compared: the log never has their values. */
      readonly notCompared: readonly string[];
    }
  | { readonly kind: 'later' | 'never'; readonly why: string };

export interface DigestInput {
  readonly subject: VerifiedTable;
  readonly buckets: ChosenBuckets;
  readonly mode: DigestMode;
  /** For names of tables that are kept for a while. */
  readonly verification: string;
}

export interface SourceDigestInput extends DigestInput {
  readonly chunks: readonly Chunk[];
  readonly throttle?: RowLimits;
}

export interface CompareInput extends SourceDigestInput {
  readonly task: string;
  /** Of `redoflow_differences`: no more rows are written. */
  readonly room: number;
}

export interface DifferenceCounts {
  readonly missing: number;
  readonly extra: number;
  readonly changed: number;
  readonly doubled: number;
  /** Oracle name → rows in which it differs. */
  readonly columnsChanged: Readonly<Record<string, number>>;
  /** Seen at the first look, not at the second; or only a digest differed. */
  readonly unconfirmed: number;
}

export interface Compared extends DifferenceCounts {
  /** Holds the differing keys; absent: none. */
  readonly session?: UploadSession;
}

export interface Verified extends DifferenceCounts {
  readonly kind: 'compared';
  readonly table: string;
  readonly verification: string;
  readonly scn: string;
  readonly rows: number;
  /** Not every row that may differ was looked at: there are at least so many differences. */
  readonly atLeast: boolean;
  readonly notCompared: readonly string[];
}

export type VerifyAnswer = Verified | { readonly kind: 'not-compared'; readonly table: string; readonly why: string };

export interface VerifyProgress {
  readonly step: 'point' | 'digests' | 'rows' | 'done';
  readonly done: number;
  readonly of: number;
  /** Of the source, digested by now. */
  readonly rows: number;
  readonly scn?: string;
  /** What is being waited for. */
  readonly waiting?: string;
}

export interface VerifyActivities {
  /** A comparable point, and the chunks to read. */
  planVerification(input: {
    readonly taskWorkflowId: string;
    readonly table: string;
    readonly parallel: number;
  }): Promise<VerifyPlan>;
  /** Of these chunks together, {@link packDigests}. */
  digestSource(input: SourceDigestInput): Promise<string>;
  digestDestination(input: DigestInput): Promise<string>;
  /** Row by row; what differs is looked at again at a newer point, and written into a session of `redoflow_differences`. */
  compareRows(input: CompareInput): Promise<Compared>;
  /** Tables that were kept for this verification. */
  dropKept(input: { readonly subject: VerifiedTable; readonly verification: string }): Promise<void>;
  commitReceipts(input: {
    destination: string;
    sessions: readonly UploadSession[];
    own: OwnRun;
  }): Promise<CommitOutcome>;
}

/** Where the keys of rows that differ are written. */
export const DIFFERENCES_TABLE = 'redoflow_differences';
export const DIFFERENCES_MAX = 10_000;

export const noDifferences: DifferenceCounts = {
  missing: 0,
  extra: 0,
  changed: 0,
  doubled: 0,
  columnsChanged: {},
  unconfirmed: 0,
};

export function addCounts(a: DifferenceCounts, b: DifferenceCounts): DifferenceCounts {
  const columnsChanged = { ...a.columnsChanged };
  for (const [name, rows] of Object.entries(b.columnsChanged))
    columnsChanged[name] = (columnsChanged[name] ?? 0) + rows;
  return {
    missing: a.missing + b.missing,
    extra: a.extra + b.extra,
    changed: a.changed + b.changed,
    doubled: a.doubled + b.doubled,
    columnsChanged,
    unconfirmed: a.unconfirmed + b.unconfirmed,
  };
}

export const differenceCount = ({ missing, extra, changed, doubled }: DifferenceCounts): number =>
  missing + extra + changed + doubled;
