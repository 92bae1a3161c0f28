/** The redo of all threads: records in order, cut into the log files of each. */
import { Archive } from './archive.ts';
import { OracleError } from './engine.ts';
import type { HostClock } from './host-clock.ts';
import { StoredRecord } from './redo-record.ts';
import { RedoThread, type RedoMoment } from './redo-thread.ts';
import type { Incarnation, LogFile, RedoBody, RedoKind, RedoRecord, RedoTransaction } from './redo-types.ts';
import { notPretended } from './refusal.ts';
import type { Table } from './store.ts';

/** START, COMMIT, ROLLBACK, and DDL with its text and table: no row. */
export function rowlessRedo(
  kind: RedoKind,
  transaction: RedoTransaction,
  ddl?: { readonly table: Table | undefined; readonly text: string; readonly name?: string | undefined },
): RedoBody {
  return {
    kind,
    transaction,
    table: ddl?.table,
    change: undefined,
    compensation: false,
    allColumns: false,
    text: ddl?.text,
    shape: ddl?.table?.shape,
    ...(ddl?.name === undefined ? {} : { ddlName: ddl.name }),
  };
}

/** Rows of one statement may share a redo record; whoever writes them holds one of these. */
export interface RedoGroup {
  nextOrdinal: number;
  scn: number;
  rows: number;
  kind: RedoKind;
  block: number;
}

const BUFFER_BYTES = 1_000_000;
const RECORD_OVERHEAD_BYTES = 72;
/** An array insert or delete puts several rows into one record; 255 is LogMiner's documented most for deletes. */
const ROWS_PER_RECORD = { delete: 255, other: 8 } as const;
const MOST_THREADS = 8;
const FIRST_RESETLOGS = { number: 2, resetlogsScn: 925_702, resetlogsId: 1_098_000_000 } as const;

interface RedoOptions {
  readonly firstScn: number;
  readonly logBytes: number;
  readonly clock: HostClock;
  /** Between two times at which the log writers write what nobody waits for, and an SCN passes. */
  readonly heartbeatMilliseconds: number;
}

export class RedoLog {
  /** Of all threads, in the order of their SCNs. */
  readonly records: RedoRecord[] = [];
  readonly threads: RedoThread[] = [];
  /** Newest last. */
  readonly incarnations: Incarnation[] = [];
  readonly archive: Archive;
  /** Size of online files that begin from now on. */
  logBytes: number;
  readonly #clock: HostClock;
  readonly #heartbeat: number;
  #scn: number;
  #beatAt: number;
  #switches = 0;

  constructor({ firstScn, logBytes, clock, heartbeatMilliseconds }: RedoOptions) {
    this.#clock = clock;
    this.#heartbeat = heartbeatMilliseconds;
    this.logBytes = logBytes;
    this.#scn = firstScn;
    this.#beatAt = clock.steady();
    this.archive = new Archive(clock);
    this.incarnations.push({ ...FIRST_RESETLOGS, resetlogsTime: clock.wall() });
    this.#addThread(FIRST_RESETLOGS.resetlogsScn);
  }

  get incarnation(): Incarnation {
    const newest = this.incarnations.at(-1);
    if (newest === undefined) throw new Error('a database has an incarnation');
    return newest;
  }

  /** @throws Error for a thread that there is not. */
  thread(number: number): RedoThread {
    const thread = this.threads[number - 1];
    if (thread === undefined) throw new Error(`there is no thread ${number}`);
    return thread;
  }

  get openThreads(): readonly RedoThread[] {
    return this.threads.filter(({ open }) => open);
  }

  /** @throws OracleError 1109 when none is. */
  get firstOpenThread(): RedoThread {
    const first = this.threads.find(({ open }) => open);
    if (first === undefined) throw new OracleError(1109, 'database not open');
    return first;
  }

  /** The newest SCN in use. Whatever commits later gets a greater one. */
  get scn(): number {
    return this.#scn;
  }

  /** As reading V$DATABASE.CURRENT_SCN does: a new SCN for the caller. */
  advance(): number {
    this.#scn += 1;
    return this.#scn;
  }

  /** As when a distributed transaction brings a greater SCN along. */
  jumpTo(scn: number): void {
    if (scn <= this.#scn) throw new Error(`SCNs do not go back: the newest is ${this.#scn}`);
    this.#scn = scn;
  }

  /** A new incarnation that begins with a new SCN. */
  beginIncarnation(): void {
    const { number, resetlogsId } = this.incarnation;
    const resetlogs = { resetlogsScn: this.advance(), resetlogsTime: this.#clock.wall() };
    this.incarnations.push({ number: number + 1, resetlogsId: resetlogsId + 1, ...resetlogs });
  }

  #moment(): RedoMoment {
    return { scn: this.#scn, ordinal: this.records.length, time: this.#clock.wall() };
  }

  /** The log writers' idle work, done whenever somebody could notice: SCNs pass with time and the buffers reach the disk. */
  beat(): void {
    this.archive.work();
    const elapsed = this.#clock.steady() - this.#beatAt;
    if (elapsed < this.#heartbeat) return;
    this.#beatAt += elapsed;
    this.#scn += Math.floor(elapsed / this.#heartbeat);
    for (const { number } of this.openThreads) this.flush(number);
  }

  flush(thread: number): void {
    this.thread(thread).flush(this.#moment());
  }

  /** Writes a record with an SCN of its own, or within `group` when it still stands at the end of the redo. */
  append(body: RedoBody, group?: RedoGroup): RedoRecord {
    const thread = this.thread(body.transaction.thread);
    const size = recordBytes(body);
    if (thread.currentLog.bytes + size > thread.currentLog.size && !thread.held) this.#switch(thread);
    const shared = group !== undefined && this.#joins(body, group, thread) ? this.records.at(-1) : undefined;
    if (shared === undefined) this.#advanceFor(body, thread);
    const log = thread.currentLog;
    const record = new StoredRecord(body, {
      scn: this.#scn,
      log,
      offset: shared === undefined ? log.bytes : shared.offset,
      ssn: shared === undefined || body.kind === 'delete' ? 0 : shared.ssn + 1,
      time: this.#clock.wall(),
    });
    log.bytes += size;
    thread.buffered += size;
    this.records.push(record);
    if (group !== undefined) this.#note(group, record, shared !== undefined);
    if (thread.buffered > BUFFER_BYTES) this.flush(thread.number);
    return record;
  }

  #advanceFor(body: RedoBody, thread: RedoThread): void {
    if (!this.#followsItsStart(body, thread)) this.#scn += 1;
  }

  /** A transaction's START and its first change usually come with one SCN. */
  #followsItsStart(body: RedoBody, thread: RedoThread): boolean {
    const last = this.records.at(-1);
    const follows = last?.kind === 'start' && last.transaction === body.transaction && last.scn === this.#scn;
    return follows && this.#scn > thread.flushed.scn && body.kind !== 'commit' && body.kind !== 'rollback';
  }

  #joins(body: RedoBody, group: RedoGroup, thread: RedoThread): boolean {
    const most = body.kind === 'delete' ? ROWS_PER_RECORD.delete : ROWS_PER_RECORD.other;
    const unbroken = group.nextOrdinal === this.records.length && group.scn === this.#scn;
    const open = this.#scn > thread.flushed.scn && this.records.at(-1)?.log === thread.currentLog;
    return (
      unbroken &&
      open &&
      group.kind === body.kind &&
      group.block === (body.change?.slot.block ?? 0) &&
      group.rows < most
    );
  }

  #note(group: RedoGroup, record: RedoRecord, shared: boolean): void {
    group.nextOrdinal = this.records.length;
    group.scn = record.scn;
    group.kind = record.kind;
    group.block = record.slot?.block ?? 0;
    group.rows = shared ? group.rows + 1 : 1;
  }

  /** @throws OracleError 3001 while the thread's log writer is held back: Oracle's would hang. */
  switchLog(number = this.firstOpenThread.number): void {
    const thread = this.thread(number);
    if (!thread.open) throw new OracleError(1109, 'database not open');
    if (thread.held) throw notPretended('SWITCH LOGFILE while the log writer is held back');
    this.#switch(thread);
  }

  #switch(thread: RedoThread): void {
    this.#scn += 1;
    this.endLog(thread, this.#scn);
    this.beginLog(thread);
    this.flush(thread.number);
  }

  /** The thread's newest file ends, unless it has; `nextScn` is above all its records. */
  endLog({ currentLog }: RedoThread, nextScn: number): void {
    if (currentLog.nextScn !== undefined) return;
    currentLog.nextScn = nextScn;
    currentLog.nextTime = this.#clock.wall();
    this.archive.add(currentLog);
  }

  beginLog(thread: RedoThread): void {
    const replaced = thread.begin(this.incarnation, this.logBytes, this.#moment());
    if (replaced !== undefined) this.archive.hasten(replaced);
    this.#switches += 1;
  }

  #addThread(enableScn: number): void {
    const at = this.#moment();
    const thread = new RedoThread(this.threads.length + 1, { scn: enableScn, at });
    this.threads.push(thread);
    this.beginLog(thread);
  }

  /** Adds enabled and open threads until there are so many. */
  setThreads(count: number): void {
    if (count < this.threads.length || count > MOST_THREADS) {
      throw new Error(
        `there can be ${this.threads.length} to ${MOST_THREADS} threads; close and disable one that is not wanted`,
      );
    }
    while (this.threads.length < count) {
      this.#scn += 1;
      this.#addThread(this.#scn);
    }
  }

  /** Changes whenever an online file is written over, or an archived one comes or goes. */
  get filesVersion(): number {
    return this.#switches + this.archive.version;
  }

  /** What the file of that name holds at this moment; undefined: there is no such file. */
  onDisk(name: string): LogFile | undefined {
    const group = ONLINE_NAME.exec(name)?.[1];
    if (group === undefined) return this.archive.onDisk(name);
    return this.threads.map((thread) => thread.inGroup(Number(group))).find((log) => log !== undefined);
  }

  /** Every log that some file holds, with the name of one. */
  filesOnDisk(): { readonly name: string; readonly log: LogFile }[] {
    const names = new Map<LogFile, string>();
    for (const { name, log } of this.archive.copies) if (name !== undefined) names.set(log, name);
    for (const thread of this.threads)
      for (const log of thread.logs) {
        const name = onlineName(log.group);
        if (!names.has(log) && this.onDisk(name) === log) names.set(log, name);
      }
    return [...names].map(([log, name]) => ({ name, log }));
  }

  /** The first ordinal whose SCN is at least `scn`. */
  ordinalFrom(scn: number): number {
    let low = 0;
    let high = this.records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.records[middle]?.scn ?? 0) < scn) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const ONLINE_NAME = /^\/u01\/app\/oracle\/oradata\/ORCL\/redo0(\d+)\.log$/;

export function onlineName(group: number): string {
  return `/u01/app/oracle/oradata/ORCL/redo0${group}.log`;
}

export function newGroup(): RedoGroup {
  return { nextOrdinal: -1, scn: -1, rows: 0, kind: 'start', block: 0 };
}

/** Both images, as long as they are stored. */
function recordBytes({ change, text }: RedoBody): number {
  return RECORD_OVERHEAD_BYTES + (change?.byteLength ?? 0) + (change?.previous?.byteLength ?? 0) + (text?.length ?? 0);
}
