/** `redoflow recover NAME`. */
import type { RedoflowClient } from './index.ts';

/** Only when failed: tries again from the kept position. */
export async function recover(redoflow: RedoflowClient, task: string): Promise<void> {
  await redoflow.recover(task);
  console.log(`${task}: trying again from the kept position`);
}
