import { inflate } from 'node:zlib';
import { promisify } from 'node:util';
import { randomUUID } from 'node:crypto';
import { type Answer, ServiceError } from './answers.ts';
import type { Clock } from './clock.ts';
import { duckType } from './column-types.ts';
import type { CommitPersonality } from './faults.ts';
import { sessionAnswer, tunnelSchema } from './metadata-answers.ts';
import { partitionValues } from './partition-parameter.ts';
import { decodeBlock } from './record-decoder.ts';
import { quotedName } from './sql-expressions.ts';
import { partitionCondition, partitionTitle, type Table, type Tables } from './tables.ts';
import { MAX_FIELD_BYTES } from './value-readers.ts';
import { StreamError } from './wire-cursor.ts';
import type { Warehouse } from './warehouse.ts';

/** Life of an upload or download session (documented quota). */
export const SESSION_LIFE_MS = 24 * 3_600_000;
const BLOCK_ID_MAX = 19_999;

interface UploadSession {
  readonly id: string;
  readonly table: Table;
  readonly values: readonly string[];
  readonly overwrite: boolean;
  readonly createdAt: number;
  expiredByHand: boolean;
  state: 'normal' | 'committing' | 'closed';
  /** Block id to the DuckDB table that holds its rows until the commit. */
  readonly blocks: Map<number, string>;
}

type Parameters = ReadonlyMap<string, string>;

const inflated = promisify(inflate);

/** Raw or zlib ("deflate"); an encoding that is not known here is refused, never ignored. */
async function uncompressed(body: Buffer, encoding: string): Promise<Buffer> {
  if (encoding === '') return body;
  if (encoding !== 'deflate')
    throw new ServiceError(400, 'InvalidArgument', `unsupported Content-Encoding ${encoding}`);
  try {
    return await inflated(body);
  } catch (error) {
    const short = error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR';
    throw new StreamError(short ? 'IncompleteBody' : 'CorruptedDataStream', 'the body is not a whole zlib stream');
  }
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
      ...{ expiredByHand: false, state: 'normal', blocks: new Map() },
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
    const { columns } = table;
    const raw = await uncompressed(body, encoding);
    const block = decodeBlock(
      raw,
      columns.map(({ type }) => type),
    );
    const name = this.warehouse.freshName('block');
    const definitions = columns.map(({ type }, index) => `c${String(index)} ${duckType(type)}`);
    await this.warehouse.exclusively(async () => {
      await this.warehouse.run(`CREATE TABLE ${name} (${definitions.join(', ')})`);
      await this.warehouse.append(name, block.columns, block.rows);
      await this.replaceBlock(session, blockId, name);
    });
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
    return session !== undefined;
  }

  private async publish(session: UploadSession): Promise<void> {
    const { table, values, blocks } = session;
    const target = quotedName(table.physicalName);
    const cleared: [string, readonly string[]][] = session.overwrite
      ? [[`DELETE FROM ${target}${partitionCondition(table)}`, values]]
      : [];
    const constants = values.map(() => ', ?').join('');
    const columns = table.columns.map((_column, index) => `c${String(index)}`).join(', ');
    const ordered = [...blocks].sort(([one], [other]) => one - other).map(([, name]) => name);
    const inserted = ordered.map((name): [string, readonly string[]] => [
      `INSERT INTO ${target} SELECT ${columns}${constants} FROM ${name}`,
      values,
    ]);
    session.state = 'committing';
    try {
      await this.warehouse.transaction([...cleared, ...inserted]);
      session.state = 'closed';
    } finally {
      if (session.state === 'committing') session.state = 'normal';
    }
    if (values.length > 0) this.tables.ensurePartition(table, values);
    this.tables.touched(table, values);
    for (const name of ordered) await this.warehouse.run(`DROP TABLE ${name}`);
  }

  private async replaceBlock(session: UploadSession, blockId: number, name: string): Promise<void> {
    const previous = session.blocks.get(blockId);
    // The state may have changed while the block was decoded; its rows must not outlive a commit.
    if (session.state === 'closed') {
      await this.warehouse.run(`DROP TABLE ${name}`);
      this.expectNormal(session);
    }
    session.blocks.set(blockId, name);
    if (previous !== undefined) await this.warehouse.run(`DROP TABLE ${previous}`);
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
    const status = this.expired(session) ? 'expired' : session.state;
    return sessionAnswer({
      UploadID: session.id,
      Status: status,
      Schema: tunnelSchema(session.table.columns, session.table.partitionKeys),
      UploadedBlockList: [...session.blocks.keys()].sort((one, other) => one - other).map((BlockID) => ({ BlockID })),
      MaxFieldSize: MAX_FIELD_BYTES,
      QuotaName: '',
    });
  }
}
