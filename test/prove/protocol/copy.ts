/** The copy of a table as a child under virtual time: model/copy-plan.ts decides, the real activities work, this carries out as workflows/ does. */
import * as plan from '../../../model/copy-plan.ts';
import type { Activities, OwnRun } from '../../../model/activities.ts';
import type { Chunk } from '../../../model/chunk.ts';
import type { FailureKind } from '../../../model/failure.ts';
import type { ChunkReceipt } from '../../../model/receipt.ts';
import {
  carried,
  nextWake,
  pausedAt,
  recovered,
  resumedAt,
  succeeded,
  type Circumstances,
  type Wish,
} from '../../../model/run-state.ts';
import type { CopyReport, CopyWish } from '../../../model/table-copy.ts';
import { lastWord, reportOf, wordOf, type CarriedCopy, type CopyOf } from './copy-report.ts';
import { TASK, type Rig } from './rig.ts';
import { SimulatedWorkflow, type Ends } from './workflow.ts';

const PARALLEL_CHUNKS = 2;
const REPORT_EVERY_MS = 30_000;
const ASK_EVERY_MS = 3_600_000;

interface CopyAttempt<T> extends Pick<Ends<T>, 'done'> {
  readonly unit: string;
  readonly otherwise?: (kind: FailureKind) => plan.CopyState | undefined;
}

type Work<T> = (activities: Activities) => Promise<T>;

export class SimulatedCopy extends SimulatedWorkflow<plan.CopyState, CarriedCopy> {
  state = plan.newCopy();
  private readonly of: CopyOf;
  private paused = false;
  private stopping = false;
  private questions = 0;
  private sent:
    { readonly word: string; readonly text: string; readonly at: number; readonly asked: number } | undefined;

  constructor(rig: Rig, id: string, of: CopyOf) {
    super(rig, id);
    this.of = of;
  }

  protected carry = (): CarriedCopy => ({ state: this.state, paused: this.paused });

  protected restore({ state, paused }: CarriedCopy): void {
    this.state = state;
    this.paused = paused;
    this.stopping = false;
    this.questions = 0;
    this.sent = undefined;
  }

  protected disturb(word: string): void {
    const { faults, time } = this.rig;
    if (faults.strikes('copy-reset', word)) this.resetSoon();
    if (faults.strikes('copy-roll-over', word)) this.rollOverAsked = true;
    if (faults.strikes('copy-terminated', word))
      time.after(faults.amount('terminated') * 800, () => {
        this.close();
      });
  }

  control(wish: CopyWish): void {
    this.questions += 1;
    if (wish === 'pause' || wish === 'run') this.paused = wish === 'pause';
    if (wish === 'stop') this.stopping = true;
    if (wish === 'recover') this.state = recovered(this.state);
    this.touch();
  }

  private get own(): OwnRun {
    return { runId: this.state.runId ?? this.run.id, chainId: this.of.chainId, taskWorkflowId: TASK };
  }

  private wish(): Wish {
    if (this.stopping) return 'stop';
    if (this.state.runId !== undefined && this.rollOverAsked && !this.state.published) return 'roll-over';
    return this.paused ? 'pause' : 'run';
  }

  private circumstances(): Circumstances {
    const running = new Set([...this.running.keys()].filter((key) => key !== 'report'));
    const { windows, time } = this.rig;
    return { now: time.now, windows, running, wish: this.wish(), triedToSave: true };
  }

  protected async main(): Promise<void> {
    const { epoch } = this;
    while (this.epoch === epoch) {
      const seen = this.version;
      const now = this.circumstances();
      const steps = plan.decideCopy(this.state, now, PARALLEL_CHUNKS);
      this.remember();
      if (steps[0]?.do === 'rest') {
        if (await this.rest(now.wish)) return;
        continue;
      }
      for (const step of steps) this.perform(step);
      this.tellSometimes();
      await this.change(seen, nextWake(this.state.ledgers, this.rig.time.now));
    }
  }

  /** True: this run has ended. */
  private async rest(wish: Wish): Promise<boolean> {
    const { epoch } = this;
    await this.condition(() => !this.running.has('report'));
    const last = lastWord(this.state, wish);
    if (wish === 'roll-over' && last === undefined) {
      this.rollOver({ state: carried(this.state), paused: this.paused });
      return true;
    }
    if (last) {
      await this.tell(last);
      if (this.epoch === epoch) this.close();
      return true;
    }
    const { failed } = this.state;
    if (wish === 'pause') this.state = pausedAt(this.state, this.rig.time.now);
    const delivered = await this.tell(failed ? 'failed' : 'paused');
    if (this.epoch === epoch && !delivered) this.close();
    if (this.epoch !== epoch) return true;
    const { questions } = this;
    await this.condition(
      () => this.wish() !== wish || this.state.failed !== failed || this.questions !== questions,
      ASK_EVERY_MS,
    );
    if (wish === 'pause') this.state = resumedAt(this.state, this.rig.time.now);
    return false;
  }

  private perform(step: plan.CopyStep): void {
    switch (step.do) {
      case 'open-run':
        this.openRun();
        break;
      case 'find-published':
        this.attempt('find-published', (a) => a.findPublished(this.looking()), {
          unit: plan.OPEN_UNIT,
          done: (found) => {
            this.state = plan.publishedFound(this.state, found);
          },
        });
        break;
      case 'plan':
        this.plan();
        break;
      case 'copy':
        this.copyChunk(step.chunk);
        break;
      case 'commit':
        this.commitChunk(step.chunk, step.receipt);
        break;
      case 'publish':
        this.publish();
        break;
      case 'probe':
        this.probe(step);
        break;
      case 'cancel-readers':
        this.cancelReaders();
        break;
      case 'rest':
        break; // the caller's
    }
  }

  private attempt<T>(key: string, work: Work<T>, { unit, done, otherwise }: CopyAttempt<T>): void {
    const { attempt } = this.state;
    this.launch(key, work, {
      done: (result) => {
        this.state = succeeded(this.state, unit);
        done(result);
      },
      failed: (failure) => {
        if (!failure || this.state.attempt !== attempt) return;
        const at = { now: this.rig.time.now, windows: this.rig.windows };
        this.state = otherwise?.(failure.kind) ?? plan.copyFailed(this.state, { unit, ...failure }, at);
      },
    });
  }

  private input() {
    const { spec, rules } = this.rig;
    const endpoints = { source: spec.source, destination: spec.destination };
    return { endpoints, plan: this.of.plan, rules, own: this.own };
  }

  private looking = () => ({ ...this.input(), ...(this.of.onlyLooks && { mustBe: this.of.onlyLooks }) });

  private openRun(): void {
    const { lastRunId, attempt } = this.state;
    const input = {
      destination: this.rig.spec.destination,
      task: `${TASK}/copy/${this.of.plan.table}`,
      chainId: this.of.chainId,
      logs: [],
      wrote: attempt > 0,
      ...(lastRunId === undefined ? { startedBy: { workflowId: TASK, runId: this.of.startedBy } } : { lastRunId }),
    };
    this.attempt('open-run', (a) => a.openRun(input), {
      unit: plan.OPEN_UNIT,
      done: (opened) => {
        this.state = plan.copyOpened(this.state, opened);
      },
    });
  }

  private plan(): void {
    this.state = plan.planScheduled(this.state);
    const input = { ...this.input(), attempt: this.state.attempt, chunkMegabytes: 1, parallelChunks: PARALLEL_CHUNKS };
    this.attempt('plan', (a) => a.planCopy(input), {
      unit: plan.PLAN_UNIT,
      done: (planned) => {
        this.state = plan.copyPlanned(this.state, planned);
      },
    });
  }

  private copyChunk(chunk: Chunk): void {
    const { loading, attempt } = this.state;
    if (!loading) return;
    const input = { ...this.input(), loading, chunk };
    this.attempt(`copy ${chunk.number}`, (a) => a.copyChunk(input), {
      unit: plan.chunkUnit(chunk),
      done: (receipt) => {
        if (this.state.attempt === attempt) this.state = plan.chunkPrepared(this.state, chunk, receipt);
      },
      otherwise: (kind) => {
        if (kind !== 'source-snapshot-too-old') return undefined;
        const instead = plan.undoLost(this.state, chunk.number, this.of.plan.keyed);
        if (instead) this.rig.counts[instead.newerChunks > this.state.newerChunks ? 'newer' : 'halved'] += 1;
        return instead;
      },
    });
  }

  private commitChunk(chunk: Chunk, receipt: ChunkReceipt): void {
    const { attempt } = this.state;
    this.state = plan.chunkCommitScheduled(this.state, chunk);
    const input = { destination: this.rig.spec.destination, sessions: [receipt.session], own: this.own };
    this.attempt(`commit ${chunk.number}`, (a) => a.commitReceipts(input), {
      unit: plan.chunkCommitUnit(chunk),
      done: (outcome) => {
        if (outcome === 'gone') this.rig.counts.ambiguous += 1;
        if (this.state.attempt !== attempt) return;
        const at = { now: this.rig.time.now, windows: this.rig.windows };
        this.state = plan.chunkCommitted(this.state, chunk, outcome, at);
      },
    });
  }

  private publish(): void {
    const { loading, rows, dataObjectIds } = this.state;
    if (!loading) return;
    const input = { ...this.input(), loading, rows, dataObjectIds };
    this.attempt('publish', (a) => a.publishTable(input), {
      unit: plan.PUBLISH_UNIT,
      done: (published) => {
        this.state = plan.copyPublished(this.state, published);
      },
    });
  }

  private report = (state: CopyReport['state']): CopyReport => reportOf(this.state, this.of, state);

  private async tell(state: CopyReport['state']): Promise<boolean> {
    const { epoch } = this;
    for (;;) {
      const asked = this.questions;
      const report = this.report(state);
      this.sent = { word: wordOf(report), text: JSON.stringify(report), at: this.rig.time.now, asked };
      const delivered = await this.rig.deliver(TASK, state, () => {
        this.of.report(report);
      });
      if (this.questions === asked || this.epoch !== epoch) return delivered;
    }
  }

  private tellSometimes(): void {
    const report = this.report('copying');
    const changed = this.sent?.word !== wordOf(report) || this.sent.asked !== this.questions;
    const due =
      this.sent === undefined ||
      (this.sent.text !== JSON.stringify(report) && this.rig.time.now - this.sent.at >= REPORT_EVERY_MS);
    if (this.running.has('report') || !(changed || due)) return;
    this.send('report', this.tell('copying'), {
      done: (delivered) => {
        if (!delivered) this.stopping = true;
      },
      failed: () => undefined,
    });
  }
}
