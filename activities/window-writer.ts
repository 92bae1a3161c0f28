/** The rows of one window: gives out record_ids, stamps them, and writes them into one new session per table and partition. */
import { createHash } from 'node:crypto';
import type { WindowSpec } from '../model/activities.ts';
import type { Change, CommittedTransaction } from '../model/change.ts';
import { partitionOf } from '../model/names.ts';
import { stampSeconds } from '../model/position.ts';
import type { LogSession } from '../model/receipt.ts';
import { compareScn, type Scn } from '../model/scn.ts';
import type { PlannedTable } from '../model/planned-table.ts';
import type { CapturedTable } from '../model/task-plan.ts';
import type { Row } from '../model/table.ts';
import { logRows } from './log-rows.ts';
import type { Sink, Upload } from './ports.ts';
import { rereadOf, type Reread, type RereadValues, type WaitingRow } from './reread-values.ts';

const BATCH = 500;
/** Of a row of `_log`. */
const TIME_COLUMN = 2;
/** Hashed at a time. */
const HASH_CHARACTERS = 1 << 16;

type WrittenTable = CapturedTable & PlannedTable;

interface OpenSession {
  readonly upload: Upload;
  readonly table: string;
  readonly partition?: string;
  readonly firstRecordId: number;
  lastRecordId: number;
  pending: Row[];
  /** Of a table whose large columns are read again: which of the pending rows wait for them. */
  readonly reread?: Reread;
  waiting: WaitingRow[];
}

export interface Writing {
  /** Rows of a `_log` with a `record_id` at or below are at the destination already. */
  readonly skip: Readonly<Record<string, number>>;
  /** Ends what is sent. */
  readonly signal?: AbortSignal;
  /** For tables with `lobInLog: reread`. */
  readonly values?: RereadValues;
}

/** A transaction of which a part may be in another window. */
export interface Adding {
  /** Ordinal of the first change that is given. */
  readonly first: number;
  /** Asked before change `next`, and what follows, is added; may take its time. */
  readonly leaves: (next: number) => boolean | Promise<boolean>;
}

const WHOLE: Adding = { first: 0, leaves: () => false };

/** So many changes, read from memory or a scratch file and written nowhere, may pass between two chances for others. */
const CHANGES_AT_A_TIME = 2_000;

/** Among them the sign of life: an attempt that keeps everything else waiting is taken for lost. */
const others = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

export class WindowWriter {
  readonly skip: Readonly<Record<string, number>>;
  nextRecordId: number;
  clockSeconds: number;
  /** `_log` rows written, and rows found again that are at the destination already. */
  rows = 0;
  skipped = 0;
  bytes = 0;
  transactions = 0;
  private readonly sink: Sink;
  private readonly signal: AbortSignal | undefined;
  private readonly values: RereadValues | undefined;
  private readonly tables: ReadonlyMap<string, WrittenTable>;
  private readonly content = createHash('sha256');
  private unhashed = '';
  private readonly sessions = new Map<string, OpenSession>();
  /** By log, of the second that is being written. */
  private readonly sessionsNow = new Map<string, OpenSession>();
  private sessionsAt = NaN;

  constructor(sink: Sink, tables: readonly WrittenTable[], spec: WindowSpec, { skip, signal, values }: Writing) {
    this.sink = sink;
    this.signal = signal;
    this.values = values;
    this.tables = new Map(tables.map((table) => [table.table, table]));
    this.skip = skip;
    this.nextRecordId = spec.firstRecordId;
    this.clockSeconds = spec.clock.previousSeconds;
  }

  get sessionIds(): readonly string[] {
    return [...this.sessions.values()].map(({ upload }) => upload.id);
  }

  /** Opened so far. */
  get sessionsOpened(): number {
    return this.sessions.size;
  }

  /** Rows that are at the destination already cost as much to find. */
  get written(): { readonly rows: number; readonly bytes: number } {
    return { rows: this.rows + this.skipped, bytes: this.bytes };
  }

  /** Anything emitted yet, written or skipped. */
  get empty(): boolean {
    return this.rows + this.skipped === 0;
  }

  /** @returns the ordinal of the transaction's next change, if it was left in the middle */
  async add(
    transaction: CommittedTransaction,
    sourceClockSeconds: number,
    { first, leaves }: Adding = WHOLE,
  ): Promise<number | undefined> {
    const { commitScn, commitSeconds } = transaction;
    let emitted = false;
    let ordinal = first;
    for (const change of transaction.changes) {
      ordinal += 1;
      if (ordinal % CHANGES_AT_A_TIME === 0) await others();
      const table = this.tables.get(change.table);
      // What committed at or below a table's snapshot is in its `_base`.
      if (!table || compareScn(commitScn, table.emitAfter) <= 0) continue;
      this.clockSeconds = stampSeconds(this.clockSeconds, commitSeconds, sourceClockSeconds);
      await this.emit(table, change, commitScn);
      if (!emitted && first === 0) this.transactions += 1;
      emitted = true;
      const leaving = leaves(ordinal);
      if (leaving === true || (leaving !== false && (await leaving))) return ordinal;
    }
    return undefined;
  }

  private async emit(table: WrittenTable, change: Change, scn: Scn): Promise<void> {
    const recordId = this.nextRecordId;
    this.nextRecordId += 1;
    const rows = logRows(change, recordId, this.clockSeconds);
    for (const row of rows) this.hash(table.log, row);
    if (recordId <= (this.skip[table.log] ?? 0)) {
      this.skipped += rows.length;
      return;
    }
    const session = await this.session(table, recordId);
    session.lastRecordId = recordId;
    session.pending.push(...rows);
    this.rows += rows.length;
    // The last one is the after-image.
    if (session.reread && change.kind !== 'delete') session.waiting.push({ place: session.pending.length - 1, scn });
    if (session.pending.length >= BATCH || session.waiting.length >= (session.reread?.rowsMax ?? BATCH))
      await this.flush(session);
  }

  /** Without the time, which decides a partition, and without values that are read again: neither is a part of what the redo says. */
  private hash(log: string, row: Row): void {
    let text = log;
    for (let index = 0; index < row.length; index++) {
      if (index === TIME_COLUMN) continue;
      const value = row[index] ?? null;
      const shown =
        value === null ? '-' : typeof value === 'string' ? `'${value}` : `x${Buffer.from(value).toString('hex')}`;
      text += `|${shown.length}:${shown}`;
      this.bytes += shown.length;
    }
    this.unhashed += text;
    if (this.unhashed.length < HASH_CHARACTERS) return;
    this.content.update(this.unhashed);
    this.unhashed = '';
  }

  /** Most changes come at the time of the change before. */
  private async session(table: WrittenTable, recordId: number): Promise<OpenSession> {
    if (this.sessionsAt !== this.clockSeconds) {
      this.sessionsAt = this.clockSeconds;
      this.sessionsNow.clear();
    }
    const known = this.sessionsNow.get(table.log) ?? (await this.sessionIn(table, recordId));
    this.sessionsNow.set(table.log, known);
    return known;
  }

  private async sessionIn(table: WrittenTable, recordId: number): Promise<OpenSession> {
    const partition = partitionOf(this.clockSeconds, table.partitionColumns);
    const key = `${table.log} ${partition ?? ''}`;
    const known = this.sessions.get(key);
    if (known) return known;
    if (partition !== undefined) await this.sink.addPartition(table.log, partition);
    const columns = [...table.logColumns, ...table.columns.map(({ sink }) => sink)];
    const target = { table: table.log, ...(partition !== undefined && { partition }) };
    const upload = await this.sink.openUpload(target, columns, this.signal);
    const reread = this.values && rereadOf(table);
    const ids = { firstRecordId: recordId, lastRecordId: recordId };
    const session = { upload, ...target, ...ids, pending: [], waiting: [], ...(reread && { reread }) };
    this.sessions.set(key, session);
    return session;
  }

  private async flush(session: OpenSession): Promise<void> {
    const { pending: rows, waiting, reread } = session;
    session.pending = [];
    session.waiting = [];
    const read = reread && waiting.length > 0 ? await this.values?.fill(reread, rows, waiting) : 0;
    this.bytes += read ?? 0;
    if (rows.length > 0) await session.upload.write(rows);
  }

  /** Sends everything. The sessions then hold exactly what is answered, in the order in which they must be committed. */
  async finish(): Promise<{ readonly sessions: readonly LogSession[]; readonly hash: string }> {
    const sessions: LogSession[] = [];
    for (const session of this.sessions.values()) {
      await this.flush(session);
      const { upload, table, partition, firstRecordId, lastRecordId } = session;
      const { rows, blocks, nulled } = await upload.finish();
      sessions.push({
        id: upload.id,
        table,
        ...(partition !== undefined && { partition }),
        rows,
        blocks,
        firstRecordId,
        lastRecordId,
        nulled,
      });
    }
    this.content.update(this.unhashed);
    return { sessions, hash: this.content.digest('hex').slice(0, 32) };
  }
}
