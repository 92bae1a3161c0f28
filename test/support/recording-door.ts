/** A door in front of MaxCompute: passes requests on, or not, and remembers what became of each commit of an upload session. */
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { DoorFaults, type Refusal } from './door-faults.ts';

export interface CommitRequest {
  readonly session: string;
  readonly table: string;
  /** HTTP status of the service's answer, 0 when it closed the connection instead; absent while it is under way. */
  answer?: number;
}

export interface RecordingDoor extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`; the service's own path follows. */
  readonly address: string;
  readonly commits: readonly CommitRequest[];
  /** While on, every commit arrives twice, and the client hears the second answer. */
  repeatCommits: boolean;
  readonly faults: DoorFaults;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** @throws when the service closes the connection without an answer. */
const passOn = (to: URL, { method = 'GET', url = '/', headers }: IncomingMessage, body: Buffer): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const options = { host: to.hostname, port: to.port, method, path: url, headers, agent: false };
    const outgoing = request(options, (answer) => {
      bytesOf(answer).then((received) => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: received });
      }, reject);
    });
    outgoing.once('error', reject).end(body);
  });

/** POST …/tables/NAME?uploadid=ID is the commit of a session; a block is a PUT. */
function commitIn({ method, url = '/' }: IncomingMessage): CommitRequest | undefined {
  const { pathname, searchParams } = new URL(url, 'http://door');
  const session = searchParams.get('uploadid');
  return method === 'POST' && session !== null ? { session, table: pathname.split('/').at(-1) ?? '' } : undefined;
}

const refused = ({ status, code, retryAfterSeconds }: Refusal): Answer => ({
  status,
  headers: {
    'content-type': 'application/json',
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  },
  body: Buffer.from(JSON.stringify({ Code: code, Message: 'injected at the door' })),
});

/** @param endpoint address of the service, with or without a path */
export async function openDoor(endpoint: string): Promise<RecordingDoor> {
  const to = new URL(endpoint);
  const commits: CommitRequest[] = [];
  const faults = new DoorFaults();
  let repeatCommits = false;

  async function recorded(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const commit = commitIn(incoming);
    if (commit) commits.push(commit);
    try {
      const answer = await passOn(to, incoming, body);
      if (commit) commit.answer = answer.status;
      return answer;
    } catch (error) {
      if (commit) commit.answer = 0;
      throw error;
    }
  }

  async function answerTo(incoming: IncomingMessage): Promise<Answer> {
    const body = await bytesOf(incoming);
    const { action, ended } = faults.meet(incoming.method ?? '', incoming.url ?? '/') ?? {};
    if (typeof action === 'object') return refused(action);
    if (action === 'hold') await ended;
    if (action === 'repeat' || (repeatCommits && commitIn(incoming))) await recorded(incoming, body);
    const answer = await recorded(incoming, body);
    if (action === 'hold-answer') await ended;
    if (action === 'lose') throw new Error('the answer is lost');
    return answer;
  }

  const server = createServer((incoming, response) => {
    const answered = async (): Promise<void> => {
      const { status, headers, body } = await answerTo(incoming);
      response.writeHead(status, headers).end(body);
    };
    answered().catch(() => incoming.socket.destroy()); // as the service did
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new TypeError('a TCP listener has a port');
  return {
    address: `http://127.0.0.1:${bound.port}`,
    commits,
    faults,
    get repeatCommits() {
      return repeatCommits;
    },
    set repeatCommits(on) {
      repeatCommits = on;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
