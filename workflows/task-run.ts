/** One run of a task: its state, what runs, what is wished. The plans decide, this carries out. */
import { getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import type { Endpoints, OwnRun } from '../model/activities.ts';
import { noAlerts, type AlertState } from '../model/alert-queue.ts';
import {
  attemptFailed,
  probed,
  succeeded,
  type AttemptFailure,
  type Circumstances,
  type Side,
  type Wish,
} from '../model/run-state.ts';
import type { RetryWindows } from '../model/retry-ledger.ts';
import { shortest } from '../model/shared-windows.ts';
import { isReader } from '../model/copy-plan.ts';
import type { StatusEvent } from '../model/progress.ts';
import type { TaskPlanState } from '../model/sync-plan.ts';
import type { TailState } from '../model/tail-state.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import { copyControlSignal, copyWorkflowId } from './messages.ts';
import { attemptFailure } from './attempt-failure.ts';
import { probe } from './probe.ts';
import { StepLoop } from './step-loop.ts';

/** What rides through continue-as-new. */
export interface CarriedTask {
  readonly spec: TaskSpec;
  readonly state: TaskPlanState;
  readonly paused: boolean;
  readonly runs: number;
  readonly events: readonly StatusEvent[];
  /** Absent for a task that tells nobody. */
  readonly alerts?: AlertState;
  /** As they are now, where tables were added or removed since the task was started. */
  readonly tables?: readonly unknown[];
  /** A run rolls over at this many events; well below the limit, because signals delay it. */
  readonly rollOverEvents: number;
}

interface Attempt<T> {
  readonly work: () => Promise<T>;
  readonly done: (result: T) => void;
  /** The worker of the attempt was lost: what it had prepared is void. */
  readonly lost?: () => void;
}

const EVENTS_KEPT = 50;
/** They ride in every run of the task. */
const EVENT_LENGTH = 300;
export const ROLL_OVER_EVENTS = 1_500;

export class TaskRun {
  readonly loop = new StepLoop();
  /** Its settings change while it runs (settings-messages.ts), its other parts never. */
  spec: TaskSpec;
  /** Of the task: entries as a person writes them. */
  entries: readonly unknown[];
  state: TaskPlanState;
  paused: boolean;
  stopping = false;
  /** Nothing runs any more that could change the destination; only then Paused or Failed is shown. */
  resting = false;
  triedToSave = false;
  /** The search attributes that were upserted last. */
  shownAttributes:
    { readonly text: string; readonly state: string; readonly phase: string; readonly at: number } | undefined;
  alerts: AlertState;
  /** Alerts on their way: `deliveryKey`. Not of the plan: nothing waits for them. */
  readonly sending = new Set<string>();
  readonly runs: number;
  private kept: readonly StatusEvent[];
  private readonly rollOverEvents: number;

  constructor(carried: CarriedTask) {
    this.spec = carried.spec;
    this.entries = carried.tables ?? carried.spec.tables;
    this.state = carried.state;
    this.paused = carried.paused;
    this.runs = carried.runs + 1;
    this.kept = carried.events;
    this.alerts = carried.alerts ?? noAlerts;
    this.rollOverEvents = carried.rollOverEvents;
  }

  get events(): readonly StatusEvent[] {
    return this.kept;
  }

  get endpoints(): Endpoints {
    return { source: this.spec.source, destination: this.spec.destination };
  }

  get ownWindows(): RetryWindows {
    const { failedConnectionsMinutes, otherIssuesMinutes } = this.spec.retry;
    return { connectionSeconds: failedConnectionsMinutes * 60, otherSeconds: otherIssuesMinutes * 60 };
  }

  /** In force: other tasks that share an endpoint may have shorter ones. */
  get windows(): RetryWindows {
    return shortest(this.ownWindows, this.state.windowsOfOthers);
  }

  get own(): OwnRun {
    const { runId, firstExecutionRunId, workflowId } = workflowInfo();
    return { runId: this.state.runId ?? runId, chainId: firstExecutionRunId, taskWorkflowId: workflowId };
  }

  wish(): Wish {
    if (this.stopping) return 'stop';
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    // A run whose openRun has not answered would look cut to its successor; before the precheck has passed that is no matter.
    const may = this.state.runId !== undefined || this.state.phase === 'precheck';
    const full = may && (historyLength >= this.rollOverEvents || continueAsNewSuggested);
    if (full) return 'roll-over';
    return this.paused ? 'pause' : 'run';
  }

  changeTail(change: (tail: TailState) => TailState): void {
    const { tail } = this.state;
    if (tail) this.state = { ...this.state, tail: change(tail) };
  }

  clock(): { readonly now: number; readonly windows: RetryWindows } {
    return { now: this.loop.now, windows: this.windows };
  }

  circumstances(): Circumstances {
    return { ...this.clock(), running: this.loop.running, wish: this.wish(), triedToSave: this.triedToSave };
  }

  cancelReaders(): void {
    this.loop.cancel(isReader);
  }

  /** Launches one attempt of a unit of work: success clears the unit's ledger, failure is charged to it. */
  attempt<T>(key: string, unit: string, { work, done, lost }: Attempt<T>): void {
    this.loop.launch(key, work, {
      done: (result) => {
        if (this.state.ledgers[unit]) this.note('note', `${unit}: works again`);
        this.state = succeeded(this.state, unit);
        done(result);
      },
      failed: (error) => {
        this.absorb(unit, error, lost);
      },
    });
  }

  absorb(unit: string, error: unknown, lost?: () => void): void {
    const failure = attemptFailure(unit, error);
    if (!failure) return;
    const first = this.state.ledgers[unit] === undefined;
    this.state = attemptFailed(this.state, failure, this.clock());
    if (failure.kind === 'attempt-lost') lost?.();
    if (first || this.state.failed) this.note('failure', `${failure.kind}: ${failure.message}`);
  }

  /** Waits for a person, whatever the retry windows say. */
  fail(failure: AttemptFailure): void {
    this.state = attemptFailed(this.state, failure, this.clock());
    this.note('failure', `${failure.kind}: ${failure.message}`);
  }

  probe(side: Side, unit: string): void {
    const connection = side === 'source' ? this.spec.source : this.spec.destination;
    const heard = (answer: boolean): void => {
      this.state = probed(this.state, side, answer, this.clock());
    };
    this.loop.launch(`probe ${side}`, () => probe({ do: 'probe', side, unit }, this.state, this.windows, connection), {
      done: heard,
      failed: (error) => {
        if (attemptFailure(unit, error)) heard(true); // the probe itself failed: let a real attempt tell
      },
    });
  }

  /** Tells a failed copy to try again, whatever else runs. */
  recoverCopy(table: string): void {
    const { generation } = this.state.copies[table] ?? {};
    const workflowId = copyWorkflowId(this.own.taskWorkflowId, table, this.own.chainId, generation);
    this.loop.launch(
      `recover-copy ${table}`,
      () => getExternalWorkflowHandle(workflowId).signal(copyControlSignal, 'recover'),
      {
        done: () => undefined,
        failed: (error) => {
          this.absorb(`recovering the copy of ${table}`, error);
        },
      },
    );
  }

  /** Keeps a line of the task's story for the operator. */
  note(kind: StatusEvent['kind'], text: string): void {
    const line = text.length <= EVENT_LENGTH ? text : `${text.slice(0, EVENT_LENGTH - 1)}…`;
    this.kept = [...this.kept, { at: new Date(Date.now()).toISOString(), kind, text: line }].slice(-EVENTS_KEPT);
  }

  carried(): Omit<CarriedTask, 'state'> {
    return {
      spec: this.spec,
      paused: this.paused,
      runs: this.runs,
      events: this.kept,
      ...(this.spec.alerts && { alerts: this.alerts }),
      ...(this.entries !== this.spec.tables && { tables: this.entries }),
      rollOverEvents: this.rollOverEvents,
    };
  }
}
