import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stampSeconds } from '../../../model/position.ts';

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
