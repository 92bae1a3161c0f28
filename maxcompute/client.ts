/**
 * One signed request to MaxCompute, and one bounded repetition of what may be repeated, so that a single 503 does not cost an
 * attempt. Longer outages are waited out by whoever called: see model/failure.ts.
 */
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Failure } from '../model/failure.ts';
import { parseEndpoint, tunnelAddress, type MaxComputeConnection } from './connection.ts';
import {
  isDamagedBody,
  isRefusedAtTheDoor,
  isUnsent,
  kindOf,
  parseComplaint,
  Refused,
  unreachable,
  type Complaint,
} from './errors.ts';
import { sendingOf } from './pace.ts';
import { Pacer } from './pacer.ts';
import { signatureHeaders, type Credentials } from './signature.ts';

/**
 * - `always`: doing it twice is doing it once.
 * - `unsent`: only if the first never reached the service, or the service says that it did nothing.
 * - `never`: one request, whatever happens.
 */
export type Repeat = 'always' | 'unsent' | 'never';

export interface Call {
  readonly plane: 'service' | 'tunnel';
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Relative to the endpoint, decoded. */
  readonly path: string;
  /** A flag has the empty value. */
  readonly query?: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly repeat: Repeat;
  /** Begins the text of a failure: `creating table t`. */
  readonly what: string;
  /** From connecting to the last byte of the answer. */
  readonly timeoutSeconds?: number;
  /** What the service says may quote a row's value: only its code is passed on. */
  readonly carriesRows?: boolean;
  /** Ends the request, or the wait for its repetition, at once. */
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What one attempt came to, when it did not succeed. */
interface Setback {
  readonly failure: Failure;
  readonly again: boolean;
  /** What the service asked to wait. */
  readonly retryAfterMs?: number;
}

export interface RetryLimits {
  readonly attemptsMax: number;
  readonly firstWaitMs: number;
  /** No repetition begins later than this after the first attempt. */
  readonly budgetMs: number;
}

const LIMITS: RetryLimits = { attemptsMax: 6, firstWaitMs: 250, budgetMs: 30_000 };
const WAIT_MAX_MS = 8_000;
const WRITE_BYTES = 1 << 20;
const USER_AGENT = 'redoflow';

const segment = (text: string): string => encodeURIComponent(text);
const encodedPath = (path: string): string => path.split('/').map(segment).join('/');
const encodedQuery = (query: Readonly<Record<string, string>>): string =>
  Object.entries(query)
    .map(([name, value]) => (value === '' ? segment(name) : `${segment(name)}=${segment(value)}`))
    .join('&');

/** A body in writes of 1 MiB: the socket's pace, without a copy. */
function* writes(body: Buffer): Generator<Buffer> {
  for (let from = 0; from < body.length; from += WRITE_BYTES) yield body.subarray(from, from + WRITE_BYTES);
}

function seconds(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}

/** A refusal that promises nothing was done: a quota, or Java's "submit again later" (409 with Retry-After). */
const undone = (status: number, kind: string, retryAfterMs: number | undefined): boolean =>
  kind === 'sink-throttled' || (status === 409 && retryAfterMs !== undefined);

const isAtTheDoor = ({ status, body }: Answer): boolean =>
  status >= 300 && isRefusedAtTheDoor(status, parseComplaint(body.toString()).code);

const isThrottled = ({ status, body }: Answer): boolean =>
  status >= 300 && kindOf(status, parseComplaint(body.toString()).code) === 'sink-throttled';

export class MaxComputeClient implements AsyncDisposable {
  readonly connection: MaxComputeConnection;
  private readonly endpoint: URL;
  private readonly agent = new Agent({ connect: { timeout: 10_000 } });
  private readonly limits: RetryLimits;
  readonly pacer: Pacer;
  private credentials: Credentials;
  /** Of all credentials that were ever used. */
  private readonly secrets = new Set<string>();
  private tunnel: Promise<URL> | undefined;

  /** @param told hears, in a sentence, when the pace changes */
  constructor(connection: MaxComputeConnection, limits: RetryLimits = LIMITS, told?: (text: string) => void) {
    this.connection = connection;
    this.limits = limits;
    this.pacer = new Pacer(told);
    this.credentials = this.learnt(connection);
    this.endpoint = parseEndpoint(connection.endpoint);
    if (connection.tunnelEndpoint !== undefined)
      this.tunnel = Promise.resolve(parseEndpoint(connection.tunnelEndpoint));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent.destroy();
  }

  /** The answer of a call that succeeded. @throws Refused, Failure sink-unreachable, or what the call's signal ends it with. */
  async call(call: Call): Promise<Answer> {
    const started = performance.now();
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.attempt(call);
      if ('body' in outcome) return outcome;
      const pause = outcome.retryAfterMs ?? Math.min(WAIT_MAX_MS, this.limits.firstWaitMs * 2 ** (attempt - 1));
      const inTime = performance.now() - started + pause < this.limits.budgetMs;
      if (!outcome.again || !inTime || attempt >= this.limits.attemptsMax) throw outcome.failure;
      // Up to a quarter more, so that chunks which failed together do not come back together.
      await wait(pause * (1 + Math.random() / 4), undefined, { signal: call.signal });
    }
  }

  private async attempt(call: Call): Promise<Answer | Setback> {
    const base = call.plane === 'tunnel' ? await this.tunnelBase() : this.endpoint;
    try {
      const used = this.credentials;
      let answer = await this.paced(call, base);
      // Nothing was done, so any call may be signed anew.
      if (isAtTheDoor(answer) && this.renewed(used)) answer = await this.paced(call, base);
      return answer.status < 300 ? answer : this.refused(call, answer);
    } catch (error: unknown) {
      call.signal?.throwIfAborted();
      // Discovery may know a better address by now.
      if (call.plane === 'tunnel' && this.connection.tunnelEndpoint === undefined) this.tunnel = undefined;
      const again = call.repeat === 'always' || (call.repeat === 'unsent' && isUnsent(error));
      return { failure: unreachable(call.what, base.host, error), again };
    }
  }

  /** SQL and metadata are few; what goes to the Tunnel is held back before the service has to. */
  private async paced(call: Call, base: URL): Promise<Answer> {
    if (call.plane === 'service') return this.send(call, base);
    const request = { sending: sendingOf(call), table: call.path, signal: call.signal };
    return this.pacer.paced(request, async () => this.send(call, base), isThrottled);
  }

  private refused(call: Call, { status, headers, body }: Answer): Setback {
    const complaint = parseComplaint(body.toString());
    const kind = kindOf(status, complaint.code);
    const retryAfterMs = seconds(headers['retry-after']);
    const passing = kind === 'sink-unreachable' || isDamagedBody(complaint.code) || undone(status, kind, retryAfterMs);
    const again = call.repeat === 'always' ? passing : call.repeat === 'unsent' && undone(status, kind, retryAfterMs);
    const harmless = this.harmless(complaint, call.carriesRows ?? false);
    const failure = new Refused(call.what, status, harmless, headers['date']);
    return retryAfterMs === undefined ? { failure, again } : { failure, again, retryAfterMs };
  }

  /** Without keys, tokens and, where the service may quote them, row values. */
  harmless(complaint: Complaint, carriesRows: boolean): Complaint {
    let message = carriesRows ? '' : complaint.message;
    for (const secret of this.secrets) message = message.replaceAll(secret, '***');
    return { ...complaint, message };
  }

  /** Others than those that were just refused: a token that was replaced. */
  private renewed(refused: Credentials): boolean {
    if (this.credentials !== refused) return true; // another call was first
    const read = this.readAgain();
    const same = read?.accessKeyId === refused.accessKeyId && read.accessKeySecret === refused.accessKeySecret;
    if (read === undefined || (same && read.stsToken === refused.stsToken)) return false;
    const { region } = this.connection;
    this.credentials = this.learnt({ ...read, ...(region !== undefined && { region }) });
    return true;
  }

  private readAgain(): Credentials | undefined {
    try {
      return this.connection.readAgain?.();
    } catch {
      return undefined; // a file that is being replaced, perhaps: what the service said is the failure
    }
  }

  private learnt(credentials: Credentials): Credentials {
    const { accessKeyId, accessKeySecret, stsToken = '' } = credentials;
    for (const secret of [accessKeySecret, stsToken, accessKeyId]) if (secret !== '') this.secrets.add(secret);
    return credentials;
  }

  private async send(call: Call, base: URL): Promise<Answer> {
    const { method, path, body, timeoutSeconds = 30 } = call;
    const query = { ...call.query, curr_project: this.connection.project };
    const headers: Record<string, string> = {
      ...call.headers,
      date: new Date().toUTCString(),
      'user-agent': USER_AGENT,
      'x-odps-user-agent': USER_AGENT,
      'content-length': String(body?.length ?? 0),
    };
    if (method === 'GET') delete headers['content-length'];
    Object.assign(headers, signatureHeaders({ method, path, query, headers }, this.credentials));
    const prefix = base.pathname.replace(/\/+$/, '');
    const answer = await request(`${base.origin}${prefix}${encodedPath(path)}?${encodedQuery(query)}`, {
      method,
      headers,
      body: body === undefined ? null : Readable.from(writes(body)),
      dispatcher: this.agent,
      signal: AbortSignal.any([AbortSignal.timeout(timeoutSeconds * 1000), ...(call.signal ? [call.signal] : [])]),
      headersTimeout: timeoutSeconds * 1000,
      bodyTimeout: timeoutSeconds * 1000,
    });
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
      ),
      body: Buffer.from(await answer.body.arrayBuffer()),
    };
  }

  private async tunnelBase(): Promise<URL> {
    this.tunnel ??= this.discoverTunnel();
    try {
      return await this.tunnel;
    } catch (error: unknown) {
      this.tunnel = undefined;
      throw error;
    }
  }

  /** Asks the service where the tunnel is; the answer is plain `host[:port]`. */
  async discoverTunnel(): Promise<URL> {
    const { project, quota } = this.connection;
    const { body } = await this.call({
      plane: 'service',
      method: 'GET',
      path: `/projects/${project}/tunnel`,
      query: { service: '', ...(quota === undefined ? {} : { quotaName: quota }) },
      repeat: 'always',
      what: `finding the tunnel endpoint of project ${project}`,
    });
    return tunnelAddress(this.endpoint, body.toString());
  }
}
