/** Time that passes only when everybody waits for it, in whole milliseconds. */

export interface Timer {
  cancelled: boolean;
}

interface Sleeper extends Timer {
  readonly at: number;
  readonly order: number;
  wake(): void;
}

const isBefore = (a: Sleeper, b: Sleeper): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A heap by time and order. */
export class VirtualTime {
  now = 1_000_000;
  private order = 0;
  private readonly sleepers: Sleeper[] = [];

  after(ms: number, wake: () => void): Timer {
    const sleeper = { at: this.now + Math.ceil(ms), order: (this.order += 1), wake, cancelled: false };
    const { sleepers } = this;
    let place = sleepers.push(sleeper) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = sleepers[parent];
      if (!above || !isBefore(sleeper, above)) break;
      sleepers[place] = above;
      sleepers[(place = parent)] = sleeper;
    }
    return sleeper;
  }

  sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      this.after(ms, resolve);
    });

  /** Until everybody sleeps. */
  settle = (): Promise<void> =>
    new Promise((resolve) => {
      setImmediate(resolve);
    });

  /** Wakes the next one. False: nobody sleeps. */
  advance(): boolean {
    for (;;) {
      const next = this.pop();
      if (!next) return false;
      if (next.cancelled) continue;
      this.now = Math.max(this.now, next.at);
      next.wake();
      return true;
    }
  }

  private pop(): Sleeper | undefined {
    const { sleepers } = this;
    const [first] = sleepers;
    const last = sleepers.pop();
    if (last && first !== last) this.sink(last);
    return first;
  }

  private sink(moved: Sleeper): void {
    const { sleepers } = this;
    let place = 0;
    for (;;) {
      const [left, right] = [sleepers[2 * place + 1], sleepers[2 * place + 2]];
      const lower = right && left && isBefore(right, left) ? right : left;
      if (!lower || !isBefore(lower, moved)) break;
      sleepers[place] = lower;
      place = 2 * place + (lower === left ? 1 : 2);
    }
    sleepers[place] = moved;
  }
}
