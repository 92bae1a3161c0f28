/** Runs what a plan decides: launches, remembers what runs, and waits until something changed. Order and waiting, nothing else. */
import { CancellationScope, condition } from '@temporalio/workflow';

export class StepLoop {
  private readonly scopes = new Map<string, CancellationScope>();
  private version = 0;
  private reachedAt = 0;

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

  /** Until something changes after `seen`, or `wakeAt` (epoch milliseconds) comes. */
  async change(seen: number, wakeAt: number | undefined): Promise<void> {
    const changed = (): boolean => this.version !== seen;
    if (wakeAt === undefined) await condition(changed);
    else if (!(await condition(changed, Math.max(1, wakeAt - this.now)))) this.reachedAt = wakeAt;
  }

  /** To be read before deciding, so that nothing that happens meanwhile is missed. */
  get seen(): number {
    return this.version;
  }
}
