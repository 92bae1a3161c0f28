/** A column that was added: the destination gets it, unless the copy is from after it. */
import { expect, test } from 'vitest';
import { followTable } from '../../../activities/follow-table.ts';
import { createTables } from '../../../activities/create-tables.ts';
import { scn } from '../../../model/scn.ts';
import { parseTaskSpec } from '../../../model/task-spec.ts';
import { description, SmallSink, SmallSource, T } from '../../support/small-sides.ts';
import { dependencies, endpoints, own, rules } from './literal-attempt.ts';

const more = { name: 'N', type: { base: 'NUMBER', precision: 9, scale: 0 }, nullable: true };

class Wider extends SmallSource {
  override async describe(): ReturnType<SmallSource['describe']> {
    return [{ ...description, columns: [...description.columns, more] }];
  }
}

async function followed(emitAfter: string) {
  const sink = new SmallSink();
  const parsed = parseTaskSpec({ name: 'small', source: 'small', destination: 'small', tables: [{ table: T }] });
  if (!parsed.ok) throw new Error('no task');
  const { tables } = await createTables(dependencies({ sink }))({ spec: parsed.spec, own });
  const [plan] = tables;
  if (!plan) throw new Error('no table');
  const work = followTable(dependencies({ sink, source: new Wider() }));
  const added = [{ name: 'N' }];
  const answer = await work({
    endpoints,
    plan: { ...plan, emitAfter: scn(emitAfter) },
    rules,
    scn: scn('500'),
    added,
    own,
  });
  return { answer, columns: sink.tables.get('t_base')?.definition.columns.map(({ name }) => name) };
}

test('after the copy, the destination gets it', async () => {
  const { answer, columns } = await followed('499');
  expect(answer).toMatchObject({ plan: { since: [{ name: 'N', scn: '500' }] } });
  expect(columns).toEqual(['id', 'v', 'n']);
});

test('before the copy that was planned without it, the table is held: rows of the copy have values that were not read', async () => {
  const { answer, columns } = await followed('500');
  expect(answer).toMatchObject({ refused: expect.stringContaining('before its copy as of SCN 500') as string });
  expect(columns).toEqual(['id', 'v']);
});
