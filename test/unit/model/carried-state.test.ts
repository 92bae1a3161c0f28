import { describe, expect, test } from 'vitest';
import { joinState, splitState } from '../../../model/carried-state.ts';
import { newTask, tailStarted, type TaskPlanState } from '../../../model/sync-plan.ts';
import { unstarted } from '../../../model/table-copy.ts';
import { scn } from '../../../model/scn.ts';
import { incarnation, rules, tablePlan } from './literal-plan.ts';

const TABLES = 1_200;
const start = { incarnation, scn: scn('1'), open: [], saved: true, skip: {}, nextRecordId: 1, previousSeconds: 0 };

/** As long as Oracle's names can be captured. */
function large(): TaskPlanState {
  const tables = Array.from({ length: TABLES }, (_, i) => tablePlan(`A_NAME_OF_THIRTY_BYTES_LON_${i}`));
  const published = { rows: 1, snapshotScn: scn('812345678901') };
  const copies = Object.fromEntries(tables.map(({ table }) => [table, { ...unstarted(), started: true, published }]));
  const tailing = tailStarted({ ...newTask(), phase: 'full', tables, copies, start }, rules);
  const numbers = Object.fromEntries(tables.map(({ log }) => [log, 1_234_567]));
  return tailing.tail
    ? { ...tailing, tail: { ...tailing.tail, logRows: numbers, nulled: numbers, skip: numbers } }
    : tailing;
}

describe('the state of a task of 1,200 tables', () => {
  test('is carried in parts of less than 64 KB each, 2 MB in all', () => {
    const { state, parts } = splitState(large());
    const sizes = [state, ...parts].map((part) => JSON.stringify(part).length);
    expect(Math.max(...sizes)).toBeLessThan(64_000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_000_000);
  });

  test('is the same when it is put together again', () => {
    const state = large();
    const split = splitState(state);
    expect(joinState(split.state, JSON.parse(JSON.stringify(split.parts)) as typeof split.parts)).toEqual(state);
  });
});

test('a new task needs no parts', () => {
  const split = splitState(newTask());
  expect(split.parts).toEqual([]);
  expect(joinState(split.state, split.parts)).toEqual(newTask());
});
