/** A task that copies nothing: it goes on from a saved position, or follows changes from a point on. Pure. */
import { describe, expect, test } from 'vitest';
import { scn } from '../../../model/scn.ts';
import {
  allPublished,
  captureStarted,
  decideTask,
  newTask,
  prechecked,
  startSaved,
  tablesCreated,
  tailStarted,
  taskOpened,
  type TaskPlanState,
} from '../../../model/sync-plan.ts';
import { planHash } from '../../../model/task-plan.ts';
import { captured, circumstances, incarnation, positionAt, rules, tablePlan } from './literal-plan.ts';

const tables = [captured('A', '100'), captured('B', '120')];
const passed = (state: TaskPlanState): TaskPlanState => prechecked(state, { passed: true, results: [] });
const steps = (state: TaskPlanState): readonly string[] => decideTask(state, circumstances()).map((step) => step.do);
const saved = {
  position: positionAt('150', 7),
  planHash: planHash(rules, tables),
  chainId: 'c1',
  logs: ['a_log', 'b_log'],
  madeBy: ['c0', 'c1'],
};
const opened = { runId: 'r9', cut: true, highest: { a_log: 9, b_log: 8 }, saved };

describe('a task that goes on from a saved position', () => {
  const known = taskOpened(passed(newTask()), opened);
  const adopted = tablesCreated(known, { tables, more: false });

  test('copies nothing: its tables are published from where each is followed', () => {
    expect(steps(known)).toEqual(['create-tables']);
    expect(allPublished(adopted)).toBe(true);
  });

  test('mines from the position with the same plan, and skips what was read back', () => {
    const { tail } = tailStarted(adopted, rules);
    expect(tail).toMatchObject({ tables, planHash: saved.planHash, position: saved.position });
    expect(tail?.skip).toEqual(opened.highest);
  });

  test('takes its tables page by page', () => {
    const [a, b] = tables;
    const first = tablesCreated(known, { tables: a ? [a] : [], more: true });
    expect(steps(first)).toEqual(['create-tables']);
    const { tail } = tailStarted(tablesCreated(first, { tables: b ? [b] : [], more: false }), rules);
    expect(tail?.planHash).toBe(saved.planHash);
  });

  test('remembers whose tables they are', () => {
    expect(adopted.start?.madeBy).toEqual(['c0', 'c1']);
  });

  test('does the same when it is reset before its tail', () => {
    const again = taskOpened({ ...adopted, runId: 'r9' }, { ...opened, runId: 'r10', reset: true });
    expect(tailStarted(again, rules).tail?.planHash).toBe(saved.planHash);
  });
});

describe('a task that only follows changes', () => {
  const created = tablesCreated(taskOpened(passed(newTask(false, true)), { runId: 'r1', cut: false, highest: {} }), {
    tables: [tablePlan('A'), tablePlan('B')],
    more: false,
  });
  const open = [{ xid: 'X1', startScn: scn('80'), captured: true }];
  const begun = captureStarted(created, { incarnation, scn: scn('90'), open });

  test('takes the point, saves it, and follows every table from there', () => {
    expect(steps(created)).toEqual(['capture-point']);
    expect(steps(begun)).toEqual(['save-start']);
    const { tail } = tailStarted(startSaved(begun), rules);
    expect(tail?.tables.map(({ emitAfter }) => emitAfter)).toEqual(['90', '90']);
    expect(tail?.position).toMatchObject({ scn: '90', open });
  });

  test('that was reset to before its point takes the saved one, and copies nothing either', () => {
    const position = { ...positionAt('90'), open };
    const reset = taskOpened(created, { ...opened, saved: { ...saved, planHash: '', position } });
    expect(allPublished(reset)).toBe(true);
    expect(tailStarted(reset, rules).tail?.tables.map(({ emitAfter }) => emitAfter)).toEqual(['90', '90']);
  });

  test('leaves a tail that has begun as it is', () => {
    const tailing = tailStarted(startSaved(begun), rules);
    expect(taskOpened(tailing, opened).copies).toEqual(tailing.copies);
  });
});
