/** A loaded table is put into the `_base` that is there; whatever is interrupted, and by what, is finished with the same rows. */
import { describe, expect, test } from 'vitest';
import { findPublished, publishTable } from '../../../activities/publish-table.ts';
import type { RunFacts } from '../../../activities/ports.ts';
import { markText, readMark } from '../../../activities/table-marks.ts';
import { Failure } from '../../../model/failure.ts';
import { scn } from '../../../model/scn.ts';
import type { Row } from '../../../model/table.ts';
import { SmallSink } from '../../support/small-sides.ts';
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

const keeping = { ...rules, keepExisting: true } as const;
const loading = { name: 't_base_loading_2', snapshotScn: scn('1000') };
const input = { endpoints, plan: planned, rules: keeping, loading, rows: 2, dataObjectIds: ['100'], own };
const merged = [
  ['1', 'old'],
  ['2', 'new'],
  ['3', 'new'],
];

/** The calls that change the destination, told as they come; the one of this number fails, before or after its effect. */
class Breaking extends SmallSink {
  readonly done: string[] = [];
  failing: { readonly call: number; readonly when: 'before' | 'after' } | undefined;
  private calls = 0;

  private async change(what: string, effect: () => Promise<void>): Promise<void> {
    this.calls += 1;
    const fails = this.calls === this.failing?.call;
    if (fails && this.failing?.when === 'before') throw new Failure('sink-unreachable', 'no answer');
    await effect();
    this.done.push(what);
    if (fails) throw new Failure('sink-unreachable', 'no answer');
  }

  override async setComment(name: string, comment: string): Promise<void> {
    const { loading: mark } = readMark(comment) ?? {};
    await this.change(`comment: ${mark?.done ? 'done' : 'begun'}`, async () => super.setComment(name, comment));
  }
  override async mergeRows(rows: Parameters<SmallSink['mergeRows']>[0]): Promise<void> {
    await this.change('merge', async () => super.mergeRows(rows));
  }
  override async dropTable(name: string): Promise<void> {
    await this.change(`drop ${name}`, async () => super.dropTable(name));
  }
}

const CHANGES = ['comment: begun', 'merge', 'comment: done', 'drop t_base_loading_1', 'drop t_base_loading_2'];

async function loaded(base: readonly Row[] = merged.slice(0, 1).concat([['2', 'old']])): Promise<Breaking> {
  const sink = new Breaking();
  const columns = written.columns.map((column) => column.sink);
  const mark = { of: planned.table, chainId: own.chainId };
  await sink.createTable({ name: 't_base', comment: markText(mark), columns, partitionColumns: [] });
  sink.tables.get('t_base')?.rows.push(...base);
  const comment = markText({ ...mark, snapshotScn: loading.snapshotScn });
  await sink.createTable({ name: loading.name, comment, columns, partitionColumns: [] });
  sink.tables.get(loading.name)?.rows.push(...merged.slice(1));
  return sink;
}
const publish = (sink: SmallSink, change: Partial<typeof input> = {}, run: RunFacts = openRunFacts) =>
  publishTable(dependencies({ sink, attempt: attemptOf(run) }))({ ...input, ...change });
const find = (sink: SmallSink, chainId = own.chainId, slept: number[] = []) => {
  const sleep = async (milliseconds: number): Promise<void> => void slept.push(milliseconds);
  const attempt = attemptOf(openRunFacts, { sleep });
  return findPublished(dependencies({ sink, attempt, commitQuietSeconds: 7 }))({
    endpoints,
    plan: planned,
    rules: keeping,
    own: { ...own, chainId },
  });
};
const rowsOf = (sink: SmallSink): readonly Row[] =>
  sink.rowsOf('t_base').toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
const interruptions = CHANGES.flatMap((what, index) =>
  (['before', 'after'] as const).map((when) => ({ what, when, call: index + 1 })),
);

describe('publishing into what is there', () => {
  test('keeps rows of other keys, lets loaded ones win, and leaves no loading table', async () => {
    const sink = await loaded();
    expect(await publish(sink)).toEqual({ rows: 2, snapshotScn: '1000' });
    expect(rowsOf(sink)).toEqual(merged);
    expect(sink.done).toEqual(CHANGES);
    expect([...sink.tables.keys()]).toEqual(['t_base']);
    expect(readMark(sink.tables.get('t_base')?.definition.comment ?? '')).toEqual({
      of: planned.table,
      chainId: own.chainId,
      snapshotScn: '1000',
      loading: { name: loading.name, done: true },
      task: own.taskWorkflowId,
    });
  });

  test('may be repeated: nothing is merged again', async () => {
    const sink = await loaded();
    const first = await publish(sink);
    expect(await publish(sink)).toEqual(first);
    expect(rowsOf(sink)).toEqual(merged);
    expect(sink.done.filter((what) => what === 'merge')).toHaveLength(1);
  });

  test.each(interruptions)('goes on when it was interrupted $when "$what"', async ({ call, when }) => {
    const sink = await loaded();
    sink.failing = { call, when };
    expect(await failureOf(publish(sink))).toBe('sink-unreachable');
    expect(await publish(sink)).toEqual({ rows: 2, snapshotScn: '1000' });
    expect(rowsOf(sink)).toEqual(merged);
    expect([...sink.tables.keys()]).toEqual(['t_base']);
  });

  test.each(interruptions)('is finished after a cut that came $when "$what", or begun anew', async ({ call, when }) => {
    const sink = await loaded();
    sink.failing = { call, when };
    expect(await failureOf(publish(sink))).toBe('sink-unreachable');
    const found = await find(sink);
    const begun = call > 1 || when === 'after';
    if (!begun) expect(found).toBeNull();
    else expect(found).toMatchObject({ snapshotScn: '1000' });
    expect(rowsOf(sink)).toEqual(begun ? merged : [merged[0], ['2', 'old']]);
    expect(sink.tables.has(loading.name)).toBe(!begun);
  });

  test('waits, after a cut, until no statement that was sent before can be on its way', async () => {
    const sink = await loaded();
    sink.failing = { call: 2, when: 'before' };
    expect(await failureOf(publish(sink))).toBe('sink-unreachable');
    const slept: number[] = [];
    await find(sink, own.chainId, slept);
    expect(slept).toEqual([7_000]);
  });

  test('is not finished for another chain, nor when somebody dropped the loading table', async () => {
    const sink = await loaded();
    sink.failing = { call: 2, when: 'before' };
    expect(await failureOf(publish(sink))).toBe('sink-unreachable');
    expect(await find(sink, 'another-chain')).toBeNull();
    sink.tables.delete(loading.name);
    expect(await find(sink)).toBeNull();
    expect(await failureOf(publish(sink))).toBe('copy-incomplete');
  });

  test.each([
    ['fewer rows than its receipts say', { rows: 3 }],
    ['another segment than when it was planned', { dataObjectIds: ['99'] }],
  ])('is refused, with nothing changed, when the table has %s', async (_case, change) => {
    const sink = await loaded();
    expect(await failureOf(publish(sink, change))).toBe('copy-incomplete');
    expect(sink.done).toEqual([]);
  });

  test('without a key takes an empty table only', async () => {
    const plan = { ...planned, keyed: false };
    const filled = await loaded();
    expect(await failureOf(publish(filled, { plan }))).toBe('bad-input');
    expect(filled.done).toEqual([]);
    const empty = await loaded([]);
    await publish(empty, { plan });
    expect(rowsOf(empty)).toEqual(merged.slice(1));
  });

  test('by a run that is not the open one changes nothing', async () => {
    const sink = await loaded();
    expect(await failureOf(publish(sink, {}, cutRunFacts))).toBe('history-was-cut');
    expect(sink.done).toEqual([]);
  });

  test('renames when there is nothing to put rows into, and that may be repeated too', async () => {
    const sink = await loaded();
    sink.tables.delete('t_base');
    const first = await publish(sink);
    expect(await publish(sink)).toEqual(first);
    expect(rowsOf(sink)).toEqual(merged.slice(1));
  });
});
