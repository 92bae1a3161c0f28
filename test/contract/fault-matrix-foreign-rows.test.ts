/** Rows of others in the tables of a task, as `redoflow verify` sees them: by the digest of their bucket (docs/fault-matrix.md, 56). */
import { afterAll, expect, test } from 'vitest';
import type { Row } from '../../model/table.ts';
import { bucketOf, digestsOf, History, sortedTexts } from './state-history.ts';
import { openStates, PLAIN, SMALL, START, textOf } from './state-world.ts';

const states = await openStates();
const { written, rowsOf, digests } = states;
afterAll(async () => states[Symbol.asyncDispose]());

const BUCKETS = 64;
const STRANGER: Row = ['777', 'nobody', '0.001'];

test.each(['base', 'log'] as const)(
  'one that the task did not write into the %s shows in the digest of its bucket, and in no other',
  async (where) => {
    const table = new History(SMALL, [0, 1], { seed: 3, seconds: START }).play(60, 5);
    const image = { recordId: 30, operation: 'I', seconds: START + 1, isAfter: true, row: STRANGER } as const;
    const state = await written(table, PLAIN, where === 'base' ? { base: [STRANGER] } : { log: [image] });
    const right = new Map(digestsOf(table.at(undefined), textOf(table), BUCKETS).map((one) => [one.bucket, one]));
    const found = await digests(state, table, BUCKETS);
    const wrong = found.filter((one) => JSON.stringify(one) !== JSON.stringify(right.get(one.bucket)));
    expect(wrong.map(({ bucket }) => bucket)).toEqual([bucketOf(STRANGER, textOf(table), BUCKETS)]);
    expect(await rowsOf(state)).toEqual(sortedTexts([...table.at(undefined), STRANGER]));
  },
);
