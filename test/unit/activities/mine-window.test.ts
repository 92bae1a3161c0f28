/** One window of redo: where it ends, what it holds, and that it can be read again. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { mineWindow } from '../../../activities/mine-window.ts';
import type { RunFacts } from '../../../activities/ports.ts';
import type { WindowSpec } from '../../../model/activities.ts';

import type { WindowReceipt } from '../../../model/receipt.ts';
import { scn } from '../../../model/scn.ts';
import { TABLES_PER_PAGE, type CapturedTable } from '../../../model/task-plan.ts';
import { SmallSink, SmallSource } from '../../support/small-sides.ts';
import {
  attemptOf,
  cutRunFacts,
  dependencies,
  endpoints,
  failureOf,
  openRunFacts,
  own,
  planned,
  rules,
} from './literal-attempt.ts';

import { limits, spec, mine, at, keysOf, ListedSource, commits } from './mined-windows.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a window', () => {
  test('holds what committed above its beginning, up to what redo on disk says', async () => {
    const mined = await mine({ source: at(1_035) });
    expect(keysOf(mined)).toEqual(['1010', '1020', '1030']);
    expect(mined.receipt).toMatchObject({ to: '1035', nextRecordId: 4, rows: 3, transactions: 3 });
    expect(mined.receipt.sessions).toMatchObject([{ table: 't_log', rows: 3, firstRecordId: 1, lastRecordId: 3 }]);
  });

  test('tells what the redo noted up to its end, and without notes says nothing', async () => {
    const source = Object.assign(new ListedSource(), {
      head: 1_035,
      transactions: commits(1_010),
      notes: [1_005, 1_035, 1_040].map((at) => ({ scn: scn(String(at)), text: `noted at ${at}` })),
    });
    expect((await mine({ source })).receipt.notes).toEqual(['noted at 1005', 'noted at 1035']);
    expect((await mine({ source: at(1_035) })).receipt).not.toHaveProperty('notes');
  });

  test('stays invisible: nothing of it is committed', async () => {
    const { sink } = await mine({ source: at(1_035) });
    expect(sink.commits).toEqual([]);
    expect(sink.rowsOf('t_log')).toEqual([]);
  });

  test('ends flushSeconds after its first row, and takes what came meanwhile', async () => {
    const mined = await mine({ source: at(1_000, { advancePerCall: 1 }) });
    expect(mined.receipt.to).toBe('1030');
    expect(keysOf(mined)).toEqual(['1010', '1020', '1030']);
    expect(mined.slept).toBe(9 * 250 + 5_000);
  });

  test('of an idle source is empty, after the shorter of both idle times', async () => {
    const idle = await mine({ source: at(1_000), idleSeconds: 3 });
    expect(idle.receipt).toMatchObject({ to: '1000', sessions: [], rows: 0, nextRecordId: 1 });
    expect(idle.slept).toBe(3_000);
    expect((await mine({ source: at(1_000), limits: { idleSeconds: 2 } })).slept).toBe(2_000);
  });

  test('of redo without changes moves all the same', async () => {
    expect((await mine({ source: at(1_009), idleSeconds: 1 })).receipt).toMatchObject({ to: '1009', sessions: [] });
  });

  test('opens new sessions at every attempt', async () => {
    const sink = new SmallSink();
    const work = mineWindow(dependencies({ sink, source: at(1_035) }));
    const input = { endpoints, spec, skip: {}, limits: { ...limits, idleSeconds: 0 }, own };
    const ids = [await work(input), await work(input)].flatMap(({ sessions }) => sessions.map(({ id }) => id));
    expect(ids).toEqual(['s1', 's2']);
  });
});

describe('a window that is full', () => {
  const source = (): ListedSource =>
    Object.assign(new ListedSource(), { head: 2_000, transactions: commits(1_100, 1_200, 1_200, 1_300) });

  test('ends at a commit, after every transaction that committed at the same SCN', async () => {
    const mined = await mine({ source: source(), limits: { flushRows: 2 } });
    expect(keysOf(mined)).toEqual(['1100.0', '1200.1', '1200.2']);
    expect(mined.receipt.to).toBe('1200');
    expect(mined.receipt.open).toEqual([{ xid: 'OPEN AT 1200', startScn: '1200', captured: true }]);
    expect(mined.slept).toBe(0);
  });

  test('counts rows that it found at the destination', async () => {
    const mined = await mine({ source: source(), limits: { flushRows: 2 }, skip: { t_log: 9 } });
    expect(mined.receipt).toMatchObject({ to: '1200', sessions: [], nextRecordId: 4, rows: 0 });
  });

  test('ends with the range when no later transaction follows', async () => {
    expect((await mine({ source: source(), limits: { flushRows: 4 } })).receipt.to).toBe('2000');
  });

  test('ends its pass over the redo', async () => {
    const listed = source();
    await mine({ source: listed, limits: { flushRows: 1 } });
    expect(listed.disposed).toBe(1);
  });
});

describe('a window whose bounds are fixed', () => {
  const fixedBy = (receipt: WindowReceipt): Pick<WindowSpec, 'fixed'> => {
    const { to, hash, nextRecordId, clockSeconds } = receipt;
    return { fixed: { to, hash, nextRecordId, clockSeconds } };
  };

  test('is read again exactly, though redo went on, and whatever is there already', async () => {
    const first = await mine({ source: at(1_000, { advancePerCall: 1 }) });
    const again = await mine({ source: at(5_000), spec: fixedBy(first.receipt) });
    expect(keysOf(again)).toEqual(keysOf(first));
    expect(again.receipt).toMatchObject({ to: first.receipt.to, hash: first.receipt.hash, open: first.receipt.open });
    const rest = await mine({ source: at(5_000), spec: fixedBy(first.receipt), skip: { t_log: 2 } });
    expect(keysOf(rest)).toEqual(['1030']);
    expect(rest.receipt.hash).toBe(first.receipt.hash);
  });

  test('keeps its bounds however full it is', async () => {
    const first = await mine({ source: at(1_050) });
    const again = await mine({ source: at(5_000), spec: fixedBy(first.receipt), limits: { flushRows: 1 } });
    expect(again.receipt.to).toBe('1050');
  });

  test('waits until the redo is on disk again', async () => {
    const { receipt } = await mine({ source: at(1_050) });
    const source = at(1_000, { advancePerCall: 10 });
    const again = await mine({ source, spec: fixedBy(receipt), idleSeconds: 0 });
    expect(again.receipt.to).toBe('1050');
    expect(again.slept).toBe(4 * 250);
  });

  test.each([
    ['other content', { hash: 'another' }],
    ['another number of changes', { nextRecordId: 99 }],
  ])('fails when the redo gives %s', async (_case, change) => {
    const { receipt } = await mine({ source: at(1_050) });
    const work = mine({ source: at(1_050), spec: fixedBy({ ...receipt, ...change }) });
    expect(await failureOf(work)).toBe('window-not-reproduced');
  });

  test('ends at the same time as when it was first read: the next window has begun from there', async () => {
    /** Its clock goes on while its redo stands still; and the redo claims to be from later than that. */
    class Ticking extends SmallSource {
      clock = 100;
      override async minedUpTo(): ReturnType<SmallSource['minedUpTo']> {
        this.clock += 1;
        return { ...(await super.minedUpTo()), clockSeconds: this.clock };
      }
    }
    const ticking = (): Ticking => Object.assign(new Ticking(), { head: 1_010 });
    const first = await mine({ source: ticking(), limits: { flushSeconds: 1 } });
    expect(first.receipt).toMatchObject({ clockSeconds: 101 });
    const again = await mine({ source: ticking(), spec: fixedBy(first.receipt) });
    expect(again.receipt.clockSeconds).toBe(101);
  });

  test('time goes on where nothing is committed, half a minute behind the clock of the source', async () => {
    class Idle extends SmallSource {
      override async minedUpTo(): ReturnType<SmallSource['minedUpTo']> {
        return { ...(await super.minedUpTo()), clockSeconds: 5_000 };
      }
    }
    const idle = (): Idle => Object.assign(new Idle(), { head: 1_001 });
    const { receipt } = await mine({ source: idle(), idleSeconds: 0 });
    expect(receipt).toMatchObject({ rows: 0, clockSeconds: 4_970 });
    const held = await mine({ source: idle(), spec: fixedBy({ ...receipt, clockSeconds: 77 }), idleSeconds: 0 });
    expect(held.receipt.clockSeconds).toBe(77);
  });
});

describe('mining', () => {
  test('of a run that is not the open one opens no session', async () => {
    const sink = new SmallSink();
    const work = mineWindow(dependencies({ sink, attempt: attemptOf(cutRunFacts) }));
    expect(await failureOf(work({ endpoints, spec, skip: {}, limits, own }))).toBe('history-was-cut');
    expect(sink.sessions.size).toBe(0);
  });

  test('fails when the database is another one', async () => {
    const incarnation = { dbid: '1', resetlogsScn: scn('999') };
    expect(await failureOf(mine({ spec: { incarnation } }))).toBe('source-incarnation-changed');
  });

  test('fails when a table has other columns than planned', async () => {
    const tables: readonly CapturedTable[] = [{ ...planned, columnsHash: 'of other columns' }];
    const run = { ...openRunFacts, tableMap: async () => ({ rules, tables }) };
    expect(await failureOf(mine({ run, spec: { planHash: 'plan with a column less' } }))).toBe('source-table-changed');
  });

  test('learns from the workflow that the plan is gone: the history was cut', async () => {
    const run = { ...openRunFacts, tableMap: async () => null };
    expect(await failureOf(mine({ run, spec: { planHash: 'unknown plan' } }))).toBe('history-was-cut');
  });

  test('asks for the plan page by page, once', async () => {
    const pages: number[] = [];
    const page = Array.from({ length: TABLES_PER_PAGE }, () => planned);
    const run: RunFacts = {
      ...openRunFacts,
      tableMap: async (_hash, number) => {
        pages.push(number);
        return { rules, tables: number === 0 ? page : [planned] };
      },
    };
    await mine({ run, source: at(1_035), spec: { planHash: 'large plan' } });
    await mine({ run, source: at(1_035), spec: { planHash: 'large plan' } });
    expect(pages).toEqual([0, 1]);
  });

  test('says of an outage what it is', async () => {
    expect(await failureOf(mine({ source: at(1_035, { down: true }) }))).toBe('source-unreachable');
  });
});
