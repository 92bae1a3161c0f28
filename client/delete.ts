/** `redoflow delete NAME --yes`: lets Temporal forget an ended task. */
import { POSITIONS_TABLE } from '../model/names.ts';
import { taskWorkflowId } from '../workflows/messages.ts';
import { command } from './format.ts';
import type { RedoflowClient } from './index.ts';
import { Refusal } from './refusal.ts';
import type { RememberedTask } from './remembered.ts';

/** Never touches a table. @throws Refusal (exit 2) without `confirmed`, with what would be deleted. */
export async function deleteTask(redoflow: RedoflowClient, task: string, confirmed: boolean): Promise<void> {
  const remembered = await redoflow.remembered(task);
  if (!confirmed) {
    const again = `Nothing was deleted. To do it: \`${command(`delete ${task} --yes`)}\`.`;
    throw new Refusal(`${wouldText(remembered)}\n${remainsText(remembered)}\n${again}`, 2);
  }
  await redoflow.forget(remembered);
  console.log(
    `${task}: deleted ${runsText(remembered)} from Temporal. The server does it within a minute or so; until then \`list\` may still show it.`,
  );
  console.log(remainsText(remembered));
}

export const wouldText = (remembered: RememberedTask): string =>
  `This would delete ${runsText(remembered)} of the task ${remembered.task} from Temporal: history, events and the position in them, for good.`;

function runsText({ task, runs }: RememberedTask): string {
  const own = runs.filter(({ workflowId }) => workflowId === taskWorkflowId(task)).length;
  const parts = [counted(own, 'run'), counted(runs.length - own, 'copy run')];
  return parts.filter((part) => part !== '').join(' and ');
}

const counted = (number: number, what: string): string =>
  number === 0 ? '' : `${number} ${what}${number === 1 ? '' : 's'}`;

/** For whoever wants to clean up, or to start again: a new task wants tables that do not exist. */
export function remainsText({ task, tables }: RememberedTask): string {
  const copied = tables.length === 0 ? 'any tables that it created' : `_base and _log of ${tables.join(', ')}`;
  return `At the destination everything stays, as far as the task got: ${copied}, and its position in ${POSITIONS_TABLE} (task ${task}).`;
}
