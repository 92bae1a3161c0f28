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
/** A request in the service ends by then, whatever it says of its session: with what it takes until there, less than the quiet period. */
const HIDDEN_MS = 1_600;
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
  /** Done once, when the service has the next request to commit, which ends late. */
  atNextCommit: (() => void) | undefined;
  private readonly committing = new Set<string>();
  /** Said to be unknown, although a commit of them is under way. */
  private readonly hidden = new Set<string>();
  /** Answers about sessions of before wait for so long. */
  private stall = { begunAt: 0, until: 0 };
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

  /** Whoever is about to commit a session that is there hears of it so late. */
  stallCommits(ms: number): void {
    this.stall = { begunAt: this.time.now, until: this.time.now + ms };
  }

  private async stalled(id: string): Promise<void> {
    const { begunAt, until } = this.stall;
    const left = until - this.time.now;
    if (left > 0 && (this.openedAt.get(id) ?? 0) <= begunAt) await this.time.sleep(left);
  }

  override async uploadStatus(target: UploadTarget, id: string): ReturnType<SmallSink['uploadStatus']> {
    await this.answered('status');
    await this.stalled(id);
    if (this.faults.strikes('status-lost', target.table)) throw lost();
    this.age(id);
    const found = await super.uploadStatus(target, id);
    if (this.hidden.has(id)) return { ...found, status: 'gone' };
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
    if (session?.status === 'normal' && this.endsLate(target, id)) throw lost();
    const request = this.carryOut(target, id);
    if (faults.strikes('commit-late', target.table)) {
      request.catch(() => undefined);
      throw lost();
    }
    await request;
    if (faults.strikes('commit-reply-lost', target.table)) throw lost();
  }

  private async carryOut(target: UploadTarget, id: string): Promise<void> {
    await this.delay('arrives');
    this.age(id);
    this.committing.add(id);
    await this.delay('commits');
    this.committing.delete(id);
    this.commitNow(target, id);
  }

  /** The service has the request, and ends it when its sender has long given up. */
  private endsLate(target: UploadTarget, id: string): boolean {
    const hides = this.faults.strikes('session-hidden', target.table);
    const { atNextCommit } = this;
    const cuts = !hides && atNextCommit && target.table !== POSITIONS_TABLE;
    if (!hides && !cuts) return false;
    if (hides) this.hidden.add(id);
    this.commitLater(target, id);
    if (cuts) {
      this.atNextCommit = undefined;
      atNextCommit();
    }
    return true;
  }

  private commitLater(target: UploadTarget, id: string): void {
    void this.time
      .sleep(this.faults.amount('hidden') * HIDDEN_MS)
      .then(() => {
        this.commitNow(target, id);
      })
      .catch(() => undefined);
  }

  private commitNow({ table }: UploadTarget, id: string): void {
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
