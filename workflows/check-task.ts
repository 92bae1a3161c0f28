/** Answers one question about a task or a connection, on the worker that would do the work; ends within seconds and changes nothing. */
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import { assertNever } from '../model/assert-never.ts';
import type { CheckActivities, CheckAnswers, CheckRequest, PlanPage } from '../model/check-task.ts';
import type { PrecheckReport } from '../model/precheck-items.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import { readTask } from './alerts.ts';
import { call } from './policies.ts';

/** Not repeated: a person waits, and asks again. */
const activities = proxyActivities<CheckActivities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '6s',
  retry: { maximumAttempts: 1 },
});

export async function checkTask(request: CheckRequest): Promise<CheckAnswers[CheckRequest['want']]> {
  switch (request.want) {
    case 'check':
      return await precheck(await readTask(request.written), request.chainId);
    case 'plan':
      return await plan(await readTask(request.written), request);
    case 'grants':
      return await activities.listGrants({ spec: await readTask(request.written) });
    case 'connections':
      return await activities.listConnections();
    case 'saved-position':
      return await activities.findSavedPosition({ task: request.task, destination: request.destination });
    case 'test-connection':
      return await activities.testConnection({ name: request.name });
    default:
      return assertNever(request);
  }
}

/** @param chainId of the task that runs already: its own tables are not in its way */
const precheck = (spec: TaskSpec, chainId = workflowInfo().firstExecutionRunId): Promise<PrecheckReport> =>
  call('precheck', { spec, chainId, ignored: [] }, { summary: 'both sides' });

async function plan(spec: TaskSpec, { after, chainId }: { after?: string; chainId?: string }): Promise<PlanPage> {
  const { page, ...described } = await activities.describeTables({ spec, ...(after !== undefined && { after }) });
  return { ...described, report: await precheck(page, chainId) };
}
