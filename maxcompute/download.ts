/**
 * Reads a table or one partition back, as rows in canonical text: for the saved position and for comparisons.
 * A download is a snapshot; every record's checksum and the footer are verified.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { inflateSync } from 'node:zlib';
import { Failure } from '../model/failure.ts';
import type { SinkColumn } from '../model/sink-table.ts';
import type { Row } from '../model/table.ts';
import { integerOf, neededText, parseObject, textOf, type JsonObject } from './answer-json.ts';
import type { Answer, Call, MaxComputeClient } from './client.ts';
import { unreadable } from './errors.ts';
import { decodeRecords } from './record-decoder.ts';
import { sessionColumns, targetText, tunnelCall, type TunnelTarget } from './upload-session.ts';

const FIRST_ROWS = 200;
const ROWS_MAX = 50_000;
/** Of a page, before it is decoded: a table's rows may be of some bytes or of many megabytes. */
const PAGE_BYTES = 8 << 20;
const OPENING_MS_MAX = 60_000;

export interface Download {
  /** In the order of a row's values; partition columns left out. */
  readonly columns: readonly SinkColumn[];
  readonly rows: number;
  readonly batches: AsyncIterable<readonly Row[]>;
}

function plainBody({ headers, body }: Answer, what: string): Buffer {
  const encoding = headers['content-encoding'] ?? '';
  if (encoding === '') return body;
  if (encoding === 'deflate') return inflateSync(body);
  throw unreadable(what, `content encoding ${encoding}`);
}

/** A big table is `initiating` for a while. */
async function opened(client: MaxComputeClient, shared: Call, first: JsonObject): Promise<JsonObject> {
  const id = neededText(first, 'DownloadID', shared.what);
  const deadline = performance.now() + OPENING_MS_MAX;
  let session = first;
  for (let pause = 100; textOf(session, 'Status')?.toLowerCase() === 'initiating'; pause = Math.min(5_000, pause * 2)) {
    if (performance.now() > deadline)
      throw new Failure('sink-unreachable', `${shared.what}: still initiating after a minute`);
    await wait(pause, undefined, { signal: shared.signal });
    const answer = await client.call({ ...shared, method: 'GET', query: { ...shared.query, downloadid: id } });
    session = parseObject(answer.body.toString(), shared.what);
  }
  return { ...session, DownloadID: id };
}

/** The rows behind an open session, as they are asked for: pages of about the same size. */
async function* batchesOf(
  client: MaxComputeClient,
  shared: Call,
  session: Omit<Download, 'batches'>,
): AsyncGenerator<readonly Row[]> {
  let size = FIRST_ROWS;
  for (let from = 0; from < session.rows;) {
    const count = Math.min(size, session.rows - from);
    const answer = await client.call({
      ...shared,
      method: 'GET',
      query: { ...shared.query, data: '', rowrange: `(${from},${count})` },
      headers: { ...shared.headers, 'accept-encoding': 'deflate' },
      timeoutSeconds: 300,
    });
    const body = plainBody(answer, shared.what);
    const rows = decodeRecords(body, session.columns, shared.what);
    if (rows.length !== count) throw unreadable(shared.what, `${rows.length} rows instead of ${count}`);
    yield rows;
    from += count;
    size = Math.max(1, Math.min(ROWS_MAX, 8 * size, Math.floor((PAGE_BYTES * count) / Math.max(1, body.length))));
  }
}

/** @throws Refused NoSuchTable, NoSuchPartition; what `signal` ends it with. */
export async function downloadRows(
  client: MaxComputeClient,
  target: TunnelTarget,
  signal?: AbortSignal,
): Promise<Download> {
  const what = `reading ${targetText(target)}`;
  const every = { repeat: 'always', what, timeoutSeconds: 60, signal } as const;
  const shared: Call = { ...tunnelCall(client, target), method: 'POST', ...every };
  const answer = await client.call({ ...shared, query: { ...shared.query, downloads: '' } });
  const session = await opened(client, shared, parseObject(answer.body.toString(), what));
  const rows = integerOf(session, 'RecordCount');
  if (rows === undefined) throw unreadable(what, 'RecordCount is missing');
  const described = { columns: sessionColumns(session, what), rows };
  const query = { ...shared.query, downloadid: neededText(session, 'DownloadID', what) };
  return { ...described, batches: batchesOf(client, { ...shared, query }, described) };
}
