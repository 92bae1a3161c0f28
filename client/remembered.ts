/** What Temporal remembers of an ended task: every run of its workflow and of its copies; and how it is made to forget them. */
import { WorkflowNotFoundError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { taskSpecSchema } from '../model/task-spec.ts';
import { taskWorkflowId } from '../workflows/messages.ts';
import { command } from './format.ts';
import { Refusal } from './refusal.ts';

export interface RememberedRun {
  readonly workflowId: string;
  readonly runId: string;
}

export interface RememberedTask {
  readonly task: string;
  /** All of them have ended. */
  readonly runs: readonly RememberedRun[];
  /** Oracle tables of which a copy was started. */
  readonly tables: readonly string[];
}

/** A task that ran for years has some thousands of runs; what is left is told and deleted by asking again. */
const RUNS_MAX = 10_000;

/** @throws Refusal (exit 2) when it is no name of a task; (exit 1) when there is none, or something of it still runs. */
export async function rememberedTask(client: Client, task: string): Promise<RememberedTask> {
  // the name becomes part of a query
  if (!taskSpecSchema.shape.name.safeParse(task).success) {
    throw new Refusal(`${JSON.stringify(task)} cannot be the name of a task; see \`${command('list')}\`.`, 2);
  }
  const id = taskWorkflowId(task);
  await refuseRunning(client, task, id);
  const runs: RememberedRun[] = [];
  const query = `WorkflowId = '${id}' OR WorkflowId STARTS_WITH '${copiesOf(id)}'`;
  for await (const execution of client.workflow.list({ query, pageSize: 500 })) {
    if (execution.status.name === 'RUNNING') throw new Refusal(stillRuns(task, execution));
    runs.push({ workflowId: execution.workflowId, runId: execution.runId });
    if (runs.length >= RUNS_MAX) break;
  }
  if (runs.length === 0) throw new Refusal(`Temporal remembers no task ${task}; see \`${command('list')}\`.`);
  return { task, runs, tables: copiedTables(id, runs) };
}

/** Asks the workflow itself: a list may be some seconds behind. */
async function refuseRunning(client: Client, task: string, id: string): Promise<void> {
  try {
    const execution = await client.workflow.getHandle(id).describe();
    if (execution.status.name === 'RUNNING') throw new Refusal(stillRuns(task, execution));
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error; // its copies may still be remembered
  }
}

function stillRuns(task: string, { workflowId }: Pick<WorkflowExecutionInfo, 'workflowId'>): string {
  if (workflowId !== taskWorkflowId(task)) {
    return `Nothing was deleted: the copy ${workflowId} of the task still runs. It ends by itself once a worker runs; then try again.`;
  }
  return `Nothing was deleted: the task ${task} has not ended. End it first: \`${command(`stop ${task} --wait`)}\`.`;
}

const copiesOf = (taskId: string): string => `${taskId}/copy/`;

/** From ids such as `redoflow/hr/copy/HR.ORDERS/1a2b3c4d`; a quoted name may itself have a slash. */
export function copiedTables(taskId: string, runs: readonly RememberedRun[]): readonly string[] {
  const tables = runs.flatMap(({ workflowId }) => {
    if (!workflowId.startsWith(copiesOf(taskId))) return [];
    const rest = workflowId.slice(copiesOf(taskId).length);
    return [rest.slice(0, rest.lastIndexOf('/'))];
  });
  return [...new Set(tables)].toSorted();
}

/**
 * Each by its run id: a task of the same name that somebody starts meanwhile is another run, and stays.
 * The server carries it out once its queues have acknowledged the end of the run, up to a minute later (measured: 33 s with 1.32);
 * until then lists still show them.
 */
export async function forgetRuns(client: Client, runs: readonly RememberedRun[]): Promise<void> {
  const { namespace } = client.options;
  for (const { workflowId, runId } of runs) {
    await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId, runId } });
  }
}
