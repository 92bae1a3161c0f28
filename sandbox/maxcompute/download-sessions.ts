import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { DuckDBValue } from '@duckdb/node-api';
import { type Answer, ServiceError } from './answers.ts';
import type { Clock } from './clock.ts';
import type { Column } from './column-types.ts';
import { sessionAnswer, tunnelSchema } from './metadata-answers.ts';
import { partitionValues } from './partition-parameter.ts';
import { encodeRecords } from './record-encoder.ts';
import { quotedName } from './sql-expressions.ts';
import { partitionCondition, partitionTitle, type Table } from './table.ts';
import { SESSION_LIFE_MS } from './upload-sessions.ts';
import type { Warehouse } from './warehouse.ts';

type Parameters = ReadonlyMap<string, string>;

/** Rows that never change again: a snapshot of a table, or the result of a SELECT. */
export interface FrozenRows {
  readonly columns: readonly Column[];
  readonly count: number;
  read(columns: readonly number[], start: number, count: number): Promise<readonly (readonly DuckDBValue[])[]>;
}

interface DownloadSession {
  readonly id: string;
  /** What the session was opened on, so that another resource's URL does not find it. */
  readonly owner: string;
  readonly createdAt: number;
  expiredByHand: boolean;
  readonly partitionKeys: readonly Column[];
  readonly rows: FrozenRows;
}

const deflated = promisify(deflate);

/** Rows that are already in memory. */
export function rowsInMemory(columns: readonly Column[], rows: readonly (readonly DuckDBValue[])[]): FrozenRows {
  return {
    columns,
    count: rows.length,
    read: (wanted, start, count) =>
      Promise.resolve(rows.slice(start, start + count).map((row) => wanted.map((index) => row[index] ?? null))),
  };
}

function rangeOf(written: string | undefined, count: number): readonly [start: number, count: number] {
  const match = /^\(\s*(\d{1,15})\s*,\s*(\d{1,15})\s*\)$/.exec(written ?? '');
  if (match === null) throw new ServiceError(400, 'InvalidRowRange', 'rowrange is (start,count)');
  const start = Number(match[1]);
  if (start > count) throw new ServiceError(400, 'InvalidRowRange', `there are ${String(count)} rows`);
  return [start, Number(match[2])];
}

/** Positions of the columns asked for, in the order asked for; all without the parameter. */
function columnsOf(written: string | undefined, columns: readonly Column[]): readonly number[] {
  if (written === undefined || written === '') return columns.map((_column, index) => index);
  return written.split(',').map((name) => {
    const index = columns.findIndex((column) => column.name === name.trim().toLowerCase());
    if (index === -1) throw new ServiceError(400, 'InvalidColumnSpec', `no column ${name}`);
    return index;
  });
}

/** Download sessions on tables and on the results of SQL instances. */
export class DownloadSessions {
  private readonly sessions = new Map<string, DownloadSession>();
  private readonly warehouse: Warehouse;
  private readonly clock: Clock;

  constructor(warehouse: Warehouse, clock: Clock) {
    this.warehouse = warehouse;
    this.clock = clock;
  }

  /** Opens a session on a table or one of its partitions as it is now. */
  async openTable(table: Table, parameters: Parameters): Promise<Answer> {
    const values = partitionValues(table, parameters.get('partition'));
    if (values.length > 0 && !table.partitions.has(partitionTitle(table, values))) {
      throw new ServiceError(
        404,
        'NoSuchPartition',
        `The specified partition does not exist: ${partitionTitle(table, values)}`,
      );
    }
    const rows = await this.snapshot(table, values);
    return this.open(`table ${table.id} ${values.join('/')}`, rows, table.partitionKeys);
  }

  async readTable(table: Table, parameters: Parameters, encodings: string): Promise<Answer> {
    const values = partitionValues(table, parameters.get('partition'));
    return await this.read(`table ${table.id} ${values.join('/')}`, parameters, encodings);
  }

  openInstance(instanceId: string, rows: FrozenRows): Answer {
    return this.open(`instance ${instanceId}`, rows, []);
  }

  async readInstance(instanceId: string, parameters: Parameters, encodings: string): Promise<Answer> {
    return await this.read(`instance ${instanceId}`, parameters, encodings);
  }

  expire(id: string): boolean {
    const session = this.sessions.get(id);
    if (session !== undefined) session.expiredByHand = true;
    return session !== undefined;
  }

  private open(owner: string, rows: FrozenRows, partitionKeys: readonly Column[]): Answer {
    const id = randomUUID().replaceAll('-', '');
    const session: DownloadSession = {
      ...{ id, owner, rows, partitionKeys },
      ...{ createdAt: this.clock.now(), expiredByHand: false },
    };
    this.sessions.set(id, session);
    return this.answer(session);
  }

  /** With `data` the records, else the session. */
  private async read(owner: string, parameters: Parameters, encodings: string): Promise<Answer> {
    const id = parameters.get('downloadid') ?? '';
    const session = this.sessions.get(id);
    if (session?.owner !== owner) {
      throw new ServiceError(404, 'NoSuchDownload', `The specified download ID does not exist: ${id.slice(0, 64)}`);
    }
    if (session.expiredByHand || this.clock.now() - session.createdAt >= SESSION_LIFE_MS) {
      throw new ServiceError(409, 'StatusConflict', 'The download session is expired.');
    }
    if (!parameters.has('data')) return this.answer(session);
    if (parameters.has('arrow'))
      throw new ServiceError(400, 'InvalidArgument', 'Arrow downloads are not supported here');
    const { rows } = session;
    const [start, count] = rangeOf(parameters.get('rowrange'), rows.count);
    const wanted = columnsOf(parameters.get('columns'), rows.columns);
    const types = wanted.flatMap((index) => rows.columns[index]?.type ?? []);
    const body = encodeRecords(await rows.read(wanted, start, count), types);
    const headers = { 'Content-Type': 'application/octet-stream', 'x-odps-tunnel-version': '6' };
    const compressed = encodings.split(',').some((encoding) => encoding.trim() === 'deflate');
    if (!compressed) return { status: 200, headers, body };
    return {
      status: 200,
      headers: { ...headers, 'Content-Encoding': 'deflate' },
      body: await deflated(body, { level: 1 }),
    };
  }

  /** A copy, because later commits must not be seen; DuckDB reads a table in the order of its rows. */
  private async snapshot(table: Table, values: readonly string[]): Promise<FrozenRows> {
    const name = this.warehouse.freshName('snapshot');
    const columns = table.columns.map((column) => quotedName(column.name));
    const count = await this.warehouse.exclusively(async () => {
      const from = `SELECT ${columns.join(', ')} FROM ${quotedName(table.physicalName)}${partitionCondition(table)}`;
      await this.warehouse.run(`CREATE TABLE ${name} AS ${from}`, values);
      return await this.warehouse.count(`SELECT count(*) FROM ${name}`);
    });
    return {
      columns: table.columns,
      count,
      read: async (wanted, start, rowCount) => {
        const list = wanted.map((index) => columns[index] ?? 'NULL').join(', ');
        const page = `LIMIT ${String(rowCount)} OFFSET ${String(start)}`;
        const { rows } = await this.warehouse.exclusively(() =>
          this.warehouse.query(`SELECT ${list} FROM ${name} ${page}`),
        );
        return rows;
      },
    };
  }

  private answer(session: DownloadSession): Answer {
    // Always "normal": PyODPS spells the closed status in a way that nothing else does.
    return sessionAnswer({
      DownloadID: session.id,
      Status: 'normal',
      RecordCount: session.rows.count,
      Schema: tunnelSchema(session.rows.columns, session.partitionKeys),
      QuotaName: '',
    });
  }
}
