/** The state of a table kept in another one, written to one, written by the printed script, and read back. */
import { afterAll, describe, expect, test } from 'vitest';
import { COPIES, type Buckets } from '../../activities/ports.ts';
import { mergeScript } from '../../model/state-statement.ts';
import type { TableState } from '../../model/table-state.ts';
import { failureKind } from './maxcompute-world.ts';
import { bucketOf, History, shown, sortedTexts } from './state-history.ts';
import {
  ALIKE,
  cases,
  DAY_AFTER,
  historyOf,
  numbers,
  openStates,
  PLAIN,
  SMALL,
  sourceOf,
  START,
  textOf,
} from './state-world.ts';

const states = await openStates();
const { world, port, written, read, run, put } = states;
afterAll(async () => states[Symbol.asyncDispose]());

describe('a state that is kept', () => {
  /** How often each row stands there, by the rows' texts. */
  async function kept(state: TableState, table: History, buckets?: Buckets): Promise<ReadonlyMap<string, number>> {
    const into = world.newName('kept');
    await port.keepState(into, state, sourceOf(table), buckets);
    await port.keepState(into, state, sourceOf(table), buckets);
    const columns = (await port.findTable(into))?.columns.map(({ name, type }) => ({ name, type }));
    expect(columns).toEqual([...state.columns, { name: COPIES, type: 'bigint' }]);
    return new Map((await read(into)).map((row) => [shown(row.slice(0, -1)), Number(row.at(-1))]));
  }

  test('has the rows of the buckets wanted, each as often as it stands there', async () => {
    const table = historyOf({ columns: ALIKE, key: [], secondsMax: 5 });
    const state = await written(table, PLAIN);
    const counts = new Map<string, number>();
    for (const row of table.at(undefined)) counts.set(shown(row), (counts.get(shown(row)) ?? 0) + 1);
    expect(await kept(state, table)).toEqual(counts);
    const text = textOf(table);
    const [row] = table.at(undefined);
    if (!row) throw new Error('a row');
    const wanted = [bucketOf(row, text, 4_096)];
    expect(await kept(state, table, { text, count: 4_096, wanted })).toEqual(
      new Map([[shown(row), counts.get(shown(row))]]),
    );
  });

  test('shows with a key the rows that stand there once more', async () => {
    const table = new History(SMALL, [0, 1], { seed: 3, seconds: START }).play(60, 5);
    const [changed] = table.at(undefined).filter((row) => !table.base.includes(row));
    const image = table.images.find(({ row, isAfter }) => isAfter && row === changed);
    if (!changed || !image) throw new Error('a changed row');
    const state = await written(table, PLAIN, { log: [image] });
    const text = textOf(table);
    const buckets = Array.from({ length: 2_000 }, (_, bucket) => bucket * 2);
    const expected = table
      .at(undefined)
      .filter((row) => bucketOf(row, text, 4_096) % 2 === 0 && bucketOf(row, text, 4_096) < 4_000);
    const found = await kept(state, table, { text, count: 4_096, wanted: buckets });
    expect([...found.keys()].toSorted()).toEqual(sortedTexts(expected));
    const all = await kept(state, table);
    expect([...all].filter(([, copies]) => copies !== 1)).toEqual([[shown(changed), 2]]);
    expect(await kept(state, table, { text, count: 4_096, wanted: [] })).toEqual(new Map());
  });
});

describe('a state that is written', () => {
  test('takes the place of what is there, and of no table with other columns', async () => {
    const table = new History(SMALL, [0, 1], { seed: 3, seconds: START }).play(60, 5);
    const state = await written(table, PLAIN);
    const into = world.newName('into');
    await port.writeState(into, state);
    await port.writeState(into, { ...state, bound: { recordId: 20 } });
    expect(sortedTexts(await read(into))).toEqual(sortedTexts(table.at({ recordId: 20 })));
    const narrow = { ...state, columns: state.columns.slice(0, 2) };
    expect(await failureKind(port.writeState(into, narrow))).toBe('sink-table-changed');
    expect(await failureKind(port.writeState(state.log, state))).toBe('sink-table-changed');
  });

  test.each(cases)('with $about is what the script of merge-sql writes', async (one) => {
    const table = historyOf(one);
    const state = { ...(await written(table, one.naming)), bound: { seconds: DAY_AFTER } };
    const into = world.newName('script');
    const statements = mergeScript(state, { into }).split(/;\n/).slice(0, -1);
    const settings = statements.filter((text) => /^SET |\nSET /.test(text)).map((text) => `${text};\n`);
    const others = statements.filter((text) => !/^SET |\nSET /.test(text));
    expect(others).toHaveLength(2);
    for (const sql of others) await run(settings.join('') + sql);
    expect(sortedTexts(await read(into))).toEqual(sortedTexts(table.at(state.bound)));
    const select = mergeScript(state).replace(/;\n$/, '');
    expect(await run(select)).toHaveLength(table.at(state.bound).length);
  });
});

describe('rows that are read', () => {
  const table = (rows: number): Promise<string> =>
    world.newTable('many').then(async (made) => {
      await put(
        made,
        Array.from({ length: rows }, (_, id) => [String(id), 'x'.repeat(id % 50)]),
      );
      return made.name;
    });

  test('come in pages that grow, all of them once and in order', async () => {
    const name = await table(5_000);
    const pages: number[] = [];
    const ids: (string | undefined)[] = [];
    for await (const page of port.readRows(name, new AbortController().signal)) {
      pages.push(page.length);
      ids.push(...page.map(([id]) => String(id)));
    }
    expect(ids).toEqual(numbers(5_000));
    expect(pages).toEqual([200, 1_600, 3_200]);
  });

  test('end with their signal', async () => {
    const name = await table(1_000);
    const stop = new AbortController();
    const rows = port.readRows(name, stop.signal)[Symbol.asyncIterator]();
    expect((await rows.next()).value).toHaveLength(200);
    stop.abort(new Error('enough'));
    await expect(rows.next()).rejects.toThrow('enough');
  });
});
