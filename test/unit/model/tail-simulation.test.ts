/**
 * The real plan and the real activities under virtual time: attempts lost while their work goes on, requests lost, late or unanswered,
 * sessions expired, roll-overs, pauses, resets to any older moment; and DDL that holds tables, which operators release, add, and have
 * copied anew. At the end every change is in its log once and in order, under a record_id of its own.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Row } from '../../../model/table.ts';
import { SimulatedTask } from './simulated-task.ts';
import { expectedRows, snapshotOf } from './simulated-world.ts';

const SEEDS = Array.from({ length: Number(process.env['REDOFLOW_TEST_SEEDS'] ?? 60) }, (_, i) => i + 1);
const totals: Record<string, number> = {};

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterAll(() => {
  vi.useRealTimers();
});

const contents = (rows: readonly Row[]): readonly string[] =>
  rows.map(([, flag, , before, after, value]) => [flag, before, after, value].join(' '));

/** The log of A, the one that was set aside first. */
function logsOfA({ sink }: SimulatedTask): readonly string[] {
  return [...sink.tables.keys()].filter((name) => name.startsWith('a_log')).toSorted((a, b) => b.length - a.length);
}

test.each(SEEDS)('whatever happens, every change is in its log once and in order: seed %i', async (seed) => {
  const simulation = new SimulatedTask(seed);
  expect(await simulation.play()).toBeUndefined();
  const { sink, snapshots } = simulation;
  expect(contents(sink.rowsOf('b_log'))).toEqual(expectedRows('B', snapshotOf('B')));
  expect(contents(sink.rowsOf('c_log'))).toEqual(expectedRows('C', snapshotOf('C')));
  expect(contents(sink.rowsOf('d_log'))).toEqual(expectedRows('D', snapshots.get('APP.D 1') ?? NaN));
  expect(contents(sink.rowsOf('a_log'))).toEqual(expectedRows('A', snapshots.get('APP.A 2') ?? NaN));
  const [aside = '', ...others] = logsOfA(simulation);
  expect(others).toEqual(['a_log']);
  const before = contents(sink.rowsOf(aside));
  expect(before).toEqual(expectedRows('A', snapshotOf('A')).slice(0, before.length));

  const ids = new Set<string>();
  for (const log of [aside, 'a_log', 'b_log', 'c_log', 'd_log']) {
    const rows = sink.rowsOf(log);
    const risen = rows.every((row, i) => Number(row[0]) >= Number(rows[i - 1]?.[0] ?? 0));
    const stamped = rows.every((row, i) => Number(row[2]) >= Number(rows[i - 1]?.[2] ?? 0));
    expect([log, risen, stamped]).toEqual([log, true, true]);
    for (const id of new Set(rows.map((row) => String(row[0])))) {
      expect([id, ids.has(id)]).toEqual([id, false]);
      ids.add(id);
    }
  }
  for (const [name, count] of Object.entries(simulation.counts)) totals[name] = (totals[name] ?? 0) + count;
});

test('the seeds together have seen every kind of fault many times', () => {
  for (const [name, count] of Object.entries(totals)) expect([name, count >= 40]).toEqual([name, true]);
});
