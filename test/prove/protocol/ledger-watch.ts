/**
 * Keeps its own account of every unit's retry time, from what the documentation promises and not from the product's ledgers: the time from one
 * failure to the next is charged to the class of the earlier one, time paused is free, only success clears it, and the last attempt begins
 * when the window is over.
 */
import { remedyOf } from '../../../model/failure.ts';
import type { RetryWindows } from '../../../model/retry-ledger.ts';
import type { AttemptFailure } from '../../../model/run-state.ts';
import type { Rig } from './rig.ts';

type Class = 'connection' | 'other';

interface Account {
  readonly spent: Record<Class, number>;
  last: { readonly of: Class; readonly at: number; readonly free: number };
}

/** How much later than the window's end the last attempt may begin: other work of the task may be in its way for a moment. */
const LATE_MS = 3_000;

export class LedgerWatch {
  private readonly rig: Rig;
  private readonly accounts = new Map<string, Account>();
  /** Milliseconds paused so far, and since when it is now. */
  private free = 0;
  private pausedSince: number | undefined;
  /** How many windows ended. */
  ended = 0;

  constructor(rig: Rig) {
    this.rig = rig;
  }

  paused(): void {
    this.pausedSince = this.rig.time.now;
  }

  resumed(): void {
    this.free += this.rig.time.now - (this.pausedSince ?? this.rig.time.now);
    this.pausedSince = undefined;
  }

  succeeded(unit: string): void {
    this.accounts.delete(unit);
  }

  recovered(): void {
    this.accounts.clear();
  }

  failed({ unit, kind }: AttemptFailure, begunAt: number, isOver: boolean): void {
    const remedy = remedyOf(kind);
    if (remedy !== 'wait-for-connection' && remedy !== 'retry') return;
    const { now } = this.rig.time;
    const of: Class = remedy === 'wait-for-connection' ? 'connection' : 'other';
    const account = this.accounts.get(unit) ?? {
      spent: { connection: 0, other: 0 },
      last: { of, at: now, free: this.free },
    };
    const { last, spent } = account;
    const sinceLast = now - last.at - (this.free - last.free);
    spent[last.of] += sinceLast;
    account.last = { of, at: now, free: this.free };
    this.accounts.set(unit, account);
    this.judge(unit, { isOver, spent: spent[of], left: this.windowOf(of) - spent[of], took: now - begunAt });
  }

  private windowOf = (of: Class): number => {
    const { connectionSeconds, otherSeconds }: RetryWindows = this.rig.windows;
    return (of === 'connection' ? connectionSeconds : otherSeconds) * 1_000;
  };

  private judge(
    unit: string,
    { isOver, left, took, spent }: { isOver: boolean; left: number; took: number; spent: number },
  ): void {
    const told = `${unit}: ${Math.round(spent / 1_000)} s of its retry time are spent, ${Math.round(left / 1_000)} s left`;
    if (isOver && left > 0) this.rig.violated(`${told}, and it is given up`);
    if (!isOver && left <= 0) this.rig.violated(`${told}, and it is tried again`);
    if (!isOver) return;
    this.ended += 1;
    // Charged up to the beginning of the last attempt.
    if (took + left < -LATE_MS) this.rig.violated(`${told}: its last attempt came late, and took ${took} ms`);
  }
}
