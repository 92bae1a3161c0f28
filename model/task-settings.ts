/**
 * Settings of a running task that an operator may change. A change is put into the whole task, which the worker checks as it checks
 * a new one; only the settings are taken over from what it answers. Pure, and without zod: workflows import it.
 */
import type { InstanceClass, RowLimits } from './throttle.ts';
import type { TaskSpec } from './task-spec.ts';

export type SettingKind = 'throttle' | 'retry' | 'alerts' | 'flush';

/** As in task.yaml. What is absent stays as it is; null: no limit. */
export interface ThrottleChange {
  readonly full?: RowLimits | null;
  readonly incremental?: RowLimits | null;
  readonly instanceClass?: InstanceClass | null;
}

/** What is absent has no limit. */
export interface ThrottleInForce {
  readonly full?: RowLimits;
  readonly incremental?: RowLimits;
  readonly instanceClass?: InstanceClass;
}

/** `retry` of task.yaml; what is absent stays as it is. */
export type RetryChange = Partial<TaskSpec['retry']>;
export type RetryInForce = TaskSpec['retry'];

/** `alerts` of task.yaml, all of it; null: nobody is told any more. */
export type AlertsChange = AlertsInForce;
export type AlertsInForce = NonNullable<TaskSpec['alerts']> | null;

type FlushKey = 'flushSeconds' | 'flushRows' | 'flushMegabytes';
/** Of `incremental` of task.yaml; what is absent stays as it is. */
export type FlushChange = Partial<FlushInForce>;
export type FlushInForce = Pick<TaskSpec['incremental'], FlushKey>;

/** The task as it is now, as `start` accepts it: `tables` has what was added and lacks what was removed since. */
export type PresentTask = Omit<TaskSpec, 'tables'> & { readonly tables: readonly unknown[] };

const KEYS: Readonly<Record<Exclude<SettingKind, 'alerts'>, readonly string[]>> = {
  throttle: ['full', 'incremental', 'instanceClass'],
  retry: ['failedConnectionsMinutes', 'otherIssuesMinutes'],
  flush: ['flushSeconds', 'flushRows', 'flushMegabytes'],
};

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Why a change is not of the form of its kind: a sentence. Its values are the schema's. */
export function wishProblem(kind: SettingKind, wish: unknown): string | undefined {
  if (kind === 'alerts')
    return wish === null || isMapping(wish) ? undefined : 'Give alerts as in task.yaml, or null to tell nobody.';
  const known = KEYS[kind];
  if (!isMapping(wish) || Object.keys(wish).length === 0)
    return `Give at least one of ${known.join(', ')}, as in task.yaml.`;
  const wrong = Object.keys(wish).filter((key) => !known.includes(key));
  return wrong.length === 0 ? undefined : `${wrong.join(', ')}: unknown; what can be given is ${known.join(', ')}.`;
}

/** Absent: stays as it is. Null: is left out. */
function replaced(part: object, key: string, value: unknown): object {
  if (value === undefined) return part;
  const others = Object.entries(part).filter(([name]) => name !== key);
  return Object.fromEntries(value === null ? others : [...others, [key, value]]);
}

/** The task as it would be, to be checked as a whole. @param wish of a form without {@link wishProblem} */
export function wishedTask(spec: TaskSpec, kind: SettingKind, wish: unknown): unknown {
  if (kind === 'alerts') return replaced(spec, 'alerts', wish);
  if (!isMapping(wish)) return spec;
  if (kind === 'retry') return { ...spec, retry: { ...spec.retry, ...wish } };
  if (kind === 'flush') return { ...spec, incremental: { ...spec.incremental, ...wish } };
  const throttled = {
    ...spec,
    full: replaced(spec.full, 'throttle', wish['full']),
    incremental: replaced(spec.incremental, 'throttle', wish['incremental']),
  };
  return replaced(throttled, 'instanceClass', wish['instanceClass']);
}

/** The task with the settings of `checked`; whatever else that says is left. */
export function settingsTaken(spec: TaskSpec, checked: TaskSpec): TaskSpec {
  const { instanceClass: _class, alerts: _alerts, ...others } = spec;
  const { full, incremental, retry, instanceClass, alerts } = checked;
  return {
    ...others,
    full: { ...full, parallelChunks: spec.full.parallelChunks, chunkMegabytes: spec.full.chunkMegabytes },
    incremental: { ...incremental, partition: spec.incremental.partition },
    retry,
    ...(instanceClass && { instanceClass }),
    ...(alerts && { alerts }),
  };
}

export const throttleInForce = ({ full, incremental, instanceClass }: TaskSpec): ThrottleInForce => ({
  ...(full.throttle && { full: full.throttle }),
  ...(incremental.throttle && { incremental: incremental.throttle }),
  ...(instanceClass && { instanceClass }),
});

export function flushInForce({ incremental }: Pick<TaskSpec, 'incremental'>): FlushInForce {
  const { flushSeconds, flushRows, flushMegabytes } = incremental;
  return { flushSeconds, flushRows, flushMegabytes };
}

/** For a line of the task's story: `otherIssuesMinutes 20`, `full rowsPerSecond 500`, `none`. */
export function settingText(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (Array.isArray(value)) return value.join('+');
  if (!isMapping(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  const parts = Object.entries(value).map(([key, part]) => `${key} ${settingText(part)}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
