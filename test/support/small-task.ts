/** A task over the small sides: a worker with the real activities, and handles to drive it. */
import { Worker } from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import type { Contact } from '../../activities/ports.ts';
import { createAlertActivities } from '../../activities/send-alert.ts';
import type { TaskStatus } from '../../model/progress.ts';
import { newTask } from '../../model/sync-plan.ts';
import { parseTaskSpec } from '../../model/task-spec.ts';
import { ActivityInterceptor } from '../../worker/activity-interceptor.ts';
import { currentAttempt } from '../../worker/attempt.ts';
import { createLog } from '../../worker/log.ts';
import { Scrubber } from '../../worker/scrubber.ts';
import { addSearchAttributes, registerSearchAttributes } from '../../worker/search-attributes.ts';
import { SmallSink, SmallSource, T } from './small-sides.ts';
import type { TemporalWorld } from './temporal.ts';
import { workflowCodePath } from '../../worker/workflow-code.ts';

export interface SmallTask extends AsyncDisposable {
  readonly source: SmallSource;
  readonly sink: SmallSink;
  readonly workflowId: string;
  status(): Promise<TaskStatus>;
  /** Waits until the status is as wished; says what it was when it never becomes so. */
  until(wished: (status: TaskStatus) => boolean, seconds?: number): Promise<TaskStatus>;
}

export interface SmallTaskOptions {
  readonly rollOverEvents?: number;
  readonly idleSeconds?: number;
  readonly quietSeconds?: number;
  readonly source?: Partial<Pick<SmallSource, 'advancePerCall' | 'headMax' | 'down' | 'redoRunway'>>;
  /** Of another task: both read it. */
  readonly sharedSource?: SmallSource;
  readonly retry?: { readonly failedConnectionsMinutes: number; readonly otherIssuesMinutes: number };
  readonly flushRows?: number;
  /** Schema and full copy only. */
  readonly oneOff?: boolean;
  /** Is told of alerts; absent: nobody is. */
  readonly contact?: Contact;
  /** The time-skipping server cannot list search attributes. */
  readonly timeSkipping?: boolean;
}

const asWritten = (
  named: { readonly name: string; readonly taskQueue: string },
  { contact, oneOff, retry, flushRows = 5 }: SmallTaskOptions,
) => ({
  ...named,
  source: 'small',
  destination: 'small',
  tables: [{ table: T }],
  ...(contact && { alerts: { contacts: ['ops'] } }),
  ...(oneOff && { synchronize: ['schema', 'full'] }),
  ...(retry && { retry }),
  incremental: { flushSeconds: 1, flushRows, partition: [] },
});

export async function startSmallTask(
  world: Pick<TemporalWorld, 'client' | 'connection' | 'unique'>,
  options: SmallTaskOptions = {},
): Promise<SmallTask> {
  const source = Object.assign(options.sharedSource ?? new SmallSource(), options.source);
  const sink = new SmallSink();
  const name = world.unique('small');
  const taskQueue = world.unique('queue');
  await (options.timeSkipping ? addSearchAttributes : registerSearchAttributes)(world.connection, 'default');
  const scrubber = new Scrubber();
  const log = createLog('silent', scrubber);
  const activities = createActivities({
    source: () => source,
    sink: () => sink,
    attempt: currentAttempt,
    commitQuietSeconds: options.quietSeconds ?? 1,
    idleSeconds: options.idleSeconds ?? 1,
  });
  const { contact } = options;
  const told = contact && createAlertActivities({ contact: () => contact, attempt: currentAttempt });
  const common = {
    connection: world.connection,
    activities: { ...activities, ...told },
    interceptors: {
      activity: [
        (context: ConstructorParameters<typeof ActivityInterceptor>[0]) => ({
          inbound: new ActivityInterceptor(context, log, scrubber),
        }),
      ],
    },
    maxHeartbeatThrottleInterval: '200ms' as const,
    shutdownGraceTime: '1s' as const,
  };
  const control = await Worker.create({ ...common, taskQueue, workflowBundle: { codePath: await workflowCodePath() } });
  const copy = await Worker.create({ ...common, taskQueue: `${taskQueue}-copy` });
  const running = Promise.all([control.run(), copy.run()]);
  const written = asWritten({ name, taskQueue }, options);
  const parsed = parseTaskSpec(written);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const carried = {
    spec: parsed.spec,
    state: newTask(options.oneOff),
    paused: false,
    runs: 0,
    events: [],
    rollOverEvents: options.rollOverEvents ?? 1_500,
  };
  const workflowId = `redoflow/${name}`;
  await world.client.workflow.start('syncTask', { taskQueue, workflowId, args: [written, carried] });
  const status = (): Promise<TaskStatus> => world.client.workflow.getHandle(workflowId).query<TaskStatus>('status');
  return {
    source,
    sink,
    workflowId,
    status,
    until: async (wished, seconds = 30) => {
      for (const end = Date.now() + seconds * 1000; ;) {
        const now = await status();
        if (wished(now)) return now;
        if (Date.now() > end)
          throw new Error(`the task is not as wished after ${seconds} s: ${JSON.stringify(now, null, 1)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    [Symbol.asyncDispose]: async () => {
      await world.client.workflow
        .getHandle(workflowId)
        .terminate('test is over')
        .catch(() => undefined);
      control.shutdown();
      copy.shutdown();
      await running;
    },
  };
}
