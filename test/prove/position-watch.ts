import { setTimeout as wait } from 'node:timers/promises';
import type { RedoflowClient } from '../../client/index.ts';

const LOOK_EVERY_MS = 500;

/** I10: within one run of the workflow the position never goes back. */
export class PositionWatch implements AsyncDisposable {
  readonly violations: string[] = [];
  private over = false;
  private readonly watching: Promise<void>;

  constructor(redoflow: RedoflowClient, task: string) {
    this.watching = this.watch(redoflow, task);
  }

  private async watch(redoflow: RedoflowClient, task: string): Promise<void> {
    let last: { readonly run: string; readonly scn: bigint } | undefined;
    while (!this.over) {
      const status = await redoflow.status(task).catch(() => undefined);
      if (status?.position) {
        const seen = { run: status.run.id, scn: BigInt(status.position.scn) };
        if (last?.run === seen.run && seen.scn < last.scn)
          this.violations.push(`I10: the position went back from SCN ${last.scn} to ${seen.scn}`);
        last = seen;
      }
      await wait(LOOK_EVERY_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.over = true;
    await this.watching;
  }
}
