/** Follows the task: bars while tables are copied, then what the tail does. Asks Temporal, as anybody could. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { RedoflowClient } from '../client/index.ts';
import type { TableProgress, TaskStatus } from '../model/progress.ts';
import { bar, count, live, quiet, say, strong } from './show.ts';
import type { Story } from './workload.ts';

const ASK_EVERY_MS = 400;
const ANSWER_WITHIN_MS = 2_000;

type Progress = Pick<TableProgress, 'table' | 'chunksDone' | 'chunks' | 'baseRows'>;

export interface Followed {
  readonly client: Client;
  readonly redoflow: RedoflowClient;
  readonly task: string;
  readonly story: Story;
}

export class Follower implements AsyncDisposable {
  status: TaskStatus | undefined;
  /** A chunk is in MaxCompute. */
  firstRows = false;
  private readonly followed: Followed;
  private readonly copies = new Map<string, Progress>();
  private readonly following: Promise<void>;
  private ended = false;
  private chain: string | undefined;

  constructor(followed: Followed) {
    this.followed = followed;
    this.following = this.follow();
  }

  /** Waits for a status. @throws when the task fails, or not within the time */
  async until(reached: (status: TaskStatus) => boolean, what: string, withinSeconds: number): Promise<TaskStatus> {
    const end = Date.now() + withinSeconds * 1000;
    while (Date.now() < end) {
      const { status } = this;
      this.mustGoOn();
      if (status && reached(status)) return status;
      await wait(ASK_EVERY_MS / 2);
    }
    throw new Error(`not within ${withinSeconds} s: ${what}`);
  }

  /** @throws when the task has failed */
  mustGoOn(): void {
    const { status } = this;
    if (status?.state === 'PrecheckFailed') throw new Error(`the precheck failed: ${refusals(status)}`);
    if (status?.failure) throw new Error(`${status.failure.message} ${status.failure.sentence}`);
  }

  /** The workflows that copy the tables; that of `first` comes first. */
  async copyWorkflows(first: string): Promise<[string, ...string[]]> {
    const tables = (this.status?.tables ?? []).map(({ table }) => table).filter((table) => table !== first);
    return [await this.copyWorkflow(first), ...(await Promise.all(tables.map((table) => this.copyWorkflow(table))))];
  }

  /** They are named after the task's first run. */
  private async copyWorkflow(table: string): Promise<string> {
    this.chain ??= (await this.followed.redoflow.chainIdOf(this.followed.task)) ?? '';
    return `redoflow/${this.followed.task}/copy/${table}/${this.chain.slice(-8)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ended = true;
    await this.following;
  }

  private async follow(): Promise<void> {
    const { redoflow, task } = this.followed;
    while (!this.ended) {
      // between two workers nobody answers
      const status = await redoflow.status(task).catch(() => undefined);
      if (status) this.status = status;
      if (this.status?.phase === 'full') await this.askCopies(this.status.tables);
      this.show();
      await wait(ASK_EVERY_MS);
    }
    quiet();
  }

  /** A copy tells its task rarely, so it is asked itself: what it shows in the Temporal UI. */
  private async askCopies(tables: readonly TableProgress[]): Promise<void> {
    const copying = tables.filter(({ state }) => state === 'copying');
    for (const one of tables) if (one.state === 'synchronizing') this.copies.set(one.table, one);
    const deadline = Date.now() + ANSWER_WITHIN_MS;
    const ask = async ({ table }: TableProgress): Promise<void> => {
      const handle = this.followed.client.workflow.getHandle(await this.copyWorkflow(table));
      const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
      const [, done, chunks, rows] = /chunks (\d+)\/(\d+), (\d+) rows/.exec(metadata.currentDetails ?? '') ?? [];
      if (done === undefined) return;
      this.copies.set(table, { table, chunksDone: Number(done), chunks: Number(chunks), baseRows: Number(rows) });
    };
    await this.followed.client.withDeadline(deadline, () => Promise.allSettled(copying.map(ask)));
  }

  private show(): void {
    const { status } = this;
    if (!status) {
      live(['  the task waits for a worker …'], '');
      return;
    }
    if (status.phase === 'incremental') this.showTail(status);
    else this.showCopy(status);
  }

  private showCopy({ phase, tables }: TaskStatus): void {
    const copies = tables.map((one): Progress => this.copies.get(one.table) ?? one);
    const rows = copies.reduce((sum, { baseRows }) => sum + baseRows, 0);
    if (rows > 0 && !this.firstRows) {
      this.firstRows = true;
      say(`the first ${count(rows)} rows are in MaxCompute`);
    }
    const width = Math.max(0, ...copies.map(({ table }) => table.length));
    const lines = copies.map(
      ({ table, chunksDone, chunks, baseRows }) =>
        `  ${table.padEnd(width)}  ${bar(chunksDone, chunks)}  ${`${chunksDone}/${chunks}`.padStart(5)} chunks ${count(baseRows).padStart(9)} rows`,
    );
    const { committed } = this.followed.story;
    const brief = copies
      .filter(({ chunks }) => chunks > 0)
      .map(({ table, chunksDone, chunks }) => `${table} ${chunksDone}/${chunks}`)
      .join(' · ');
    live(
      [...lines, `  ${phase}: ${count(rows)} rows copied, while ${count(committed)} transactions were committed`],
      brief === '' ? `phase: ${phase}` : `copied ${count(rows)} rows: ${brief}`,
    );
  }

  private showTail({ tables, transactions, latency, windowsDone }: TaskStatus): void {
    const rows = tables.reduce((sum, { logRows }) => sum + logRows, 0);
    const { begun } = this.followed.story;
    const line =
      `following: window ${windowsDone}, ${count(transactions)} transactions and ${count(rows)} log rows in MaxCompute` +
      `${latency ? `, latency ${latency.seconds.toFixed(1)} s` : ''} · ${count(begun)} transactions begun in Oracle`;
    live([`  ${line}`], line);
  }
}

const refusals = ({ precheck }: TaskStatus): string =>
  (precheck?.results ?? [])
    .filter(({ verdict }) => verdict === 'failed')
    .map(({ subject, id, message }) => `${subject} ${id}: ${message}`)
    .join('; ');

/** Once, when all tables are published. */
export function sayPublished(tables: readonly TableProgress[]): void {
  const width = Math.max(...tables.map(({ table }) => table.length));
  for (const { table, base, chunks, baseRows, snapshotScn } of tables)
    say(
      `${strong(table.padEnd(width))}  ${count(baseRows).padStart(8)} rows in ${String(chunks).padStart(2)} ${chunks === 1 ? 'chunk ' : 'chunks'} → ${base}, as of SCN ${snapshotScn ?? '?'}`,
    );
}
