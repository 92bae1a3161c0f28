/** Faults of single calls of both wires: each is armed at the sandbox before the run, for the k-th call of its point. */
import { control } from '../../demo/parts.ts';

/** A fault by its logical place, which does not depend on time: `lost-reply@maxcompute.commit#17`. */
export interface Fault {
  readonly kind: string;
  readonly point: string;
  /** Which call, transaction or attempt of that point, from 1. */
  readonly at: number;
}

export const siteOf = ({ kind, point, at }: Fault): string => `${kind}@${point}#${at}`;

type Target = Parameters<typeof control>[0];
type Body = Readonly<Record<string, unknown>>;

export interface CallKind {
  readonly points: readonly string[];
  /** What the control port is told, but for the place. */
  readonly body: Body;
}

const ALL_UPLOADS = ['maxcompute.create', 'maxcompute.block', 'maxcompute.status', 'maxcompute.commit'];
const ALL_REQUESTS = [...ALL_UPLOADS, 'maxcompute.sql', 'maxcompute.poll', 'maxcompute.metadata'];
const answer = (status: number, more: Body = {}, points = ALL_REQUESTS): CallKind => ({
  points,
  body: { action: 'answer', status, ...more },
});
/** Less than `REDOFLOW_COMMIT_QUIET_SECONDS` of the workers: longer no request lives at the service. */
const LATE_MS = 1_500;

export const MAXCOMPUTE_CALLS: Readonly<Record<string, CallKind>> = {
  'server-error-500': answer(500),
  'bad-gateway-502': answer(502),
  'unavailable-503': answer(503),
  'gateway-timeout-504': answer(504),
  'throttled-429': answer(429, { retryAfterSeconds: 1 }, ALL_UPLOADS),
  'throttled-429-without-time': answer(429, {}, ALL_UPLOADS),
  'conflict-409': answer(409, { code: 'StatusConflict' }, ['maxcompute.commit']),
  'request-dropped': { points: ALL_REQUESTS, body: { action: 'drop', when: 'before' } },
  'reply-lost': { points: ALL_REQUESTS, body: { action: 'drop', when: 'after' } },
  'applied-then-503': answer(503, { when: 'after' }),
  'answer-truncated': { points: ALL_REQUESTS, body: { action: 'truncate' } },
  'answer-halved': {
    points: ['maxcompute.create', 'maxcompute.status', 'maxcompute.block'],
    body: { action: 'halve' },
  },
  'request-slow': { points: ALL_REQUESTS, body: { action: 'delay', milliseconds: LATE_MS } },
  'answer-slow': { points: ALL_REQUESTS, body: { action: 'delay', when: 'after', milliseconds: LATE_MS } },
  'refused-and-late': {
    points: ['maxcompute.create', 'maxcompute.block', 'maxcompute.commit'],
    body: { action: 'late', status: 504, milliseconds: LATE_MS },
  },
};

/** Statements that only the product sends; the workload's own are left alone but for its logins. */
const ORACLE_POINTS: Readonly<Record<string, Body>> = {
  'oracle.login': { call: 'login' },
  'oracle.copy': { call: 'execute', matching: 'AS OF SCN' },
  'oracle.copy-fetch': { call: 'fetch', matching: 'AS OF SCN' },
  'oracle.mine': { call: 'execute', matching: 'V$LOGMNR_CONTENTS' },
  'oracle.mine-fetch': { call: 'fetch', matching: 'V$LOGMNR_CONTENTS' },
  'oracle.start-mining': { call: 'execute', matching: 'DBMS_LOGMNR' },
  'oracle.threads': { call: 'execute', matching: 'V$THREAD' },
  'oracle.archived-logs': { call: 'execute', matching: 'V$ARCHIVED_LOG' },
};
const READING = ['oracle.copy', 'oracle.copy-fetch', 'oracle.mine', 'oracle.mine-fetch', 'oracle.start-mining'];
const VIEWS = ['oracle.threads', 'oracle.archived-logs'];
const ANY_CALL = [...READING, ...VIEWS, 'oracle.login'];
const error = (number: number, points: readonly string[]): CallKind => ({
  points,
  body: { do: 'error', error: number },
});

export const ORACLE_CALLS: Readonly<Record<string, CallKind>> = {
  'connection-dropped': { points: ANY_CALL, body: { do: 'drop' } },
  'rows-truncated': { points: [...READING, ...VIEWS], body: { do: 'truncate' } },
  'call-slow': { points: ANY_CALL, body: { do: 'delay', milliseconds: 2_000 } },
  'session-killed-ora-00028': error(28, [...READING, ...VIEWS]),
  'archived-log-gone-over-ora-00310': error(310, ['oracle.mine']),
  'not-logged-on-ora-01012': error(1012, READING),
  'starting-ora-01033': error(1033, ['oracle.login']),
  'shutdown-ora-01089': error(1089, [...READING, 'oracle.login']),
  'terminated-ora-01092': error(1092, READING),
  'undo-gone-ora-01555': error(1555, ['oracle.copy', 'oracle.mine']),
  'idle-ora-02396': error(2396, READING),
  'end-of-file-ora-03113': error(3113, ANY_CALL),
  'contact-lost-ora-03135': error(3135, [...READING, ...VIEWS]),
  'no-shared-memory-ora-04031': error(4031, ['oracle.mine', 'oracle.start-mining']),
  'no-memory-ora-04036': error(4036, ['oracle.mine', 'oracle.start-mining']),
};

const isOracle = ({ point }: Fault): boolean => point.startsWith('oracle.');
export const isCallFault = ({ kind }: Fault): boolean => kind in ORACLE_CALLS || kind in MAXCOMPUTE_CALLS;

/** Arms them all; the places count from now. Answers a function that tells which of them have happened. */
export async function armCalls(target: Target, faults: readonly Fault[]): Promise<() => Promise<readonly Fault[]>> {
  const oracle = new Map<number, Fault>();
  const maxcompute = new Map<number, Fault>();
  for (const fault of faults.filter(isCallFault)) {
    if (isOracle(fault)) {
      const body = { ...ORACLE_CALLS[fault.kind]?.body, ...ORACLE_POINTS[fault.point], nth: fault.at };
      const { fault: id } = (await control(target, '/oracle/fault', body)) as { readonly fault: number };
      oracle.set(id, fault);
    } else {
      const operation = fault.point.slice('maxcompute.'.length);
      const body = { ...MAXCOMPUTE_CALLS[fault.kind]?.body, operation, skip: fault.at - 1 };
      const { id } = (await control(target, '/maxcompute/faults', body)) as { readonly id: number };
      maxcompute.set(id, fault);
    }
  }
  return async () => [
    ...(await happened(target, '/oracle/faults', oracle)),
    ...(await happened(target, '/maxcompute/faults', maxcompute)),
  ];
}

interface Told {
  readonly faults: readonly { readonly id: number; readonly fired?: number; readonly happened?: number }[];
}

async function happened(target: Target, action: string, armed: ReadonlyMap<number, Fault>): Promise<readonly Fault[]> {
  const { faults } = (await control(target, action, undefined)) as Told; // the sandbox's own answer
  return faults.flatMap(({ id, fired = 0, happened: times = 0 }) => {
    const fault = armed.get(id);
    return fault && fired + times > 0 ? [fault] : [];
  });
}
