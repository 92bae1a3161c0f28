/** The attempt that executes, from Temporal's activity context. */
import { Context } from '@temporalio/activity';
import { QueryNotRegisteredError, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { Attempt, RunFacts } from '../activities/ports.ts';
import type { ComparableAnswer } from '../model/comparable.ts';
import type { TableMapPage } from '../model/task-plan.ts';

/** Heartbeat details by attempt, repeated by the interceptor. */
export const lastReports = new WeakMap<Context, unknown>();

/** Must be called inside the activity. */
export function currentAttempt(): Attempt {
  const context = Context.current();
  return {
    signal: context.cancellationSignal,
    report: (details) => {
      lastReports.set(context, details);
      context.heartbeat(details);
    },
    sleep: (milliseconds) => context.sleep(milliseconds),
    run: runFacts(context),
  };
}

function runFacts({ client, info }: Context): RunFacts {
  const { workflowId = '', runId = '' } = info.workflowExecution ?? {};
  return {
    runId,
    workflowId,
    origin: () => originOf({ client, info }, workflowId, runId),
    openRunOf: (id) => openRunOf({ client }, id),
    continues: async (id, before) => {
      const open = await openRunOf({ client }, id);
      if (!open || open.runId === before) return open !== undefined;
      const { originalRunId, continuedFrom } = await originOf({ client, info }, id, open.runId);
      return originalRunId === open.runId && continuedFrom === before;
    },
    windowsShownBy: (connections) => windowsShownBy({ client }, workflowId, connections),
    tableMap: (hash, page) =>
      client.workflow.getHandle(workflowId, runId).query<TableMapPage | null, [string, number]>('tableMap', hash, page),
    comparablePoint: async (taskWorkflowId, table) => {
      try {
        const task = client.workflow.getHandle(taskWorkflowId);
        return await task.query<ComparableAnswer, [string]>('comparablePoint', table);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { kind: 'never', why: 'there is no such task' };
        if (error instanceof QueryNotRegisteredError) return { kind: 'later', why: 'the task has just started' };
        throw error;
      }
    },
  };
}

async function originOf(
  { client, info: { namespace } }: Pick<Context, 'client' | 'info'>,
  workflowId: string,
  runId: string,
): ReturnType<RunFacts['origin']> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const continuedFrom = started?.continuedExecutionRunId;
  return { originalRunId: started?.originalExecutionRunId ?? runId, ...(continuedFrom && { continuedFrom }) };
}

async function openRunOf({ client }: Pick<Context, 'client'>, id: string): ReturnType<RunFacts['openRunOf']> {
  try {
    const { status, runId, raw } = await client.workflow.getHandle(id).describe();
    if (status.name !== 'RUNNING') return undefined;
    return { runId, firstRunId: raw.workflowExecutionInfo?.firstRunId ?? runId };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

const SHARING_MAX = 1_000;
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

async function windowsShownBy(
  { client }: Pick<Context, 'client'>,
  workflowId: string,
  connections: readonly string[],
): ReturnType<RunFacts['windowsShownBy']> {
  const sharing = `RedoflowEndpoints IN (${connections.map(quoted).join(', ')})`;
  const query = `WorkflowType = 'syncTask' AND ExecutionStatus = 'Running' AND ${sharing}`;
  const shown: string[] = [];
  try {
    for await (const { workflowId: other, typedSearchAttributes } of client.workflow.list({ query, pageSize: 200 })) {
      const times = typedSearchAttributes.getAll().find(({ key }) => key.name === 'RedoflowRetryTimes');
      if (other !== workflowId && typeof times?.value === 'string') shown.push(times.value);
      if (shown.length >= SHARING_MAX) break;
    }
    return shown;
  } catch (error) {
    if (error instanceof ServiceError) return undefined; // the server of time-skipping tests has no lists
    throw error;
  }
}
