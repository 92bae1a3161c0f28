/** The two Temporal workers of a process: control and tail on one queue, chunks on another, so that a copy never starves a tail. */
import {
  Worker,
  type ActivityInterceptorsFactory,
  type NativeConnection,
  type WorkerOptions,
} from '@temporalio/worker';
import { createCheckActivities } from '../activities/check-activities.ts';
import type { CheckDependencies } from '../activities/check-dependencies.ts';
import { createActivities } from '../activities/index.ts';
import type { Contacts } from '../activities/ports.ts';
import { createAlertActivities } from '../activities/send-alert.ts';
import type { Settings } from '../model/settings.ts';
import { ActivityInterceptor } from './activity-interceptor.ts';
import { currentAttempt } from './attempt.ts';
import type { Log } from './log.ts';
import type { Scrubber } from './scrubber.ts';
import { workflowCodePath } from './workflow-code.ts';

export interface Process {
  readonly connection: NativeConnection;
  readonly settings: Settings;
  readonly sides: CheckDependencies & Pick<Contacts, 'contact'>;
  readonly log: Log;
  readonly scrubber: Scrubber;
}

const CONTROL_ACTIVITIES = 40;
/** Short attempts may end by themselves after a signal; the others are then cancelled. `shutdown.ts` bounds the whole. */
const SHUTDOWN_GRACE = '2s';

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
  const alertActivities = createAlertActivities({ contact: (name) => sides.contact(name), attempt: currentAttempt });
  const intercepted: ActivityInterceptorsFactory[] = [
    (context) => ({ inbound: new ActivityInterceptor(context, log, scrubber) }),
  ];
  const common: Omit<WorkerOptions, 'taskQueue'> = {
    connection,
    namespace: temporalNamespace,
    activities: { ...activities, ...createCheckActivities(sides), ...alertActivities },
    interceptors: { activity: intercepted },
    // Cancellation reaches an activity with the answer to a heartbeat: this bounds how long pause and stop take.
    maxHeartbeatThrottleInterval: '2s',
    shutdownGraceTime: SHUTDOWN_GRACE,
    // A dead worker's cached workflows are handed on after this.
    stickyQueueScheduleToStartTimeout: '2s',
  };
  const control = await Worker.create({
    ...common,
    workflowBundle: { codePath: await workflowCodePath() },
    taskQueue,
    maxConcurrentActivityTaskExecutions: CONTROL_ACTIVITIES,
  });
  const copy = await Worker.create({
    ...common,
    taskQueue: `${taskQueue}-copy`,
    maxConcurrentActivityTaskExecutions: settings.parallelChunks,
  });
  return [control, copy];
}
