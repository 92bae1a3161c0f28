/** What a person wrote → what the task does. The same checks for a start from the CLI, the UI or any SDK. */
import { Failure } from '../model/failure.ts';
import { formatInputErrors } from '../model/input-errors.ts';
import { parseTaskSpec, type TaskSpec } from '../model/task-spec.ts';

export async function readSpec(written: unknown): Promise<TaskSpec> {
  const parsed = parseTaskSpec(written);
  if (parsed.ok) return parsed.spec;
  throw new Failure('bad-input', formatInputErrors('the task', parsed.errors));
}
