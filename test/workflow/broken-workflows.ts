/** A release whose workflow code is at fault: whatever it is given, the workflow task fails, not the workflow. */
export async function syncTask(): Promise<never> {
  throw new Error('this release cannot carry the task on');
}
