/** Windows in which a table stops, that leave tables out, or that read one alone. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { TableStop } from '../../../model/change.ts';

import { scn } from '../../../model/scn.ts';

import { T } from '../../support/small-sides.ts';

import { mine, ListedSource, commits } from './mined-windows.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a window in which a table stops', () => {
  const stop: TableStop = { table: T, scn: scn('1020'), reason: 'columns-changed', text: 'MODIFY COLUMN' };
  const stopping = () =>
    Object.assign(new ListedSource(), { head: 1_100, stops: [stop], transactions: commits(1_010, 1_020, 1_030) });

  test('ends there, tells it, and holds what committed before', async () => {
    const { receipt } = await mine({ source: stopping() });
    expect(receipt).toMatchObject({ to: '1020', rows: 2, stops: [stop] });
  });

  test('cannot be read again beyond it when it was fixed before the stop was there', async () => {
    const fixed = { to: scn('1030'), hash: '', nextRecordId: 4, clockSeconds: 1 };
    await expect(mine({ source: stopping(), spec: { fixed } })).rejects.toMatchObject({
      kind: 'window-not-reproduced',
    });
  });

  test('of a table that catches up ends where the others stand', async () => {
    const source = Object.assign(new ListedSource(), { head: 1_100, transactions: commits(1_010, 1_020, 1_030) });
    const { receipt } = await mine({ source, spec: { lane: { table: T, upTo: scn('1025') } } });
    expect(receipt).toMatchObject({ to: '1025', rows: 2 });
  });

  test('that is held has no rows', async () => {
    const source = Object.assign(new ListedSource(), { head: 1_100, transactions: [] });
    const { receipt } = await mine({ source, spec: { held: [T] } });
    expect(receipt).toMatchObject({ to: '1100', rows: 0 });
  });
});
