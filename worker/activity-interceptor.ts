/** Around every activity: a steady sign of life, and the only place where our failures become Temporal's. */
import { ApplicationFailure, CancelledFailure, CompleteAsyncError, type Context } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { Failure } from '../model/failure.ts';
import { lastReports } from './attempt.ts';
import type { Log } from './log.ts';
import type { Scrubber } from './scrubber.ts';

const BEAT_MS = 1_000;

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
      return await next(input);
    } catch (error) {
      throw this.translate(error, Date.now() - startedAt);
    } finally {
      clearInterval(beat);
    }
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
