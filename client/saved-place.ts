/** The position that a worker finds at the destination of a task, whatever became of the task's workflow. */
import type { Client } from '@temporalio/client';
import type { SavedPlace } from '../model/check-task.ts';
import { taskWorkflowId } from '../workflows/messages.ts';
import { askWorker } from './ask-worker.ts';
import { count, goOnText } from './format.ts';
import { attribute } from './listed-task.ts';
import { isPolled } from './liveness.ts';

/** Undefined: nobody can be asked, or the task has not come so far that its destination is known. Null: nothing was saved. */
export async function savedPlace(client: Client, task: string): Promise<SavedPlace | null | undefined> {
  const description = await client.workflow.getHandle(taskWorkflowId(task)).describe();
  const destination = attribute(description, 'RedoflowDestination');
  if (destination === '' || !(await isPolled(client, description.taskQueue))) return undefined;
  return await askWorker(client, description.taskQueue, { want: 'saved-position', task, destination });
}

export function savedText({ scn, nextRecordId, tables }: SavedPlace, ended: boolean): string {
  const place = `kept at the destination: SCN ${scn}, next record_id ${count(nextRecordId)}`;
  if (tables === 0) return `${place}; the tail had not begun, so no other start can go on from it`;
  const which = `${place}, ${count(tables)} ${tables === 1 ? 'table' : 'tables'}`;
  return ended ? `${which}\n${goOnText()}` : which;
}
