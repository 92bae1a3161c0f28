/** A released table is mined alone until it has caught up with the others; only then windows of all tables write it. */
import { expect, test } from 'vitest';
import type { HeldTable } from '../../../model/position.ts';
import { scn } from '../../../model/scn.ts';
import { newTail, positionSaved, windowCommitScheduled, windowCommitted } from '../../../model/tail-plan.ts';
import type { TailState } from '../../../model/tail-state.ts';
import { atBoundary, decideTail } from '../../../model/tail-steps.ts';
import { captured, circumstances, logSession, mined, positionAt, rules, windowReceipt } from './literal-plan.ts';

const B = captured('B', '100');
const held: HeldTable = {
  fromScn: scn('120'),
  open: [],
  reason: 'columns-changed',
  text: 'MODIFY COLUMN',
  catchingUp: true,
};
const position = { ...positionAt('200', 50), held: { [B.table]: held } };
const tail: TailState = {
  ...newTail([captured('A', '100'), B], 'plan', position, {}),
  saved: { place: '200', at: 0 },
  laneIsNext: true,
};

const saved = (state: TailState): TailState => positionSaved(state, state.position, 1_000);
/** Its next window alone, up to `to`, read and committed. */
function aloneUpTo(state: TailState, to: string): TailState {
  const turn = saved(atBoundary({ ...state, laneIsNext: true }, rules, new Set()));
  const read = mined(turn, windowReceipt(to, [logSession('s1', 50, 52, 'b_log')]));
  return windowCommitted(windowCommitScheduled(read, 1), 1, 'done', 1_000);
}
const nextSpec = (state: TailState) =>
  decideTail(state, {}, circumstances()).flatMap((step) => (step.do === 'mine' ? [step.spec] : []))[0];

test('it is read alone from where it stopped, up to where the others stand', () => {
  const turn = atBoundary(tail, rules, new Set());
  expect(nextSpec(turn)).toBeUndefined(); // that it has its turn is saved first
  expect(nextSpec(saved(turn))).toMatchObject({ from: '120', lane: { table: B.table, upTo: '200' }, held: [] });
});

test('it stays apart while it is behind the others, whose position does not move', () => {
  const nearer = aloneUpTo(tail, '150');
  expect(nearer.position).toMatchObject({ scn: '200', nextRecordId: 53, held: { [B.table]: { fromScn: '150' } } });
  expect(nextSpec(saved(nearer))).toMatchObject({ from: '200', held: [B.table] });
});

test('it joins the others where they stand, and what is open there may have changed it', () => {
  const open = [{ xid: 'OPEN', startScn: scn('190'), captured: false }];
  const there = aloneUpTo({ ...tail, position: { ...position, open } }, '200');
  expect(there.position).toMatchObject({ scn: '200', held: {}, open: [{ xid: 'OPEN', captured: true }] });
  expect(nextSpec(there)).toBeUndefined(); // that it is among them is saved first
  expect(nextSpec(saved(there))).toMatchObject({ from: '200', held: [] });
});

test('after a cut its place is not saved before all that was read back is met again: rows of others may be among it', () => {
  const skip = { b_log: 1_000 };
  const cut = { ...tail, skip, laneIsNext: false, position: { ...position, lane: B.table } };
  const read = mined(cut, windowReceipt('150', [logSession('s1', 50, 52, 'b_log')]));
  const nearer = windowCommitted(windowCommitScheduled(read, 1), 1, 'done', 1_000);
  expect(decideTail(nearer, {}, circumstances()).some((step) => step.do === 'save')).toBe(false);
  expect(nextSpec(nearer)).toMatchObject({ from: '150', firstRecordId: 53, lane: { table: B.table, upTo: '200' } });
});
