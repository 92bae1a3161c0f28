import { setTimeout as wait } from 'node:timers/promises';
import { ServiceError } from './answers.ts';

export type FaultOperation = 'commit' | 'create' | 'block' | 'status' | 'sql';

export interface Fault {
  readonly operation: FaultOperation;
  /** `after`: the operation takes effect, then its answer is lost. */
  readonly when: 'before' | 'after';
  /** HTTP status of the answer; 0 closes the connection without one. */
  readonly status: number;
}

/** What a second commit of a closed session is answered; the service's own answer is not documented. */
export type CommitPersonality = 'ok' | 'conflict';

/** The connection is to be closed without an answer. */
export class DroppedAnswer extends Error {
  override readonly name = 'DroppedAnswer';
}

const codes: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'NoPermission',
  404: 'NoSuchUpload',
  408: 'RequestTimeout',
  409: 'StatusConflict',
  429: 'FlowExceeded',
  500: 'InternalServerError',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'GatewayTimeout',
};

function failure(fault: Fault): Error {
  if (fault.status === 0) return new DroppedAnswer('injected');
  const code = codes[fault.status] ?? (fault.status >= 500 ? 'InternalServerError' : 'InvalidArgument');
  return new ServiceError(fault.status, code, `injected ${fault.when} ${fault.operation}`);
}

/** Faults waiting to happen. Each happens once, in the order in which they were given. */
export class Faults {
  private readonly waiting: Fault[] = [];
  private readonly slowness = new Map<FaultOperation, number>();
  refusing = false;
  commitPersonality: CommitPersonality = 'ok';

  failNext(fault: Fault): void {
    this.waiting.push(fault);
  }

  /** Every operation of this kind takes so long before it begins, from now on; 0 ends it. */
  slow(operation: FaultOperation, milliseconds: number): void {
    this.slowness.set(operation, milliseconds);
  }

  /** Runs an operation with the next fault that is meant for it. */
  async around<T>(operation: FaultOperation, run: (answerIsLost: boolean) => Promise<T>): Promise<T> {
    const milliseconds = this.slowness.get(operation) ?? 0;
    if (milliseconds > 0) await wait(milliseconds);
    const index = this.waiting.findIndex((fault) => fault.operation === operation);
    const [fault] = index === -1 ? [] : this.waiting.splice(index, 1);
    if (fault?.when === 'before') throw failure(fault);
    const result = await run(fault !== undefined);
    if (fault !== undefined) throw failure(fault);
    return result;
  }
}
