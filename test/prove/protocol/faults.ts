/**
 * Faults that a seed decides. Each has a kind and a site: the logical point at which it strikes, and the how manieth time that point was
 * passed. Whether it strikes, and how hard, depends on seed and site alone: without one fault the others stay the same.
 */

interface Kind {
  /** Times the rate that the seed gives to the kind. */
  readonly scale?: number;
  /** At most so often in one run. */
  readonly most?: number;
}

const kinds = {
  // requests to the destination
  'open-lost': {},
  'open-reply-lost': {},
  'write-lost': { scale: 0.3 },
  'finish-lost': { scale: 0.5 },
  'status-lost': { scale: 0.5 },
  'commit-request-lost': {},
  'commit-late': {},
  'commit-reply-lost': {},
  'commit-refused': {},
  'session-gone': { scale: 0.5 },
  'session-hidden': { scale: 0.5 },
  'sessions-expired': { scale: 0.2, most: 6 },
  'read-lost': { scale: 0.2 },
  'statement-lost': { scale: 0.5 },
  'statement-late': { scale: 0.5 },
  'statement-reply-lost': { scale: 0.5 },
  'sink-outage': { scale: 0.03, most: 4 },
  'foreign-rows': { scale: 0.05, most: 2 },
  // the source
  'dictionary-lost': { scale: 0.3 },
  'redo-lost': { scale: 0.3 },
  'redo-broken': { scale: 0.3 },
  'chunk-broken': {},
  'undo-lost': {},
  'table-redefined': { scale: 0.2, most: 4 },
  'table-rebuilt': { scale: 0.1, most: 2 },
  'source-outage': { scale: 0.03, most: 4 },
  // workers
  'attempt-lost': { scale: 0.5 },
  crash: { scale: 0.5 },
  'report-lost': { scale: 0.5 },
  'worker-shutdown': { scale: 0.5 },
  'workers-down': { scale: 0.05, most: 4 },
  'day-lost': { scale: 0.05, most: 2 },
  // histories, and what people do
  reset: { scale: 0.1, most: 8 },
  'commit-stalls': { scale: 0.5, most: 6 },
  'reset-at-a-commit': { scale: 0.5, most: 6 },
  'reset-at-the-end': { scale: 4, most: 3 },
  'copy-reset': { scale: 0.2, most: 6 },
  'copy-terminated': { scale: 0.1, most: 3 },
  'roll-over': { scale: 0.2, most: 20 },
  'copy-roll-over': { scale: 0.2, most: 10 },
  pause: { scale: 0.1, most: 8 },
  'day-paused': { scale: 0.05, most: 2 },
  'signal-late': {},
} as const satisfies Record<string, Kind>;

export type FaultKind = keyof typeof kinds;

export const FAULT_KINDS = Object.keys(kinds) as FaultKind[]; // of the literal above

const KINDS: Readonly<Record<FaultKind, Kind>> = kinds;

/** Ends of processes; told of beside the other faults. */
export const CRASH_KINDS: ReadonlySet<string> = new Set<FaultKind>(['crash', 'workers-down', 'day-lost']);

const LOWEST_RATE = 0.005;
const HIGHEST_RATE = 0.3;

/** A number from 0 to 1 that depends on these two alone. */
export function drawn(seed: number, label: string): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** `crash commit#3` → `crash`. */
export const kindOfSite = (site: string): string => site.split(/[ #]/, 1)[0] ?? site;

export class Faults {
  readonly seed: number;
  /** Sites of those that struck, in order. */
  readonly struck: string[] = [];
  /** Once set, nothing strikes any more: what is under way has to come to its end. */
  over = false;
  private readonly only: ReadonlySet<string> | undefined;
  private readonly rates = new Map<FaultKind, number>();
  private readonly passed = new Map<string, number>();
  private readonly times = new Map<FaultKind, number>();

  /** @param only these sites and no others, whatever the rates say */
  constructor(seed: number, only?: ReadonlySet<string>) {
    this.seed = seed;
    this.only = only;
    for (const kind of FAULT_KINDS) {
      const on = drawn(seed, `on ${kind}`) < 0.5;
      const rate = LOWEST_RATE * (HIGHEST_RATE / LOWEST_RATE) ** drawn(seed, `rate ${kind}`);
      this.rates.set(kind, on ? rate * (KINDS[kind].scale ?? 1) : 0);
    }
  }

  private count(point: string): number {
    const count = (this.passed.get(point) ?? 0) + 1;
    this.passed.set(point, count);
    return count;
  }

  /** @param at the logical point, without a blank at its end */
  strikes(kind: FaultKind, at = ''): boolean {
    const rate = this.rates.get(kind) ?? 0;
    if (rate === 0 && !this.only) return false;
    const point = at === '' ? kind : `${kind} ${at}`;
    const site = `${point}#${this.count(point)}`;
    const times = this.times.get(kind) ?? 0;
    if (this.over || times >= (KINDS[kind].most ?? Infinity)) return false;
    if (!(this.only ? this.only.has(site) : drawn(this.seed, site) < rate)) return false;
    this.times.set(kind, times + 1);
    this.struck.push(site);
    return true;
  }

  /** A number from 0 to 1, another one each time that this is passed. */
  amount(label: string): number {
    return drawn(this.seed, `${label}#${this.count(label)}`);
  }
}
