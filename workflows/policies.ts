/** Timeouts and cancellation of every activity: one table. The server repeats only the probe and the reading of the task as written. */
import { scheduleActivity, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../model/activities.ts';

type Policy = Pick<ActivityOptions, 'startToCloseTimeout' | 'heartbeatTimeout' | 'cancellationType' | 'retry'>;

const once = { maximumAttempts: 1 } as const;
/** Reads only, or writes what nobody sees: cancelled at a safe point, and waited for. */
const reader = { heartbeatTimeout: '6s', cancellationType: 'WAIT_CANCELLATION_COMPLETED', retry: once } as const;
/** Can change the destination: never cancelled by us, always waited for (invariant 4). */
const writer = { heartbeatTimeout: '6s', cancellationType: 'WAIT_CANCELLATION_COMPLETED', retry: once } as const;

const policies: Readonly<Record<keyof Activities, Policy>> = {
  readSpec: { startToCloseTimeout: '30s', retry: { nonRetryableErrorTypes: ['bad-input', 'not-yet-supported'] } },
  openRun: { ...writer, startToCloseTimeout: '15 minutes' },
  windowsOfOthers: { startToCloseTimeout: '30s', cancellationType: 'TRY_CANCEL', retry: once },
  precheck: { ...reader, startToCloseTimeout: '5 minutes' },
  createTables: { ...writer, startToCloseTimeout: '15 minutes' },
  capturePoint: { ...reader, startToCloseTimeout: '5 minutes' },
  measureRunway: { ...reader, startToCloseTimeout: '3 minutes' },
  planCopy: { ...writer, startToCloseTimeout: '15 minutes' },
  copyChunk: { ...reader, startToCloseTimeout: '12 hours' },
  findPublished: { ...writer, startToCloseTimeout: '1 hour' },
  publishTable: { ...writer, startToCloseTimeout: '1 hour' },
  mineWindow: { ...reader, startToCloseTimeout: '1 hour' },
  commitReceipts: { ...writer, startToCloseTimeout: '15 minutes' },
  resolveCommit: { ...writer, startToCloseTimeout: '30 minutes' },
  followTable: { ...writer, startToCloseTimeout: '15 minutes' },
  renewTables: { ...writer, startToCloseTimeout: '15 minutes' },
  addTables: { ...writer, startToCloseTimeout: '15 minutes' },
  preparePosition: { ...writer, startToCloseTimeout: '5 minutes' },
  probeEndpoint: {
    startToCloseTimeout: '30s',
    cancellationType: 'TRY_CANCEL',
    retry: {
      initialInterval: '1s',
      backoffCoefficient: 2,
      maximumInterval: '30s',
      nonRetryableErrorTypes: ['answered-otherwise'],
    },
  },
};

export interface CallOptions {
  /** What the Temporal UI shows beside the activity. */
  readonly summary: string;
  /** Default: the workflow's own queue. */
  readonly taskQueue?: string;
  /** Bound over all of the server's attempts; only the probe has several. */
  readonly scheduleToCloseSeconds?: number;
}

/** Schedules one activity under its policy. */
export function call<Name extends keyof Activities>(
  name: Name,
  input: Parameters<Activities[Name]>[0],
  { summary, taskQueue, scheduleToCloseSeconds }: CallOptions,
): Promise<Awaited<ReturnType<Activities[Name]>>> {
  return scheduleActivity(name, [input], {
    ...policies[name],
    summary,
    ...(taskQueue !== undefined && { taskQueue }),
    ...(scheduleToCloseSeconds !== undefined && { scheduleToCloseTimeout: `${Math.max(1, scheduleToCloseSeconds)}s` }),
  });
}
