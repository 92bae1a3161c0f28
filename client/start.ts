/** `redoflow start FILE [--detach] [--print] [--position …]`. */
import { parsePosition } from '../model/start-position.ts';
import { parseTaskSpec } from '../model/task-spec.ts';
import { shownValue } from '../model/input-errors.ts';
import { command } from './format.ts';
import { startRequest, type RedoflowClient } from './index.ts';
import { showPrecheck } from './precheck.ts';
import type { ReadTask } from './read-task.ts';
import { badInput } from './refusal.ts';

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

/**
 * The task with `startAt` as the command line says it: what is started is what could have been written in the file.
 * @throws Refusal (exit 2) for another form, and for a place that the task cannot start at
 */
export function withPosition(task: ReadTask, position: string | undefined): ReadTask {
  if (position === undefined) return task;
  const startAt = parsePosition(position);
  if (startAt === undefined) {
    const rule = 'saved, scn:NUMBER or time:YYYY-MM-DDTHH:MM:SSZ';
    const fix = 'Write for example --position saved, or --position time:2026-11-01T00:00:00Z.';
    throw badInput('--position', [{ code: 'BAD_FORMAT', path: [], value: shownValue(position), rule, fix }]);
  }
  const written = { ...(task.written as object), startAt }; // a task that was parsed is a mapping
  const parsed = parseTaskSpec(written);
  if (!parsed.ok) throw badInput(`--position ${position}`, parsed.errors);
  return { written, spec: parsed.spec };
}
