/** What the workflows of one run share: time, faults, both sides, the workers, and the server that knows which run is open. */
import { createActivities } from '../../../activities/index.ts';
import type { Attempt, RunFacts } from '../../../activities/ports.ts';
import type { Activities } from '../../../model/activities.ts';
import { Failure, type FailureKind } from '../../../model/failure.ts';
import type { RetryWindows } from '../../../model/retry-ledger.ts';
import { parseTaskSpec, type TaskSpec } from '../../../model/task-spec.ts';
import { planRules, type PlanRules, type TableMapPage } from '../../../model/task-plan.ts';
import { Faults } from './faults.ts';
import { FaultySink, QUIET_SECONDS } from './sink.ts';
import { FaultySource } from './source.ts';
import { VirtualTime } from './virtual-time.ts';

const DELAY_MS = 100;
const HEARTBEAT_MS = 6_000;
const DAY_MS = 25 * 3_600_000;
export const TASK = 'redoflow/simulated';

export interface Run {
  readonly id: string;
  /** Another id than its own after a reset. */
  readonly original: string;
  readonly continuedFrom?: string;
}

/** A workflow as others see it. */
export interface Known {
  readonly id: string;
  readonly firstRunId: string;
  run: Run;
  open: boolean;
  tableMap(hash: string): TableMapPage | null;
  /** Nothing that runs is heard any more. */
  close(): void;
}

/** A worker was shut down in good order: charged to nobody. */
class ShutDown extends Error {}

/** What came of an attempt that failed: a kind to be charged, or nothing. */
export interface FailedAttempt {
  readonly kind: FailureKind;
  readonly message: string;
}

interface Life {
  dead: boolean;
  readonly controller: AbortController;
  /** The server gives the attempt up after so long. */
  giveUp(ms: number): void;
}

export interface RigOptions {
  readonly seed: number;
  /** Exactly these faults. */
  readonly only?: ReadonlySet<string>;
  readonly windows: RetryWindows;
  /** No faults but those that the scenario makes. */
  readonly calm?: true;
}

function specOf(): TaskSpec {
  const parsed = parseTaskSpec({
    name: 'simulated',
    source: 's',
    destination: 'd',
    tables: ['A', 'B', 'C'].map((name) => ({ table: `APP.${name}` })),
    incremental: { partition: ['year', 'month', 'day', 'hour', 'minute'] },
  });
  if (!parsed.ok) throw new Error(`the task of the simulation is not valid: ${JSON.stringify(parsed.errors)}`);
  return parsed.spec;
}

const SPEC = specOf();

export class Rig {
  readonly time = new VirtualTime();
  readonly spec = SPEC;
  readonly rules: PlanRules = planRules(SPEC);
  readonly windows: RetryWindows;
  readonly faults: Faults;
  readonly source: FaultySource;
  readonly sink: FaultySink;
  /** What went wrong first. */
  problem: string | undefined;
  readonly workflows = new Map<string, Known>();
  readonly counts = { attempts: 0, runs: 0, ambiguous: 0, insides: 0, halved: 0, newer: 0, foreign: 0, failed: 0 };
  private readonly calm: boolean;
  private workersUpAt = 0;
  private readonly lives = new Set<Life>();

  constructor({ seed, only, windows, calm }: RigOptions) {
    this.windows = windows;
    this.calm = calm === true;
    this.faults = new Faults(seed, calm ? new Set() : only);
    this.source = new FaultySource(this.time, this.faults);
    this.sink = new FaultySink(this.time, this.faults);
  }

  /** The first problem counts. */
  violated(problem: string): void {
    this.problem ??= problem;
  }

  /** The end of a run id is used in names. */
  newRunId(): string {
    this.counts.runs += 1;
    return `run${String(this.counts.runs).padStart(5, '0')}`;
  }

  /** Hands something to a workflow after a while. False: it is closed. */
  async deliver(id: string, what: string, hand: (workflow: Known) => void): Promise<boolean> {
    await this.time.sleep(this.faults.amount(`delay signal ${what}`) * DELAY_MS);
    if (this.faults.strikes('signal-late', what)) await this.time.sleep(this.faults.amount('late signal') * 60_000);
    const workflow = this.workflows.get(id);
    if (!workflow?.open) return false;
    hand(workflow);
    return true;
  }

  private factsOf(workflow: Known): RunFacts {
    const { run } = workflow;
    return {
      runId: run.id,
      workflowId: workflow.id,
      origin: async () => ({
        originalRunId: run.original,
        ...(run.continuedFrom !== undefined && { continuedFrom: run.continuedFrom }),
      }),
      openRunOf: async (id) => {
        await this.time.sleep(this.faults.amount('delay open run') * DELAY_MS);
        const known = this.workflows.get(id);
        return known?.open ? { runId: known.run.id, firstRunId: known.firstRunId } : undefined;
      },
      continues: async (id, before) => {
        await this.time.sleep(this.faults.amount('delay open run') * DELAY_MS);
        const known = this.workflows.get(id);
        if (!known?.open) return false;
        const { id: open, original, continuedFrom } = known.run;
        return open === before || (original === open && continuedFrom === before);
      },
      windowsShownBy: async () => [],
      tableMap: async (hash) => this.workflows.get(TASK)?.tableMap(hash) ?? null,
      comparablePoint: () => Promise.reject(new Error('nothing is compared here')),
    };
  }

  private attemptOf(workflow: Known, life: Life): Attempt {
    const { signal } = life.controller;
    const sleep = async (ms: number): Promise<void> => {
      // Time without news is looked at less often.
      const quietMs = this.source.quietMs;
      const slower = this.calm && quietMs > 60_000 ? 100 : quietMs > 3_000 ? 8 : 1;
      await this.time.sleep(ms * slower);
      signal.throwIfAborted();
    };
    return { signal, report: () => undefined, sleep, run: mortal(this.factsOf(workflow), life) };
  }

  /** One attempt of an activity, as the server sees it. A zombie goes on unheard; what a worker was that crashed does nothing more. */
  async attempt<T>(
    workflow: Known,
    key: string,
    controller: AbortController,
    work: (activities: Activities) => Promise<T>,
  ): Promise<T> {
    const word = key.split(' ', 1)[0] ?? key;
    while (this.time.now < this.workersUpAt) await this.time.sleep(this.workersUpAt - this.time.now);
    this.counts.attempts += 1;
    let givenUp: (error: Failure) => void = () => undefined;
    const lost = new Promise<never>((_resolve, reject) => {
      givenUp = reject;
    });
    lost.catch(() => undefined);
    const life: Life = {
      dead: false,
      controller,
      giveUp: (ms) =>
        void this.time.after(ms, () => {
          givenUp(new Failure('attempt-lost', 'heartbeat timeout'));
        }),
    };
    const attempt = mortal(this.attemptOf(workflow, life), life);
    const [source, sink] = [mortal(this.source, life), mortal(this.sink, life)];
    const deps = { source: () => source, sink: () => sink, attempt: () => attempt };
    this.lives.add(life);
    const real = work(
      createActivities({ ...deps, commitQuietSeconds: QUIET_SECONDS, idleSeconds: this.calm ? 600 : 1 }),
    );
    const outcome = this.disturbed(word, life, real);
    try {
      return await Promise.race([outcome, lost]);
    } finally {
      this.lives.delete(life);
    }
  }

  private disturbed<T>(word: string, life: Life, real: Promise<T>): Promise<T> {
    const { faults, time } = this;
    real.catch(() => undefined);
    const never = new Promise<never>(() => undefined);
    if (faults.strikes('attempt-lost', word)) {
      life.giveUp(faults.amount('given up') * 1_500);
      return never;
    }
    if (faults.strikes('report-lost', word)) {
      const ends = (): void => {
        life.giveUp(HEARTBEAT_MS);
      };
      real.then(ends, ends);
      return never;
    }
    if (faults.strikes('crash', word)) {
      time.after(faults.amount('crash') * 800, () => {
        life.dead = true;
        life.giveUp(HEARTBEAT_MS);
      });
    }
    if (!faults.strikes('worker-shutdown', word)) return real;
    time.after(faults.amount('shutdown') * 800, () => {
      life.controller.abort(new ShutDown());
    });
    return real;
  }

  /** No worker for a while. */
  stopWorkers(ms: number): void {
    this.workersUpAt = Math.max(this.workersUpAt, this.time.now + ms);
    for (const life of this.lives) {
      life.dead = true;
      life.giveUp(Math.max(HEARTBEAT_MS, ms));
    }
  }

  /** What the end of an attempt means to its workflow: nothing, if it was cancelled. */
  failureOf(what: string, error: unknown, signal: AbortSignal): FailedAttempt | undefined {
    if (error instanceof Failure) return { kind: error.kind, message: error.message };
    if (error instanceof ShutDown || signal.aborted) return undefined;
    this.violated(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return undefined;
  }

  /** Faults of the world around, at the moment at which a workflow has something done. */
  happen(word: string): void {
    const { faults, sink, source, time } = this;
    if (faults.strikes('sessions-expired', word))
      time.after(faults.amount('expiry') * 600, () => {
        sink.expireAll();
      });
    if (faults.strikes('workers-down', word))
      time.after(faults.amount('down') * 600, () => {
        this.stopWorkers(1_000 * 600 ** faults.amount('down for'));
      });
    if (faults.strikes('day-lost', word))
      time.after(faults.amount('day') * 600, () => {
        this.stopWorkers(DAY_MS);
      });
    for (const [kind, side, trouble] of [
      ['source-outage', source, 'source-unreachable'],
      ['sink-outage', sink, 'sink-unreachable'],
    ] as const) {
      if (!faults.strikes(kind, word)) continue;
      side.trouble = trouble;
      time.after(1_000 * 1_200 ** faults.amount('outage'), () => {
        side.trouble = undefined;
      });
    }
    if (faults.strikes('foreign-rows', word)) {
      const logs = [...sink.tables.keys()].filter((name) => name.endsWith('_log'));
      const log = logs[Math.floor(faults.amount('foreign') * logs.length)];
      if (log !== undefined) sink.putForeignRows(log);
    }
  }
}

/** Of a worker that crashed nothing is heard, and nothing more is done. */
function mortal<T extends object>(target: T, life: Life): T {
  return new Proxy(target, {
    get(from, name) {
      const value: unknown = Reflect.get(from, name, from);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        const never = new Promise(() => undefined);
        if (life.dead) return never;
        const result: unknown = Reflect.apply(value, from, given);
        if (!(result instanceof Promise)) return result;
        return result.then(
          (answer: unknown) => (life.dead ? never : answer),
          (error: unknown) => {
            if (life.dead) return never;
            throw error;
          },
        );
      };
    },
  });
}
