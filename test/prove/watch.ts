/** Watches which attempts run, as anybody can in the Temporal UI, and kills workers in the middle of chosen ones. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Fault } from './call-faults.ts';
import type { Crew } from './crew.ts';

export interface RunningActivity {
  readonly workflowId: string;
  readonly id: string;
  readonly type: string;
  readonly attempt: number;
  /** Of the worker that executes it. */
  readonly pid: number;
}

/** PendingActivityState.STARTED */
const STARTED = 2;
const LOOK_EVERY_MS = 60;
const LIST_EVERY_MS = 1_000;

async function activitiesOf(client: Client, workflowId: string): Promise<readonly RunningActivity[]> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const run = raw.workflowExecutionInfo?.execution?.runId ?? '';
  return (raw.pendingActivities ?? []).flatMap(({ state, activityId, activityType, attempt, lastWorkerIdentity }) =>
    Number(state) === STARTED
      ? [
          {
            workflowId,
            id: `${run}/${activityId ?? ''}`,
            type: activityType?.name ?? '',
            attempt: attempt ?? 1,
            pid: Number(lastWorkerIdentity?.split('@')[0] ?? 0), // a worker calls itself `4711@host`
          },
        ]
      : [],
  );
}

/** Workflows of the task that run now: itself, and its copies. */
async function openWorkflows(client: Client): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: "ExecutionStatus = 'Running'" }))
    found.push(workflowId);
  return found;
}

/** What workers execute for a task at this moment; nothing where nobody answers. */
export async function runningActivities(client: Client, task: string): Promise<readonly RunningActivity[]> {
  const workflows = await openWorkflows(client).catch(() => [`redoflow/${task}`]);
  const running = await Promise.all(workflows.map((workflowId) => activitiesOf(client, workflowId).catch(() => [])));
  return running.flat();
}

/** Until it is disposed of, kills the worker of the n-th attempt that it sees of an activity. */
export class KillWatch implements AsyncDisposable {
  readonly happened: Fault[] = [];
  private readonly counts = new Map<string, number>();
  private readonly seen = new Set<string>();
  private readonly watching: Promise<void>;
  private over = false;

  constructor(client: Client, crew: Crew, faults: readonly Fault[]) {
    this.watching = this.watch(client, crew, [...faults]);
  }

  private async watch(client: Client, crew: Crew, waiting: Fault[]): Promise<void> {
    let workflows: readonly string[] = [];
    let listed = 0;
    while (!this.over && waiting.length > 0) {
      if (Date.now() - listed > LIST_EVERY_MS) {
        workflows = await openWorkflows(client).catch(() => workflows);
        listed = Date.now();
      }
      const running = await Promise.all(workflows.map((id) => activitiesOf(client, id).catch(() => [])));
      for (const activity of running.flat()) await this.look(activity, crew, waiting);
      await wait(LOOK_EVERY_MS);
    }
  }

  private async look({ id, attempt, type, pid }: RunningActivity, crew: Crew, waiting: Fault[]): Promise<void> {
    const name = `${id}/${attempt}`;
    if (this.seen.has(name)) return;
    this.seen.add(name);
    const count = (this.counts.get(type) ?? 0) + 1;
    this.counts.set(type, count);
    const index = waiting.findIndex(({ point, at }) => point === type && count >= at);
    const [fault] = index < 0 || !crew.has(pid) || crew.pids.length < 2 ? [] : waiting.splice(index, 1);
    if (!fault) return;
    await crew.kill(pid);
    this.happened.push({ ...fault, at: count });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.over = true;
    await this.watching;
  }
}
