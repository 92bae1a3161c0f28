/** Holds requests of one connection to the pace of pace.ts: shared by everything that a process sends over it. */
import { setTimeout as wait } from 'node:timers/promises';
import {
  CONNECTION_RATE,
  faster,
  fullParallelism,
  isFull,
  slower,
  TABLE_RATES,
  take,
  type Bucket,
  type Rate,
  type Sending,
} from './pace.ts';

export interface PacedRequest {
  readonly sending: Sending;
  /** Path of the table. */
  readonly table: string;
  readonly signal?: AbortSignal | undefined;
}

/** For people and metrics. */
export interface PaceShown {
  readonly blocksAllowed: number;
  readonly blocksRunning: number;
  readonly refusals: number;
  /** All waiting together. */
  readonly waitedMs: number;
}

/** Beyond this many tables, those that have not sent for long are forgotten. */
const BUCKETS_KEPT = 4_000;

export class Pacer {
  private readonly now: () => number;
  private readonly told: ((text: string) => void) | undefined;
  private pace: ReturnType<typeof fullParallelism>;
  private connection: Bucket | undefined;
  private readonly tables = new Map<string, { readonly bucket: Bucket; readonly rate: Rate }>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private refusals = 0;
  private waitedMs = 0;

  /** @param told hears of every change of parallelism */
  constructor(told?: (text: string) => void, now: () => number = () => performance.now()) {
    this.told = told;
    this.now = now;
    this.pace = fullParallelism(now());
  }

  get shown(): PaceShown {
    const { refusals, waitedMs } = this;
    return { blocksAllowed: this.pace.allowed, blocksRunning: this.running, refusals, waitedMs };
  }

  /** Sends when it may. @param throttled of an answer: a refusal for its pace. @throws what the signal ends it with */
  async paced<T>(request: PacedRequest, send: () => Promise<T>, throttled: (answer: T) => boolean): Promise<T> {
    const waitMs = this.reserve(request);
    if (waitMs > 0) await wait(waitMs, undefined, { signal: request.signal });
    this.waitedMs += waitMs;
    if (request.sending !== 'block') return this.heard(request, await send(), throttled);
    await this.enter(request.signal);
    try {
      return this.heard(request, await send(), throttled);
    } finally {
      this.leave();
    }
  }

  private reserve({ sending, table }: PacedRequest): number {
    const now = this.now();
    const whole = take(this.connection, CONNECTION_RATE, now);
    this.connection = whole.bucket;
    const rate = TABLE_RATES[sending];
    if (!rate) return whole.waitMs;
    const key = `${sending} ${table}`;
    const own = take(this.tables.get(key)?.bucket, rate, now);
    this.tables.set(key, { bucket: own.bucket, rate });
    if (this.tables.size > BUCKETS_KEPT) this.forget(now);
    return Math.max(whole.waitMs, own.waitMs);
  }

  private forget(now: number): void {
    for (const [key, { bucket, rate }] of this.tables) if (isFull(bucket, rate, now)) this.tables.delete(key);
  }

  private heard<T>({ sending }: PacedRequest, answer: T, throttled: (answer: T) => boolean): T {
    const before = this.pace.allowed;
    if (throttled(answer)) {
      this.refusals += 1;
      this.pace = slower(this.pace, this.now());
    } else if (sending === 'block') this.pace = faster(this.pace, this.now());
    if (this.pace.allowed !== before)
      this.told?.(`MaxCompute Tunnel: ${this.pace.allowed} blocks at a time instead of ${before}`);
    return answer;
  }

  private async enter(signal: AbortSignal | undefined): Promise<void> {
    const began = this.now();
    while (this.running >= this.pace.allowed) {
      signal?.throwIfAborted();
      await this.turn(signal);
    }
    signal?.throwIfAborted();
    this.running += 1;
    this.waitedMs += this.now() - began;
  }

  /** Ends when somebody leaves, or the signal comes. */
  private async turn(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', wake);
        const place = this.waiting.indexOf(wake);
        if (place >= 0) this.waiting.splice(place, 1); // nobody who has given up takes another's turn
        resolve();
      };
      signal?.addEventListener('abort', wake, { once: true });
      this.waiting.push(wake);
    });
  }

  private leave(): void {
    this.running -= 1;
    for (const wake of this.waiting.slice(0, Math.max(0, this.pace.allowed - this.running))) wake();
  }
}
