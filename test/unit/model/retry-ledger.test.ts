import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterFailure,
  answered,
  isDue,
  pausedLedger,
  remainingMs,
  resumedLedger,
  silent,
  spentMs,
  wantsProbe,
  windowMs,
  withoutLedger,
  worstLedger,
  type Budget,
  type Ledger,
} from '../../../model/retry-ledger.ts';

const windows = { connectionSeconds: 100, otherSeconds: 10 };
const kinds = { connection: 'source-unreachable', other: 'source-rejected' } as const;

const fail = (old: Ledger | undefined, budget: Budget, now: number): Ledger | undefined =>
  afterFailure(old, { budget, kind: kinds[budget], message: 'as before', now }, windows);

function mustRetry(old: Ledger | undefined, budget: Budget, now: number): Ledger {
  const ledger = fail(old, budget, now);
  if (!ledger) throw new Error(`the window is over at ${now}`);
  return ledger;
}

/** Fails every attempt at once, when it is due. Answers the moments of the attempts after the first. */
function attemptsOf(budget: Budget, startAt: number): readonly number[] {
  const moments: number[] = [];
  let ledger = fail(undefined, budget, startAt);
  while (ledger) {
    moments.push(ledger.nextAttemptAt);
    ledger = fail(ledger, budget, ledger.nextAttemptAt);
  }
  return moments;
}

describe('a retry ledger', () => {
  test('waits twice as long after each failure, at most 30 s, and tries last exactly at the end of the window', () => {
    expect(attemptsOf('other', 1_000_000).map((at) => (at - 1_000_000) / 1000)).toEqual([1, 3, 7, 10]);
    expect(attemptsOf('connection', 0).map((at) => at / 1000)).toEqual([1, 3, 7, 15, 31, 61, 91, 100]);
  });

  test('ends exactly at its window, however long the attempts take', () => {
    const durations = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(durations, (took) => {
        let ledger = mustRetry(undefined, 'connection', 0);
        for (const milliseconds of took) {
          expect(ledger.nextAttemptAt).toBeLessThanOrEqual(windowMs(windows, 'connection'));
          const failedAt = ledger.nextAttemptAt + milliseconds;
          const next = fail(ledger, 'connection', failedAt);
          if (!next) {
            expect(failedAt).toBeGreaterThanOrEqual(windowMs(windows, 'connection'));
            return;
          }
          ledger = next;
        }
      }),
    );
  });

  test('charges alternating classes each to its own budget only', () => {
    const first = mustRetry(undefined, 'connection', 0);
    const second = mustRetry(first, 'other', 60_000);
    expect(second.spentMs).toEqual({ connection: 60_000, other: 0 });
    const third = mustRetry(second, 'connection', 69_000);
    expect(third.spentMs).toEqual({ connection: 60_000, other: 9_000 });
    expect(remainingMs(third, windows, 69_000)).toBe(40_000);
    const fourth = mustRetry(third, 'other', 108_000);
    expect(fourth.spentMs).toEqual({ connection: 99_000, other: 9_000 });
    expect(fourth.nextAttemptAt).toBe(109_000);
    expect(fail(fourth, 'other', 109_000)).toBeUndefined();
  });

  test('counts failures per class, so that one class does not lengthen the waits of the other', () => {
    const lines = mustRetry(mustRetry(mustRetry(undefined, 'connection', 0), 'connection', 1_000), 'other', 2_000);
    expect(lines.attempts).toEqual({ connection: 2, other: 1 });
    expect(lines.nextAttemptAt).toBe(3_000);
  });

  test('is not charged for paused time', () => {
    const failed = mustRetry(undefined, 'other', 0);
    const paused = pausedLedger(failed, 4_000);
    const resumed = resumedLedger(paused, 9_000_000);
    expect(spentMs(resumed, 9_000_000)).toBe(4_000);
    expect(resumed.nextAttemptAt).toBe(9_000_000);
    expect(mustRetry(resumed, 'other', 9_001_000).nextAttemptAt).toBe(9_003_000);
    expect(fail(resumed, 'other', 9_006_000)).toBeUndefined();
  });

  test('follows a window that changes while it runs', () => {
    const failed = mustRetry(undefined, 'other', 0);
    expect(remainingMs(failed, { ...windows, otherSeconds: 60 }, 5_000)).toBe(55_000);
    expect(remainingMs(failed, { ...windows, otherSeconds: 3 }, 5_000)).toBe(0);
  });

  test('is cleared alone: the success of one unit says nothing of another', () => {
    const ledger = mustRetry(undefined, 'other', 0);
    expect(withoutLedger({ source: ledger, 'commit of window 3': ledger }, 'source')).toEqual({
      'commit of window 3': ledger,
    });
  });

  test('shows the unit that is nearest to its end', () => {
    const late = mustRetry(undefined, 'connection', 0);
    const soon = mustRetry(undefined, 'other', 0);
    expect(worstLedger({ late, soon }, windows, 1_000)?.unit).toBe('soon');
    expect(worstLedger({ late: mustRetry(late, 'connection', 95_000), soon }, windows, 95_000)?.unit).toBe('soon');
    expect(worstLedger({}, windows, 0)).toBeUndefined();
  });
});

describe('a probe', () => {
  const blip = mustRetry(undefined, 'connection', 0);
  const outage = mustRetry(blip, 'connection', 1_000);

  test('is wanted from the second connection failure on, and never for other failures', () => {
    expect(wantsProbe(blip)).toBe(false);
    expect(wantsProbe(outage)).toBe(true);
    expect(wantsProbe(mustRetry(outage, 'other', 2_000))).toBe(false);
    expect(wantsProbe(mustRetry(mustRetry(undefined, 'other', 0), 'other', 1_000))).toBe(false);
  });

  test('keeps real attempts away while it waits', () => {
    expect(isDue({ source: blip }, 'source', 1_000)).toBe(true);
    expect(isDue({ source: outage }, 'source', 3_000)).toBe(false);
    expect(isDue({ source: outage }, 'another unit', 0)).toBe(true);
  });

  test('that is answered lets a real attempt through, and clears nothing', () => {
    const heard = answered(outage);
    expect(isDue({ source: heard }, 'source', 2_999)).toBe(false);
    expect(isDue({ source: heard }, 'source', 3_000)).toBe(true);
    expect(spentMs(heard, 3_000)).toBe(3_000);
    expect(wantsProbe(mustRetry(heard, 'connection', 3_000))).toBe(true);
  });

  test('that nobody answers leaves one attempt exactly at the end of the window', () => {
    const quiet = silent(outage, windows, 40_000);
    expect(quiet.nextAttemptAt).toBe(100_000);
    expect(isDue({ source: quiet }, 'source', 99_999)).toBe(false);
    expect(isDue({ source: quiet }, 'source', 100_000)).toBe(true);
    expect(fail(quiet, 'connection', 100_000)).toBeUndefined();
  });

  test('is wanted again after a pause', () => {
    expect(wantsProbe(resumedLedger(pausedLedger(answered(outage), 5_000), 9_000))).toBe(true);
  });
});
