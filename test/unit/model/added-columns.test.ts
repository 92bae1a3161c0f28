/** A column that appears in the redo: everything of before is committed, then the destination gets it, then the redo beyond is read. */
import { expect, test } from 'vitest';
import type { TableStop } from '../../../model/change.ts';
import { scn } from '../../../model/scn.ts';
import { newTail, windowCommitScheduled, windowCommitted } from '../../../model/tail-plan.ts';
import { decideTail } from '../../../model/tail-steps.ts';
import { followed } from '../../../model/tail-tables.ts';
import type { TailState } from '../../../model/tail-state.ts';
import {
  captured,
  circumstances,
  logSession,
  mined,
  nameOf,
  positionAt,
  rules,
  windowReceipt,
} from './literal-plan.ts';

const A = captured('A', '100');
const added: TableStop = {
  table: A.table,
  scn: scn('120'),
  reason: 'columns-added',
  text: 'ADD COLUMN',
  added: [{ name: 'N' }],
};
const saved: TailState = { ...newTail([A], 'plan', positionAt('100'), {}), saved: { place: '100', at: 0 } };
const before = windowReceipt('110', [logSession('s1', 1, 3)]);
const upToColumn = { ...windowReceipt('120', [logSession('s2', 4, 9)]), stops: [added] };

const steps = (tail: TailState, running: readonly string[] = []): readonly string[] =>
  decideTail(tail, {}, circumstances(running)).map(nameOf);
const committed = (tail: TailState, number: number): TailState =>
  windowCommitted(windowCommitScheduled(tail, number), number, 'done', 1_000);

const both = mined(mined(saved, before), upToColumn);

test('it is added only after the commits of both windows that were read up to it', () => {
  expect(steps(both)).toEqual(['commit 1']);
  expect(steps(committed(both, 1))).toEqual(['commit 2']);
  expect(steps(committed(both, 1), ['commit'])).toEqual([]);
  expect(steps(committed(committed(both, 1), 2))).toEqual(['follow']);
});

test('nothing beyond it is read before the destination has it, and that is saved', () => {
  const written = committed(committed(both, 1), 2);
  expect(steps(written, ['follow'])).toEqual([]);
  const there = followed(written, rules, added, { plan: { ...A, columnsHash: 'with N' } });
  expect(steps(there)).toEqual(['save 120']);
});
