/**
 * How fast a connection may send to the Tunnel: decisions without a clock, a timer or a request. Documented limits ("Overview of
 * DTS", batch tunnel), each per table: 500 sessions and 500 blocks in 5 minutes, 75 commits in 15 seconds, 32 commits at a time; block
 * writes at a time and requests per second are limited by the project's quota, which nobody tells. We stay well below what is known.
 */

/** What a request counts as. */
export type Sending = 'session' | 'block' | 'commit' | 'other';

/** A bucket holds up to `burst` requests and fills by `perSecond`. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Negative tokens are promised to those that wait. */
export interface Bucket {
  readonly tokens: number;
  /** Milliseconds of the clock passed in. */
  readonly at: number;
}

/** Of a table, by what is sent; of status requests nothing is known. */
export const TABLE_RATES: Readonly<Partial<Record<Sending, Rate>>> = {
  session: { perSecond: 1, burst: 100 },
  block: { perSecond: 1, burst: 100 },
  commit: { perSecond: 2, burst: 25 },
};

/** Of all that a connection sends to the Tunnel: enough for a thousand small tables, too little to be a flood. */
export const CONNECTION_RATE: Rate = { perSecond: 200, burst: 400 };

/** Told by what the Tunnel tells them by: method and parameters. */
export function sendingOf({
  method,
  query = {},
}: {
  readonly method: string;
  readonly query?: Readonly<Record<string, string>>;
}): Sending {
  if (method === 'POST' && 'uploads' in query) return 'session';
  if (method === 'PUT') return 'block';
  return method === 'POST' && 'uploadid' in query ? 'commit' : 'other';
}

/** The next request goes `waitMs` from now. */
export function take(
  bucket: Bucket | undefined,
  { perSecond, burst }: Rate,
  now: number,
): { readonly bucket: Bucket; readonly waitMs: number } {
  const filled = bucket ? Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * perSecond) : burst;
  const tokens = filled - 1;
  return { bucket: { tokens, at: now }, waitMs: tokens >= 0 ? 0 : Math.ceil((-tokens / perSecond) * 1000) };
}

/** Full again: need not be remembered. */
export const isFull = ({ tokens, at }: Bucket, { perSecond, burst }: Rate, now: number): boolean =>
  tokens + ((now - at) / 1000) * perSecond >= burst;

/** How many blocks may be on their way at a time. */
export interface Parallelism {
  readonly allowed: number;
  /** When it was changed last. */
  readonly changedAt: number;
}

const BLOCKS_MAX = 16;
/** Refusals of one moment count once. */
const SHRINK_EVERY_MS = 1_000;
const GROW_EVERY_MS = 10_000;

export const fullParallelism = (now: number): Parallelism => ({
  allowed: BLOCKS_MAX,
  changedAt: now - SHRINK_EVERY_MS,
});

/** After a refusal for its pace: half of it, never none. */
export const slower = (pace: Parallelism, now: number): Parallelism =>
  now - pace.changedAt < SHRINK_EVERY_MS
    ? pace
    : { allowed: Math.max(1, Math.floor(pace.allowed / 2)), changedAt: now };

/** After a block that was taken: one more, once in a while. */
export const faster = (pace: Parallelism, now: number): Parallelism =>
  pace.allowed >= BLOCKS_MAX || now - pace.changedAt < GROW_EVERY_MS
    ? pace
    : { allowed: pace.allowed + 1, changedAt: now };
