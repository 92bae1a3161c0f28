/** `redoflow position NAME [--json]`: how far a task is, and what is kept of that outside of Temporal. */
import type { TaskState } from '../model/progress.ts';
import { command, count, duration } from './format.ts';
import type { RedoflowClient, TaskView } from './index.ts';
import { silentText } from './task-view.ts';
import { Refusal } from './refusal.ts';
import { savedText } from './saved-place.ts';
import { staleText } from './status.ts';

export interface TaskPosition {
  readonly task: string;
  /** Every transaction with a commit SCN up to here is at the destination, once; text. */
  readonly scn: string;
  readonly nextRecordId: number;
  /** Of a task that has not ended. */
  readonly state?: TaskState;
  /** Absent for a task that has ended, or has not measured it yet. */
  readonly latency?: { readonly seconds: number; readonly measuredAt: string };
  /** ISO 8601, UTC: when the task ended, where it has. */
  readonly endedAt?: string;
}

export async function position(redoflow: RedoflowClient, task: string, json: boolean): Promise<void> {
  const view = await redoflow.view(task);
  const saved = view.kind === 'silent' ? undefined : await redoflow.savedPosition(task);
  const found = saved && hasNone(view) ? { task, ...endOf(view) } : positionOf(task, view);
  if (json) console.log(JSON.stringify({ ...found, ...(saved && { saved }) }, null, 2));
  else {
    const reached =
      'scn' in found ? positionText(found, Date.now()) : `ended ${found.endedAt ?? ''} without telling how far it was`;
    console.log([reached, ...(saved ? [savedText(saved, view.kind === 'ended')] : [])].join('\n'));
  }
}

/** It was terminated, or failed: only the destination knows how far it was. */
const hasNone = (view: TaskView): boolean => view.kind === 'ended' && view.summary?.position === undefined;
const endOf = (view: TaskView): { readonly endedAt?: string } => (view.kind === 'ended' ? { endedAt: view.at } : {});

/** @throws Refusal when no worker answers, or there is no position (yet). */
export function positionOf(task: string, view: TaskView): TaskPosition {
  if (view.kind === 'silent') throw new Refusal(silentText(view));
  if (view.kind === 'ended') {
    const reached = view.summary?.position;
    if (reached) return { task, ...reached, endedAt: view.at };
    throw new Refusal(`The task ${task} ended ${view.at} (${view.how}) without a position in its summary.`);
  }
  const { position: reached, latency, state, phase } = view.status;
  if (reached)
    return { task, scn: reached.scn, nextRecordId: reached.nextRecordId, state, ...(latency && { latency }) };
  const hint = `see \`${command(`status ${task}`)}\``;
  throw new Refusal(`The task ${task} has no position yet: it is ${state}, phase ${phase}; ${hint}.`);
}

/** @param now milliseconds since 1970 */
export function positionText({ scn, nextRecordId, state, latency, endedAt }: TaskPosition, now: number): string {
  const stale = state && staleText({ state, ...(latency && { latency }) }, now);
  const ago = latency ? duration((now - Date.parse(latency.measuredAt)) / 1000) : '';
  return [
    ...(stale === undefined ? [] : [stale]),
    `SCN ${scn}, next record_id ${count(nextRecordId)}`,
    ...(latency ? [`latency ${duration(latency.seconds)}, measured ${latency.measuredAt} (${ago} ago)`] : []),
    ...(endedAt === undefined ? [] : [`ended ${endedAt}`]),
  ].join('\n');
}
