/** A side that does not answer: in mid-tail, and when a task is started (fault matrix 1, 4, 6, 57). */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { RetryStatus } from '../../model/progress.ts';
import { eventually, exact, sharedSystem } from '../support/whole-system.ts';

const system = sharedSystem();

const OUTAGE_MS = 8_000;
const HOURS_12 = 720 * 60;
const STACK = /\n\s+at |node:internal|\.ts:\d+/;

interface Outage {
  readonly begin: () => Promise<void>;
  readonly end: () => Promise<unknown>;
}

const outages: Readonly<Record<'source' | 'destination', Outage>> = {
  source: {
    begin: async () => {
      await system().control('/oracle/refuse', { on: true });
      await system().control('/oracle/drop', {});
    },
    end: () => system().control('/oracle/refuse', { on: false }),
  },
  destination: {
    begin: async () => {
      await system().control('/maxcompute/refuse', { on: true });
    },
    end: () => system().control('/maxcompute/refuse', { on: false }),
  },
};
const sides = ['source', 'destination'] as const;

function mustBePlain(retry: RetryStatus | undefined): void {
  expect(retry).toMatchObject({ budget: 'connection', windowSeconds: HOURS_12 });
  expect(retry?.remainingSeconds).toBeGreaterThan(HOURS_12 - 300);
  expect(retry?.message.length).toBeGreaterThan(20);
  expect(retry?.message).not.toMatch(STACK);
}

describe('a side that stops answering', () => {
  test.each(sides)('the %s: the task shows Retrying, and goes on by itself afterwards', async (side) => {
    const task = await system().task();
    await task.startAndFollow();
    await task.orders.change(5);
    await task.untilCaughtUp();

    await task.orders.change(10);
    const { begin, end } = outages[side];
    await begin();
    const begun = Date.now();
    if (side === 'destination') await task.orders.change(5); // the source is there, so it goes on changing
    const { retry } = await task.until('Retrying is shown', ({ state }) => state === 'Retrying');
    await wait(Math.max(0, begun + OUTAGE_MS - Date.now()));
    await end();
    mustBePlain(retry);

    await task.orders.change(5);
    await task.untilCaughtUp();
    const status = await task.until('the retrying is over', ({ state }) => state === 'Synchronizing');
    expect(status.retry).toBeUndefined();
    const comparison = await task.compare(status);
    expect(comparison).toMatchObject(exact);
    expect(comparison.logRows).toBeGreaterThan(50);
  });
});

describe('a side that is not there when a task is started', () => {
  const unit = 'precheck';
  test.each(['source', 'destination'] as const)(
    'the %s: start says so, and the task begins once it is there',
    async (side) => {
      const task = await system().task();
      const { begin, end } = outages[side];
      await begin();
      const start = system().begin('start', task.file);
      await eventually('start says that it is retrying', () => start.err().includes('\n'));
      const { retry } = await system().redoflow.status(task.name);
      const shown = await system().command('status', task.name);
      await end();
      mustBePlain(retry);
      expect(start.err()).toMatch(new RegExp(`^Retrying ${unit}: .{20,}\n$`));
      expect(shown).toMatchObject({ code: 0, err: '' });
      expect(shown.out).toMatch(new RegExp(`^retrying ${unit} \\(\\d+ attempts, 11 h 5\\d min left\\): .{20,}$`, 'm'));
      expect(shown.out).not.toMatch(STACK);

      const { code, out, err } = await start.ended;
      expect({ code, err }).toEqual({ code: 0, err: start.err() });
      expect(out).toContain('precheck passed');
      await task.until('the tail begins', ({ position }) => position !== undefined);
      await task.orders.change(5);
      expect(await task.compare(await task.untilCaughtUp())).toMatchObject(exact);
    },
  );

  test('start --detach returns at once, and the task waits', async () => {
    const task = await system().task();
    await outages.source.begin();
    const { code, out, err } = await system().command('start', task.file, '--detach');
    expect({ code, out, err }).toEqual({ code: 0, out: `started ${task.workflowId}\n`, err: '' });
    const { retry } = await task.until('Retrying is shown', ({ state }) => state === 'Retrying');
    mustBePlain(retry);
    await outages.source.end();
    await task.until('the tail begins', ({ position }) => position !== undefined);
  });
});
