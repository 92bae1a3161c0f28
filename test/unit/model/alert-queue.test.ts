/** Alerts that wait to be delivered. */
import { describe, expect, test } from 'vitest';
import {
  deliveryKey,
  dueDeliveries,
  enqueued,
  messageOf,
  secondsLeft,
  settled,
  type QueuedAlert,
} from '../../../model/alert-queue.ts';

const alert = (id: string, key = id, contacts: readonly string[] = ['ops']): QueuedAlert => ({
  id,
  key,
  kind: 'held',
  text: 'text',
  whatToDo: 'what',
  at: 0,
  contacts,
});
const many = (count: number, from = 0): QueuedAlert[] => Array.from({ length: count }, (_, i) => alert(`m${from + i}`));
const none: ReadonlySet<string> = new Set();
const keys = (queue: readonly QueuedAlert[], sending: ReadonlySet<string> = none): string[] =>
  dueDeliveries(queue, sending).map(deliveryKey);

describe('the queue', () => {
  test('keeps 50, and drops the oldest that are not on their way', () => {
    const { queue, dropped } = enqueued(many(49), many(3, 49), new Set(['m0 ops']));
    expect(dropped).toBe(2);
    expect(queue.map(({ id }) => id)).toEqual(['m0', ...many(49, 3).map(({ id }) => id)]);
  });

  test('drops nothing while there is room', () => {
    expect(enqueued(many(49), many(1, 49), none)).toEqual({ queue: many(50), dropped: 0 });
  });

  test('sends at most ten at a time', () => {
    expect(keys(many(20))).toHaveLength(10);
    expect(keys(many(20), new Set(['m0 ops', 'm1 ops', 'm2 ops']))).toEqual(many(7, 3).map(({ id }) => `${id} ops`));
  });

  test('never sends the end of an alert before its beginning has arrived, and lets others pass', () => {
    const queue = [alert('1', 'latency'), alert('2', 'latency'), alert('3', 'runway')];
    expect(keys(queue)).toEqual(['1 ops', '3 ops']);
    expect(keys(queue, new Set(['1 ops']))).toEqual(['3 ops']);
    expect(keys(queue.slice(1))).toEqual(['2 ops', '3 ops']);
  });

  test('asks each contact for itself', () => {
    const queue = [alert('1', 'latency', ['a', 'b']), alert('2', 'latency', ['a', 'b'])];
    const after = settled(queue, { alert: queue[0] ?? alert(''), contact: 'a' });
    expect(after.map(({ id, contacts }) => [id, contacts])).toEqual([
      ['1', ['b']],
      ['2', ['a', 'b']],
    ]);
    expect(keys(after)).toEqual(['1 b', '2 a']);
    expect(settled(after, { alert: alert('1'), contact: 'b' }).map(({ id }) => id)).toEqual(['2']);
  });

  test.each([
    [0, 3_600],
    [600_000, 3_000],
    [3_599_000, 60],
    [9_000_000, 60],
  ])('tries for an hour, and a minute at least: after %i ms for %i s', (now, expected) => {
    expect(secondsLeft(alert('1'), now)).toBe(expected);
  });
});

test('a message says of which task, when, and whether it is over', () => {
  expect(messageOf('hr', { ...alert('1', 'held HR.T'), table: 'HR.T', resolved: true })).toEqual({
    id: '1',
    task: 'hr',
    kind: 'held',
    table: 'HR.T',
    text: 'text',
    whatToDo: 'what',
    at: '1970-01-01T00:00:00.000Z',
    resolved: true,
  });
  expect(Object.keys(messageOf('hr', alert('1')))).not.toContain('resolved');
});
