/** Invariants 2 to 6 of the tail: what is decided, and what each result does. */
import { describe, expect, test } from 'vitest';
import type { Ledgers } from '../../../model/retry-ledger.ts';
import {
  commitResolved,
  newTail,
  positionSaved,
  savedPosition,
  tailOpened,
  windowCommitScheduled,
  windowCommitted,
  windowPlanned,
  windowPrepared,
} from '../../../model/tail-plan.ts';
import type { TailState } from '../../../model/tail-state.ts';
import * as stepping from '../../../model/tail-steps.ts';
import {
  captured,
  circumstances,
  failedOnce,
  incarnation,
  logSession,
  mined,
  nameOf,
  positionAt,
  windowReceipt,
} from './literal-plan.ts';

const start = positionAt('100');
const fresh = newTail([captured('A', '100'), captured('B', '100')], 'plan', start, {});
const saved: TailState = { ...fresh, saved: { place: '100', at: 0 } };
const NOW = 1_000;

const steps = (tail: TailState, running: readonly string[] = [], ledgers: Ledgers = {}): readonly string[] =>
  stepping.decideTail(tail, ledgers, circumstances(running)).map(nameOf);

const first = windowReceipt('110', [logSession('s1', 1, 3)]);
const second = windowReceipt('120', [logSession('s2', 4, 9)]);
const third = windowReceipt('130', [logSession('s3', 10, 12)]);
describe('a tail', () => {
  test('saves its position at once when it was never saved, and mines beside it', () => {
    expect(steps(fresh)).toEqual(['save 100', 'mine 1']);
    expect(steps(fresh, ['save', 'mine'])).toEqual([]);
  });

  test('mines window n+1 while n commits, and nothing beyond', () => {
    const one = mined(saved, first);
    expect(steps(one)).toEqual(['commit 1', 'mine 2']);
    const committing = windowCommitScheduled(one, 1);
    expect(steps(committing, ['commit'])).toEqual(['mine 2']);
    const two = mined(committing, second);
    expect(two.windows).toHaveLength(2);
    expect(steps(two, ['commit'])).toEqual([]);
  });

  test('begins each window where the one before it ends', () => {
    const [step] = stepping.decideTail(mined(saved, first), {}, circumstances(['commit']));
    expect(step).toEqual({
      do: 'mine',
      spec: {
        number: 2,
        planHash: 'plan',
        incarnation,
        from: '110',
        open: first.open,
        firstRecordId: 4,
        held: [],
        clock: { previousSeconds: 110 },
      },
    });
  });

  test('commits n+1 only after n', () => {
    const both = windowCommitScheduled(mined(mined(saved, first), second), 1);
    expect(steps(both, ['mine'])).toEqual(['commit 1']);
    expect(steps(both, ['mine', 'commit'])).toEqual([]);
    expect(windowCommitted(both, 2, 'done', NOW)).toEqual(both);
    expect(steps(windowCommitted(both, 1, 'done', NOW), ['mine'])).toEqual(['commit 2']);
  });

  test('moves its position by the receipt of what was committed', () => {
    const done = windowCommitted(windowCommitScheduled(mined(saved, first), 1), 1, 'done', 3_500);
    expect(done).toMatchObject({
      windows: [],
      windowsDone: 1,
      transactions: 1,
      logRows: { a_log: 3 },
      latency: { seconds: 2.5, measuredAt: 3_500 },
    });
    const moved = { scn: first.to, open: first.open, nextRecordId: 4, clock: { previousSeconds: 110 } };
    expect(done.position).toEqual({ ...start, ...moved });
  });

  test('never commits what it did not record, and never twice at a time', () => {
    const [step] = stepping.decideTail(saved, {}, circumstances());
    if (step?.do !== 'mine') throw new Error('nothing is to be mined');
    expect(steps(windowPlanned(saved, step.spec), ['mine'])).toEqual([]);
    expect(steps(mined(saved, first), ['commit', 'mine'])).toEqual([]);
  });

  test('commits the same sessions again after a commit that failed, and prepares no others', () => {
    const scheduled = windowCommitScheduled(mined(saved, first), 1);
    const later = mined(scheduled, second);
    expect(steps(later, [], failedOnce('commit of window 1', NOW + 1))).toEqual([]);
    const [again] = stepping.decideTail(later, {}, circumstances());
    expect(again).toMatchObject({ do: 'commit', window: { status: 'commitScheduled', receipt: first } });
  });

  test('does not commit and save its position at the same time', () => {
    const one = mined(saved, first);
    expect(steps(one, ['save', 'mine'])).toEqual([]);
    expect(steps(fresh, ['commit', 'mine'])).toEqual([]);
  });

  test.each([
    [stepping.SOURCE_UNIT, ['save 100']],
    [stepping.SAVE_UNIT, ['mine 1']],
  ] as const)('waits with one unit of work while its ledger says so: %s', (unit, expected) => {
    expect(steps(fresh, [], failedOnce(unit, NOW + 1))).toEqual(expected);
    expect(steps(fresh, [], failedOnce(unit, NOW))).toEqual(['save 100', 'mine 1']);
  });
});

describe('the saved position', () => {
  const moved = windowCommitted(windowCommitScheduled(mined(saved, first), 1), 1, 'done', NOW);

  test.each([
    [299_999, false],
    [300_000, true],
  ])('is at most five minutes old: after %i ms saving again is %s', (age, due) => {
    const decided = stepping.decideTail(moved, {}, circumstances(['mine'], 'run', { now: age })).map(nameOf);
    expect(decided).toEqual(due ? ['save 110'] : []);
  });

  test('is not written again while it has not moved', () => {
    expect(stepping.decideTail(saved, {}, circumstances(['mine'], 'run', { now: 10_000_000 }))).toEqual([]);
  });

  test('speaks for the chain, with all logs that it may have written', () => {
    expect(savedPosition(fresh, start, 'chain')).toEqual({
      position: start,
      planHash: 'plan',
      chainId: 'chain',
      logs: ['a_log', 'b_log'],
    });
    expect(positionSaved(fresh, start, 77).saved).toEqual({ place: '100', at: 77 });
  });
});

describe('a window', () => {
  test('is planned once, whatever asks for it', () => {
    const [step] = stepping.decideTail(saved, {}, circumstances(['save']));
    if (step?.do !== 'mine') throw new Error('nothing is to be mined');
    const planned = windowPlanned(saved, step.spec);
    expect(windowPlanned(planned, step.spec)).toEqual(planned);
    expect(planned).toMatchObject({ windows: [{ status: 'planned' }], nextWindow: 2 });
    expect(steps(planned)).toEqual(['mine 1']); // a lost attempt is made again
  });

  test('is fixed by its first receipt; a later one changes nothing of the bounds', () => {
    const one = mined(saved, first);
    const fixed = { to: '110', hash: first.hash, nextRecordId: 4, clockSeconds: 110 };
    expect(one.windows[0]?.spec.fixed).toEqual(fixed);
    const other = windowPrepared(one, 1, windowReceipt('999', [logSession('s9', 1, 9)]), NOW);
    expect(other.windows[0]?.spec.fixed).toEqual(fixed);
  });

  test('without sessions moves the position without a commit', () => {
    const idle = mined(saved, windowReceipt('105', [], 1));
    expect(idle).toMatchObject({ windows: [], position: { scn: '105', nextRecordId: 1 }, windowsDone: 1 });
    expect(idle.latency).toEqual({ seconds: 0, measuredAt: NOW });
  });

  test('without sessions moves the position only after everything before it', () => {
    const waiting = mined(mined(saved, first), windowReceipt('120', [], 4));
    expect(waiting.position.scn).toBe('100');
    expect(waiting.windows).toHaveLength(2);
    const done = windowCommitted(windowCommitScheduled(waiting, 1), 1, 'done', NOW);
    expect(done).toMatchObject({ windows: [], position: { scn: '120', nextRecordId: 4 }, windowsDone: 2 });
  });
});

describe('a session that is gone after its commit was scheduled', () => {
  const two = mined(windowCommitScheduled(mined(saved, first), 1), second);
  const ambiguous = windowCommitted(two, 1, 'gone', NOW);

  test('moves no position, voids no receipt, and lets nothing else be written', () => {
    expect(ambiguous).toEqual({ ...two, ambiguous: true });
    expect(steps(ambiguous)).toEqual(['resolve']);
    expect(steps(ambiguous, ['resolve'])).toEqual([]);
    expect(steps({ ...ambiguous, windows: ambiguous.windows.slice(0, 1) })).toEqual(['resolve']);
  });

  test('has a reader cancelled that would keep the destination from being read', () => {
    expect(steps(ambiguous, ['mine'])).toEqual(['cancel-readers']);
  });

  test('waits while reading the destination has failed', () => {
    expect(steps(ambiguous, [], failedOnce(stepping.RESOLVE_UNIT, NOW + 1))).toEqual([]);
  });

  test.each([
    ['none of it is there', 0],
    ['all of it is there', 3],
  ])('is prepared again with the same bounds when %s', (_case, highest) => {
    const resolved = commitResolved(ambiguous, { a_log: highest });
    if (!('windows' in resolved)) throw new Error('undecidable');
    expect(resolved.windows[0]).toEqual({ spec: two.windows[0]?.spec, status: 'planned' });
    expect(resolved.windows[0]?.spec.fixed?.to).toBe('110');
    expect(resolved.windows[1]).toEqual(two.windows[1]);
    expect(resolved).toMatchObject({ ambiguous: false, skip: { a_log: highest }, position: { scn: '100' } });
    expect(steps(resolved)).toEqual(['mine 1']);
    const again = windowPrepared(resolved, 1, { ...first, sessions: [logSession('s4', 1, 3)] }, NOW);
    expect(steps(again)).toEqual(['commit 1']);
  });

  test('moves the position over its window when everything of it is found at the destination', () => {
    const resolved = commitResolved(ambiguous, { a_log: 3 });
    if (!('windows' in resolved)) throw new Error('undecidable');
    const again = windowPrepared(resolved, 1, { ...first, sessions: [], rows: 0 }, NOW);
    expect(again).toMatchObject({ position: { scn: '110' }, windows: [{ spec: { number: 2 } }] });
  });

  test.each([1, 2])('stops everything when a part of it is there: highest record_id %i of 1 to 3', (highest) => {
    expect(commitResolved(ambiguous, { a_log: highest })).toEqual({ table: 'a_log', session: 's1' });
  });

  test('is judged table by table, and by the highest record_id of that table only', () => {
    const sessions = [
      logSession('s1', 1, 5, 'a_log'),
      logSession('s2', 2, 6, 'b_log'),
      logSession('s3', 7, 9, 'a_log'),
    ];
    const mixed = windowCommitted(
      windowCommitScheduled(mined(saved, windowReceipt('110', sessions)), 1),
      1,
      'gone',
      NOW,
    );
    expect(commitResolved(mixed, { a_log: 5 })).toMatchObject({ skip: { a_log: 5 } });
    expect(commitResolved(mixed, { a_log: 9, b_log: 6 })).toMatchObject({ ambiguous: false });
    expect(commitResolved(mixed, { a_log: 5, b_log: 4 })).toEqual({ table: 'b_log', session: 's2' });
    expect(commitResolved(mixed, { a_log: 8, b_log: 6 })).toEqual({ table: 'a_log', session: 's3' });
  });
});

describe('a history', () => {
  const two = { ...mined(windowCommitScheduled(mined(saved, first), 1), second), skip: { a_log: 2 }, ambiguous: true };

  test('that is unbroken keeps everything', () => {
    expect(tailOpened(two, { runId: 'r2', cut: false, highest: {} })).toEqual(two);
  });

  test('that was cut voids every receipt, and goes on from the position at the destination', () => {
    const position = positionAt('130', 13);
    const opened = { runId: 'r2', cut: true, highest: { a_log: 12 } };
    const kept = { position, planHash: 'plan', chainId: 'chain', logs: ['a_log'] };
    const cut = tailOpened(two, { ...opened, saved: kept });
    expect(cut).toMatchObject({ windows: [], ambiguous: false, skip: { a_log: 12 }, position });
    expect(steps(cut, ['save'])).toEqual([`mine ${two.nextWindow}`]);
    expect(tailOpened(two, opened).position).toEqual(start);
  });

  test('that was cut forgets what its commits were charged with, and nothing else', () => {
    const ledgers = { ...failedOnce('commit of window 1', 0), ...failedOnce(stepping.SOURCE_UNIT, 0) };
    expect(Object.keys(stepping.withoutCommitLedgers(ledgers))).toEqual([stepping.SOURCE_UNIT]);
  });

  test('that was cut ignores the outcome of a commit of a window that is gone', () => {
    const cut = tailOpened(two, { runId: 'r2', cut: true, highest: {} });
    expect(windowCommitted(cut, 1, 'done', NOW)).toEqual(cut);
    expect(windowCommitted(cut, 1, 'gone', NOW)).toEqual(cut);
  });
});

describe('a tail that comes to rest', () => {
  const moved = windowCommitted(windowCommitScheduled(mined(saved, first), 1), 1, 'done', NOW);
  const both = mined(windowCommitScheduled(mined(moved, second), 2), third);

  test.each(['pause', 'stop', 'roll-over'] as const)('for %s cancels its reader and begins nothing', (wish) => {
    expect(stepping.tailAtRest(both, circumstances(['mine', 'commit'], wish))).toEqual([{ do: 'cancel-readers' }]);
    expect(stepping.tailAtRest(both, circumstances(['commit'], wish))).toEqual([]);
    expect(stepping.tailAtRest(both, circumstances(['save'], wish))).toEqual([]);
  });

  test.each(['pause', 'stop', 'run'] as const)('for %s saves its position once; `run` is a failure', (wish) => {
    expect(stepping.tailAtRest(both, circumstances([], wish))).toEqual([{ do: 'save', position: moved.position }]);
    expect(stepping.tailAtRest(both, circumstances([], wish, { triedToSave: true }))).toEqual([]);
    expect(stepping.tailAtRest(positionSaved(both, moved.position, NOW), circumstances([], wish))).toEqual([]);
  });

  test('for roll-over does not save: the state is carried', () => {
    expect(stepping.tailAtRest(both, circumstances([], 'roll-over'))).toEqual([]);
  });
});
