/** A destination under virtual time: requests that are lost, late, or done and not answered; sessions that expire. */
import type { Upload, UploadTarget } from '../../../activities/ports.ts';
import { Failure, type FailureKind } from '../../../model/failure.ts';
import { POSITIONS_TABLE } from '../../../model/names.ts';
import type { SinkColumn, SinkTable } from '../../../model/sink-table.ts';
import type { Row } from '../../../model/table.ts';
import { SmallSink } from '../../support/small-sides.ts';
import { drawn, type Faults } from './faults.ts';
import type { VirtualTime } from './virtual-time.ts';

const DELAY_MS = 300;
/** Longer than a request of ours lives: what `commitQuietSeconds` has to be. */
export const QUIET_SECONDS = 2;
const SESSION_LIVES_MS = 24 * 3_600_000;
/** Of rows that somebody else put into a log. */
const FOREIGN = 'FOREIGN';
const FOREIGN_ID = 1e9;

const lost = (): Failure => new Failure('sink-unreachable', 'no answer');

export class FaultySink extends SmallSink {
  readonly time: VirtualTime;
  readonly faults: Faults;
  trouble: FailureKind | undefined;
  answersProbes = false;
  hadForeignRows = false;
  private readonly committing = new Set<string>();
  private readonly openedAt = new Map<string, number>();
  /** What the service says to the second commit of a session: that it is done, or that it conflicts. */
  private readonly commitsAgain: boolean;

  constructor(time: VirtualTime, faults: Faults) {
    super();
    this.time = time;
    this.faults = faults;
    this.commitsAgain = drawn(faults.seed, 'second commit') < 0.5;
  }

  private delay(what: string): Promise<void> {
    return this.time.sleep(this.faults.amount(`delay ${what}`) * DELAY_MS);
  }

  private async answered(what: string): Promise<void> {
    await this.delay(what);
    if (this.trouble) throw new Failure(this.trouble, 'trouble at the destination');
  }

  private async read<T>(what: string, work: () => Promise<T>): Promise<T> {
    await this.answered(what);
    if (this.faults.strikes('read-lost', what)) throw lost();
    return work();
  }

  private async statement(what: string, work: () => Promise<void>): Promise<void> {
    await this.answered(what);
    if (this.faults.strikes('statement-lost', what)) throw lost();
    if (this.faults.strikes('statement-late', what)) {
      void this.delay('late')
        .then(work)
        .catch(() => undefined);
      throw lost();
    }
    await work();
    if (this.faults.strikes('statement-reply-lost', what)) throw lost();
  }

  override async probe(): Promise<void> {
    await this.delay('probe');
    if (this.trouble && !this.answersProbes) throw new Failure(this.trouble, 'trouble at the destination');
  }

  override async findTable(name: string): Promise<SinkTable | undefined> {
    return this.read('find', () => super.findTable(name));
  }
  override async countRows(table: string): Promise<number> {
    return this.read('count', () => super.countRows(table));
  }
  override async highest(table: string): Promise<number> {
    return this.read('highest', () => super.highest(table));
  }
  override async readPosition(table: string, task: string): Promise<string | undefined> {
    return this.read('position', () => super.readPosition(table, task));
  }

  override async createTable(table: SinkTable): Promise<void> {
    await this.statement('create', () => super.createTable(table));
  }
  override async renameTable(from: string, to: string): Promise<void> {
    await this.statement('rename', () => super.renameTable(from, to));
  }
  override async addColumns(name: string, columns: SinkTable['columns']): Promise<void> {
    await this.statement('columns', () => super.addColumns(name, columns));
  }
  override async dropTable(name: string): Promise<void> {
    await this.statement('drop', () => super.dropTable(name));
  }
  override async setComment(name: string, comment: string): Promise<void> {
    await this.statement('comment', () => super.setComment(name, comment));
  }
  override async mergeRows(rows: Parameters<SmallSink['mergeRows']>[0]): Promise<void> {
    await this.statement('merge', () => super.mergeRows(rows));
  }
  override async addPartition(): Promise<void> {
    await this.statement('partition', async () => undefined);
  }
  override async savePosition(table: string, task: string, text: string): Promise<void> {
    await this.statement('keep', () => super.savePosition(table, task, text));
  }

  override async openUpload(target: UploadTarget, columns: readonly SinkColumn[] = []): Promise<Upload> {
    const { faults } = this;
    await this.answered('open');
    const there = new Set(this.tables.get(target.table)?.definition.columns.map(({ name }) => name));
    const missing = columns.find(({ name }) => !there.has(name));
    if (missing) throw new Failure('sink-table-changed', `${target.table} lacks ${missing.name}`);
    if (faults.strikes('open-lost', target.table)) throw lost();
    const upload = await super.openUpload(target);
    this.openedAt.set(upload.id, this.time.now);
    if (faults.strikes('open-reply-lost', target.table)) throw lost();
    return {
      id: upload.id,
      write: async (rows) => {
        if (this.trouble) throw new Failure(this.trouble, 'trouble at the destination');
        if (faults.strikes('write-lost', target.table)) throw lost();
        await upload.write(rows);
      },
      finish: async () => {
        await this.answered('finish');
        if (faults.strikes('finish-lost', target.table)) throw lost();
        return upload.finish();
      },
    };
  }

  /** A session of a day ago. */
  private age(id: string): void {
    const session = this.sessions.get(id);
    const old = this.time.now - (this.openedAt.get(id) ?? 0) > SESSION_LIVES_MS;
    if (session?.status === 'normal' && old) session.status = 'gone';
  }

  /** Of every session, also of those that were committed: the service knows them no longer. */
  expireAll(): void {
    for (const session of this.sessions.values()) session.status = 'gone';
  }

  override async uploadStatus(target: UploadTarget, id: string): ReturnType<SmallSink['uploadStatus']> {
    await this.answered('status');
    if (this.faults.strikes('status-lost', target.table)) throw lost();
    this.age(id);
    const found = await super.uploadStatus(target, id);
    return this.committing.has(id) && found.status === 'normal' ? { ...found, status: 'committing' } : found;
  }

  override async commitUpload(target: UploadTarget, id: string): Promise<void> {
    const { faults } = this;
    await this.answered('commit');
    if (faults.strikes('commit-request-lost', target.table)) throw lost();
    if (faults.strikes('commit-refused', target.table)) throw new Failure('sink-rejected', 'InternalServerError');
    const session = this.sessions.get(id);
    if (session?.status === 'normal' && faults.strikes('session-gone', target.table)) {
      session.status = 'gone';
      throw lost();
    }
    const request = this.carryOut(target, id);
    if (faults.strikes('commit-late', target.table)) {
      request.catch(() => undefined);
      throw lost();
    }
    await request;
    if (faults.strikes('commit-reply-lost', target.table)) throw lost();
  }

  private async carryOut({ table }: UploadTarget, id: string): Promise<void> {
    await this.delay('arrives');
    this.age(id);
    this.committing.add(id);
    await this.delay('commits');
    this.committing.delete(id);
    const session = this.sessions.get(id);
    if (session?.status === 'closed' && this.commitsAgain) return;
    if (session?.status !== 'normal') throw new Failure('sink-rejected', 'StatusConflict');
    session.status = 'closed';
    this.land(session);
    if (table !== POSITIONS_TABLE) this.commits.push({ id, table, at: this.time.now });
  }

  /** Somebody else writes into a log, far above what the task has given out. */
  putForeignRows(log: string): void {
    const table = this.tables.get(log);
    if (!table) return;
    const id = String(FOREIGN_ID + table.rows.length);
    this.hadForeignRows = true;
    table.rows.push([id, 'I', '0', 'N', 'Y', FOREIGN, FOREIGN]);
  }

  /** As the operator is told to. */
  removeForeignRows(): void {
    for (const table of this.tables.values()) table.rows = table.rows.filter((row) => !isForeign(row));
  }
}

export const isForeign = (row: Row): boolean => row.includes(FOREIGN);
