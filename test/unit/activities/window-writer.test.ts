/** record_ids depend on redo and plan alone; what is at the destination already is counted, hashed, and not written again. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WindowWriter } from '../../../activities/window-writer.ts';
import type { WindowSpec } from '../../../model/activities.ts';
import type { Change, CommittedTransaction } from '../../../model/change.ts';
import { scn } from '../../../model/scn.ts';
import { tableName } from '../../../model/table.ts';
import { SmallSink, T } from '../../support/small-sides.ts';
import { written as planned } from './literal-attempt.ts';

const U = tableName({ owner: 'APP', name: 'U' });
const MINUTES = ['year', 'month', 'day', 'hour', 'minute'].map((unit) => ({ name: unit, type: 'string' }));
const tables = [planned, { ...planned, table: U, log: 'u_log', emitAfter: scn('2000') }];
const spec: WindowSpec = {
  number: 1,
  planHash: 'plan',
  incarnation: { dbid: '1', resetlogsScn: scn('1') },
  from: scn('1000'),
  open: [],
  held: [],
  firstRecordId: 50,
  clock: { previousSeconds: 0 },
};
const CLOCK = 4_000_000_000;

const insert = (key: string, table = T): Change => ({ kind: 'insert', table, after: [key, 'v'] });
const update = (key: string): Change => ({ kind: 'update', table: T, before: [key, 'v'], after: [key, 'w'] });
const transaction = (commitScn: string, changes: readonly Change[], commitSeconds = 100): CommittedTransaction => ({
  xid: `X${commitScn}`,
  commitScn: scn(commitScn),
  thread: 1,
  rsId: '',
  commitSeconds,
  changes,
});

async function written(
  transactions: readonly CommittedTransaction[],
  options: {
    readonly skip?: Readonly<Record<string, number>>;
    readonly plan?: typeof tables;
    readonly clock?: number;
  } = {},
) {
  const sink = new SmallSink();
  const writer = new WindowWriter(sink, options.plan ?? tables, spec, { skip: options.skip ?? {} });
  for (const one of transactions) await writer.add(one, options.clock ?? CLOCK);
  const { sessions, hash } = await writer.finish();
  const rows = sessions.map(({ id }) => sink.sessions.get(id)?.rows ?? []);
  return { writer, sessions, hash, rows, ids: rows.flat().map(([recordId]) => Number(recordId)) };
}

describe('record_ids', () => {
  test('begin where the window begins, and rise by one with each change in commit order', async () => {
    const { ids, writer } = await written([
      transaction('1010', [insert('1'), update('1')]),
      transaction('1020', [insert('2')]),
    ]);
    expect(ids).toEqual([50, 51, 51, 52]);
    expect(writer.nextRecordId).toBe(53);
    expect(writer).toMatchObject({ rows: 4, skipped: 0, transactions: 2, empty: false });
  });

  test('give both rows of an update one id, one time and one session', async () => {
    const { rows, sessions } = await written([transaction('1010', [update('1')])]);
    expect(rows).toEqual([
      [
        ['50', 'U', '100', 'Y', 'N', '1', 'v'],
        ['50', 'U', '100', 'N', 'Y', '1', 'w'],
      ],
    ]);
    expect(sessions).toEqual([
      { id: 's1', table: 't_log', rows: 2, blocks: 1, firstRecordId: 50, lastRecordId: 50, nulled: 0 },
    ]);
  });

  test('are not taken by commits at or below the snapshot of their table', async () => {
    const { rows, writer } = await written([
      transaction('1000', [insert('1')]),
      transaction('1010', [insert('2'), insert('3', U)]),
      transaction('2000', [insert('4', U)]),
      transaction('2010', [insert('5', U), insert('6')]),
    ]);
    expect(rows.map((session) => session.map(([id, , , , , key]) => `${String(id)}=${String(key)}`))).toEqual([
      ['50=2', '52=6'],
      ['51=5'],
    ]);
    expect(writer.transactions).toBe(2);
  });

  test('are not taken by tables that the plan does not have', async () => {
    const { ids } = await written([
      transaction('1010', [insert('1', tableName({ owner: 'APP', name: 'X' })), insert('2')]),
    ]);
    expect(ids).toEqual([50]);
  });

  test('depend on redo and plan alone: whatever is skipped, ids, hash and content are the same', async () => {
    const change = fc.oneof(
      fc.nat(9).map((key) => insert(String(key))),
      fc.nat(9).map((key) => insert(String(key), U)),
      fc.nat(9).map((key) => update(String(key))),
    );
    const redo = fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 6 });
    const skipped = fc.record({ t_log: fc.integer({ min: 0, max: 70 }), u_log: fc.integer({ min: 0, max: 70 }) });
    await fc.assert(
      fc.asyncProperty(redo, skipped, async (commits, skip) => {
        const transactions = commits.map((changes, i) => transaction(String(1_990 + 10 * i), changes, i));
        const whole = await written(transactions);
        const part = await written(transactions, { skip });
        expect(part.hash).toBe(whole.hash);
        expect(part.writer.nextRecordId).toBe(whole.writer.nextRecordId);
        expect(part.writer.bytes).toBe(whole.writer.bytes);
        expect(part.writer.rows + part.writer.skipped).toBe(whole.writer.rows);
        for (const [index, { table }] of whole.sessions.entries()) {
          const there = skip[table as keyof typeof skip];
          const found = part.sessions.findIndex((session) => session.table === table);
          expect(part.rows[found] ?? []).toEqual(whole.rows[index]?.filter(([id]) => Number(id) > there));
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('what is at the destination already', () => {
  test('is not written again: rows at or below the highest record_id of their log', async () => {
    const { ids, writer } = await written([transaction('1010', [insert('1'), update('1'), insert('2')])], {
      skip: { t_log: 51 },
    });
    expect(ids).toEqual([52]);
    expect(writer).toMatchObject({ rows: 1, skipped: 3, empty: false });
  });

  test('needs no session when it is everything', async () => {
    const { sessions, writer } = await written([transaction('1010', [insert('1')])], { skip: { t_log: 50, u_log: 0 } });
    expect(sessions).toEqual([]);
    expect(writer.nextRecordId).toBe(51);
  });
});

describe('the hash of a window', () => {
  const hashOf = async (changes: readonly Change[], seconds = 100): Promise<string> =>
    (await written([transaction('2010', changes, seconds)])).hash;

  test.each([
    ['another value', [insert('2')]],
    ['another operation', [update('1')]],
    ['another table', [insert('1', U)]],
    ['NULL instead of text', [{ kind: 'insert', table: T, after: ['1', null] } as const]],
    ['bytes instead of text', [{ kind: 'insert', table: T, after: ['1', Uint8Array.of(118)] } as const]],
    ['values with other borders', [{ kind: 'insert', table: T, after: ["1'|3:'v", ''] } as const]],
    ['a row more', [insert('1'), insert('1')]],
  ])('differs for %s', async (_case, changes) => {
    expect(await hashOf(changes)).not.toBe(await hashOf([insert('1')]));
  });

  test('does not depend on the time, which is not what the redo says', async () => {
    expect(await hashOf([insert('1')], 500)).toBe(await hashOf([insert('1')], 900));
  });
});

describe('utc_timestamp', () => {
  const partitioned = [{ ...planned, partitionColumns: MINUTES }];

  test('decides the partition, never falls, and is held below the clock of the source', async () => {
    const commits = [60, 119, 100, 125, 7_000].map((seconds, i) =>
      transaction(`10${i + 1}0`, [insert(String(i))], seconds),
    );
    const { sessions, rows, writer } = await written(commits, { plan: partitioned, clock: 130 });
    expect(rows.flat().map(([, , time]) => Number(time))).toEqual([60, 119, 119, 125, 130]);
    expect(
      sessions.map(({ partition, firstRecordId, lastRecordId }) => [partition, firstRecordId, lastRecordId]),
    ).toEqual([
      ['year=1970,month=01,day=01,hour=00,minute=01', 50, 52],
      ['year=1970,month=01,day=01,hour=00,minute=02', 53, 54],
    ]);
    expect(writer.clockSeconds).toBe(130);
  });

  test('goes on from the window before', async () => {
    const writer = new WindowWriter(
      new SmallSink(),
      partitioned,
      { ...spec, clock: { previousSeconds: 900 } },
      { skip: {} },
    );
    await writer.add(transaction('1010', [insert('1')], 100), CLOCK);
    expect(writer.clockSeconds).toBe(900);
  });

  test('moves by rows that are skipped as well, and not by commits that take no record_id', async () => {
    const skipped = await written([transaction('1010', [insert('1')], 300)], { skip: { t_log: 99 } });
    expect(skipped.writer.clockSeconds).toBe(300);
    const old = await written([transaction('1000', [insert('1')], 300)]);
    expect(old.writer.clockSeconds).toBe(0);
  });

  test('has its partition created before the session is opened', async () => {
    const calls: string[] = [];
    class Watched extends SmallSink {
      override async addPartition(...[table, partition]: readonly string[]): Promise<void> {
        calls.push(`partition ${table ?? ''} ${partition ?? ''}`);
      }
      override async openUpload(target: { table: string; partition?: string }): ReturnType<SmallSink['openUpload']> {
        calls.push(`open ${target.table} ${target.partition ?? ''}`);
        return super.openUpload(target);
      }
    }
    const writer = new WindowWriter(new Watched(), [{ ...planned, partitionColumns: MINUTES.slice(0, 1) }], spec, {
      skip: {},
    });
    await writer.add(transaction('1010', [insert('1'), insert('2')]), CLOCK);
    expect(calls).toEqual(['partition t_log year=1970', 'open t_log year=1970']);
  });
});

test('a large session is written in pieces, and holds every row in order', async () => {
  const changes = Array.from({ length: 1_203 }, (_, i) => insert(String(i)));
  const { ids, sessions } = await written([transaction('1010', changes)]);
  expect(ids).toEqual(Array.from({ length: 1_203 }, (_, i) => 50 + i));
  expect(sessions).toMatchObject([{ rows: 1_203, firstRecordId: 50, lastRecordId: 1_252 }]);
});

describe('changes that are written nowhere', () => {
  const MANY = 100_000;
  const many: Iterable<Change> = {
    *[Symbol.iterator]() {
      for (let key = 0; key < MANY; key++) yield insert(String(key));
    },
  };

  test.each([
    ['because they are in _base', { ...transaction('10', []), changes: many }, {}],
    ['because they are at the destination already', { ...transaction('1010', []), changes: many }, { t_log: MANY * 2 }],
  ])('%s leave time for others, such as the sign of life of the attempt', async (_why, one, skip) => {
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      next = setImmediate(turn);
    };
    let next = setImmediate(turn);
    const { rows, writer } = await written([one], { skip });
    clearImmediate(next);
    expect(rows).toEqual([]);
    expect(writer.skipped).toBe(Object.keys(skip).length * MANY);
    expect(turns).toBeGreaterThan(20);
  });
});
