import { describe, expect, test } from 'vitest';
import { scn } from '../../../model/scn.ts';
import { VanishedTransactions } from '../../../oracle/vanished-transactions.ts';

/** Undo segment 10, slot 1, sequence 200; its bytes little-endian. */
const A = { xid: '0A000100C8000000', startScn: scn('50'), captured: true };
const BIG_ENDIAN = { xid: '000A0001000000C8', startScn: scn('50'), captured: true };

const census = (currentScn: number, live: readonly string[] = [], inDoubt: readonly string[] = []) => ({
  live: new Set(live),
  inDoubt: new Set(inDoubt),
  currentScn: scn(String(currentScn)),
});

function gone(censuses: readonly ReturnType<typeof census>[], at: number, open = A): boolean {
  const vanished = new VanishedTransactions();
  for (const each of censuses) vanished.learn([open], each);
  return vanished.isGone(open, scn(String(at)));
}

describe('an open transaction', () => {
  test.each([
    ['that was not looked for is not gone', [], 900, A, false],
    ['that is there is not gone', [census(200, [A.xid])], 900, A, false],
    ['that is not there is not gone before redo was read up to that moment', [census(200)], 199, A, false],
    ['that is not there is gone when redo was read up to that moment', [census(200)], 200, A, true],
    ['counts from the first time it was not there', [census(200), census(300)], 200, A, true],
    ['in doubt is not gone', [census(200, [], ['10.1.200'])], 900, A, false],
    [
      'in doubt is not gone, on a platform with the other order of bytes',
      [census(200, [], ['10.1.200'])],
      900,
      BIG_ENDIAN,
      false,
    ],
    ['is gone although another one is in doubt', [census(200, [], ['10.1.201'])], 900, A, true],
  ] as const)('%s', (...[, censuses, at, open, expected]) => {
    expect(gone(censuses, at, open)).toBe(expected);
  });

  test('of the same XID with another START is another one', () => {
    const vanished = new VanishedTransactions();
    vanished.learn([A], census(200));
    expect(vanished.isGone({ ...A, startScn: scn('300') }, scn('900'))).toBe(false);
  });
});
