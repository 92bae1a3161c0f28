/**
 * What changes the tables of a tail: stops met in the redo, and what operators ask. Each change takes effect between two windows, is
 * saved with the position before anything is emitted under it, and only once past everything that was read back after a cut: `record_id`s
 * must depend on redo and on the saved position alone (invariant 6). Pure.
 */
import type { TableRequest } from './tail-state.ts';
import type { Followed } from './activities.ts';
import type { TableStop } from './change.ts';
import { choicesOf, holdRules } from './held-table.ts';
import type { Held, HeldTable } from './position.ts';
import type { OpenTransaction, Position } from './position.ts';
import type { WindowReceipt } from './receipt.ts';
import { compareScn, type Scn } from './scn.ts';
import type { TableName } from './table.ts';
import { planHash, type CapturedTable, type ColumnSince, type PlanRules, type TablePlan } from './task-plan.ts';
import type { TailState } from './tail-state.ts';

/** Below every SCN: of a table that has not been copied. */
export const NEVER = '0' as Scn;
const SINCE_KEPT = 200;

/** What was open may hold changes of a table that was not looked at before. */
const allCaptured = (open: readonly OpenTransaction[]): readonly OpenTransaction[] =>
  open.map((transaction) => ({ ...transaction, captured: true }));

/** Everything that was read back after a cut is mined again: only beyond it may windows emit otherwise than before. */
export const isPastReadBack = ({ position, skip }: TailState): boolean =>
  position.nextRecordId > Math.max(0, ...Object.values(skip));

const without = <T>(entries: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(entries).filter(([name]) => name !== key));

/** Back among the others, at the position: from here windows look at it again. */
export const joined = (position: Position, table: string): Position => ({
  ...position,
  held: without(position.held, table),
  open: allCaptured(position.open),
});

/** The tail with another plan: what it says is saved before it is used. */
function replanned(
  tail: TailState,
  rules: PlanRules,
  tables: readonly CapturedTable[],
  changed: readonly TableName[],
): TailState {
  return {
    ...withOriginals(tail, changed),
    tables,
    planHash: planHash(rules, tables),
    replanned: [...new Set([...tail.replanned, ...changed])],
    unsaved: true,
  };
}

/** What the first plan says of tables that leave it or change: a cut may fall back to it. */
function withOriginals(tail: TailState, changed: readonly TableName[]): TailState {
  const first = tail.tables.filter(({ table }) => changed.includes(table) && !tail.replanned.includes(table));
  if (first.length === 0) return tail;
  return { ...tail, originals: { ...Object.fromEntries(first.map((plan) => [plan.table, plan])), ...tail.originals } };
}

const replaceTable = (tail: TailState, rules: PlanRules, plan: CapturedTable): TailState =>
  replanned(
    tail,
    rules,
    tail.tables.map((table) => (table.table === plan.table ? plan : table)),
    [plan.table],
  );

const withHeld = (tail: TailState, table: string, held: HeldTable): TailState => ({
  ...tail,
  position: { ...tail.position, held: { ...tail.position.held, [table]: held } },
  unsaved: true,
});

/** Stopped at the position, for a copy of its own. */
export const heldForCopy = ({ position }: Pick<TailState, 'position'>, text: string): HeldTable => ({
  fromScn: position.scn,
  open: allCaptured(position.open),
  reason: 'copying',
  text,
});

function added(tail: TailState, rules: PlanRules, plan: TablePlan): TailState {
  if (tail.tables.some(({ table }) => table === plan.table)) return tail;
  const more = replanned(tail, rules, [...tail.tables, { ...plan, emitAfter: NEVER }], [plan.table]);
  const removed = tail.removed.filter((table) => table !== plan.table);
  return withHeld({ ...more, removed }, plan.table, heldForCopy(tail, 'added to the task'));
}

function removed(tail: TailState, rules: PlanRules, table: TableName): TailState {
  const rest = tail.tables.filter((plan) => plan.table !== table);
  const fewer = replanned(withOriginals(tail, [table]), rules, rest, []);
  return {
    ...fewer,
    position: { ...tail.position, held: without(tail.position.held, table) },
    replanned: fewer.replanned.filter((name) => name !== table),
    removed: [...new Set([...tail.removed, table])],
  };
}

/** The change that a request asks for, at the boundary of a window. One that does not fit any more changes nothing. */
export function requestApplied(tail: TailState, rules: PlanRules, request: TableRequest): TailState {
  if (request.do === 'add') return added(tail, rules, request.plan);
  const table = 'plan' in request ? request.plan.table : request.table;
  const plan = tail.tables.find((candidate) => candidate.table === table);
  if (!plan) return tail;
  switch (request.do) {
    case 'remove':
      return removed(tail, rules, table);
    case 'resync':
      // Asked again by a history that was cut: it is under way.
      if (plan.generation !== request.generation || tail.position.held[table]?.reason === 'copying') return tail;
      return withHeld(tail, table, { ...heldForCopy(tail, 'copied anew'), setAside: request.setAside });
    case 'join':
      return plan.generation === request.generation ? copied(tail, rules, plan, request.snapshotScn) : tail;
    default:
      return released(tail, rules, request);
  }
}

function copied(tail: TailState, rules: PlanRules, plan: CapturedTable, emitAfter: Scn): TailState {
  const held = tail.position.held[plan.table];
  if (held?.reason !== 'copying') return tail;
  return withHeld(replaceTable(tail, rules, { ...plan, emitAfter }), plan.table, { ...held, catchingUp: true });
}

function released(
  tail: TailState,
  rules: PlanRules,
  request: Extract<TableRequest, { do: 'continue' | 'accept-gap' }>,
): TailState {
  const { plan, heldFrom } = request;
  const held = tail.position.held[plan.table];
  if (!held || held.reason === 'copying' || held.fromScn !== heldFrom) return tail;
  if (request.do === 'continue')
    return withHeld(replaceTable(tail, rules, plan), plan.table, { ...held, catchingUp: true });
  const here = replaceTable(tail, rules, { ...plan, emitAfter: tail.position.scn });
  return { ...here, position: joined(here.position, plan.table) };
}

/** The next measurement of the redo runway is made at once. */
export function runwayDue(tail: TailState): TailState {
  const { runwayTried: _runwayTried, ...rest } = tail;
  return rest;
}

/** What stops do to a window that is done. The others have been written up to `receipt.to`, and the tables concerned too. */
export function stopped(tail: TailState, { stops = [], to, open }: WindowReceipt): TailState {
  let after = tail;
  for (const stop of stops) {
    if (stop.reason === 'columns-added') after = { ...after, following: [...after.following, stop] };
    else after = runwayDue(withHeld(after, stop.table, heldBy(stop, to, open)));
  }
  return after;
}

const heldBy = ({ reason, text }: TableStop, fromScn: Scn, open: readonly OpenTransaction[]): HeldTable => ({
  fromScn,
  open: allCaptured(open),
  reason,
  text,
});

/** A window of a table that catches up is done: it is nearer to the others, or among them, or stopped again. */
export function laneDone(tail: TailState, table: TableName, receipt: WindowReceipt): TailState {
  const { lane: _lane, ...position } = tail.position;
  const left = { ...tail, position, unsaved: true, laneIsNext: false };
  const held = position.held[table];
  if (!held) return left;
  const nearer = { ...held, fromScn: receipt.to, open: receipt.open };
  const [stop] = receipt.stops ?? [];
  if (stop?.reason === 'columns-added')
    return withHeld({ ...left, following: [...left.following, stop] }, table, nearer);
  if (stop) return withHeld(left, table, heldBy(stop, receipt.to, receipt.open));
  if (compareScn(receipt.to, position.scn) < 0) {
    // What a cut history had written of this lane must be mined again before anything else is.
    const stays = isPastReadBack(tail) ? left : { ...left, position: { ...position, lane: table } };
    const behind = withHeld(stays, table, nearer);
    // Until all of it was met, the place of before is the one to keep: rows of others may be among it.
    return isPastReadBack(tail) ? behind : { ...behind, unsaved: tail.unsaved };
  }
  return { ...left, position: joined(position, table) };
}

const isSameForm = (a: CapturedTable, b: CapturedTable): boolean =>
  a.columnsHash === b.columnsHash && a.keyed === b.keyed && a.since?.length === b.since?.length;

/** The destination has the columns that were added, or the table is held. */
export function followed(tail: TailState, rules: PlanRules, stop: TableStop, answer: Followed): TailState {
  const rest = { ...tail, following: tail.following.filter((other) => other !== stop) };
  if ('plan' in answer) {
    const known = tail.tables.find(({ table }) => table === stop.table);
    // Asked without added columns: it was only to be seen whether there are any.
    const plan = withRecordIds(answer.plan, tail.position.nextRecordId);
    return known && !stop.added && isSameForm(known, plan) ? rest : replaceTable(rest, rules, plan);
  }
  const { scn: fromScn, open } = tail.position;
  const held = tail.position.held[stop.table] ?? { fromScn, open: allCaptured(open) };
  const { fromScn: from, open: openThere } = held;
  const reason = answer.reason ?? stop.reason;
  return withHeld(rest, stop.table, { fromScn: from, open: openThere, reason, text: answer.refused });
}

/** The old pair is set aside, and a new one made: the copy may begin. */
export function renewed(tail: TailState, rules: PlanRules, table: TableName, answer: Followed): TailState {
  const held = tail.position.held[table];
  if (!held?.setAside) return tail;
  const { setAside: _setAside, ...rest } = held;
  if ('refused' in answer) {
    return withHeld(tail, table, { ...rest, reason: 'gone', text: answer.refused });
  }
  const generation = (tail.tables.find((plan) => plan.table === table)?.generation ?? 1) + 1;
  const plan = { ...answer.plan, emitAfter: NEVER, generation };
  return withHeld(replaceTable(tail, rules, plan), table, rest);
}

/** Of the tables that catch up, the one that is furthest behind. */
export function nextLane(held: Held): TableName | undefined {
  const waiting = Object.entries(held).filter(([, { catchingUp }]) => catchingUp);
  const [first] = waiting.toSorted(([, a], [, b]) => compareScn(a.fromScn, b.fromScn));
  return first?.[0] as TableName | undefined; // keys are canonical names
}

/**
 * The position is waited for: a table that catches up takes turns with the others, and `_base` of a table that was just copied is newer
 * than the position until that has passed its snapshot.
 */
export const isWaitedFor = ({ tables, position: { held, scn } }: TailState): boolean =>
  Object.values(held).some(({ catchingUp }) => catchingUp) ||
  tables.some(({ table, emitAfter }) => held[table] === undefined && compareScn(scn, emitAfter) < 0);

/** Why a choice cannot be taken; undefined when it can. */
export function releaseProblem(tail: TailState, table: TableName, choice: string): string | undefined {
  const held = tail.position.held[table];
  if (!held) return `${table} is not held.`;
  if (held.catchingUp) return `${table} is catching up already; it joins the others by itself.`;
  const choices = choicesOf(held.reason);
  if (choices.some((known) => known === choice)) return undefined;
  if (choices.length === 0)
    return `${table} is held (${held.reason}), and nothing has to be chosen: ${holdRules[held.reason].sentence}`;
  return `${choice} is no way out of "${held.reason}" for ${table}. Choose one of ${choices.join(', ')}.`;
}

/** What was added just now lies between two windows: everything of before has a lower `record_id`. */
function withRecordIds(plan: CapturedTable, recordId: number): CapturedTable {
  if (!plan.since?.some((column) => column.recordId === undefined)) return plan;
  return { ...plan, since: plan.since.map((column) => ({ recordId, ...column })) };
}

/** Columns that were added at `scn`, after those that were before. */
export const withSince = (plan: CapturedTable, more: readonly ColumnSince[]): CapturedTable =>
  more.length === 0 ? plan : { ...plan, since: [...(plan.since ?? []), ...more].slice(-SINCE_KEPT) };

/** Depend on what the database says when it is read, not on the redo alone; a DDL's own stop was saved before anything above was emitted. */
const TOLD_BY_THE_PRESENT: ReadonlySet<TableStop['reason']> = new Set(['undecodable', 'not-logged', 'logging-dropped']);

/**
 * After a cut everything up to what was read back must be emitted again as it was. A change that could be read then and cannot now would
 * hold its table earlier, and give other rows its `record_id`s. @returns why, or undefined
 */
export function stopProblem({ skip }: TailState, { stops = [], nextRecordId }: WindowReceipt): string | undefined {
  const stop = stops.find(({ reason }) => TOLD_BY_THE_PRESENT.has(reason));
  if (!stop || nextRecordId > Math.max(0, ...Object.values(skip))) return undefined;
  return `${stop.text}; it was read before the history of the task was cut, and has to be read again`;
}
