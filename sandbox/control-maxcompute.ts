import { type Action, BadInput, type Body, oneOf } from './control-input.ts';
import { FAULT_ACTIONS, FAULT_OPERATIONS, type FaultPlan } from './maxcompute/faults.ts';
import type { ServiceLimits } from './maxcompute/limits.ts';
import type { FaultControls } from './maxcompute/server.ts';

/** Used unless a plan says otherwise. */
const USUAL_STATUS = 503;

function whole(body: Body, name: string, usual: number): number {
  const value = body.get(name) ?? usual;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw new BadInput(`${name} must be a whole number from 0`);
  return value;
}

function statusOf(body: Body): number {
  const status = whole(body, 'status', USUAL_STATUS);
  if (status !== 0 && (status < 300 || status > 599))
    throw new BadInput('status must be 300 to 599, or 0 for no answer');
  return status;
}

/** A plan that does not say how often happens once. */
function timesOf(body: Body): number {
  return body.get('times') === 'always' ? Infinity : whole(body, 'times', 1);
}

function refuseUnknown(body: Body, known: readonly string[]): void {
  const unknown = [...body.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) throw new BadInput(`${unknown} is not one of ${known.join(', ')}`);
}

const PLAN_MEMBERS = [
  'operation',
  'action',
  'when',
  'status',
  'code',
  'retryAfterSeconds',
  'milliseconds',
  'skip',
  'times',
];

function planOf(body: Body): FaultPlan {
  refuseUnknown(body, PLAN_MEMBERS);
  const code = body.get('code');
  if (code !== undefined && typeof code !== 'string') throw new BadInput('code must be a text');
  return {
    operation: oneOf(body, 'operation', FAULT_OPERATIONS),
    action: oneOf(body, 'action', FAULT_ACTIONS),
    when: body.has('when') ? oneOf(body, 'when', ['before', 'after'] as const) : 'before',
    status: statusOf(body),
    ...(code === undefined ? {} : { code }),
    ...(body.has('retryAfterSeconds') ? { retryAfterSeconds: whole(body, 'retryAfterSeconds', 0) } : {}),
    milliseconds: whole(body, 'milliseconds', 0),
    skip: whole(body, 'skip', 0),
    times: timesOf(body),
  };
}

const LIMIT_MEMBERS = [
  'requestsPerSecond',
  'openSessions',
  'sessionsPerFiveMinutes',
  'blocksPerFiveMinutes',
  'commitsPerFifteenSeconds',
  'downloadsPerFiveMinutes',
  'retryAfterSeconds',
] as const satisfies readonly (keyof ServiceLimits)[];

function limitsOf(body: Body): ServiceLimits {
  refuseUnknown(body, LIMIT_MEMBERS);
  return Object.fromEntries(LIMIT_MEMBERS.filter((name) => body.has(name)).map((name) => [name, whole(body, name, 0)]));
}

/** Actions of the control port on MaxCompute beyond the simple ones, by method and path; what one returns is the answer. */
export function maxComputeActions(faults: FaultControls): ReadonlyMap<string, Action> {
  return new Map<string, Action>([
    ['POST /maxcompute/faults', (body) => ({ id: faults.plan(planOf(body)) })],
    [
      'GET /maxcompute/faults',
      () => ({
        // JSON has no Infinity.
        faults: faults
          .planned()
          .map((fault) => ({ ...fault, times: fault.times === Infinity ? 'always' : fault.times })),
      }),
    ],
    [
      'POST /maxcompute/clear-faults',
      () => {
        faults.clear();
      },
    ],
    ['GET /maxcompute/sessions', () => ({ sessions: faults.sessions() })],
    [
      'POST /maxcompute/expire-sessions',
      (body) => ({ expired: faults.expireSessions(oneOf(body, 'which', ['open', 'commit-requested'] as const)) }),
    ],
    [
      'POST /maxcompute/limits',
      (body) => {
        faults.limit(limitsOf(body));
      },
    ],
    [
      'POST /maxcompute/advance-clock',
      (body) => {
        faults.advanceClock(whole(body, 'milliseconds', 0));
      },
    ],
  ]);
}
