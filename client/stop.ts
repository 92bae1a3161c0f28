/** `redoflow stop NAME [--wait]`. */
import type { RedoflowClient } from './index.ts';
import { viewText } from './status.ts';
import { waitFor } from './wait.ts';

/** Returns once delivered; `wait`: once the task has ended at a safe point. */
export async function stop(redoflow: RedoflowClient, task: string, wait: boolean): Promise<void> {
  await redoflow.stop(task);
  if (!wait) {
    console.log(`stop is delivered to ${task}`);
    return;
  }
  const view = await waitFor(redoflow, task, ({ kind }) => kind === 'ended');
  if (view.kind === 'ended') console.log(`${task}: ${viewText(view, Date.now())}`);
}
