/** How tables were described is found again by each of them, whatever others look like. */
import { expect, test } from 'vitest';
import { keepColumns, keepPage, keptDescription } from '../../../activities/kept-columns.ts';
import { POSITIONS_TABLE } from '../../../model/names.ts';
import { tableName, type TableDescription, type TableName } from '../../../model/table.ts';
import { description, SmallSink, T } from '../../support/small-sides.ts';
import { own, planned, rules } from './literal-attempt.ts';

const named = (name: string): TableName => tableName({ owner: 'APP', name });
const like = (table: TableName): TableDescription => ({ ...description, table });
const found = (sink: SmallSink, table: TableName): ReturnType<typeof keptDescription> =>
  keptDescription(sink, own.taskWorkflowId, { ...planned, table }, rules);

const keep = (sink: SmallSink, table: TableName): Promise<void> =>
  keepColumns(sink, own.taskWorkflowId, planned.columnsHash, like(table));

test.each([
  ['plain names', 'A', 'B'],
  ['quoted names', 'a b', 'a/b'],
  ['Chinese names', '订单', '客户'],
])('tables with the same columns that change are kept beside each other: %s', async (_what, first, second) => {
  const sink = new SmallSink();
  const [a, b] = [named(first), named(second)];
  await keep(sink, a);
  await keep(sink, b);
  expect(await found(sink, a)).toEqual(like(a));
  expect(await found(sink, b)).toEqual(like(b));
});

test('what was kept under the hash of the columns alone is found by the table that it is of', async () => {
  const sink = new SmallSink();
  const older = `small..columns..${planned.columnsHash}`;
  await sink.savePosition(POSITIONS_TABLE, older, JSON.stringify([like(named('A'))]));
  expect(await found(sink, named('A'))).toEqual(like(named('A')));
  expect(await found(sink, named('B'))).toBeUndefined();
});

test('a table that never changed is found on its page; its former columns are not taken for the present ones', async () => {
  const sink = new SmallSink();
  await keepPage(sink, own, 0, [like(T)]);
  expect(await found(sink, T)).toEqual(description);
  await keepColumns(sink, own.taskWorkflowId, planned.columnsHash, {
    ...description,
    columns: description.columns.slice(0, 1),
  });
  expect(await found(sink, T)).toEqual(description);
  expect(await keptDescription(sink, own.taskWorkflowId, { ...planned, columnsHash: 'other' }, rules)).toBeUndefined();
});
