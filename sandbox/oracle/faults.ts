import { OracleError } from './engine.ts';

/** What may go wrong with connections and calls, by order of the control port. */
export const CALL_KINDS = ['login', 'execute', 'fetch', 'commit', 'rollback', 'ping'] as const;

export type CallKind = (typeof CALL_KINDS)[number];

/** A call as faults see it; one call is one round trip of a logged-in client, or a step of its login. */
export interface CallFacts {
  readonly kind: CallKind | 'handshake';
  /** The statement of an execute or fetch. */
  readonly sql?: string;
}

export type FaultAction =
  | { readonly do: 'error'; readonly error: number; readonly message?: string }
  /** The connection ends without an answer. */
  | { readonly do: 'drop' }
  /** So many bytes of the answer (half of it, if absent), then the connection ends. */
  | { readonly do: 'truncate'; readonly bytes?: number }
  | { readonly do: 'delay'; readonly milliseconds: number }
  /** This connection is never answered again. */
  | { readonly do: 'freeze' };

export interface FaultRule {
  readonly action: FaultAction;
  /** Absent: any call. */
  readonly call?: CallKind;
  /** Part of the statement's text; letter case does not matter. */
  readonly matching?: string;
  /** The first such call from now on that fails; 1 = the next. */
  readonly nth: number;
  /** How many calls fail from there on; 0 = all. */
  readonly times: number;
  /** `after`: the call has its effect, and then fails. */
  readonly when: 'before' | 'after';
}

/** A rule with what it has seen. */
export interface FaultState extends FaultRule {
  readonly id: number;
  readonly seen: number;
  readonly fired: number;
}

/** How a listener turns clients away. */
export interface Refusal {
  /** An error of the listener, as in 12514; absent: it closes the connection at once. */
  readonly error?: number;
  /** So many connections; absent: until told otherwise. */
  readonly connections?: number;
}

interface Counted {
  readonly id: number;
  readonly rule: FaultRule;
  seen: number;
  fired: number;
}

export class OracleFaults {
  #refusal: { readonly error: number | undefined; left: number } | undefined;
  #rules: Counted[] = [];
  #lastId = 0;
  #thaw: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  /** Undefined: all are taken. */
  setRefusal(refusal: Refusal | undefined): void {
    this.#refusal =
      refusal === undefined
        ? undefined
        : { error: refusal.error, left: refusal.connections ?? Number.POSITIVE_INFINITY };
  }

  /** For a new connection: false, true (close it at once) or the error to refuse it with. */
  refuse(): boolean | number {
    const refusal = this.#refusal;
    if (refusal === undefined) return false;
    refusal.left -= 1;
    if (refusal.left <= 0) this.#refusal = undefined;
    return refusal.error ?? true;
  }

  /** Frozen: connections are taken, and neither they nor open ones are answered. What was sent meanwhile is answered after the thaw. */
  freeze(on: boolean): void {
    if (on && this.#thaw === undefined) {
      let resolve: () => void = () => undefined;
      const promise = new Promise<void>((done) => (resolve = done));
      this.#thaw = { promise, resolve };
    }
    if (on) return;
    this.#thaw?.resolve();
    this.#thaw = undefined;
  }

  /** Settles at the thaw; undefined when nothing is frozen. */
  frozen(): Promise<void> | undefined {
    return this.#thaw?.promise;
  }

  /** Gives the rule's number. */
  add(rule: FaultRule): number {
    this.#lastId += 1;
    this.#rules.push({ id: this.#lastId, rule, seen: 0, fired: 0 });
    return this.#lastId;
  }

  /** Forgets all rules and refusals, and ends a freeze. */
  clear(): void {
    this.#rules = [];
    this.#refusal = undefined;
    this.freeze(false);
  }

  rules(): readonly FaultState[] {
    return this.#rules.map(({ id, rule, seen, fired }) => ({ id, ...rule, seen, fired }));
  }

  /** The rules that the call meets, each counted. */
  fired(call: CallFacts): readonly FaultRule[] {
    return this.#rules.filter((counted) => fires(counted, call)).map(({ rule }) => rule);
  }
}

function fires(counted: Counted, call: CallFacts): boolean {
  const { rule } = counted;
  if (rule.call !== undefined && rule.call !== call.kind) return false;
  if (call.kind === 'handshake') return false;
  const text = rule.matching?.toUpperCase();
  if (text !== undefined && call.sql?.toUpperCase().includes(text) !== true) return false;
  counted.seen += 1;
  const spent = rule.times > 0 && counted.fired >= rule.times;
  if (counted.seen < rule.nth || spent) return false;
  counted.fired += 1;
  return true;
}

/** Texts of Oracle's message file for the errors that tests ask for most. */
const TEXTS = new Map<number, string>([
  [28, 'your session has been killed'],
  [54, 'resource busy and acquire with NOWAIT specified or timeout expired'],
  [60, 'deadlock detected while waiting for resource'],
  [308, "cannot open archived log '/u01/app/oracle/archive/1_1_1098000000.arc'"],
  [310, 'archived log contains sequence 4; sequence 1 required'],
  [942, 'table or view does not exist'],
  [1012, 'not logged on'],
  [1031, 'insufficient privileges'],
  [1033, 'ORACLE initialization or shutdown in progress'],
  [1089, 'immediate shutdown or close in progress - no operations are permitted'],
  [1092, 'ORACLE instance terminated. Disconnection forced'],
  [1284, "file '/u01/app/oracle/archive/1_1_1098000000.arc' cannot be opened"],
  [1291, 'missing log file'],
  [1368, 'Redo log file header mismatch for thread 1 sequence 1'],
  [1555, 'snapshot too old: rollback segment number 7 with name "_SYSSMU7_3012809736$" too small'],
  [2396, 'exceeded maximum idle time, please connect again'],
  [3113, 'end-of-file on communication channel'],
  [3135, 'connection lost contact'],
  [4031, 'unable to allocate 4096 bytes of shared memory'],
  [22924, 'snapshot too old'],
  [4036, 'PGA memory used by the instance exceeds PGA_AGGREGATE_LIMIT'],
]);

/** After these a server ends the connection. */
const FATAL = new Set([28, 1012, 1089, 1092, 2396, 3113, 3135]);

export function faultError(action: FaultAction & { readonly do: 'error' }): OracleError {
  return new OracleError(action.error, action.message ?? TEXTS.get(action.error) ?? 'raised by the control port');
}

export function endsConnection(error: OracleError): boolean {
  return FATAL.has(error.number);
}
