/** What a task under virtual time does at its destination: commits, read-backs, saves; with the real activities. */
import type { TailState } from '../../../model/tail-state.ts';
import type { Activities, OwnRun } from '../../../model/activities.ts';
import type { TaskStep } from '../../../model/sync-plan.ts';
import * as tails from '../../../model/tail-plan.ts';
import * as steps from '../../../model/tail-steps.ts';
import { CHAIN } from './simulated-world.ts';

export interface Writes {
  now(): number;
  fold(change: (tail: TailState) => TailState): void;
  launch<T>(key: string, unit: string, work: (a: Activities) => Promise<T>, done: (result: T) => void): void;
  /** A session whose commit was scheduled is gone. */
  gone(): void;
  /** A part of this session is there, which must not be. */
  parted(session: string): void;
}

type WriteStep = Extract<TaskStep, { do: 'commit' | 'resolve' | 'save' | 'commit-save' }>;
const destination = 'd';

export function performWrite(step: WriteStep, tail: TailState, own: OwnRun, writes: Writes): void {
  switch (step.do) {
    case 'commit':
      commit(step, own, writes);
      break;
    case 'resolve': {
      const logs = tail.tables.map(({ log }) => log);
      const work = (a: Activities) => a.resolveCommit({ destination, logs, own });
      writes.launch('resolve', steps.RESOLVE_UNIT, work, (highest) => {
        writes.fold((t) => {
          const resolved = tails.commitResolved(t, highest);
          if ('windows' in resolved) return resolved;
          writes.parted(resolved.session);
          return t;
        });
      });
      break;
    }
    case 'save': {
      const saved = tails.savedPosition(tail, step.position, CHAIN);
      const work = (a: Activities) => a.preparePosition({ destination, task: 'simulated', saved, own });
      writes.launch('save', steps.SAVE_UNIT, work, (session) => {
        writes.fold((t) => tails.savePrepared(t, { session, position: step.position }));
      });
      break;
    }
    case 'commit-save': {
      const { session, position } = step.saving;
      const work = (a: Activities) => a.commitReceipts({ destination, sessions: [session], own });
      writes.launch('save', steps.SAVE_UNIT, work, (outcome) => {
        writes.fold((t) => (outcome === 'gone' ? tails.saveGone(t) : tails.positionSaved(t, position, writes.now())));
      });
    }
  }
}

function commit({ window: { spec, receipt } }: Extract<TaskStep, { do: 'commit' }>, own: OwnRun, writes: Writes): void {
  writes.fold((t) => tails.windowCommitScheduled(t, spec.number));
  const sessions = receipt?.sessions ?? [];
  const work = (a: Activities) => a.commitReceipts({ destination, sessions, own });
  writes.launch('commit', steps.commitUnit(spec), work, (outcome) => {
    if (outcome === 'gone') writes.gone();
    writes.fold((t) => tails.windowCommitted(t, spec.number, outcome, writes.now()));
  });
}
