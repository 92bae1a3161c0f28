/** Redo that is gone for good: when a position may pass it, and what becomes of tables and record_ids. */
import { describe, expect, test } from 'vitest';
import type { HeldTable } from '../../../model/position.ts';
import type { CapturePoint } from '../../../model/position.ts';
import { gapAsked, gapForgotten, gapPassed, gapProblem } from '../../../model/redo-gap.ts';
import type { GapRequest } from '../../../model/tail-state.ts';
import { attemptFailed } from '../../../model/run-state.ts';
import { scn } from '../../../model/scn.ts';
import { newTask, type TaskPlanState } from '../../../model/sync-plan.ts';
import { newTail, tailOpened, windowCommitScheduled } from '../../../model/tail-plan.ts';
import type { TailState } from '../../../model/tail-state.ts';
import { atBoundary, decideTail, SAVE_UNIT, SOURCE_UNIT } from '../../../model/tail-steps.ts';
import {
  captured,
  circumstances,
  failedOnce,
  incarnation,
  logSession,
  mined,
  nameOf,
  positionAt,
  rules,
  windowReceipt,
  windows,
} from './literal-plan.ts';

const [a, b, c] = [captured('A', '10'), captured('B', '10'), captured('C', '10')];
const open = [{ xid: 'X', startScn: scn('480'), captured: true }];
const point: CapturePoint = { incarnation, scn: scn('500'), open };
const accept: GapRequest = { way: 'accept', setAside: 'old' };
const resync: GapRequest = { way: 'resync', setAside: 'old' };
const tail: TailState = {
  ...newTail([a, b, c], 'plan', positionAt('100', 40), {}),
  saved: { place: '100', at: 0 },
};
const held = (from: string, change: Partial<HeldTable> = {}): HeldTable => ({
  fromScn: scn(from),
  open: [],
  reason: 'columns-changed',
  text: 'DDL',
  ...change,
});
const holding = (
  tables: Readonly<Record<string, HeldTable>>,
  change: Partial<TailState['position']> = {},
): TailState => ({
  ...tail,
  position: { ...tail.position, held: tables, ...change },
});
const tableNames = (stops: TailState['following']): readonly string[] => stops.map(({ table }) => table);

describe('a gap', () => {
  const state = (change: Partial<TaskPlanState> = {}): TaskPlanState => ({
    ...attemptFailed(
      { ...newTask(), phase: 'incremental', tail },
      { unit: SOURCE_UNIT, kind: 'source-redo-undecodable', message: '' },
      { now: 0, windows },
    ),
    failed: { unit: SOURCE_UNIT, kind: 'source-redo-missing', message: '', at: 0 },
    ...change,
  });
  const { failed: _failed, ...running } = state();
  const many = Array.from({ length: 201 }, (_, i) => captured(`T${i}`, '1'));
  test.each<[string, TaskPlanState, GapRequest['way'], RegExp | undefined]>([
    ['can be accepted by a task that failed for want of redo', state(), 'accept', undefined],
    ['can be closed by copies then', state(), 'resync', undefined],
    ['is none in a task that runs', running, 'accept', /no gap to pass/],
    [
      'is none in a task that failed otherwise',
      state({ failed: { unit: SOURCE_UNIT, kind: 'source-unreachable', message: '', at: 0 } }),
      'accept',
      /no gap to pass/,
    ],
    [
      'is not closed by copies of very many tables',
      state({ tail: { ...tail, tables: many } }),
      'resync',
      /At most 200/,
    ],
    [
      'is not closed by a copy that runs already',
      state({ tail: holding({ 'APP.A': held('90', { reason: 'copying' }) }) }),
      'resync',
      /APP\.A is being copied/,
    ],
    [
      'is accepted while a copy runs',
      state({ tail: holding({ 'APP.A': held('90', { reason: 'copying' }) }) }),
      'accept',
      undefined,
    ],
  ])('%s', (_case, given, way, problem) => {
    if (problem) expect(gapProblem(given, way)).toMatch(problem);
    else expect(gapProblem(given, way)).toBeUndefined();
  });
});

describe('before the position passes a gap', () => {
  const steps = (given: TailState, running: readonly string[] = [], ledgers = {}): readonly string[] =>
    decideTail(given, ledgers, circumstances(running)).map(nameOf);
  const receipt = mined(tail, windowReceipt('110', [logSession('s', 40, 42)]));
  test.each<[string, TailState, readonly string[], readonly string[]]>([
    ['a reader is cancelled', tail, ['mine'], ['cancel-readers']],
    ['what was read is committed', receipt, [], ['commit 1']],
    ['its commit is waited for', windowCommitScheduled(receipt, 1), ['commit'], []],
    ['what is in doubt is read back', { ...windowCommitScheduled(receipt, 1), ambiguous: true }, [], ['resolve']],
    [
      'columns are followed',
      { ...tail, following: [{ table: a.table, scn: scn('100'), reason: 'columns-added', text: '' }] },
      [],
      ['follow'],
    ],
    ['a save is waited for', tail, ['save'], []],
    ['nothing else is done', tail, [], ['pass-gap']],
    ['it is not looked for twice', tail, ['pass-gap'], []],
  ])('%s', (_case, given, running, expected) => {
    expect(steps(gapAsked(given, accept), running)).toEqual(expected);
  });

  test('a failed look is repeated when it is due', () => {
    expect(steps(gapAsked(tail, accept), [], failedOnce(SOURCE_UNIT, 5_000))).toEqual([]);
  });

  test('requests wait', () => {
    const asked = gapAsked({ ...tail, requests: [{ do: 'remove', table: a.table }] }, accept);
    expect(atBoundary(asked, rules, new Set())).toBe(asked);
  });

  test('a plain recover, and a cut of the history, forget that it was asked', () => {
    expect(gapForgotten(gapAsked(tail, accept))).toEqual(tail);
    const cut = tailOpened(gapAsked(tail, accept), { runId: 'r', cut: true, highest: {} });
    expect(cut.gap).toBeUndefined();
    expect(gapPassed(tail, point)).toEqual({ tail, lost: [] });
  });
});

describe('past an accepted gap', () => {
  test('the position is the capture point, and every change in between is recorded as lost', () => {
    const { tail: passed, lost } = gapPassed(gapAsked({ ...tail, laneIsNext: true }, accept), point);
    expect(passed.position).toEqual({ ...tail.position, scn: '500', open });
    expect(passed).toMatchObject({ windows: [], unsaved: true, laneIsNext: false, planHash: 'plan' });
    expect(passed.gap).toBeUndefined();
    expect(lost).toEqual([a, b, c].map(({ table }) => ({ table, from: '100', to: '500' })));
  });

  test('columns that changed unseen are followed, and it is saved, before anything is read', () => {
    const { tail: passed } = gapPassed(gapAsked(tail, accept), point);
    expect(tableNames(passed.following)).toEqual(['APP.A', 'APP.B', 'APP.C']);
    expect(decideTail(passed, {}, circumstances()).map(nameOf)).toEqual(['follow']);
    const followed = { ...passed, following: [] };
    expect(decideTail(followed, {}, circumstances()).map(nameOf)).toEqual(['save 500']);
    expect(decideTail(followed, failedOnce(SAVE_UNIT, 5_000), circumstances())).toEqual([]);
  });

  test.each([
    ['those of the position', {}, 40],
    ['those that were read back after a cut', { a_log: 77, b_log: 3 }, 78],
  ])('record_ids go on above %s', (_case, skip, expected) => {
    const { tail: passed } = gapPassed(gapAsked({ ...tail, skip }, accept), point);
    expect(passed.position.nextRecordId).toBe(expected);
  });

  test('a held table stays held, one that catches up joins, and a copied one goes on from there', () => {
    const copying = held('90', { reason: 'copying', text: 'added' });
    const tables = { 'APP.A': held('80'), 'APP.B': held('85', { catchingUp: true }), 'APP.C': copying };
    const { tail: passed, lost } = gapPassed(gapAsked(holding(tables), accept), point);
    expect(passed.position.held).toEqual({ 'APP.A': tables['APP.A'], 'APP.C': { ...copying, fromScn: '500', open } });
    expect(lost).toEqual([
      { table: 'APP.B', from: '85', to: '500' },
      { table: 'APP.C', from: '90', to: '500' },
    ]);
    expect(tableNames(passed.following)).toEqual(['APP.B']);
  });
});

describe('past a gap by copies', () => {
  test('every table is held at the capture point, its old pair is set aside, and nothing counts as lost', () => {
    const { tail: passed, lost } = gapPassed(gapAsked(holding({ 'APP.A': held('80') }), resync), point);
    const expected = { fromScn: '500', open, reason: 'copying', text: 'copied anew', setAside: 'old' };
    expect(passed.position).toMatchObject({ scn: '500', nextRecordId: 40 });
    expect(passed.position.held).toEqual({ 'APP.A': expected, 'APP.B': expected, 'APP.C': expected });
    expect(lost).toEqual([]);
    expect(decideTail(passed, {}, circumstances()).map(nameOf)).toEqual(['save 500']);
    expect(decideTail({ ...passed, unsaved: false }, {}, circumstances()).map(nameOf)).toContain('renew');
  });
});

describe('a gap before a table that catches up', () => {
  const lane = holding({ 'APP.B': held('60', { catchingUp: true }) }, { lane: b.table });

  test('is its own: the others have passed it', () => {
    const { tail: passed, lost } = gapPassed(gapAsked(lane, accept), point);
    expect(passed.position).toMatchObject({ scn: '100', held: {} });
    expect(passed.position.lane).toBeUndefined();
    expect(lost).toEqual([{ table: 'APP.B', from: '60', to: '100' }]);
    const { tail: copied } = gapPassed(gapAsked(lane, resync), point);
    expect(copied.position).toMatchObject({
      scn: '100',
      held: { 'APP.B': { fromScn: '100', reason: 'copying', setAside: 'old' } },
    });
    expect(Object.keys(copied.position.held)).toEqual(['APP.B']);
  });

  test('is everybody’s while a cut history is read again', () => {
    const { tail: passed } = gapPassed(gapAsked({ ...lane, skip: { a_log: 90 } }, accept), point);
    expect(passed.position).toMatchObject({ scn: '500', held: {}, nextRecordId: 91 });
  });
});
