/**
 * The tail without Temporal: what to do next, and what each result does to the state. No clock, no I/O, no randomness.
 * The rules are invariants 2 to 6 of the design; each prevents a loss or a duplicate (docs/how-it-works.md).
 */
import type { Opened, SavedPosition, WindowSpec } from './activities.ts';
import type { CommitOutcome, CommitState, WindowReceipt } from './receipt.ts';
import type { Position } from './position.ts';
import { isDue, type Ledgers } from './retry-ledger.ts';
import type { Circumstances } from './run-state.ts';
import type { CapturedTable } from './task-plan.ts';

export interface PlannedWindow {
  readonly spec: WindowSpec;
  readonly receipt?: WindowReceipt;
  readonly status: CommitState;
}

export interface TailState {
  readonly tables: readonly CapturedTable[];
  readonly planHash: string;
  readonly position: Position;
  readonly nextWindow: number;
  /** In order: at most one committing and one mined ahead. */
  readonly windows: readonly PlannedWindow[];
  /** Read back after a cut: rows of a `_log` at or below are at the destination already. */
  readonly skip: Readonly<Record<string, number>>;
  /** A session whose commit was scheduled is gone: the destination has to be read before anything is written. */
  readonly ambiguous: boolean;
  /** The SCN that `save-position` wrote last, and when (epoch milliseconds). */
  readonly saved?: { readonly scn: string; readonly at: number };
  readonly windowsDone: number;
  readonly transactions: number;
  /** Rows committed to each `_log` by this chain. */
  readonly logRows: Readonly<Record<string, number>>;
  /** Of them, values written as NULL; a `_log` without any is not named. */
  readonly nulled: Readonly<Record<string, number>>;
  readonly latency?: { readonly seconds: number; readonly measuredAt: number };
  readonly attemptsLost: number;
}

export type TailStep =
  | { readonly do: 'mine'; readonly spec: WindowSpec }
  | { readonly do: 'commit'; readonly window: PlannedWindow }
  | { readonly do: 'resolve' }
  | { readonly do: 'save'; readonly position: Position }
  | { readonly do: 'cancel-readers' };

const SAVE_EVERY_MS = 5 * 60_000;
const WINDOWS_AHEAD = 2;

/** Unit of the retry ledger for reading the source. */
export const SOURCE_UNIT = 'source';
export const RESOLVE_UNIT = 'reading the destination';
export const SAVE_UNIT = 'saving the position';
export const commitUnit = (spec: WindowSpec): string => `commit of window ${spec.number}`;
const isCommitUnit = (unit: string): boolean => unit.startsWith('commit of window ');

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
});

/** While work comes to rest: readers are cancelled, whatever can change the destination is waited for, then the position is saved once. */
export function tailAtRest(tail: TailState, now: Circumstances): readonly TailStep[] {
  if (now.running.has('mine')) return [{ do: 'cancel-readers' }];
  if (now.running.size > 0 || now.wish === 'roll-over' || now.triedToSave || tail.saved?.scn === tail.position.scn)
    return [];
  return [{ do: 'save', position: tail.position }];
}

function nextSpec(tail: TailState): WindowSpec {
  const last = tail.windows.at(-1)?.receipt;
  const { position } = tail;
  return {
    number: tail.nextWindow,
    planHash: tail.planHash,
    incarnation: position.incarnation,
    from: last?.to ?? position.scn,
    open: last?.open ?? position.open,
    firstRecordId: last?.nextRecordId ?? position.nextRecordId,
    clock: last ? { previousSeconds: last.clockSeconds } : position.clock,
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
  return isUnsaved(tail, now.now) && isDue(ledgers, SAVE_UNIT, now.now)
    ? [{ do: 'save', position: tail.position }]
    : [];
}

function isUnsaved({ saved, position }: TailState, now: number): boolean {
  if (!saved) return true;
  return saved.scn !== position.scn && now - saved.at >= SAVE_EVERY_MS;
}

function reading(tail: TailState, ledgers: Ledgers, now: Circumstances): readonly TailStep[] {
  if (now.running.has('mine') || tail.ambiguous || !isDue(ledgers, SOURCE_UNIT, now.now)) return [];
  const lost = tail.windows.find((window) => !window.receipt);
  if (lost) return [{ do: 'mine', spec: lost.spec }];
  return tail.windows.length < WINDOWS_AHEAD ? [{ do: 'mine', spec: nextSpec(tail) }] : [];
}

/** Under an opened run, with the wish to run: mining of n+1 overlaps the commit of n; n+1 commits after n. */
export const decideTail = (tail: TailState, ledgers: Ledgers, now: Circumstances): readonly TailStep[] => [
  ...writing(tail, ledgers, now),
  ...reading(tail, ledgers, now),
];

// ---- what results do ---------------------------------------------------------------------------------------------

/** After a cut nothing but the destination is believed: receipts are void, and the saved position replaces the state's. */
export function tailOpened(tail: TailState, opened: Opened): TailState {
  if (!opened.cut) return tail;
  return {
    ...tail,
    windows: [],
    ambiguous: false,
    skip: opened.highest,
    position: opened.saved?.position ?? tail.position,
  };
}

/** Commit ledgers of a cut history belong to windows that are gone. */
export const withoutCommitLedgers = (ledgers: Ledgers): Ledgers =>
  Object.fromEntries(Object.entries(ledgers).filter(([unit]) => !isCommitUnit(unit)));

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
  return settleEmpty(windowDone(tail, first.receipt, now), now);
}

function windowDone(tail: TailState, receipt: WindowReceipt, now: number): TailState {
  const logRows = { ...tail.logRows };
  const nulled = { ...tail.nulled };
  for (const session of receipt.sessions) {
    logRows[session.table] = (logRows[session.table] ?? 0) + session.rows;
    if (session.nulled > 0) nulled[session.table] = (nulled[session.table] ?? 0) + session.nulled;
  }
  return {
    ...tail,
    windows: tail.windows.slice(1),
    position: {
      ...tail.position,
      scn: receipt.to,
      open: receipt.open,
      nextRecordId: receipt.nextRecordId,
      clock: { previousSeconds: receipt.clockSeconds },
    },
    windowsDone: tail.windowsDone + 1,
    transactions: tail.transactions + receipt.transactions,
    logRows,
    nulled,
    latency: { seconds: Math.max(0, (now - receipt.readToMs) / 1000), measuredAt: now },
  };
}

/** A window without sessions needs no commit: the position moves as soon as everything before it is committed. */
function settleEmpty(tail: TailState, now: number): TailState {
  const [first] = tail.windows;
  return first?.receipt?.sessions.length === 0 ? settleEmpty(windowDone(tail, first.receipt, now), now) : tail;
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

export const positionSaved = (tail: TailState, position: Position, now: number): TailState => ({
  ...tail,
  saved: { scn: position.scn, at: now },
});
