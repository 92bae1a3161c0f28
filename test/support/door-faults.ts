/** What may happen to the requests of one table on their way to MaxCompute and back. The sandbox's own faults cannot tell tables apart. */

/** Requests of an upload session. */
export type DoorOperation = 'create' | 'block' | 'status' | 'commit';

/** What is answered instead; a request that is refused never reaches the service. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly retryAfterSeconds?: number;
}

/**
 * - a refusal: see there.
 * - `lose`: it reaches the service, and the connection closes without the answer.
 * - `repeat`: it reaches the service twice, and the second answer is heard.
 * - `hold`: it waits until the fault is ended.
 * - `hold-answer`: it reaches the service, and its answer waits until the fault is ended.
 */
export type DoorAction = Refusal | 'lose' | 'repeat' | 'hold' | 'hold-answer';

export interface DoorFault {
  readonly operation: DoorOperation;
  /** A part of the table's name. */
  readonly table: string;
  readonly action: DoorAction;
  /** Default: every one, until the fault is ended. */
  readonly times?: number;
}

/** A request that met a fault. */
export interface Met {
  /** Absent where one is to be created. */
  readonly session?: string;
  /** `performance.now()` */
  readonly at: number;
}

export interface InjectedFault {
  readonly met: readonly Met[];
  /** Lets everything pass, also what was held. */
  readonly end: () => void;
}

interface Active {
  readonly fault: DoorFault;
  readonly met: Met[];
  readonly ended: Promise<void>;
}

/** POST …/tables/NAME?uploads creates a session, PUT ?uploadid&blockid sends a block, GET ?uploadid asks, POST ?uploadid commits. */
function operationOf(method: string, parameters: URLSearchParams): DoorOperation | undefined {
  if (method === 'POST' && parameters.has('uploads')) return 'create';
  if (!parameters.has('uploadid')) return undefined;
  if (method === 'PUT') return 'block';
  return method === 'POST' ? 'commit' : 'status';
}

export class DoorFaults {
  private active: readonly Active[] = [];

  inject(fault: DoorFault): InjectedFault {
    let release: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (release = resolve));
    const active: Active = { fault, met: [], ended };
    this.active = [...this.active, active];
    const end = (): void => {
      this.active = this.active.filter((other) => other !== active);
      release();
    };
    return { met: active.met, end };
  }

  /** What happens to this request; a held one is let go when `ended` resolves. */
  meet(method: string, url: string): { readonly action: DoorAction; readonly ended: Promise<void> } | undefined {
    const { pathname, searchParams } = new URL(url, 'http://door');
    const operation = operationOf(method, searchParams);
    const table = pathname.split('/').at(-1) ?? '';
    const found = this.active.find(
      ({ fault, met }) =>
        fault.operation === operation && table.includes(fault.table) && met.length < (fault.times ?? Infinity),
    );
    if (!found) return undefined;
    const session = searchParams.get('uploadid');
    found.met.push({ at: performance.now(), ...(session !== null && { session }) });
    return { action: found.fault.action, ended: found.ended };
  }
}
