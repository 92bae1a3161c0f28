/** `redoflow export NAME`: the task file of a running task as it is now. */
import { stringify } from 'yaml';
import type { TaskSpec } from '../model/task-spec.ts';
import { command } from './format.ts';
import type { RedoflowClient } from './index.ts';

export const EXPORT_HELP = `print the task file of a running task, as it is now
With every default written out, with what \`set\`, \`apply\` and \`tables\` have changed since it was started. \`start\` accepts it.`;

export async function exportTask(redoflow: RedoflowClient, task: string): Promise<void> {
  process.stdout.write(exportText(await redoflow.present(task)));
}

const LINE_WIDTH = 0; // never folded

/** Text of a task.yaml that means this task. */
export function exportText(spec: TaskSpec, now = new Date()): string {
  const lines = [`# The task ${spec.name} as it was at ${now.toISOString()}; printed by \`redoflow export\`.`];
  if (spec.startAt !== undefined) lines.push('# startAt says where it began, and where it would begin again.');
  lines.push(`# After \`stop\`, go on where it stood: \`${command('start FILE --position saved')}\`.`);
  return `${lines.join('\n')}\n${stringify(spec, { lineWidth: LINE_WIDTH })}`;
}
