/** A workflow under virtual time: runs that roll over and are reset, attempts, conditions. What it decides is the product's. */
import type { Activities } from '../../../model/activities.ts';
import type { TableMapPage } from '../../../model/task-plan.ts';
import { isReader } from '../../../model/copy-plan.ts';
import { probed, type ProbeStep, type RunState } from '../../../model/run-state.ts';
import { remainingMs } from '../../../model/retry-ledger.ts';
import type { FailedAttempt, Known, Rig, Run } from './rig.ts';
import type { Timer } from './virtual-time.ts';

interface Waiter {
  readonly isMet: () => boolean;
  readonly resolve: (met: boolean) => void;
  timer: Timer | undefined;
}

export interface Ends<T> {
  readonly done: (result: T) => void;
  readonly failed: (failure: FailedAttempt | undefined) => void;
}

/** What rides through continue-as-new and comes back with a reset; plain JSON. */
interface Moment<Carried> {
  readonly carried: Carried;
  readonly run: Run;
}

const PROBE_WAIT_MS = 30_000;

export abstract class SimulatedWorkflow<State extends RunState, Carried> implements Known {
  readonly id: string;
  readonly firstRunId: string;
  run: Run;
  open = true;
  abstract state: State;
  /** Activities that a handler of a message waits for. */
  handlers = 0;
  protected readonly rig: Rig;
  protected version = 0;
  /** What belongs to an older one is not heard any more. */
  protected epoch = 0;
  readonly running = new Map<string, AbortController>();
  private waiters = new Set<Waiter>();
  private moments: Moment<Carried>[] = [];
  protected rollOverAsked = false;

  constructor(rig: Rig, id: string) {
    this.rig = rig;
    this.id = id;
    const first = rig.newRunId();
    this.run = { id: first, original: first };
    this.firstRunId = first;
    rig.workflows.set(id, this);
  }

  protected abstract main(): Promise<void>;
  protected abstract carry(): Carried;
  protected abstract restore(carried: Carried): void;
  protected abstract disturb(word: string): void;

  tableMap(_hash: string): TableMapPage | null {
    return null;
  }

  /** The main loop; a bug of the product, or of the rig, ends in a problem. */
  begin(): void {
    this.main().catch((error: unknown) => {
      this.rig.violated(error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
  }

  protected remember(): void {
    this.moments.push({ carried: this.carry(), run: this.run });
  }

  touch(): void {
    this.version += 1;
    for (const waiter of this.waiters) if (waiter.isMet()) this.end(waiter, true);
  }

  private end(waiter: Waiter, met: boolean): void {
    this.waiters.delete(waiter);
    if (waiter.timer) waiter.timer.cancelled = true;
    waiter.resolve(met);
  }

  /** False: so long has passed. Never ends when the workflow is reset meanwhile. */
  protected condition(isMet: () => boolean, ms?: number): Promise<boolean> {
    if (isMet()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter: Waiter = { isMet, resolve, timer: undefined };
      this.waiters.add(waiter);
      if (ms !== undefined && ms !== Infinity)
        waiter.timer = this.rig.time.after(ms, () => {
          this.end(waiter, isMet());
        });
    });
  }

  protected async change(seen: number, wakeAt: number | undefined): Promise<void> {
    const changed = (): boolean => this.version !== seen;
    await this.condition(changed, wakeAt === undefined ? undefined : Math.max(1, wakeAt - this.rig.time.now));
  }

  protected cancelReaders(): void {
    for (const [key, controller] of this.running) if (isReader(key)) controller.abort();
  }

  /** Exactly one of the two ends folds the outcome back into the state, unless the workflow was reset. */
  launch<T>(key: string, work: (a: Activities) => Promise<T>, ends: Ends<T>): void {
    const word = key.split(' ', 1)[0] ?? key;
    const controller = new AbortController();
    const attempt = this.rig.attempt(this, key, controller, work);
    this.follow(key, controller, attempt, ends);
    this.rig.happen(word);
    this.disturb(word);
  }

  /** Something that is no activity. */
  protected send(key: string, delivered: Promise<boolean>, ends: Ends<boolean>): void {
    this.follow(key, new AbortController(), delivered, ends);
  }

  private follow<T>(key: string, controller: AbortController, attempt: Promise<T>, { done, failed }: Ends<T>): void {
    const { epoch } = this;
    this.running.set(key, controller);
    const heard = (change: () => void): void => {
      if (this.epoch !== epoch) return;
      this.running.delete(key);
      change();
      this.touch();
    };
    attempt
      .then(
        (result) => {
          heard(() => {
            done(result);
          });
        },
        (error: unknown) => {
          heard(() => {
            failed(this.rig.failureOf(`${this.id} ${key}`, error, controller.signal));
          });
        },
      )
      .catch((error: unknown) => {
        this.rig.violated(
          `${this.id} ${key}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
      });
  }

  /** As the server does: the probe is repeated until the endpoint answers or the window is over. */
  protected probe({ side, unit }: ProbeStep): void {
    const ledger = this.state.ledgers[unit];
    const { windows, time } = this.rig;
    const until = time.now + (ledger ? Math.ceil(remainingMs(ledger, windows, time.now) / 1_000) : 1) * 1_000;
    const heard = (answer: boolean): void => {
      this.state = probed(this.state, side, answer, { now: time.now, windows });
    };
    const connection = side === 'source' ? this.rig.spec.source : this.rig.spec.destination;
    const repeated = async (activities: Activities): Promise<boolean> => {
      for (let wait = 1_000; ; wait = Math.min(PROBE_WAIT_MS, wait * 2)) {
        try {
          await activities.probeEndpoint({ side, connection });
          return true;
        } catch {
          if (time.now + wait >= until) {
            await time.sleep(until - time.now);
            return false;
          }
        }
        await time.sleep(wait);
        if (this.running.get(`probe ${side}`)?.signal.aborted) throw new DOMException('cancelled', 'AbortError');
      }
    };
    this.launch(`probe ${side}`, repeated, {
      done: heard,
      failed: (failure) => {
        if (failure) heard(true);
      },
    });
  }

  close(): void {
    this.open = false;
    this.epoch += 1;
    this.forget();
  }

  private forget(): void {
    this.running.clear();
    this.waiters = new Set();
    this.handlers = 0;
    this.rollOverAsked = false;
  }

  private beginRun(carried: Carried, run: Run): void {
    this.epoch += 1;
    this.forget();
    this.run = run;
    this.open = true;
    this.restore(JSON.parse(JSON.stringify(carried)) as Carried); // stringified by us
    this.begin();
  }

  /** One state as JSON into a new run. */
  protected rollOver(carried: Carried): void {
    if (this.running.size > 0) this.rig.violated(`${this.id} rolls over while ${[...this.running.keys()].join()} runs`);
    const id = this.rig.newRunId();
    this.beginRun(carried, { id, original: id, continuedFrom: this.run.id });
  }

  /** As a reset does: the history up to any older moment, under a new run id. Whatever runs is not heard any more. */
  reset(): void {
    if (this.rig.workflows.get(this.id) !== this) return; // a later one of its name
    const old = this.moments[Math.floor(this.rig.faults.amount(`back ${this.id}`) * this.moments.length)];
    if (old) this.beginRun(old.carried, { ...old.run, id: this.rig.newRunId() });
  }

  /** Soon, in the midst of what was just begun. */
  protected resetSoon(): void {
    this.rig.time.after(this.rig.faults.amount('reset') * 800, () => {
      this.reset();
    });
  }
}
