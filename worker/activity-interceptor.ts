/** Around every activity: a steady sign of life, and the only place where our failures become Temporal's. */
import { ApplicationFailure, CancelledFailure, CompleteAsyncError, type Context } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import type { Activities } from '../model/activities.ts';
import type { AlertActivities } from '../model/alert-queue.ts';
import type { AsOfActivities } from '../model/as-of.ts';
import type { CheckActivities } from '../model/check-task.ts';
import { Failure } from '../model/failure.ts';
import type { VerifyActivities } from '../model/verification.ts';
import { lastReports } from './attempt.ts';
import type { Log } from './log.ts';
import type { Scrubber } from './scrubber.ts';

const BEAT_MS = 1_000;
const GIVE_BACK_MS = 1_000;

/** What they leave half done is seen by nobody; the others may be changing the destination, and are waited for. */
type Known = Activities & CheckActivities & AlertActivities & VerifyActivities & AsOfActivities;
const readers: ReadonlySet<string> = new Set<keyof Known>([
  'readSpec',
  'precheck',
  'capturePoint',
  'copyChunk',
  'findPublished',
  'mineWindow',
  'probeEndpoint',
  'describeTables',
  'listGrants',
  'listConnections',
  'testConnection',
  'findContacts',
  'sendAlert',
  'planVerification',
  'digestSource',
  'digestDestination',
  'compareRows',
  'describeState',
  'awaitMoment',
]);

export class ActivityInterceptor implements ActivityInboundCallsInterceptor {
  private readonly context: Context;
  private readonly log: Log;
  private readonly scrubber: Scrubber;

  constructor(context: Context, log: Log, scrubber: Scrubber) {
    this.context = context;
    this.log = log;
    this.scrubber = scrubber;
  }

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const beat = setInterval(() => {
      this.context.heartbeat(lastReports.get(this.context));
    }, BEAT_MS);
    const startedAt = Date.now();
    try {
      return await (this.mayBeAbandoned ? Promise.race([next(input), this.givenBack()]) : next(input));
    } catch (error) {
      throw this.translate(error, Date.now() - startedAt);
    } finally {
      clearInterval(beat);
    }
  }

  private get mayBeAbandoned(): boolean {
    return readers.has(this.context.info.activityType);
  }

  /** Fails soon after the worker was told to end, so that Temporal hears of it although the attempt waits for something slow. */
  private async givenBack(): Promise<never> {
    const cancelled = await this.context.cancelled.catch((error: unknown) => error);
    const ending = cancelled instanceof CancelledFailure && cancelled.message === 'WORKER_SHUTDOWN';
    await new Promise((resolve) => (ending ? setTimeout(resolve, GIVE_BACK_MS) : undefined)); // else the work itself ends
    throw cancelled;
  }

  private translate(error: unknown, ms: number): unknown {
    if (error instanceof CancelledFailure || error instanceof CompleteAsyncError) return error;
    const { activityType, workflowExecution } = this.context.info;
    const fields = { activity: activityType, workflow: workflowExecution?.workflowId, ms };
    // Whatever breaks while an attempt is being cancelled is part of its end.
    if (this.context.cancellationSignal.aborted) {
      this.log.debug({ ...fields, error: text(error) }, 'attempt ended by cancellation');
      return new CancelledFailure('cancelled');
    }
    if (error instanceof ApplicationFailure) return error;
    const kind = error instanceof Failure ? error.kind : 'bug';
    const message = this.scrubber.scrub(text(error));
    this.log.warn(
      { ...fields, kind, error: message, ...(kind === 'bug' && error instanceof Error && { stack: error.stack }) },
      'attempt failed',
    );
    // No cause: a foreign error's own properties may hold what nobody may see.
    return ApplicationFailure.create({
      message,
      type: kind,
      nonRetryable: kind === 'bad-input' || kind === 'not-yet-supported',
    });
  }
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));
