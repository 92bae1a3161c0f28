/** The contract of `checkTask`, the short workflow behind `check`, `plan`, `grants` and `connections`: plain JSON, no rows, no secrets. */
import type { FailureKind } from './failure.ts';
import type { PrecheckReport } from './precheck-items.ts';
import type { SinkType } from './sink-table.ts';
import type { TableKey, TableName } from './table.ts';
import type { TaskSpec } from './task-spec.ts';

/** What a person asks a worker. `written`: the content of task.yaml. */
export type CheckRequest =
  | { readonly want: 'check'; readonly written: unknown; readonly chainId?: string }
  /** One page of the plan: at most {@link PLANNED_PER_PAGE} tables that come after `after`, by canonical name. */
  | { readonly want: 'plan'; readonly written: unknown; readonly chainId?: string; readonly after?: string }
  | { readonly want: 'grants'; readonly written: unknown }
  | { readonly want: 'connections' }
  /** What is kept of a task at its destination, a connection's name. */
  | { readonly want: 'saved-position'; readonly task: string; readonly destination: string }
  | { readonly want: 'test-connection'; readonly name: string };

/** The answer to each of them. */
export interface CheckAnswers {
  readonly check: PrecheckReport;
  readonly plan: PlanPage;
  readonly grants: SourceGrants;
  readonly connections: readonly RegisteredConnection[];
  /** Null: nothing was ever saved. */
  readonly 'saved-position': SavedPlace | null;
  readonly 'test-connection': ConnectionTest;
}

/** A position outside Temporal, as far as a person needs it. */
export interface SavedPlace {
  readonly scn: string;
  readonly nextRecordId: number;
  /** Tables that are followed from there; 0: the tail had not begun, and nothing can go on from it. */
  readonly tables: number;
}

/** So that a page of wide tables stays far below the size that Temporal takes (2 MB). */
export const PLANNED_PER_PAGE = 10;

export interface DescribedPage {
  readonly tables: readonly DescribedTable[];
  /** Patterns that match no table, tables that two patterns match; on the first page. */
  readonly problems: readonly string[];
  /** Tables of all pages. */
  readonly total: number;
  /** Where the next page begins; absent on the last one. */
  readonly next?: TableName;
}

export interface PlanPage extends DescribedPage {
  /** The precheck of this page's tables. */
  readonly report: PrecheckReport;
}

export interface DescribedTable {
  readonly table: TableName;
  readonly base: string;
  readonly log: string;
  readonly key: TableKey;
  /** Empty for a table that does not exist or cannot be read. */
  readonly columns: readonly DescribedColumn[];
  /** Units of full copy; absent where they could not be counted, or nothing is copied. */
  readonly chunks?: number;
}

export interface DescribedColumn {
  readonly source: string;
  /** As a person writes it: `NUMBER(10,2)`. */
  readonly oracleType: string;
  /** Absent: the column is left out, or refused. */
  readonly sink?: { readonly name: string; readonly type: SinkType };
  /** What is lost or stored differently. */
  readonly note?: string;
}

/** `unknown`: this login cannot tell, or nothing was tried that needs it. */
export type GrantState = 'held' | 'missing' | 'unknown';

export interface Statement {
  /** Ready to run, without a semicolon. */
  readonly sql: string;
  readonly why: string;
  readonly state: GrantState;
}

export interface SourceGrants {
  readonly source: string;
  /** Oracle's version; absent when it could not be read. */
  readonly version?: string;
  /** Why nothing could be measured: the login failed, or the database did not answer. */
  readonly unmeasured?: string;
  /** Run by an administrator, in this order. */
  readonly statements: readonly Statement[];
}

export interface RegisteredConnection {
  readonly name: string;
  readonly kind: 'oracle' | 'maxcompute';
  /** `db.example.com:1521/ORCLPDB1`, or the project at its endpoint. */
  readonly address: string;
  /** Only where connections.yaml has it in plain text. */
  readonly user?: string;
}

export type ConnectionTest = RegisteredConnection &
  (
    | {
        readonly answers: true;
        /** A new login and one round trip. */
        readonly milliseconds: number;
        /** Of the database; absent for MaxCompute, which has none. */
        readonly version?: string;
        /** What the login may not see. */
        readonly note?: string;
      }
    | {
        readonly answers: false;
        readonly kindOfFailure: FailureKind;
        readonly message: string;
        readonly remedy: string;
      }
  );

/** Activities that only answer questions: they read, change nothing, and are not repeated by the server. */
export interface CheckActivities {
  /** The page of tables after `after`, and the task with exactly these tables. */
  describeTables(input: { spec: TaskSpec; after?: string }): Promise<DescribedPage & { page: TaskSpec }>;
  listGrants(input: { spec: TaskSpec }): Promise<SourceGrants>;
  listConnections(): Promise<readonly RegisteredConnection[]>;
  findSavedPosition(input: { task: string; destination: string }): Promise<SavedPlace | null>;
  /** A connection that does not work is an answer; only an unregistered name fails (bad-input). */
  testConnection(input: { name: string }): Promise<ConnectionTest>;
}
