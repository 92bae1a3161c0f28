/** A kill as a scene: a worker dies while an attempt runs, and Temporal's history shows what became of that attempt. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';

interface PendingActivity {
  readonly type: string;
  readonly details: unknown;
  /** Of the worker that executes it. */
  readonly pid: number;
}

/** Activities that a worker executes at this moment, with the heartbeat details that the server has of them. */
async function runningActivities(client: Client, workflowId: string): Promise<readonly PendingActivity[]> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return (raw.pendingActivities ?? []).flatMap((activity) => {
    const details: unknown = decode(activity.heartbeatDetails?.payloads?.[0]?.data);
    const pid = pidOf(activity.lastWorkerIdentity);
    return Number(activity.state) === STARTED ? [{ type: activity.activityType?.name ?? '', details, pid }] : [];
  });
}

/** A worker calls itself `4711@host`. */
const pidOf = (identity: string | null | undefined): number => Number(identity?.split('@')[0] ?? 0);

/** PendingActivityState.STARTED */
const STARTED = 2;

function decode(data: Uint8Array | null | undefined): unknown {
  return data?.length ? JSON.parse(Buffer.from(data).toString('utf8')) : undefined;
}

/** Waits until an attempt of this activity has opened upload sessions, so that killing its worker leaves orphans. */
export async function untilPrepared(
  client: Client,
  workflowId: string,
  type: string,
  withinMs: number,
): Promise<boolean> {
  const end = Date.now() + withinMs;
  while (Date.now() < end) {
    const running = await runningActivities(client, workflowId).catch(() => []);
    const attempts = running.filter((activity) => activity.type === type);
    if (attempts.length > 0 && attempts.every(({ details }) => sessionsIn(details).length > 0)) return true;
    await wait(40);
  }
  return false;
}

export interface Wanted {
  readonly type: string;
  readonly withinMs: number;
  /** A worker of this process id may be killed. */
  readonly ours: (pid: number) => boolean;
  /** Throws when the task has failed. */
  readonly goesOn: () => void;
}

export interface Victim {
  readonly workflowId: string;
  readonly pid: number;
}

/** Waits until a worker executes an attempt of this activity that has sessions, in any of these workflows; `ours` tells workers. @throws what `goesOn` throws */
export async function untilSomebodyHolds(
  client: Client,
  workflowIds: readonly string[],
  { type, withinMs, ours, goesOn }: Wanted,
): Promise<Victim | undefined> {
  const end = Date.now() + withinMs;
  while (Date.now() < end) {
    goesOn();
    for (const workflowId of workflowIds) {
      const running = await runningActivities(client, workflowId).catch(() => []);
      const held = running.find(
        ({ type: of, details, pid }) => of === type && ours(pid) && sessionsIn(details).length > 0,
      );
      if (held) return { workflowId, pid: held.pid };
    }
    await wait(40);
  }
  return undefined;
}

/** Session ids in heartbeat details or in a receipt. */
function sessionsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('sessions' in value && Array.isArray(value.sessions))
    return value.sessions.flatMap((session: unknown) => idOf(session));
  return 'session' in value ? idOf(value.session) : [];
}

function idOf(session: unknown): readonly string[] {
  if (typeof session === 'string') return [session];
  return typeof session === 'object' && session !== null && 'id' in session && typeof session.id === 'string'
    ? [session.id]
    : [];
}

export interface LostAttempt {
  /** What the Temporal UI shows beside the activity: `HR.ORDERS chunk 2/4`. */
  readonly summary: string;
  readonly sessions: readonly string[];
  /** Sessions of the attempt that took its place. */
  readonly replacedBy: readonly string[];
  /** From the kill to the start of that attempt. */
  readonly takenOverSeconds: number;
  /** Workers of the lost attempt and of the one that took its place. */
  readonly worker: number;
  readonly successor: number;
}

interface ScheduledAttempt {
  readonly scheduledId: string;
  readonly type: string;
  readonly summary: string;
  readonly startedAt: number;
  readonly worker: number;
  readonly lost: boolean;
  readonly completed: boolean;
  readonly sessions: readonly string[];
}

/** One run of a workflow; its current one where none is named. */
export interface WorkflowRun {
  readonly workflowId: string;
  readonly runId?: string;
}

/** Attempts that the history shows as timed out after `killedAt`, each with the later attempt of the same unit that completed. */
export async function lostAttempts(
  client: Client,
  run: WorkflowRun,
  type: string,
  killedAt: number,
): Promise<readonly LostAttempt[]> {
  const attempts = (await readAttempts(client, run)).filter((attempt) => attempt.type === type);
  return attempts
    .filter(({ lost, startedAt }) => lost && startedAt <= killedAt)
    .flatMap(({ scheduledId, summary, sessions, worker }) => {
      const later = attempts.find(
        (attempt) =>
          attempt.completed &&
          Number(attempt.scheduledId) > Number(scheduledId) &&
          unitOf(attempt) === unitOf({ summary }),
      );
      if (!later) return [];
      const takenOverSeconds = (later.startedAt - killedAt) / 1000;
      return [{ summary, sessions, replacedBy: later.sessions, takenOverSeconds, worker, successor: later.worker }];
    });
}

/** A window is known by where it begins; where it ends is fixed later. */
const unitOf = ({ summary }: { readonly summary: string }): string => summary.replace(/–.*$/, '');

async function readAttempts(client: Client, { workflowId, runId }: WorkflowRun): Promise<readonly ScheduledAttempt[]> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const attempts = new Map<string, ScheduledAttempt>();
  for (const event of events ?? []) {
    const scheduled = scheduledAttempt(event);
    if (scheduled) attempts.set(scheduled.scheduledId, scheduled);
    const change = changeOf(event);
    const known = attempts.get(String(change?.of));
    if (known) attempts.set(known.scheduledId, { ...known, ...change?.to });
  }
  return [...attempts.values()];
}

type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

function scheduledAttempt(event: HistoryEvent): ScheduledAttempt | undefined {
  const { activityTaskScheduledEventAttributes: scheduled, eventId, userMetadata } = event;
  if (!scheduled) return undefined;
  const summary = String(decode(userMetadata?.summary?.data));
  const type = scheduled.activityType?.name ?? '';
  const begun = { startedAt: 0, worker: 0, lost: false, completed: false, sessions: [] };
  return { scheduledId: String(eventId), type, summary, ...begun };
}

interface AttemptChange {
  readonly of: unknown;
  readonly to: Partial<ScheduledAttempt>;
}

function changeOf(event: HistoryEvent): AttemptChange | undefined {
  const {
    activityTaskStartedEventAttributes: started,
    activityTaskCompletedEventAttributes: completed,
    activityTaskTimedOutEventAttributes: timedOut,
  } = event;
  if (started)
    return { of: started.scheduledEventId, to: { startedAt: milliseconds(event), worker: pidOf(started.identity) } };
  if (completed) {
    const sessions = sessionsIn(decode(completed.result?.payloads?.[0]?.data));
    return { of: completed.scheduledEventId, to: { completed: true, sessions } };
  }
  if (!timedOut) return undefined;
  const details = timedOut.failure?.timeoutFailureInfo?.lastHeartbeatDetails;
  return {
    of: timedOut.scheduledEventId,
    to: { lost: true, sessions: sessionsIn(decode(details?.payloads?.[0]?.data)) },
  };
}

const milliseconds = ({ eventTime }: HistoryEvent): number =>
  Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6;
