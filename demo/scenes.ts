/** One kill: wait for an attempt that has opened sessions, SIGKILL its worker, start another, read the history. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { lostAttempts, untilPrepared, type LostAttempt } from './kills.ts';
import { startWorker, type WorkerParts } from './parts.ts';
import type { Program } from './processes.ts';
import { say, strong } from './show.ts';

const PREPARED_WITHIN_MS = 40_000;
const TAKEN_OVER_WITHIN_MS = 60_000;

export interface Killed {
  readonly killed: number;
  readonly successor: number;
  readonly lost: readonly LostAttempt[];
}

interface Actors {
  readonly client: Client;
  readonly parts: WorkerParts;
  worker: Program;
}

export interface KillPlan {
  /** The activity in whose attempt the worker dies. */
  readonly type: string;
  readonly workflow: () => Promise<string>;
  readonly afterKill: () => Promise<unknown>;
}

/** @throws when the history shows no attempt that was lost and made again: then the kill proved nothing. */
export async function killScene(actors: Actors, { type, workflow, afterKill }: KillPlan): Promise<Killed> {
  const workflowId = await workflow();
  if (!(await untilPrepared(actors.client, workflowId, type, PREPARED_WITHIN_MS)))
    throw new Error(`no attempt of ${type} opened a session`);
  const killed = actors.worker.pid;
  const killedAt = Date.now();
  await actors.worker.kill();
  say(`worker ${strong(String(killed))} killed (SIGKILL) in ${type}`);
  await afterKill();
  actors.worker = await startWorker(actors.parts);
  const successor = actors.worker.pid;
  const end = Date.now() + TAKEN_OVER_WITHIN_MS;
  while (Date.now() < end) {
    await wait(250);
    const lost = await lostAttempts(actors.client, workflowId, type, killedAt);
    if (lost.length === 0) continue;
    for (const attempt of lost) say(lostLine(attempt, killed, successor));
    return { killed, successor, lost };
  }
  throw new Error(`the history shows no attempt of ${type} that was lost and made again`);
}

const short = (ids: readonly string[]): string => ids.map((id) => id.slice(-8)).join(', ') || 'none';

export const lostLine = (
  { summary, sessions, replacedBy, takenOverSeconds }: LostAttempt,
  killed: number,
  successor: number,
): string =>
  `worker ${killed} killed in ${summary} → worker ${successor} took over after ${takenOverSeconds.toFixed(1)} s; ` +
  `upload session …${short(sessions)} is never committed, …${short(replacedBy)} replaced it`;
