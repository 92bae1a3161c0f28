/** Runs the real activities under virtual time, as Temporal would: attempts that are lost go on working unheard. */
import { createActivities } from '../../../activities/index.ts';
import type { Attempt, RunFacts } from '../../../activities/ports.ts';
import type { Activities } from '../../../model/activities.ts';
import { Failure } from '../../../model/failure.ts';
import { attemptFailed, succeeded, type Wish } from '../../../model/run-state.ts';

import { type TaskPlanState } from '../../../model/sync-plan.ts';

import type { TailState } from '../../../model/tail-state.ts';

import { beginning, CHAIN, FaultySink, Redo, simulatedRules, TASK, Time, type Run } from './simulated-world.ts';

const QUIET_SECONDS = 2;
export const windows = { connectionSeconds: 1e9, otherSeconds: 1e9 };
export const destination = 'd';

/** Attempts of activities under virtual time, their results, losses and failures; whoever extends it decides. */
export abstract class SimulatedRuntime {
  readonly counts = {
    cuts: 0,
    lostAttempts: 0,
    rollOvers: 0,
    pauses: 0,
    expiries: 0,
    ambiguous: 0,
    failures: 0,
    insides: 0,
  };
  readonly sink: FaultySink;
  protected readonly time: Time;
  protected readonly source: Redo;
  protected readonly first = beginning();
  protected state: TaskPlanState = this.first.state;
  protected run: Run = { id: CHAIN, original: CHAIN };
  protected runs = 0;
  /** Callbacks of an older one are not heard any more. */
  protected epoch = 0;
  protected running = new Map<string, AbortController>();
  protected readonly older: { readonly state: string; readonly run: Run }[] = [];
  protected wished: Wish = 'run';
  protected triedToSave = false;
  protected problem: string | undefined;

  constructor(seed: number) {
    this.time = new Time(seed);
    this.source = new Redo(this.time);
    this.sink = new FaultySink(this.time);
  }

  protected abstract decide(): void;

  protected attempt(run: Run, signal: AbortSignal): Attempt {
    const facts: RunFacts = {
      runId: run.id,
      workflowId: TASK,
      origin: async () => ({
        originalRunId: run.original,
        ...(run.continuedFrom && { continuedFrom: run.continuedFrom }),
      }),
      openRunOf: async () => {
        await this.time.delay();
        return { runId: this.run.id, firstRunId: CHAIN };
      },
      tableMap: async (hash) => {
        const { tail } = this.state;
        return tail?.planHash === hash ? { rules: simulatedRules, tables: tail.tables } : null;
      },
    };
    const sleep = async (ms: number): Promise<void> => {
      await this.time.sleep(ms);
      signal.throwIfAborted();
    };
    return { signal, report: () => undefined, sleep, run: facts };
  }

  /** As the workflow does: success clears the unit, failure is charged to it. A lost attempt goes on working unheard. */
  protected launch<T>(key: string, unit: string, work: (a: Activities) => Promise<T>, done: (result: T) => void): void {
    const { epoch } = this;
    const controller = new AbortController();
    this.running.set(key, controller);
    const attempt = this.attempt(this.run, controller.signal);
    const sides = { source: () => this.source, sink: () => this.sink, attempt: () => attempt };
    const real = work(createActivities({ ...sides, commitQuietSeconds: QUIET_SECONDS, idleSeconds: 1 }));
    const outcome = this.time.chance(0.04) ? this.losing(real) : real;
    const end = (change: () => void): void => {
      if (this.epoch !== epoch) return;
      this.running.delete(key);
      change();
      this.decide();
    };
    void outcome.then(
      (result) => {
        end(() => {
          this.state = succeeded(this.state, unit);
          done(result);
        });
      },
      (error: unknown) => {
        end(() => {
          if (!controller.signal.aborted) this.failed(unit, error);
        });
      },
    );
  }

  protected async losing<T>(real: Promise<T>): Promise<T> {
    this.counts.lostAttempts += 1;
    real.catch(() => undefined);
    await this.time.sleep(this.time.random() * 1_500);
    throw new Failure('attempt-lost', 'heartbeat timeout');
  }

  protected failed(unit: string, error: unknown): void {
    this.counts.failures += 1;
    if (!(error instanceof Failure)) this.problem = `${unit}: ${String(error)}`;
    else {
      const failure = { unit, kind: error.kind, message: error.message };
      this.state = attemptFailed(this.state, failure, { now: this.time.now, windows });
    }
    if (this.state.failed) this.problem = `${unit}: ${this.state.failed.message}`;
  }

  protected fold(change: (tail: TailState) => TailState): void {
    const { tail } = this.state;
    if (tail) this.state = { ...this.state, tail: change(tail) };
  }
}
