/** `redoflow list [--json]`. */
import { command, stateText, table } from './format.ts';
import type { ListedTask, RedoflowClient } from './index.ts';

export async function list(redoflow: RedoflowClient, json: boolean): Promise<void> {
  const tasks = await redoflow.list();
  if (json) console.log(JSON.stringify(tasks, null, 2));
  else if (tasks.length === 0) console.log(`No tasks. Start one: \`${command('start demo/task.yaml')}\`.`);
  else console.log(listText(tasks));
}

export function listText(tasks: readonly ListedTask[]): string {
  const rows = tasks.map((task) => [
    task.task,
    stateText(task.state) + (task.heldTables === '' || task.heldTables === '0' ? '' : ` (${task.heldTables} held)`),
    task.phase,
    task.source === '' ? '' : `${task.source} → ${task.destination}`,
    task.environment,
    task.latency,
    task.retry,
    task.title === task.task ? '' : task.title,
  ]);
  return table(['task', 'state', 'phase', 'endpoints', 'environment', 'latency', 'retry', 'title'], rows);
}
