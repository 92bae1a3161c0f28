/** Values that their columns cannot hold, written as NULL: counted from the receipts to the progress of a table. */
import { expect, test } from 'vitest';
import { newTask } from '../../../model/sync-plan.ts';
import { reported, unstarted, type CopyReport } from '../../../model/table-copy.ts';
import { newTail, windowCommitScheduled, windowCommitted } from '../../../model/tail-plan.ts';
import { tablesProgress } from '../../../model/task-status.ts';
import { captured, logSession, mined, positionAt, tablePlan, windowReceipt } from './literal-plan.ts';

const report: CopyReport = {
  table: 'APP.A',
  chainId: 'chain',
  state: 'published',
  chunksDone: 1,
  chunks: 1,
  rows: 9,
  nulled: 5,
  attemptsLost: 0,
};
const receipt = windowReceipt('700', [
  { ...logSession('s1', 1, 3), nulled: 2 },
  { ...logSession('s2', 4, 4), nulled: 1 },
  logSession('s3', 5, 5, 'b_log'),
]);
const fresh = newTail([captured('A', '100'), captured('B', '100')], 'plan', positionAt('100'), {});

test('the tail adds them up for each log, and names no log without any', () => {
  const done = windowCommitted(windowCommitScheduled(mined(fresh, receipt), 1), 1, 'done', 3_500);
  expect(done).toMatchObject({ logRows: { a_log: 4, b_log: 1 }, nulled: { a_log: 3 } });
  expect(done.nulled).not.toHaveProperty('b_log');
});

test('the progress of a table has those of its copy and of its log', () => {
  const tail = windowCommitted(windowCommitScheduled(mined(fresh, receipt), 1), 1, 'done', 3_500);
  const copies = { 'APP.A': reported(unstarted(), report, 0) };
  const task = { ...newTask(), tables: [tablePlan('A'), tablePlan('B')], copies, tail };
  expect(tablesProgress(task).map(({ nulled }) => nulled)).toEqual([8, 0]);
});
