/** `redoflow pause NAME [--wait]`. */
import { stateText } from './format.ts';
import type { RedoflowClient } from './index.ts';
import { Refusal } from './refusal.ts';
import { waitFor } from './wait.ts';

/** Returns once delivered; `wait`: once nothing runs any more. */
export async function pause(redoflow: RedoflowClient, task: string, wait: boolean): Promise<void> {
  await redoflow.pause(task);
  if (!wait) {
    console.log(`pause is delivered to ${task}`);
    return;
  }
  const view = await waitFor(redoflow, task, (seen) => {
    return seen.kind === 'ended' || (seen.kind === 'answers' && seen.status.state === 'Paused');
  });
  if (view.kind === 'ended') throw new Refusal(`The task ${task} has ended (${view.how}).`);
  console.log(`${task}: ${stateText('Paused')}`);
}
