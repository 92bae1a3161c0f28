/** Where a table of a running task can be compared with its source. Pure. */
import type { HoldReason } from './position.ts';
import { compareScn } from './scn.ts';
import type { TaskPlanState } from './sync-plan.ts';
import type { ComparablePoint } from './table-state.ts';
import type { CapturedTable, PlanRules } from './task-plan.ts';

export type ComparableAnswer =
  | {
      readonly kind: 'point';
      readonly point: ComparablePoint;
      /** Whatever commits from now on gets a `utc_timestamp` that is not below it (Unix seconds): rows of before are all there. */
      readonly completeBefore: number;
      readonly plan: CapturedTable;
      readonly rules: PlanRules;
      /** Names of connections. */
      readonly source: string;
      readonly destination: string;
    }
  /** Ask again in a while. */
  | { readonly kind: 'later'; readonly why: string }
  | { readonly kind: 'never'; readonly why: string };

/** Reasons to hold a table that leave it as it was: Oracle can still show it AS OF the SCN where it stopped. */
const READABLE: ReadonlySet<HoldReason> = new Set(['undecodable', 'not-logged', 'logging-dropped']);

type Where = ComparablePoint | { readonly later: string } | { readonly never: string };

/** The position moves only when everything before it is committed, so any position that is seen is such a place. */
function placeOfTable({ tail }: TaskPlanState, plan: CapturedTable): Where {
  if (!tail) return { later: 'its changes are not followed yet' };
  const { scn, inside, held, nextRecordId: recordId } = tail.position;
  const own = held[plan.table];
  if (own?.reason === 'copying') return { later: 'it is being copied' };
  if (own?.catchingUp) return { later: 'it is catching up' };
  if (own && !READABLE.has(own.reason))
    return { never: `it is held since SCN ${own.fromScn} (${own.reason}); release it first` };
  if (own) return { scn: own.fromScn, recordId };
  if (inside) return { later: 'a part of a large transaction is at the destination' };
  if (compareScn(scn, plan.emitAfter) < 0) return { later: 'changes of before its snapshot are still being read' };
  return { scn, recordId };
}

/** @param table canonical name */
export function comparable(
  state: TaskPlanState,
  table: string,
  task: { readonly rules: PlanRules; readonly source: string; readonly destination: string },
): ComparableAnswer {
  if (state.oneOff) return { kind: 'never', why: 'the task copies once and follows no changes' };
  if (task.rules.keepExisting)
    return { kind: 'never', why: 'rows that were in the destination before are kept, so both sides differ' };
  const plan = state.tail?.tables.find((candidate) => candidate.table === table);
  if (!plan) {
    const planned = state.tables.some((candidate) => candidate.table === table);
    return planned
      ? { kind: 'later', why: 'it is being copied' }
      : { kind: 'never', why: 'it is not a table of this task' };
  }
  const where = placeOfTable(state, plan);
  if ('later' in where) return { kind: 'later', why: where.later };
  if ('never' in where) return { kind: 'never', why: where.never };
  const completeBefore = state.tail?.position.clock.previousSeconds ?? 0;
  return { kind: 'point', point: where, completeBefore, plan, ...task };
}
