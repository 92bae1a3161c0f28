/** One run of a table's copy: its state, what runs, what the task wishes, and the reports that go back. */
import { getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import type { Endpoints, OwnRun } from '../model/activities.ts';
import { chunksDone, copyFailed, isProbe, isReader, type CopyState } from '../model/copy-plan.ts';
import type { FailureKind } from '../model/failure.ts';
import { probed, succeeded, type Circumstances, type Side, type Wish } from '../model/run-state.ts';
import { mapLedgers, remainingMs, underWindows, worstLedger, type RetryWindows } from '../model/retry-ledger.ts';
import type { CopyReport, CopySettings, CopyTrouble } from '../model/table-copy.ts';
import type { PlanRules, TablePlan } from '../model/task-plan.ts';
import { attemptFailure } from './attempt-failure.ts';
import { copyReportSignal } from './messages.ts';
import { probe } from './probe.ts';
import { StepLoop } from './step-loop.ts';

export interface CopyTableInput extends CopySettings {
  readonly plan: TablePlan;
  readonly rules: PlanRules;
  readonly endpoints: Endpoints;
  readonly taskWorkflowId: string;
  readonly chainId: string;
  /** The run of the task that started it. */
  readonly startedBy: string;
  /** Of the pair of tables that it copies into; absent for the first. */
  readonly generation?: number;
  /** It was published by a history that was cut: it is looked for, and never made again. */
  readonly onlyLooks?: true;
  readonly taskQueue: string;
  readonly parallelChunks: number;
  readonly chunkMegabytes: number;
  /** Schema and full copy only: no tail brings later changes. */
  readonly oneOff: boolean;
  /** Carried by continue-as-new. */
  readonly state?: CopyState;
  readonly paused?: boolean;
  /** Overrides the number of events at which a run rolls over. */
  readonly rollOverEvents?: number;
}

interface CopyAttempt<T> {
  readonly work: () => Promise<T>;
  readonly done: (result: T) => void;
  /** What to do about a failure instead of charging it; undefined for the usual. */
  readonly otherwise?: (kind: FailureKind) => CopyState | undefined;
}

const REPORT_EVERY_MS = 30_000;
const ROLL_OVER_EVENTS = 1_500;

export class CopyRun {
  readonly loop = new StepLoop();
  input: CopyTableInput;
  state: CopyState;
  paused: boolean;
  stopping = false;
  /** How often the task asked for a report. */
  questions = 0;
  private sent:
    { readonly state: string; readonly text: string; readonly at: number; readonly asked: number } | undefined;

  constructor(input: CopyTableInput, state: CopyState) {
    this.input = input;
    this.state = state;
    this.paused = input.paused ?? false;
  }

  get own(): OwnRun {
    const { chainId, taskWorkflowId } = this.input;
    return { runId: this.state.runId ?? workflowInfo().runId, chainId, taskWorkflowId };
  }

  wish(): Wish {
    if (this.stopping) return 'stop';
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    const long = historyLength >= (this.input.rollOverEvents ?? ROLL_OVER_EVENTS) || continueAsNewSuggested;
    if (this.state.runId !== undefined && long && !this.state.published) return 'roll-over';
    return this.paused ? 'pause' : 'run';
  }

  clock(): { readonly now: number; readonly windows: RetryWindows } {
    return { now: this.loop.now, windows: this.input.windows };
  }

  circumstances(): Circumstances {
    // A report on its way changes nothing at the destination.
    const running = new Set([...this.loop.running].filter((key) => key !== 'report'));
    return { ...this.clock(), running, wish: this.wish(), triedToSave: true };
  }

  /** The throttle for chunks that are begun from now on, the windows for what has failed already too. */
  take(settings: CopySettings): void {
    const { windows: old, throttle: _throttle, ...input } = this.input;
    this.input = { ...input, ...settings };
    const { windows } = settings;
    if (old.connectionSeconds === windows.connectionSeconds && old.otherSeconds === windows.otherSeconds) return;
    const ledgers = mapLedgers(this.state.ledgers, (ledger) => underWindows(ledger, windows, this.loop.now));
    this.state = { ...this.state, ledgers };
    this.loop.cancel(isProbe);
  }

  cancelReaders(): void {
    this.loop.cancel(isReader);
  }

  attempt<T>(key: string, unit: string, { work, done, otherwise }: CopyAttempt<T>): void {
    const { attempt } = this.state;
    this.loop.launch(key, work, {
      done: (result) => {
        this.state = succeeded(this.state, unit);
        done(result);
      },
      failed: (error) => {
        const failure = attemptFailure(unit, error);
        // A chunk of an attempt that was given up fails for nobody.
        if (!failure || this.state.attempt !== attempt) return;
        this.state = otherwise?.(failure.kind) ?? copyFailed(this.state, failure, this.clock());
      },
    });
  }

  probe(side: Side, unit: string): void {
    const connection = side === 'source' ? this.input.endpoints.source : this.input.endpoints.destination;
    const heard = (answer: boolean): void => {
      this.state = probed(this.state, side, answer, this.clock());
    };
    this.loop.launch(
      `probe ${side}`,
      () => probe({ do: 'probe', side, unit }, this.state, this.input.windows, connection),
      {
        done: heard,
        failed: (error) => {
          if (attemptFailure(unit, error)) heard(true); // the probe itself failed: let a real attempt tell
        },
      },
    );
  }

  report(state: CopyReport['state']): CopyReport {
    const { published, remark } = this.state;
    const trouble = this.trouble();
    return {
      table: this.input.plan.table,
      chainId: this.input.chainId,
      ...(this.input.generation !== undefined && { generation: this.input.generation }),
      state,
      startedBy: this.input.startedBy,
      chunksDone: chunksDone(this.state),
      chunks: this.state.chunks,
      rows: this.state.rows,
      nulled: this.state.nulled,
      attemptsLost: this.state.attemptsLost,
      ...(published && { published }),
      ...(trouble && { trouble }),
      ...(remark !== undefined && { remark }),
    };
  }

  private trouble(): CopyTrouble | undefined {
    const { failed, ledgers } = this.state;
    if (failed) return { unit: failed.unit, kind: failed.kind, message: failed.message, failed: true };
    const worst = worstLedger(ledgers, this.input.windows, Date.now());
    if (!worst) return undefined;
    const { unit, ledger } = worst;
    const remainingSeconds = Math.round(remainingMs(ledger, this.input.windows, Date.now()) / 1000);
    return { unit, kind: ledger.kind, message: ledger.message, failed: false, remainingSeconds };
  }

  /** Tells the task, at most every 30 s unless the word changes or the task asked. Resolves once delivered; false: the task is closed. */
  async tell(state: CopyReport['state']): Promise<boolean> {
    for (;;) {
      const asked = this.questions;
      const report = this.report(state);
      this.sent = { state: this.word(report), text: JSON.stringify(report), at: Date.now(), asked };
      const delivered = await this.deliver(report);
      // Closed, unless a task of the same name asked meanwhile.
      if (this.questions === asked) return delivered;
    }
  }

  private async deliver(report: CopyReport): Promise<boolean> {
    try {
      await getExternalWorkflowHandle(this.input.taskWorkflowId).signal(copyReportSignal, report);
      return true;
    } catch {
      return false; // no open workflow of that id
    }
  }

  private word(report: CopyReport): string {
    return `${report.state} ${report.trouble?.kind ?? ''} ${report.chunks} ${report.attemptsLost} ${report.remark ?? ''}`;
  }

  /** While copying: reports in the background; a closed task stops the copy. */
  tellSometimes(): void {
    const report = this.report('copying');
    const changed = this.sent?.state !== this.word(report) || this.sent.asked !== this.questions;
    const due =
      this.sent === undefined ||
      (this.sent.text !== JSON.stringify(report) && Date.now() - this.sent.at >= REPORT_EVERY_MS);
    if (this.loop.running.has('report') || !(changed || due)) return;
    this.loop.launch('report', () => this.tell('copying'), {
      done: (delivered) => {
        if (!delivered) this.stopping = true;
      },
      failed: () => undefined,
    });
  }
}
