import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collapsed, EVERY_TRANSACTION, stampSeconds } from '../../../model/position.ts';
import { scn } from '../../../model/scn.ts';

test.each([
  ['the time of the redo', { previous: 90, commit: 100, clock: 110 }, 100],
  ['held below the clock of the source', { previous: 90, commit: 130, clock: 110 }, 110],
  ['never before the one given out last', { previous: 105, commit: 100, clock: 110 }, 105],
  ['not before the last one, even when the clock of the source fell', { previous: 105, commit: 130, clock: 101 }, 105],
])('utc_timestamp is %s', (_case, { previous, commit, clock }, expected) => {
  expect(stampSeconds(previous, commit, clock)).toBe(expected);
});

test('utc_timestamp never falls, whatever redo and clocks say', () => {
  const moments = fc.array(fc.tuple(fc.nat(1_000), fc.nat(1_000)), { maxLength: 50 });
  fc.assert(
    fc.property(moments, (seen) => {
      let previous = 0;
      for (const [commit, clock] of seen) {
        const stamp = stampSeconds(previous, commit, clock);
        expect(stamp).toBeGreaterThanOrEqual(previous);
        previous = stamp;
      }
    }),
  );
});

test('a position names up to 300 open transactions, and tells more of them by the START of the oldest', () => {
  const open = Array.from({ length: 301 }, (_, i) => ({
    xid: `X${i}`,
    startScn: scn(`${1_000 - i}`),
    captured: i === 7,
  }));
  expect(collapsed(open.slice(1))).toEqual(open.slice(1));
  expect(collapsed(open)).toEqual([{ xid: EVERY_TRANSACTION, startScn: '700', captured: true }]);
  expect(collapsed([])).toEqual([]);
});
