/** One line of `redoflow list`, from what Temporal keeps of a task without asking its workflow. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { taskWorkflowId } from '../workflows/messages.ts';

/** Search attributes are missing until a worker registered and set them. */
export interface ListedTask {
  readonly task: string;
  readonly title: string;
  readonly state: string;
  readonly phase: string;
  readonly source: string;
  readonly destination: string;
  readonly environment: string;
  readonly latency: string;
  readonly heldTables: string;
  readonly retry: string;
  readonly taskQueue: string;
  /** False once its workflow has ended. */
  readonly running: boolean;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

export function attribute(
  { typedSearchAttributes }: Pick<WorkflowExecutionInfo, 'typedSearchAttributes'>,
  name: string,
): string {
  const found = typedSearchAttributes.getAll().find(({ key }) => key.name === name);
  return found === undefined || found.value === 'none' ? '' : String(found.value);
}

export function listed(execution: WorkflowExecutionInfo): ListedTask {
  const title = execution.memo?.['title'];
  const running = execution.status.name === 'RUNNING';
  const state = attribute(execution, 'RedoflowState');
  return {
    task: execution.workflowId.slice(taskWorkflowId('').length),
    title: typeof title === 'string' ? title : '',
    state: running && state !== '' ? state : running ? 'Running' : titleCase(execution.status.name),
    phase: attribute(execution, 'RedoflowPhase'),
    source: attribute(execution, 'RedoflowSource'),
    destination: attribute(execution, 'RedoflowDestination'),
    environment: attribute(execution, 'RedoflowEnvironment'),
    latency: attribute(execution, 'RedoflowLatency'),
    heldTables: attribute(execution, 'RedoflowHeldTables'),
    retry: attribute(execution, 'RedoflowRetry'),
    taskQueue: execution.taskQueue,
    running,
    startedAt: execution.startTime.toISOString(),
  };
}

/** `CONTINUED_AS_NEW` → `Continued as new`. */
const titleCase = (name: string): string => name.charAt(0) + name.slice(1).toLowerCase().replaceAll('_', ' ');
