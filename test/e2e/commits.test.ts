/** Commits whose outcome the client cannot learn from their answer (fault matrix 41–44, 42). */
import { describe, expect, test } from 'vitest';
import { eventually, exact, sharedSystem } from '../support/whole-system.ts';

const system = sharedSystem();
const PERSONALITIES = [
  ['ok', 200],
  ['conflict', 409],
] as const;

const loseReplies = async (...statuses: readonly number[]): Promise<void> => {
  for (const status of statuses)
    await system().control('/maxcompute/fail-next', { operation: 'commit', when: 'after', status });
};

/** Answers to commits of tables with this name, since a moment. */
const answers = (table: string, since: number): readonly (number | undefined)[] =>
  system()
    .door.commits.slice(since)
    .filter((commit) => commit.table.includes(table))
    .map(({ answer }) => answer);

describe.each(PERSONALITIES)('where a repeated commit is answered %s (%i)', (again, status) => {
  test(
    'a commit is done once, though its answers are lost, or come from a repetition',
    { timeout: 120_000 },
    async () => {
      const { door } = system();
      await system().control('/maxcompute/commit-personality', { again });
      const task = await system().task({ rows: 1_500 });
      const log = task.orders.table.replace(/^.*\./, '').toLowerCase();
      const begun = door.commits.length;
      await loseReplies(500, 0, 500, 0);
      await task.startAndFollow();
      const copied = answers(`${log}_base`, begun);
      expect(copied).toEqual(expect.arrayContaining([500, 0]));

      await task.orders.change(2);
      await task.untilCaughtUp(); // the tail has saved where it begins, which is a commit too
      await loseReplies(500);
      await task.orders.change(10);
      await task.untilCaughtUp();
      await loseReplies(0);
      await task.orders.change(10);
      await task.untilCaughtUp();
      expect(answers(`${log}_log`, begun)).toEqual(expect.arrayContaining([500, 0]));

      const repeatedFrom = door.commits.length;
      door.repeatCommits = true;
      await task.orders.change(10);
      const caughtUp = await task.untilCaughtUp();
      door.repeatCommits = false;
      const repeated = answers(`${log}_log`, repeatedFrom);
      expect(repeated.slice(0, 2)).toEqual([200, status]);
      const comparison = await task.compare(caughtUp);
      expect(comparison).toMatchObject(exact);
      expect(comparison.logRows).toBeGreaterThan(100);
    },
  );
});

describe('an upload session that expires after its commit was requested', () => {
  test.each([
    ['before the commit was done', 409],
    ['after the commit was done', 200],
  ])('%s: the destination decides', { timeout: 120_000 }, async (when, answer) => {
    const { door } = system();
    const task = await system().task();
    await task.startAndFollow();
    await task.orders.change(5);
    await task.untilCaughtUp();

    const begun = door.commits.length;
    await system().control('/maxcompute/slow', { operation: 'commit', milliseconds: 3_000 });
    await task.orders.change(10);
    const commit = await eventually('a window is being committed', () =>
      door.commits.slice(begun).find(({ table }) => table.endsWith('_log')),
    );
    if (when.startsWith('after')) {
      await system().control('/maxcompute/slow', { operation: 'status', milliseconds: 3_000 });
      await eventually('the commit is answered', () => commit.answer !== undefined);
    }
    await system().control('/maxcompute/expire-session', { id: commit.session });
    await system().control('/maxcompute/slow', { operation: 'commit', milliseconds: 0 });
    const gone = (text: string): boolean => text.includes('the destination is read before anything is written');
    await task.until('the session is found gone', ({ events }) => events.some(({ text }) => gone(text)));
    await system().control('/maxcompute/slow', { operation: 'status', milliseconds: 0 });
    expect(commit.answer).toBe(answer);

    await task.orders.change(5);
    const comparison = await task.compare(await task.untilCaughtUp());
    expect(comparison).toMatchObject(exact);
    expect(comparison.logRows).toBeGreaterThan(50);
  });
});
