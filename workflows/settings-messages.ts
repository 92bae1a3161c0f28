/** Settings of a running task: each change is checked by the worker as a new task is, is in force at once, and is noted. */
import { ActivityFailure, ApplicationFailure, setHandler } from '@temporalio/workflow';
import { noAlerts } from '../model/alert-queue.ts';
import { memoryUnder } from '../model/alerts.ts';
import {
  flushInForce,
  settingText,
  settingsTaken,
  throttleInForce,
  wishProblem,
  wishedTask,
  type SettingKind,
} from '../model/task-settings.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import { limitsOf } from '../model/throttle.ts';
import { findContacts, tellAlerts } from './alerts.ts';
import { tellCopySettings } from './copies.ts';
import * as messages from './messages.ts';
import { call } from './policies.ts';
import { applyWindows } from './retry-windows.ts';
import type { TaskRun } from './task-run.ts';

export function handleSettingsMessages(task: TaskRun): void {
  const inTurn = turns();
  const change = (kind: SettingKind, wish: unknown): Promise<void> => inTurn(() => changeSettings(task, kind, wish));
  const validator = (kind: SettingKind) => ({
    validator: (wish: unknown) => {
      const problem = task.stopping ? 'The task is being stopped.' : wishProblem(kind, wish);
      if (problem !== undefined) throw refuse(problem);
    },
  });
  setHandler(
    messages.setThrottleUpdate,
    async (wish) => {
      await change('throttle', wish);
      return throttleInForce(task.spec);
    },
    validator('throttle'),
  );
  setHandler(
    messages.setRetryWindowsUpdate,
    async (wish) => {
      await change('retry', wish);
      return task.spec.retry;
    },
    validator('retry'),
  );
  setHandler(
    messages.setAlertsUpdate,
    async (wish) => {
      await change('alerts', wish);
      return task.spec.alerts ?? null;
    },
    validator('alerts'),
  );
  setHandler(
    messages.setFlushUpdate,
    async (wish) => {
      await change('flush', wish);
      return flushInForce(task.spec);
    },
    validator('flush'),
  );
  setHandler(messages.taskQuery, () => ({ ...task.spec, tables: task.entries }));
}

const refuse = (message: string): ApplicationFailure => ApplicationFailure.nonRetryable(message, 'refused');

/** One after the other: each is checked against the task as the one before left it. */
function turns(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

async function changeSettings(task: TaskRun, kind: SettingKind, wish: unknown): Promise<void> {
  const before = task.spec;
  const checked = await checkedTask(wishedTask(before, kind, wish), kind);
  task.spec = settingsTaken(before, checked);
  task.note('operator', `set ${kind}: ${settingText(wish)}`);
  if (kind === 'retry') applyWindows(task);
  if (kind === 'alerts') applyAlerts(task);
  if (minesOtherwise(before, task.spec)) task.loop.cancel((key) => key === 'mine');
  task.loop.touch();
  if (kind === 'retry' || kind === 'throttle') await tellCopySettings(task);
}

/** @throws ApplicationFailure with what the worker says against it */
async function checkedTask(wished: unknown, kind: SettingKind): Promise<TaskSpec> {
  try {
    const checked = await call('readSpec', wished, { summary: `the task with other ${kind}` });
    if (kind === 'alerts' && checked.alerts) await findContacts(checked.alerts);
    return checked;
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : error;
    throw cause instanceof ApplicationFailure ? refuse(cause.message) : error;
  }
}

/** Also a task that has failed, or is paused, tells it at once. */
function applyAlerts(task: TaskRun): void {
  const { alerts } = task.spec;
  task.alerts = alerts ? { ...task.alerts, memory: memoryUnder(task.alerts.memory, alerts) } : noAlerts;
  tellAlerts(task);
}

/** The window that is being mined goes by what it was given: it is read again, as after a pause. */
function minesOtherwise(before: TaskSpec, after: TaskSpec): boolean {
  const limits = ({ incremental, instanceClass }: TaskSpec): string =>
    JSON.stringify([limitsOf(incremental.throttle, instanceClass), flushInForce({ incremental })]);
  return limits(before) !== limits(after);
}
