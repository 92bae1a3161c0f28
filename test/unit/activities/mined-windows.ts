/** One attempt at a window of redo, from sources that are listed, with a clock that sleeping moves. */
import { vi } from 'vitest';
import { mineWindow, type MineInput } from '../../../activities/mine-window.ts';
import type { MinedRange, RunFacts } from '../../../activities/ports.ts';
import type { WindowSpec } from '../../../model/activities.ts';
import type { CommittedTransaction, RedoNote, TableStop } from '../../../model/change.ts';
import type { WindowReceipt } from '../../../model/receipt.ts';
import { scn, type Scn } from '../../../model/scn.ts';

import { SmallSink, SmallSource, T } from '../../support/small-sides.ts';
import { attemptOf, dependencies, endpoints, own } from './literal-attempt.ts';

export const limits = { flushSeconds: 5, flushRows: 1_000, flushMegabytes: 1, idleSeconds: 60 };
export const spec: WindowSpec = {
  number: 7,
  planHash: 'plan of the small task',
  incarnation: { dbid: '1', resetlogsScn: scn('1') },
  from: scn('1000'),
  open: [],
  firstRecordId: 1,
  held: [],
  clock: { previousSeconds: 0 },
};

export interface Mining {
  readonly source?: SmallSource;
  readonly spec?: Partial<WindowSpec>;
  readonly limits?: Partial<MineInput['limits']>;
  readonly skip?: MineInput['skip'];
  readonly run?: RunFacts;
  readonly idleSeconds?: number;
}

/** Sleeping moves the clock. */
export async function mine(mining: Mining = {}): Promise<{ receipt: WindowReceipt; sink: SmallSink; slept: number }> {
  const sink = new SmallSink();
  let slept = 0;
  const attempt = attemptOf(mining.run, {
    sleep: async (milliseconds) => {
      slept += milliseconds;
      vi.setSystemTime(Date.now() + milliseconds);
    },
  });
  const { source = new SmallSource(), idleSeconds = 60 } = mining;
  const receipt = await mineWindow(dependencies({ sink, source, attempt, idleSeconds }))({
    endpoints,
    spec: { ...spec, ...mining.spec },
    skip: mining.skip ?? {},
    limits: { ...limits, ...mining.limits },
    own,
  });
  return { receipt, sink, slept };
}

export const at = (head: number, change: Partial<SmallSource> = {}): SmallSource =>
  Object.assign(new SmallSource(), { head, ...change });
export const keysOf = ({ receipt, sink }: { receipt: WindowReceipt; sink: SmallSink }): readonly string[] =>
  receipt.sessions.flatMap(({ id }) => (sink.sessions.get(id)?.rows ?? []).map((row) => String(row[5])));

/** Transactions as listed; those that began and have not ended are named by their SCN. */
export class ListedSource extends SmallSource {
  transactions: readonly CommittedTransaction[] = [];
  notes: readonly RedoNote[] = [];
  stops: readonly TableStop[] = [];
  disposed = 0;

  override async mine({ from, to }: { readonly from: Scn; readonly to: Scn }): Promise<MinedRange> {
    const stops = this.stops.filter(({ scn: at }) => Number(at) >= Number(from) && Number(at) <= Number(to));
    const end = stops[0]?.scn ?? to;
    const inside = this.transactions.filter(
      ({ commitScn }) => Number(commitScn) > Number(from) && Number(commitScn) <= Number(end),
    );
    return {
      end,
      stops,
      transactions: (async function* () {
        yield* inside;
      })(),
      notesTo: (end) => this.notes.filter(({ scn: at }) => Number(at) > Number(from) && Number(at) <= Number(end)),
      openAt: (end) => [{ xid: `OPEN AT ${end}`, startScn: end, captured: true }],
      [Symbol.asyncDispose]: async () => {
        this.disposed += 1;
      },
    };
  }
}
export const commits = (...scns: readonly number[]): readonly CommittedTransaction[] =>
  scns.map((commitScn, i) => ({
    xid: `X${i}`,
    commitScn: scn(String(commitScn)),
    thread: 1,
    rsId: '',
    commitSeconds: 100,
    changes: [{ kind: 'insert', table: T, after: [`${commitScn}.${i}`, 'v'] }],
  }));
