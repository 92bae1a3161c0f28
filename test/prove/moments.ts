/** Faults of whole parts: what each does to workers, to Temporal, to the task, to Oracle and to MaxCompute. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { RedoflowClient } from '../../client/index.ts';
import { control, type Addresses } from '../../demo/parts.ts';
import type { Fault } from './call-faults.ts';
import type { Crew } from './crew.ts';
import type { Dice } from './dice.ts';
import { KILL, type MomentKind } from './swarm.ts';
import type { TemporalProcess } from './temporal-process.ts';
import { runningActivities } from './watch.ts';

export interface Scene {
  readonly addresses: Addresses;
  readonly client: Client;
  readonly redoflow: RedoflowClient;
  readonly temporal: TemporalProcess;
  readonly crew: Crew;
  readonly task: string;
  /** What is written in task.yaml. */
  readonly written: object;
  readonly dice: Dice;
}

/** Longer than the heartbeat timeout of 6 s, so that others take over and the frozen one is a zombie. */
const FROZEN_MS = 8_000;
const FOLLOWS_WITHIN_MS = 60_000;

type Moment = (scene: Scene) => Promise<boolean>;

const always =
  (run: (scene: Scene) => Promise<unknown>): Moment =>
  async (scene) => {
    await run(scene);
    return true;
  };

/** Turned on, and off again after some time. */
const between = (
  milliseconds: number,
  on: (scene: Scene) => Promise<unknown>,
  off: (scene: Scene) => Promise<unknown>,
) =>
  always(async (scene) => {
    try {
      await on(scene);
      await wait(milliseconds);
    } finally {
      await off(scene);
    }
  });

const oracle = ({ addresses }: Scene, action: string, body: object): Promise<unknown> =>
  control(addresses, `/oracle/${action}`, body);
const maxcompute = ({ addresses }: Scene, action: string, body: object): Promise<unknown> =>
  control(addresses, `/maxcompute/${action}`, body);

const refusing = (error: number | undefined, milliseconds: number): Moment =>
  between(
    milliseconds,
    async (scene) => {
      await oracle(scene, 'refuse', error === undefined ? { on: true } : { on: true, error });
      await oracle(scene, 'drop', {});
    },
    (scene) => oracle(scene, 'refuse', { on: false }),
  );

const expire =
  (which: string): Moment =>
  async (scene) => {
    const { expired } = (await maxcompute(scene, 'expire-sessions', { which })) as { readonly expired: unknown };
    return Number(Array.isArray(expired) ? expired.length : expired) > 0;
  };

/** A worker that executes something, else any. */
async function victim({ client, crew, task, dice }: Scene): Promise<number | undefined> {
  const busy = (await runningActivities(client, task)).map(({ pid }) => pid).filter((pid) => crew.pids.includes(pid));
  const candidates = busy.length > 0 ? busy : crew.pids;
  return candidates.length === 0 ? undefined : dice.pick(candidates);
}

const toVictim =
  (run: (scene: Scene, pid: number) => Promise<unknown>): Moment =>
  async (scene) => {
    await scene.crew.ready(2);
    const pid = await victim(scene);
    if (pid === undefined) return false;
    await run(scene, pid);
    return true;
  };

type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** Workflow tasks that a reset may go to: those after the plan was made, or those before. */
function resetPoints(events: readonly HistoryEvent[], planned: boolean): readonly HistoryEvent[] {
  const scheduled = events.find(
    ({ activityTaskScheduledEventAttributes: activity }) => activity?.activityType?.name === 'createTables',
  );
  const made = events.findIndex(
    ({ activityTaskCompletedEventAttributes: completed }) =>
      scheduled !== undefined && String(completed?.scheduledEventId) === String(scheduled.eventId),
  );
  return events.filter(
    ({ workflowTaskCompletedEventAttributes: completed }, index) => completed && index > made === planned,
  );
}

/** What the Temporal UI's "Reset" does: the run begins anew at one of its workflow tasks. */
const reset =
  (planned: boolean): Moment =>
  async ({ client, task, dice }) => {
    const { runId } = await client.workflow.getHandle(`redoflow/${task}`).describe();
    const { events } = await client.workflow.getHandle(`redoflow/${task}`, runId).fetchHistory();
    const points = resetPoints(events ?? [], planned);
    if (points.length === 0) return false;
    await client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: `redoflow/${task}`, runId },
      workflowTaskFinishEventId: dice.pick(points).eventId ?? null,
      reason: 'prove',
      requestId: `reset-${dice.below(2 ** 31)}-${Date.now()}`,
    });
    return true;
  };

const endAndStartSaved =
  (how: 'terminate' | 'cancel'): Moment =>
  async ({ client, redoflow, task, written }) => {
    // before a tail has saved its position `start --position saved` is refused: it has no plan to go on with
    const saved = await redoflow.savedPosition(task).catch(() => undefined);
    if (!saved || saved.tables === 0) return false;
    const handle = client.workflow.getHandle(`redoflow/${task}`);
    await (how === 'cancel' ? handle.cancel() : handle.terminate('prove'));
    await untilTrue(async () => (await redoflow.view(task)).kind === 'ended');
    await redoflow.start({ ...written, startAt: 'saved' });
    return true;
  };

async function untilTrue(ask: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + FOLLOWS_WITHIN_MS; Date.now() < end;) {
    if (await ask().catch(() => false)) return true;
    await wait(200);
  }
  return false;
}

const paused: Moment = async ({ redoflow, task }) => {
  await redoflow.pause(task);
  try {
    return await untilTrue(async () => (await redoflow.status(task)).state === 'Paused');
  } finally {
    await redoflow.resume(task);
  }
};

const MOMENTS: Readonly<Record<MomentKind | typeof KILL, Moment>> = {
  [KILL]: toVictim(({ crew }, pid) => crew.kill(pid)),
  'worker-frozen': toVictim(({ crew }, pid) => crew.freeze(pid, FROZEN_MS)),
  'worker-ended': toVictim(({ crew }, pid) => crew.end(pid)),
  'workers-absent': always(({ crew }) => crew.absent(3_000)),
  'temporal-killed': always(({ temporal }) => temporal.killAndRestart(1_000)),
  'run-reset': reset(true),
  'run-reset-before-its-plan': reset(false),
  'run-terminated': endAndStartSaved('terminate'),
  'run-cancelled': endAndStartSaved('cancel'),
  'task-paused': paused,
  'connections-dropped': always((scene) => oracle(scene, 'drop', {})),
  'listener-closed-ora-12541': refusing(12_541, 2_500),
  'service-unknown-ora-12514': refusing(12_514, 2_500),
  'listener-blocks-ora-12528': refusing(12_528, 2_500),
  'no-process-ora-12516': refusing(12_516, 2_500),
  'connections-refused': refusing(undefined, 2_500),
  'database-frozen': between(
    3_000,
    (scene) => oracle(scene, 'freeze', { on: true }),
    (scene) => oracle(scene, 'freeze', { on: false }),
  ),
  'instance-crashed': always((scene) => oracle(scene, 'instance-crash', { scnJump: scene.dice.below(1_000) })),
  'log-switched': always(async (scene) => {
    for (let times = scene.dice.from(1, 4); times > 0; times--) {
      await oracle(scene, 'switch-log', {});
      await wait(scene.dice.below(400));
    }
  }),
  'archive-late': between(
    4_000,
    async (scene) => {
      await oracle(scene, 'archive-delay', { milliseconds: 5_000 });
      await oracle(scene, 'switch-log', {});
    },
    (scene) => oracle(scene, 'archive-delay', { milliseconds: 0 }),
  ),
  'redo-flush-held': between(
    2_500,
    (scene) => oracle(scene, 'hold-flush', { holding: true }),
    (scene) => oracle(scene, 'hold-flush', { holding: false }),
  ),
  'mining-memory-low': between(
    3_000,
    (scene) => oracle(scene, 'mining-memory', { megabytes: 0 }),
    (scene) => oracle(scene, 'mining-memory', { megabytes: null }),
  ),
  'service-refused': between(
    3_000,
    (scene) => maxcompute(scene, 'refuse', { on: true }),
    (scene) => maxcompute(scene, 'refuse', { on: false }),
  ),
  'quota-low': between(
    4_000,
    (scene) => maxcompute(scene, 'limits', { requestsPerSecond: 4, openSessions: 2, retryAfterSeconds: 1 }),
    (scene) => maxcompute(scene, 'limits', {}),
  ),
  'open-sessions-expired': expire('open'),
  'committing-sessions-expired': expire('commit-requested'),
};

const isKind = (kind: string): kind is keyof typeof MOMENTS => kind in MOMENTS;

/** Answers whether it happened: a session can expire only where one is open. @throws for an unknown kind */
export async function perform(scene: Scene, { kind }: Fault): Promise<boolean> {
  if (!isKind(kind)) throw new RangeError(`there is no fault ${kind}`);
  return MOMENTS[kind](scene);
}

/** Nothing is broken any more. */
export async function faultsEnd(scene: Scene): Promise<void> {
  await oracle(scene, 'clear-faults', {});
  await oracle(scene, 'hold-flush', { holding: false });
  await oracle(scene, 'mining-memory', { megabytes: null });
  await oracle(scene, 'archive-delay', { milliseconds: 0 });
  await maxcompute(scene, 'clear-faults', {});
  await maxcompute(scene, 'limits', {});
  await maxcompute(scene, 'refuse', { on: false });
}
