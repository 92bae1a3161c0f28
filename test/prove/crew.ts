/** The worker processes of a run: one more is hired for each that dies, and a zombie comes back. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { start, type Program } from '../../demo/processes.ts';
import { WORKER } from '../support/programs.ts';

export interface CrewOptions {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly size: number;
}

export interface Kill {
  readonly pid: number;
  readonly at: number;
}

const LOOK_EVERY_MS = 500;
const READY_WITHIN_MS = 120_000;

export class Crew implements AsyncDisposable {
  readonly logFile: string;
  readonly kills: Kill[] = [];
  /** Workers that ended without being told to. */
  lost = 0;
  /** The most memory that one of them had at once; 0 where the system does not tell. */
  peakRssMegabytes = 0;
  private readonly options: CrewOptions;
  private readonly workers = new Map<number, Program>();
  private readonly frozen = new Set<number>();
  private readonly all = new Set<Program>();
  private starting = 0;
  private wanted: number;
  private closed = false;
  private readonly supervising: Promise<void>;

  constructor(options: CrewOptions) {
    this.options = options;
    this.wanted = options.size;
    this.logFile = path.join(options.folder, 'worker.log');
    this.supervising = this.supervise();
  }

  get pids(): readonly number[] {
    return [...this.workers.keys()].filter((pid) => !this.frozen.has(pid));
  }

  has(pid: number): boolean {
    return this.workers.has(pid);
  }

  /** Waits until so many workers are ready. @throws when they are not in time */
  async ready(count = this.options.size): Promise<void> {
    for (const end = Date.now() + READY_WITHIN_MS; Date.now() < end;) {
      if (this.pids.length >= count) return;
      await wait(50);
    }
    throw new Error(`only ${this.pids.length} of ${count} workers are ready within ${READY_WITHIN_MS / 1000} s`);
  }

  /** SIGKILL. The next one is hired by itself. */
  async kill(pid: number): Promise<void> {
    const worker = this.workers.get(pid);
    if (!worker) return;
    this.workers.delete(pid);
    this.frozen.delete(pid);
    this.kills.push({ pid, at: Date.now() });
    await worker.kill();
  }

  /** SIGTERM, and as much time as it wants. */
  async end(pid: number): Promise<void> {
    const worker = this.workers.get(pid);
    this.workers.delete(pid);
    await worker?.[Symbol.asyncDispose]();
  }

  /** Stopped for so long, as by a machine that hangs: others take its work over, then it goes on as if nothing had been. */
  async freeze(pid: number, milliseconds: number): Promise<void> {
    if (!this.workers.has(pid)) return;
    this.frozen.add(pid);
    process.kill(pid, 'SIGSTOP');
    await wait(milliseconds);
    this.thaw(pid);
  }

  /** All die, and nobody is hired for a while. */
  async absent(milliseconds: number): Promise<void> {
    this.wanted = 0;
    await Promise.all(this.pids.map((pid) => this.kill(pid)));
    await wait(milliseconds);
    this.wanted = this.options.size;
  }

  private thaw(pid: number): void {
    this.frozen.delete(pid);
    if (isAlive(pid)) process.kill(pid, 'SIGCONT');
  }

  private async supervise(): Promise<void> {
    while (!this.closed) {
      for (const pid of this.workers.keys()) {
        if (isAlive(pid)) {
          this.peakRssMegabytes = Math.max(this.peakRssMegabytes, memoryOf(pid));
          continue;
        }
        this.workers.delete(pid);
        this.lost += 1;
      }
      for (let more = this.wanted - this.workers.size - this.starting; more > 0; more--) void this.hire();
      await wait(LOOK_EVERY_MS);
    }
  }

  private async hire(): Promise<void> {
    this.starting += 1;
    const { environment } = this.options;
    const worker = start({ script: WORKER, environment, logFile: this.logFile });
    this.all.add(worker);
    try {
      await worker.line(/worker ready/);
      this.workers.set(worker.pid, worker);
    } catch {
      // it ended before it was ready, for example because Temporal was away: another one follows
    } finally {
      this.starting -= 1;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
    for (const pid of this.frozen) this.thaw(pid);
    await this.supervising;
    await Promise.all([...this.all].map((worker) => worker.kill()));
  }
}

/** At most so far, 2^20 bytes (proc(5), VmHWM). */
function memoryOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // it has just ended, or this system has no /proc
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
