import { inflate } from 'node:zlib';
import { promisify } from 'node:util';
import { randomUUID } from 'node:crypto';
import { type Answer, ServiceError } from './answers.ts';
import type { Clock } from './clock.ts';
import { type Column, duckType, typeText } from './column-types.ts';
import type { CommitPersonality } from './faults.ts';
import { HeldBlock } from './held-block.ts';
import { sessionAnswer, tunnelSchema } from './metadata-answers.ts';
import { partitionValues } from './partition-parameter.ts';
import { quotedName } from './sql-expressions.ts';
import { partitionCondition, partitionTitle, type Table } from './table.ts';
import type { Tables } from './tables.ts';
import { MAX_FIELD_BYTES } from './value-readers.ts';
import { StreamError } from './wire-cursor.ts';
import type { Warehouse } from './warehouse.ts';

/** Life of an upload or download session (documented quota). */
export const SESSION_LIFE_MS = 24 * 3_600_000;
const BLOCK_ID_MAX = 19_999;

/** An upload session, for who wants to end it. */
export interface SessionReport {
  readonly id: string;
  readonly table: string;
  readonly partition: string;
  readonly status: string;
  readonly blocks: readonly number[];
  readonly commitRequested: boolean;
}

interface UploadSession {
  readonly id: string;
  readonly table: Table;
  readonly values: readonly string[];
  readonly overwrite: boolean;
  readonly createdAt: number;
  expiredByHand: boolean;
  commitRequested: boolean;
  state: 'normal' | 'committing' | 'closed';
  /** The session's columns: those of the table when it was created. */
  readonly columns: readonly Column[];
  /** Undefined once the commit has taken its rows. */
  readonly blocks: Map<number, HeldBlock | undefined>;
}

type Parameters = ReadonlyMap<string, string>;

/** Node's 16 KiB would cost a trip to the thread pool each. */
const INFLATE_CHUNK = 1024 * 1024;

const inflated = promisify(inflate);

/** Raw or zlib ("deflate"); an encoding that is not known here is refused, never ignored. */
async function uncompressed(body: Buffer, encoding: string): Promise<Buffer> {
  if (encoding === '') return body;
  if (encoding !== 'deflate')
    throw new ServiceError(400, 'InvalidArgument', `unsupported Content-Encoding ${encoding}`);
  try {
    return await inflated(body, { chunkSize: INFLATE_CHUNK });
  } catch (error) {
    const short = error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR';
    throw new StreamError(short ? 'IncompleteBody' : 'CorruptedDataStream', 'the body is not a whole zlib stream');
  }
}

/** The block ids stay, as the list that a status answers. */
function releaseAll(blocks: Map<number, HeldBlock | undefined>): void {
  for (const [id, block] of blocks) {
    block?.release();
    blocks.set(id, undefined);
  }
}

/** A session of columns that the table has no more, or has as another type, cannot be published (the code is assumed). */
function mustFit({ columns, table }: UploadSession): void {
  const fits = ({ name, type }: Column): boolean =>
    table.columns.some((column) => column.name === name && typeText(column.type) === typeText(type));
  const gone = columns.find((column) => !fits(column));
  if (gone === undefined) return;
  throw new ServiceError(400, 'InvalidColumnSpec', `column ${gone.name} of the session is not in the table any more`);
}

const isTrue = (text: string | undefined): boolean => text?.toLowerCase() === 'true';

/** Upload sessions: blocks stay invisible until the commit publishes all of them at once. */
export class UploadSessions {
  private readonly sessions = new Map<string, UploadSession>();
  private readonly tables: Tables;
  private readonly warehouse: Warehouse;
  private readonly clock: Clock;

  constructor(tables: Tables, warehouse: Warehouse, clock: Clock) {
    this.tables = tables;
    this.warehouse = warehouse;
    this.clock = clock;
  }

  create(table: Table, parameters: Parameters): Answer {
    this.forgetExpired();
    const values = partitionValues(table, parameters.get('partition'));
    const missing = values.length > 0 && !table.partitions.has(partitionTitle(table, values));
    if (missing && !isTrue(parameters.get('create_partition'))) {
      throw new ServiceError(
        404,
        'NoSuchPartition',
        `The specified partition does not exist: ${partitionTitle(table, values)}`,
      );
    }
    if (missing) this.tables.ensurePartition(table, values);
    const session: UploadSession = {
      id: randomUUID().replaceAll('-', ''),
      ...{ table, values, overwrite: isTrue(parameters.get('overwrite')), createdAt: this.clock.now() },
      ...{ expiredByHand: false, commitRequested: false, state: 'normal', columns: table.columns, blocks: new Map() },
    };
    this.sessions.set(session.id, session);
    return this.answer(session);
  }

  read(table: Table, parameters: Parameters): Answer {
    return this.answer(this.find(table, parameters));
  }

  /** Writes a block; a block that is written again is replaced. */
  async writeBlock(table: Table, parameters: Parameters, body: Buffer, encoding: string): Promise<Answer> {
    const session = this.find(table, parameters);
    const blockId = Number(parameters.get('blockid') ?? 'NaN');
    if (!Number.isInteger(blockId) || blockId < 0 || blockId > BLOCK_ID_MAX) {
      throw new ServiceError(400, 'InvalidBlockID', `block ids are 0 to ${String(BLOCK_ID_MAX)}`);
    }
    if (parameters.has('arrow')) throw new ServiceError(400, 'InvalidArgument', 'Arrow blocks are not supported here');
    this.expectNormal(session);
    const raw = await uncompressed(body, encoding);
    const types = session.columns.map(({ type }) => type);
    const block = await HeldBlock.decode(raw, { types, constants: session.values });
    this.hold(session, blockId, block);
    const metrics = JSON.stringify({ PanguIOCost: 0, ServerIOCost: 0, ServerTotalCost: 0, RateLimitCost: 0 });
    const headers = { 'x-odps-tunnel-version': '6', 'odps-tunnel-metrics': metrics };
    return { status: 200, headers, body: '' };
  }

  async commit(table: Table, parameters: Parameters, personality: CommitPersonality): Promise<Answer> {
    return await this.warehouse.exclusively(async () => {
      const session = this.find(table, parameters);
      if (session.state === 'closed' && !this.expired(session)) {
        if (personality === 'ok') return this.answer(session);
        throw new ServiceError(
          409,
          'StatusConflict',
          'You cannot complete the specified operation: the upload session is closed.',
        );
      }
      this.expectNormal(session);
      await this.publish(session);
      return this.answer(session);
    });
  }

  /** Ends the life of a session now; false when there is none with this id. */
  expire(id: string): boolean {
    const session = this.sessions.get(id);
    if (session !== undefined) session.expiredByHand = true;
    this.forgetExpired();
    return session !== undefined;
  }

  /** Notes that a client has asked for a commit, whatever becomes of it. */
  commitRequested(id: string): void {
    const session = this.sessions.get(id);
    if (session !== undefined) session.commitRequested = true;
  }

  /** Sessions that are neither closed nor expired. */
  get openCount(): number {
    return this.unfinished().length;
  }

  /** Ends unfinished sessions now; returns how many. */
  expireAll(which: 'open' | 'commit-requested'): number {
    const ended = this.unfinished().filter((session) => which === 'open' || session.commitRequested);
    for (const session of ended) session.expiredByHand = true;
    this.forgetExpired();
    return ended.length;
  }

  /** Gives back the memory of rows that nobody can commit any more. */
  private forgetExpired(): void {
    const expired = [...this.sessions.values()].filter(
      (session) => session.state === 'normal' && this.expired(session),
    );
    for (const { blocks } of expired) releaseAll(blocks);
  }

  report(): readonly SessionReport[] {
    return [...this.sessions.values()].map((session) => ({
      id: session.id,
      table: session.table.name,
      partition: partitionTitle(session.table, session.values),
      status: this.statusOf(session),
      blocks: [...session.blocks.keys()],
      commitRequested: session.commitRequested,
    }));
  }

  private unfinished(): readonly UploadSession[] {
    return [...this.sessions.values()].filter((session) => session.state !== 'closed' && !this.expired(session));
  }

  private statusOf(session: UploadSession): string {
    return this.expired(session) ? 'expired' : session.state;
  }

  private async publish(session: UploadSession): Promise<void> {
    const { table, values, blocks } = session;
    mustFit(session);
    const ordered = [...blocks].sort(([one], [other]) => one - other);
    const held = ordered.flatMap(([, block]) => block ?? []);
    session.state = 'committing';
    try {
      await this.warehouse.transaction(async () => {
        const condition = partitionCondition(table);
        if (session.overwrite)
          await this.warehouse.run(`DELETE FROM ${quotedName(table.physicalName)}${condition}`, values);
        await this.append(session, held);
      });
      session.state = 'closed';
    } finally {
      if (session.state === 'committing') session.state = 'normal';
    }
    if (values.length > 0) this.tables.ensurePartition(table, values);
    this.tables.touched(table, values);
    releaseAll(blocks);
  }

  /** Appends to the table, or to a table of the session's columns when the table has got more since. */
  private async append({ table, columns }: UploadSession, held: readonly HeldBlock[]): Promise<void> {
    const chunks = held.flatMap((block) => block.chunks).filter((chunk) => chunk.rowCount > 0);
    if (columns.length === table.columns.length) {
      await this.warehouse.append(table.physicalName, chunks);
      return;
    }
    const name = this.warehouse.freshName('block');
    const all = [...columns, ...table.partitionKeys];
    const names = all.map((column) => quotedName(column.name));
    const definitions = all.map(({ type }, index) => `${names[index] ?? ''} ${duckType(type)}`);
    await this.warehouse.run(`CREATE TABLE ${name} (${definitions.join(', ')})`);
    await this.warehouse.append(name, chunks);
    const list = names.join(', ');
    await this.warehouse.run(`INSERT INTO ${quotedName(table.physicalName)} (${list}) SELECT ${list} FROM ${name}`);
    await this.warehouse.run(`DROP TABLE ${name}`);
  }

  private hold(session: UploadSession, blockId: number, block: HeldBlock): void {
    try {
      // The state may have changed while the block was decoded; its rows must not outlive a commit.
      this.expectNormal(session);
    } catch (error) {
      block.release();
      throw error;
    }
    session.blocks.get(blockId)?.release();
    session.blocks.set(blockId, block);
  }

  private find(table: Table, parameters: Parameters): UploadSession {
    const id = parameters.get('uploadid') ?? '';
    const session = this.sessions.get(id);
    if (session?.table.id !== table.id) {
      throw new ServiceError(404, 'NoSuchUpload', `The specified upload ID does not exist: ${id.slice(0, 64)}`);
    }
    const values = partitionValues(table, parameters.get('partition'));
    if (values.some((value, index) => value !== session.values[index])) {
      throw new ServiceError(400, 'InvalidPartitionSpec', 'The upload session belongs to another partition.');
    }
    return session;
  }

  private expired(session: UploadSession): boolean {
    return session.expiredByHand || this.clock.now() - session.createdAt >= SESSION_LIFE_MS;
  }

  private expectNormal(session: UploadSession): void {
    if (this.expired(session)) throw new ServiceError(409, 'StatusConflict', 'The upload session is expired.');
    if (session.state !== 'normal')
      throw new ServiceError(409, 'StatusConflict', `The upload session is ${session.state}.`);
  }

  private answer(session: UploadSession): Answer {
    return sessionAnswer({
      UploadID: session.id,
      Status: this.statusOf(session),
      Schema: tunnelSchema(session.columns, session.table.partitionKeys),
      UploadedBlockList: [...session.blocks.keys()].sort((one, other) => one - other).map((BlockID) => ({ BlockID })),
      MaxFieldSize: MAX_FIELD_BYTES,
      QuotaName: '',
    });
  }
}
