/** What the task knows of one table's copy, from the signals of its child; and what it tells the child. Pure. */
import type { Published } from './activities.ts';
import type { FailureKind } from './failure.ts';
import type { RetryWindows } from './retry-ledger.ts';
import type { Wish } from './run-state.ts';
import type { RowLimits } from './throttle.ts';

/** What a copy was started with and its task may change. */
export interface CopySettings {
  readonly windows: RetryWindows;
  /** Of one chunk; absent: as fast as it goes. */
  readonly throttle?: RowLimits;
}

export type CopyWish = 'run' | 'pause' | 'stop' | 'recover' | 'report';

export interface CopyTrouble {
  readonly unit: string;
  readonly kind: FailureKind;
  readonly message: string;
  /** Waits for `recover`; otherwise it is being tried again. */
  readonly failed: boolean;
  readonly remainingSeconds?: number;
}

/** From a copy child to its task, by workflow id, so that it reaches whichever run is current. */
export interface CopyReport {
  readonly table: string;
  readonly chainId: string;
  readonly generation?: number;
  /** `orphaned`: the run of the task that started it had been reset; nothing was done. */
  readonly state: 'copying' | 'published' | 'failed' | 'paused' | 'stopped' | 'orphaned';
  /** The run of the task that started it. */
  readonly startedBy?: string;
  readonly chunksDone: number;
  readonly chunks: number;
  readonly rows: number;
  /** Values written as NULL. */
  readonly nulled: number;
  readonly attemptsLost: number;
  readonly published?: Published;
  readonly trouble?: CopyTrouble;
  /** What was done about something unusual, once. */
  readonly remark?: string;
}

export interface TableCopy {
  /** Of the pair of tables that it copies into; absent for the first. */
  readonly generation?: number;
  /** Its child was started, or answered, since this state was last sure of it. */
  readonly started: boolean;
  /** What the child was told last. */
  readonly told: CopyWish;
  /** Nothing of it can change the destination: it said paused, stopped or failed, or does not exist. */
  readonly resting: boolean;
  /** It said that it is paused, and was not told to go on since. */
  readonly paused: boolean;
  /** Epoch milliseconds of its last report, or of the last question. */
  readonly heardAt: number;
  readonly chunksDone: number;
  readonly chunks: number;
  readonly rows: number;
  /** Values written as NULL. */
  readonly nulled: number;
  readonly attemptsLost: number;
  readonly published?: Published;
  readonly trouble?: CopyTrouble;
  /** What was done about something unusual, once. */
  readonly remark?: string;
}

export type CopyChildStep =
  | { readonly do: 'start-copy'; readonly table: string }
  | { readonly do: 'tell-copy'; readonly table: string; readonly wish: CopyWish };

const SILENT_MS = 90_000;
export const PARALLEL_TABLES = 8;
/** A child that could not be started, or ended before its time, is started again after this. */
const START_AGAIN_MS = 5_000;

export const unstarted = (): TableCopy => ({
  started: false,
  told: 'run',
  resting: true,
  paused: false,
  heardAt: 0,
  chunksDone: 0,
  chunks: 0,
  rows: 0,
  nulled: 0,
  attemptsLost: 0,
});

/**
 * What a cut history says of a child may be long past, and a child that it never mentions may run: every unpublished one is told
 * again what is wished. One that does not exist cannot be told, and is then started.
 */
export const uncertain = (copy: TableCopy): TableCopy =>
  copy.published ? copy : { ...copy, started: true, told: 'report', resting: false, heardAt: 0 };

export function reported(copy: TableCopy, report: CopyReport, now: number): TableCopy {
  if (copy.published || report.generation !== copy.generation) return copy;
  const { chunksDone, chunks, rows, nulled, attemptsLost, published, trouble, remark } = report;
  return {
    ...(copy.generation !== undefined && { generation: copy.generation }),
    started: report.state !== 'stopped' && report.state !== 'orphaned',
    told: copy.told,
    resting: report.state !== 'copying',
    paused: report.state === 'paused',
    heardAt: now,
    chunksDone,
    chunks,
    rows,
    nulled,
    attemptsLost,
    ...(published && { published }),
    ...(trouble && { trouble }),
    ...(remark !== undefined && { remark }),
  };
}

/** What a report tells that the report before it did not: lines for the task's events. */
export function newsOf(before: TableCopy | undefined, { table, trouble, remark }: CopyReport): readonly CopyNews[] {
  const was = before?.trouble;
  const news: CopyNews[] = [];
  if (remark !== undefined && remark !== before?.remark) news.push({ kind: 'note', text: `${table}: ${remark}` });
  if (trouble && (trouble.message !== was?.message || trouble.failed !== was.failed))
    news.push({ kind: 'failure', text: `${table} ${trouble.unit}: ${trouble.kind}: ${trouble.message}` });
  if (!trouble && was) news.push({ kind: 'note', text: `${table} ${was.unit}: works again` });
  return news;
}

export interface CopyNews {
  readonly kind: 'note' | 'failure';
  readonly text: string;
}

type Copies = Readonly<Record<string, TableCopy>>;

const told = (wish: Wish): CopyWish => (wish === 'pause' || wish === 'stop' ? wish : 'run');

function stepOf(table: string, copy: TableCopy, wish: Wish, now: number): CopyChildStep | undefined {
  if (!copy.started || copy.published || wish === 'roll-over') return undefined;
  const astray = copy.paused && wish === 'run'; // a cut history had told it
  if (astray || copy.told !== told(wish)) return { do: 'tell-copy', table, wish: told(wish) };
  const silent = !copy.resting && now - copy.heardAt > SILENT_MS;
  return silent ? { do: 'tell-copy', table, wish: 'report' } : undefined;
}

/** Children to start and children to tell. `running`: keys of starts and signals that the server has not confirmed yet. */
export function decideCopies(
  copies: Copies,
  running: ReadonlySet<string>,
  wish: Wish,
  now: number,
): readonly CopyChildStep[] {
  const steps: CopyChildStep[] = [];
  let active = Object.values(copies).filter((copy) => copy.started && !copy.published).length;
  for (const [table, copy] of Object.entries(copies)) {
    if (running.has(`start-copy ${table}`) || running.has(`tell-copy ${table}`)) continue;
    const step = stepOf(table, copy, wish, now);
    if (step) steps.push(step);
    if (wish !== 'run' || copy.started || copy.published || active >= PARALLEL_TABLES) continue;
    if (copy.heardAt > 0 && now - copy.heardAt < START_AGAIN_MS) continue;
    steps.push({ do: 'start-copy', table });
    active += 1;
  }
  return steps;
}

/** Some child may still change the destination. */
export const copiesBusy = (copies: Copies): boolean =>
  Object.values(copies).some((copy) => copy.started && !copy.published && !copy.resting);

/** When a silent child has to be asked, or one started again, epoch milliseconds. */
export function nextQuestion(copies: Copies): number | undefined {
  let next = Infinity;
  for (const { started, published, resting, heardAt } of Object.values(copies)) {
    if (published) continue;
    if (!started && heardAt > 0) next = Math.min(next, heardAt + START_AGAIN_MS);
    if (started && !resting) next = Math.min(next, heardAt + SILENT_MS + 1);
  }
  return next === Infinity ? undefined : next;
}
