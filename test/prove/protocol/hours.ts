/**
 * Retry windows over virtual hours: one side of a calm task is in trouble for a part of its window, or for longer, with failures of both
 * classes, flapping and pauses; an account of its own watches every unit. At the end everything is at the destination once.
 */
import type { FailureKind } from '../../../model/failure.ts';
import { Checker } from './check.ts';
import { drawn } from './faults.ts';
import { LedgerWatch } from './ledger-watch.ts';
import { Operator } from './operator.ts';
import { underVirtualTime, type Outcome } from './play.ts';
import { Rig } from './rig.ts';
import { SimulatedTask } from './task.ts';
import { HEAD, nameOf } from './world.ts';

const windows = { connectionSeconds: 3 * 3_600, otherSeconds: 600 };
const EPISODES = 3;
/** SCNs that come in one of them. */
const STEP = 12;
const EVENTS_MOST = 40_000;
const PAUSE_MS = 25 * 3_600_000;

interface Trouble {
  readonly side: 'source' | 'sink';
  readonly kind: FailureKind;
  /** Milliseconds. */
  readonly lasts: number;
  /** Logins succeed, and nothing else does. */
  readonly answersProbes: boolean;
  /** It ends for a moment, every five minutes, and comes back before anything can be done. */
  readonly flaps: boolean;
  readonly pauses: boolean;
}

function troubleOf(seed: number, episode: number): Trouble {
  const draw = (what: string): number => drawn(seed, `hours ${episode} ${what}`);
  const side = draw('side') < 0.5 ? 'source' : 'sink';
  const connection = draw('class') < 0.5;
  const windowMs = (connection ? windows.connectionSeconds : windows.otherSeconds) * 1_000;
  return {
    side,
    kind: `${side}-${connection ? 'unreachable' : 'rejected'}`,
    lasts: windowMs * (0.2 + 1.4 * draw('lasts')),
    answersProbes: draw('probes') < 0.2,
    flaps: draw('flaps') < 0.3,
    pauses: draw('pauses') < 0.3,
  };
}

export interface HoursOutcome extends Outcome {
  /** Retry windows that were used up. */
  readonly ended: number;
  /** Episodes that a window outlasted. */
  readonly outlasted: number;
}

export async function playHours(seed: number): Promise<HoursOutcome> {
  const rig = new Rig({ seed, windows, calm: true });
  return underVirtualTime(rig, async () => {
    const watch = new LedgerWatch(rig);
    const hours = new Hours(rig, new SimulatedTask(rig, watch));
    await hours.play(seed);
    const checker = new Checker(rig.source.world, rig.sink);
    if (rig.problem === undefined) hours.judge(checker);
    const { verdict } = checker;
    const { ended } = watch;
    const { events, outlasted } = hours;
    return {
      seed,
      problem: rig.problem,
      verdict,
      faults: [],
      crashes: 0,
      counts: rig.counts,
      events,
      ended,
      outlasted,
    };
  });
}

class Hours {
  events = 0;
  outlasted = 0;
  private readonly rig: Rig;
  private readonly task: SimulatedTask;
  private readonly operator: Operator;

  constructor(rig: Rig, task: SimulatedTask) {
    this.rig = rig;
    this.task = task;
    this.operator = new Operator(rig, task);
  }

  async play(seed: number): Promise<void> {
    const { rig, task } = this;
    task.begin();
    await this.until(() => task.state.tail !== undefined);
    for (let episode = 1; episode <= EPISODES; episode++) {
      rig.source.limit = rig.source.redoHead;
      await this.until(() => this.isAt(rig.source.limit));
      await this.episode(troubleOf(seed, episode));
    }
    rig.source.limit = HEAD;
    await this.until(() => this.isAt(HEAD));
    for (const workflow of rig.workflows.values()) workflow.close();
  }

  private isAt = (scn: number): boolean =>
    this.task.state.tail?.position.scn === String(scn) && this.operator.isAtEase && this.task.running.size <= 1;

  private async episode({ side, kind, lasts, answersProbes, flaps, pauses }: Trouble): Promise<void> {
    const { rig, task } = this;
    const at = rig[side];
    const failedBefore = rig.counts.failed;
    const over = rig.time.now + lasts;
    at.trouble = kind;
    at.answersProbes = answersProbes;
    rig.source.limit = Math.min(HEAD, rig.source.limit + STEP);
    if (flaps) this.flap(at, kind, over);
    if (pauses)
      rig.time.after(lasts / 3, () => {
        task.pause(PAUSE_MS);
      });
    rig.time.after(lasts, () => {
      at.trouble = undefined;
      at.answersProbes = false;
    });
    await this.until(() => rig.time.now >= over && at.trouble === undefined && this.isAt(rig.source.redoHead));
    if (rig.counts.failed === failedBefore) this.outlasted += 1;
  }

  /** Too short for anything but a login. */
  private flap(at: { trouble: FailureKind | undefined }, kind: FailureKind, over: number): void {
    const { time } = this.rig;
    time.after(300_000, () => {
      if (time.now >= over) return;
      at.trouble = undefined;
      time.after(40, () => {
        if (time.now < over) at.trouble = kind;
        this.flap(at, kind, over);
      });
    });
  }

  private async until(isMet: () => boolean): Promise<void> {
    const { rig } = this;
    while (rig.problem === undefined) {
      await rig.time.settle();
      if (isMet()) return;
      if (this.operator.look()) await rig.time.settle();
      this.events += 1;
      if (this.events > EVENTS_MOST) rig.violated(`hours: not at their end after ${EVENTS_MOST} events`);
      if (!rig.time.advance()) rig.violated('hours: nothing happens any more');
    }
  }

  judge(checker: Checker): void {
    for (const { table, base, log, emitAfter } of this.task.state.tail?.tables ?? []) {
      const name = nameOf(table);
      checker.log(name, log, Number(emitAfter));
      checker.base(name, base, Number(emitAfter));
      checker.merged(name, { base, log }, HEAD);
    }
  }
}
