/** Only the open run of an unbroken history may change the destination. */
import type { OwnRun } from '../model/activities.ts';
import { Failure } from '../model/failure.ts';
import type { RunFacts } from './ports.ts';

/**
 * Asked immediately before each commit request, as late as possible: from there at most one request lives on.
 * @throws Failure history-was-cut when the attempt's run is not the one that scheduled it, not the open one, or its task is another.
 */
export async function mustOwn(own: OwnRun, run: RunFacts): Promise<void> {
  const open = run.runId === own.runId ? await run.openRunOf(run.workflowId) : undefined;
  if (open?.runId !== own.runId)
    throw new Failure('history-was-cut', 'this attempt belongs to a run that is no longer the open one');
  if (own.taskWorkflowId === run.workflowId) return;
  const task = await run.openRunOf(own.taskWorkflowId);
  if (task?.firstRunId !== own.chainId)
    throw new Failure('history-was-cut', 'the task of this copy was closed or started anew');
}
