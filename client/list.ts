/** `redoflow list [--unhealthy] [--json]`. */
import { command, paint, stateText, table } from './format.ts';
import type { RedoflowClient } from './index.ts';
import { noWorkerText } from './task-view.ts';
import type { ListedTask } from './listed-task.ts';
import { staleMinutes } from './liveness.ts';

/** A task that needs somebody. */
export interface UnhealthyTask extends ListedTask {
  /** `no worker polls redoflow`, or its state. */
  readonly why: string;
}

/** What can be said of the workers behind the tasks. */
export interface Liveness {
  /** Task queues of running tasks that no worker polls. */
  readonly unpolled: ReadonlySet<string>;
  /** Task → minutes without a sign of life, where that is too long. */
  readonly stale: ReadonlyMap<string, number>;
}

export async function list(
  redoflow: RedoflowClient,
  { json, unhealthy }: { readonly json?: boolean; readonly unhealthy?: boolean },
): Promise<void> {
  const tasks = await redoflow.list();
  const liveness = await livenessOf(redoflow, tasks);
  const chosen = unhealthy === true ? unhealthyTasks(tasks, liveness) : undefined;
  if (json === true) console.log(JSON.stringify((chosen ?? tasks).map(withLiveness(liveness)), null, 2));
  else if (tasks.length === 0) console.log(`No tasks. Start one: \`${command('start demo/task.yaml')}\`.`);
  else if (chosen?.length === 0) console.log(`None of ${tasks.length} tasks needs anybody.`);
  else console.log([...livenessLines(tasks, liveness), chosen ? unhealthyText(chosen) : listText(tasks)].join('\n'));
}

const withLiveness =
  ({ unpolled, stale }: Liveness) =>
  <T extends ListedTask>(task: T): T & { readonly worker?: boolean; readonly staleMinutes?: number } => {
    const minutes = stale.get(task.task);
    return {
      ...task,
      ...(task.running && { worker: !unpolled.has(task.taskQueue) }),
      ...(minutes !== undefined && { staleMinutes: minutes }),
    };
  };

const ASKED_AT_ONCE = 10;
const ASKED_MAX = 200;

/** A tail that follows the redo does something every few minutes; other states may rest in good order. */
async function livenessOf(redoflow: RedoflowClient, tasks: readonly ListedTask[]): Promise<Liveness> {
  const running = tasks.filter((task) => task.running);
  const unpolled = new Set<string>();
  for (const queue of new Set(running.map(({ taskQueue }) => taskQueue))) {
    if (!(await redoflow.isPolled(queue))) unpolled.add(queue);
  }
  const following = running
    .filter(({ state, taskQueue }) => state === 'Synchronizing' && !unpolled.has(taskQueue))
    .slice(0, ASKED_MAX);
  const stale = new Map<string, number>();
  for (let i = 0; i < following.length; i += ASKED_AT_ONCE) {
    const some = following.slice(i, i + ASKED_AT_ONCE);
    const times = await Promise.all(some.map(({ task }) => redoflow.answeredAt(task)));
    for (const [index, { task }] of some.entries()) {
      const at = times[index];
      const minutes = at === undefined ? undefined : staleMinutes(at, Date.now());
      if (minutes !== undefined) stale.set(task, minutes);
    }
  }
  return { unpolled, stale };
}

/** Before anything else: of which tasks the lines below say only what once was. */
export function livenessLines(tasks: readonly ListedTask[], { unpolled, stale }: Liveness): readonly string[] {
  const lines = [...unpolled].map((queue) => {
    const concerned = tasks.filter(({ running, taskQueue }) => running && taskQueue === queue);
    const what =
      concerned.length === 1 ? `its task ${concerned[0]?.task ?? ''} is` : `its ${concerned.length} tasks are`;
    return paint('red', `${noWorkerText(queue)}; ${what} shown as last seen.`);
  });
  const silent = [...stale].map(([task, minutes]) => {
    return paint('red', `stale ${minutes} min: nothing was heard of the task ${task} for so long.`);
  });
  return [...lines, ...silent];
}

const UNHEALTHY: readonly string[] = ['Failed', 'Retrying', 'PrecheckFailed', 'Paused'];

/** Without a worker the state is only what it last was, so that comes first. */
export function unhealthyTasks(tasks: readonly ListedTask[], { unpolled, stale }: Liveness): readonly UnhealthyTask[] {
  return tasks.flatMap((task): UnhealthyTask[] => {
    if (task.running && unpolled.has(task.taskQueue)) return [{ ...task, why: `no worker polls ${task.taskQueue}` }];
    const minutes = stale.get(task.task);
    if (minutes !== undefined) return [{ ...task, why: `stale ${minutes} min` }];
    return UNHEALTHY.includes(task.state) ? [{ ...task, why: task.state }] : [];
  });
}

export function listText(tasks: readonly ListedTask[]): string {
  const rows = tasks.map((task) => [
    task.task,
    stateText(task.state) + (task.heldTables === '' || task.heldTables === '0' ? '' : ` (${task.heldTables} held)`),
    task.phase,
    endpoints(task),
    task.environment,
    task.latency,
    task.retry,
    task.title === task.task ? '' : task.title,
  ]);
  return table(['task', 'state', 'phase', 'endpoints', 'environment', 'latency', 'retry', 'title'], rows);
}

export function unhealthyText(tasks: readonly UnhealthyTask[]): string {
  const rows = tasks.map((task) => [
    task.task,
    stateText(task.why),
    task.why === task.state ? '' : `last ${task.state}`,
    task.phase,
    endpoints(task),
    task.retry,
  ]);
  return table(['task', 'why', 'state', 'phase', 'endpoints', 'retry'], rows);
}

const endpoints = ({ source, destination }: ListedTask): string => (source === '' ? '' : `${source} → ${destination}`);
