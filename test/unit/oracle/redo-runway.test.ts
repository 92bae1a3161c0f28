import { describe, expect, test } from 'vitest';
import { scn } from '../../../model/scn.ts';
import { threadRunway, type DatedLog } from '../../../oracle/redo-runway.ts';

/** "7 100 @50": sequence 7 begins at SCN 100 and second 50; "*" behind it: being written. */
function log(text: string): DatedLog {
  const [, sequence, first = '', began, current] = /^(\d+) (\d+) @(\d+)(\*?)$/.exec(text) ?? [];
  return {
    thread: 1,
    sequence: Number(sequence),
    firstScn: scn(first),
    began: Number(began),
    current: current === '*',
  };
}

describe('the runway of a thread', () => {
  const all = ['1 10 @10', '2 20 @20', '3 30 @30', '4 40 @40*'];
  test.each<[string, readonly string[], string, object | undefined]>([
    ['has no logs', [], '10', undefined],
    ['never purged a log', all, '25', { keptSince: 10, neededSince: 20, purged: false }],
    ['purged its first logs', all.slice(2), '30', { keptSince: 30, neededSince: 30, purged: true }],
    ['needs the log being written only', all.slice(2), '40', { keptSince: 30, purged: true }],
    ['needs a log that is gone', all.slice(2), '15', { keptSince: 30, neededSince: 30, purged: true }],
    [
      'needs what is only in the log being written, and the rest is gone',
      all.slice(3),
      '15',
      { keptSince: 40, purged: true },
    ],
    [
      'has a hole: what is older does not count',
      [...all.slice(0, 1), ...all.slice(2)],
      '35',
      { keptSince: 30, neededSince: 30, purged: true },
    ],
    [
      'has copies, in any order',
      [...all, '3 30 @30', '2 20 @20'].toReversed(),
      '35',
      { keptSince: 10, neededSince: 30, purged: false },
    ],
    [
      'jumped over SCNs between two logs',
      ['1 10 @10', '2 200 @20*'],
      '150',
      { keptSince: 10, neededSince: 10, purged: false },
    ],
  ])('that %s', (_case, logs, needed, expected) => {
    expect(threadRunway(1, logs.map(log), scn(needed))).toEqual(expected && { thread: 1, ...expected });
  });
});
