/** The two looks at rows that differ, and what leaves the activity; over sides of a few rows, by the databases and by the worker. */
import { describe, expect, test } from 'vitest';
import { digestDestination, digestSource } from '../../../activities/verify-digests.ts';
import { compareRows } from '../../../activities/verify-rows.ts';
import type { ComparableAnswer } from '../../../model/comparable.ts';
import { suspiciousBuckets, unpackDigests } from '../../../model/row-buckets.ts';
import { DIFFERENCES_TABLE, type CompareInput } from '../../../model/verification.ts';
import { scn, type Scn } from '../../../model/scn.ts';
import type { Row, TableDescription } from '../../../model/table.ts';
import { SmallSink, SmallSource } from '../../support/small-sides.ts';
import { attemptOf, dependencies, failureOf, openRunFacts, planned, rules } from './literal-attempt.ts';

const SOURCE: readonly Row[] = Array.from({ length: 40 }, (_, id) => [String(id), `v${id}`]);

/** Oracle, with its rows by SCN. */
class RowsSource extends SmallSource {
  at: Readonly<Record<string, readonly Row[]>> = {};
  override async planChunks(): ReturnType<SmallSource['planChunks']> {
    return [{ number: 1, firstRowid: '1', lastRowid: '1' }];
  }
  override async *readChunk(
    _table: TableDescription,
    _chunk: { readonly number: number },
    asOf?: Scn,
  ): AsyncGenerator<readonly Row[]> {
    yield this.at[String(asOf)] ?? SOURCE;
  }
}

/** MaxCompute, with the state by record_id. */
class StateSink extends SmallSink {
  state: Readonly<Record<number, readonly Row[]>> = {};
  readonly dropped: string[] = [];
  override async keepState(...[into, state]: Parameters<SmallSink['keepState']>): Promise<void> {
    const { bound } = state;
    const rows = bound && 'recordId' in bound ? (this.state[bound.recordId] ?? SOURCE) : SOURCE;
    this.tables.set(into, {
      definition: { name: into, comment: '', columns: [], partitionColumns: [] },
      rows: rows.map((row) => [...row, '1']),
    });
  }
  override async *readRows(table: string): AsyncGenerator<readonly Row[]> {
    yield this.rowsOf(table);
  }
  override async dropTable(name: string): Promise<void> {
    this.dropped.push(name);
    await super.dropTable(name);
  }
}

const point = (at: string, recordId: number): Extract<ComparableAnswer, { kind: 'point' }> => ({
  kind: 'point',
  point: { scn: scn(at), recordId },
  completeBefore: 0,
  plan: planned,
  rules,
  source: 'small',
  destination: 'small',
});

const input: CompareInput = {
  subject: point('2000', 20),
  chunks: [{ number: 1, firstRowid: '1', lastRowid: '1' }],
  mode: 'worker',
  buckets: { count: 64, wanted: Array.from({ length: 64 }, (_, bucket) => bucket) },
  verification: 'v1',
  task: 'small',
  room: 100,
};

function world(later: ComparableAnswer = point('2100', 30)) {
  const source = new RowsSource();
  const sink = new StateSink();
  const attempt = attemptOf({ ...openRunFacts, comparablePoint: async () => later });
  return { source, sink, deps: dependencies({ source, sink, attempt }) };
}

const without = (...ids: readonly string[]): readonly Row[] => SOURCE.filter(([id]) => !ids.includes(String(id)));

describe('rows that differ', () => {
  test('count when they are there at both looks, and only their keys are written, to be committed later', async () => {
    const { sink, deps } = world();
    sink.state = { 20: without('3', '5'), 30: without('5', '7') };
    const { session, ...counts } = await compareRows(deps)(input);
    expect(counts).toEqual({ missing: 1, extra: 0, changed: 0, doubled: 0, columnsChanged: {}, unconfirmed: 1 });
    expect(session).toMatchObject({ table: DIFFERENCES_TABLE, partition: 'task=small', rows: 1 });
    expect(sink.sessions.get(session?.id ?? '')).toMatchObject({
      status: 'normal',
      rows: [['v1', planned.table, 'missing', '["5"]', null]],
    });
  });

  test('are compared with what Oracle has at the second point, too', async () => {
    const { source, sink, deps } = world();
    const changed = SOURCE.map(([id = null, v = null]): Row => [id, id === '9' ? 'new' : v]);
    source.at = { '2100': changed };
    sink.state = { 20: changed, 30: changed };
    expect(await compareRows(deps)(input)).toMatchObject({ changed: 0, unconfirmed: 1 });
  });

  test('name the columns', async () => {
    const { sink, deps } = world();
    const changed = SOURCE.map(([id = null, v = null]): Row => [id, id === '9' ? 'v9 ' : v]);
    sink.state = { 20: changed, 30: changed };
    expect(await compareRows(deps)(input)).toMatchObject({ changed: 1, columnsChanged: { V: 1 } });
  });

  test('are written as far as there is room', async () => {
    const { sink, deps } = world();
    sink.state = { 20: without('1', '2', '3'), 30: without('1', '2', '3') };
    const { missing, session } = await compareRows(deps)({ ...input, room: 2 });
    expect([missing, session?.rows]).toEqual([3, 2]);
  });

  test('may be none: only a digest differed, and no session is opened', async () => {
    const { sink, deps } = world();
    const { unconfirmed, session } = await compareRows(deps)({ ...input, buckets: { count: 64, wanted: [4, 9] } });
    expect([unconfirmed, session, sink.sessions.size]).toEqual([2, undefined, 0]);
  });

  test('begin anew when the table has become another', async () => {
    const other = point('2100', 30);
    const { sink, deps } = world({ ...other, plan: { ...other.plan, generation: 2 } });
    sink.state = { 20: without('1') };
    expect(await failureOf(compareRows(deps)(input))).toBe('source-table-redefined');
  });

  test('leave nothing of the second look behind; the first one serves other groups', async () => {
    const { sink, deps } = world();
    sink.state = { 20: without('1'), 30: without('1') };
    await compareRows(deps)(input);
    const kept = [...sink.tables.keys()].filter((name) => name.startsWith('redoflow_verify_v1_'));
    expect([kept.length, sink.dropped.length]).toEqual([1, 1]);
  });
});

test.each(['databases', 'worker'] as const)('digests of several chunks add up, by the %s', async (mode) => {
  const { source, deps } = world();
  const ofChunk: Readonly<Record<number, readonly Row[]>> = {
    1: SOURCE.slice(0, 15),
    2: SOURCE.slice(15, 16),
    3: SOURCE.slice(16),
  };
  source.readChunk = async function* (_table, { number }) {
    yield ofChunk[number] ?? [];
  };
  source.digestChunk = async (_table, { chunk }) => [
    { bucket: 1, rows: ofChunk[chunk.number]?.length ?? 0, low: '1', high: '2' },
  ];
  const chunks = [1, 2, 3].map((number) => ({ number, firstRowid: '1', lastRowid: '1' }));
  const { subject, verification } = input;
  const packed = await digestSource(deps)({ subject, mode, verification, buckets: { count: 64 }, chunks });
  const digests = [...unpackDigests(packed).values()];
  expect(digests.reduce((sum, { rows }) => sum + rows, 0)).toBe(SOURCE.length);
  if (mode === 'databases') expect(digests).toMatchObject([{ low: 3n, high: 6n }]);
});

test('digests of the worker tell which buckets differ, and their rows are then all that is looked at', async () => {
  const { sink, deps } = world();
  sink.state = { 20: without('3'), 30: without('3') };
  const { chunks, subject, mode, verification } = input;
  const digest = { subject, mode, verification, buckets: { count: 64 } };
  const source = unpackDigests(await digestSource(deps)({ ...digest, chunks }));
  const suspicious = suspiciousBuckets(source, unpackDigests(await digestDestination(deps)(digest)));
  expect(suspicious).toHaveLength(1);
  const buckets = { count: 64, wanted: suspicious.map(({ bucket }) => bucket) };
  expect(await compareRows(deps)({ ...input, buckets })).toMatchObject({ missing: 1, unconfirmed: 0 });
  const others = {
    count: 64,
    wanted: input.buckets.wanted?.filter((bucket) => !buckets.wanted.includes(bucket)) ?? [],
  };
  expect(await compareRows(deps)({ ...input, buckets: others })).toMatchObject({ missing: 0, unconfirmed: 63 });
});
