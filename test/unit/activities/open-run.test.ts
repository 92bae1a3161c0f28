/** Only an unbroken history may trust itself. */
import { describe, expect, test } from 'vitest';
import { openRun } from '../../../activities/open-run.ts';
import { positionKey } from '../../../activities/saved-document.ts';
import type { RunFacts } from '../../../activities/ports.ts';
import { POSITIONS_TABLE } from '../../../model/names.ts';
import { scn } from '../../../model/scn.ts';
import { SmallSink } from '../../support/small-sides.ts';
import { attemptOf, dependencies, openRunFacts } from './literal-attempt.ts';

type Origin = Awaited<ReturnType<RunFacts['origin']>>;
const unbroken: Origin = { originalRunId: 'run-2', continuedFrom: 'run-1' };
const saved = {
  position: {
    incarnation: { dbid: '1', resetlogsScn: scn('1') },
    scn: scn('1100'),
    open: [],
    held: {},
    nextRecordId: 11,
    clock: { previousSeconds: 5 },
  },
  planHash: 'plan',
  chainId: 'run-1',
  logs: ['t_log', 'u_log'],
};
const input = { destination: 'small', task: 'shop/orders', chainId: 'run-1', logs: ['t_log'], wrote: true };

async function sinkWith(position: unknown): Promise<SmallSink> {
  const sink = new SmallSink();
  for (const name of ['t_log', 'u_log', 'w_log'])
    await sink.createTable({
      name,
      comment: '',
      columns: [{ name: 'record_id', type: 'bigint' }],
      partitionColumns: [],
    });
  if (position !== undefined) {
    await sink.createTable({ name: POSITIONS_TABLE, comment: '', columns: [], partitionColumns: [] });
    await sink.savePosition(POSITIONS_TABLE, 'shop.orders', JSON.stringify(position));
  }
  sink.tables.get('t_log')?.rows.push(['12'], ['9']);
  sink.tables.get('u_log')?.rows.push(['7']);
  sink.tables.get('w_log')?.rows.push(['99']);
  return sink;
}

async function open(origin: Origin, change: Partial<Parameters<ReturnType<typeof openRun>>[0]>, sink?: SmallSink) {
  const waits: number[] = [];
  const attempt = attemptOf(
    { ...openRunFacts, origin: async () => origin },
    { sleep: async (milliseconds) => void waits.push(milliseconds) },
  );
  const deps = dependencies({ attempt, sink: sink ?? (await sinkWith(saved)), commitQuietSeconds: 120 });
  return { opened: await openRun(deps)({ ...input, ...change }), waits };
}

describe('a run', () => {
  test('continued from the run that its state came from may trust it, and waits for nothing', async () => {
    const { opened, waits } = await open(unbroken, { lastRunId: 'run-1' });
    expect(opened).toEqual({ runId: 'run-2', cut: false, highest: {} });
    expect(waits).toEqual([]);
  });

  const cuts: readonly [string, Origin, string | undefined][] = [
    ['was reset', { originalRunId: 'run-0', continuedFrom: 'run-1' }, 'run-1'],
    ['continues another run than its state', { originalRunId: 'run-2', continuedFrom: 'run-0' }, 'run-1'],
    ['continues none', { originalRunId: 'run-2' }, 'run-1'],
    ['does not know its last run', unbroken, undefined],
  ];

  test.each(cuts)(
    'that %s waits until no older request lives, and reads the destination',
    async (_case, origin, last) => {
      const { opened, waits } = await open(origin, last === undefined ? {} : { lastRunId: last });
      expect(waits).toEqual([120_000]);
      const reset = origin.originalRunId !== 'run-2';
      expect(opened).toEqual({ runId: 'run-2', cut: true, reset, highest: { t_log: 12, u_log: 7 }, saved });
    },
  );

  test('reads only after the quiet period: a late commit is seen', async () => {
    const sink = await sinkWith(saved);
    const attempt = attemptOf(
      { ...openRunFacts, origin: async () => ({ originalRunId: 'run-0' }) },
      { sleep: async () => void sink.tables.get('t_log')?.rows.push(['20']) },
    );
    const opened = await openRun(dependencies({ attempt, sink }))(input);
    expect(opened.highest['t_log']).toBe(20);
  });

  test('of a new task waits for nothing, for nothing of it was ever begun', async () => {
    const { opened, waits } = await open({ originalRunId: 'run-2' }, { wrote: false }, await sinkWith(undefined));
    expect(waits).toEqual([]);
    expect(opened).toEqual({ runId: 'run-2', cut: true, reset: false, highest: { t_log: 12 } });
  });

  test('waits when a position of this chain is there, though its state knows nothing of writing', async () => {
    const { waits } = await open({ originalRunId: 'run-2' }, { wrote: false });
    expect(waits).toEqual([120_000]);
  });

  test('does not take the position of an earlier chain for its own', async () => {
    const { opened } = await open({ originalRunId: 'run-2' }, { chainId: 'run-7' });
    expect(opened.saved).toBeUndefined();
    expect(opened.highest).toEqual({ t_log: 12 });
  });

  test('takes a log that does not exist for one without rows', async () => {
    const { opened } = await open({ originalRunId: 'run-2' }, { logs: ['gone_log'] });
    expect(opened.highest).toEqual({ t_log: 12, u_log: 7 });
  });
});

describe('a copy', () => {
  const startedBy = { workflowId: 'redoflow/small', runId: 'run-of-the-task' };
  const openCopy = (goesOn: boolean) => {
    const asked: string[] = [];
    const attempt = attemptOf({
      ...openRunFacts,
      origin: async () => ({ originalRunId: 'run-2' }),
      continues: async (...about) => {
        asked.push(...about);
        return goesOn;
      },
    });
    const opened = openRun(dependencies({ attempt, sink: new SmallSink() }))({ ...input, wrote: false, startedBy });
    return { opened, asked };
  };

  test('whose task was reset after it had started the copy does not begin, and nothing is read for it', async () => {
    const { opened, asked } = openCopy(false);
    expect(await opened).toEqual({ runId: 'run-2', cut: true, orphaned: true, highest: {} });
    expect(asked).toEqual(['redoflow/small', 'run-of-the-task']);
  });

  test('whose task goes on from the run that started it begins', async () => {
    expect(await openCopy(true).opened).not.toHaveProperty('orphaned');
  });
});

test('the key of a position is a partition value, which knows no slash', () => {
  expect(positionKey('shop/orders')).toBe('shop.orders');
  expect(positionKey('redoflow/x/copy/HR."Price List"')).toBe('redoflow.x.copy.HR..Price.List.');
});
