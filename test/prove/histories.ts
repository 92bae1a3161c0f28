/** What Temporal kept of a run: attempts that a kill interrupted, and texts that must not be in there. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import type { Kill } from './crew.ts';

interface Interrupted {
  readonly pid: number;
  readonly startedAt: number;
  readonly timedOutAt: number;
}

export interface HistoryFindings {
  /** Kills whose interrupted attempt the history shows: its worker is the one that died, and it timed out afterwards. */
  readonly confirmedKills: number;
  /** Where a planted text or a secret was found: workflow ids, no text. */
  readonly leaks: readonly string[];
  /** Kinds of failure that activities ended with; of each, one message. */
  readonly failures: ReadonlyMap<string, string>;
  readonly runs: number;
  readonly events: number;
  /** Of the longest run. */
  readonly longestRun: number;
}

const CLOCKS_MS = 1_000;

/** Reads the history of every run of every workflow on this server. */
export async function readHistories(
  client: Client,
  kills: readonly Kill[],
  secrets: readonly string[],
): Promise<HistoryFindings> {
  const interrupted: Interrupted[] = [];
  const leaks = new Set<string>();
  const lengths: number[] = [];
  const failures = new Map<string, string>();
  for await (const { workflowId, runId } of client.workflow.list()) {
    const events = (await client.workflow.getHandle(workflowId, runId).fetchHistory()).events ?? [];
    lengths.push(events.length);
    for (const event of events) {
      if (holds(event, secrets)) leaks.add(workflowId);
      const [kind, message] = failureOf(event) ?? [];
      if (kind !== undefined) failures.set(kind, message ?? '');
    }
    interrupted.push(...interruptedIn(events));
  }
  const confirmed = kills.filter(({ pid, at }) =>
    interrupted.some((one) => one.pid === pid && one.startedAt <= at + CLOCKS_MS && one.timedOutAt >= at - CLOCKS_MS),
  );
  return {
    confirmedKills: confirmed.length,
    leaks: [...leaks],
    failures,
    runs: lengths.length,
    events: lengths.reduce((sum, length) => sum + length, 0),
    longestRun: Math.max(0, ...lengths),
  };
}

/** One file for each run, for people: numbers of 64 bits as text, bytes as base64. */
export async function keepHistories(client: Client, folder: string): Promise<void> {
  for await (const { workflowId, runId } of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const file = path.join(folder, `${workflowId.replaceAll(/\W+/g, '-')}.${runId}.json`);
    writeFileSync(file, JSON.stringify(history, printed, 1));
  }
}

/** As `JSON.stringify` replaces: a `Long` is an object of two halves, and fields that are not set are null. */
function printed(_name: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'object' && value !== null && 'low' in value && 'high' in value)
    return (value as { toString(): string }).toString();
  return value === null ? undefined : value;
}

interface HistoryEvent {
  readonly eventTime?: { readonly seconds?: unknown; readonly nanos?: number | null } | null;
  readonly activityTaskStartedEventAttributes?: {
    readonly scheduledEventId?: unknown;
    readonly identity?: string | null;
  } | null;
  readonly activityTaskTimedOutEventAttributes?: { readonly scheduledEventId?: unknown } | null;
  readonly activityTaskFailedEventAttributes?: {
    readonly failure?: {
      readonly message?: string | null;
      readonly applicationFailureInfo?: { readonly type?: string | null } | null;
    } | null;
  } | null;
}

/** The kind that an activity ended with, and its message. */
function failureOf({ activityTaskFailedEventAttributes: failed }: HistoryEvent): readonly [string, string] | undefined {
  const kind = failed?.failure?.applicationFailureInfo?.type;
  return kind ? [kind, failed.failure.message ?? ''] : undefined;
}

function interruptedIn(events: readonly HistoryEvent[]): readonly Interrupted[] {
  const started = new Map<string, { readonly pid: number; readonly at: number }>();
  const found: Interrupted[] = [];
  for (const event of events) {
    const { activityTaskStartedEventAttributes: begun, activityTaskTimedOutEventAttributes: timedOut } = event;
    if (begun) {
      const pid = Number(begun.identity?.split('@')[0] ?? 0);
      started.set(String(begun.scheduledEventId), { pid, at: milliseconds(event) });
    }
    const attempt = timedOut ? started.get(String(timedOut.scheduledEventId)) : undefined;
    if (attempt) found.push({ pid: attempt.pid, startedAt: attempt.at, timedOutAt: milliseconds(event) });
  }
  return found;
}

const milliseconds = ({ eventTime }: HistoryEvent): number =>
  Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6;

/** Whether a text is anywhere in it: in texts, and in the bytes of payloads. */
function holds(value: unknown, texts: readonly string[]): boolean {
  if (typeof value === 'string') return texts.some((text) => value.includes(text));
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return texts.some((text) => bytes.includes(text));
  }
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((part: unknown) => holds(part, texts));
}
