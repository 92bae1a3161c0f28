/** Where the capture of a task begins, before its tail does: the moment that was taken, or after a cut the position that was saved. Pure. */
import type { SavedPosition } from './activities.ts';
import { isWithoutCopy, type CapturePoint, type Inside, type Position } from './position.ts';
import type { UploadSession } from './receipt.ts';
import type { Scn } from './scn.ts';
import { NEVER } from './tail-tables.ts';
import type { TailState } from './tail-state.ts';
import type { TableName } from './table.ts';
import type { CapturedTable, TablePlan } from './task-plan.ts';

/** Saved at the destination before the first table is published. */
export interface CaptureStart extends CapturePoint {
  readonly saved: boolean;
  /** Prepared, to be committed. */
  readonly saving?: UploadSession;
  /** Read back after a cut. */
  readonly skip: TailState['skip'];
  readonly nextRecordId: number;
  readonly previousSeconds: number;
  /** Of a saved position. */
  readonly held?: Position['held'];
  readonly lane?: NonNullable<Position['lane']>;
  readonly inside?: Inside;
  /** Earlier chains of the task that made its tables. */
  readonly madeBy?: readonly string[];
  /** Of a saved position: how its plan differs from the first one. */
  readonly replanned?: readonly CapturedTable[];
  readonly removed?: readonly TableName[];
  /** Of a position that a tail saved: what its plan is named. Every table of the first plan had been published then. */
  readonly planHash?: string;
  /** Of a saved position of a task that copies nothing: from where the tables of its first plan are followed. */
  readonly followedFrom?: Scn;
}

/** No plan is fixed yet when only the beginning is saved. */
export const NO_PLAN = '';

export function startOf(saved: SavedPosition, skip: TailState['skip']): CaptureStart {
  const { position, planHash, madeBy, replanned, removed, followedFrom } = saved;
  const { incarnation, scn, inside, open, held, lane, nextRecordId, clock } = position;
  return {
    incarnation,
    scn,
    open,
    saved: true,
    skip,
    nextRecordId,
    previousSeconds: clock.previousSeconds,
    held,
    ...(lane !== undefined && { lane }),
    ...(inside && { inside }),
    ...(madeBy && { madeBy }),
    ...(replanned && { replanned }),
    ...(removed && { removed }),
    ...(planHash !== NO_PLAN && { planHash }),
    ...(followedFrom !== undefined && { followedFrom }),
  };
}

export const startPosition = (start: CaptureStart): Position => ({
  incarnation: start.incarnation,
  scn: start.scn,
  ...(start.inside && { inside: start.inside }),
  open: start.open,
  held: start.held ?? {},
  ...(start.lane !== undefined && { lane: start.lane }),
  nextRecordId: start.nextRecordId,
  clock: { previousSeconds: start.previousSeconds },
});

/**
 * From where changes of a table are followed that is not copied before the tail begins; undefined: its copy decides.
 * After a reset to before the tail, a table that was removed, or is held for a copy of its own, has no first copy to make or to find:
 * a second one would be published in the place of the pair that was made anew.
 */
export function uncopiedFrom(
  plan: TablePlan | CapturedTable,
  start: CaptureStart | undefined,
  tailOnly = false,
): Scn | undefined {
  const changed = start?.replanned?.find(({ table }) => table === plan.table);
  if (changed) return changed.emitAfter;
  if (start && hasNoFirstCopy(plan.table, start)) return NEVER;
  if ('emitAfter' in plan) return plan.emitAfter;
  return tailOnly ? (start?.followedFrom ?? start?.scn) : undefined;
}

const hasNoFirstCopy = (table: TableName, { removed, held }: CaptureStart): boolean =>
  removed?.includes(table) === true || isWithoutCopy(held?.[table]);
