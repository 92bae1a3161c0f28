/** Whether a worker is there, and when one was last heard of: asked of Temporal, so that it can be told when nobody else answers. */
import { ServiceError, type Client } from '@temporalio/client';

/** A worker's poll lasts at most a minute, so a poller seen longer ago is gone. */
const POLL_SECONDS_MAX = 75;
const ASK_MS = 3000;
const EVENTS = 30;
/** An idle tail does something every REDOFLOW_IDLE_SECONDS, at most 300. */
const STALE_SECONDS = 330;

/** Whether a worker has polled this task queue within the last minute or so; true when the server does not tell. */
export async function isPolled(client: Client, taskQueue: string): Promise<boolean> {
  try {
    // without a task queue type the server answers for workflow tasks
    const { pollers } = await client.withDeadline(Date.now() + ASK_MS, () =>
      client.workflowService.describeTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name: taskQueue },
      }),
    );
    const since = Date.now() / 1000 - POLL_SECONDS_MAX;
    return pollers.some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) >= since);
  } catch {
    return true; // nothing alarming is said without having seen it
  }
}

/** ISO 8601: when a worker last carried a workflow on; undefined when its newest events do not show it. */
export async function lastAnsweredAt(client: Client, workflowId: string): Promise<string | undefined> {
  try {
    const { history } = await client.withDeadline(Date.now() + ASK_MS, () =>
      client.workflowService.getWorkflowExecutionHistoryReverse({
        namespace: client.options.namespace,
        execution: { workflowId },
        maximumPageSize: EVENTS,
      }),
    );
    const answered = history?.events?.find((event) => event.workflowTaskCompletedEventAttributes);
    const seconds = answered?.eventTime?.seconds;
    return seconds === undefined || seconds === null ? undefined : new Date(Number(seconds) * 1000).toISOString();
  } catch (error) {
    if (error instanceof ServiceError || isGrpc(error)) return undefined;
    throw error;
  }
}

const isGrpc = (error: unknown): boolean => error instanceof Error && 'code' in error && 'details' in error;

/** Whole minutes since `at`; undefined while that is not long enough to worry. @param now milliseconds since 1970 */
export function staleMinutes(at: string, now: number): number | undefined {
  const seconds = (now - Date.parse(at)) / 1000;
  return seconds > STALE_SECONDS ? Math.floor(seconds / 60) : undefined;
}
