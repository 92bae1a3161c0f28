/**
 * The real plans and the real activities under virtual time, from the schema to the end of the redo: attempts lost while their work goes on,
 * requests lost, late or unanswered, sessions expired, crashes, roll-overs, pauses, resets to any older moment, rows of others; and DDL that
 * holds tables, which operators release, add, and have copied anew. `npm run prove -- --protocol` plays more seeds.
 */
import { expect, test } from 'vitest';
import { FAULT_KINDS, kindOfSite } from '../../prove/protocol/faults.ts';
import { playHours } from '../../prove/protocol/hours.ts';
import { playSeed } from '../../prove/protocol/play.ts';
import { shrunk } from '../../prove/protocol/shrink.ts';

const SEEDS = Array.from({ length: Number(process.env['REDOFLOW_TEST_SEEDS'] ?? 64) }, (_, i) => i + 1);
const HOURS_EVERY = 8;
const nothing = { lost: 0, duplicated: 0, ghosts: 0, changed: 0, found: [] };
const kinds = new Set<string>();

test.each(SEEDS)('whatever happens, every change is at its place once and in order: seed %i', async (seed) => {
  const { problem, verdict, faults } = await playSeed(seed);
  expect({ problem, verdict }).toEqual({ problem: undefined, verdict: nothing });
  for (const site of faults) kinds.add(kindOfSite(site));
});

test('the seeds together have seen every kind of fault', () => {
  expect(SEEDS.length < 64 ? [] : FAULT_KINDS.filter((kind) => !kinds.has(kind))).toEqual([]);
});

test.each(SEEDS.filter((seed) => seed % HOURS_EVERY === 0))(
  'over hours of trouble retry windows end when they are over, and nothing is lost: seed %i',
  async (seed) => {
    const { problem, verdict } = await playHours(seed);
    expect({ problem, verdict }).toEqual({ problem: undefined, verdict: nothing });
  },
);

test('a seed plays the same twice, and without faults when none are given', async () => {
  const [first, second, calm] = [await playSeed(7), await playSeed(7), await playSeed(7, new Set())];
  expect(second).toEqual(first);
  expect(first.faults.length).toBeGreaterThan(10);
  expect(calm).toMatchObject({ problem: undefined, verdict: nothing, faults: [] });
});

test('what a seed that does not fail needs is all of its faults', async () => {
  expect(await shrunk(7, ['crash commit#1', 'reset mine#2'])).toEqual(['crash commit#1', 'reset mine#2']);
});
