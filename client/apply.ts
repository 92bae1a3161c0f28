/** `redoflow apply FILE [--dry-run]`: makes a running task what its file says, as far as a running task can change. */
import { shownValue } from '../model/input-errors.ts';
import { settingText } from '../model/task-settings.ts';
import { taskDifferences, type DifferenceWay, type TaskDifference } from '../model/task-differences.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import { command, table } from './format.ts';
import type { RedoflowClient } from './index.ts';
import type { ReadTask } from './read-task.ts';
import { Refusal } from './refusal.ts';

export const APPLY_HELP = `compare a task file with the running task of its name, and change what differs
Throttles, instanceClass, retry windows, alerts and flush settings are changed at once, whatever the task is doing. What else
differs is listed with what it needs: \`redoflow tables\`, or a task that is started anew; then the exit code is 1.
With --dry-run nothing is changed; the exit code is the same.`;

type Update = Extract<DifferenceWay, 'throttle' | 'retry' | 'alerts' | 'flush'>;

export async function apply(redoflow: RedoflowClient, { spec }: ReadTask, dryRun: boolean): Promise<void> {
  const now = await redoflow.present(spec.name);
  const differences = taskDifferences(now, spec);
  console.log(differencesText(spec.name, differences));
  const refusal = refusalText(spec.name, differences);
  if (!dryRun) await change(redoflow, spec, differences);
  if (refusal !== undefined) throw new Refusal(refusal);
}

/** Makes the updates that these differences need, and prints what each answers. */
export async function change(
  redoflow: RedoflowClient,
  wished: TaskSpec,
  differences: readonly TaskDifference[],
): Promise<void> {
  const differs = (update: Update): boolean => differences.some(({ way }) => way === update);
  const task = wished.name;
  const say = (what: string, answer: unknown): void => {
    console.log(`${task}: ${what} in force: ${settingText(answer)}`);
  };
  if (differs('throttle')) say('throttle', await redoflow.setThrottle(task, throttleOf(wished, differences)));
  if (differs('retry')) say('retry', await redoflow.setRetryWindows(task, wished.retry));
  if (differs('flush')) {
    const { flushSeconds, flushRows, flushMegabytes } = wished.incremental;
    say('flush', await redoflow.setFlush(task, { flushSeconds, flushRows, flushMegabytes }));
  }
  if (differs('alerts')) say('alerts', await redoflow.setAlerts(task, wished.alerts ?? null));
}

/** Only what differs: the rest may be changed by others meanwhile. */
function throttleOf({ full, incremental, instanceClass }: TaskSpec, differences: readonly TaskDifference[]) {
  const differs = (begins: string): boolean => differences.some(({ key }) => key.startsWith(begins));
  return {
    ...(differs('full.throttle') && { full: full.throttle ?? null }),
    ...(differs('incremental.throttle') && { incremental: incremental.throttle ?? null }),
    ...(differs('instanceClass') && { instanceClass: instanceClass ?? null }),
  };
}

const ways: Readonly<Record<DifferenceWay, string>> = {
  throttle: 'while it runs',
  retry: 'while it runs',
  alerts: 'while it runs',
  flush: 'while it runs',
  'add-table': 'tables add',
  'remove-table': 'tables remove',
  'at-start': 'means nothing to a running task',
  'new-task': 'only a task that is started anew',
};

/** A line for each difference: what it is, what the file says, what it needs. */
export function differencesText(task: string, differences: readonly TaskDifference[]): string {
  if (differences.length === 0) return `${task}: nothing differs from the running task`;
  const shown = (value: unknown): string => {
    if (value === undefined) return '–';
    return typeof value === 'string' ? value : shownValue(value);
  };
  const rows = differences.map(({ key, now, wished, way }) => [key, shown(now), shown(wished), ways[way]]);
  return table(['what', 'now', 'file', 'can be changed'], rows);
}

/** Why not everything can be changed, with the commands that do it; undefined when it can. */
export function refusalText(task: string, differences: readonly TaskDifference[]): string | undefined {
  const of = (wanted: DifferenceWay): readonly TaskDifference[] => differences.filter(({ way }) => way === wanted);
  const named = (wanted: DifferenceWay): string =>
    of(wanted)
      .map((one) => `'${one.table ?? one.key}'`)
      .join(' ');
  const sentences = [
    ...(of('add-table').length === 0
      ? []
      : [`Tables are added by \`${command(`tables ${task} add ${named('add-table')}`)}\`.`]),
    ...(of('remove-table').length === 0
      ? []
      : [
          `Tables are removed by \`${command(`tables ${task} remove ${named('remove-table')}`)}\` (each by its own name, not by a pattern).`,
        ]),
    ...(of('new-task').length === 0
      ? []
      : [
          `A running task keeps ${of('new-task')
            .map(({ key }) => key)
            .join(', ')}: \`${command(`stop ${task}`)}\`, and start it again from the file.`,
        ]),
  ];
  return sentences.length === 0 ? undefined : sentences.join('\n');
}
