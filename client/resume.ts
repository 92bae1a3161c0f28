/** `redoflow resume NAME [--wait]`. */
import { stateText } from './format.ts';
import type { RedoflowClient } from './index.ts';
import { Refusal } from './refusal.ts';
import { waitFor } from './wait.ts';

/** Returns once delivered; `wait`: once the task goes on. */
export async function resume(redoflow: RedoflowClient, task: string, wait: boolean): Promise<void> {
  await redoflow.resume(task);
  if (!wait) {
    console.log(`resume is delivered to ${task}`);
    return;
  }
  const view = await waitFor(redoflow, task, (seen) => {
    return seen.kind === 'ended' || (seen.kind === 'answers' && !['Paused', 'Pausing'].includes(seen.status.state));
  });
  if (view.kind !== 'answers') throw new Refusal(`The task ${task} has ended.`);
  console.log(`${task}: ${stateText(view.status.state)}`);
}
