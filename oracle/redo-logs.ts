/**
 * Which log files cover a range of SCNs, and whether they are all there. LogMiner checks for gaps only among the files that it was given:
 * a whole missing thread goes unnoticed, so completeness is proved here before mining starts.
 */
import { Failure } from '../model/failure.ts';
import type { Incarnation } from '../model/position.ts';
import { compareScn, maxScn, minScn } from '../model/scn.ts';
import { readInventory } from './log-inventory.ts';
import type { KnownLog, LogInventory, RedoLog, ScnRange } from './log-inventory.ts';
import { pause } from './session.ts';
import type { Session } from './session.ts';
import type { RedoThread } from './threads.ts';

/** `why`: the sequences that are missing, all of them, as far as the control file knows. */
export interface MissingLogs {
  readonly thread: number;
  readonly why: string;
}

export type LogSelection = { readonly files: readonly string[] } | { readonly missing: readonly MissingLogs[] };

/** Where a thread's redo must be present: undefined when it has none in the range. */
export function requiredRange(thread: RedoThread, { from, to }: ScnRange): ScnRange | undefined {
  // A private thread has no redo of its own in a database that is opened by public threads.
  if (thread.enabled === 'PRIVATE') return undefined;
  const first = maxScn(from, thread.enableScn);
  const last =
    thread.enabled === 'PUBLIC' ? (thread.open ? to : minScn(to, thread.checkpointScn)) : minScn(to, thread.disableScn);
  return compareScn(first, last) > 0 ? undefined : { from: first, to: last };
}

/** Archived before online: an online file can be reused while it is read. Then the lower destination, then the newest copy. */
function preferred(a: RedoLog, b: RedoLog): RedoLog {
  if (!a.archived || !b.archived) return a.archived ? a : b;
  if (a.archived.destination !== b.archived.destination) return a.archived.destination < b.archived.destination ? a : b;
  return a.archived.completed >= b.archived.completed ? a : b;
}

const touches = (log: KnownLog, { from, to }: ScnRange): boolean =>
  compareScn(log.firstScn, to) <= 0 && (log.nextScn === undefined || compareScn(log.nextScn, from) > 0);

export function oneCopyEach(logs: readonly RedoLog[]): readonly RedoLog[] {
  const copies = new Map<number, RedoLog>();
  for (const log of logs) {
    const other = copies.get(log.sequence);
    copies.set(log.sequence, other ? preferred(other, log) : log);
  }
  return [...copies.values()].sort((a, b) => a.sequence - b.sequence);
}

/** What is known of one thread. */
interface ThreadLogs {
  readonly copies: readonly RedoLog[];
  readonly known: readonly KnownLog[];
  readonly required: ScnRange;
  /** The highest sequence that ended at or below the range. */
  readonly ended: number | undefined;
  /** The range begins after the thread was enabled: it has no redo before its first log. */
  readonly wasEnabled: boolean;
}

function threadLogs(inventory: LogInventory, thread: RedoThread, range: ScnRange, required: ScnRange): ThreadLogs {
  const copies = inventory.logs.filter((log) => log.thread === thread.thread);
  const known = [...copies, ...inventory.known.filter((log) => log.thread === thread.thread)];
  const before = inventory.endedBefore.get(thread.thread);
  const ended = known
    .filter(({ nextScn }) => nextScn !== undefined && compareScn(nextScn, required.from) <= 0)
    .reduce<number | undefined>((highest, { sequence }) => Math.max(sequence, highest ?? 0), before);
  return { copies, known, required, ended, wasEnabled: compareScn(range.from, thread.enableScn) >= 0 };
}

/** The thread was closed before the range and opened again after it: its log that follows begins above the range. */
const reopenedLater = ({ copies, required: { to }, ended }: ThreadLogs): boolean =>
  copies.some(({ sequence, firstScn }) => sequence - 1 === ended && compareScn(firstScn, to) > 0);

/** `sequence 8`, `sequences 45–47, 50` */
function sequencesText(sequences: readonly number[]): string {
  const runs: { first: number; last: number }[] = [];
  for (const sequence of sequences) {
    const run = runs.at(-1);
    if (run?.last === sequence - 1) run.last = sequence;
    else runs.push({ first: sequence, last: sequence });
  }
  const texts = runs.map(({ first, last }) => (first === last ? String(first) : `${String(first)}–${String(last)}`));
  return `${sequences.length === 1 ? 'sequence' : 'sequences'} ${texts.join(', ')}`;
}

const count = (first: number, last: number): readonly number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);

/** The first sequence that is needed: the log that holds the range's beginning, or follows the last one that ended below it. */
function firstNeeded({ known, required, ended, wasEnabled }: ThreadLogs): {
  readonly sequence: number;
  readonly sure: boolean;
} {
  const touching = known.filter((log) => touches(log, required));
  const lowest = touching.reduce((least, { sequence }) => Math.min(least, sequence), Infinity);
  if (ended !== undefined) return { sequence: Math.min(ended + 1, lowest), sure: true };
  const holds = touching.some((log) => log.sequence === lowest && compareScn(log.firstScn, required.from) <= 0);
  return holds || (lowest === 1 && wasEnabled)
    ? { sequence: lowest, sure: true }
    : { sequence: lowest - 1, sure: false };
}

/**
 * What a thread lacks, in words with its sequence numbers; undefined when it is complete.
 * Sequences must be contiguous; SCNs need not be, because an instance restart leaves a jump between two logs.
 */
function lack(thread: ThreadLogs, logs: readonly RedoLog[]): string | undefined {
  const { known, required, ended } = thread;
  const { from, to } = required;
  const touching = known.filter((log) => touches(log, required));
  if (touching.length === 0) {
    return `no log covers SCN ${from} to ${to}${ended === undefined ? '' : `; sequence ${String(ended + 1)} is needed`}`;
  }
  const first = firstNeeded(thread);
  const highest = touching.reduce((one, other) => (other.sequence > one.sequence ? other : one));
  const endsBelow = highest.nextScn !== undefined && compareScn(highest.nextScn, to) <= 0;
  const present = new Set(logs.map(({ sequence }) => sequence));
  const needed = count(first.sequence, endsBelow ? highest.sequence + 1 : highest.sequence);
  const missing = needed.filter((sequence) => !present.has(sequence));
  if (missing.length === 0) return undefined;
  const oldest = logs[0];
  const older = first.sure ? '' : ' and perhaps older ones';
  const available = oldest
    ? `; the oldest log available is sequence ${String(oldest.sequence)} from SCN ${oldest.firstScn}`
    : '';
  return `${sequencesText(missing)}${older} of SCN ${from} to ${to}${available}`;
}

/** One copy of every log that is needed for the range, all threads together; or all that is missing. */
export function selectLogs(inventory: LogInventory, range: ScnRange): LogSelection {
  const files: string[] = [];
  const missing: MissingLogs[] = [];
  for (const thread of inventory.threads) {
    const required = requiredRange(thread, range);
    if (!required) continue;
    const ofThread = threadLogs(inventory, thread, range, required);
    if (reopenedLater(ofThread)) continue;
    const logs = oneCopyEach(ofThread.copies.filter((log) => touches(log, required)));
    const why = lack(ofThread, logs);
    if (why === undefined) files.push(...logs.map(({ name }) => name));
    else missing.push({ thread: thread.thread, why });
  }
  return missing.length > 0 ? { missing } : { files };
}

/** A log switch may be under way: its copy appears within moments. */
const ATTEMPTS = 4;
const ATTEMPT_PAUSE_MS = 500;

export class RedoLogs {
  readonly #session: Session;
  readonly #incarnation: Incarnation;
  readonly #unreadable: ReadonlySet<string>;

  /** `unreadable`: names of copies that could not be opened; they are taken only where there is no other. */
  constructor(session: Session, incarnation: Incarnation, unreadable: ReadonlySet<string> = new Set()) {
    this.#session = session;
    this.#incarnation = incarnation;
    this.#unreadable = unreadable;
  }

  inventory(range: ScnRange, signal: AbortSignal): Promise<LogInventory> {
    return readInventory(this.#session, this.#incarnation, range, signal);
  }

  /** The files to mine a range. @throws Failure source-redo-missing, which names threads and sequences */
  async files(range: ScnRange, signal: AbortSignal): Promise<readonly string[]> {
    for (let attempt = 1; ; attempt++) {
      const inventory = await this.inventory(range, signal);
      const logs = inventory.logs.filter(({ name }) => !this.#unreadable.has(name));
      const readable = selectLogs({ ...inventory, logs }, range);
      if ('files' in readable) return readable.files;
      if (attempt === ATTEMPTS) return this.#files(selectLogs(inventory, range), range);
      await pause(ATTEMPT_PAUSE_MS, signal);
    }
  }

  #files(selection: LogSelection, { from, to }: ScnRange): readonly string[] {
    if ('files' in selection) return selection.files;
    const missing = selection.missing.map(({ thread, why }) => `thread ${String(thread)}: ${why}`);
    throw new Failure(
      'source-redo-missing',
      `Redo for SCN ${from} to ${to} is not complete at Oracle ${this.#session.where}: ${missing.join('; ')}. ` +
        'Restore the archived logs (RMAN: RESTORE ARCHIVELOG), then recover.',
    );
  }
}

/** The files to mine a range, once. @throws Failure source-redo-missing, which names threads and sequences */
export const findLogs = (
  session: Session,
  incarnation: Incarnation,
  range: ScnRange,
  signal: AbortSignal,
): Promise<readonly string[]> => new RedoLogs(session, incarnation).files(range, signal);
