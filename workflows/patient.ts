/** Activities of workflows that a person waits for: tried again while that helps, and otherwise ended with the worker's own sentence. */
import { ActivityFailure, ApplicationFailure, isCancellation, scheduleActivity, sleep } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type { AsOfActivities } from '../model/as-of.ts';
import { isFailureKind, remedyOf, type FailureKind, type Remedy } from '../model/failure.ts';
import type { VerifyActivities } from '../model/verification.ts';
import { attemptFailure } from './attempt-failure.ts';

type Known = VerifyActivities & AsOfActivities;
type Answer<Name extends keyof Known> = Awaited<ReturnType<Known[Name]>>;

const options: ActivityOptions = {
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '6s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { maximumAttempts: 1 },
};

/** How often each kind of failure is answered with another attempt: a database that restarts, and anything else. */
const TRIES: Readonly<Partial<Record<Remedy, number>>> = { 'wait-for-connection': 120, retry: 6 };
const WAIT_SECONDS_MAX = 30;
/** A worker that is shut down in good order gives its work back: no failure, but not for ever. */
const GIVEN_BACK_MAX = 50;

export interface PatientCall {
  /** What the Temporal UI shows beside the activity. */
  readonly summary: string;
  readonly taskQueue: string;
  /** Hears what is waited for, and when that is over. */
  readonly waiting?: (message: string | undefined) => void;
}

/** @throws ApplicationFailure of the failure's kind, with its message */
export async function patiently<Name extends keyof Known>(
  name: Name,
  input: Parameters<Known[Name]>[0],
  { summary, taskQueue, waiting }: PatientCall,
): Promise<Answer<Name>> {
  for (let tries = 1; ; tries++) {
    try {
      const answer = await scheduleActivity<Answer<Name>>(name, [input], { ...options, summary, taskQueue });
      waiting?.(undefined);
      return answer;
    } catch (error) {
      const why = mayRepeat(summary, error, tries);
      waiting?.(why);
      await sleep(1000 * Math.min(WAIT_SECONDS_MAX, 2 ** Math.min(tries - 1, 5)));
    }
  }
}

/** Answers why it is tried again, or throws. */
function mayRepeat(summary: string, error: unknown, tries: number): string {
  const failure = attemptFailure(summary, error);
  if (!failure && !wasGivenBack(error)) throw error;
  const { kind, message = 'workers were shut down again and again' } = failure ?? {};
  const most = kind === undefined ? GIVEN_BACK_MAX : (TRIES[remedyOf(kind)] ?? 1);
  if (tries >= most) throw ApplicationFailure.nonRetryable(message, kind);
  return message;
}

/** Not cancelled by us. */
const wasGivenBack = (error: unknown): boolean =>
  error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && !isCancellation(error);

export function failureKind(error: unknown): FailureKind | undefined {
  const type = error instanceof ApplicationFailure ? error.type : undefined;
  return typeof type === 'string' && isFailureKind(type) ? type : undefined;
}
