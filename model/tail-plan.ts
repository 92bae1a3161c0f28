/**
 * The tail without Temporal: its state, and what each result does to it. No clock, no I/O, no randomness.
 * What to do next is in tail-steps.ts, what changes its tables in tail-tables.ts.
 */
import type { PlannedWindow, SavingPosition, TailState } from './tail-state.ts';
import type { Opened, SavedPosition, WindowSpec } from './activities.ts';

import type { CommitOutcome, WindowReceipt } from './receipt.ts';
import { isWithoutCopy, placeOf, type Position } from './position.ts';
import type { Scn } from './scn.ts';

import { laneDone, nextLane, stopped } from './tail-tables.ts';

import type { CapturedTable } from './task-plan.ts';

export function newTail(
  tables: readonly CapturedTable[],
  planHash: string,
  position: Position,
  skip: TailState['skip'],
): TailState {
  return {
    tables,
    planHash,
    position,
    nextWindow: 1,
    windows: [],
    skip,
    ambiguous: false,
    requests: [],
    following: [],
    unsaved: false,
    laneIsNext: false,
    replanned: [],
    removed: [],
    originals: {},
    windowsDone: 0,
    transactions: 0,
    logRows: {},
    nulled: {},
    attemptsLost: 0,
  };
}

export const savedPosition = (tail: TailState, position: Position, chainId: string): SavedPosition => ({
  position,
  planHash: tail.planHash,
  chainId,
  logs: tail.tables.map(({ log }) => log),
  ...withChanges(tail),
  ...(tail.removed.length > 0 && { removed: tail.removed }),
});

function withChanges({ tables, replanned, position }: TailState): Pick<SavedPosition, 'replanned'> {
  const named = tables.filter(({ table }) => replanned.includes(table) || isWithoutCopy(position.held[table]));
  return named.length === 0 ? {} : { replanned: named };
}

/** Of a task that copies nothing: every table of its first plan is followed from one point. */
export function followedFrom({ tables, replanned, originals }: TailState): Scn | undefined {
  const first = tables.find(({ table }) => !replanned.includes(table)) ?? Object.values(originals)[0];
  return first?.emitAfter;
}

/** After a cut nothing but the destination is believed: receipts are void, and the saved position replaces the state's. */
export function tailOpened(tail: TailState, opened: Opened): TailState {
  if (!opened.cut) return tail;
  const { saved } = opened;
  // A gap that was to be passed may have been passed, and saved, by the history that was cut: a person asks again.
  const { gap: _gap, ...known } = saved ? asSaved(tail, saved) : tail;
  return { ...saveGone(known), windows: [], ambiguous: false, following: [], laneIsNext: false, skip: opened.highest };
}

/** The plan in which `record_id`s were given out is the saved one: changes that were not saved never took effect. */
const asSaved = (tail: TailState, saved: SavedPosition): TailState => ({
  ...asPlanned(tail, saved),
  position: saved.position,
  planHash: saved.planHash,
  unsaved: false,
});

/** The tables of the first plan, with the changes that were saved and no others. */
export function asPlanned(
  tail: TailState,
  { replanned = [], removed = [] }: Pick<SavedPosition, 'replanned' | 'removed'>,
): TailState {
  const first = new Map(
    tail.tables.filter(({ table }) => !tail.replanned.includes(table)).map((plan) => [plan.table, plan]),
  );
  for (const plan of Object.values(tail.originals)) first.set(plan.table, plan);
  const tables = new Map(first);
  for (const table of removed) tables.delete(table);
  for (const plan of replanned) tables.set(plan.table, plan);
  const changed = [...removed, ...replanned.map(({ table }) => table)];
  return {
    ...tail,
    tables: [...tables.values()],
    replanned: replanned.map(({ table }) => table),
    removed,
    originals: Object.fromEntries([...first].filter(([table]) => changed.includes(table))),
  };
}

/** Before `mineWindow` is scheduled. */
export function windowPlanned(tail: TailState, spec: WindowSpec): TailState {
  if (tail.windows.some((window) => window.spec.number === spec.number)) return tail;
  return { ...tail, windows: [...tail.windows, { spec, status: 'planned' }], nextWindow: tail.nextWindow + 1 };
}

const replaceWindow = (
  tail: TailState,
  number: number,
  change: (window: PlannedWindow) => PlannedWindow,
): TailState => ({
  ...tail,
  windows: tail.windows.map((window) => (window.spec.number === number ? change(window) : window)),
});

/** The first receipt fixes what every later prepare of the window must give. */
export function windowPrepared(tail: TailState, number: number, receipt: WindowReceipt, now: number): TailState {
  const fixed = {
    to: receipt.to,
    ...(receipt.inside && { inside: receipt.inside }),
    hash: receipt.hash,
    nextRecordId: receipt.nextRecordId,
    clockSeconds: receipt.clockSeconds,
  };
  const prepared = replaceWindow(tail, number, (window) => ({
    spec: { ...window.spec, fixed: window.spec.fixed ?? fixed },
    receipt,
    status: 'prepared',
  }));
  return settleEmpty(prepared, now);
}

/** Set *before* the commit activity is scheduled, and carried through continue-as-new: from here the session is never replaced unseen. */
export const windowCommitScheduled = (tail: TailState, number: number): TailState =>
  replaceWindow(tail, number, (window) => ({ ...window, status: 'commitScheduled' }));

/** What the operator should know of a commit; nothing of one whose own answer said that it is done. */
export function commitRemark(outcome: CommitOutcome): string | undefined {
  if (outcome === 'gone') return 'a session is gone; the destination is read before anything is written';
  if (outcome === 'confirmed') return 'no good answer came to a commit; its session says that it is done';
  return undefined;
}

export function windowCommitted(tail: TailState, number: number, outcome: CommitOutcome, now: number): TailState {
  const [first] = tail.windows;
  if (first?.spec.number !== number || !first.receipt) return tail; // dropped by a cut meanwhile
  if (outcome === 'gone') return { ...tail, ambiguous: true };
  return settleEmpty(windowDone(tail, first, first.receipt, now), now);
}

function windowDone(tail: TailState, { spec }: PlannedWindow, receipt: WindowReceipt, now: number): TailState {
  const logRows = { ...tail.logRows };
  const nulled = { ...tail.nulled };
  for (const session of receipt.sessions) {
    logRows[session.table] = (logRows[session.table] ?? 0) + session.rows;
    if (session.nulled > 0) nulled[session.table] = (nulled[session.table] ?? 0) + session.nulled;
  }
  const { nextRecordId, clockSeconds } = receipt;
  const done = {
    ...tail,
    windows: tail.windows.slice(1),
    position: { ...tail.position, nextRecordId, clock: { previousSeconds: clockSeconds } },
    windowsDone: tail.windowsDone + 1,
    transactions: tail.transactions + receipt.transactions,
    logRows,
    nulled,
  };
  if (spec.lane) return laneDone(done, spec.lane.table, receipt);
  const { inside: _inside, ...position } = done.position;
  const { to, inside, open } = receipt;
  const moved = {
    ...done,
    position: { ...position, scn: to, ...(inside && { inside }), open },
    latency: { seconds: Math.max(0, (now - receipt.readToMs) / 1000), measuredAt: now },
    laneIsNext: nextLane(done.position.held) !== undefined,
  };
  return stopped(moved, receipt);
}

/** A window without sessions needs no commit: the position moves as soon as everything before it is committed. */
function settleEmpty(tail: TailState, now: number): TailState {
  const [first] = tail.windows;
  return first?.receipt?.sessions.length === 0 ? settleEmpty(windowDone(tail, first, first.receipt, now), now) : tail;
}

/** A session is at the destination wholly or not at all; a part of one must never be guessed about. */
export interface PartlyThere {
  readonly table: string;
  readonly session: string;
}

/** After the second read, following the quiet period: what is there is skipped, the rest is prepared again with the same bounds. */
export function commitResolved(tail: TailState, highest: TailState['skip']): TailState | PartlyThere {
  const [first] = tail.windows;
  const parted = first?.receipt?.sessions.find((session) => {
    const there = highest[session.table] ?? 0;
    return there >= session.firstRecordId && there < session.lastRecordId;
  });
  if (parted) return { table: parted.table, session: parted.id };
  const windows = tail.windows.map((window, index): PlannedWindow =>
    index === 0 ? { spec: window.spec, status: 'planned' } : window,
  );
  return { ...tail, windows, ambiguous: false, skip: highest };
}

export const savePrepared = (tail: TailState, saving: SavingPosition): TailState => ({ ...tail, saving });

/** Its session is gone: nothing of it can be committed any more. */
export function saveGone(tail: TailState): TailState {
  const { saving: _saving, ...rest } = tail;
  return rest;
}

export const positionSaved = (tail: TailState, position: Position, now: number): TailState => ({
  ...saveGone(tail),
  saved: { place: placeOf(position), at: now },
  unsaved: tail.unsaved && tail.position !== position,
});
