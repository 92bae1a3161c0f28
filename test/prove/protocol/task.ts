/** A task under virtual time, from its schema to its tail: the real plan decides, the real activities work, this carries out as workflows/ does. */
import type { Activities, OwnRun } from '../../../model/activities.ts';
import { tablesAdvanced } from '../../../model/joining-tables.ts';
import {
  attemptFailed,
  carried,
  nextWake,
  pausedAt,
  resumedAt,
  succeeded,
  type AttemptFailure,
  type Circumstances,
  type Wish,
} from '../../../model/run-state.ts';
import * as plan from '../../../model/sync-plan.ts';
import { copiesBusy, nextQuestion, type CopyReport } from '../../../model/table-copy.ts';
import { TABLES_PER_PAGE, type TableMapPage } from '../../../model/task-plan.ts';
import { runwayDue } from '../../../model/tail-tables.ts';
import type { TailState } from '../../../model/tail-state.ts';
import { performCopies, type Copies } from './copies.ts';
import { TASK, type Rig } from './rig.ts';
import * as phases from './phases.ts';
import { performTail } from './tail.ts';
import { SimulatedWorkflow, type Ends } from './workflow.ts';
import type { LedgerWatch } from './ledger-watch.ts';

export interface CarriedTask {
  readonly state: plan.TaskPlanState;
  readonly paused: boolean;
}

export interface TaskAttempt<T> {
  readonly unit: string;
  readonly work: (activities: Activities) => Promise<T>;
  readonly done: (result: T) => void;
}

const DAY_MS = 25 * 3_600_000;
/** Longer than a run of the product waits before it reads the destination. */
const STALL_MS = 4_000;

/** The precheck has passed. */
const beginning = (): plan.TaskPlanState => ({ ...plan.newTask(), phase: 'schema' });

export class SimulatedTask extends SimulatedWorkflow<plan.TaskPlanState, CarriedTask> {
  state = beginning();
  paused = false;
  /** How long the next pause takes. */
  pauseMs = 0;
  triedToSave = false;
  declare readonly rig: Rig;
  readonly copies: Copies = { children: new Map() };
  readonly watch: LedgerWatch | undefined;

  constructor(rig: Rig, watch?: LedgerWatch) {
    super(rig, TASK);
    this.watch = watch;
  }

  protected carry = (): CarriedTask => ({ state: this.state, paused: this.paused });

  protected restore({ state, paused }: CarriedTask): void {
    this.state = state;
    this.paused = paused;
    this.triedToSave = false;
  }

  protected disturb(word: string): void {
    const { faults } = this.rig;
    if (faults.strikes('reset', word)) this.resetSoon();
    if (word === 'commit' && faults.strikes('commit-stalls')) this.resetWhileItStalls();
    if (word === 'commit' && faults.strikes('reset-at-a-commit'))
      this.rig.sink.atNextCommit = () => {
        this.reset();
      };
    if (faults.strikes('roll-over', word)) this.rollOverAsked = true;
    if (faults.strikes('pause', word)) this.pause(1_000 * 60 ** faults.amount('pause'));
    if (faults.strikes('day-paused', word)) this.pause(DAY_MS);
  }

  /** What is left of the attempt goes on when the run that was begun meanwhile has read the destination. */
  private resetWhileItStalls(): void {
    this.rig.sink.stallCommits(STALL_MS * (1 + this.rig.faults.amount('stall')));
    this.resetSoon();
  }

  pause(ms: number): void {
    this.pauseMs = ms;
    this.paused = true;
    this.touch();
  }

  override tableMap(hash: string): TableMapPage | null {
    const { tail } = this.state;
    if (!this.open || tail?.planHash !== hash) return null;
    const tables = tail.tables.toSorted((a, b) => (a.table < b.table ? -1 : 1)).slice(0, TABLES_PER_PAGE);
    return { rules: this.rig.rules, tables };
  }

  receive(report: CopyReport): void {
    if (report.chainId !== this.firstRunId) return;
    this.state = plan.copyReported(this.state, report, this.rig.time.now);
    this.touch();
  }

  get own(): OwnRun {
    return { runId: this.state.runId ?? this.run.id, chainId: this.firstRunId, taskWorkflowId: TASK };
  }

  get endpoints() {
    return { source: this.rig.spec.source, destination: this.rig.spec.destination };
  }

  wish(): Wish {
    if (this.state.runId !== undefined && this.rollOverAsked) return 'roll-over';
    return this.paused ? 'pause' : 'run';
  }

  askRollOver(): void {
    this.rollOverAsked = true;
    this.touch();
  }

  private circumstances(): Circumstances {
    const { time, windows } = this.rig;
    const running = new Set(this.running.keys());
    return { now: time.now, windows, running, wish: this.wish(), triedToSave: this.triedToSave };
  }

  changeTail(change: (tail: TailState) => TailState): void {
    const { tail } = this.state;
    if (tail) this.state = { ...this.state, tail: change(tail) };
  }

  protected async main(): Promise<void> {
    const { epoch } = this;
    while (this.epoch === epoch) {
      const seen = this.version;
      this.advance();
      const now = this.circumstances();
      const steps = plan.decideTask(this.state, now);
      this.remember();
      if (steps[0]?.do === 'rest') {
        if (this.running.size > 0) this.rig.violated(`rests while ${[...this.running.keys()].join()} runs`);
        if (now.wish === 'roll-over') {
          await this.condition(() => this.handlers === 0);
          this.rollOver({ state: carried(this.state), paused: this.paused });
          return;
        }
        await this.rest(now.wish);
        continue;
      }
      for (const step of steps) this.perform(step);
      await this.change(seen, this.wakeAt());
    }
  }

  private advance(): void {
    this.state = tablesAdvanced(this.state, this.rig.rules, new Set(this.running.keys()));
    if (this.state.phase !== 'full' || !plan.allPublished(this.state) || !this.state.start?.saved) return;
    const { planHash } = this.state.start;
    this.state = plan.tailStarted(this.state, this.rig.rules);
    this.mustHaveSavedPlan(planHash);
    this.rig.source.tailBegins();
  }

  mustHaveSavedPlan(saved?: string): void {
    const problem = plan.planProblem(this.state, this.rig.rules, saved);
    if (problem !== undefined) this.rig.violated(problem);
  }

  private async rest(wish: Wish): Promise<void> {
    const { failed } = this.state;
    const { time } = this.rig;
    if (wish === 'pause') {
      this.state = pausedAt(this.state, time.now);
      this.watch?.paused();
    }
    const over = (): boolean => this.wish() !== wish || this.state.failed !== failed || copiesBusy(this.state.copies);
    await this.condition(over);
    this.changeTail(runwayDue);
    this.triedToSave = false;
    if (wish !== 'pause') return;
    this.state = resumedAt(this.state, time.now);
    this.watch?.resumed();
  }

  private wakeAt(): number | undefined {
    const { now } = this.rig.time;
    const times = [nextWake(this.state.ledgers, now), nextQuestion(this.state.copies)];
    const ahead = times.filter((at) => at !== undefined && at > now);
    return ahead.length === 0 ? undefined : Math.min(...ahead.map(Number));
  }

  attempt<T>(key: string, { unit, work, done }: TaskAttempt<T>): void {
    const begunAt = this.rig.time.now;
    this.launch(key, work, {
      done: (result) => {
        this.state = succeeded(this.state, unit);
        this.watch?.succeeded(unit);
        done(result);
      },
      failed: (failure) => {
        if (failure) this.absorb({ unit, ...failure }, begunAt);
      },
    });
  }

  absorb(failure: AttemptFailure, begunAt = this.rig.time.now): void {
    const { time, windows } = this.rig;
    this.state = attemptFailed(this.state, failure, { now: time.now, windows });
    this.watch?.failed(failure, begunAt, this.state.failed?.unit === failure.unit);
  }

  /** What is not charged to a unit by itself. */
  launchWith<T>(key: string, work: (activities: Activities) => Promise<T>, ends: Ends<T>): void {
    this.launch(key, work, ends);
  }

  sendWith(key: string, delivered: Promise<boolean>, ends: Ends<boolean>): void {
    this.send(key, delivered, ends);
  }

  /** What the handler of an update does by an activity; a failure is told to who asked, and charged to nobody. */
  handle<T>(key: string, work: (activities: Activities) => Promise<T>, done: (result: T) => void): void {
    const { epoch } = this;
    const controller = new AbortController();
    this.handlers += 1;
    const ended = (change: () => void): void => {
      if (this.epoch !== epoch) return;
      this.handlers -= 1;
      change();
      this.touch();
    };
    this.rig
      .attempt(this, key, controller, work)
      .then(
        (result) => {
          ended(() => {
            done(result);
          });
        },
        (error: unknown) => {
          ended(() => void this.rig.failureOf(key, error, controller.signal));
        },
      )
      .catch((error: unknown) => {
        this.rig.violated(String(error));
      });
    this.disturb(key);
  }

  cancel(): void {
    this.cancelReaders();
  }

  private perform(step: plan.TaskStep): void {
    switch (step.do) {
      case 'open-run':
        phases.openRun(this);
        break;
      case 'create-tables':
        phases.createTables(this);
        break;
      case 'capture-point':
        phases.capturePoint(this);
        break;
      case 'save-start':
        phases.saveStart(this);
        break;
      case 'start-copy':
      case 'tell-copy':
        performCopies(this, step);
        break;
      case 'probe':
        this.probe(step);
        break;
      case 'precheck':
        this.rig.violated('the precheck is made again');
        break;
      case 'rest':
        break;
      default:
        performTail(this, step);
    }
  }
}
