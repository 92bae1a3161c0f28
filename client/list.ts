/** `redoflow list [--unhealthy] [--json]`. */
import { command, stateText, table } from './format.ts';
import type { ListedTask, RedoflowClient } from './index.ts';

/** A task that needs somebody. */
export interface UnhealthyTask extends ListedTask {
  /** `no worker polls redoflow`, or its state. */
  readonly why: string;
}

export async function list(
  redoflow: RedoflowClient,
  { json, unhealthy }: { readonly json?: boolean; readonly unhealthy?: boolean },
): Promise<void> {
  const tasks = await redoflow.list();
  const chosen = unhealthy === true ? unhealthyTasks(tasks, await unpolledQueues(redoflow, tasks)) : undefined;
  if (json === true) console.log(JSON.stringify(chosen ?? tasks, null, 2));
  else if (tasks.length === 0) console.log(`No tasks. Start one: \`${command('start demo/task.yaml')}\`.`);
  else if (chosen?.length === 0) console.log(`None of ${tasks.length} tasks needs anybody.`);
  else console.log(chosen ? unhealthyText(chosen) : listText(tasks));
}

async function unpolledQueues(redoflow: RedoflowClient, tasks: readonly ListedTask[]): Promise<ReadonlySet<string>> {
  const unpolled = new Set<string>();
  for (const queue of new Set(tasks.filter(({ running }) => running).map(({ taskQueue }) => taskQueue))) {
    if (!(await redoflow.isPolled(queue))) unpolled.add(queue);
  }
  return unpolled;
}

const UNHEALTHY: readonly string[] = ['Failed', 'Retrying', 'PrecheckFailed', 'Paused'];

/** Without a worker the state is only what it last was, so that comes first. @param unpolled task queues without a worker */
export function unhealthyTasks(tasks: readonly ListedTask[], unpolled: ReadonlySet<string>): readonly UnhealthyTask[] {
  return tasks.flatMap((task): UnhealthyTask[] => {
    if (task.running && unpolled.has(task.taskQueue)) return [{ ...task, why: `no worker polls ${task.taskQueue}` }];
    return UNHEALTHY.includes(task.state) ? [{ ...task, why: task.state }] : [];
  });
}

export function listText(tasks: readonly ListedTask[]): string {
  const rows = tasks.map((task) => [
    task.task,
    stateText(task.state) + (task.heldTables === '' || task.heldTables === '0' ? '' : ` (${task.heldTables} held)`),
    task.phase,
    endpoints(task),
    task.environment,
    task.latency,
    task.retry,
    task.title === task.task ? '' : task.title,
  ]);
  return table(['task', 'state', 'phase', 'endpoints', 'environment', 'latency', 'retry', 'title'], rows);
}

export function unhealthyText(tasks: readonly UnhealthyTask[]): string {
  const rows = tasks.map((task) => [
    task.task,
    stateText(task.why),
    task.why === task.state ? '' : `last ${task.state}`,
    task.phase,
    endpoints(task),
    task.retry,
  ]);
  return table(['task', 'why', 'state', 'phase', 'endpoints', 'retry'], rows);
}

const endpoints = ({ source, destination }: ListedTask): string => (source === '' ? '' : `${source} → ${destination}`);
