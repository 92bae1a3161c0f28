/** `lobInLog: reread`: after-images get the values as of their commit, and neither hash nor record_ids know of them. */
import { describe, expect, test } from 'vitest';
import type { LargeValues, LargeValuesAsked } from '../../../activities/ports.ts';
import { describeTables } from '../../../activities/describe-tables.ts';
import { mineWindow } from '../../../activities/mine-window.ts';
import { planTable } from '../../../activities/create-tables.ts';
import { RereadValues } from '../../../activities/reread-values.ts';
import { WindowWriter } from '../../../activities/window-writer.ts';
import type { Change, CommittedTransaction } from '../../../model/change.ts';
import { Failure } from '../../../model/failure.ts';
import { columnsHash, planColumns, plannedTable } from '../../../model/planned-table.ts';
import { scn } from '../../../model/scn.ts';
import type { Row, TableDescription } from '../../../model/table.ts';
import { planHash, type CapturedTable } from '../../../model/task-plan.ts';
import { parseTaskSpec } from '../../../model/task-spec.ts';
import { description as small, SmallSink, SmallSource, T } from '../../support/small-sides.ts';
import { attemptOf, dependencies, endpoints, openRunFacts, own, planned, rules } from './literal-attempt.ts';
import { limits, ListedSource, spec } from './mined-windows.ts';

const description: TableDescription = {
  ...small,
  columns: [...small.columns, ...['C', 'B'].map((name) => ({ name, type: { base: `${name}LOB` }, nullable: true }))],
};
const hash = columnsHash(planColumns(description, undefined, rules).columns);
const plan: CapturedTable = { ...planned, columnsHash: hash, lobInLog: 'reread' };

function tableOf(lobInLog: CapturedTable['lobInLog'], of = description) {
  const { lobInLog: _lobInLog, ...rest } = plan;
  const asked = { ...rest, ...(lobInLog && { lobInLog }) };
  const found = plannedTable(asked, rules, of);
  if (!found) throw new Error('the table is not as planned');
  return { ...asked, ...found };
}

/** Values as of an SCN are named by it; row 404 is not there. */
class Answering {
  readonly asked: LargeValuesAsked[] = [];
  readonly read: LargeValues['read'];
  constructor(read: LargeValues['read'] = 'as-of') {
    this.read = read;
  }
  async readLargeValues(_table: TableDescription, asked: LargeValuesAsked): Promise<LargeValues> {
    this.asked.push(asked);
    await new Promise((resolve) => setImmediate(resolve));
    const rows = asked.keys.map(([id]): Row | undefined =>
      id === '404' ? undefined : [`c${String(id)}@${asked.asOf}`, Uint8Array.of(Number(id))],
    );
    return { rows, read: this.read };
  }
}

const image = (id: number, v = 'v'): Row => [String(id), v, null, null];
const insert = (id: number): Change => ({ kind: 'insert', table: T, after: image(id) });
const touch = (id: number): Change => ({ kind: 'update', table: T, before: image(id), after: image(id) });
const remove = (id: number): Change => ({ kind: 'delete', table: T, before: image(id) });
const commit = (commitScn: string, ...changes: readonly Change[]): CommittedTransaction => ({
  xid: `X${commitScn}`,
  commitScn: scn(commitScn),
  thread: 1,
  rsId: '',
  commitSeconds: 100,
  changes,
});

async function written(
  transactions: readonly CommittedTransaction[],
  { source = new Answering(), table = tableOf('reread'), skip = {} } = {},
) {
  const sink = new SmallSink();
  const values = new RereadValues(source);
  const writer = new WindowWriter(sink, [table], spec, { skip, values });
  for (const one of transactions) await writer.add(one, 4_000_000_000);
  const { sessions, hash: found } = await writer.finish();
  const rows = sessions.flatMap(({ id }) => sink.sessions.get(id)?.rows ?? []);
  return { rows, hash: found, nextRecordId: writer.nextRecordId, bytes: writer.bytes, note: values.note, source };
}

describe('large values', () => {
  test('are in after-images as of the commit of each, and NULL in before-images', async () => {
    const { rows, note } = await written([commit('1010', insert(1), touch(2)), commit('1020', remove(1), insert(404))]);
    expect(rows.map(([id, , , before, after, ...values]) => [id, before, after, ...values])).toEqual([
      ['1', 'N', 'Y', '1', 'v', 'c1@1010', Uint8Array.of(1)],
      ['2', 'Y', 'N', '2', 'v', null, null],
      ['2', 'N', 'Y', '2', 'v', 'c2@1010', Uint8Array.of(2)],
      ['3', 'Y', 'N', '1', 'v', null, null],
      ['4', 'N', 'Y', '404', 'v', null, null],
    ]);
    expect(note).toBeUndefined();
  });

  test('are asked for once for a row and a commit, few together, and the rows stay in their order', async () => {
    const many = Array.from({ length: 40 }, (_, i) => insert(i + 1));
    const { rows, source } = await written([commit('1010', touch(1), touch(2), touch(2)), commit('1020', ...many)]);
    expect(rows.map(([, , , , after, id, , c]) => (after === 'Y' ? c : id))).toEqual([
      ...['1', 'c1@1010', '2', 'c2@1010', '2', 'c2@1010'],
      ...many.map((_, i) => `c${i + 1}@1020`),
    ]);
    expect(source.asked.map(({ asOf, keys }) => [asOf, keys.length])).toEqual([
      ['1010', 2],
      ['1020', 13],
      ['1020', 16],
      ['1020', 11],
    ]);
  });

  test('are a matter of neither hash nor record_ids, but count as bytes', async () => {
    const transactions = [commit('1010', insert(1)), commit('1020', touch(2))];
    const first = await written(transactions);
    const later = await written(transactions, { source: new Answering('present') });
    const without = await written(transactions, { table: tableOf(undefined) });
    const { hash: found, nextRecordId } = first;
    expect([later, without]).toMatchObject([
      { hash: found, nextRecordId },
      { hash: found, nextRecordId },
    ]);
    expect(without.source.asked).toEqual([]);
    const values = 2 * ('c1@1010'.length + 1);
    expect(first.bytes - without.bytes).toBe(values);
  });

  test('of rows that are at the destination already are not read', async () => {
    const { source, rows } = await written([commit('1010', insert(1), insert(2))], { skip: { t_log: 1 } });
    expect(rows).toHaveLength(1);
    expect(source.asked.map(({ keys }) => keys)).toEqual([[['2']]]);
  });

  test('of a table that lost its key are NULL', async () => {
    const table = tableOf('reread', { ...description, key: { kind: 'none', columns: [] } });
    const { rows, source } = await written([commit('1010', insert(1))], { table });
    expect(rows.map((row) => row.slice(7))).toEqual([[null, null]]);
    expect(source.asked).toEqual([]);
  });

  test.each([
    ['present' as const, 'values of large columns in 2 rows of APP.T may be newer than their change'],
    ['gone' as const, 'values of large columns in 2 rows of APP.T are NULL'],
  ])('that are not as of the commit (%s) are told of once', async (read, expected) => {
    const { note } = await written([commit('1010', insert(1)), commit('1020', touch(2))], {
      source: new Answering(read),
    });
    expect(note).toContain(expected);
  });
});

describe('a window with a table that is read again', () => {
  class Tailed extends ListedSource {
    values = new Answering();
    override async describe(): Promise<readonly TableDescription[]> {
      return [description];
    }
    override readLargeValues(table: TableDescription, asked: LargeValuesAsked): Promise<LargeValues> {
      return this.values.readLargeValues(table, asked);
    }
  }
  const source = (read?: LargeValues['read']): Tailed =>
    Object.assign(new Tailed(), {
      head: 1_035,
      transactions: [commit('1010', touch(1))],
      notes: Array.from({ length: 20 }, (_, i) => ({ scn: scn('1005'), text: `noted ${i}` })),
      values: new Answering(read),
    });
  const mined = async (of: Tailed, fixed?: object) => {
    const run = { ...openRunFacts, tableMap: async () => ({ rules, tables: [plan] }) };
    const window = { ...spec, planHash: planHash(rules, [plan]), ...fixed };
    const work = mineWindow(dependencies({ source: of, attempt: attemptOf(run) }));
    return work({ endpoints, spec: window, skip: {}, limits: { ...limits, idleSeconds: 0 }, own });
  };

  test('is prepared again with other values of then, and only its note tells', async () => {
    const first = await mined(source());
    expect(first.notes?.[0]).toBe('noted 0');
    const { to, hash: found, nextRecordId, clockSeconds } = first;
    const again = await mined(source('present'), { fixed: { to, hash: found, nextRecordId, clockSeconds } });
    expect(again).toMatchObject({ to, hash: found, nextRecordId, rows: 2 });
    expect(again.notes).toHaveLength(20);
    expect(again.notes?.[0]).toMatch(/^values of large columns in 1 rows of APP.T may be newer/);
  });

  test('fails when they cannot be read', async () => {
    const broken = source();
    broken.readLargeValues = () => Promise.reject(new Failure('source-unreachable', 'gone'));
    await expect(mined(broken)).rejects.toMatchObject({ kind: 'source-unreachable' });
  });
});

describe('the plan of a table', () => {
  const specOf = (change: object, entry: object = {}) => {
    const parsed = parseTaskSpec({
      name: 'a',
      source: 'b',
      destination: 'c',
      tables: [{ table: T, ...entry }],
      ...change,
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    const [selected] = parsed.spec.tables;
    if (!selected) throw new Error('there is one table');
    return { task: parsed.spec, selected: { table: T, entry: selected } };
  };
  const planOf = (change: object, entry?: object, of: TableDescription = description) => {
    const { task, selected } = specOf(change, entry);
    return planTable(selected, of, task, []);
  };
  const keyless = { ...description, key: { kind: 'none', columns: [] } } as const;
  const captured = (table: ReturnType<typeof planOf>): string => planHash(rules, [{ ...table, emitAfter: scn('1') }]);

  test('has what the task asks for, or its own entry', () => {
    const mark = { values: { lobInLog: 'mark' } };
    const reread = { values: { lobInLog: 'reread' } };
    expect([
      planOf({}),
      planOf(mark),
      planOf(mark, reread),
      planOf(mark, { values: { lobInLog: 'exclude' } }),
    ]).toMatchObject(
      [undefined, 'mark', 'reread', undefined].map((lobInLog) =>
        lobInLog ? { lobInLog, description: { lobInLog } } : {},
      ),
    );
    expect(planOf(mark, { values: { lobInLog: 'exclude' } })).not.toHaveProperty('lobInLog');
    expect(planOf({})).not.toHaveProperty('lobInLog');
    expect(new Set([{}, mark, reread].map((change) => captured(planOf(change)))).size).toBe(3);
  });

  test('needs a key to read again, if there is anything to read', () => {
    const reread = { values: { lobInLog: 'reread' } };
    expect(() => planOf(reread, {}, keyless)).toThrow(/C, B cannot be read again without a key/);
    expect(planOf(reread, {}, { ...keyless, columns: small.columns })).not.toHaveProperty('lobInLog');
    expect(planOf(reread, { columns: { exclude: ['C', 'B'] } }, keyless)).not.toHaveProperty('lobInLog');
    expect(planOf({ values: { lobInLog: 'mark' } }, {}, keyless)).toMatchObject({ lobInLog: 'mark' });
  });
});

test.each([
  ['exclude', 'NULL in _log'],
  ['reread', 'in _log as of the commit, read by key'],
  ['mark', 'in _log redoflow:changed where a change touched it, else NULL'],
])('plan tells what %s means for each column', async (lobInLog, note) => {
  const source = Object.assign(new SmallSource(), {
    measure: async () => ({
      ...(await new SmallSource().measure()),
      tables: [{ table: T, description, allColumnsLogging: true }],
    }),
  });
  const written = { name: 'a', source: 'b', destination: 'c', tables: [{ table: T }], values: { lobInLog } };
  const parsed = parseTaskSpec(written);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const { tables } = await describeTables({ source: () => source })({ spec: parsed.spec });
  expect(tables[0]?.columns.map((column) => column.note)).toEqual([
    undefined,
    undefined,
    `up to 8 MB; ${note}`,
    `up to 8 MB; ${note}`,
  ]);
});
