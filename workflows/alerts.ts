/**
 * Tells contacts what begins and what is over. Beside the step loop, so that no receiver ever holds up work, pause, stop or roll-over:
 * what is not delivered when a run ends is sent again by the next one, under the same id, and is forgotten when the task ends.
 */
import { ApplicationFailure, CancellationScope, scheduleActivity, uuid4 } from '@temporalio/workflow';
import {
  deliveryKey,
  dueDeliveries,
  enqueued,
  messageOf,
  secondsLeft,
  settled,
  type AlertActivities,
  type Delivery,
} from '../model/alert-queue.ts';
import { alertNews, nextLook, type AlertRules } from '../model/alerts.ts';
import { planRules } from '../model/task-plan.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import { call } from './policies.ts';
import type { TaskRun } from './task-run.ts';

/** The task as the worker understands it; its contacts are registered. */
export async function readTask(written: unknown): Promise<TaskSpec> {
  const spec = await call('readSpec', written, { summary: 'the task as written' });
  if (spec.alerts) await findContacts(spec.alerts);
  return spec;
}

/** @throws ActivityFailure of kind bad-input, naming those that are not registered */
export async function findContacts({ contacts }: AlertRules): Promise<void> {
  await scheduleActivity<Awaited<ReturnType<AlertActivities['findContacts']>>>('findContacts', [{ contacts }], {
    startToCloseTimeout: '30s',
    summary: contacts.join(', '),
    retry: { nonRetryableErrorTypes: ['bad-input'] },
  });
}

/** Once per decision: cheap, and nothing is scheduled unless something begins or is over. */
export function tellAlerts(task: TaskRun): void {
  const { alerts } = task.spec;
  if (!alerts) return;
  const now = Date.now();
  const rules = { alerts, plan: planRules(task.spec) };
  const { memory, news } = alertNews(task.state, task.alerts.memory, rules, now);
  const added = news.map((alert) => ({ ...alert, id: `msg_${uuid4()}`, at: now, contacts: alerts.contacts }));
  const { queue, dropped } = enqueued(task.alerts.queue, added, task.sending);
  if (dropped > 0) task.note('note', `alerts dropped because too many wait to be delivered: ${dropped}`);
  task.alerts = { memory, queue };
  sendDue(task);
}

/** The next moment at which an alert may begin without anything having happened. */
export const alertsWake = ({ spec, state, alerts }: TaskRun): number | undefined =>
  spec.alerts && nextLook(state, alerts.memory, spec.alerts.latencySeconds);

function sendDue(task: TaskRun): void {
  for (const delivery of dueDeliveries(task.alerts.queue, task.sending)) {
    task.sending.add(deliveryKey(delivery));
    void deliver(task, delivery);
  }
}

async function deliver(task: TaskRun, delivery: Delivery): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() => send(task.spec.name, delivery));
  } catch (error) {
    task.note('note', `alert delivery failed: ${delivery.alert.key}: ${problemOf(error)}`);
  }
  task.sending.delete(deliveryKey(delivery));
  task.alerts = { ...task.alerts, queue: settled(task.alerts.queue, delivery) };
  sendDue(task);
  task.loop.touch();
}

/** The server repeats it until its time is over. */
function send(task: string, { alert, contact }: Delivery): Promise<void> {
  const input: Parameters<AlertActivities['sendAlert']>[0] = { contact, message: messageOf(task, alert) };
  return scheduleActivity('sendAlert', [input], {
    startToCloseTimeout: '30s',
    scheduleToCloseTimeout: `${secondsLeft(alert, Date.now())}s`,
    summary: `${contact}: ${alert.key}${alert.resolved ? ' is over' : ''}`,
    retry: {
      initialInterval: '2s',
      backoffCoefficient: 2,
      maximumInterval: '2 minutes',
      nonRetryableErrorTypes: ['bad-input', 'alert-refused'],
    },
  });
}

/** Of the last attempt, also where Temporal wraps it in a timeout. */
function problemOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof ApplicationFailure) return cause.message;
  return 'no worker sent it in time';
}
