import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, GatewayError, isGateway, ServiceError } from './answers.ts';
import type { Damage } from './damaged-body.ts';

/** Kinds of requests. `sql` submits a statement, `poll` asks an instance; `download` opens, asks or reads a download session. */
export const FAULT_OPERATIONS = ['create', 'block', 'status', 'commit', 'sql', 'poll', 'download', 'metadata'] as const;
export type FaultOperation = (typeof FAULT_OPERATIONS)[number];

/**
 * What happens instead of the usual. `answer`: an error. `drop`: the connection closes without an answer. `truncate`: half
 * of the right answer, then the connection closes. `halve`: half of the right answer as if it were whole. `delay`: the
 * request waits, then runs. `late`: an error at once, and the request takes effect some time later. `cut-body`, `flip-body`:
 * what arrives of a block is not what was sent.
 */
export const FAULT_ACTIONS = ['answer', 'drop', 'truncate', 'halve', 'delay', 'late', 'cut-body', 'flip-body'] as const;

export interface FaultPlan {
  readonly operation: FaultOperation;
  readonly action: (typeof FAULT_ACTIONS)[number];
  /** `after`: the request takes effect, then its answer is lost. */
  readonly when: 'before' | 'after';
  /** HTTP status of `answer` and `late`; 0 closes the connection without an answer. */
  readonly status: number;
  /** The service's error code; the usual one of the status unless given. Without one, 502 and 504 come from a gateway. */
  readonly code?: string;
  readonly retryAfterSeconds?: number;
  /** Of `delay` and `late`. */
  readonly milliseconds: number;
  /** So many such requests pass first: 2 means the third. */
  readonly skip: number;
  /** How often it happens; Infinity until it is cleared. */
  readonly times: number;
}

/** A fault of the simple kind: the next such request, once. */
export type Fault = Pick<FaultPlan, 'operation' | 'when' | 'status'>;

/** A planned fault and what became of it. */
export interface FaultReport extends FaultPlan {
  readonly id: number;
  readonly happened: number;
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
  503: 'ServiceUnavailable',
};

function failure(plan: FaultPlan): Error {
  if (plan.action === 'drop' || plan.status === 0) return new DroppedAnswer('injected');
  const usual = codes[plan.status] ?? (plan.status >= 500 ? 'InternalServerError' : 'InvalidArgument');
  const { retryAfterSeconds } = plan;
  if (plan.code === undefined && isGateway(plan.status)) return new GatewayError(plan.status);
  const headers = retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
  return new ServiceError(plan.status, plan.code ?? usual, `injected ${plan.when} ${plan.operation}`, headers);
}

function halved(answer: Answer, connectionEnds: boolean): Answer {
  const body = Buffer.from(answer.body);
  const half = body.subarray(0, Math.floor(body.length / 2));
  return { ...answer, body: half, ...(connectionEnds ? { promisedBytes: body.length } : {}) };
}

interface Planned {
  readonly id: number;
  readonly plan: FaultPlan;
  skipped: number;
  happened: number;
}

type Operation = (answerIsLost: boolean, damage?: Damage) => Promise<Answer>;

/** Faults planned and happened. Of those that are due, the one that was planned first happens. */
export class Faults {
  private readonly planned: Planned[] = [];
  private readonly slowness = new Map<FaultOperation, number>();
  private numbered = 0;
  refusing = false;
  commitPersonality: CommitPersonality = 'ok';

  failNext({ operation, when, status }: Fault): void {
    this.plan({ operation, action: 'answer', when, status, milliseconds: 0, skip: 0, times: 1 });
  }

  /** Returns the fault's number. */
  plan(plan: FaultPlan): number {
    this.numbered++;
    this.planned.push({ id: this.numbered, plan, skipped: 0, happened: 0 });
    return this.numbered;
  }

  /** All faults ever planned, in that order. */
  report(): readonly FaultReport[] {
    return this.planned.map(({ id, plan, happened }) => ({ id, ...plan, happened }));
  }

  /** Nothing planned happens any more. */
  clear(): void {
    this.planned.length = 0;
    this.slowness.clear();
  }

  /** Every operation of this kind takes so long before it begins, from now on; 0 ends it. */
  slow(operation: FaultOperation, milliseconds: number): void {
    this.slowness.set(operation, milliseconds);
  }

  /** Runs an operation with the fault that is due for it. */
  async around(operation: FaultOperation, run: Operation): Promise<Answer> {
    const milliseconds = this.slowness.get(operation) ?? 0;
    if (milliseconds > 0) await wait(milliseconds);
    const plan = this.due(operation);
    if (plan === undefined) return await run(false);
    switch (plan.action) {
      case 'delay':
        return await delayed(plan, run);
      case 'truncate':
      case 'halve':
        return halved(await run(true), plan.action === 'truncate');
      case 'cut-body':
      case 'flip-body':
        return await run(false, plan.action);
      case 'late':
        setTimeout(() => {
          // Nobody hears of it any more, as with a request that the service finishes after its client has gone.
          run(true).catch(() => undefined);
        }, plan.milliseconds).unref();
        throw failure(plan);
      default:
        if (plan.when === 'after') await run(true);
        throw failure(plan);
    }
  }

  private due(operation: FaultOperation): FaultPlan | undefined {
    let found: Planned | undefined;
    for (const candidate of this.planned) {
      if (candidate.plan.operation !== operation || candidate.happened >= candidate.plan.times) continue;
      if (candidate.skipped < candidate.plan.skip) candidate.skipped++;
      else found ??= candidate;
    }
    if (found !== undefined) found.happened++;
    return found?.plan;
  }
}

async function delayed(plan: FaultPlan, run: Operation): Promise<Answer> {
  if (plan.when === 'before') await wait(plan.milliseconds);
  const answer = await run(false);
  if (plan.when === 'after') await wait(plan.milliseconds);
  return answer;
}
