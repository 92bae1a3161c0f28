import { createServer, type IncomingMessage } from 'node:http';
import { BadInput, flag, milliseconds, oneOf, text, type Action, type Body } from './control-input.ts';
import { maxComputeActions } from './control-maxcompute.ts';
import { oracleLogActions, type OracleLogControls } from './control-oracle-logs.ts';
import { oracleActions, type OracleTargets } from './control-oracle.ts';
import { redoActions, type RedoTargets } from './control-redo.ts';
import type { FaultControls } from './maxcompute/server.ts';

const OPERATIONS = ['commit', 'create', 'block', 'status', 'sql'] as const;
const MOMENTS = ['before', 'after'] as const;
const PERSONALITIES = ['ok', 'conflict'] as const;
const LONGEST_BODY = 65_536;

/** An operation of MaxCompute that will fail once. */
export interface FailNext {
  readonly operation: (typeof OPERATIONS)[number];
  /** `after`: it takes effect, and then its answer says that it failed. */
  readonly when: (typeof MOMENTS)[number];
  /** HTTP status of the answer; 0 closes the connection without one. */
  readonly status: number;
}

/** What the control port acts on. */
export interface ControlTargets {
  /** Committed transactions whose number is greater than `after`, in commit order. */
  journal(after: number): readonly unknown[];
  readonly oracle: OracleTargets;
  /** What control-redo.ts acts on. */
  readonly redo?: RedoTargets;
  /** What control-oracle-logs.ts acts on; without it the port has only the simple actions on Oracle. */
  readonly oracleLogs?: OracleLogControls;
  /** What control-maxcompute.ts acts on; without it the port has the simple actions on MaxCompute only. */
  readonly maxComputeFaults?: FaultControls;
  refuseMaxCompute(on: boolean): void;
  /** What a second commit of a closed session is answered. */
  setCommitPersonality(again: (typeof PERSONALITIES)[number]): void;
  failNext(fault: FailNext): void;
  /** Every operation of this kind takes so long, until 0 is given. */
  slow(operation: (typeof OPERATIONS)[number], milliseconds: number): void;
  /** @throws for an id that it does not know. */
  expireSession(id: string): void;
}

export interface Control {
  readonly url: string;
  close(): Promise<void>;
}

/** Every action by method and path. */
function actionsOn(targets: ControlTargets): ReadonlyMap<string, Action> {
  return new Map<string, Action>([
    ['GET /journal', (_, query) => ({ entries: targets.journal(position(query.get('after') ?? '0')) })],
    ...oracleActions(targets.oracle),
    ...(targets.redo === undefined ? [] : redoActions(targets.redo)),
    ...(targets.oracleLogs === undefined ? [] : oracleLogActions(targets.oracleLogs)),
    ...(targets.maxComputeFaults === undefined ? [] : maxComputeActions(targets.maxComputeFaults)),
    [
      'POST /maxcompute/refuse',
      (body) => {
        targets.refuseMaxCompute(flag(body, 'on'));
      },
    ],
    [
      'POST /maxcompute/commit-personality',
      (body) => {
        targets.setCommitPersonality(oneOf(body, 'again', PERSONALITIES));
      },
    ],
    [
      'POST /maxcompute/fail-next',
      (body) => {
        targets.failNext({
          operation: oneOf(body, 'operation', OPERATIONS),
          when: oneOf(body, 'when', MOMENTS),
          status: httpStatus(body.get('status')),
        });
      },
    ],
    [
      'POST /maxcompute/slow',
      (body) => {
        targets.slow(oneOf(body, 'operation', OPERATIONS), milliseconds(body));
      },
    ],
    [
      'POST /maxcompute/expire-session',
      (body) => {
        targets.expireSession(text(body, 'id'));
      },
    ],
  ]);
}

function position(given: string): number {
  if (!/^\d{1,15}$/.test(given)) throw new BadInput('after must be the number of a journal entry, 0 for all');
  return Number(given);
}

function httpStatus(value: unknown): number {
  const valid = typeof value === 'number' && Number.isInteger(value) && (value === 0 || (value >= 400 && value <= 599));
  if (!valid) throw new BadInput('status must be an HTTP status from 400 to 599, or 0 for no answer at all');
  return value;
}

/** Starts the control port on 127.0.0.1; 0 = any free port. Requests and answers are JSON objects. */
export async function startControl(targets: ControlTargets, options: { readonly port: number }): Promise<Control> {
  const actions = actionsOn(targets);
  const server = createServer((request, response) => {
    void answer(actions, request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json', server: 'redoflow simulator' });
      response.end(`${JSON.stringify(body)}\n`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      const stopped = new Promise<void>((resolve) =>
        server.close(() => {
          resolve();
        }),
      );
      server.closeAllConnections();
      await stopped;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function answer(actions: ReadonlyMap<string, Action>, request: IncomingMessage): Promise<Answer> {
  try {
    const url = new URL(request.url ?? '/', 'http://control');
    const action = actions.get(`${request.method ?? 'GET'} ${url.pathname}`);
    if (action === undefined) return { status: 404, body: { error: 'no such action', actions: [...actions.keys()] } };
    return { status: 200, body: (await action(await readBody(request), url.searchParams)) ?? {} };
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

async function readBody(request: AsyncIterable<Buffer>): Promise<Body> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > LONGEST_BODY) throw new BadInput(`the request is longer than ${LONGEST_BODY} bytes`);
    chunks.push(chunk);
  }
  if (length === 0) return new Map();
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (typeof body !== 'object' || body === null) throw new BadInput('the request must be a JSON object');
  return new Map(Object.entries(body));
}
