/**
 * What a task and a table copy have in common: the run that may be trusted, the retry ledgers, and the failure that waits for a person.
 * Pure: every function answers a new state.
 */
import { remedyOf, treatments, type FailureKind } from './failure.ts';
import {
  afterFailure,
  answered,
  mapLedgers,
  pausedLedger,
  resumedLedger,
  silent,
  wantsProbe,
  withoutLedger,
  type Ledgers,
  type RetryWindows,
} from './retry-ledger.ts';

/** run: go on. The others ask to come to rest: cancel readers, wait for whatever can change the destination. */
export type Wish = 'run' | 'pause' | 'stop' | 'roll-over';

export interface Failed {
  readonly unit: string;
  readonly kind: FailureKind;
  readonly message: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface RunState {
  /** Absent: openRun comes first; nothing is prepared or committed under an unknown run. */
  readonly runId?: string;
  /** What the next run must have been continued from, or the history was cut. Recorded only after its answer was absorbed. */
  readonly lastRunId?: string;
  readonly ledgers: Ledgers;
  readonly failed?: Failed;
}

export interface AttemptFailure {
  readonly unit: string;
  readonly kind: FailureKind;
  readonly message: string;
}

export type Side = 'source' | 'destination';

export interface ProbeStep {
  readonly do: 'probe';
  readonly side: Side;
  readonly unit: string;
}

/** What a step may be told: what runs, what is wished, and when. */
export interface Circumstances {
  /** Keys of the activities that run, as {@link stepKey} makes them. */
  readonly running: ReadonlySet<string>;
  readonly wish: Wish;
  readonly now: number;
  readonly windows: RetryWindows;
  /** The position was saved, or could not be, since work last came to rest. */
  readonly triedToSave: boolean;
}

const sideOf = (kind: FailureKind): Side => (kind.startsWith('source') ? 'source' : 'destination');

/** One probe per side: units that wait for the same endpoint share it. */
export function probes(ledgers: Ledgers, running: ReadonlySet<string>): readonly ProbeStep[] {
  const steps = new Map<Side, ProbeStep>();
  for (const [unit, ledger] of Object.entries(ledgers)) {
    const side = sideOf(ledger.kind);
    if (wantsProbe(ledger) && !running.has(`probe ${side}`) && !steps.has(side))
      steps.set(side, { do: 'probe', side, unit });
  }
  return [...steps.values()];
}

/** After a probe of one side: every unit that waited for it may try. `heard`: the endpoint answered, or refused in an orderly way. */
export function probed<S extends RunState>(
  state: S,
  side: Side,
  heard: boolean,
  at: { now: number; windows: RetryWindows },
): S {
  const ledgers = mapLedgers(state.ledgers, (ledger) => {
    if (!wantsProbe(ledger) || sideOf(ledger.kind) !== side) return ledger;
    return heard ? answered(ledger) : silent(ledger, at.windows, at.now);
  });
  return { ...state, ledgers };
}

export const succeeded = <S extends RunState>(state: S, unit: string): S => ({
  ...state,
  ledgers: withoutLedger(state.ledgers, unit),
});

/** Charges the failure to its unit's ledger; past the window, or when only a person can help, the state is failed. */
export function attemptFailed<S extends RunState>(
  state: S,
  failure: AttemptFailure,
  at: { now: number; windows: RetryWindows },
): S {
  const { unit, kind, message } = failure;
  const remedy = remedyOf(kind);
  if (remedy === 'open-run') return withoutRun(state);
  const budget = remedy === 'wait-for-connection' ? 'connection' : 'other';
  const ledger =
    remedy === 'stop'
      ? undefined
      : afterFailure(state.ledgers[unit], { budget, kind, message, now: at.now }, at.windows);
  if (ledger) return { ...state, ledgers: { ...state.ledgers, [unit]: ledger } };
  return { ...state, failed: { unit, kind, message, at: at.now } };
}

/** The history was cut while this run worked: it must ask again who it is. Both ids go, so that the answer is "cut". */
export function withoutRun<S extends RunState>(state: S): S {
  const { runId: _runId, lastRunId: _lastRunId, ...rest } = state;
  return rest as S; // the two ids are optional in every state that extends RunState
}

/** For continue-as-new: the next run asks openRun, which compares `lastRunId` with what Temporal says. */
export function carried<S extends RunState>(state: S): S {
  const { runId: _runId, ...rest } = state;
  return rest as S; // as above
}

export const recovered = <S extends RunState>(state: S): S => {
  const { failed: _failed, ...rest } = state;
  return { ...rest, ledgers: {} } as S; // `failed` is optional in every state that extends RunState
};

export const pausedAt = <S extends RunState>(state: S, now: number): S => ({
  ...state,
  ledgers: mapLedgers(state.ledgers, (l) => pausedLedger(l, now)),
});

export const resumedAt = <S extends RunState>(state: S, now: number): S => ({
  ...state,
  ledgers: mapLedgers(state.ledgers, (l) => resumedLedger(l, now)),
});

/** Epoch milliseconds of the next attempt that has to be waited for; undefined when none is. */
export function nextWake(ledgers: Ledgers, now: number): number | undefined {
  const times = Object.values(ledgers)
    .map((ledger) => ledger.nextAttemptAt)
    .filter((at) => at > now);
  return times.length === 0 ? undefined : Math.min(...times);
}

export const sentenceOf = (failed: Failed): string => treatments[failed.kind].sentence;
