import { DuckDBDataChunk, type DuckDBValue } from '@duckdb/node-api';
import { expect } from 'vitest';
import { type Answer, ServiceError } from '../../../../sandbox/maxcompute/answers.ts';
import { type ColumnType, parseType, storedType } from '../../../../sandbox/maxcompute/column-types.ts';
import { BlockDecoder } from '../../../../sandbox/maxcompute/record-decoder.ts';
import { NativeBytes } from '../../../../sandbox/maxcompute/duckdb-memory.ts';
import { encodeRecords } from '../../../../sandbox/maxcompute/record-encoder.ts';
import { Routes, type ServiceRequest } from '../../../../sandbox/maxcompute/routes.ts';
import { Warehouse } from '../../../../sandbox/maxcompute/warehouse.ts';
import { StreamError } from '../../../../sandbox/maxcompute/wire-cursor.ts';

const HINTS = { 'odps.sql.type.system.odps2': 'true' };

/** The MaxCompute stand-in without its socket and signatures. */
export class Service implements AsyncDisposable {
  readonly clock = { time: Date.parse('2026-01-02T03:04:05Z'), now: (): number => this.clock.time };
  readonly routes: Routes;
  private readonly warehouse: Warehouse;

  private constructor(warehouse: Warehouse) {
    this.warehouse = warehouse;
    this.routes = new Routes({ project: 'p', address: 'sandbox:1' }, warehouse, this.clock);
  }

  static async open(): Promise<Service> {
    return new Service(await Warehouse.open());
  }

  async send(method: string, url: string, change: Partial<ServiceRequest> = {}): Promise<Answer> {
    const [path = '', query = ''] = url.split(/\?(.*)/s);
    const parameters = new Map(new URLSearchParams(query));
    const request = {
      plane: 'tunnel' as const,
      method,
      resource: path,
      parameters,
      headers: {},
      body: Buffer.alloc(0),
    };
    return await this.routes.answer({ ...request, ...change });
  }

  /** Runs a statement; resolves with the text of its result or throws the text of its failure. */
  async sql(statement: string, hints: Readonly<Record<string, string>> = HINTS): Promise<string> {
    const settings = `<Config><Property><Name>settings</Name><Value>${JSON.stringify(hints)}</Value></Property></Config>`;
    const task = `<SQL><Name>AnonymousSQLTask</Name>${settings}<Query><![CDATA[${statement.replaceAll(']]>', ']]]]><![CDATA[>')}]]></Query></SQL>`;
    const body = Buffer.from(`<?xml version="1.0"?><Instance><Job><Tasks>${task}</Tasks></Job></Instance>`);
    const submitted = await this.send('POST', '/projects/p/instances?curr_project=p', { plane: 'rest', body });
    expect(submitted).toMatchObject({ status: 201, body: '' });
    const instance = `/projects/p/instances/${submitted.headers['Location']?.split('/').at(-1) ?? ''}`;
    await this.send('GET', `${instance}?instancestatus`, { plane: 'rest' });
    const answer = String((await this.send('GET', `${instance}?result`, { plane: 'rest' })).body);
    const result = /<Status>(\w+)<\/Status><Result Transform="Base64" Format="\w+"><!\[CDATA\[(.*)\]\]>/s.exec(answer);
    const text = Buffer.from(result?.[2] ?? '', 'base64').toString('utf8');
    if (result?.[1] !== 'Success') throw new Error(text);
    return text;
  }

  /** The rows of a query, without quotes and header. */
  async rows(query: string, hints?: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const [, ...lines] = (await this.sql(query, hints)).trimEnd().split('\n');
    return lines.map((line) => line.replaceAll('"', ''));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.warehouse.close();
  }
}

export const block = (types: readonly string[], ...rows: readonly (readonly DuckDBValue[])[]): Buffer =>
  encodeRecords(rows, types.map(parseType));

export interface DecodedBlock {
  readonly rows: number;
  /** One array per column, each as long as `rows`. */
  readonly columns: readonly (readonly DuckDBValue[])[];
}

/** All rows of one uncompressed block. */
export function decodeBlock(bytes: Buffer, types: readonly ColumnType[]): DecodedBlock {
  const block = new BlockDecoder(bytes, new NativeBytes(bytes), types);
  const columns = types.map((): DuckDBValue[] => []);
  let rows = 0;
  for (;;) {
    const chunk = DuckDBDataChunk.create(types.map(storedType));
    const filled = block.fill(chunk);
    if (filled === 0) return { rows, columns };
    chunk.appendToColumns(columns);
    rows += filled;
  }
}

export const numbers = (...values: readonly bigint[]): Buffer => block(['bigint'], ...values.map((value) => [value]));

export const idOf = (answer: Answer, name: string): string =>
  (JSON.parse(String(answer.body)) as Record<string, string>)[name] ?? '';

/** The tunnel resource of table t. */
export const T = '/projects/p/tables/t';

/** A session on table t, opened with extra parameters that repeat on each call. */
export class Upload {
  readonly id: string;
  private readonly service: Service;
  private readonly repeated: string;

  private constructor(service: Service, id: string, repeated: string) {
    this.service = service;
    this.id = id;
    this.repeated = repeated;
  }

  static async open(service: Service, parameters = '', repeated = ''): Promise<Upload> {
    const created = await service.send('POST', `${T}?uploads=1${parameters}${repeated}`);
    return new Upload(service, idOf(created, 'UploadID'), repeated);
  }

  async write(blockId: number | string, body: Buffer, encoding?: string): Promise<Answer> {
    const headers = encoding === undefined ? {} : { 'content-encoding': encoding };
    return await this.service.send('PUT', `${T}?uploadid=${this.id}&blockid=${String(blockId)}${this.repeated}`, {
      body,
      headers,
    });
  }

  async status(): Promise<{ readonly Status: string; readonly UploadedBlockList: readonly unknown[] }> {
    const { body } = await this.service.send('GET', `${T}?uploadid=${this.id}${this.repeated}`);
    return JSON.parse(String(body)) as { readonly Status: string; readonly UploadedBlockList: readonly unknown[] };
  }

  async commit(): Promise<Answer> {
    return await this.service.send('POST', `${T}?uploadid=${this.id}${this.repeated}`);
  }
}

/** `status Code` of the error that a request ends with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    if (error instanceof ServiceError) return `${String(error.status)} ${error.code}`;
    if (error instanceof StreamError) return error.code;
    throw error;
  }
}
