import { describe, expect, test } from 'vitest';
import { limitsOf, millisecondsFor, shareOf } from '../../../model/throttle.ts';

describe('the limits of a task', () => {
  test.each([
    [undefined, undefined, undefined],
    [{}, undefined, undefined],
    [{ rowsPerSecond: 100 }, undefined, { rowsPerSecond: 100 }],
    [undefined, 'medium', { rowsPerSecond: 5000 }],
    [{ rowsPerSecond: 100 }, 'medium', { rowsPerSecond: 100 }],
    [{ rowsPerSecond: 9000, megabytesPerSecond: 3 }, 'medium', { rowsPerSecond: 5000, megabytesPerSecond: 3 }],
  ] as const)('of %j and class %s are %j', (throttle, instanceClass, expected) => {
    expect(limitsOf(throttle, instanceClass)).toEqual(expected);
  });

  test('are shared by readers', () => {
    expect(shareOf({ rowsPerSecond: 100, megabytesPerSecond: 2 }, 4)).toEqual({
      rowsPerSecond: 25,
      megabytesPerSecond: 0.5,
    });
    expect(shareOf(undefined, 4)).toBeUndefined();
  });

  test('take the time of the slower one', () => {
    const limits = { rowsPerSecond: 10, megabytesPerSecond: 1 };
    expect(millisecondsFor(limits, { rows: 20, bytes: 0 })).toBe(2000);
    expect(millisecondsFor(limits, { rows: 20, bytes: 3 * 1_048_576 })).toBe(3000);
  });
});
