import { ServiceError } from './answers.ts';
import type { Clock } from './clock.ts';

/**
 * Quotas of the service (documented in "Overview of DTS" of MaxCompute Tunnel). None is in force until a test asks for it,
 * because the real ones would make tests wait.
 */
export interface ServiceLimits {
  /** All requests together; answered 429 QPSExceeded. */
  readonly requestsPerSecond?: number;
  /** Upload sessions that are neither closed nor expired, over all tables; answered 429 SlotExceeded. */
  readonly openSessions?: number;
  /** For each table; answered 429 FlowExceeded. Documented: 500, 500, 75 and 200. */
  readonly sessionsPerFiveMinutes?: number;
  readonly blocksPerFiveMinutes?: number;
  readonly commitsPerFifteenSeconds?: number;
  readonly downloadsPerFiveMinutes?: number;
  /** The Retry-After header of a refusal; without it there is none. */
  readonly retryAfterSeconds?: number;
  /** In force unless told otherwise: 60,000 (documented); more are ODPS-0123031. */
  readonly partitionsPerTable?: number;
  /** A connection whose body stands still for longer is closed. In force unless told otherwise: 120 s (documented). */
  readonly silentMilliseconds?: number;
}

type Rate = Exclude<
  keyof ServiceLimits,
  'openSessions' | 'retryAfterSeconds' | 'partitionsPerTable' | 'silentMilliseconds'
>;

const PARTITIONS_PER_TABLE = 60_000;
const SILENT_MS = 120_000;

const windows: Readonly<Record<Rate, number>> = {
  requestsPerSecond: 1000,
  sessionsPerFiveMinutes: 300_000,
  blocksPerFiveMinutes: 300_000,
  commitsPerFifteenSeconds: 15_000,
  downloadsPerFiveMinutes: 300_000,
};

/** Counts requests against the quotas in force. */
export class Limits {
  private readonly clock: Clock;
  private readonly seen = new Map<string, number[]>();
  private limits: ServiceLimits = {};

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Puts these quotas in force instead of those before, counted from now on. */
  set(limits: ServiceLimits): void {
    this.limits = limits;
    this.seen.clear();
  }

  /** Counts one request. @throws ServiceError 429 when the quota is used up. */
  count(rate: Rate, whose: string): void {
    const limit = this.limits[rate];
    if (limit === undefined) return;
    const now = this.clock.now();
    const key = `${rate} ${whose}`;
    const recent = (this.seen.get(key) ?? []).filter((time) => now - time < windows[rate]);
    this.seen.set(key, recent);
    if (recent.length >= limit) throw this.refusal(rate === 'requestsPerSecond' ? 'QPSExceeded' : 'FlowExceeded', rate);
    recent.push(now);
  }

  /** @throws ServiceError 429 when no session may be opened beside so many. */
  checkOpenSessions(open: number): void {
    const { openSessions } = this.limits;
    if (openSessions !== undefined && open >= openSessions) throw this.refusal('SlotExceeded', 'openSessions');
  }

  get partitionsPerTable(): number {
    return this.limits.partitionsPerTable ?? PARTITIONS_PER_TABLE;
  }

  get silentMilliseconds(): number {
    return this.limits.silentMilliseconds ?? SILENT_MS;
  }

  private refusal(code: string, quota: keyof ServiceLimits): ServiceError {
    const { retryAfterSeconds } = this.limits;
    const headers = retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
    const message = `Your flow quota is exceeded: ${quota} is ${String(this.limits[quota])}`;
    return new ServiceError(429, code, message, headers);
  }
}
