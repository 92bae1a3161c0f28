/** What a stop does to the plan, and when it may not be one. */
import { describe, expect, test } from 'vitest';
import type { TableStop } from '../../../model/change.ts';
import { scn } from '../../../model/scn.ts';
import { newTail } from '../../../model/tail-plan.ts';
import { followed, isWaitedFor, stopProblem } from '../../../model/tail-tables.ts';
import { decideTail } from '../../../model/tail-steps.ts';
import { captured, circumstances, positionAt, rules, windowReceipt } from './literal-plan.ts';

const A = captured('A', '100');
const stop = (reason: TableStop['reason']): TableStop => ({
  table: A.table,
  scn: scn('450'),
  reason,
  text: 'met in the redo',
});
const tail = newTail([A], 'plan', positionAt('450', 12), {});

describe('after a cut, while redo that was emitted before is read again,', () => {
  const again = { ...tail, skip: { a_log: 40 } };
  const receipt = (nextRecordId: number, reason: TableStop['reason']) => ({
    ...windowReceipt('450', [], nextRecordId),
    stops: [stop(reason)],
  });

  test.each(['undecodable', 'not-logged', 'logging-dropped'] as const)(
    'a stop that was none before is a problem: %s',
    (reason) => {
      expect(stopProblem(again, receipt(40, reason))).toContain('met in the redo; it was read before');
    },
  );

  test('a stop behind everything that is at the destination is as any other', () => {
    expect(stopProblem(again, receipt(41, 'undecodable'))).toBeUndefined();
  });

  test.each([
    ['not even the first position is saved in the midst of it', 12, []],
    ['and then the first one is saved at once', 11, ['save']],
  ])('%s', (_what, readBack, expected) => {
    const steps = decideTail({ ...tail, skip: { a_log: readBack } }, {}, circumstances()).map(({ do: step }) => step);
    expect(steps.filter((step) => step === 'save')).toEqual(expected);
  });

  test('a change of columns stopped there before, too', () => {
    expect(stopProblem(again, receipt(40, 'columns-added'))).toBeUndefined();
  });
});

test('a column that was added says which record_ids are from before', () => {
  const since = [{ name: 'C1', scn: scn('300'), recordId: 5 }];
  const before = newTail([{ ...A, since }], 'plan', positionAt('450', 12), {});
  const added: TableStop = { ...stop('columns-added'), added: [{ name: 'C2', default: { constant: '7' } }] };
  const answer = {
    plan: { ...A, columnsHash: 'c2', since: [...since, { name: 'C2', scn: scn('450'), constant: '7' }] },
  };
  const [plan] = followed(before, rules, added, answer).tables;
  expect(plan?.since).toEqual([...since, { name: 'C2', scn: '450', constant: '7', recordId: 12 }]);
});

const stoppedHere = { fromScn: scn('90'), open: [], reason: 'undecodable' as const, text: 'why' };
test.each([
  ['the position has passed the snapshots', '450', {}, false],
  ['a table was copied at a newer SCN than the position', '99', {}, true],
  ['that table is held', '99', { [A.table]: stoppedHere }, false],
  ['a held table catches up', '450', { [A.table]: { ...stoppedHere, catchingUp: true as const } }, true],
])('the position is waited for or not: %s', (_, at, held, expected) => {
  expect(isWaitedFor(newTail([A], 'plan', { ...positionAt(at), held }, {}))).toBe(expected);
});
