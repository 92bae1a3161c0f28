/**
 * Retry budgets of one unit of work: the source stream, one window's commit, one chunk. Pure and serialisable.
 *
 * The time between one failure and the next is charged to the class of the earlier one; only the unit's own success clears it; time
 * paused is free; the last attempt falls exactly at the end of the window. DTS: "retry time for failed connections" and "for other issues".
 */
import type { FailureKind } from './failure.ts';

export type Budget = 'connection' | 'other';

export interface RetryWindows {
  readonly connectionSeconds: number;
  readonly otherSeconds: number;
}

export interface Ledger {
  /** Failures since the last success, per budget. */
  readonly attempts: Readonly<Record<Budget, number>>;
  readonly spentMs: Readonly<Record<Budget, number>>;
  readonly current: Budget;
  /** Epoch milliseconds up to which `spentMs` is charged. */
  readonly chargedTo: number;
  readonly nextAttemptAt: number;
  /** A probe has ended since the last failure, so that the next step is a real attempt. */
  readonly probed: boolean;
  /** The task is paused: time passes free. */
  readonly paused?: true;
  readonly kind: FailureKind;
  readonly message: string;
}

export type Ledgers = Readonly<Record<string, Ledger>>;

export interface FailedAttempt {
  readonly budget: Budget;
  readonly kind: FailureKind;
  readonly message: string;
  readonly now: number;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

export const windowMs = (windows: RetryWindows, budget: Budget): number =>
  (budget === 'connection' ? windows.connectionSeconds : windows.otherSeconds) * 1_000;

export const spentMs = (ledger: Ledger, now: number): number =>
  ledger.spentMs[ledger.current] + (ledger.paused ? 0 : Math.max(0, now - ledger.chargedTo));

export const remainingMs = (ledger: Ledger, windows: RetryWindows, now: number): number =>
  Math.max(0, windowMs(windows, ledger.current) - spentMs(ledger, now));

const charged = (ledger: Ledger, now: number): Ledger['spentMs'] => ({
  ...ledger.spentMs,
  [ledger.current]: spentMs(ledger, now),
});

/** The ledger after one more failure; `undefined` when the window is over, so that this was the last attempt. */
export function afterFailure(
  old: Ledger | undefined,
  failed: FailedAttempt,
  windows: RetryWindows,
): Ledger | undefined {
  const spent = old ? charged(old, failed.now) : { connection: 0, other: 0 };
  const left = windowMs(windows, failed.budget) - spent[failed.budget];
  if (left <= 0) return undefined;
  const attempts = { connection: 0, other: 0, ...old?.attempts };
  attempts[failed.budget] += 1;
  const wait = Math.min(left, LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempts[failed.budget] - 1, 10));
  return {
    attempts,
    spentMs: spent,
    current: failed.budget,
    chargedTo: failed.now,
    nextAttemptAt: failed.now + wait,
    probed: false,
    kind: failed.kind,
    message: failed.message,
  };
}

/** A blip is tried again directly; from the second connection failure on, a cheap probe waits until the endpoint answers. */
export const wantsProbe = (ledger: Ledger): boolean =>
  ledger.current === 'connection' && ledger.attempts.connection > 1 && !ledger.probed;

/** The endpoint answered: a real attempt is due as soon as its wait is over. Only that attempt's success clears the ledger. */
export const answered = (ledger: Ledger): Ledger => ({ ...ledger, probed: true });

/** Nothing answered: the last attempt is due exactly at the end of the window. */
export const silent = (ledger: Ledger, windows: RetryWindows, now: number): Ledger => ({
  ...ledger,
  probed: true,
  nextAttemptAt: now + remainingMs(ledger, windows, now),
});

/** Under other windows than before: what is spent stays spent, and the last attempt falls at the end of the new window, or is due now. */
export const underWindows = (ledger: Ledger, windows: RetryWindows, now: number): Ledger => ({
  ...ledger,
  nextAttemptAt: Math.min(ledger.nextAttemptAt, now + remainingMs(ledger, windows, now)),
});

export const isDue = (ledgers: Ledgers, unit: string, now: number): boolean => {
  const ledger = ledgers[unit];
  return ledger === undefined || (!wantsProbe(ledger) && ledger.nextAttemptAt <= now);
};

export const pausedLedger = (ledger: Ledger, now: number): Ledger => ({
  ...ledger,
  spentMs: charged(ledger, now),
  chargedTo: now,
  paused: true,
});

export function resumedLedger({ paused: _paused, ...ledger }: Ledger, now: number): Ledger {
  return { ...ledger, chargedTo: now, nextAttemptAt: now, probed: false };
}

export function mapLedgers(ledgers: Ledgers, change: (ledger: Ledger) => Ledger): Ledgers {
  return Object.fromEntries(Object.entries(ledgers).map(([unit, ledger]) => [unit, change(ledger)]));
}

export function withoutLedger(ledgers: Ledgers, unit: string): Ledgers {
  return Object.fromEntries(Object.entries(ledgers).filter(([name]) => name !== unit));
}

/** The ledger that is nearest to its end: what the task shows. */
export function worstLedger(
  ledgers: Ledgers,
  windows: RetryWindows,
  now: number,
): { unit: string; ledger: Ledger } | undefined {
  const entries = Object.entries(ledgers).map(([unit, ledger]) => ({ unit, ledger }));
  return entries.sort((a, b) => remainingMs(a.ledger, windows, now) - remainingMs(b.ledger, windows, now))[0];
}
