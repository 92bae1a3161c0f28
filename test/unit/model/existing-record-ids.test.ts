/** Rows of others in a `_log` that a task goes on with: ours begin above them, so that they are never taken for ours. */
import { expect, test } from 'vitest';
import { startPosition, type CaptureStart } from '../../../model/capture-start.ts';
import { scn } from '../../../model/scn.ts';
import { captureStarted, newTask, startSaved, tablesCreated, taskOpened } from '../../../model/sync-plan.ts';
import { incarnation, tablePlan } from './literal-plan.ts';

const point = { incarnation, scn: scn('400'), open: [] };
const opened = taskOpened(newTask(), { runId: 'r1', cut: false, highest: {} });
const first = tablesCreated(opened, { tables: [tablePlan('A')], more: true, highestRecordId: 70 });
const second = tablesCreated(first, { tables: [tablePlan('B')], more: true, highestRecordId: 7 });
const created = tablesCreated(second, { tables: [tablePlan('C')], more: false });
const begun = (start: CaptureStart | undefined): CaptureStart => {
  if (!start) throw new Error('the capture has not begun');
  return start;
};

test('record_ids begin above the highest of all pages', () => {
  expect(captureStarted(created, point).start?.nextRecordId).toBe(71);
  const none = tablesCreated(opened, { tables: [tablePlan('A')], more: false });
  expect(captureStarted(none, point).start?.nextRecordId).toBe(1);
});

test('after a cut the saved position keeps that, and what is read back of others lies below all of ours', () => {
  const started = startSaved(captureStarted(created, point));
  const position = startPosition(begun(started.start));
  const highest = { a_log: 70, b_log: 7 };
  const saved = { position, planHash: '', chainId: 'r1', logs: ['a_log', 'b_log', 'c_log'] };
  const cut = begun(taskOpened(started, { runId: 'r2', cut: true, reset: true, highest, saved }).start);
  expect(cut.nextRecordId).toBe(71);
  expect(Math.max(...Object.values(cut.skip))).toBeLessThan(cut.nextRecordId);
});
