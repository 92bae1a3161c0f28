/** How long the redo that a task still needs will be there: hours until it is purged, and who needs it. Pure. */
import { EVERY_TRANSACTION, type OpenTransaction, type Position } from './position.ts';
import { compareScn, type Scn } from './scn.ts';

/** Where `alerts.redoRunwayPercent` of a task says nothing else. */
export const RUNWAY_WARNING_PERCENT = 50;
const RUNWAY_URGENT_PERCENT = 80;

/** The oldest SCN whose redo is needed, and who needs it. */
export interface RedoNeed {
  readonly scn: Scn;
  readonly holder: string;
}

/** One thread that has redo at or above the needed SCN. Unix seconds of the database's clock. */
export interface ThreadRunway {
  readonly thread: number;
  /** When the oldest log began from which on all logs are there. */
  readonly keptSince: number;
  /** When the log began that holds the needed SCN; absent while that is the log being written, which nothing purges. */
  readonly neededSince?: number;
  /** Logs before `keptSince` are gone, so it tells how long logs are kept. */
  readonly purged: boolean;
}

/** What the source answers for a needed SCN. */
export interface RunwayMeasure {
  /** The database's clock, Unix seconds. */
  readonly clockSeconds: number;
  /** A log that is needed is gone already. */
  readonly missing: boolean;
  readonly threads: readonly ThreadRunway[];
}

/** The thread with the least time left. */
export interface RedoRunway {
  /** Until the needed redo is purged, if logs are kept as long as they are now. Absent while nothing was ever purged. */
  readonly hours?: number;
  /** Of the time that logs are kept; 100: the needed redo is gone. Absent as above. */
  readonly usedPercent?: number;
  /** All redo since then is there. ISO 8601, UTC, as `measuredAt`. */
  readonly keptSince: string;
  readonly neededScn: Scn;
  readonly holder: string;
  readonly measuredAt: string;
}

function* needs({ scn, open, held }: Position): Generator<RedoNeed> {
  yield { scn, holder: 'the position' };
  for (const need of transactionNeeds(open, '')) yield need;
  for (const [table, { fromScn, reason, open: openThere }] of Object.entries(held)) {
    const what = reason === 'copying' ? `${table}, which is being copied` : `${table}, held at SCN ${fromScn}`;
    yield { scn: fromScn, holder: what };
    for (const need of transactionNeeds(openThere, `, for ${what}`)) yield need;
  }
}

function* transactionNeeds(open: readonly OpenTransaction[], why: string): Generator<RedoNeed> {
  for (const { xid, startScn, captured } of open)
    if (captured) yield { scn: startScn, holder: `${nameOf(xid)}, begun at SCN ${startScn}${why}` };
}

const nameOf = (xid: string): string =>
  xid === EVERY_TRANSACTION ? 'the oldest of many open transactions' : `transaction ${xid}`;

/** The first of those that need the oldest redo. */
export function neededRedo(position: Position): RedoNeed {
  let oldest: RedoNeed | undefined;
  for (const need of needs(position)) if (!oldest || compareScn(need.scn, oldest.scn) < 0) oldest = need;
  return oldest ?? { scn: position.scn, holder: 'the position' };
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
const tenth = (value: number): number => Math.round(value * 10) / 10;

/** @returns undefined when no thread has redo at or above the needed SCN */
export function runwayOf(need: RedoNeed, { clockSeconds, missing, threads }: RunwayMeasure): RedoRunway | undefined {
  const rated = threads
    .map((thread) => {
      const kept = Math.max(1, clockSeconds - thread.keptSince);
      const needed = thread.neededSince === undefined ? 0 : Math.max(0, clockSeconds - thread.neededSince);
      return { thread, hours: tenth(Math.max(0, kept - needed) / 3600), used: Math.round((100 * needed) / kept) };
    })
    .toSorted((a, b) => Number(b.thread.purged) - Number(a.thread.purged) || a.hours - b.hours || b.used - a.used);
  const [worst] = rated;
  if (!worst) return undefined;
  const left = missing ? { hours: 0, usedPercent: 100 } : { hours: worst.hours, usedPercent: worst.used };
  return {
    ...((missing || worst.thread.purged) && left),
    keptSince: iso(worst.thread.keptSince),
    neededScn: need.scn,
    holder: need.holder,
    measuredAt: iso(clockSeconds),
  };
}

/** `17.5 h until redo from SCN 812… on is purged (22 % used); needed by the position` */
export function runwayText({ hours, usedPercent, keptSince, neededScn, holder }: RedoRunway): string {
  if (hours === undefined || usedPercent === undefined)
    return `all redo since ${keptSince} is there; SCN ${neededScn} is needed by ${holder}`;
  if (usedPercent >= 100) return `redo from SCN ${neededScn} on is not all there any more; needed by ${holder}`;
  return `${hours} h until redo from SCN ${neededScn} on is purged (${usedPercent} % used); needed by ${holder}`;
}

const level = (runway: RedoRunway | undefined, warning: number): number => {
  const used = runway?.usedPercent ?? 0;
  return used >= 100 ? 3 : used >= Math.max(RUNWAY_URGENT_PERCENT, warning) ? 2 : used >= warning ? 1 : 0;
};

/** What an operator should hear: a limit that was passed, or that it is well again. */
export function runwayNews(
  before: RedoRunway | undefined,
  now: RedoRunway,
  warning: number = RUNWAY_WARNING_PERCENT,
): string | undefined {
  const [was, is] = [level(before, warning), level(now, warning)];
  if (is > was) return `redo runway: ${runwayText(now)}`;
  return was > 0 && is === 0 ? `redo runway is below ${warning} % again: ${runwayText(now)}` : undefined;
}
