import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Answer, errorAnswer, type Plane, ServiceError } from './answers.ts';
import type { TableAction } from './access.ts';
import { type Clock, httpDate, systemClock } from './clock.ts';
import {
  type CommitPersonality,
  DroppedAnswer,
  type Fault,
  type FaultOperation,
  type FaultPlan,
  type FaultReport,
} from './faults.ts';
import type { ServiceLimits } from './limits.ts';
import { Routes, type ServiceRequest } from './routes.ts';
import { checkSignature, type Credential } from './signature-check.ts';
import type { SessionReport } from './upload-sessions.ts';
import { Warehouse } from './warehouse.ts';
import { StreamError } from './wire-cursor.ts';

/** The stand-in's only project. */
const PROJECT = 'redoflow_sandbox';

/** The largest body taken: the wire form of a block, far above what clients send. */
const BODY_BYTES_MAX = 512 * 1024 * 1024;

/** What tests do to the service; the control port has the same over HTTP. */
export interface FaultControls {
  /** While on, every connection is closed at once, old ones too. */
  refuse(on: boolean): void;
  /** What a second commit of a closed session is answered. */
  setCommitPersonality(personality: CommitPersonality): void;
  /** Once, the next such operation fails with this HTTP status; 0 drops the connection instead of an answer. */
  failNext(fault: Fault): void;
  /** Plans a fault; returns its number. */
  plan(plan: FaultPlan): number;
  /** Every planned fault and how often it has happened. */
  planned(): readonly FaultReport[];
  /** Forgets planned faults and slowness. */
  clear(): void;
  /** Every such operation takes so long, until 0 is given. */
  slow(operation: FaultOperation, milliseconds: number): void;
  /** Ends an upload or download session now; an unknown id is an error. */
  expireSession(id: string): void;
  /** Ends upload sessions that are not closed: all, or those whose commit was asked for. Returns how many. */
  expireSessions(which: 'open' | 'commit-requested'): number;
  sessions(): readonly SessionReport[];
  /** Quotas in force from now on; what is absent has none. */
  limit(limits: ServiceLimits): void;
  /** Takes a right on a table from the account, or gives all of them back. */
  deny(table: string, action: TableAction): void;
  allowAll(): void;
  /** Ends the life of the temporary credential now, and makes another one. */
  renewSts(): Required<StsCredential>;
  /** Moves the service's clock on; sessions age by it. */
  advanceClock(milliseconds: number): void;
}

export type StsCredential = Pick<Credential, 'accessKeyId' | 'accessKeySecret' | 'securityToken'>;

export interface MaxComputeServer {
  /** `http://127.0.0.1:PORT/api` */
  readonly endpoint: string;
  readonly project: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** A temporary credential that is valid until it is renewed. */
  readonly sts: Required<StsCredential>;
  readonly faults: FaultControls;
  close(): Promise<void>;
}

export interface MaxComputeOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Judges Date headers and session ages; the computer's clock unless given. */
  readonly clock?: Clock;
  /** The access key to accept; a random one unless given. */
  readonly accessKey?: Pick<Credential, 'accessKeyId' | 'accessKeySecret'>;
}

/** Query parameters; `+` is a space, and a flag without `=` has the value ''. */
function parametersOf(query: string): ReadonlyMap<string, string> {
  return new Map(new URLSearchParams(query));
}

/** Closes the connection when nothing of the body comes for so long. */
async function bodyOf(request: IncomingMessage, silentMilliseconds: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const silence = setTimeout(() => request.socket.destroy(), silentMilliseconds);
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      silence.refresh();
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) throw new ServiceError(413, 'InvalidArgument', 'The body is too large.');
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(silence);
  }
  return Buffer.concat(chunks);
}

function planeOf(url: string): Plane {
  return url.startsWith('/api/') || url === '/api' ? 'rest' : 'tunnel';
}

async function readRequest(request: IncomingMessage, silentMilliseconds: number): Promise<ServiceRequest> {
  const url = request.url ?? '/';
  const plane = planeOf(url);
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  return {
    plane,
    method: request.method ?? 'GET',
    resource: decodeURIComponent(plane === 'rest' ? path.slice('/api'.length) : path),
    parameters: parametersOf(query),
    headers: request.headers,
    body: await bodyOf(request, silentMilliseconds),
  };
}

/** Anything that goes wrong becomes an error of the service; what nobody foresaw is a 500 with its message. */
function serviceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof StreamError) return new ServiceError(400, error.code, error.message);
  if (error instanceof URIError) return new ServiceError(400, 'InvalidArgument', 'The URL is not well encoded.');
  return new ServiceError(500, 'InternalServerError', error instanceof Error ? error.message : String(error));
}

interface Sent {
  readonly answer: Answer;
  readonly requestId: string;
  readonly now: number;
}

function send(response: ServerResponse, { answer, requestId, now }: Sent): void {
  const { promisedBytes } = answer;
  response.writeHead(answer.status, {
    Server: 'MaxCompute simulator',
    Date: httpDate(now),
    'x-odps-request-id': requestId,
    'Content-Length': String(promisedBytes ?? Buffer.byteLength(answer.body)),
    ...answer.headers,
  });
  if (promisedBytes === undefined) response.end(answer.body);
  else response.write(answer.body, () => response.destroy());
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server has no TCP address');
  return `127.0.0.1:${String(address.port)}`;
}

const credential = (): { readonly accessKeyId: string; readonly accessKeySecret: string } => ({
  accessKeyId: `SANDBOX${randomBytes(6).toString('hex')}`,
  accessKeySecret: randomBytes(20).toString('base64url'),
});

const temporary = (): Required<StsCredential> => ({
  ...credential(),
  securityToken: randomBytes(24).toString('base64url'),
});

/** An access key of its own, and a temporary one at a time. */
class Account {
  readonly own: Credential;
  /** The first one. */
  readonly sts = temporary();
  known: readonly Credential[];

  constructor(own: Credential) {
    this.own = own;
    this.known = [own, this.sts];
  }

  renewSts(): Required<StsCredential> {
    const next = temporary();
    const ended = this.known.map((each) => (each.securityToken === undefined ? each : { ...each, expired: true }));
    this.known = [...ended, next];
    return next;
  }
}

function faultControls(
  { faults, limits, access, uploads, downloads }: Routes,
  server: Server,
  account: Pick<FaultControls, 'advanceClock' | 'renewSts'>,
): FaultControls {
  return {
    ...account,
    deny: (table, action) => {
      access.deny(table, action);
    },
    allowAll: () => {
      access.allowAll();
    },
    refuse: (on) => {
      faults.refusing = on;
      if (on) server.closeAllConnections();
    },
    setCommitPersonality: (personality) => {
      faults.commitPersonality = personality;
    },
    failNext: (fault) => {
      faults.failNext(fault);
    },
    plan: (plan) => faults.plan(plan),
    planned: () => faults.report(),
    clear: () => {
      faults.clear();
    },
    slow: (operation, milliseconds) => {
      faults.slow(operation, milliseconds);
    },
    expireSession: (id) => {
      if (!uploads.expire(id) && !downloads.expire(id)) throw new Error(`no session ${id}`);
    },
    expireSessions: (which) => uploads.expireAll(which),
    sessions: () => uploads.report(),
    limit: (quotas) => {
      limits.set(quotas);
    },
  };
}

/** Starts the MaxCompute stand-in (REST under /api, Tunnel at the root) on the loopback interface. */
export async function startMaxCompute(options: MaxComputeOptions): Promise<MaxComputeServer> {
  const clock = options.clock ?? systemClock;
  const account = new Account(options.accessKey ?? credential());
  const { own, sts } = account;
  const warehouse = await Warehouse.open();
  const server = createServer({ keepAliveTimeout: 120_000 });
  const address = await listen(server, options.port);
  let advanced = 0;
  // Requests are dated by the real clock still.
  const ahead: Clock = { now: () => clock.now() + advanced };
  const routes = new Routes({ project: PROJECT, address }, warehouse, ahead);

  async function answer(request: IncomingMessage): Promise<Answer> {
    const read = await readRequest(request, routes.limits.silentMilliseconds);
    checkSignature(read, account.known, clock.now());
    return await routes.answer(read);
  }

  server.on('connection', (socket) => {
    if (routes.faults.refusing) socket.destroy();
  });
  server.on('request', (request, response) => {
    const requestId = randomUUID().replaceAll('-', '').toUpperCase();
    answer(request).then(
      (success) => {
        send(response, { answer: success, requestId, now: clock.now() });
      },
      (error: unknown) => {
        if (error instanceof DroppedAnswer || response.destroyed) request.socket.destroy();
        else {
          const refusal = errorAnswer(serviceError(error), planeOf(request.url ?? '/'), requestId);
          send(response, { answer: refusal, requestId, now: clock.now() });
        }
      },
    );
  });

  return {
    endpoint: `http://${address}/api`,
    project: PROJECT,
    accessKeyId: own.accessKeyId,
    accessKeySecret: own.accessKeySecret,
    sts,
    faults: faultControls(routes, server, {
      advanceClock: (milliseconds) => {
        advanced += milliseconds;
      },
      renewSts: () => account.renewSts(),
    }),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await warehouse.close();
    },
  };
}
