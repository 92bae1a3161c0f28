/** Every precheck: id, severity and repair text; and the pure verdict over what both sides measured. */
import type { TableDescription, TableName } from './table.ts';

/** `error` must be repaired; `alert` may be ignored by an operator. */
export type Severity = 'error' | 'alert';

export interface PrecheckItem {
  readonly title: string;
  readonly severity: Severity;
  readonly repair: string;
}

export const precheckItems = {
  'source-reachable': {
    title: 'The Oracle database answers and accepts the login',
    severity: 'error',
    repair: 'Check host, port, service, user and password of the source connection.',
  },
  'source-archivelog': {
    title: 'The database runs in ARCHIVELOG mode',
    severity: 'error',
    repair: 'SHUTDOWN IMMEDIATE; STARTUP MOUNT; ALTER DATABASE ARCHIVELOG; ALTER DATABASE OPEN;',
  },
  'source-supplemental-logging': {
    title: 'Minimal supplemental logging is on',
    severity: 'error',
    repair: 'ALTER DATABASE ADD SUPPLEMENTAL LOG DATA;',
  },
  'source-primary': {
    title: 'The database is a primary, open read-write',
    severity: 'error',
    repair: 'Point the connection to the primary database.',
  },
  'source-container': {
    title: 'The redo can be mined from where the connection leads',
    severity: 'error',
    repair:
      'Add rootService, a service of CDB$ROOT, to the connection, with a common user (C##…) that has the grants in both containers.',
  },
  'table-patterns': {
    title: 'Every pattern means tables, and every table is meant once',
    severity: 'error',
    repair: 'Correct `tables` in the task.',
  },
  'table-exists': {
    title: 'The table exists and can be read',
    severity: 'error',
    repair: 'Correct the name, or GRANT SELECT, FLASHBACK on the table to the capture user.',
  },
  'table-supported': {
    title: 'The table is of a kind that can be captured',
    severity: 'error',
    repair: 'Remove the table from the task.',
  },
  'table-all-columns-logging': {
    title: 'The table logs all columns',
    severity: 'error',
    repair: 'ALTER TABLE {table} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS;',
  },
  'table-key': {
    title: 'The table has a primary or unique key',
    severity: 'alert',
    repair: 'Add a primary key, or ignore this alert: rows then cannot be told apart when both sides are compared.',
  },
  'column-types': {
    title: 'Every column can be written to MaxCompute',
    severity: 'error',
    repair: 'See the columns named: exclude them, or choose another type with columns.as.',
  },
  'destination-reachable': {
    title: 'MaxCompute answers and accepts the access key',
    severity: 'error',
    repair: 'Check endpoint, project and access key of the destination connection.',
  },
  'start-position': {
    title: 'The changes after the start position can be followed from there',
    severity: 'error',
    repair: 'Start somewhere else, or anew without a start position once the destination tables are out of the way.',
  },
  'destination-names': {
    title: 'The destination tables have good names, and none is in the way',
    severity: 'error',
    repair:
      'Drop or rename them, choose other names with `as` or naming.tables, or go on with them: conflictingTables: ignore.',
  },
  'column-names': {
    title: 'No source column has the name of an additional column',
    severity: 'error',
    repair: 'Set naming.additionalColumns: prefixed.',
  },
} as const satisfies Record<string, PrecheckItem>;

export type PrecheckId = keyof typeof precheckItems;

export interface PrecheckResult {
  readonly id: PrecheckId;
  /** The table or connection it is about. */
  readonly subject: string;
  readonly severity: Severity;
  readonly verdict: 'passed' | 'failed' | 'ignored';
  /** What was found, and for a failed item the repair. Empty when passed without anything worth telling. */
  readonly message: string;
}

export interface PrecheckReport {
  readonly results: readonly PrecheckResult[];
  readonly passed: boolean;
}

export interface TableMeasures {
  readonly table: TableName;
  /** Absent when the table does not exist or cannot be seen. */
  readonly description?: TableDescription;
  readonly allColumnsLogging: boolean;
}

export interface SourceMeasures {
  readonly version: string;
  readonly archiveLog: boolean;
  readonly minimalSupplementalLogging: boolean;
  /** V$DATABASE.SUPPLEMENTAL_LOG_DATA_ALL: then every table logs all columns. */
  readonly databaseAllColumnsLogging: boolean;
  /** A pluggable database of a release before 19.10, whose redo is mined from CDB$ROOT only; and the connection names no service of that. */
  readonly rootServiceMissing: boolean;
  readonly databaseRole: string;
  readonly openMode: string;
  readonly tables: readonly TableMeasures[];
}
