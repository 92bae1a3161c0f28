/**
 * Tunnel upload sessions: created, filled block by block, committed once. Nothing is visible before the commit; writing a block
 * again replaces it; the commit publishes every block that the session holds.
 * Sources: PyODPS 0.13.2 (tunnel/tabletunnel.py), odps-sdk-core (TableTunnel.UploadSession).
 */
import { Failure } from '../model/failure.ts';
import { CELL_BYTES_MAX } from '../model/large-columns.ts';
import type { SinkColumn } from '../model/sink-table.ts';
import { integerOf, isObject, neededText, objectsOf, parseObject, textOf, type JsonObject } from './answer-json.ts';
import type { Call, MaxComputeClient } from './client.ts';
import type { EncodedColumn } from './column-encoder.ts';
import { Refused, unreadable } from './errors.ts';
import { canonicalType } from './sink-type.ts';
import { findTable, sinkColumn } from './tables.ts';

export interface TunnelTarget {
  readonly table: string;
  /** `a=1,b=2`; the partition must exist. */
  readonly partition?: string;
}

export interface UploadSession {
  readonly id: string;
  /** Of the table when the session was created, partition columns left out. */
  readonly columns: readonly SinkColumn[];
  /** The largest cell. */
  readonly bytesMax: number;
}

export type SessionStatus = 'normal' | 'committing' | 'closed' | 'gone';

export const targetText = ({ table, partition }: TunnelTarget): string =>
  partition === undefined ? `MaxCompute table ${table}` : `partition ${partition} of MaxCompute table ${table}`;

/** Path, headers, and the parameters that repeat on every call of a session. */
export function tunnelCall(
  client: MaxComputeClient,
  target: TunnelTarget,
): Pick<Call, 'plane' | 'path' | 'query' | 'headers'> {
  const { project, schema, quota } = client.connection;
  return {
    plane: 'tunnel',
    path: `/projects/${project}${schema === undefined ? '' : `/schemas/${schema}`}/tables/${target.table}`,
    query: {
      ...(target.partition === undefined ? {} : { partition: target.partition }),
      ...(quota === undefined ? {} : { quotaName: quota }),
    },
    headers: {
      'x-odps-tunnel-version': '6',
      'odps-tunnel-date-transform': 'v1',
      'odps-tunnel-sdk-support-schema-evolution': 'true',
    },
  };
}

/** The `Schema` of a session's description. */
export function sessionColumns(session: JsonObject, what: string): readonly SinkColumn[] {
  const schema = session['Schema'];
  if (!isObject(schema)) throw unreadable(what, 'Schema is missing');
  return objectsOf(schema, 'columns').map((column) => sinkColumn(column, what));
}

/** May be repeated: a session nobody knows of expires unseen. `overwrite`: the commit replaces the table or the partition. */
export async function createUpload(
  client: MaxComputeClient,
  target: TunnelTarget,
  overwrite: boolean,
  signal?: AbortSignal,
): Promise<UploadSession> {
  const what = `opening an upload to ${targetText(target)}`;
  const shared = tunnelCall(client, target);
  const { body } = await client.call({
    ...shared,
    query: { ...shared.query, uploads: '', ...(overwrite ? { overwrite: 'true' } : {}) },
    method: 'POST',
    repeat: 'always',
    what,
    timeoutSeconds: 60,
    signal,
  });
  const session = parseObject(body.toString(), what);
  return {
    id: neededText(session, 'UploadID', what),
    columns: sessionColumns(session, what),
    bytesMax: integerOf(session, 'MaxFieldSize') ?? CELL_BYTES_MAX,
  };
}

/** Documented; their ids are 0 to 19,999. */
const BLOCKS_MAX = 20_000;

export interface Block {
  readonly number: number;
  /** Deflated record stream. */
  readonly body: Buffer;
  readonly signal?: AbortSignal | undefined;
}

/** Writing a block again replaces it, so a damaged or unanswered one is sent again. @throws Failure bad-input for a block too many */
export async function putBlock(
  client: MaxComputeClient,
  target: TunnelTarget,
  id: string,
  block: Block,
): Promise<void> {
  if (block.number >= BLOCKS_MAX)
    throw new Failure(
      'bad-input',
      `${targetText(target)}: an upload session takes ${BLOCKS_MAX} blocks, and the rows of this one need more; lower full.chunkMegabytes of the task`,
    );
  const shared = tunnelCall(client, target);
  await client.call({
    ...shared,
    query: { ...shared.query, uploadid: id, blockid: String(block.number) },
    headers: { ...shared.headers, 'content-type': 'application/octet-stream', 'content-encoding': 'deflate' },
    method: 'PUT',
    body: block.body,
    repeat: 'always',
    what: `sending block ${block.number} to ${targetText(target)}`,
    timeoutSeconds: 300,
    carriesRows: true,
    signal: block.signal,
  });
}

const STATUSES: Readonly<Record<string, SessionStatus>> = {
  NORMAL: 'normal',
  CLOSING: 'committing',
  COMMITTING: 'committing',
  CLOSED: 'closed',
  CANCELED: 'gone',
  EXPIRED: 'gone',
  CRITICAL: 'gone',
};

/** The service no longer knows the session, or will not let it be used: what its commit came to must be learned elsewhere. */
const GONE: ReadonlySet<string> = new Set(['NoSuchUpload', 'StatusConflict']);

export interface SessionState {
  readonly status: SessionStatus;
  readonly blocks: readonly number[];
}

export async function readUpload(client: MaxComputeClient, target: TunnelTarget, id: string): Promise<SessionState> {
  const what = `reading the status of an upload to ${targetText(target)}`;
  const shared = tunnelCall(client, target);
  try {
    const query = { ...shared.query, uploadid: id };
    const { body } = await client.call({ ...shared, query, method: 'GET', repeat: 'always', what });
    const session = parseObject(body.toString(), what);
    const status = STATUSES[(textOf(session, 'Status') ?? '').toUpperCase()];
    if (status === undefined) throw unreadable(what, 'Status is none that is known');
    const blocks = objectsOf(session, 'UploadedBlockList').flatMap((block) => integerOf(block, 'BlockID') ?? []);
    return { status, blocks: blocks.sort((a, b) => a - b) };
  } catch (error: unknown) {
    if (error instanceof Refused && GONE.has(error.code)) return { status: 'gone', blocks: [] };
    throw error;
  }
}

/** One request. Whatever it comes to, {@link readUpload} says what it did. @throws Failure sink-table-changed when it is refused and a column is gone */
export async function commitUpload(client: MaxComputeClient, target: TunnelTarget, id: string): Promise<void> {
  const shared = tunnelCall(client, target);
  const query = { ...shared.query, uploadid: id };
  const what = `committing an upload to ${targetText(target)}`;
  try {
    await client.call({ ...shared, query, method: 'POST', repeat: 'never', what, timeoutSeconds: 120 });
  } catch (error: unknown) {
    if (error instanceof Refused && error.kind === 'sink-rejected' && !GONE.has(error.code))
      await mustStillHaveColumns(client, target, query, error);
    throw error;
  }
}

/** A refusal need not say that the table was changed since the session was opened. */
async function mustStillHaveColumns(
  client: MaxComputeClient,
  target: TunnelTarget,
  query: Readonly<Record<string, string>>,
  refusal: Refused,
): Promise<void> {
  const what = `comparing an upload with ${targetText(target)}`;
  const { body } = await client.call({ ...tunnelCall(client, target), query, method: 'GET', repeat: 'always', what });
  const table = await findTable(client, target.table);
  const has = ({ name, type }: SinkColumn): boolean =>
    table?.columns.some((column) => column.name === name && column.type === type) === true;
  const gone = sessionColumns(parseObject(body.toString(), what), what).filter((column) => !has(column));
  if (gone.length === 0) return;
  const list = gone.map(({ name, type }) => `${name} ${type.toUpperCase()}`).join(', ');
  throw new Failure('sink-table-changed', `${refusal.message}; the table has no column ${list} any more`);
}

/** The rows' columns with their places in the table. @throws Failure sink-table-changed when one is missing or of another type. */
export function matchColumns(
  session: UploadSession,
  table: string,
  columns: readonly SinkColumn[],
): readonly EncodedColumn[] {
  return columns.map(({ name, type, overflow }) => {
    const at = session.columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase());
    const found = session.columns[at];
    if (!found) throw new Failure('sink-table-changed', `MaxCompute table ${table} has no column ${name} any more`);
    if (canonicalType(found.type) !== canonicalType(type))
      throw new Failure(
        'sink-table-changed',
        `column ${name} of MaxCompute table ${table} is ${found.type}, it was created as ${type}`,
      );
    const place = {
      table,
      name,
      type: found.type,
      field: at + 1,
      bytesMax: Math.min(session.bytesMax, CELL_BYTES_MAX),
    };
    return overflow === undefined ? place : { ...place, overflow };
  });
}
