/** What a copy under virtual time tells its task. */
import { chunksDone, type CopyState } from '../../../model/copy-plan.ts';
import type { Wish } from '../../../model/run-state.ts';
import type { CopyReport } from '../../../model/table-copy.ts';
import type { TablePlan } from '../../../model/task-plan.ts';

export interface CopyOf {
  readonly plan: TablePlan;
  readonly chainId: string;
  readonly startedBy: string;
  readonly generation?: number;
  readonly onlyLooks?: true;
  /** Hands a report to the task. */
  readonly report: (report: CopyReport) => void;
}

export interface CarriedCopy {
  readonly state: CopyState;
  readonly paused: boolean;
}

export function reportOf(
  copy: CopyState,
  { generation, chainId, startedBy, plan }: CopyOf,
  state: CopyReport['state'],
): CopyReport {
  const { failed, published, chunks, rows, nulled, attemptsLost } = copy;
  return {
    table: plan.table,
    chainId,
    ...(generation !== undefined && { generation }),
    state,
    startedBy,
    chunksDone: chunksDone(copy),
    chunks,
    rows,
    nulled,
    attemptsLost,
    ...(published && { published }),
    ...(failed && { trouble: { unit: failed.unit, kind: failed.kind, message: failed.message, failed: true } }),
  };
}

/** A report with another word is sent at once. */
export const wordOf = ({ state, trouble, chunks, attemptsLost }: CopyReport): string =>
  `${state} ${trouble?.kind ?? ''} ${chunks} ${attemptsLost}`;

/** With which a copy ends; undefined: it does not end. */
export function lastWord({ published, orphaned }: CopyState, wish: Wish): CopyReport['state'] | undefined {
  if (published) return 'published';
  if (orphaned) return 'orphaned';
  return wish === 'stop' ? 'stopped' : undefined;
}
