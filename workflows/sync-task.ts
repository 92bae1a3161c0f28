/** One synchronization: precheck → schema → full copy → tail, in one long-lived workflow that carries its state through continue-as-new. */
import {
  ApplicationFailure,
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
} from '@temporalio/workflow';
import { carried, pausedAt, resumedAt, nextWake, sentenceOf, type Wish } from '../model/run-state.ts';
import { joinState, splitState, type StatePart } from '../model/carried-state.ts';
import { tablesAdvanced } from '../model/joining-tables.ts';
import { planRules } from '../model/task-plan.ts';
import { allPublished, decideTask, newTask, tailStarted } from '../model/sync-plan.ts';
import { copiesBusy, nextQuestion } from '../model/table-copy.ts';
import type { TaskSummary } from '../model/progress.ts';
import { runwayDue } from '../model/tail-tables.ts';
import { taskSummary } from '../model/task-status.ts';
import { alertsWake, readTask, tellAlerts } from './alerts.ts';
import { handleMessages } from './task-messages.ts';
import { mustHaveSavedPlan, perform } from './task-steps.ts';
import { measureAtRest } from './redo-steps.ts';
import { ROLL_OVER_EVENTS, TaskRun, type CarriedTask } from './task-run.ts';
import { showTask } from './ui.ts';

type End = 'stopped' | 'finished' | 'roll-over';

/** How long a failed task waits for `recover`. */
const RECOVER_WITHIN_MS = 7 * 24 * 3_600_000;
const MEASURE_AT_REST_MS = 3_600_000;

/**
 * @param written the task as a person wrote it, as JSON; the worker parses, defaults and refuses it
 * @param carriedOver the state of the run that this one continues
 * @param parts what grows with the number of tables, taken out of it so that no argument is large
 */
export async function syncTask(
  written: unknown,
  carriedOver?: CarriedTask,
  ...parts: readonly StatePart[]
): Promise<TaskSummary> {
  const spec = carriedOver?.spec ?? (await readTask(written));
  const task = new TaskRun(
    (carriedOver && { ...carriedOver, state: joinState(carriedOver.state, parts) }) ?? {
      spec,
      state: newTask(!spec.synchronize.includes('incremental'), !spec.synchronize.includes('full')),
      paused: false,
      runs: 0,
      events: [],
      rollOverEvents: ROLL_OVER_EVENTS,
    },
  );
  // Cancel = stop: the workflow ends at a safe point, so the rest runs where cancellation does not reach.
  CancellationScope.current().cancelRequested.catch(() => {
    task.stopping = true;
    task.loop.touch();
  });
  return CancellationScope.nonCancellable(async () => {
    handleMessages(task);
    const end = await runTask(task);
    await condition(allHandlersFinished);
    if (end === 'roll-over') {
      const split = splitState(carried(task.state));
      return continueAsNew<typeof syncTask>(written, { ...task.carried(), state: split.state }, ...split.parts);
    }
    return taskSummary(task.state, end, task.runs);
  });
}

async function runTask(task: TaskRun): Promise<End> {
  for (;;) {
    const { seen } = task.loop;
    if (advance(task) === 'finished') return 'finished';
    const now = task.circumstances();
    const steps = decideTask(task.state, now);
    tellAlerts(task);
    showTask(task);
    if (steps[0]?.do === 'rest') {
      if (now.wish === 'stop') return 'stopped';
      if (now.wish === 'roll-over') return 'roll-over';
      await rest(task, now.wish);
      continue;
    }
    for (const step of steps) perform(task, step);
    await task.loop.change(seen, wakeAt(task));
  }
}

/** From full copy to tail, or to the end of a one-off copy, as soon as every table is published. */
function advance(task: TaskRun): 'finished' | undefined {
  task.state = tablesAdvanced(task.state, planRules(task.spec), task.loop.running);
  if (task.state.phase !== 'full' || !allPublished(task.state)) return undefined;
  if (task.state.oneOff) return 'finished';
  if (!task.state.start?.saved) return undefined;
  const { planHash } = task.state.start;
  task.state = tailStarted(task.state, planRules(task.spec));
  mustHaveSavedPlan(task, planHash);
  const copied = task.spec.synchronize.includes('full') && task.spec.startAt !== 'saved';
  task.note('state', `${copied ? 'full copy published; ' : ''}following the redo`);
  return undefined;
}

/** Paused or failed: nothing runs. Waits for resume, recover, stop or roll-over. */
async function rest(task: TaskRun, wish: Wish): Promise<void> {
  const failed = task.state.failed;
  task.resting = true;
  if (wish === 'pause') task.state = pausedAt(task.state, Date.now());
  showTask(task);
  const over = (): boolean => task.wish() !== wish || task.state.failed !== failed || copiesBusy(task.state.copies);
  const woken = await restUntil(task, over, failed ? failed.at + RECOVER_WITHIN_MS : undefined);
  if (!woken && failed) {
    const { position } = taskSummary(task.state, 'stopped', task.runs);
    throw ApplicationFailure.create({
      message: `${failed.message} ${sentenceOf(failed)}`,
      type: failed.kind,
      nonRetryable: true,
      details: [{ position }],
    });
  }
  task.changeTail(runwayDue);
  task.resting = false;
  task.triedToSave = false;
  if (wish === 'pause') task.state = resumedAt(task.state, Date.now());
}

/** Measures the redo runway at once and then every hour. False: it was `last` (epoch milliseconds) and nothing had happened. */
async function restUntil(task: TaskRun, over: () => boolean, last = Infinity): Promise<boolean> {
  while (Date.now() < last) {
    measureAtRest(task);
    if (await condition(over, Math.min(MEASURE_AT_REST_MS, last - Date.now()))) return true;
  }
  return over();
}

/** The next moment at which the plan may decide otherwise without anything having happened. */
function wakeAt(task: TaskRun): number | undefined {
  const { now } = task.loop;
  const times = [nextWake(task.state.ledgers, now), nextQuestion(task.state.copies), alertsWake(task)];
  // A question that is overdue waits for something else: to wake for it again and again would fill the history.
  const ahead = times.filter((at) => at !== undefined && at > now);
  return ahead.length === 0 ? undefined : Math.min(...ahead.map(Number));
}
