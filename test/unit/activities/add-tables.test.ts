/** Tables that are added to a running task. */
import { expect, test } from 'vitest';
import { addTables } from '../../../activities/add-tables.ts';
import { markText } from '../../../activities/table-marks.ts';
import { scn } from '../../../model/scn.ts';
import { parseTaskSpec } from '../../../model/task-spec.ts';
import { SmallSink, T } from '../../support/small-sides.ts';
import { dependencies, failureOf, own } from './literal-attempt.ts';

const entries = [{ table: T }];

function add(sink: SmallSink): ReturnType<ReturnType<typeof addTables>> {
  const parsed = parseTaskSpec({ name: 'small', source: 'small', destination: 'small', tables: entries });
  if (!parsed.ok) throw new Error('no task');
  return addTables(dependencies({ sink }))({ spec: parsed.spec, entries, known: [], own });
}

test('are planned, and their pairs made; a second attempt comes to the same', async () => {
  const sink = new SmallSink();
  const plans = await add(sink);
  expect(plans).toMatchObject([{ table: T, base: 't_base', log: 't_log' }]);
  expect([...sink.tables.keys()]).toEqual(expect.arrayContaining(['t_base', 't_log']));
  expect(await add(sink)).toEqual(plans);
});

test('are refused while what was copied of them before they left the task is there', async () => {
  const sink = new SmallSink();
  await add(sink);
  const mark = { of: T, chainId: own.chainId, task: own.taskWorkflowId, snapshotScn: scn('500') };
  await sink.setComment('t_base', markText(mark));
  const again = add(sink);
  await expect(again).rejects.toThrow('was in this task before');
  expect(await failureOf(again)).toBe('bad-input');
  await sink.dropTable('t_base');
  expect(await add(sink)).toMatchObject([{ table: T }]);
});
