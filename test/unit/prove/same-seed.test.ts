/** I15: what a seed found can be looked at again. */
import { expect, test } from 'vitest';
import { playSeed } from '../../prove/protocol/play.ts';

test.each([3, 8, 21])(
  'seed %i twice is the same run: same faults in the same order, same counts, same verdict',
  async (seed) => {
    const first = await playSeed(seed);
    expect(first.faults.length).toBeGreaterThan(10);
    expect(await playSeed(seed)).toEqual(first);
  },
);
