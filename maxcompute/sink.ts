/** MaxCompute as the destination of a synchronization. Its shape is the activities' port; the fit is checked where both are joined. */
import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../model/failure.ts';
import type { SinkColumn, SinkTable } from '../model/sink-table.ts';
import type { BucketDigest, TableState } from '../model/table-state.ts';
import type { Column, Row } from '../model/table.ts';
import { BlockWriter, type Written } from './block-writer.ts';
import { MaxComputeClient, type RetryLimits } from './client.ts';
import type { MaxComputeConnection } from './connection.ts';
import { downloadRows } from './download.ts';
import { Refused } from './errors.ts';
import type { PaceShown } from './pacer.ts';
import { RecordEncoder } from './record-encoder.ts';
import { merge, type Merge } from './merge.ts';
import { digestState, keepState, readRows, writeState, type StateBuckets } from './table-states.ts';
import {
  addPartition,
  countRows,
  createTable,
  dropTable,
  findTable,
  highest,
  addColumns,
  renameTable,
  setComment,
} from './tables.ts';
import {
  commitUpload,
  createUpload,
  matchColumns,
  putBlock,
  readUpload,
  targetText,
  type SessionState,
  type TunnelTarget,
} from './upload-session.ts';

/** An open upload session. What it holds is visible to nobody until the session is committed; left alone, it expires. */
export interface MaxComputeUpload {
  readonly id: string;
  write(rows: readonly Row[]): Promise<void>;
  finish(): Promise<Written>;
}

const POSITION_COLUMN: SinkColumn = { name: 'position', type: 'string' };
const TASK_NAME = /^[A-Za-z0-9_.-]+$/;
const COMMIT_WAIT_MS = 60_000;
const NO_POSITION: ReadonlySet<string> = new Set(['NoSuchPartition', 'NoSuchTable']);

const positionTarget = (table: string, task: string): TunnelTarget & { readonly partition: string } => {
  if (!TASK_NAME.test(task)) throw new Failure('bad-input', `${JSON.stringify(task)} is not a task name`);
  return { table, partition: `task=${task}` };
};

export class MaxComputeSink implements AsyncDisposable {
  private readonly client: MaxComputeClient;

  /**
   * @param told hears, in a sentence, when uploads become fewer or more at a time
   * @throws Failure bad-input for an endpoint that is not an address. No request is made.
   */
  constructor(connection: MaxComputeConnection, limits?: RetryLimits, told?: (text: string) => void) {
    this.client = new MaxComputeClient(connection, limits, told);
  }

  /** How fast it may send just now, and how often it was told to be slower. */
  get pace(): PaceShown {
    return this.client.pacer.shown;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }

  /** The project answers to this key, and says where its tunnel is. */
  async probe(): Promise<void> {
    const { project, tunnelEndpoint } = this.client.connection;
    await this.client.call({
      plane: 'service',
      method: 'GET',
      path: `/projects/${project}`,
      repeat: 'always',
      what: `asking for MaxCompute project ${project}`,
    });
    if (tunnelEndpoint === undefined) await this.client.discoverTunnel();
  }

  async findTable(name: string): Promise<SinkTable | undefined> {
    return findTable(this.client, name);
  }

  /** IF NOT EXISTS. */
  async createTable(table: SinkTable): Promise<void> {
    await createTable(this.client, table);
  }

  /** Not idempotent: fails when `from` is missing or `to` exists. */
  async renameTable(from: string, to: string): Promise<void> {
    await renameTable(this.client, from, to);
  }

  /** Appends columns; IF NOT EXISTS. */
  async addColumns(table: string, columns: readonly SinkColumn[]): Promise<void> {
    await addColumns(this.client, table, columns);
  }

  /** IF EXISTS. */
  async dropTable(name: string): Promise<void> {
    await dropTable(this.client, name);
  }

  async setComment(table: string, comment: string): Promise<void> {
    await setComment(this.client, table, comment);
  }

  /** One statement that may be repeated as long as `from` is there; an earlier one that still runs is waited for. */
  async mergeRows(rows: Merge): Promise<void> {
    await merge(this.client, rows);
  }

  async countRows(table: string): Promise<number> {
    return countRows(this.client, table);
  }

  /** In one statement; buckets without a row, and with nothing doubled, are left out. */
  async digestState(
    state: TableState,
    source: readonly Column[],
    buckets: StateBuckets,
  ): Promise<readonly BucketDigest[]> {
    return digestState(this.client, state, source, buckets);
  }

  /** In a table that MaxCompute drops after a day. Doing it twice gives the same; an earlier statement that still runs is waited for. */
  async keepState(into: string, state: TableState, source: readonly Column[], buckets?: StateBuckets): Promise<void> {
    await keepState(this.client, into, { state, source, buckets });
  }

  /** In place of what is there; an earlier statement that still runs is waited for. @throws Failure sink-table-changed when `into` has other columns. */
  async writeState(into: string, state: TableState): Promise<void> {
    await writeState(this.client, into, state);
  }

  /** A snapshot of a table without partitions, in canonical text; `signal` ends it between pages and within. */
  readRows(table: string, signal: AbortSignal): AsyncIterable<readonly Row[]> {
    return readRows(this.client, table, signal);
  }

  /** IF NOT EXISTS. */
  async addPartition(table: string, partition: string): Promise<void> {
    await addPartition(this.client, table, partition);
  }

  /** MAX(column) over all partitions; 0 for an empty table. */
  async highest(table: string, column: string): Promise<number> {
    return highest(this.client, table, column);
  }

  /** Always a new session; `signal` ends what is sent to it. @throws Failure sink-table-changed when the table lacks a column or has it with another type. */
  async openUpload(
    target: TunnelTarget,
    columns: readonly SinkColumn[],
    signal?: AbortSignal,
  ): Promise<MaxComputeUpload> {
    return this.open(target, columns, { overwrite: false, signal });
  }

  private async open(
    target: TunnelTarget,
    columns: readonly SinkColumn[],
    { overwrite, signal }: { readonly overwrite: boolean; readonly signal?: AbortSignal | undefined },
  ): Promise<MaxComputeUpload> {
    const { client } = this;
    const session = await createUpload(client, target, overwrite, signal);
    const encoder = new RecordEncoder(target.table, matchColumns(session, target.table, columns));
    const writer = new BlockWriter(encoder, async (block) =>
      putBlock(client, target, session.id, { ...block, signal }),
    );
    return {
      id: session.id,
      write: async (rows) => writer.write(rows),
      finish: async () => writer.finish(),
    };
  }

  async uploadStatus(target: TunnelTarget, id: string): Promise<SessionState> {
    return readUpload(this.client, target, id);
  }

  /** One request, never repeated here: ask the status afterwards, whatever it answers. */
  async commitUpload(target: TunnelTarget, id: string): Promise<void> {
    await commitUpload(this.client, target, id);
  }

  /** Rows of a table or partition in canonical text, in the order of `columns`; a snapshot. For comparisons, not for bulk. */
  downloadRows(target: TunnelTarget): ReturnType<typeof downloadRows> {
    return downloadRows(this.client, target);
  }

  /** Replaces the text kept for `task`: an upload that overwrites the task's partition, so doing it twice is doing it once. */
  async savePosition(table: string, task: string, text: string): Promise<void> {
    const { id, ...target } = await this.preparePosition(table, task, text);
    await this.commitAndSee(target, id);
  }

  /** A session that replaces the text kept for `task` once it is committed. */
  async preparePosition(
    table: string,
    task: string,
    text: string,
  ): Promise<{
    readonly id: string;
    readonly table: string;
    readonly partition: string;
    readonly rows: number;
    readonly blocks: number;
  }> {
    const target = positionTarget(table, task);
    await this.addPartition(table, target.partition);
    const upload = await this.open(target, [POSITION_COLUMN], { overwrite: true });
    await upload.write([[text]]);
    const { rows, blocks } = await upload.finish();
    return { id: upload.id, ...target, rows, blocks };
  }

  private async commitAndSee(target: TunnelTarget, id: string): Promise<void> {
    let refusal: unknown;
    try {
      await this.commitUpload(target, id);
    } catch (error: unknown) {
      refusal = error;
    }
    const deadline = performance.now() + COMMIT_WAIT_MS;
    for (let pause = 100; ; pause *= 2) {
      const { status } = await this.uploadStatus(target, id);
      if (status === 'closed') return;
      const waiting = status === 'committing' || (status === 'normal' && refusal === undefined);
      if (!waiting || performance.now() + pause > deadline)
        throw refusal instanceof Failure
          ? refusal
          : new Failure(
              'sink-rejected',
              `committing an upload to ${targetText(target)}: the session is ${status} afterwards`,
            );
      await wait(pause);
    }
  }

  /** Undefined when nothing was ever saved for the task: no table, no partition, or an empty one. */
  async readPosition(table: string, task: string): Promise<string | undefined> {
    const target = positionTarget(table, task);
    const texts: string[] = [];
    try {
      const { columns, batches } = await downloadRows(this.client, target);
      const place = columns.findIndex(({ name }) => name.toLowerCase() === POSITION_COLUMN.name);
      for await (const rows of batches) texts.push(...rows.map((row) => String(row[place])));
    } catch (error: unknown) {
      if (error instanceof Refused && NO_POSITION.has(error.code)) return undefined;
      throw error;
    }
    if (texts.length > 1)
      throw new Failure('sink-rejected', `${targetText(target)} holds ${texts.length} positions; there can be one`);
    return texts[0];
  }
}
