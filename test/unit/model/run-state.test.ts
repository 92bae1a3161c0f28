import { describe, expect, test } from 'vitest';
import type { FailureKind } from '../../../model/failure.ts';
import type { Ledgers } from '../../../model/retry-ledger.ts';
import {
  attemptFailed,
  carried,
  nextWake,
  pausedAt,
  probed,
  probes,
  recovered,
  resumedAt,
  succeeded,
  withoutRun,
  type RunState,
} from '../../../model/run-state.ts';

const windows = { connectionSeconds: 100, otherSeconds: 10 };
const opened: RunState = { runId: 'r2', lastRunId: 'r2', ledgers: {} };
const none: ReadonlySet<string> = new Set();

const fail = (state: RunState, unit: string, kind: FailureKind, now: number): RunState =>
  attemptFailed(state, { unit, kind, message: `${unit} did not work` }, { now, windows });

const twice = (state: RunState, unit: string, kind: FailureKind): RunState =>
  fail(fail(state, unit, kind, 0), unit, kind, 1_000);

describe('a failed attempt', () => {
  test.each([
    ['source-unreachable', 'connection'],
    ['sink-unreachable', 'connection'],
    ['sink-throttled', 'connection'],
    ['sink-rejected', 'other'],
    ['attempt-lost', 'other'],
    ['bug', 'other'],
  ] as const)('of kind %s is charged to the budget for %s issues', (kind, budget) => {
    expect(fail(opened, 'source', kind, 0).ledgers['source']?.current).toBe(budget);
  });

  test.each(['source-login-refused', 'window-not-reproduced', 'commit-ambiguous', 'source-redo-undecodable'] as const)(
    'of kind %s waits for a person at once',
    (kind) => {
      const state = fail(opened, 'source', kind, 7);
      expect(state.failed).toEqual({ unit: 'source', kind, message: 'source did not work', at: 7 });
      expect(state.ledgers).toEqual({});
    },
  );

  test('fails the state once its window is over, and not before', () => {
    const first = fail(opened, 'source', 'source-rejected', 0);
    expect(fail(first, 'source', 'source-rejected', 9_999).failed).toBeUndefined();
    expect(fail(first, 'source', 'source-rejected', 10_000).failed).toMatchObject({ unit: 'source', at: 10_000 });
  });

  test('is charged to its own unit only', () => {
    const state = fail(fail(opened, 'source', 'source-rejected', 0), 'saving the position', 'sink-rejected', 9_999);
    expect(state.ledgers['saving the position']?.spentMs).toEqual({ connection: 0, other: 0 });
  });

  test('of a cut history forgets both runs, so that the next answer is "cut", and is free', () => {
    const state = fail(opened, 'commit of window 3', 'history-was-cut', 0);
    expect(state).toEqual({ ledgers: {} });
    expect(withoutRun(opened)).toEqual({ ledgers: {} });
  });
});

test('a success clears only the ledger of its own unit', () => {
  const state = fail(fail(opened, 'source', 'source-rejected', 0), 'commit of window 3', 'sink-rejected', 0);
  expect(Object.keys(succeeded(state, 'source').ledgers)).toEqual(['commit of window 3']);
});

test('a run that continues as new carries the id that its successor must have been continued from', () => {
  expect(carried(opened)).toEqual({ lastRunId: 'r2', ledgers: {} });
});

test('recover forgets the failure and gives every unit its whole window again', () => {
  const state = fail(fail(opened, 'source', 'source-rejected', 0), 'save', 'sink-login-refused', 5_000);
  expect(recovered(state)).toEqual(opened);
});

test('paused time is free for every unit', () => {
  const state = fail(fail(opened, 'source', 'source-rejected', 0), 'save', 'sink-rejected', 2_000);
  const resumed = resumedAt(pausedAt(state, 4_000), 500_000);
  expect(resumed.ledgers['source']?.spentMs.other).toBe(4_000);
  expect(resumed.ledgers['save']?.spentMs.other).toBe(2_000);
  expect(fail(resumed, 'source', 'source-rejected', 505_999).failed).toBeUndefined();
  expect(fail(resumed, 'source', 'source-rejected', 506_000).failed).toBeDefined();
});

describe('probes', () => {
  const down: Ledgers = twice(
    twice(twice(opened, 'chunk 1', 'source-unreachable'), 'chunk 2', 'source-unreachable'),
    'commit of chunk 3',
    'sink-throttled',
  ).ledgers;

  test('are one per side, however many units wait for it', () => {
    expect(probes(down, none)).toEqual([
      { do: 'probe', side: 'source', unit: 'chunk 1' },
      { do: 'probe', side: 'destination', unit: 'commit of chunk 3' },
    ]);
  });

  test('are not started twice', () => {
    expect(probes(down, new Set(['probe source'])).map(({ side }) => side)).toEqual(['destination']);
    expect(probes(down, new Set(['probe source', 'probe destination']))).toEqual([]);
  });

  test('are not needed for a blip', () => {
    expect(probes(fail(opened, 'chunk 1', 'source-unreachable', 0).ledgers, none)).toEqual([]);
  });

  test('that are answered serve all units of their side, and none of the other', () => {
    const state = probed({ ledgers: down }, 'source', true, { now: 5_000, windows });
    expect(probes(state.ledgers, none).map(({ side }) => side)).toEqual(['destination']);
    expect(state.ledgers['chunk 2']?.nextAttemptAt).toBe(3_000);
  });

  test('that stay silent leave every unit its last attempt at the end of its own window', () => {
    const state = probed({ ledgers: down }, 'source', false, { now: 50_000, windows });
    expect(state.ledgers['chunk 1']?.nextAttemptAt).toBe(100_000);
    expect(state.ledgers['chunk 2']?.nextAttemptAt).toBe(100_000);
    expect(nextWake(state.ledgers, 50_000)).toBe(100_000);
  });
});

test('the next moment to wake at is the first that still lies ahead', () => {
  const { ledgers } = fail(fail(opened, 'a', 'sink-rejected', 0), 'b', 'sink-rejected', 5_000);
  expect(nextWake(ledgers, 0)).toBe(1_000);
  expect(nextWake(ledgers, 1_000)).toBe(6_000);
  expect(nextWake(ledgers, 6_000)).toBeUndefined();
});
