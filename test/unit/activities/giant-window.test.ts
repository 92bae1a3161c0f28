/** A transaction that is larger than a window, and windows that may not go as fast as they could. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { mineWindow } from '../../../activities/mine-window.ts';
import type { MinedRange, MineRequest } from '../../../activities/ports.ts';
import type { MineLimits, WindowSpec } from '../../../model/activities.ts';
import type { CommittedTransaction } from '../../../model/change.ts';
import type { WindowReceipt } from '../../../model/receipt.ts';
import { compareScn, minScn, scn } from '../../../model/scn.ts';
import { SmallSink, SmallSource, T } from '../../support/small-sides.ts';
import { attemptOf, dependencies, endpoints, failureOf, own } from './literal-attempt.ts';

const limits: MineLimits = { flushSeconds: 60, flushRows: 10, flushMegabytes: 1, idleSeconds: 60 };
const first: WindowSpec = {
  number: 1,
  planHash: 'plan of the small task',
  incarnation: { dbid: '1', resetlogsScn: scn('1') },
  from: scn('1000'),
  open: [],
  firstRecordId: 1,
  held: [],
  clock: { previousSeconds: 0 },
};

const transaction = (xid: string, at: number, rows: number): CommittedTransaction => ({
  xid,
  commitScn: scn(String(at)),
  thread: 1,
  rsId: '',
  commitSeconds: 100,
  changes: Array.from({ length: rows }, (_, i) => ({ kind: 'insert', table: T, after: [`${xid}.${i}`, 'v'] })),
});

/** As a source does that is told where the window before ended. */
class GiantSource extends SmallSource {
  readonly transactions = [
    transaction('A', 1001, 3),
    transaction('B', 1005, 2),
    transaction('G', 1005, 75),
    transaction('Y', 1005, 2),
    transaction('Z', 1006, 1),
  ];

  constructor() {
    super();
    this.head = 1006;
  }

  override async mine({ from, to: asked, inside }: MineRequest): Promise<MinedRange> {
    const to = inside ? minScn(inside.commitScn, asked) : asked;
    const all = this.transactions.filter(
      ({ commitScn }) => compareScn(commitScn, from) > 0 && compareScn(commitScn, to) <= 0,
    );
    const place = all.findIndex(({ xid }) => xid === inside?.xid);
    const rest = all.slice(Math.max(0, place)).map((each, i) => {
      return place >= 0 && i === 0 ? { ...each, changes: [...each.changes].slice(inside?.nextOrdinal) } : each;
    });
    return {
      end: to,
      stops: [],
      transactions: (async function* () {
        yield* rest;
      })(),
      notesTo: () => [],
      openAt: (at) => (compareScn(at, scn('1005')) < 0 ? [{ xid: 'G', startScn: scn('1000'), captured: true }] : []),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
}

interface Window {
  readonly receipt: WindowReceipt;
  readonly keys: readonly string[];
  readonly milliseconds: number;
}

async function mine(spec: WindowSpec, change: Partial<MineLimits> = {}, source = new GiantSource()): Promise<Window> {
  const sink = new SmallSink();
  const startedAt = Date.now();
  const attempt = attemptOf(undefined, {
    sleep: async (milliseconds) => {
      vi.setSystemTime(Date.now() + milliseconds);
    },
  });
  const receipt = await mineWindow(dependencies({ sink, source, attempt, idleSeconds: 60 }))({
    endpoints,
    spec,
    skip: {},
    limits: { ...limits, ...change },
    own,
  });
  const keys = receipt.sessions.flatMap(({ id }) => (sink.sessions.get(id)?.rows ?? []).map((row) => String(row[5])));
  return { receipt, keys, milliseconds: Date.now() - startedAt };
}

const following = (
  { inside: _inside, ...spec }: WindowSpec,
  { to, inside, open, nextRecordId }: WindowReceipt,
): WindowSpec => ({
  ...spec,
  number: spec.number + 1,
  from: to,
  ...(inside && { inside }),
  open,
  firstRecordId: nextRecordId,
});

/** Until the source is at its end. */
async function mineAll(): Promise<readonly { readonly spec: WindowSpec; readonly window: Window }[]> {
  const all: { readonly spec: WindowSpec; readonly window: Window }[] = [];
  for (let spec = first; spec.from !== '1006';) {
    const window = await mine(spec);
    all.push({ spec, window });
    spec = following(spec, window.receipt);
  }
  return all;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a transaction that is larger than four windows', () => {
  test('is spread over windows, each change once and in order', async () => {
    const windows = await mineAll();
    const expected = new GiantSource().transactions.flatMap(({ changes }) =>
      [...changes].map((change) => (change.kind === 'insert' ? String(change.after[0]) : '')),
    );
    expect(windows.flatMap(({ window }) => window.keys)).toEqual(expected);
    expect(windows.map(({ window: { receipt } }) => [receipt.to, receipt.inside?.nextOrdinal])).toEqual([
      ['1004', 40],
      ['1004', 50],
      ['1004', 60],
      ['1004', 70],
      ['1006', undefined],
    ]);
    expect(windows.reduce((sum, { window }) => sum + window.receipt.transactions, 0)).toBe(5);
  });

  test('is open where such a window ends', async () => {
    const { receipt } = await mine(first);
    expect(receipt.inside).toEqual({ xid: 'G', commitScn: '1005', nextOrdinal: 40 });
    expect(receipt.open.map(({ xid }) => xid)).toEqual(['G']);
  });

  test('is written again just as it was', async () => {
    for (const { spec, window } of await mineAll()) {
      const { to, inside, hash, nextRecordId, clockSeconds } = window.receipt;
      const fixed = { to, ...(inside && { inside }), hash, nextRecordId, clockSeconds };
      // Other limits do not matter any more.
      const again = await mine({ ...spec, fixed }, { flushRows: 3 });
      expect(again.keys).toEqual(window.keys);
      expect(again.receipt).toMatchObject({ to, hash, nextRecordId });
    }
  });

  test('that is shorter when it is written again does not pass for the same', async () => {
    const { receipt } = await mine(first);
    const { to, inside, hash, nextRecordId, clockSeconds } = receipt;
    const source = new GiantSource();
    source.transactions[2] = transaction('G', 1005, 12);
    const fixed = { to, ...(inside && { inside }), hash, nextRecordId, clockSeconds };
    expect(await failureOf(mine({ ...first, fixed }, {}, source))).toBe('window-not-reproduced');
  });

  test('stays whole in a table that catches up', async () => {
    const { receipt } = await mine({ ...first, lane: { table: T, upTo: scn('1005') } });
    expect(receipt).toMatchObject({ to: '1005', nextRecordId: 83 });
    expect(receipt.inside).toBeUndefined();
  });
});

describe('a transaction that is a little larger than a window', () => {
  test('stays whole', async () => {
    const { receipt } = await mine(first, { flushRows: 20 });
    expect(receipt).toMatchObject({ to: '1005', nextRecordId: 83 });
    expect(receipt.inside).toBeUndefined();
  });
});

describe('a limit', () => {
  test('of rows is waited for', async () => {
    const { milliseconds, receipt } = await mine(first, { flushRows: 1_000, throttle: { rowsPerSecond: 10 } });
    expect(receipt.nextRecordId).toBe(84);
    expect(milliseconds).toBeGreaterThanOrEqual(8_200);
  });

  test('of megabytes is waited for', async () => {
    const { milliseconds } = await mine(first, { flushRows: 1_000, throttle: { megabytesPerSecond: 0.0001 } });
    expect(milliseconds).toBeGreaterThan(5_000);
  });

  test('makes windows that are old enough end, also in the middle of a large transaction', async () => {
    const { receipt, milliseconds } = await mine(first, {
      flushRows: 1_000,
      flushSeconds: 1,
      throttle: { rowsPerSecond: 10 },
    });
    expect(receipt.inside?.xid).toBe('G');
    expect(milliseconds).toBeLessThan(6_000);
  });
});
