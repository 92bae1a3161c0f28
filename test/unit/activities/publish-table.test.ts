/** A loaded table takes the place of `_base`; every step may be repeated, and none is taken on trust. */
import { describe, expect, test } from 'vitest';
import { findPublished, publishTable } from '../../../activities/publish-table.ts';
import type { RunFacts } from '../../../activities/ports.ts';
import { markText } from '../../../activities/table-marks.ts';
import { Failure } from '../../../model/failure.ts';
import { scn } from '../../../model/scn.ts';
import { description, SmallSink, SmallSource } from '../../support/small-sides.ts';
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
  written,
} from './literal-attempt.ts';

const loading = { name: 't_base_loading_2', snapshotScn: scn('1000') };
const input: Parameters<ReturnType<typeof publishTable>>[0] = {
  endpoints,
  plan: planned,
  rules,
  loading,
  rows: 2,
  dataObjectIds: ['100'],
  own,
};

async function loaded(sink = new SmallSink()): Promise<SmallSink> {
  const columns = written.columns.map((column) => column.sink);
  const mark = { of: planned.table, chainId: own.chainId };
  await sink.createTable({ name: 't_base', comment: markText(mark), columns, partitionColumns: [] });
  for (const name of ['t_base_loading_1', loading.name]) {
    const comment = markText({ ...mark, snapshotScn: loading.snapshotScn });
    await sink.createTable({ name, comment, columns, partitionColumns: [] });
    sink.tables.get(name)?.rows.push(['1', 'a'], ['2', 'b']);
  }
  return sink;
}
const publish = (sink: SmallSink, change: Partial<typeof input> = {}, run: RunFacts = openRunFacts) =>
  publishTable(dependencies({ sink, attempt: attemptOf(run) }))({ ...input, ...change });
type Looking = Parameters<ReturnType<typeof findPublished>>[0];
const find = (sink: SmallSink, chainId = own.chainId, change: Partial<Looking> = {}) =>
  findPublished(dependencies({ sink }))({
    endpoints,
    plan: planned,
    rules: input.rules,
    own: { ...own, chainId },
    ...change,
  });

describe('publishing', () => {
  test('puts the loading table in the place of the empty one, and leaves nothing else behind', async () => {
    const sink = await loaded();
    expect(await publish(sink)).toEqual({ rows: 2, snapshotScn: '1000' });
    expect([...sink.tables.keys()]).toEqual(['t_base']);
    expect(sink.rowsOf('t_base')).toHaveLength(2);
  });

  test('sets aside what a late request made once more, and leaves nothing of it behind', async () => {
    const sink = await loaded();
    const [base] = [...sink.tables.values()].map(({ definition }) => definition);
    const aside = `t_base_replaced_${own.runId.slice(-8)}`;
    if (base) await sink.createTable({ ...base, name: aside });
    expect(await publish(sink)).toEqual({ rows: 2, snapshotScn: '1000' });
    expect([...sink.tables.keys()]).toEqual(['t_base']);
  });

  test('may be repeated: the second time changes nothing', async () => {
    const sink = await loaded();
    const first = await publish(sink);
    expect(await publish(sink)).toEqual(first);
    expect(sink.rowsOf('t_base')).toHaveLength(2);
  });

  test.each([1, 2])('goes on when it was interrupted at rename number %i', async (failing) => {
    class Failing extends SmallSink {
      left = failing;
      override async renameTable(from: string, to: string): Promise<void> {
        this.left -= 1;
        if (this.left === 0) throw new Failure('sink-unreachable', 'no answer');
        await super.renameTable(from, to);
      }
    }
    const sink = await loaded(new Failing());
    expect(await failureOf(publish(sink))).toBe('sink-unreachable');
    await publish(sink);
    expect([...sink.tables.keys()]).toEqual(['t_base']);
    expect(sink.rowsOf('t_base')).toHaveLength(2);
  });

  test('keeps a replaced table that has rows: they are not ours to drop', async () => {
    const sink = await loaded();
    sink.tables.get('t_base')?.rows.push(['9', 'foreign']);
    await publish(sink);
    expect(sink.rowsOf('t_base')).toHaveLength(2);
    expect([...sink.tables.values()].filter(({ rows }) => rows.length === 1)).toHaveLength(1);
  });

  test.each([
    ['fewer rows than its receipts say', { rows: 3 }],
    ['more rows than its receipts say', { rows: 1 }],
    ['another segment than when it was planned', { dataObjectIds: ['99'] }],
  ])('is refused when the table has %s', async (_case, change) => {
    const sink = await loaded();
    expect(await failureOf(publish(sink, change))).toBe('copy-incomplete');
    expect(sink.rowsOf('t_base')).toHaveLength(0);
    expect(sink.tables.has(loading.name)).toBe(true);
  });

  test('does not compare segments when the table had none', async () => {
    expect(await publish(await loaded(), { dataObjectIds: [] })).toMatchObject({ rows: 2 });
  });

  test.each([
    ['a new partition is there besides those that were read', ['201', '202'], undefined],
    ['a partition that was read is gone', ['201', '203'], 'copy-incomplete'],
  ])('of a partitioned table, when %s', async (_case, dataObjectIds, refused) => {
    class Partitioned extends SmallSource {
      override async describe(): ReturnType<SmallSource['describe']> {
        const segments = ['201', '202', '204'].map((id) => ({ objectId: id, dataObjectId: id }));
        return [{ ...description, dataObjectId: null, segments }];
      }
    }
    const parts = dependencies({ sink: await loaded(), source: new Partitioned() });
    expect(await failureOf(publishTable(parts)({ ...input, dataObjectIds }))).toBe(refused);
  });

  test('by a run that is not the open one changes nothing', async () => {
    const sink = await loaded();
    const before = [...sink.tables.keys()];
    expect(await failureOf(publish(sink, {}, cutRunFacts))).toBe('history-was-cut');
    expect([...sink.tables.keys()]).toEqual(before);
  });

  test('is not believed when the loading table is missing and `_base` is not what was loaded', async () => {
    const sink = await loaded();
    await sink.dropTable(loading.name);
    expect(await failureOf(publish(sink))).toBe('copy-incomplete');
  });
});

describe('a table published before a cut', () => {
  test('is found by what it says of itself, with its rows and its snapshot', async () => {
    const sink = await loaded();
    await publish(sink);
    expect(await find(sink)).toEqual({ rows: 2, snapshotScn: '1000' });
  });

  test('is not an empty `_base`, nor that of another chain, nor none', async () => {
    const sink = await loaded();
    expect(await find(sink)).toBeNull();
    await publish(sink);
    expect(await find(sink, 'another-chain')).toBeNull();
    expect(await find(new SmallSink())).toBeNull();
  });
});

describe('a copy that is looked for', () => {
  test('is not the one that an earlier pair of tables held', async () => {
    const sink = await loaded();
    await publish(sink);
    expect(await find(sink)).toEqual({ rows: 2, snapshotScn: '1000' });
    expect(await find(sink, own.chainId, { plan: { ...planned, generation: 2 } })).toBeNull();
  });

  test('and must be there, but is not, is never made again: a person is told', async () => {
    const sink = await loaded();
    await expect(find(sink, own.chainId, { mustBe: true })).rejects.toMatchObject({
      kind: 'sink-table-changed',
      message: expect.stringContaining(
        'copied into t_base, and t_base is not there any more, or not that copy',
      ) as unknown,
    });
  });
});
