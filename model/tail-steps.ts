/**
 * The tail without Temporal: what to do next. No clock, no I/O, no randomness.
 * The rules are invariants 2 to 6 of the design; each prevents a loss or a duplicate (docs/how-it-works.md).
 */
import type { WindowSpec } from './activities.ts';
import type { TableStop } from './change.ts';
import { placeOf, type Position } from './position.ts';
import { isDue, type Ledgers } from './retry-ledger.ts';
import type { Circumstances } from './run-state.ts';
import type { TableName } from './table.ts';
import { isPastReadBack, nextLane, requestApplied } from './tail-tables.ts';
import type { PlannedWindow, SavingPosition, TailState } from './tail-state.ts';
import type { PlanRules } from './task-plan.ts';

export type TailStep =
  | { readonly do: 'mine'; readonly spec: WindowSpec }
  | { readonly do: 'commit'; readonly window: PlannedWindow }
  | { readonly do: 'resolve' }
  | { readonly do: 'save'; readonly position: Position }
  | { readonly do: 'commit-save'; readonly saving: SavingPosition }
  | { readonly do: 'follow'; readonly stop: TableStop }
  | { readonly do: 'renew'; readonly table: TableName }
  | { readonly do: 'measure' }
  | { readonly do: 'pass-gap' }
  | { readonly do: 'cancel-readers' };

const SAVE_EVERY_MS = 5 * 60_000;
const MEASURE_EVERY_MS = 10 * 60_000;
const WINDOWS_AHEAD = 2;

/** Unit of the retry ledger for reading the source. */
export const SOURCE_UNIT = 'source';
export const RESOLVE_UNIT = 'reading the destination';
export const SAVE_UNIT = 'saving the position';
export const followUnit = ({ table }: TableStop): string => `adding columns for ${table}`;
export const renewUnit = (table: string): string => `making tables for ${table} anew`;
export const commitUnit = (spec: WindowSpec): string => `commit of window ${spec.number}`;
const isCommitUnit = (unit: string): boolean => unit.startsWith('commit of window ');

/** Commit ledgers of a cut history belong to windows that are gone. */
export const withoutCommitLedgers = (ledgers: Ledgers): Ledgers =>
  Object.fromEntries(Object.entries(ledgers).filter(([unit]) => !isCommitUnit(unit)));

/** While work comes to rest: readers are cancelled, whatever can change the destination is waited for, then the position is saved once. */
export function tailAtRest(tail: TailState, now: Circumstances): readonly TailStep[] {
  if (now.running.has('mine')) return [{ do: 'cancel-readers' }];
  if (now.running.size > 0 || now.wish === 'roll-over' || now.triedToSave) return [];
  if (tail.saving) return [{ do: 'commit-save', saving: tail.saving }];
  if (!tail.unsaved && (tail.saved?.place === placeOf(tail.position) || !isPastReadBack(tail))) return [];
  // What is saved must not need columns that the destination may never get.
  if (tail.following.length > 0) return [];
  return [{ do: 'save', position: tail.position }];
}

function nextSpec(tail: TailState): WindowSpec {
  const last = tail.windows.at(-1)?.receipt;
  const { position } = tail;
  const { inside } = last ?? position;
  return {
    number: tail.nextWindow,
    planHash: tail.planHash,
    incarnation: position.incarnation,
    from: last?.to ?? position.scn,
    ...(inside && { inside }),
    open: last?.open ?? position.open,
    firstRecordId: last?.nextRecordId ?? position.nextRecordId,
    clock: last ? { previousSeconds: last.clockSeconds } : position.clock,
    held: Object.keys(position.held) as TableName[], // keys are canonical names
  };
}

/** A held table alone, up to where the others stand. */
function laneSpec(tail: TailState, table: TableName): WindowSpec | undefined {
  const { position } = tail;
  const held = position.held[table];
  if (!held) return undefined;
  return {
    number: tail.nextWindow,
    planHash: tail.planHash,
    incarnation: position.incarnation,
    from: held.fromScn,
    open: held.open,
    firstRecordId: position.nextRecordId,
    clock: position.clock,
    held: [],
    lane: { table, upTo: position.scn },
  };
}

function writing(tail: TailState, ledgers: Ledgers, now: Circumstances): readonly TailStep[] {
  const { running } = now;
  if (running.has('commit') || running.has('resolve') || running.has('save')) return [];
  if (tail.ambiguous) {
    // A reader may idle for a minute: it would hold up the one thing that matters.
    if (running.has('mine')) return [{ do: 'cancel-readers' }];
    return isDue(ledgers, RESOLVE_UNIT, now.now) ? [{ do: 'resolve' }] : [];
  }
  const [first] = tail.windows;
  if (first?.receipt) return isDue(ledgers, commitUnit(first.spec), now.now) ? [{ do: 'commit', window: first }] : [];
  const [stop] = tail.following;
  if (!tail.saving && stop) return following(stop, ledgers, now);
  return saving(tail, ledgers, now);
}

function following(stop: TableStop, ledgers: Ledgers, { running, now }: Circumstances): readonly TailStep[] {
  return !running.has('follow') && isDue(ledgers, followUnit(stop), now) ? [{ do: 'follow', stop }] : [];
}

function saving(tail: TailState, ledgers: Ledgers, { now }: Circumstances): readonly TailStep[] {
  if (!isDue(ledgers, SAVE_UNIT, now)) return [];
  if (tail.saving) return [{ do: 'commit-save', saving: tail.saving }];
  return isUnsaved(tail, now) ? [{ do: 'save', position: tail.position }] : [];
}

/** What was read back after a cut is trusted only once all of it was met again: until then the position before it is the one to keep. */
function isUnsaved(tail: TailState, now: number): boolean {
  const { saved, unsaved, position } = tail;
  if (unsaved) return true;
  if (!isPastReadBack(tail)) return false;
  return !saved || (saved.place !== placeOf(position) && now - saved.at >= SAVE_EVERY_MS);
}

function reading(tail: TailState, ledgers: Ledgers, now: Circumstances): readonly TailStep[] {
  if (now.running.has('mine') || tail.ambiguous || !isDue(ledgers, SOURCE_UNIT, now.now)) return [];
  const lost = tail.windows.find((window) => !window.receipt);
  if (lost) return [{ do: 'mine', spec: lost.spec }];
  if (awaitsBoundary(tail)) return [];
  const { lane } = tail.position;
  if (lane !== undefined) {
    const spec = tail.windows.length === 0 ? laneSpec(tail, lane) : undefined;
    return spec ? [{ do: 'mine', spec }] : [];
  }
  return tail.windows.length < WINDOWS_AHEAD ? [{ do: 'mine', spec: nextSpec(tail) }] : [];
}

/** What windows emit is about to change: none is begun before that. */
function awaitsBoundary(tail: TailState): boolean {
  if (tail.unsaved || tail.following.length > 0) return true;
  if (tail.windows.some(({ receipt }) => receipt?.stops !== undefined)) return true;
  if (isInside(tail)) return false;
  return isPastReadBack(tail) && (tail.requests.length > 0 || laneDue(tail));
}

/** The changes of one transaction are counted over all tables: which these are stays as it is until its last change is written. */
const isInside = ({ windows, position }: TailState): boolean =>
  (windows.at(-1)?.receipt ?? position).inside !== undefined;

const laneDue = ({ laneIsNext, position }: TailState): boolean =>
  laneIsNext && position.lane === undefined && nextLane(position.held) !== undefined;

/** An idle reader would keep an operator waiting; what it has read so far is read again. */
function interrupting(tail: TailState, now: Circumstances): readonly TailStep[] {
  const asked =
    tail.requests.length > 0 &&
    isPastReadBack(tail) &&
    tail.windows.some((window) => isUnfixed(window) && !window.spec.inside);
  return asked && now.running.has('mine') ? [{ do: 'cancel-readers' }] : [];
}

const isUnfixed = ({ spec, receipt }: PlannedWindow): boolean => !receipt && !spec.fixed;

/**
 * The old pairs of tables that are copied anew are set aside, once it is saved that nothing more is written to them. Its end is saved at
 * once, and before everything that was read back is met there is no place to save: rows of others may be among it.
 */
function renewing(tail: TailState, ledgers: Ledgers, now: Circumstances): readonly TailStep[] {
  if (tail.unsaved || !isPastReadBack(tail) || now.running.has('renew')) return [];
  const [table] = Object.entries(tail.position.held).find(([, { setAside }]) => setAside !== undefined) ?? [];
  if (table === undefined || !isDue(ledgers, renewUnit(table), now.now)) return [];
  return [{ do: 'renew', table: table as TableName }]; // keys are canonical names
}

/**
 * Between two windows: takes up what is asked of the tables, and gives a table that catches up its turn. Windows that are planned and
 * not read are forgotten: nothing of them exists.
 */
export function atBoundary(tail: TailState, rules: PlanRules, running: ReadonlySet<string>): TailState {
  const busy = ['mine', 'commit', 'resolve', 'save', 'follow', 'renew'].some((key) => running.has(key));
  if (busy || tail.gap || tail.ambiguous || tail.unsaved || tail.following.length > 0 || tail.position.inside)
    return tail;
  if (!tail.windows.every(isUnfixed) || !isPastReadBack(tail)) return tail;
  const changed = withRequests(tail, rules);
  const lane = !changed.unsaved && laneDue(changed) ? nextLane(changed.position.held) : undefined;
  if (lane === undefined) return changed;
  return { ...changed, windows: [], laneIsNext: false, position: { ...changed.position, lane }, unsaved: true };
}

/** In order, up to the first that changes something: that is saved before the next. */
function withRequests(tail: TailState, rules: PlanRules): TailState {
  let changed = tail;
  for (;;) {
    const [request, ...requests] = changed.requests;
    if (!request || changed.unsaved) return changed;
    changed = requestApplied({ ...changed, windows: [], requests }, rules, request);
  }
}

/** Under an opened run, with the wish to run: mining of n+1 overlaps the commit of n; n+1 commits after n. */
export const decideTail = (tail: TailState, ledgers: Ledgers, now: Circumstances): readonly TailStep[] =>
  tail.gap
    ? passing(tail, ledgers, now)
    : [
        ...writing(tail, ledgers, now),
        ...interrupting(tail, now),
        ...renewing(tail, ledgers, now),
        ...reading(tail, ledgers, now),
      ];

/** What was read is committed, and what is in doubt is read back, before the position leaves all of it behind. */
function passing(tail: TailState, ledgers: Ledgers, now: Circumstances): readonly TailStep[] {
  if (now.running.has('mine')) return [{ do: 'cancel-readers' }];
  const first = writing(tail, ledgers, now);
  const busy = ['commit', 'resolve', 'save', 'follow', 'renew', 'pass-gap'].some((key) => now.running.has(key));
  const waits = tail.ambiguous || tail.following.length > 0 || tail.windows.some(({ receipt }) => receipt);
  if (first.length > 0 || busy || waits) return first;
  return isDue(ledgers, SOURCE_UNIT, now.now) ? [{ do: 'pass-gap' }] : [];
}

/** Not while the source does not answer: every question would be a login more. */
export function measuring(tail: TailState, ledgers: Ledgers, now: Circumstances): readonly TailStep[] {
  const { runwayTried: tried } = tail;
  if (now.running.has('measure') || (tried && now.now - tried.at < MEASURE_EVERY_MS)) return [];
  const ledger = ledgers[SOURCE_UNIT];
  return !ledger || ledger.kind === 'source-redo-missing' ? [{ do: 'measure' }] : [];
}
