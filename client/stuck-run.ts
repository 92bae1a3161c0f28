/**
 * A run whose workflow task fails again and again: a release that cannot replay it, or a fault of the server or its SDK. Nobody answers for the
 * task then, and no update reaches it. It begins anew at the beginning of its run, as by a reset in the Temporal UI: a run that was reset
 * reads what is at the destination before it does anything (invariant 6), so nothing is lost or doubled.
 */
import type { Client, WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { Refusal } from './refusal.ts';

/** Workers that were lost account for some: each costs ten seconds. */
const ATTEMPTS_MIN = 4;
const EVENTS = 30;
const FIRST_EVENTS = 50;

export interface StuckRun {
  readonly runId: string;
  readonly attempts: number;
  /** What Temporal says of the first failure, where it kept it. */
  readonly why?: string;
}

/** @param description of its workflow @returns undefined while its workflow task succeeds */
export async function stuckRun(
  client: Client,
  { workflowId, runId, raw }: WorkflowExecutionDescription,
): Promise<StuckRun | undefined> {
  const attempts = raw.pendingWorkflowTask?.attempt ?? 0;
  if (attempts < ATTEMPTS_MIN) return undefined;
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: EVENTS,
  });
  const failed = history?.events?.find((event) => event.workflowTaskFailedEventAttributes);
  const why = failed?.workflowTaskFailedEventAttributes?.failure?.message;
  return { runId, attempts, ...(why !== undefined && why !== null && why !== '' && { why }) };
}

/** @throws Refusal when the run has not done anything yet to go back to */
export async function beginAnew(client: Client, handle: WorkflowHandle, { runId }: StuckRun): Promise<void> {
  const execution = { workflowId: handle.workflowId, runId };
  const { namespace } = client.options;
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace,
    execution,
    maximumPageSize: FIRST_EVENTS,
  });
  const first = history?.events?.find((event) => event.workflowTaskCompletedEventAttributes);
  if (!first)
    throw new Refusal(
      `No workflow task of run ${runId} of ${handle.workflowId} has ever succeeded; terminate it, and start the task again.`,
    );
  await client.workflowService.resetWorkflowExecution({
    namespace,
    workflowExecution: execution,
    workflowTaskFinishEventId: first.eventId ?? null,
    reason: 'redoflow recover: its workflow task failed again and again',
    requestId: `redoflow-recover-${runId}`,
  });
}

export const stuckText = (task: string, { attempts, why }: StuckRun): string =>
  `the workflow task of ${task} has failed ${attempts} times${why === undefined ? '' : ` (${why})`}; ` +
  'recover it: its run begins anew from what is at the destination';
