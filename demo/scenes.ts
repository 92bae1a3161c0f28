/** One kill: wait for an attempt that holds upload sessions, SIGKILL its worker, read the history for what became of it. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { lostAttempts, untilSomebodyHolds, type LostAttempt } from './kills.ts';
import type { Crew } from './parts.ts';
import { say, scene, strong } from './show.ts';

/** For the first of the workflows, then for any of them. */
const FIRST_WITHIN_MS = 25_000;
const HELD_WITHIN_MS = 90_000;
/** It is waited for so long that another worker is there to take over. */
const SUCCESSOR_WITHIN_MS = 8_000;
const TAKEN_OVER_WITHIN_MS = 120_000;

interface Actors {
  readonly client: Client;
  readonly crew: Crew;
  /** Throws when the task has failed. */
  readonly goesOn: () => void;
}

export interface KillPlan {
  readonly title: string;
  /** The activity in whose attempt the worker dies. */
  readonly type: 'copyChunk' | 'mineWindow' | 'commitReceipts';
  /** Workflows that run it, the one first that makes the best scene. */
  readonly workflows: readonly [string, ...string[]];
  /** Another worker is hired. */
  readonly replace: boolean;
  /** Makes the destination slow, or as it was: so that there is something to interrupt. */
  readonly slow: (on: boolean) => Promise<unknown>;
}

/** @throws when the history shows no attempt that was lost and made again: then the kill proved nothing. */
export async function killScene({ client, crew, goesOn }: Actors, plan: KillPlan): Promise<string> {
  const { title, type, workflows, slow, replace } = plan;
  scene(title);
  await slow(true);
  let victim;
  try {
    await Promise.race([crew.ready(), wait(SUCCESSOR_WITHIN_MS)]);
    const ours = (pid: number): boolean => crew.has(pid);
    const wanted = { type, ours, goesOn };
    victim =
      (await untilSomebodyHolds(client, [workflows[0]], { ...wanted, withinMs: FIRST_WITHIN_MS })) ??
      (await untilSomebodyHolds(client, workflows, { ...wanted, withinMs: HELD_WITHIN_MS }));
    if (!victim) throw new Error(`no attempt of ${type} held an upload session`);
    await crew.kill(victim.pid, replace);
  } finally {
    await slow(false);
  }
  const killedAt = Date.now();
  say(`worker ${strong(String(victim.pid))} killed (SIGKILL) while it runs ${type}`);
  const end = killedAt + TAKEN_OVER_WITHIN_MS;
  while (Date.now() < end) {
    await wait(250);
    goesOn();
    const lost = await lostAttempts(client, { workflowId: victim.workflowId }, type, killedAt);
    const [attempt] = lost.filter(({ worker, sessions }) => worker === victim.pid && sessions.length > 0);
    if (!attempt) continue;
    const line = lostLine(attempt);
    say(strong(line));
    say(`   ${whatBecame(attempt)}${others(lost.length - 1, type)}`);
    return line;
  }
  throw new Error(`the history shows no attempt of ${type} that was lost and made again`);
}

const short = ([first = '', ...others]: readonly string[]): string =>
  `…${first.slice(-8)}${others.length > 0 ? ` and ${others.length} more` : ''}`;

const lostLine = ({ summary, worker, successor, takenOverSeconds }: LostAttempt): string =>
  `worker ${worker} killed in ${summary} → worker ${successor} took over after ${takenOverSeconds.toFixed(1)} s`;

/** A commit is made again for the same sessions; reading is done again into new ones. */
const whatBecame = ({ sessions, replacedBy }: LostAttempt): string =>
  replacedBy.length > 0
    ? `what it had uploaded (session ${short(sessions)}) is never committed, ${short(replacedBy)} took its place`
    : `its session ${short(sessions)} was looked at before anything was done, and is committed once`;

const others = (more: number, type: string): string =>
  more > 0 ? `; ${more} more ${more === 1 ? 'attempt' : 'attempts'} of ${type} likewise` : '';
