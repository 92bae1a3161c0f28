/** What a failed activity means to the plan: its kind, or that it is nobody's fault. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure, isCancellation } from '@temporalio/workflow';
import { isFailureKind } from '../model/failure.ts';
import type { AttemptFailure } from '../model/run-state.ts';

/** Undefined: we cancelled it, or a worker was shut down in good order; both are free. */
export function attemptFailure(unit: string, error: unknown): AttemptFailure | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (isCancellation(error) || isCancellation(cause)) return undefined;
  if (cause instanceof TimeoutFailure) {
    return {
      unit,
      kind: 'attempt-lost',
      message: `the worker of this attempt stopped answering (${cause.timeoutType ?? 'timeout'})`,
    };
  }
  if (!(cause instanceof ApplicationFailure)) return { unit, kind: 'bug', message: `${unit}: ${messageOf(cause)}` };
  if (cause.type === 'WorkerShutdown') return undefined;
  const kind = cause.type !== undefined && cause.type !== null && isFailureKind(cause.type) ? cause.type : 'bug';
  return { unit, kind, message: cause.message };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
