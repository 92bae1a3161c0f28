/** Waits so that no more goes through than a limit allows. The waiting has a sign of life, and obeys cancellation. */
import { millisecondsFor, type RowLimits } from '../model/throttle.ts';
import type { Attempt } from './ports.ts';

/** Shorter waits are gathered. */
const WAIT_MS_MIN = 50;
const WAIT_MS_MAX = 1_000;

interface Amount {
  readonly rows: number;
  readonly bytes: number;
}

export class Throttle {
  private readonly limits: RowLimits | undefined;
  private readonly attempt: Pick<Attempt, 'sleep'>;
  private counted: Amount = { rows: 0, bytes: 0 };
  /** What was counted is paid for at this moment; time in which nothing came is not saved up. */
  private paidAt = 0;

  constructor(limits: RowLimits | undefined, attempt: Pick<Attempt, 'sleep'>) {
    this.limits = limits;
    this.attempt = attempt;
  }

  get isSet(): boolean {
    return this.limits !== undefined;
  }

  /** @param total since the beginning. @returns whether it is time to {@link wait} */
  count(total: Amount): boolean {
    if (!this.limits) return false;
    const more = { rows: total.rows - this.counted.rows, bytes: total.bytes - this.counted.bytes };
    const now = Date.now();
    this.paidAt = Math.max(this.paidAt, now) + millisecondsFor(this.limits, more);
    this.counted = { rows: total.rows, bytes: total.bytes };
    return this.paidAt - now >= WAIT_MS_MIN;
  }

  async wait(): Promise<void> {
    for (let left = this.paidAt - Date.now(); left > 0; left = this.paidAt - Date.now()) {
      await this.attempt.sleep(Math.min(Math.ceil(left), WAIT_MS_MAX));
    }
  }
}
