/** What the Temporal UI's "Reset" does, at events that a seed chooses. */
import { newTask } from '../../model/sync-plan.ts';
import { parseTaskSpec } from '../../model/task-spec.ts';
import type { WholeSystem } from './whole-system.ts';

/** Resets take it from the environment to be repeated; a failure names it. */
export const resetSeed = (): number => Number(process.env['REDOFLOW_TEST_RESET_SEED'] ?? Date.now() % 1_000_000);

/** The same numbers for the same seed, below `below`. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export interface Shortened {
  /** Runs so short that many continue-as-new are met. */
  readonly rollOverEvents?: number;
  /** How long anything but a lost connection is tried again; a task file says whole minutes. */
  readonly otherIssuesMinutes?: number;
}

/** Starts the task with what the command line cannot ask for. */
export async function startShortened(
  { temporal, taskQueue }: WholeSystem,
  written: { readonly name: string },
  { rollOverEvents = 1_500, otherIssuesMinutes }: Shortened,
): Promise<void> {
  const parsed = parseTaskSpec(written);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const { retry } = parsed.spec;
  const spec = { ...parsed.spec, retry: { ...retry, ...(otherIssuesMinutes && { otherIssuesMinutes }) } };
  const carried = { spec, state: newTask(), paused: false, runs: 0, events: [], rollOverEvents };
  const workflowId = `redoflow/${written.name}`;
  await temporal.client.workflow.start('syncTask', { taskQueue, workflowId, args: [written, carried] });
}

/** Every run of the task that Temporal keeps: also those that were continued as new, reset or terminated. The current one is last. */
export async function runsOf({ temporal }: WholeSystem, task: string): Promise<readonly string[]> {
  const runs: { readonly runId: string; readonly at: number }[] = [];
  const query = `WorkflowId = 'redoflow/${task}'`;
  for await (const { runId, startTime } of temporal.client.workflow.list({ query }))
    runs.push({ runId, at: startTime.getTime() });
  const { runId: current } = await temporal.client.workflow.getHandle(`redoflow/${task}`).describe();
  const older = runs.filter(({ runId }) => runId !== current).toSorted((a, b) => a.at - b.at);
  return [...older.map(({ runId }) => runId), current];
}

export type ResetPoint = Awaited<ReturnType<typeof resetPoints>>[number];

/** Events of one run that a reset may go to, in order. */
export async function resetPoints({ temporal }: WholeSystem, task: string, runId: string) {
  const { events } = await temporal.client.workflow.getHandle(`redoflow/${task}`, runId).fetchHistory();
  return (events ?? []).flatMap(({ eventId, eventTime, workflowTaskCompletedEventAttributes: completed }) =>
    completed ? [{ runId, eventId, at: Number(eventTime?.seconds ?? 0) * 1000 }] : [],
  );
}

/** Answers the new run. */
export async function resetTo({ temporal }: WholeSystem, task: string, point: ResetPoint): Promise<string> {
  const { runId } = await temporal.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: `redoflow/${task}`, runId: point.runId },
    workflowTaskFinishEventId: point.eventId ?? null,
    reason: 'test',
    requestId: temporal.unique('reset'),
  });
  return runId;
}
