/** Alerts that are not delivered yet: plain JSON that rides in every run of the task, so it is bounded. Pure. */
import { nothingTold, type Alert, type AlertKind, type AlertMemory } from './alerts.ts';

export interface QueuedAlert extends Alert {
  /** Stays the same however often it is sent. */
  readonly id: string;
  /** When it was decided, epoch milliseconds. */
  readonly at: number;
  /** Whom it has not reached yet. */
  readonly contacts: readonly string[];
}

/** Of a task, carried through continue-as-new. */
export interface AlertState {
  readonly memory: AlertMemory;
  readonly queue: readonly QueuedAlert[];
}

export interface Delivery {
  readonly alert: QueuedAlert;
  readonly contact: string;
}

/** What a receiver gets, as JSON. */
export interface AlertMessage {
  readonly id: string;
  readonly task: string;
  readonly kind: AlertKind;
  readonly table?: string;
  readonly text: string;
  readonly whatToDo: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly resolved?: true;
}

export interface AlertActivities {
  /** Fails with bad-input naming the contacts that are not registered, or whose secret cannot be read. */
  findContacts(input: { contacts: readonly string[] }): Promise<void>;
  /** Posts to one contact. Fails with `alert-refused` where another attempt would not help; anything else is repeated by the server. */
  sendAlert(input: { contact: string; message: AlertMessage }): Promise<void>;
}

export const noAlerts: AlertState = { memory: nothingTold, queue: [] };

const QUEUED_MAX = 50;
/** Deliveries at the same time; fewer than are kept, so that there is always one that may be dropped. */
const SENDING_MAX = 10;
const DELIVER_WITHIN_SECONDS = 3_600;
const LEAST_SECONDS = 60;

export const deliveryKey = ({ alert, contact }: Delivery): string => `${alert.id} ${contact}`;

/** Appends; the oldest that are not being sent are dropped when there are too many. */
export function enqueued(
  queue: readonly QueuedAlert[],
  added: readonly QueuedAlert[],
  sending: ReadonlySet<string>,
): { readonly queue: readonly QueuedAlert[]; readonly dropped: number } {
  const all = [...queue, ...added];
  let excess = Math.max(0, all.length - QUEUED_MAX);
  const dropped = excess;
  const kept = all.filter((alert) => {
    const isSent = alert.contacts.some((contact) => sending.has(deliveryKey({ alert, contact })));
    if (excess === 0 || isSent) return true;
    excess -= 1;
    return false;
  });
  return { queue: kept, dropped };
}

/** What may be sent now. An alert's end never overtakes its beginning; otherwise nobody waits for a receiver that does not answer. */
export function dueDeliveries(queue: readonly QueuedAlert[], sending: ReadonlySet<string>): readonly Delivery[] {
  const due: Delivery[] = [];
  const earlier = new Set<string>();
  for (const alert of queue) {
    for (const contact of alert.contacts) {
      const place = `${contact} ${alert.key}`;
      const isNext = !earlier.has(place);
      earlier.add(place);
      if (isNext && !sending.has(deliveryKey({ alert, contact }))) due.push({ alert, contact });
    }
  }
  return due.slice(0, Math.max(0, SENDING_MAX - sending.size));
}

/** It was delivered, or given up. */
export const settled = (queue: readonly QueuedAlert[], { alert: { id }, contact }: Delivery): readonly QueuedAlert[] =>
  queue.flatMap((alert) => {
    if (alert.id !== id) return [alert];
    const contacts = alert.contacts.filter((name) => name !== contact);
    return contacts.length === 0 ? [] : [{ ...alert, contacts }];
  });

/** How long it is still tried: an hour from when it was decided, and a minute at least. */
export const secondsLeft = ({ at }: QueuedAlert, now: number): number =>
  Math.max(LEAST_SECONDS, Math.ceil(DELIVER_WITHIN_SECONDS - (now - at) / 1000));

export const messageOf = (
  task: string,
  { id, kind, table, text, whatToDo, at, resolved }: QueuedAlert,
): AlertMessage => ({
  id,
  task,
  kind,
  ...(table !== undefined && { table }),
  text,
  whatToDo,
  at: new Date(at).toISOString(),
  ...(resolved && { resolved }),
});
