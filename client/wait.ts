/** Waiting until a task is as it should be, by asking it again and again (queries leave nothing in its history). */
import { setTimeout as sleep } from 'node:timers/promises';
import { type RedoflowClient, type TaskView } from './index.ts';
import { silentText } from './task-view.ts';

const ASK_EVERY_MS = 300;

/** Resolves with the first view that is `done`; says once on standard error what it is waiting for. */
export async function waitFor(
  redoflow: RedoflowClient,
  task: string,
  done: (view: TaskView) => boolean,
): Promise<TaskView> {
  let said = false;
  for (;;) {
    const view = await redoflow.view(task);
    if (done(view)) return view;
    if (view.kind === 'silent' && !view.polled && !said) {
      process.stderr.write(`${silentText(view)}\nWaiting for one; Ctrl-C leaves the task as it is.\n`);
      said = true;
    }
    if (view.kind === 'answers' && view.status.retry && !said) {
      const { unit, message } = view.status.retry;
      process.stderr.write(`Retrying ${unit}: ${message}\n`);
      said = true;
    }
    await sleep(ASK_EVERY_MS);
  }
}
