/** Commit: status → commit → status, so that no answer has to be believed. */
import { describe, expect, test } from 'vitest';
import { commitReceipts } from '../../../activities/commit-receipts.ts';
import type { RunFacts, UploadStatus } from '../../../activities/ports.ts';
import { Failure } from '../../../model/failure.ts';
import { POSITIONS_TABLE } from '../../../model/names.ts';
import type { UploadSession } from '../../../model/receipt.ts';
import { SmallSink } from '../../support/small-sides.ts';
import { attemptOf, cutRunFacts, dependencies, failureOf, openRunFacts, own } from './literal-attempt.ts';

/** A service whose sessions are literals. `onCommit` says what a commit request does to its session, and may throw its answer. */
class ScriptedSink extends SmallSink {
  readonly states = new Map<string, UploadStatus>();
  readonly requests: string[] = [];
  blocks: readonly number[] = [1, 0];
  committingPolls = 0;
  onCommit: (id: string) => void = (id) => this.states.set(id, 'closed');

  override async uploadStatus(_target: unknown, id: string): ReturnType<SmallSink['uploadStatus']> {
    const status = this.states.get(id) ?? 'gone';
    if (status !== 'committing') return { status, blocks: this.blocks };
    this.committingPolls -= 1;
    if (this.committingPolls <= 0) this.states.set(id, 'closed');
    return { status, blocks: this.blocks };
  }

  override async commitUpload({ table, partition }: { table: string; partition?: string }, id: string): Promise<void> {
    this.requests.push(`${id} ${table} ${partition ?? '-'}`);
    this.onCommit(id);
  }
}

const session = (id: string, partition?: string): UploadSession => ({
  id,
  table: 't_log',
  rows: 3,
  blocks: 2,
  ...(partition !== undefined && { partition }),
});
const sinkWith = (states: Readonly<Record<string, UploadStatus>>): ScriptedSink => {
  const sink = new ScriptedSink();
  for (const [id, status] of Object.entries(states)) sink.states.set(id, status);
  return sink;
};
const lostReply = new Failure('sink-unreachable', 'the answer was lost');

const commit = (sink: ScriptedSink, ids: readonly string[], run: RunFacts = openRunFacts): Promise<string> =>
  commitReceipts(dependencies({ sink, attempt: attemptOf(run) }))({
    destination: 'small',
    sessions: ids.map((id) => session(id)),
    own,
  });

describe('a commit', () => {
  test('commits exactly the sessions of the receipt, in order, each with its partition', async () => {
    const sink = sinkWith({ s1: 'normal', s2: 'normal', other: 'normal' });
    const sessions = [session('s1', 'year=2026'), session('s2')];
    const outcome = await commitReceipts(dependencies({ sink }))({ destination: 'small', sessions, own });
    expect(outcome).toBe('done');
    expect(sink.requests).toEqual(['s1 t_log year=2026', 's2 t_log -']);
  });

  test('takes a closed session for done, and sends nothing', async () => {
    const sink = sinkWith({ s1: 'closed', s2: 'normal' });
    expect(await commit(sink, ['s1', 's2'])).toBe('done');
    expect(sink.requests).toEqual(['s2 t_log -']);
  });

  test('waits for one that is committing already, and sends nothing', async () => {
    const sink = sinkWith({ s1: 'committing' });
    sink.committingPolls = 5;
    expect(await commit(sink, ['s1'])).toBe('done');
    expect(sink.requests).toEqual([]);
  });

  test('of a session that is gone is nobody’s to guess; later sessions are not touched', async () => {
    const sink = sinkWith({ s1: 'normal', s2: 'gone', s3: 'normal' });
    expect(await commit(sink, ['s1', 's2', 's3'])).toBe('gone');
    expect(sink.requests).toEqual(['s1 t_log -']);
  });

  test.each([
    { table: POSITIONS_TABLE, waits: [120_000] },
    { table: 't_log', waits: [] },
  ])('of a session of $table that is gone waits $waits ms for requests on their way', async ({ table, waits }) => {
    const slept: number[] = [];
    const sleep = async (ms: number): Promise<void> => void slept.push(ms);
    const deps = dependencies({
      sink: sinkWith({}),
      attempt: attemptOf(undefined, { sleep }),
      commitQuietSeconds: 120,
    });
    const outcome = await commitReceipts(deps)({ destination: 'small', sessions: [{ ...session('s1'), table }], own });
    expect(outcome).toBe('gone');
    expect(slept).toEqual(waits);
  });

  test('whose answer is lost is done when the session is closed', async () => {
    const sink = sinkWith({ s1: 'normal' });
    sink.onCommit = (id) => {
      sink.states.set(id, 'closed');
      throw lostReply;
    };
    expect(await commit(sink, ['s1'])).toBe('confirmed');
  });

  test('of several sessions is told apart when the answer to one of them was lost', async () => {
    const sink = sinkWith({ s1: 'normal', s2: 'normal', s3: 'normal' });
    sink.onCommit = (id) => {
      sink.states.set(id, 'closed');
      if (id === 's2') throw lostReply;
    };
    expect(await commit(sink, ['s1', 's2', 's3'])).toBe('confirmed');
    expect(sink.requests).toHaveLength(3);
  });

  test('whose answer is lost is waited for when the session is committing', async () => {
    const sink = sinkWith({ s1: 'normal' });
    sink.committingPolls = 3;
    sink.onCommit = (id) => {
      sink.states.set(id, 'committing');
      throw lostReply;
    };
    expect(await commit(sink, ['s1'])).toBe('confirmed');
  });

  test('whose answer is lost is ambiguous when the session is gone', async () => {
    const sink = sinkWith({ s1: 'normal' });
    sink.onCommit = (id) => {
      sink.states.set(id, 'gone');
      throw lostReply;
    };
    expect(await commit(sink, ['s1'])).toBe('gone');
  });

  test.each([
    ['the failure of the request', lostReply, 'sink-unreachable'],
    ['a rejection when the failure has no kind', new TypeError('socket hang up'), 'sink-rejected'],
  ] as const)('that has not happened fails with %s', async (_case, error, kind) => {
    const sink = sinkWith({ s1: 'normal' });
    sink.onCommit = () => {
      throw error;
    };
    expect(await failureOf(commit(sink, ['s1']))).toBe(kind);
  });

  test('that is answered well and has not happened is a failure', async () => {
    const sink = sinkWith({ s1: 'normal' });
    sink.onCommit = () => undefined;
    expect(await failureOf(commit(sink, ['s1']))).toBe('sink-rejected');
  });

  test('that stays committing for two minutes is a failure, to be asked again', async () => {
    const sink = sinkWith({ s1: 'committing' });
    sink.committingPolls = Infinity;
    expect(await failureOf(commit(sink, ['s1']))).toBe('sink-rejected');
  });

  test.each([[[0, 1, 2]], [[0]], [[]], [[0, 2]], [[0, 0]]])(
    'is refused before any request when the session holds the blocks %j instead of 0 and 1',
    async (blocks) => {
      const sink = sinkWith({ s1: 'normal' });
      sink.blocks = blocks;
      expect(await failureOf(commit(sink, ['s1']))).toBe('sink-rejected');
      expect(sink.requests).toEqual([]);
    },
  );

  test('of a run that is not the open one sends no request', async () => {
    const sink = sinkWith({ s1: 'normal' });
    expect(await failureOf(commit(sink, ['s1'], cutRunFacts))).toBe('history-was-cut');
    expect(sink.requests).toEqual([]);
  });

  test('asks before each request whether its run is still the open one', async () => {
    const sink = sinkWith({ s1: 'normal', s2: 'normal' });
    const run: RunFacts = {
      ...openRunFacts,
      openRunOf: async () => ({ runId: sink.requests.length === 0 ? 'run-2' : 'run-3', firstRunId: 'run-1' }),
    };
    expect(await failureOf(commit(sink, ['s1', 's2'], run))).toBe('history-was-cut');
    expect(sink.requests).toEqual(['s1 t_log -']);
  });

  /** The service either answers a second commit of a closed session well, or refuses it: both are right for us. */
  const personalities: readonly [string, string, (before: UploadStatus) => void][] = [
    ['answers a second commit well', 'done', () => undefined],
    [
      'refuses a second commit',
      'confirmed',
      (before) => {
        if (before === 'closed') throw new Failure('sink-rejected', 'StatusConflict');
      },
    ],
  ];

  test.each(personalities)('is done once, whether the service %s', async (_case, outcome, answer) => {
    const sink = sinkWith({ s1: 'normal' });
    sink.onCommit = (id) => {
      // Another attempt was faster by a moment.
      sink.states.set(id, 'closed');
      answer('closed');
    };
    expect(await commit(sink, ['s1'])).toBe(outcome);
    expect(await commit(sink, ['s1'])).toBe('done');
    expect(sink.requests).toHaveLength(1);
  });
});
