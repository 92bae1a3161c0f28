/** What a run does that a reset put before its tail, or that does not know yet that it was reset. */
import { describe, expect, test } from 'vitest';
import { scn } from '../../../model/scn.ts';
import {
  captureStarted,
  copyReported,
  decideTask,
  newTask,
  onlyLooksForCopies,
  prechecked,
  startSaved,
  tablesCreated,
  tailStarted,
  taskOpened,
  type TaskPlanState,
} from '../../../model/sync-plan.ts';
import type { CopyReport } from '../../../model/table-copy.ts';
import { captured, circumstances, incarnation, positionAt, rules, tablePlan } from './literal-plan.ts';

const counts = { chunksDone: 0, chunks: 3, rows: 0, nulled: 0, attemptsLost: 0 };
const published = (table: string): CopyReport => ({
  ...counts,
  table,
  chainId: 'chain',
  state: 'published',
  published: { rows: 5, snapshotScn: scn('500') },
});

const opened = taskOpened(newTask(), { runId: 'r1', cut: false, highest: {} });
const passed = prechecked(opened, { passed: true, results: [] });
const created = tablesCreated(passed, { tables: [tablePlan('A'), tablePlan('B')], more: false });
const full = startSaved(captureStarted(created, { incarnation, scn: scn('400'), open: [] }));
const tailing = tailStarted(
  ['APP.A', 'APP.B'].reduce((state, table) => copyReported(state, published(table), 0), full),
  rules,
);
const decide = (state: TaskPlanState): unknown => decideTask(state, circumstances());

const position = positionAt('700', 33);
const opening = { runId: 'r2', cut: true, highest: { a_log: 40 } };
const saved = { position, planHash: 'plan', chainId: 'chain', logs: ['a_log'] };

describe('a reset', () => {
  test('to before the tail, a table that is held for a copy of its own is neither copied nor looked for', () => {
    const renewed = { ...captured('B', '0'), generation: 2 };
    const held = {
      'APP.A': { fromScn: scn('690'), open: [], reason: 'copying', text: '', setAside: 'aside' },
      'APP.B': { fromScn: scn('680'), open: [], reason: 'copying', text: '' },
    } as const;
    const cut = taskOpened(created, {
      ...opening,
      saved: { ...saved, position: { ...position, held }, replanned: [renewed] },
    });
    expect(decide(cut)).toEqual([]);
    const { tail } = tailStarted(cut, rules);
    expect(tail?.tables).toEqual([captured('A', '0'), renewed]);
    expect(tail?.position.held).toEqual(held);
  });

  test('to before the tail, copies are only looked for once a tail had begun', () => {
    const begun = taskOpened(full, { ...opening, saved });
    expect(onlyLooksForCopies(begun)).toBe(true);
    expect(onlyLooksForCopies(taskOpened(full, { ...opening, saved: { ...saved, planHash: '' } }))).toBe(false);
    const again = ['APP.A', 'APP.B'].reduce((state, table) => copyReported(state, published(table), 0), begun);
    expect(onlyLooksForCopies(tailStarted(again, rules))).toBe(false);
  });

  test('what is known of a copy says nothing of the pair that was made anew since', () => {
    const known = copyReported(tailing, published('APP.A'), 0);
    expect(Object.keys(known.copies)).toEqual(['APP.A', 'APP.B']);
    const renewed = { ...captured('A', '0'), generation: 2 };
    expect(Object.keys(taskOpened(known, { ...opening, saved: { ...saved, replanned: [renewed] } }).copies)).toEqual([
      'APP.B',
    ]);
  });
});

describe('a run that was reset and does not know it', () => {
  const orphaned: CopyReport = { ...counts, table: 'APP.A', chainId: 'chain', state: 'orphaned', startedBy: 'r1' };

  test('asks who it is when a copy that it started tells it', () => {
    const told = copyReported({ ...full, runId: 'r1', lastRunId: 'r1' }, orphaned, 7);
    expect(told).not.toHaveProperty('runId');
    expect(told).not.toHaveProperty('lastRunId');
    expect(decide(told)).toEqual([{ do: 'open-run' }]);
  });

  test('and one that knows by now only starts the copy again', () => {
    const told = copyReported({ ...full, runId: 'r2' }, orphaned, 7);
    expect(told).toMatchObject({ runId: 'r2', copies: { 'APP.A': { started: false } } });
  });
});
