import { describe, expect, test } from 'vitest';
import { isOurs, markText, readMark, type TableMark } from '../../../activities/table-marks.ts';
import { scn } from '../../../model/scn.ts';

const chainId = '0197f3a1-77aa-7bbb-8ccc-1234567890ab';
const marks: readonly TableMark[] = [
  { of: 'HR.ORDERS', chainId },
  { of: 'HR.ORDERS', chainId, snapshotScn: scn('18446744073709551615') },
  { of: 'HR.ORDERS', chainId, generation: 2, snapshotScn: scn('7'), task: 'redoflow/hr' },
  { of: 'HR.ORDERS', chainId, loading: { name: 'orders_base_loading_1', done: false }, task: 'redoflow/hr' },
  {
    of: 'HR.ORDERS',
    chainId,
    snapshotScn: scn('7'),
    loading: { name: 'orders_base_loading_1', done: true },
    task: 'any, task of theirs',
  },
  { of: 'HR."A, chain b, snapshot SCN 1"', chainId, snapshotScn: scn('7') },
];

describe('the mark of a destination table', () => {
  test.each(marks)('is read back as it was written: %j', (mark) => {
    expect(readMark(markText(mark))).toEqual(mark);
  });

  test('is made for people as well', () => {
    expect(markText({ of: 'HR.ORDERS', chainId: 'c', snapshotScn: scn('812345') })).toBe(
      'redoflow table of HR.ORDERS, chain c, snapshot SCN 812345',
    );
  });

  test.each(['', 'orders of the shop', 'redoflow table of HR.ORDERS', 'my redoflow table of A, chain b'])(
    'is not read into another comment: %j',
    (comment) => {
      expect(readMark(comment)).toBeUndefined();
      expect(isOurs(comment, '')).toBe(false);
    },
  );

  test('says whose table it is', () => {
    expect(isOurs(markText({ of: 'HR.ORDERS', chainId }), chainId)).toBe(true);
    expect(isOurs(markText({ of: 'HR.ORDERS', chainId }), 'another')).toBe(false);
  });
});
