/** `redoflow stop NAME [--wait]`. */
import { goOnText } from './format.ts';
import type { RedoflowClient } from './index.ts';
import { viewText } from './status.ts';
import { waitFor } from './wait.ts';

/** Returns once delivered; `wait`: once the task has ended at a safe point. */
export async function stop(redoflow: RedoflowClient, task: string, wait: boolean): Promise<void> {
  await redoflow.stop(task);
  if (!wait) {
    console.log(`stop is delivered to ${task}`);
    console.log(`Once it has ended, and if it followed the redo by then: ${goOnText()}`);
    return;
  }
  const view = await waitFor(redoflow, task, ({ kind }) => kind === 'ended');
  if (view.kind !== 'ended') return;
  console.log(`${task}: ${viewText(view, Date.now())}`);
  if (view.summary?.position) console.log(goOnText());
}
