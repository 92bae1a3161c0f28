/** Reading the destination, when no answer of the Tunnel can tell what became of a commit. */
import { expect, test } from 'vitest';
import { resolveCommit } from '../../../activities/resolve-commit.ts';
import { SmallSink } from '../../support/small-sides.ts';
import { attemptOf, cutRunFacts, dependencies, failureOf, own } from './literal-attempt.ts';

async function sinkWithLog(): Promise<SmallSink> {
  const sink = new SmallSink();
  const columns = [{ name: 'record_id', type: 'bigint' }] as const;
  for (const name of ['t_log', 'u_log']) await sink.createTable({ name, comment: '', columns, partitionColumns: [] });
  return sink;
}

const input = { destination: 'small', logs: ['t_log', 'u_log', 'gone_log'], own };

test('waits until no older commit request can be alive, and counts what such a request did meanwhile', async () => {
  const sink = await sinkWithLog();
  const waits: number[] = [];
  const sleep = async (milliseconds: number): Promise<void> => {
    waits.push(milliseconds);
    sink.tables.get('t_log')?.rows.push(['1'], ['3'], ['2']);
  };
  const deps = dependencies({ sink, attempt: attemptOf(undefined, { sleep }), commitQuietSeconds: 120 });
  expect(await resolveCommit(deps)(input)).toEqual({ t_log: 3, u_log: 0 });
  expect(waits).toEqual([120_000]);
});

test('is nothing for a run that is not the open one', async () => {
  const deps = dependencies({ sink: await sinkWithLog(), attempt: attemptOf(cutRunFacts) });
  expect(await failureOf(resolveCommit(deps)(input))).toBe('history-was-cut');
});
