/**
 * Two tasks over one source, and a worker whose clock is wrong (docs/fault-matrix.md, 82, 85). A file of its own: on a server that was
 * told to forget a workflow in the middle of an activity time passes as everywhere.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { statusText } from '../../client/status.ts';
import { startSmallTask, type SmallTask } from '../support/small-task.ts';
import { devServerWorld, sharedWorld, timeSkippingWorld } from '../support/temporal.ts';

const world = sharedWorld(timeSkippingWorld);
/** The other one has no lists, by which tasks know of each other. */
const listing = sharedWorld(devServerWorld);
const MINUTE = 60_000;

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Of this process, and so of the worker in it. */
const clockOff = (milliseconds: number): DateConstructor =>
  new Proxy(Date, {
    construct: (real, given: readonly unknown[]) =>
      Reflect.construct(real, given.length > 0 ? given : [real.now() + milliseconds]) as Date,
    get: (real, key) => (key === 'now' ? () => real.now() + milliseconds : (Reflect.get(real, key) as unknown)),
  });

const retry = (failedConnectionsMinutes: number) => ({ failedConnectionsMinutes, otherIssuesMinutes: 5 });

test('tasks that share a source wait for the shortest of their times, as long as there are several', async () => {
  const told = (task: SmallTask, minutes: number) =>
    task.until(({ events }) => {
      const last = events.findLast(({ text }) => text.startsWith('retry times in force: '));
      return last?.text.startsWith(`retry times in force: ${minutes} min for failed connections`) === true;
    });
  const rollOverEvents = 120;
  const short = await startSmallTask(listing(), { retry: retry(30) });
  await using long = await startSmallTask(listing(), { retry: retry(600), sharedSource: short.source, rollOverEvents });
  try {
    await short.until(({ position }) => position !== undefined);
    await told(long, 30);
    short.source.down = true;
    for (const task of [short, long]) {
      const { retry } = await task.until(({ state }) => state === 'Retrying');
      expect(retry).toMatchObject({ budget: 'connection', windowSeconds: 30 * 60 });
    }
    short.source.down = false;
  } finally {
    await short[Symbol.asyncDispose]();
  }
  await told(long, 600);
});

test('two tasks wait each for the time that it has, whatever the clock of their worker says', async () => {
  const common = { timeSkipping: true, source: { headMax: 1_000 } };
  await using short = await startSmallTask(world(), { ...common, retry: retry(30) });
  await using long = await startSmallTask(world(), { ...common, retry: retry(600), sharedSource: short.source });
  for (const task of [short, long]) await task.until(({ position }) => position !== undefined);
  short.source.down = true;
  for (const task of [short, long]) await task.until(({ state }) => state === 'Retrying');
  const retryOf = async (task: SmallTask) => (await task.status()).retry;
  expect(await retryOf(short)).toMatchObject({ budget: 'connection', windowSeconds: 30 * 60 });
  expect(await retryOf(long)).toMatchObject({ budget: 'connection', windowSeconds: 600 * 60 });

  for (const hours of [24, -24, 1]) {
    vi.unstubAllGlobals();
    vi.stubGlobal('Date', clockOff(hours * 60 * MINUTE));
    await world().sleep(8 * MINUTE);
    expect((await short.status()).state).toBe('Retrying');
  }
  const shown = statusText(await short.status(), await world().currentTimeMs()).join('\n');
  expect(shown).toMatch(/^retrying source \(\d+ attempts?, [56] min( \d+ s)? left\): /m);
  await world().sleep(7 * MINUTE);
  const failed = await short.until(({ state }) => state === 'Failed');
  expect(failed.failure?.kind).toBe('source-unreachable');
  expect((await long.status()).state).toBe('Retrying');
});
