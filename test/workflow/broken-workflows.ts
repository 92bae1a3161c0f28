/** A release that does something else than the one before: its first command is not the one that the history has. */
import { sleep } from '@temporalio/workflow';

export async function syncTask(): Promise<void> {
  await sleep('1 day');
}
