/** A task in its tail under virtual time: the real plan decides, the real activities work, and this carries out, as workflows/ does. */
import { createActivities } from '../../../activities/index.ts';
import type { Attempt, RunFacts } from '../../../activities/ports.ts';
import type { Activities, Opened, WindowSpec } from '../../../model/activities.ts';
import { Failure } from '../../../model/failure.ts';
import {
  attemptFailed,
  carried,
  nextWake,
  pausedAt,
  probed,
  resumedAt,
  succeeded,
  type Wish,
} from '../../../model/run-state.ts';
import { tablesAdvanced } from '../../../model/joining-tables.ts';
import { decideTask, taskOpened, type TaskPlanState, type TaskStep } from '../../../model/sync-plan.ts';
import * as tails from '../../../model/tail-plan.ts';
import * as steps from '../../../model/tail-steps.ts';
import { askSomething, isAtEase, performTable, type Hands } from './simulated-operator.ts';
import { beginning, CHAIN, FaultySink, HEAD, Redo, simulatedRules, TASK, Time, type Run } from './simulated-world.ts';

const CUTS = 5;
const EXPIRIES = 6;
const QUIET_SECONDS = 2;
const windows = { connectionSeconds: 1e9, otherSeconds: 1e9 };
const destination = 'd';
const endpoints = { source: 's', destination };
const limits = { flushSeconds: 1, flushRows: 9, flushMegabytes: 1, idleSeconds: 1 };

export class SimulatedTask {
  readonly counts = { cuts: 0, lostAttempts: 0, rollOvers: 0, pauses: 0, expiries: 0, ambiguous: 0, failures: 0 };
  readonly sink: FaultySink;
  private readonly time: Time;
  private readonly source: Redo;
  private readonly first = beginning();
  private state: TaskPlanState = this.first.state;
  private run: Run = { id: CHAIN, original: CHAIN };
  private runs = 0;
  /** Callbacks of an older one are not heard any more. */
  private epoch = 0;
  private running = new Map<string, AbortController>();
  private readonly older: { readonly state: string; readonly run: Run }[] = [];
  private wished: Wish = 'run';
  private triedToSave = false;
  private problem: string | undefined;

  /** What operators and the destination do. */
  private readonly hands: Hands;

  constructor(seed: number) {
    this.time = new Time(seed);
    this.source = new Redo(this.time);
    this.sink = new FaultySink(this.time);
    this.hands = {
      time: this.time,
      source: this.source,
      sink: this.sink,
      snapshots: new Map(),
      state: () => this.state,
      change: (state) => (this.state = state),
      launch: (key, unit, done) => {
        this.launch(key, unit, () => this.time.delay(), done);
      },
    };
  }

  /** The SCN of each copy that was made while the task ran, by table and generation. */
  get snapshots(): ReadonlyMap<string, number> {
    return this.hands.snapshots;
  }

  private attempt(run: Run, signal: AbortSignal): Attempt {
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
  private launch<T>(key: string, unit: string, work: (a: Activities) => Promise<T>, done: (result: T) => void): void {
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

  private async losing<T>(real: Promise<T>): Promise<T> {
    this.counts.lostAttempts += 1;
    real.catch(() => undefined);
    await this.time.sleep(this.time.random() * 1_500);
    throw new Failure('attempt-lost', 'heartbeat timeout');
  }

  private failed(unit: string, error: unknown): void {
    this.counts.failures += 1;
    if (!(error instanceof Failure)) this.problem = `${unit}: ${String(error)}`;
    else {
      const failure = { unit, kind: error.kind, message: error.message };
      this.state = attemptFailed(this.state, failure, { now: this.time.now, windows });
    }
    if (this.state.failed) this.problem = `${unit}: ${this.state.failed.message}`;
  }

  private fold(change: (tail: tails.TailState) => tails.TailState): void {
    const { tail } = this.state;
    if (tail) this.state = { ...this.state, tail: change(tail) };
  }

  private wish = (): Wish => (this.wished === 'roll-over' && !this.state.runId ? 'run' : this.wished);

  private decide(): void {
    const { now } = this.time;
    const running = new Set(this.running.keys());
    const circumstances = { running, wish: this.wish(), now, windows, triedToSave: this.triedToSave };
    this.state = tablesAdvanced(this.state, simulatedRules, running);
    for (const step of decideTask(this.state, circumstances)) this.perform(step);
    this.older.push({ state: JSON.stringify(this.state), run: this.run });
  }

  private perform(step: TaskStep): void {
    const tail = this.state.tail ?? this.first.tail;
    const own = { runId: this.state.runId ?? this.run.id, chainId: CHAIN, taskWorkflowId: TASK };
    const logs = tail.tables.map(({ log }) => log);
    switch (step.do) {
      case 'open-run':
        this.openRun(logs);
        break;
      case 'mine':
        this.mine(step.spec, own);
        break;
      case 'commit': {
        const { spec, receipt } = step.window;
        this.fold((t) => tails.windowCommitScheduled(t, spec.number));
        this.launch(
          'commit',
          steps.commitUnit(spec),
          (a) => a.commitReceipts({ destination, sessions: receipt?.sessions ?? [], own }),
          (outcome) => {
            this.counts.ambiguous += outcome === 'gone' ? 1 : 0;
            this.fold((t) => tails.windowCommitted(t, spec.number, outcome, this.time.now));
          },
        );
        break;
      }
      case 'resolve':
        this.launch(
          'resolve',
          steps.RESOLVE_UNIT,
          (a) => a.resolveCommit({ destination, logs, own }),
          (highest) => {
            const resolved = this.state.tail && tails.commitResolved(this.state.tail, highest);
            if (resolved && 'windows' in resolved) this.state = { ...this.state, tail: resolved };
            else this.problem = `a part of ${resolved?.session ?? '?'} is there`;
          },
        );
        break;
      case 'save': {
        const saved = tails.savedPosition(tail, step.position, CHAIN);
        this.triedToSave = this.wish() !== 'run';
        this.launch(
          'save',
          steps.SAVE_UNIT,
          (a) => a.savePosition({ destination, task: 'simulated', saved, own }),
          () => {
            this.fold((t) => tails.positionSaved(t, step.position, this.time.now));
          },
        );
        break;
      }
      case 'cancel-readers':
        this.running.get('mine')?.abort();
        break;
      case 'probe':
        this.launch(
          `probe ${step.side}`,
          'probe',
          () => this.time.delay(),
          () => {
            this.state = probed(this.state, step.side, true, { now: this.time.now, windows });
          },
        );
        break;
      case 'follow':
      case 'renew':
      case 'start-copy':
      case 'tell-copy':
        performTable(step, this.hands);
        break;
      default:
        if (step.do === 'rest') this.rest();
        else this.problem = `unexpected step ${step.do}`;
    }
  }

  private openRun(logs: readonly string[]): void {
    const { lastRunId } = this.state;
    const known = { destination, task: 'simulated', chainId: CHAIN, logs, wrote: true };
    const input = { ...known, ...(lastRunId && { lastRunId }) };
    const done = (opened: Opened): void => void (this.state = taskOpened(this.state, opened));
    this.launch('open-run', 'opening the run', (a) => a.openRun(input), done);
  }

  private mine(spec: WindowSpec, own: Parameters<Activities['mineWindow']>[0]['own']): void {
    this.fold((t) => tails.windowPlanned(t, spec));
    const skip = this.state.tail?.skip ?? {};
    this.launch(
      'mine',
      steps.SOURCE_UNIT,
      (a) => a.mineWindow({ endpoints, spec, skip, limits, own }),
      (receipt) => {
        this.fold((t) => tails.windowPrepared(t, spec.number, receipt, this.time.now));
      },
    );
  }

  /** Roll-over: one state as JSON into a new run. Pause: resumed at once. */
  private rest(): void {
    if (this.running.size > 0) this.problem = `rests while ${[...this.running.keys()].join()} runs`;
    if (this.wish() === 'roll-over') {
      this.counts.rollOvers += 1;
      this.begin(JSON.stringify(carried(this.state)), (id) => ({ id, original: id, continuedFrom: this.run.id }));
    } else {
      this.counts.pauses += 1;
      this.triedToSave = false;
      this.state = resumedAt(pausedAt(this.state, this.time.now), this.time.now + 1_000);
    }
    this.wished = 'run';
    void this.time.sleep(1).then(() => {
      this.decide();
    });
  }

  private begin(state: string, run: (id: string) => Run): void {
    this.epoch += 1;
    this.wished = 'run';
    this.triedToSave = false;
    this.running = new Map();
    this.runs += 1;
    this.run = run(`r${this.runs}`);
    this.state = JSON.parse(state) as TaskPlanState; // stringified by us
  }

  /** As a reset does: the history up to any older moment, under a new run id. Everything that runs is not heard any more. */
  private reset(): void {
    const old = this.older[Math.floor(this.time.random() * this.older.length)];
    if (!old) return;
    this.counts.cuts += 1;
    this.begin(old.state, (id) => ({ ...old.run, id }));
    this.decide();
  }

  private disturb(): void {
    const { time } = this;
    if (time.chance(0.03) && askSomething(this.hands)) this.decide();
    if (this.counts.cuts < CUTS && time.chance(0.004)) this.reset();
    if (this.counts.expiries < EXPIRIES && time.chance(0.006)) {
      this.counts.expiries += 1;
      for (const session of this.sink.sessions.values()) session.status = 'gone';
    }
    if (this.wished === 'run' && time.chance(0.01)) {
      this.wished = time.chance(0.6) ? 'roll-over' : 'pause';
      this.decide();
    }
  }

  /** Until the source has nothing more to say, and nobody works any more. Answers what went wrong. */
  async play(): Promise<string | undefined> {
    await this.sink.prepare(this.first.tail);
    this.decide();
    for (let event = 0; event < 20_000; event++) {
      await this.time.settle();
      if (this.problem) return this.problem;
      if (this.state.tail?.position.scn === String(HEAD) && isAtEase(this.hands)) {
        if (this.counts.cuts >= CUTS) return this.drain();
        this.reset();
        continue;
      }
      this.disturb();
      await this.time.settle(); // what was just begun has fallen asleep
      const wake = nextWake(this.state.ledgers, this.time.now);
      if (!this.time.advance(wake)) return `nothing happens any more: ${JSON.stringify(this.state.tail)}`;
      if (this.time.now === wake) this.decide();
    }
    return `not at the end after 20,000 events: ${JSON.stringify(this.state)}`;
  }

  /** What is still on its way may arrive. */
  private async drain(): Promise<undefined> {
    this.epoch += 1;
    for (const controller of this.running.values()) controller.abort();
    while (this.time.advance()) await this.time.settle();
  }
}
