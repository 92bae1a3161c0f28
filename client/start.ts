/** `redoflow start FILE [--detach] [--print]`. */
import { command } from './format.ts';
import { startRequest, type RedoflowClient } from './index.ts';
import { showPrecheck } from './precheck.ts';
import type { ReadTask } from './read-task.ts';

/** Starts the task and waits for its precheck; `detach`: returns once it is started, also before any worker runs. */
export async function start(redoflow: RedoflowClient, task: ReadTask, detach: boolean): Promise<void> {
  const { name, taskQueue } = task.spec;
  const { workflowId } = await redoflow.start(task.written);
  console.log(`started ${workflowId}`);
  if (detach) {
    if (!(await redoflow.isPolled(taskQueue))) {
      process.stderr.write(`no worker is polling task queue ${taskQueue} (start one: npm run -s worker)\n`);
    }
    return;
  }
  await showPrecheck(redoflow, name);
  console.log(`\nThe task goes on by itself; see \`${command(`watch ${name}`)}\`.`);
}

/** DTS's "Preview OpenAPI parameters": the exact start request. */
export function printRequest(task: ReadTask): void {
  console.log(JSON.stringify({ workflowType: 'syncTask', ...startRequest(task.written) }, null, 2));
}
