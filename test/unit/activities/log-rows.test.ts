import { describe, expect, test } from 'vitest';
import { logRows } from '../../../activities/log-rows.ts';
import type { Change } from '../../../model/change.ts';
import { T } from '../../support/small-sides.ts';

const before = ['7', null, Uint8Array.of(1)];
const after = ['8', 'x', Uint8Array.of(2)];

const cases: readonly [Change, readonly (readonly unknown[])[]][] = [
  [{ kind: 'insert', table: T, after }, [['42', 'I', '1800000000', 'N', 'Y', ...after]]],
  [{ kind: 'delete', table: T, before }, [['42', 'D', '1800000000', 'Y', 'N', ...before]]],
  [
    { kind: 'update', table: T, before, after },
    [
      ['42', 'U', '1800000000', 'Y', 'N', ...before],
      ['42', 'U', '1800000000', 'N', 'Y', ...after],
    ],
  ],
];

describe('the rows of a log', () => {
  test.each(cases)('of %o are the images with their flags, under one record_id and one time', (change, rows) => {
    expect(logRows(change, 42, 1_800_000_000)).toEqual(rows);
  });

  test('hold their numbers exactly, up to the largest safe record_id', () => {
    const [row] = logRows({ kind: 'insert', table: T, after }, Number.MAX_SAFE_INTEGER, 0);
    expect(row?.slice(0, 3)).toEqual(['9007199254740991', 'I', '0']);
  });
});
