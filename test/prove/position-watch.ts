import { setTimeout as wait } from 'node:timers/promises';
import type { RedoflowClient } from '../../client/index.ts';
import type { TaskStatus } from '../../model/progress.ts';

const LOOK_EVERY_MS = 500;

/** What a run tells when it learns that it was reset: it showed its history's position, and goes on from the saved one. */
const CUT = 'the history was cut: ';

export interface Seen {
  readonly run: Pick<TaskStatus['run'], 'id'>;
  readonly position?: Pick<NonNullable<TaskStatus['position']>, 'scn'> | undefined;
  readonly events: TaskStatus['events'];
}

/** The positions that one task's status showed, one after the other. */
export class SeenPositions {
  readonly violations: string[] = [];
  private last: { readonly run: string; readonly scn: bigint } | undefined;
  /** Moments of the cuts that explain a position that went back: each explains one. */
  private readonly cuts = new Map<string, 'unused' | 'used'>();

  see({ position, events, run }: Seen): void {
    for (const { at, text } of events) if (text.startsWith(CUT) && !this.cuts.has(at)) this.cuts.set(at, 'unused');
    if (!position) return;
    const seen = { run: run.id, scn: BigInt(position.scn) };
    if (this.last?.run === seen.run && seen.scn < this.last.scn && !this.cutExplains())
      this.violations.push(`I10: the position went back from SCN ${this.last.scn} to ${seen.scn}`);
    this.last = seen;
  }

  private cutExplains(): boolean {
    const [at] = [...this.cuts].find(([, use]) => use === 'unused') ?? [];
    if (at !== undefined) this.cuts.set(at, 'used');
    return at !== undefined;
  }
}

/** I10: within one run of the workflow the position never goes back, but once for each time its history was cut. */
export class PositionWatch implements AsyncDisposable {
  private readonly seen = new SeenPositions();
  private over = false;
  private readonly watching: Promise<void>;

  constructor(redoflow: RedoflowClient, task: string) {
    this.watching = this.watch(redoflow, task);
  }

  get violations(): readonly string[] {
    return this.seen.violations;
  }

  private async watch(redoflow: RedoflowClient, task: string): Promise<void> {
    while (!this.over) {
      const status = await redoflow.status(task).catch(() => undefined);
      if (status) this.seen.see(status);
      await wait(LOOK_EVERY_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.over = true;
    await this.watching;
  }
}
