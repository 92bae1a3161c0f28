/**
 * Every way in which work fails: a closed list, each kind with one remedy and one sentence for the operator.
 * A failure is classified where it happens (oracle/errors.ts, maxcompute/errors.ts) and treated in one place (workflows/).
 */

/**
 * - `wait-for-connection`: retried within "retry time for failed connections".
 * - `retry`: retried within "retry time for other issues".
 * - `restart-copy`: the table's copy starts again with a new snapshot.
 * - `open-run`: this history was cut; the run is opened again before anything else.
 * - `stop`: waits for a person and `recover`.
 */
export type Remedy = 'wait-for-connection' | 'retry' | 'restart-copy' | 'open-run' | 'stop';

interface Treatment {
  readonly remedy: Remedy;
  /** What it means and what to do, for the operator. */
  readonly sentence: string;
}

export const treatments = {
  'source-unreachable': {
    remedy: 'wait-for-connection',
    sentence:
      'The Oracle database does not answer. It is tried again until the retry time for failed connections is over.',
  },
  'source-not-primary': {
    remedy: 'wait-for-connection',
    sentence:
      'The database is not the primary now: a switchover is under way, or the connection points to a standby. It is tried again until the retry time for failed connections is over; name the hosts of both in the connection.',
  },
  'source-login-refused': {
    remedy: 'stop',
    sentence:
      'Oracle refused the login. Correct user or password of the connection, restart the worker, then `recover`.',
  },
  'source-privilege-missing': {
    remedy: 'retry',
    sentence: 'A grant is missing in Oracle. Run the GRANT that the message names.',
  },
  'source-rejected': {
    remedy: 'retry',
    sentence: 'Oracle answered with an error that is not a connection problem. It is tried again for a while.',
  },
  'source-snapshot-too-old': {
    remedy: 'restart-copy',
    sentence:
      'Undo was overwritten while the table was copied (ORA-01555). Its copy starts again; raise UNDO_RETENTION if this repeats.',
  },
  'source-table-redefined': {
    remedy: 'restart-copy',
    sentence:
      'A table was changed by DDL while it was copied (ORA-01466). Its copy starts again; avoid DDL on it until its copy has ended.',
  },
  'source-redo-missing': {
    remedy: 'retry',
    sentence:
      'A redo log that is needed cannot be read; the position has not moved. Restore it, then `redoflow recover NAME`. If it is gone for good: `redoflow recover NAME --resync-all --confirm NAME` copies every table anew, and `redoflow recover NAME --accept-gap --confirm NAME` gives up the changes in between, after which `redoflow tables NAME resync TABLE` copies single tables anew.',
  },
  'source-redo-undecodable': {
    remedy: 'stop',
    sentence:
      'A change of a synchronized table could not be read from redo. Nothing was skipped; see the message for table and SCN.',
  },
  'source-incarnation-changed': {
    remedy: 'stop',
    sentence:
      'The database was reset or replaced (DBID or RESETLOGS changed), so the position means nothing in it. Start the task anew.',
  },
  'source-table-changed': {
    remedy: 'stop',
    sentence:
      'A synchronized table is not there any more as it was planned, and what it was is not known. Remove it from the task, or start the task anew.',
  },
  'sink-unreachable': {
    remedy: 'wait-for-connection',
    sentence: 'MaxCompute does not answer. It is tried again until the retry time for failed connections is over.',
  },
  'sink-throttled': {
    remedy: 'wait-for-connection',
    sentence: 'MaxCompute asks to slow down. The work goes on when it allows it.',
  },
  'sink-login-refused': {
    remedy: 'stop',
    sentence: 'MaxCompute refused the access key. Correct the connection, restart the worker, then `recover`.',
  },
  'sink-privilege-missing': {
    remedy: 'retry',
    sentence:
      'A right is missing in MaxCompute. Grant the account of the connection what the message names; every table of the task waits for it.',
  },
  'sink-rejected': {
    remedy: 'retry',
    sentence: 'MaxCompute answered with an error. It is tried again for a while.',
  },
  'sink-table-changed': {
    remedy: 'stop',
    sentence:
      'A destination table is missing or has other columns than it was created with; nothing is made in its place. Put it back as it was, then `recover`; if rows of it are lost, `redoflow tables NAME resync TABLE` copies the table anew afterwards.',
  },
  'value-unrepresentable': {
    remedy: 'stop',
    sentence: 'A value does not fit its MaxCompute column. Nothing was written; see the message for table and column.',
  },
  'window-not-reproduced': {
    remedy: 'stop',
    sentence: 'Reading the same redo again gave other rows than before. Nothing was written; report this.',
  },
  'plan-not-reproduced': {
    remedy: 'stop',
    sentence:
      'After a reset, the tables of the task are not as they were when its position was saved. Nothing was written; report this. To go on: `redoflow stop`, then start it with `startAt: saved`, for which the plan is kept with the position.',
  },
  'commit-ambiguous': {
    remedy: 'stop',
    sentence:
      'The destination holds what the task cannot have written: a part of an upload session, or record_ids above its own. Nothing was guessed or written; put right what the message names, then `recover`.',
  },
  'copy-incomplete': {
    remedy: 'restart-copy',
    sentence: 'The copied table does not hold as many rows as its receipts say. Its copy starts again.',
  },
  'history-was-cut': {
    remedy: 'open-run',
    sentence: 'The workflow was reset or started anew. What is at the destination is read before anything is written.',
  },
  'attempt-lost': {
    remedy: 'retry',
    sentence:
      'A worker stopped answering in the middle of an attempt. What it had prepared is void; the attempt is made again.',
  },
  'worker-out-of-resources': {
    remedy: 'retry',
    sentence:
      'The machine of a worker has run out of something: room on a disk, or file descriptors. Neither side is to blame, and the position has not moved. Give the worker what the message names; the work goes on by itself, or with `recover` once the task has failed.',
  },
  'bad-input': { remedy: 'stop', sentence: 'The task or a connection is not valid; see the message.' },
  'not-yet-supported': { remedy: 'stop', sentence: 'The task asks for something that this release does not do.' },
  bug: { remedy: 'retry', sentence: 'Something happened that redoflow did not expect. Please report the message.' },
} as const satisfies Record<string, Treatment>;

export type FailureKind = keyof typeof treatments;

export const remedyOf = (kind: FailureKind): Remedy => treatments[kind].remedy;

export const isFailureKind = (text: string): text is FailureKind => Object.hasOwn(treatments, text);

/** An error that is already classified. The message says what, where, why and what to do; never a row's value or a secret. */
export class Failure extends Error {
  readonly kind: FailureKind;
  constructor(kind: FailureKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'Failure';
    this.kind = kind;
  }
}
