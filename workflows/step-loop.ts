/** Runs what a plan decides: launches, remembers what runs, and waits until something changed. Order and waiting, nothing else. */
import { CancellationScope, condition, sleep } from '@temporalio/workflow';

export class StepLoop {
  private readonly scopes = new Map<string, CancellationScope>();
  private version = 0;
  private reachedAt = 0;
  private timer: { readonly at: number; readonly scope: CancellationScope } | undefined;

  get running(): ReadonlySet<string> {
    return new Set(this.scopes.keys());
  }

  /**
   * Epoch milliseconds, at least those for which was last waited. A timer that fires while its worker is lost is handled by another one, for
   * which the clock of that activation may still be the one of before; replayed, it is the right one. Whoever decided by Date.now() alone
   * would decide otherwise then, and the task would stand still with a nondeterminism error.
   */
  get now(): number {
    return Math.max(Date.now(), this.reachedAt);
  }

  /** Something that the plan looks at has changed. */
  touch(): void {
    this.version += 1;
  }

  /** Starts `work` under `key`; exactly one of the two callbacks folds its end back into the state. */
  launch<T>(
    key: string,
    work: () => Promise<T>,
    ends: { readonly done: (result: T) => void; readonly failed: (error: unknown) => void },
  ): void {
    const scope = new CancellationScope();
    this.scopes.set(key, scope);
    void scope
      .run(work)
      .then(ends.done, ends.failed)
      .finally(() => {
        this.scopes.delete(key);
        this.touch();
      });
  }

  cancel(chosen: (key: string) => boolean): void {
    for (const [key, scope] of this.scopes) if (chosen(key)) scope.cancel();
  }

  /** Until something changes after `seen`, or `wakeAt` (epoch milliseconds) comes; it may end for nothing. */
  async change(seen: number, wakeAt: number | undefined): Promise<void> {
    if (wakeAt !== undefined) this.wakeBy(wakeAt);
    await condition(() => this.version !== seen);
  }

  /**
   * A timer that fires earlier than is needed stays: to decide once too often costs less than two events with every change, and how many timers
   * there have been does not depend on how many of the signals of one workflow task were seen at once (decision 0029).
   */
  private wakeBy(at: number): void {
    if (this.timer && this.timer.at <= at) return;
    this.timer?.scope.cancel();
    const timer = { at, scope: new CancellationScope() };
    this.timer = timer;
    timer.scope
      .run(() => sleep(Math.max(1, at - this.now)))
      .then(() => {
        this.timer = undefined;
        this.reachedAt = Math.max(this.reachedAt, at);
        this.touch();
      })
      .catch(() => undefined); // an earlier one has taken its place
  }

  /** To be read before deciding, so that nothing that happens meanwhile is missed. */
  get seen(): number {
    return this.version;
  }
}
