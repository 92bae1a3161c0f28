/**
 * Rows of a `_log` that the task did not write. What is at the destination is told by the highest `record_id`: one of somebody else's above
 * all of ours would make the task leave out rows of its own, in silence. Pure.
 */
import { compareScn, type Scn } from './scn.ts';
import type { TaskPlanState } from './sync-plan.ts';
import type { TailState } from './tail-state.ts';
import { SOURCE_UNIT } from './tail-steps.ts';

type Highest = Readonly<Record<string, number>>;

const highestOf = (read: Highest): readonly [log: string, recordId: number] =>
  Object.entries(read).reduce<[string, number]>((top, next) => (next[1] > top[1] ? next : top), ['', 0]);

const sentence = ([log, recordId]: readonly [string, number], why: string): string =>
  `${log} holds the record_id ${recordId}, ${why}: rows that the task did not write. Remove them, or every row above what is its own`;

/**
 * In an unbroken history nothing above what the first window gives out, or what was read back before it, can have been committed.
 * @returns what is wrong, or undefined
 */
export function foreignAtResolve(
  { windows: [first], position, skip }: TailState,
  highest: Highest,
): string | undefined {
  const given = Math.max((first?.receipt?.nextRecordId ?? position.nextRecordId) - 1, ...Object.values(skip));
  const top = highestOf(highest);
  return top[1] > given ? sentence(top, `and the highest that was given out is ${given}`) : undefined;
}

/** How far a window came. */
export interface ReadSoFar {
  readonly to: Scn;
  readonly nextRecordId: number;
  /** All redo that was on disk, looked at after the destination was read back; of a table alone, where the others stand. */
  readonly end: Scn;
}

/**
 * After a cut how far the cut history came is unknown, but it came no further than the redo on disk: once that is read again to its end, every
 * `record_id` of the task has been given out again. @returns what is wrong, or undefined
 */
export function foreignAfterCut(skip: Highest, { to, nextRecordId, end }: ReadSoFar): string | undefined {
  const top = highestOf(skip);
  if (top[1] < nextRecordId || compareScn(to, end) < 0) return undefined;
  return sentence(top, `and the redo up to SCN ${to} gives none above ${nextRecordId - 1}`);
}

/** Once rows of others that a window met are gone, what is at the destination has to be read back anew: as after a cut. */
export function readBackAnew(state: TaskPlanState): TaskPlanState {
  if (state.failed?.kind !== 'commit-ambiguous' || state.failed.unit !== SOURCE_UNIT) return state;
  const { runId: _runId, ...unopened } = state;
  return unopened;
}
