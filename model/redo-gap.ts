/**
 * The way on when redo that a task needs is gone for good: nothing between its position and a fresh capture point is read any more.
 * Either every table is copied anew from there, or the changes in between are given up. Pure.
 *
 * What was read back after a cut is given up too, so `record_id`s go on above everything that is at the destination: nothing up to the
 * capture point is emitted again, whatever of it an earlier history had written.
 */
import type { GapWay, GapRequest } from './tail-state.ts';
import type { TableStop } from './change.ts';
import type { Held, HeldTable } from './position.ts';
import type { CapturePoint, Position } from './position.ts';
import type { Scn } from './scn.ts';
import type { TaskPlanState } from './sync-plan.ts';
import type { TableName } from './table.ts';
import { heldForCopy, isPastReadBack, joined } from './tail-tables.ts';
import type { TailState } from './tail-state.ts';
import { SOURCE_UNIT } from './tail-steps.ts';

/** Changes of a table that committed above `from` and up to `to` are not at the destination, or not all of them. */
export interface LostChanges {
  readonly table: TableName;
  readonly from: Scn;
  readonly to: Scn;
}

export interface GapPassed {
  readonly tail: TailState;
  readonly lost: readonly LostChanges[];
}

/** Each of them is renewed and saved by itself, with the position that names them all. */
const RESYNC_TABLES_MAX = 200;

/** Its copy runs, or waits to be joined. */
const isInCopy = ({ reason, catchingUp, setAside }: HeldTable): boolean =>
  reason === 'copying' && !catchingUp && setAside === undefined;

/** Why a gap cannot be passed so; undefined when it can. */
export function gapProblem({ failed, tail }: TaskPlanState, way: GapWay): string | undefined {
  if (!tail || failed?.kind !== 'source-redo-missing' || failed.unit !== SOURCE_UNIT)
    return 'The task has not failed for want of redo (source-redo-missing); there is no gap to pass.';
  if (way === 'accept') return undefined;
  if (tail.tables.length > RESYNC_TABLES_MAX)
    return `At most ${RESYNC_TABLES_MAX} tables are copied anew at once, and the task has ${tail.tables.length}. Stop it and start a new one; or accept the gap, then \`redoflow tables NAME resync\` for the tables that matter.`;
  const inCopy = Object.entries(tail.position.held).find(([, held]) => isInCopy(held));
  if (!inCopy) return undefined;
  return `${inCopy[0]} is being copied, and its copy cannot begin anew now. Accept the gap, then \`redoflow tables NAME resync ${inCopy[0]}\` and the others.`;
}

export const gapAsked = (tail: TailState, gap: GapRequest): TailState => ({ ...tail, gap });

/** Asked for, and not done: the position is the old one. */
export function gapForgotten(tail: TailState): TailState {
  const { gap: _gap, ...rest } = tail;
  return rest;
}

const aboveAll = ({ position, skip }: TailState): number =>
  Math.max(position.nextRecordId, ...Object.values(skip).map((there) => there + 1));

/**
 * @param point a capture point of now, in the position's incarnation
 * Only while no window holds a receipt, nothing is ambiguous and no columns are followed.
 */
export function gapPassed(tail: TailState, point: CapturePoint): GapPassed {
  const { gap } = tail;
  if (!gap) return { tail, lost: [] };
  const asked = { ...gapForgotten(tail), windows: [], laneIsNext: false, unsaved: true };
  const { lane } = tail.position;
  // Only the table that catches up lacks redo: the others stand beyond the gap already.
  if (lane !== undefined && isPastReadBack(tail)) return lanePassed(asked, lane, gap);
  const { lane: _lane, inside: _inside, ...rest } = tail.position;
  const position = { ...rest, scn: point.scn, open: point.open, nextRecordId: aboveAll(tail) };
  return gap.way === 'resync' ? copiedAnew(asked, position, gap.setAside) : accepted(asked, position);
}

function copiedAnew(tail: TailState, position: Position, setAside: string): GapPassed {
  const here = { ...tail, position };
  const held = Object.fromEntries(
    tail.tables.map(({ table }) => [table, { ...heldForCopy(here, 'copied anew'), setAside }]),
  );
  return { tail: { ...here, position: { ...position, held } }, lost: [] };
}

/** Tables stay in the plan as they are: nothing that commits up to the position is emitted. Their columns may have changed unseen. */
function accepted(tail: TailState, position: Position): GapPassed {
  const { scn: to, open } = position;
  const held: Record<string, Held[string]> = {};
  const lost: LostChanges[] = [];
  for (const { table } of tail.tables) {
    const was = tail.position.held[table];
    if (was?.reason === 'copying' && !was.catchingUp) held[table] = { ...was, fromScn: to, open };
    else if (was && !was.catchingUp) {
      held[table] = was; // stopped for a reason of its own, for which a person chooses the way on
      continue;
    }
    lost.push({ table, from: was?.fromScn ?? tail.position.scn, to });
  }
  const following = lost
    .filter(({ table }) => held[table] === undefined)
    .map(({ table }): TableStop => ({ table, scn: to, reason: 'columns-added', text: 'its columns after the gap' }));
  return { tail: { ...tail, position: { ...position, held }, following }, lost };
}

function lanePassed(tail: TailState, table: TableName, { way, setAside }: GapRequest): GapPassed {
  const { lane: _lane, ...position } = tail.position;
  const from = position.held[table]?.fromScn ?? position.scn;
  if (way === 'accept')
    return { tail: { ...tail, position: joined(position, table) }, lost: [{ table, from, to: position.scn }] };
  const held = { ...position.held, [table]: { ...heldForCopy(tail, 'copied anew'), setAside } };
  return { tail: { ...tail, position: { ...position, held } }, lost: [] };
}
