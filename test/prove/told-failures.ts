/**
 * I12: what the task tells is explained by what happened. Of each kind of failure, the faults that bring it about; a kind that is not
 * here (a mistake in the product, an ambiguous commit, a refused login, a value that does not fit …) is brought about by none of them.
 */
import type { FailureKind } from '../../model/failure.ts';
import { MAXCOMPUTE_CALLS, type Fault } from './call-faults.ts';
import type { KILL, MomentKind } from './swarm.ts';

const ANY_CALL = Object.keys(MAXCOMPUTE_CALLS);
const WORKER: readonly (MomentKind | typeof KILL)[] = [
  'worker-killed',
  'worker-frozen',
  'worker-ended',
  'workers-absent',
];
const RUN: readonly MomentKind[] = [
  'temporal-killed',
  'run-reset',
  'run-reset-before-its-plan',
  'run-terminated',
  'run-cancelled',
];
const DATABASE_AWAY: readonly MomentKind[] = [
  'connections-dropped',
  'listener-closed-ora-12541',
  'service-unknown-ora-12514',
  'listener-blocks-ora-12528',
  'no-process-ora-12516',
  'connections-refused',
  'database-frozen',
  'instance-crashed',
];
const SESSION_LOST = [
  'connection-dropped',
  'rows-truncated',
  'call-slow',
  'session-killed-ora-00028',
  'not-logged-on-ora-01012',
  'starting-ora-01033',
  'shutdown-ora-01089',
  'terminated-ora-01092',
  'idle-ora-02396',
  'end-of-file-ora-03113',
  'contact-lost-ora-03135',
] as const;
const NO_MEMORY = ['no-shared-memory-ora-04031', 'no-memory-ora-04036', 'mining-memory-low'] as const;

/** What a session that has expired refuses is told as a conflict, like other things that it is no longer in a state for. */
const SESSION_EXPIRED: readonly MomentKind[] = ['open-sessions-expired', 'committing-sessions-expired'];

const CAUSES: Partial<Record<FailureKind | 'WorkerShutdown', readonly string[]>> = {
  'source-unreachable': [...DATABASE_AWAY, ...SESSION_LOST, 'worker-frozen'],
  'source-rejected': [...NO_MEMORY, 'undo-gone-ora-01555'],
  'source-redo-missing': ['archived-log-gone-over-ora-00310', 'archive-late', 'redo-flush-held', 'instance-crashed'],
  'source-snapshot-too-old': ['undo-gone-ora-01555'],
  'sink-unreachable': [...ANY_CALL, 'service-refused', 'worker-frozen'],
  'sink-rejected': ['answer-truncated', 'answer-halved', 'conflict-409', ...SESSION_EXPIRED],
  'sink-throttled': ['throttled-429', 'throttled-429-without-time', 'quota-low'],
  'history-was-cut': RUN,
  'attempt-lost': [...WORKER, ...RUN],
  /** Temporal's own: an attempt that did not end in the time that a worker has for that. Charged to nobody. */
  WorkerShutdown: ['worker-ended'],
};
/** The workload adds columns by itself, at any time. */
const BY_THE_WORKLOAD: readonly string[] = ['source-table-redefined'];

/** A sentence for each kind of failure that no fault of the run explains. */
export function unexplained(told: ReadonlyMap<string, string>, happened: readonly Fault[]): readonly string[] {
  const kinds = new Set(happened.map(({ kind }) => kind));
  const causes: Readonly<Record<string, readonly string[] | undefined>> = CAUSES;
  return [...told]
    .filter(([kind]) => !BY_THE_WORKLOAD.includes(kind) && !(causes[kind] ?? []).some((cause) => kinds.has(cause)))
    .map(([kind, message]) => `I12: ${kind} was met, and no fault explains it: ${message}`);
}
