/** A task in its tail under virtual time: the real plan decides, the real activities work, and this carries out, as workflows/ does. */

import type { Activities, Opened, WindowSpec } from '../../../model/activities.ts';

import { carried, nextWake, pausedAt, probed, resumedAt, type Wish } from '../../../model/run-state.ts';
import { tablesAdvanced } from '../../../model/joining-tables.ts';
import { decideTask, taskOpened, type TaskPlanState, type TaskStep } from '../../../model/sync-plan.ts';
import { nextQuestion } from '../../../model/table-copy.ts';
import * as tails from '../../../model/tail-plan.ts';
import * as steps from '../../../model/tail-steps.ts';
import { askSomething, isAtEase, performTable, type Hands } from './simulated-operator.ts';
import { performWrite, type Writes } from './simulated-writes.ts';
import { destination, SimulatedRuntime, windows } from './simulated-runtime.ts';
import { CHAIN, HEAD, simulatedRules, TASK, type Run } from './simulated-world.ts';

const CUTS = 5;
const EXPIRIES = 6;
const endpoints = { source: 's', destination };
const limits = { flushSeconds: 1, flushRows: 9, flushMegabytes: 1, idleSeconds: 1 };

export class SimulatedTask extends SimulatedRuntime {
  /** What operators and the destination do. */
  private readonly hands: Hands;

  constructor(seed: number) {
    super(seed);
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

  private readonly writes: Writes = {
    now: () => this.time.now,
    fold: (change) => {
      this.fold(change);
    },
    launch: (key, unit, work, done) => {
      this.launch(key, unit, work, done);
    },
    gone: () => {
      this.counts.ambiguous += 1;
    },
    parted: (session) => {
      this.problem = `a part of ${session} is there`;
    },
  };

  /** The SCN of each copy that was made while the task ran, by table and generation. */
  get snapshots(): ReadonlyMap<string, number> {
    return this.hands.snapshots;
  }

  private wish = (): Wish => (this.wished === 'roll-over' && !this.state.runId ? 'run' : this.wished);

  protected override decide(): void {
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
      case 'commit':
      case 'resolve':
      case 'save':
      case 'commit-save':
        this.triedToSave ||= step.do === 'commit-save' && this.wish() !== 'run';
        performWrite(step, tail, own, this.writes);
        break;
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
      case 'measure':
        this.fold((t) => ({ ...t, runwayTried: { at: this.time.now, failed: false } }));
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
        if (receipt.inside) this.counts.insides += 1;
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

  /** As the workflow does. */
  private nextWake(): number | undefined {
    const { now } = this.time;
    const times = [nextWake(this.state.ledgers, now), nextQuestion(this.state.copies)];
    const ahead = times.filter((at) => at !== undefined && at > now);
    return ahead.length === 0 ? undefined : Math.min(...ahead.map(Number));
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
      const wake = this.nextWake();
      if (!this.time.advance(wake))
        return `nothing happens any more: ${[...this.running.keys()].join()} ${this.wished} ${JSON.stringify(this.state.ledgers)} ${String(this.state.runId)} ${JSON.stringify(this.state.tail)}`;
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
