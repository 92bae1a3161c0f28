/** What the Temporal UI shows of a task: status query, Current Details in Markdown, search attributes. */
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { completeness } from '../model/completeness.ts';
import { currentDetails } from '../model/current-details.ts';
import { latencyBucket } from '../model/latency.ts';
import { failureStatus, retryStatus, tablesProgress, taskState, type Shown } from '../model/task-status.ts';
import { planRules } from '../model/task-plan.ts';
import type { TailState } from '../model/tail-state.ts';
import type { TaskStatus } from '../model/progress.ts';
import { windowsText } from '../model/shared-windows.ts';
import type { TaskRun } from './task-run.ts';

export function statusOf(task: TaskRun): TaskStatus {
  const { spec, state } = task;
  const shown: Shown = { ...task.clock(), paused: task.paused, resting: task.resting };
  const retry = retryStatus(state, shown);
  const failure = failureStatus(state);
  const { tail } = state;
  const complete = tail && completeness(tail, planRules(spec));
  const { runId, historyLength } = workflowInfo();
  return {
    task: spec.name,
    title: spec.title,
    environment: spec.environment,
    state: taskState(state, shown),
    phase: state.phase,
    source: spec.source,
    destination: spec.destination,
    tables: tablesProgress(state),
    ...(complete && { complete }),
    ...(tail ? tailStatus(tail) : { windowsDone: 0, transactions: 0 }),
    ...(retry && { retry }),
    ...(failure && { failure }),
    ...(state.precheck && { precheck: state.precheck }),
    events: task.events,
    run: { id: runId, number: task.runs, events: historyLength },
  };
}

const tailStatus = ({ latency, position, runway, windowsDone, transactions }: TailState) => ({
  ...(latency && {
    latency: { seconds: latency.seconds, measuredAt: new Date(latency.measuredAt).toISOString() },
  }),
  position: { scn: position.scn, nextRecordId: position.nextRecordId },
  ...(runway && { runway }),
  windowsDone,
  transactions,
});

/** Exact for a few; a bucket for many, so that the attribute stays small in number of values. */
function heldTables({ tables }: TaskStatus): string {
  const held = tables.filter(({ state }) => state === 'held').length;
  return held < 10 ? String(held) : '10 or more';
}

const UPSERT_EVERY_MS = 60_000;

/** Called after every decision: Current Details cost nothing; attributes are upserted on a change of state, else once a minute. */
export function showTask(task: TaskRun): void {
  const status = statusOf(task);
  setCurrentDetails(currentDetails(status));
  const attributes = {
    RedoflowState: [status.state],
    RedoflowPhase: [status.phase],
    RedoflowSource: [status.source],
    RedoflowDestination: [status.destination],
    RedoflowEnvironment: [status.environment],
    RedoflowLatency: [latencyBucket(status.latency?.seconds)],
    RedoflowHeldTables: [heldTables(status)],
    RedoflowRetry: [status.retry ? status.retry.budget : 'none'],
    RedoflowRetryTimes: [windowsText(task.ownWindows)],
    RedoflowEndpoints: [status.source, status.destination],
  };
  const text = JSON.stringify(attributes);
  const { shownAttributes } = task;
  if (shownAttributes?.text === text) return;
  const sameState = shownAttributes?.state === status.state && shownAttributes.phase === status.phase;
  if (sameState && Date.now() - shownAttributes.at < UPSERT_EVERY_MS) return;
  task.shownAttributes = { text, state: status.state, phase: status.phase, at: Date.now() };
  upsertSearchAttributes(attributes);
}
