/** The two Temporal workers of a process: control and tail on one queue, chunks on another, so that a copy never starves a tail. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import type { Dependencies } from '../activities/ports.ts';
import type { Settings } from '../model/settings.ts';
import { ActivityInterceptor } from './activity-interceptor.ts';
import { currentAttempt } from './attempt.ts';
import type { Log } from './log.ts';
import type { Scrubber } from './scrubber.ts';

export interface Process {
  readonly connection: NativeConnection;
  readonly settings: Settings;
  readonly sides: Pick<Dependencies, 'source' | 'sink'>;
  readonly log: Log;
  readonly scrubber: Scrubber;
}

const CONTROL_ACTIVITIES = 40;
const CHUNKS = 8;

/** A prebuilt bundle beside the compiled worker, else the sources. */
function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const built = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  if (existsSync(built)) return { workflowBundle: { codePath: built } };
  return { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) };
}

export async function createWorkers({
  connection,
  settings,
  sides,
  log,
  scrubber,
}: Process): Promise<readonly Worker[]> {
  const { temporalNamespace, taskQueue, commitQuietSeconds, idleSeconds } = settings;
  const activities = createActivities({
    source: (name) => sides.source(name),
    sink: (name) => sides.sink(name),
    attempt: currentAttempt,
    commitQuietSeconds,
    idleSeconds,
  });
  const common: Omit<WorkerOptions, 'taskQueue'> = {
    connection,
    namespace: temporalNamespace,
    activities: { ...activities },
    interceptors: { activity: [(context) => ({ inbound: new ActivityInterceptor(context, log, scrubber) })] },
    // Cancellation reaches an activity with the answer to a heartbeat: this bounds how long pause and stop take.
    maxHeartbeatThrottleInterval: '2s',
    shutdownGraceTime: '10s',
    shutdownForceTime: '60s',
    // A dead worker's cached workflows are handed on after this.
    stickyQueueScheduleToStartTimeout: '2s',
  };
  const control = await Worker.create({
    ...common,
    ...workflowCode(),
    taskQueue,
    maxConcurrentActivityTaskExecutions: CONTROL_ACTIVITIES,
  });
  const copy = await Worker.create({
    ...common,
    taskQueue: `${taskQueue}-copy`,
    maxConcurrentActivityTaskExecutions: CHUNKS,
  });
  return [control, copy];
}
