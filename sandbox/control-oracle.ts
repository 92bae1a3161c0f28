import { BadInput, count, flag, milliseconds, oneOf, optional, text, texts } from './control-input.ts';
import type { Action, Body } from './control-input.ts';
import { CALL_KINDS } from './oracle/faults.ts';
import type { FaultAction, FaultRule, FaultState, Refusal } from './oracle/faults.ts';

/** What the control port does to the pretended Oracle. */
export interface OracleTargets {
  /** How new connections are turned away; undefined: not any more. */
  refuse(refusal: Refusal | undefined): void;
  /** Closes the listener's port, or opens it again. Open connections stay. */
  setListening(on: boolean): Promise<void>;
  /** Closes all connections without a word. */
  drop(): void;
  freeze(on: boolean): void;
  /** Gives the fault's number. */
  addFault(rule: FaultRule): number;
  faults(): readonly FaultState[];
  /** Ends all faults, refusals and freezes. */
  clearFaults(): void;
  switchLog(): void;
  /** Undo of transactions that committed before this SCN is gone; `now`: all undo of committed transactions. */
  forgetUndo(before: number | 'now'): void;
  /** Keeps the undo of the newest so many SCNs; undefined: forgets nothing more. */
  retainUndo(scns: number | undefined): void;
  /** Makes or replaces a user. */
  setUser(user: {
    readonly name: string;
    readonly password: string;
    readonly privileges: readonly string[];
    readonly status: (typeof STATUSES)[number];
  }): void;
  grant(user: string, privileges: readonly string[]): void;
  revoke(user: string, privileges: readonly string[]): void;
}

const STATUSES = ['open', 'locked', 'expired'] as const;
const ACTIONS = ['error', 'drop', 'truncate', 'delay', 'freeze'] as const;
const MOMENTS = ['before', 'after'] as const;
/** "No listener": there is nothing on the port that could say so. */
const NO_LISTENER = 12_541;
const MOST = 1_000_000_000;

export function oracleActions(oracle: OracleTargets): readonly (readonly [string, Action])[] {
  return [
    ['POST /oracle/refuse', async (body) => refuse(oracle, body)],
    [
      'POST /oracle/drop',
      () => {
        oracle.drop();
      },
    ],
    [
      'POST /oracle/freeze',
      (body) => {
        oracle.freeze(flag(body, 'on'));
      },
    ],
    ['POST /oracle/fault', (body) => ({ fault: oracle.addFault(faultRule(body)) })],
    ['GET /oracle/faults', () => ({ faults: oracle.faults() })],
    [
      'POST /oracle/clear-faults',
      async () => {
        oracle.clearFaults();
        await oracle.setListening(true);
      },
    ],
    [
      'POST /oracle/switch-log',
      () => {
        oracle.switchLog();
      },
    ],
    [
      'POST /oracle/undo',
      (body) => {
        changeUndo(oracle, body);
      },
    ],
    ...userActions(oracle),
  ];
}

function userActions(oracle: OracleTargets): readonly (readonly [string, Action])[] {
  return [
    [
      'POST /oracle/user',
      (body) => {
        const status = optional(body, 'status', (given, name) => oneOf(given, name, STATUSES)) ?? 'open';
        const [name, password, privileges] = [text(body, 'name'), text(body, 'password'), texts(body, 'privileges')];
        oracle.setUser({ name, password, privileges, status });
      },
    ],
    [
      'POST /oracle/grant',
      (body) => {
        oracle.grant(text(body, 'user'), texts(body, 'privileges'));
      },
    ],
    [
      'POST /oracle/revoke',
      (body) => {
        oracle.revoke(text(body, 'user'), texts(body, 'privileges'));
      },
    ],
  ];
}

async function refuse(oracle: OracleTargets, body: Body): Promise<void> {
  if (!flag(body, 'on')) {
    oracle.refuse(undefined);
    await oracle.setListening(true);
    return;
  }
  const error = optional(body, 'error', (given, name) => count(given, name, [1, 99_999]));
  const connections = optional(body, 'connections', (given, name) => count(given, name, [1, MOST]));
  if (error === NO_LISTENER) {
    if (connections !== undefined) throw new BadInput('a closed port cannot count connections: give no connections');
    await oracle.setListening(false);
    return;
  }
  oracle.refuse({ ...(error === undefined ? {} : { error }), ...(connections === undefined ? {} : { connections }) });
}

function faultRule(body: Body): FaultRule {
  const call = optional(body, 'call', (given, name) => oneOf(given, name, CALL_KINDS));
  const matching = optional(body, 'matching', text);
  return {
    action: faultAction(body),
    ...(call === undefined ? {} : { call }),
    ...(matching === undefined ? {} : { matching }),
    nth: optional(body, 'nth', (given, name) => count(given, name, [1, MOST])) ?? 1,
    times: optional(body, 'times', (given, name) => count(given, name, [0, MOST])) ?? 1,
    when: optional(body, 'when', (given, name) => oneOf(given, name, MOMENTS)) ?? 'before',
  };
}

function faultAction(body: Body): FaultAction {
  const kind = oneOf(body, 'do', ACTIONS);
  switch (kind) {
    case 'error': {
      const message = optional(body, 'message', text);
      const error = count(body, 'error', [1, 99_999]);
      return { do: kind, error, ...(message === undefined ? {} : { message }) };
    }
    case 'delay':
      return { do: kind, milliseconds: milliseconds(body) };
    case 'truncate': {
      const bytes = optional(body, 'bytes', (given, name) => count(given, name, [0, MOST]));
      return { do: kind, ...(bytes === undefined ? {} : { bytes }) };
    }
    default:
      return { do: kind };
  }
}

function changeUndo(oracle: OracleTargets, body: Body): void {
  if (body.has('forgetBefore')) {
    const before = text(body, 'forgetBefore');
    if (before !== 'now' && !/^\d{1,15}$/.test(before)) throw new BadInput('forgetBefore must be an SCN, or now');
    oracle.forgetUndo(before === 'now' ? before : Number(before));
    return;
  }
  if (!body.has('retainScns')) throw new BadInput('forgetBefore or retainScns must be given');
  const retained = body.get('retainScns');
  oracle.retainUndo(retained === null ? undefined : count(body, 'retainScns', [0, MOST]));
}
