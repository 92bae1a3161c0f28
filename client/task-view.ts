/** What can be seen of a task, whether or not anybody answers for it. */
import { ServiceError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import type { TaskStatus, TaskSummary } from '../model/progress.ts';
import { command, duration } from './format.ts';
import { staleMinutes } from './liveness.ts';
import { sentenceOf } from './refusal.ts';
import { stuckText, type StuckRun } from './stuck-run.ts';

/** A task as it can be seen now: from its workflow where a worker answers, else from what Temporal keeps. */
export type TaskView =
  | { readonly kind: 'answers'; readonly status: TaskStatus }
  | {
      readonly kind: 'silent';
      readonly task: string;
      readonly taskQueue: string;
      readonly polled: boolean;
      readonly lastState: string;
      /** ISO 8601: when a worker last carried the task on. */
      readonly answeredAt?: string;
      /** Nothing reaches it any more. */
      readonly stuck?: StuckRun;
    }
  | {
      readonly kind: 'ended';
      readonly how: string;
      readonly at: string;
      readonly summary?: TaskSummary;
      readonly why?: string;
    };

/** Of a run that has ended, also when another one of the same task has begun since: waiting for that one's result would take for ever. */
export async function ended(
  client: Client,
  { workflowId, runId, status, closeTime }: WorkflowExecutionDescription,
): Promise<TaskView> {
  const run = client.workflow.getHandle(workflowId, runId, { followRuns: false });
  const at = (closeTime ?? new Date(0)).toISOString();
  const how = status.name.toLowerCase();
  try {
    return { kind: 'ended', how, at, summary: (await run.result()) as TaskSummary };
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    return { kind: 'ended', how, at, why: sentenceOf(error instanceof Error ? (error.cause ?? error) : error) };
  }
}

export const noWorkerText = (taskQueue: string): string =>
  `no worker is polling task queue ${taskQueue} (start one: npm run -s worker)`;

/** What to say before anything else when nobody answers for a task. @param now milliseconds since 1970 */
export function silentText(
  { task, taskQueue, polled, lastState, answeredAt, stuck }: Extract<TaskView, { kind: 'silent' }>,
  now = Date.now(),
): string {
  const when = answeredAt === undefined ? '' : `, ${duration((now - Date.parse(answeredAt)) / 1000)} ago`;
  const last = `last known state: ${lastState}${when}.`;
  if (stuck) return `${stuckText(task, stuck)} (\`${command(`recover ${task}`)}\`); ${last}`;
  if (!polled) return `${noWorkerText(taskQueue)}; ${last}`;
  const stale = answeredAt === undefined ? undefined : staleMinutes(answeredAt, now);
  const silence = `a worker polls task queue ${taskQueue}, but has not answered for this task (it may be busy, or just gone); ${last}`;
  return stale === undefined ? `A${silence.slice(1)}` : `stale ${stale} min: ${silence}`;
}
