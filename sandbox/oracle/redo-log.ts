/** The redo of the one thread: records in order, cut into log files, three online groups used in turn, each archived. */
import { OracleError } from './engine.ts';
import { StoredRecord } from './redo-record.ts';
import type { RedoKind, RedoTransaction, RedoBody, RedoRecord, LogFile } from './redo-types.ts';
import type { Table } from './store.ts';

/** START, COMMIT, ROLLBACK, and DDL with its text and table: no row. */
export function rowlessRedo(
  kind: RedoKind,
  transaction: RedoTransaction,
  ddl?: { readonly table: Table; readonly text: string },
): RedoBody {
  return {
    kind,
    transaction,
    table: ddl?.table,
    change: undefined,
    compensation: false,
    allColumns: false,
    text: ddl?.text,
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

const ONLINE_GROUPS = 3;
const BUFFER_BYTES = 1_000_000;
const RECORD_OVERHEAD_BYTES = 72;
/** An array insert or delete puts several rows into one record; 255 is LogMiner's documented most for deletes. */
const ROWS_PER_RECORD = { delete: 255, other: 8 } as const;
const HEARTBEAT_MILLISECONDS = 1000;

export class RedoLog {
  readonly records: RedoRecord[] = [];
  readonly logs: LogFile[] = [];
  /** Numbers of the online groups. */
  readonly groups: readonly number[] = Array.from({ length: ONLINE_GROUPS }, (_, index) => index + 1);
  readonly #now: () => number;
  readonly #logBytes: number;
  #scn: number;
  #flushedOrdinal = 0;
  #flushedScn: number;
  #flushedTime: number;
  #buffered = 0;
  #beatAt: number;

  constructor(options: { readonly firstScn: number; readonly logBytes: number; readonly now: () => number }) {
    this.#now = options.now;
    this.#logBytes = options.logBytes;
    this.#scn = options.firstScn;
    this.#flushedScn = options.firstScn;
    this.#beatAt = options.now();
    this.#flushedTime = this.#beatAt;
    this.logs.push(this.#newLog(1));
  }

  #newLog(sequence: number): LogFile {
    const group = ((sequence - 1) % ONLINE_GROUPS) + 1;
    const firstOrdinal = this.records.length;
    return { sequence, group, firstScn: this.#scn, firstTime: this.#now(), firstOrdinal, bytes: 1024 };
  }

  get currentLog(): LogFile {
    const log = this.logs.at(-1);
    if (log === undefined) throw new Error('a redo log always has a current file');
    return log;
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

  /** Everything up to here is on disk, and nothing will ever be added at or below it. */
  get flushedScn(): number {
    return this.#flushedScn;
  }

  get flushedTime(): number {
    return this.#flushedTime;
  }

  /** Records before this ordinal are on disk. */
  get flushedOrdinal(): number {
    return this.#flushedOrdinal;
  }

  /** The log writer's idle work, done whenever somebody could notice: SCNs pass with time and the buffer reaches the disk. */
  beat(): void {
    const elapsed = this.#now() - this.#beatAt;
    if (elapsed < HEARTBEAT_MILLISECONDS) return;
    this.#beatAt += elapsed;
    this.#scn += Math.floor(elapsed / HEARTBEAT_MILLISECONDS);
    this.flush();
  }

  flush(): void {
    this.#flushedOrdinal = this.records.length;
    this.#flushedScn = this.#scn;
    this.#flushedTime = this.#now();
    this.#buffered = 0;
  }

  /** Writes a record with an SCN of its own, or within `group` when it still stands at the end of the redo. */
  append(body: RedoBody, group?: RedoGroup): RedoRecord {
    const size = recordBytes(body);
    if (this.currentLog.bytes + size > this.#logBytes) this.switchLog();
    const shared = group !== undefined && this.#joins(body, group) ? this.records.at(-1) : undefined;
    if (shared === undefined) this.#advanceFor(body);
    const log = this.currentLog;
    const record = new StoredRecord(body, {
      scn: this.#scn,
      log,
      offset: shared === undefined ? log.bytes : shared.offset,
      ssn: shared === undefined || body.kind === 'delete' ? 0 : shared.ssn + 1,
      time: this.#now(),
    });
    log.bytes += size;
    this.#buffered += size;
    this.records.push(record);
    if (group !== undefined) this.#note(group, record, shared !== undefined);
    if (this.#buffered > BUFFER_BYTES) this.flush();
    return record;
  }

  #advanceFor(body: RedoBody): void {
    if (!this.#followsItsStart(body)) this.#scn += 1;
  }

  /** A transaction's START and its first change usually come with one SCN. */
  #followsItsStart(body: RedoBody): boolean {
    const last = this.records.at(-1);
    const follows = last?.kind === 'start' && last.transaction === body.transaction && last.scn === this.#scn;
    return follows && this.#scn > this.#flushedScn && body.kind !== 'commit' && body.kind !== 'rollback';
  }

  #joins(body: RedoBody, group: RedoGroup): boolean {
    const most = body.kind === 'delete' ? ROWS_PER_RECORD.delete : ROWS_PER_RECORD.other;
    const unbroken = group.nextOrdinal === this.records.length && group.scn === this.#scn;
    const open = this.#scn > this.#flushedScn && this.records.at(-1)?.log === this.currentLog;
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

  switchLog(): void {
    const ended = this.currentLog;
    this.#scn += 1;
    ended.nextScn = this.#scn;
    ended.nextTime = this.#now();
    ended.endOrdinal = this.records.length;
    ended.archivedAs = `/u01/app/oracle/archive/1_${ended.sequence}_1098000000.arc`;
    this.logs.push(this.#newLog(ended.sequence + 1));
    this.flush();
  }

  /** What each online group holds now; a group is overwritten by the third switch after it. */
  onlineLogs(): readonly LogFile[] {
    return this.logs.slice(-ONLINE_GROUPS);
  }

  /** The file of that name as it is on disk at this moment. */
  fileNamed(name: string): LogFile {
    const online = this.onlineLogs().find((log) => onlineName(log.group) === name);
    const found = online ?? this.logs.find((log) => log.archivedAs === name);
    if (found === undefined) throw new OracleError(1284, `file ${name} cannot be opened`);
    return found;
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
