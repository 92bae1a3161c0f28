/** How long it takes from a commit in Oracle until a reader of the destination sees it. */
import { setTimeout as wait } from 'node:timers/promises';
import { Warehouse } from '../../demo/warehouse.ts';
import type { TableLoad } from './source-tables.ts';
import type { WholeSystem } from './whole-system.ts';

const LOOK_EVERY_MS = 200;

interface Arrival {
  /** `performance.now()` after its commit. */
  readonly committedAt: number;
  readonly seconds: number;
}

/** Looks at the logs of some tables of a load until it is disposed of. A table's rows arrive in the order of their ids. */
export class Arrivals implements AsyncDisposable {
  private readonly load: TableLoad;
  private readonly warehouse: Warehouse;
  private readonly ended: Promise<void>;
  private readonly seen: Arrival[] = [];
  private readonly newest: Map<string, number>;
  private stopping = false;

  /** @param logs by table, as the load names it */
  constructor({ sandbox }: WholeSystem, load: TableLoad, logs: ReadonlyMap<string, string>) {
    this.load = load;
    this.warehouse = new Warehouse(sandbox.maxcompute);
    this.newest = new Map([...logs.keys()].map((table) => [table, 0]));
    this.ended = this.run(logs);
  }

  private async run(logs: ReadonlyMap<string, string>): Promise<void> {
    const reached = new Map<string, number>();
    while (!this.stopping) {
      for (const [table, log] of logs) {
        const [[highest] = []] = await this.warehouse.select(`SELECT MAX(id) FROM ${log} WHERE operation_flag = 'I'`);
        this.note(table, reached.get(table) ?? 0, Number(highest ?? 0));
        reached.set(table, Number(highest ?? 0));
      }
      await wait(LOOK_EVERY_MS);
    }
  }

  /** Whether something of every table that was committed at this moment or later has been seen. */
  reached(at: number): boolean {
    return [...this.newest.values()].every((committedAt) => committedAt >= at);
  }

  private note(table: string, after: number, to: number): void {
    const now = performance.now();
    for (const { table: other, id, at } of this.load.committed) {
      if (other !== table || id <= after || id > to) continue;
      this.seen.push({ committedAt: at, seconds: (now - at) / 1000 });
      this.newest.set(table, at);
    }
  }

  /** Of what was committed between two moments, in seconds. @throws when nothing of it has arrived */
  percentile95(from: number, to: number): number {
    const seconds = this.seen
      .filter(({ committedAt }) => committedAt >= from && committedAt < to)
      .map((arrival) => arrival.seconds)
      .toSorted((a, b) => a - b);
    const found = seconds[Math.ceil(seconds.length * 0.95) - 1];
    if (found === undefined) throw new Error('nothing has arrived');
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopping = true;
    await this.ended;
  }
}
