/**
 * The real plan and the real activities under virtual time: attempts lost while their work goes on, requests lost, late or unanswered,
 * sessions expired, roll-overs, pauses, resets to any older moment. At the end every change is in its log once, with its record_id.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SimulatedTask } from './simulated-task.ts';
import { expectedRows } from './simulated-world.ts';

const SEEDS = Array.from({ length: 60 }, (_, i) => i + 1);
const totals: Record<string, number> = {};

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterAll(() => {
  vi.useRealTimers();
});

test.each(SEEDS)('whatever happens, every change is in its log once and in order: seed %i', async (seed) => {
  const simulation = new SimulatedTask(seed);
  expect(await simulation.play()).toBeUndefined();
  for (const [log, expected] of Object.entries(expectedRows())) {
    const rows = simulation.sink.rowsOf(log);
    expect(rows.map(([id, flag, , ...rest]) => [id, flag, ...rest].join(' '))).toEqual(expected);
    const times = rows.map((row) => Number(row[2]));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  }
  for (const [name, count] of Object.entries(simulation.counts)) totals[name] = (totals[name] ?? 0) + count;
});

test('the seeds together have seen every kind of fault many times', () => {
  for (const [name, count] of Object.entries(totals)) expect([name, count >= 40]).toEqual([name, true]);
});
