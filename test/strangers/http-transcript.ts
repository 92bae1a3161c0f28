import { createHmac } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inflateSync } from 'node:zlib';
import { canonicalText } from '../../sandbox/maxcompute/signature-check.ts';

/** UTF-8 text where the bytes are that, else base64. */
export type RecordedBody = { readonly text: string } | { readonly base64: string };

/** One request of a stranger and what the stand-in answered when it was recorded. */
export interface Exchange {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: RecordedBody;
  readonly answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: RecordedBody;
  };
}

export interface HttpTranscript {
  /** Client, version and date. */
  readonly recorded: string;
  readonly accessKey: { readonly accessKeyId: string; readonly accessKeySecret: string };
  /** What the peer program printed. */
  readonly printed: readonly unknown[];
  readonly exchanges: readonly Exchange[];
}

const REQUEST_HEADERS =
  /^(?:date|authorization|content-type|content-md5|content-encoding|accept-encoding|authorization-sts-token|x-odps-.*|odps-tunnel-.*)$/;
const ANSWER_HEADERS = /^(?:location|content-encoding|content-type)$/;

function kept(headers: IncomingHttpHeaders, pattern: RegExp): Record<string, string> {
  const entries = Object.entries(headers).filter(([name]) => pattern.test(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function recordedBody(bytes: Buffer): RecordedBody {
  const text = bytes.toString('utf8');
  // Control characters would be valid UTF-8 too, but are not readable.
  const readable = Buffer.from(text, 'utf8').equals(bytes) && !/[^\P{Cc}\n\r\t]/u.test(text);
  return readable ? { text } : { base64: bytes.toString('base64') };
}

export const bytesOf = (body: RecordedBody): Buffer =>
  'text' in body ? Buffer.from(body.text, 'utf8') : Buffer.from(body.base64, 'base64');

interface Sent {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends one request to a server at `host:port`. */
export async function send(
  address: string,
  exchange: Pick<Exchange, 'method' | 'url' | 'headers'>,
  body: Buffer,
): Promise<Sent> {
  const [host, port] = address.split(':');
  const { method, url: path, headers } = exchange;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest({ host, port, method, path, headers: { ...headers, 'content-length': body.length } });
    request.on('error', reject).on('response', resolve).end(body);
  });
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await bodyOf(answer) };
}

export interface RecordingProxy extends AsyncDisposable {
  /** `host:port` */
  readonly address: string;
  readonly exchanges: readonly Exchange[];
}

/** A proxy in front of the server at `target` that writes down what passes; addresses in answers point back to it. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const exchanges: Exchange[] = [];
  const proxy = { address: '' };
  async function forward(incoming: IncomingMessage): Promise<Sent> {
    const body = await bodyOf(incoming);
    const { method = '', url = '' } = incoming;
    const headers = kept(incoming.headers, REQUEST_HEADERS);
    const sent = await send(target, { method, url, headers }, body);
    const pointed = (text: string): string => text.replaceAll(target, proxy.address);
    const isText = 'text' in recordedBody(sent.body);
    const answered = isText ? Buffer.from(pointed(sent.body.toString('utf8')), 'utf8') : sent.body;
    const answerHeaders = kept(sent.headers, ANSWER_HEADERS);
    const answer = { status: sent.status, headers: answerHeaders, body: recordedBody(sent.body) };
    exchanges.push({ method, url, headers, body: recordedBody(body), answer });
    const location = sent.headers.location;
    const shown = { ...sent.headers, ...(location === undefined ? {} : { location: pointed(location) }) };
    return { ...sent, headers: { ...shown, 'content-length': String(answered.length) }, body: answered };
  }
  const server = createServer((incoming, outgoing) => {
    forward(incoming).then(
      ({ status, headers, body }) => outgoing.writeHead(status, headers).end(body),
      (error: unknown) => outgoing.destroy(error instanceof Error ? error : undefined),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.address = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    address: proxy.address,
    exchanges,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Ids that the server makes up: in session bodies and at the end of a Location. */
export function madeUpIds(headers: Readonly<Record<string, unknown>>, body: Buffer): readonly string[] {
  const inBody = /"(?:UploadID|DownloadID)":"([^"]+)"/.exec(body.toString('latin1'));
  const location = typeof headers['location'] === 'string' ? headers['location'].split('/').at(-1) : undefined;
  return [inBody?.[1], location].filter((id) => id !== undefined);
}

const MASKS: readonly (readonly [RegExp, string])[] = [
  [/127\.0\.0\.1:\d+/g, '<address>'],
  [/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/g, '<date>'],
  [/("(?:createTime|lastDDLTime|lastModifiedTime)":)\d+/g, '$1<time>'],
  [/(<(CreationTime|LastDDLTime|LastModifiedTime)>)\d+/g, '$1<time>'],
  [/(<RequestId>|"RequestId":")[0-9A-F]+/g, '$1<request>'],
  // How far an instance is when it is asked is a matter of speed, not of protocol.
  [/<EndTime>(?:<date>)?<\/EndTime>/g, '<EndTime/>'],
];

/** The meaningful part of an answer: ids, dates and addresses masked, compression undone. */
export function meaning(
  headers: Readonly<Record<string, unknown>>,
  body: Buffer,
  ids: ReadonlyMap<string, string>,
): string {
  const plain = headers['content-encoding'] === 'deflate' ? inflateSync(body) : body;
  const recorded = recordedBody(plain);
  if ('base64' in recorded) return recorded.base64;
  const named = [...ids].reduce((text, [id, name]) => text.replaceAll(id, name), recorded.text);
  return MASKS.reduce((text, [pattern, name]) => text.replace(pattern, name), named);
}

/** Signs a request anew (v2), after an id in its URL has changed. */
export function signed(exchange: Exchange, url: string, key: HttpTranscript['accessKey']): Record<string, string> {
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  const resource = decodeURIComponent(path.startsWith('/api/') ? path.slice('/api'.length) : path);
  const request = {
    method: exchange.method,
    resource,
    parameters: new Map(new URLSearchParams(query)),
    headers: exchange.headers,
  };
  const signature = createHmac('sha1', key.accessKeySecret).update(canonicalText(request), 'utf8').digest('base64');
  return { ...exchange.headers, authorization: `ODPS ${key.accessKeyId}:${signature}` };
}
