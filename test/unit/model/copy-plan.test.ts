/** The copy of one table: chunks in parallel, each prepared, recorded, then committed; attempts that share nothing. */
import { describe, expect, test } from 'vitest';
import {
  chunkCommitScheduled,
  chunkCommitted,
  chunkPrepared,
  chunksDone,
  copyFailed,
  copyOpened,
  copyPlanned,
  copyPublished,
  COPY_UNIT,
  decideCopy,
  isReader,
  newCopy,
  planScheduled,
  publishedFound,
  undoLost,
  type CopyState,
} from '../../../model/copy-plan.ts';
import type { Chunk } from '../../../model/chunk.ts';
import type { ChunkReceipt } from '../../../model/receipt.ts';
import { scn } from '../../../model/scn.ts';
import { circumstances, windows } from './literal-plan.ts';

const at = { now: 1_000, windows };
const chunk = (number: number): Chunk => ({ number, firstRowid: `${number}A`, lastRowid: `${number}Z` });
const receipt = (number: number, table = 'a_base_loading_1'): ChunkReceipt => ({
  session: { id: `s${number}`, table, rows: 10 * number, blocks: 1 },
  rows: 10 * number,
  bytes: 100,
  nulled: number,
});
const planned = (state: CopyState, chunks: number): CopyState =>
  copyPlanned(planScheduled(state), {
    snapshotScn: scn('500'),
    chunks: Array.from({ length: chunks }, (_, i) => chunk(i + 1)),
    dataObjectIds: ['77'],
    loading: `a_base_loading_${state.attempt + 1}`,
  });
const opened = copyOpened(newCopy(), { runId: 'r1', cut: false, highest: {} });
const three = planned(opened, 3);

const steps = (state: CopyState, running: readonly string[] = [], now = 1_000): readonly string[] =>
  decideCopy(state, circumstances(running, 'run', { now }), 2).map((step) =>
    'chunk' in step ? `${step.do} ${step.chunk.number}` : step.do,
  );

const committed = (state: CopyState, number: number): CopyState =>
  chunkCommitted(
    chunkCommitScheduled(chunkPrepared(state, chunk(number), receipt(number)), chunk(number)),
    chunk(number),
    'done',
    at,
  );

describe('a copy', () => {
  test('opens its run first, then plans, then copies as many chunks at a time as it may', () => {
    expect(steps(newCopy())).toEqual(['open-run']);
    expect(steps(newCopy(), ['open-run'])).toEqual([]);
    expect(steps(opened)).toEqual(['plan']);
    expect(steps(opened, ['plan'])).toEqual([]);
    expect(steps(three)).toEqual(['copy 1', 'copy 2']);
    expect(steps(three, ['copy 1'])).toEqual(['copy 2']);
    expect(steps(three, ['copy 1', 'commit 2'])).toEqual([]);
  });

  test('commits a chunk only with a receipt, and counts it only when that is done', () => {
    const prepared = chunkPrepared(three, chunk(1), receipt(1));
    expect(steps(prepared)).toEqual(['commit 1', 'copy 2']);
    const scheduled = chunkCommitScheduled(prepared, chunk(1));
    expect(scheduled.pending[0]).toEqual({ chunk: chunk(1), status: 'commitScheduled', receipt: receipt(1) });
    expect(chunksDone(scheduled)).toBe(0);
    const done = chunkCommitted(scheduled, chunk(1), 'done', at);
    expect(done).toMatchObject({ rows: 10, chunks: 3 });
    expect(chunksDone(done)).toBe(1);
  });

  test('never replaces a session whose commit was scheduled', () => {
    const scheduled = chunkCommitScheduled(chunkPrepared(three, chunk(1), receipt(1)), chunk(1));
    expect(chunkPrepared(scheduled, chunk(1), receipt(9))).toEqual(scheduled);
    expect(steps(scheduled)).toEqual(['commit 1', 'copy 2']);
  });

  test('says so when only the session, and no answer, told that a commit is done', () => {
    const scheduled = chunkCommitScheduled(chunkPrepared(three, chunk(1), receipt(1)), chunk(1));
    const done = chunkCommitted(scheduled, chunk(1), 'done', at);
    expect(done.remark).toBeUndefined();
    const confirmed = chunkCommitted(scheduled, chunk(1), 'confirmed', at);
    expect(confirmed.remark).toMatch(/no good answer came to the commit of chunk 1.*done/);
    expect({ ...confirmed, remark: undefined }).toEqual(done);
  });

  test('schedules no commit of a chunk without a receipt', () => {
    expect(chunkCommitScheduled(three, chunk(1))).toEqual(three);
    expect(chunkCommitted(three, chunk(1), 'done', at)).toEqual(three);
  });

  test('publishes once every chunk is committed, also when there was none', () => {
    expect(steps(planned(opened, 0))).toEqual(['publish']);
    const all = committed(committed(committed(three, 1), 2), 3);
    expect(all).toMatchObject({ rows: 60, nulled: 6 });
    expect(steps(all)).toEqual(['publish']);
    expect(steps(all, ['publish'])).toEqual([]);
    const published = copyPublished(all, { rows: 60, snapshotScn: scn('500') });
    expect(steps(published)).toEqual(['rest']);
    expect(chunksDone(published)).toBe(3);
  });
});

describe('an attempt that is given up', () => {
  const scheduled = chunkCommitScheduled(chunkPrepared(committed(three, 2), chunk(1), receipt(1)), chunk(1));
  const gone = chunkCommitted(scheduled, chunk(1), 'gone', at);

  test('leaves its loading table and its rows when a session is gone whose commit was scheduled', () => {
    expect(gone).toMatchObject({ pending: [], chunks: 0, rows: 0, attempt: 1 });
    expect(gone.loading).toBeUndefined();
  });

  test('is charged to the copy as a whole, and not to the chunk', () => {
    expect(Object.keys(gone.ledgers)).toEqual([COPY_UNIT]);
    expect(gone.ledgers[COPY_UNIT]).toMatchObject({ current: 'other', kind: 'copy-incomplete', nextAttemptAt: 2_000 });
  });

  test('is followed by another, after its wait, with a loading table of its own', () => {
    expect(steps(gone)).toEqual([]);
    expect(steps(gone, [], 2_000)).toEqual(['plan']);
    const next = planned(gone, 2);
    expect(next.attempt).toBe(2);
    expect(next.loading?.name).not.toBe(three.loading?.name);
  });

  test.each(['source-snapshot-too-old', 'copy-incomplete'] as const)('because of %s restarts the copy', (kind) => {
    const failed = copyFailed(scheduled, { unit: 'chunk 3', kind, message: 'no' }, at);
    expect(failed.loading).toBeUndefined();
    expect(Object.keys(failed.ledgers)).toEqual([COPY_UNIT]);
  });

  test('again and again ends with the retry time of the copy, because no chunk clears it', () => {
    const next = planned(gone, 2);
    const again = copyFailed(
      committed(next, 1),
      { unit: 'chunk 2', kind: 'source-snapshot-too-old', message: 'no' },
      { now: 11_000, windows },
    );
    expect(again.failed).toMatchObject({ unit: COPY_UNIT, kind: 'source-snapshot-too-old' });
  });

  test('has a number of its own even when planning it was lost', () => {
    const lost = copyFailed(
      planScheduled(opened),
      { unit: 'planning the copy', kind: 'attempt-lost', message: '' },
      at,
    );
    expect(planScheduled(lost).attempt).toBe(2);
    expect(lost.attemptsLost).toBe(1);
  });
});

describe('a chunk that failed otherwise', () => {
  test('is copied again into the same loading table, and charged alone', () => {
    const failed = copyFailed(three, { unit: 'chunk 1', kind: 'source-rejected', message: 'no' }, at);
    expect(failed.loading).toEqual(three.loading);
    expect(steps(failed)).toEqual(['copy 2', 'copy 3']);
    expect(steps(failed, [], 2_000)).toEqual(['copy 1', 'copy 2']);
    expect(chunkPrepared(failed, chunk(1), receipt(1)).ledgers).toEqual({});
    expect(Object.keys(chunkPrepared(failed, chunk(2), receipt(2)).ledgers)).toEqual(['chunk 1']);
  });
});

describe('after a cut', () => {
  const cut = copyOpened(committed(three, 1), { runId: 'r2', cut: true, highest: {} });

  test('receipts and loading table are void, and the destination is asked whether the table is published', () => {
    expect(cut).toMatchObject({ runId: 'r2', lastRunId: 'r2', pending: [], rows: 0, lookForPublished: true });
    expect(cut.loading).toBeUndefined();
    expect(steps(cut)).toEqual(['find-published']);
    expect(steps(cut, ['find-published'])).toEqual([]);
  });

  test('a published table is not copied again', () => {
    const found = publishedFound(cut, { rows: 60, snapshotScn: scn('500') });
    expect(found).toMatchObject({ rows: 60, published: { rows: 60, snapshotScn: '500' } });
    expect(steps(found)).toEqual(['rest']);
  });

  test('a table that is not published is copied anew', () => {
    expect(steps(publishedFound(cut, null))).toEqual(['plan']);
  });

  test('an unbroken history keeps everything', () => {
    const state = committed(three, 1);
    expect(copyOpened(state, { runId: 'r2', cut: false, highest: {} })).toEqual({
      ...state,
      runId: 'r2',
      lastRunId: 'r2',
    });
  });

  test('whatever the older history still runs ends before the run is opened', () => {
    const { runId: _runId, ...unknown } = three;
    expect(steps(unknown, ['copy 1'])).toEqual(['cancel-readers']);
    expect(steps(unknown, ['commit 1'])).toEqual([]);
    expect(steps(unknown)).toEqual(['open-run']);
  });
});

describe('a copy that comes to rest', () => {
  test.each(['pause', 'stop', 'roll-over'] as const)('for %s cancels readers and waits for writers', (wish) => {
    const decide = (running: readonly string[]): unknown => decideCopy(three, circumstances(running, wish), 2);
    expect(decide(['copy 1', 'commit 2'])).toEqual([{ do: 'cancel-readers' }]);
    expect(decide(['commit 2'])).toEqual([]);
    expect(decide(['publish'])).toEqual([]);
    expect(decide(['plan'])).toEqual([]);
    expect(decide([])).toEqual([{ do: 'rest' }]);
  });

  test('rests as well when it has failed', () => {
    const failed = copyFailed(three, { unit: 'chunk 1', kind: 'value-unrepresentable', message: 'no' }, at);
    expect(steps(failed, ['copy 2'])).toEqual(['cancel-readers']);
    expect(steps(failed)).toEqual(['rest']);
  });

  test.each([
    ['copy 12', true],
    ['mine', true],
    ['probe source', true],
    ['commit 12', false],
    ['commit', false],
    ['publish', false],
    ['save', false],
    ['plan', false],
  ])('takes %s for a reader: %s', (key, reader) => {
    expect(isReader(key)).toBe(reader);
  });
});

describe('undo that a chunk needs and that was overwritten', () => {
  const wide: Chunk = { number: 1, firstRowid: 'AAASPHAAEAAAACIAAA', lastRowid: 'AAASPHAAEAAAADHH//' };
  const one = copyPlanned(planScheduled(opened), {
    snapshotScn: scn('500'),
    chunks: [wide, chunk(2)],
    dataObjectIds: ['77'],
    loading: 'a_base_loading_1',
  });

  test('makes two chunks of it, with numbers that no other had, and says so', () => {
    const halved = undoLost(one, 1, true);
    expect(halved?.pending.map((entry) => entry.chunk.number)).toEqual([3, 4, 2]);
    expect(halved).toMatchObject({ chunks: 3, newerChunks: 0, remark: expect.stringContaining('ORA-01555') as string });
  });

  test('makes pieces of a sixteenth at the least, then reads them at a newer SCN, once', () => {
    const firstOf = (state: CopyState): Chunk => state.pending[0]?.chunk ?? wide;
    const lostAgain = (state: CopyState): CopyState | undefined => undoLost(state, firstOf(state).number, true);
    let state: CopyState = one;
    for (let turn = 0; turn < 4; turn++) state = lostAgain(state) ?? one;
    const smallest = firstOf(state);
    expect(smallest).toMatchObject({ halved: 4 });
    const newer = lostAgain(state) ?? one;
    expect(firstOf(newer)).toEqual({ ...smallest, newer: true });
    expect(newer.newerChunks).toBe(1);
    expect(lostAgain(newer)).toBeUndefined();
  });

  test('starts the copy again where no tail would bring newer rows in step', () => {
    const block: Chunk = { ...wide, lastRowid: 'AAASPHAAEAAAACIH//' };
    const single = { ...one, pending: [{ chunk: block, status: 'planned' as const }] };
    expect(undoLost(single, 1, false)).toBeUndefined();
    expect(undoLost(single, 1, true)?.pending[0]?.chunk.newer).toBe(true);
  });

  test('is no matter for a chunk that was read already', () => {
    expect(undoLost(chunkPrepared(three, chunk(1), receipt(1)), 1, true)).toBeUndefined();
  });
});
