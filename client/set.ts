/** `redoflow set NAME KEY=VALUE…`: settings of a running task, by their keys in task.yaml. */
import { parse } from 'yaml';
import { taskDifferences } from '../model/task-differences.ts';
import { parseTaskSpec, type TaskSpec } from '../model/task-spec.ts';
import { change, refusalText } from './apply.ts';
import type { RedoflowClient } from './index.ts';
import { badInput, Refusal } from './refusal.ts';

const BAD_INPUT = 2;

export const SET_HELP = `change settings of a running task, by their keys in task.yaml
  redoflow set NAME full.throttle.rowsPerSecond=5000 incremental.throttle.megabytesPerSecond=20
  redoflow set NAME retry.failedConnectionsMinutes=1440 retry.otherIssuesMinutes=30
  redoflow set NAME alerts.latencySeconds=60 'alerts.contacts=[ops]'
  redoflow set NAME incremental.flushSeconds=2 instanceClass=large
A value is written as in YAML; \`none\` takes a setting away: full.throttle=none. In force at once, also while the task is paused or
tries something again. Chunks that are being copied end at the speed at which they were begun.`;

/** @param words `KEY=VALUE` each; all of them, or none, are right. */
export async function set(redoflow: RedoflowClient, task: string, words: readonly string[]): Promise<void> {
  const wishes = words.map(wishOf);
  if (wishes.length === 0) throw new Refusal(SET_HELP, BAD_INPUT);
  const now = await redoflow.present(task);
  const wished = withWishes(now, wishes);
  const differences = taskDifferences(now, wished);
  const refusal = refusalText(task, differences);
  if (refusal !== undefined) throw new Refusal(refusal);
  if (differences.some(({ way }) => way === 'at-start'))
    throw new Refusal('startAt says where a task begins; it means nothing to one that runs.');
  if (differences.length === 0) console.log(`${task}: it is so already`);
  await change(redoflow, wished, differences);
}

interface SettingWish {
  readonly key: readonly string[];
  /** Undefined: is taken away. */
  readonly value: unknown;
}

const WORD = /^([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)=(.*)$/s;

/** @throws Refusal (exit 2) for a word of another form */
export function wishOf(word: string): SettingWish {
  const [, key, text = ''] = WORD.exec(word) ?? [];
  if (key === undefined)
    throw new Refusal(`${word} is not KEY=VALUE. Write for example retry.otherIssuesMinutes=20.`, BAD_INPUT);
  return { key: key.split('.'), value: text === 'none' ? undefined : valueOf(key, text) };
}

function valueOf(key: string, text: string): unknown {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    throw new Refusal(`The value of ${key} is not YAML. Write for example 20, true or [ops].`, BAD_INPUT);
  }
  if (value !== null) return value;
  throw new Refusal(`${key} has no value. To take it away, write ${key}=none.`, BAD_INPUT);
}

/** The task as it would be, parsed as a file is. @throws Refusal (exit 2) with everything that is wrong */
export function withWishes(now: TaskSpec, wishes: readonly SettingWish[]): TaskSpec {
  const written = wishes.reduce<unknown>((task, { key, value }) => placed(task, key, value), now);
  const parsed = parseTaskSpec(written);
  if (parsed.ok) return parsed.spec;
  throw badInput('set', parsed.errors);
}

/** A copy with the value at its place; mappings on the way are made. */
function placed(into: unknown, [step, ...rest]: readonly string[], value: unknown): unknown {
  if (step === undefined) return value;
  const mapping = new Map<string, unknown>(
    typeof into === 'object' && into !== null && !Array.isArray(into) ? Object.entries(into) : [],
  );
  const inner = placed(mapping.get(step), rest, value);
  if (inner === undefined) mapping.delete(step);
  else mapping.set(step, inner);
  return Object.fromEntries(mapping);
}
