/**
 * Metrics of tasks, counted from what their histories record: once, whichever worker did the work, and not again in a replay.
 * An interceptor module of the bundle; docs/metrics.md explains each metric.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  TimeoutFailure,
  metricMeter,
  workflowInfo,
  type ActivityInput,
  type Next,
  type WorkflowInterceptors,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import type { Activities } from '../model/activities.ts';
import { isFailureKind } from '../model/failure.ts';
import { runwayOf, type RunwayMeasure } from '../model/redo-runway.ts';
import type { ChunkReceipt, CommitOutcome, WindowReceipt } from '../model/receipt.ts';

type Meter = typeof metricMeter;
type Commit = Parameters<Activities['commitReceipts']>[0];
type Probe = Parameters<Activities['probeEndpoint']>[0];
type Need = Parameters<Activities['measureRunway']>[0];

/** Called for every run of a workflow. */
export const interceptors = (): WorkflowInterceptors => {
  const { workflowId, workflowType } = workflowInfo();
  const [prefix, task] = workflowId.split('/');
  if (prefix !== 'redoflow' || task === undefined) return {};
  return { outbound: [new TaskMetrics(metricMeter.withTags({ task }), workflowType === 'copyTable')] };
};

class TaskMetrics implements WorkflowOutboundCallsInterceptor {
  private readonly meter: Meter;
  /** A table's copy; else the task itself, with its tail. */
  private readonly copies: boolean;
  /** Upload session → the moment up to which its window had read the source; milliseconds. */
  private readonly readTo = new Map<string, number>();
  private commitsRunning = 0;

  constructor(meter: Meter, copies: boolean) {
    this.meter = meter;
    this.copies = copies;
  }

  async scheduleActivity(
    input: ActivityInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'scheduleActivity'>,
  ): Promise<unknown> {
    const committing = input.activityType === 'commitReceipts';
    if (committing) this.commitsRunning += 1;
    if (input.activityType === 'probeEndpoint') this.probing(input);
    try {
      const result = await next(input);
      if (committing) this.commitsRunning -= 1;
      this.succeeded(input, result);
      return result;
    } catch (error) {
      if (committing) this.commitsRunning -= 1;
      // A receiver that does not answer says nothing of the task's work.
      if (input.activityType !== 'sendAlert') this.failed(error);
      throw error;
    } finally {
      if (input.activityType === 'probeEndpoint') this.deadline(input, 0);
    }
  }

  // What an activity takes and gives is known by its name only here; workflows/policies.ts has the types.
  private succeeded({ activityType, args }: ActivityInput, result: unknown): void {
    if (activityType === 'copyChunk') this.count('redoflow_bytes_sent', (result as ChunkReceipt).bytes);
    if (activityType === 'mineWindow') this.mined(result as WindowReceipt);
    if (activityType === 'measureRunway') this.runway(args[0] as Need, result as RunwayMeasure);
    if (activityType === 'commitReceipts') this.committed(args[0] as Commit, result as CommitOutcome);
  }

  private mined({ sessions, readToMs }: WindowReceipt): void {
    this.count('redoflow_windows', 1);
    for (const { id } of sessions) this.readTo.set(id, readToMs);
    // Nothing to commit, and nothing before it either: the destination has all that was read.
    if (sessions.length === 0 && this.commitsRunning === 0) this.caughtUp(readToMs);
  }

  private committed({ sessions }: Commit, outcome: CommitOutcome): void {
    this.meter.createCounter('redoflow_commits').add(1, { outcome });
    if (outcome === 'gone') return;
    const rows = sessions.reduce((sum, session) => sum + session.rows, 0);
    this.count(this.copies ? 'redoflow_rows_copied' : 'redoflow_rows_tailed', rows);
    const readTo = sessions.map(({ id }) => this.readTo.get(id)).find((at) => at !== undefined);
    for (const { id } of sessions) this.readTo.delete(id);
    if (readTo !== undefined) this.caughtUp(readTo);
  }

  private runway({ needed: scn }: Need, measure: RunwayMeasure): void {
    const { hours, usedPercent } = runwayOf({ scn, holder: '' }, measure) ?? {};
    if (hours !== undefined) this.gauge('redoflow_redo_runway_hours', hours);
    if (usedPercent !== undefined) this.gauge('redoflow_redo_runway_used_ratio', usedPercent / 100);
  }

  private caughtUp(readToMs: number): void {
    const seconds = Math.max(0, (Date.now() - readToMs) / 1000);
    this.gauge('redoflow_latency_seconds', seconds);
    this.gauge('redoflow_caught_up_timestamp_seconds', readToMs / 1000);
  }

  /** Cancelled by us, or given back by a worker that ends: no failure. */
  private failed(error: unknown): void {
    const cause = error instanceof ActivityFailure ? error.cause : error;
    if (cause instanceof TimeoutFailure) this.count('redoflow_attempts_lost', 1);
    if (!(cause instanceof ApplicationFailure)) return;
    const kind = cause.type;
    if (typeof kind === 'string' && isFailureKind(kind)) this.meter.createCounter('redoflow_failures').add(1, { kind });
  }

  private probing(input: ActivityInput): void {
    this.deadline(input, Date.now() / 1000 + boundSeconds(input.options));
  }

  private deadline({ args }: ActivityInput, timestamp: number): void {
    const { side } = args[0] as Probe;
    this.meter.createGauge('redoflow_retry_deadline_timestamp_seconds', 'float').set(timestamp, { side });
  }

  private count(name: string, by: number): void {
    this.meter.createCounter(name).add(by);
  }

  private gauge(name: string, value: number): void {
    this.meter.createGauge(name, 'float').set(value);
  }
}

/** Of workflows/policies.ts: `90s`. */
function boundSeconds(options: unknown): number {
  if (typeof options !== 'object' || options === null || !('scheduleToCloseTimeout' in options)) return 0;
  const bound = options.scheduleToCloseTimeout;
  return typeof bound === 'string' ? Number.parseInt(bound, 10) : 0;
}
