/** Everything that happens at a transaction of the workload, in that order: faults, added columns, and the end of the copy. */
import { setTimeout as wait } from 'node:timers/promises';
import type { BankTableName } from './bank-tables.ts';
import type { Addition } from './bank-workload.ts';
import { siteOf, type Fault } from './call-faults.ts';
import { Dice } from './dice.ts';
import { perform, type Scene } from './moments.ts';
import { momentsOf } from './swarm.ts';

/** The workload's share that runs before the task must have begun its tail. */
const IN_THE_COPY = 0.3;
const TAIL_WITHIN_MS = 240_000;

export interface Planned {
  readonly at: number;
  readonly name: string;
  readonly fault: readonly Fault[];
  readonly run: () => Promise<boolean>;
}

export interface ScriptOptions {
  readonly seed: number;
  readonly transactions: number;
  readonly faults: readonly Fault[];
}

/** @param add is called where a column is to be added */
export function script(
  scene: Scene,
  { seed, transactions, faults }: ScriptOptions,
  add: (addition: Addition) => Promise<void>,
): readonly Planned[] {
  const dice = Dice.of(seed, 'columns');
  const tables = dice
    .shuffled<BankTableName>(['ACCOUNT', 'NUMBERS', 'TEXTS', 'MOMENTS', 'EVENTS', 'DEVICES'])
    .slice(0, 3);
  const columns = tables.map((table, index): Planned => {
    const addition = { table, column: `ADDED_${index + 1}`, ...(index === 1 && { defaultText: 'grown' }) };
    const at = dice.from(Math.ceil(transactions * 0.35), transactions - 1);
    const run = async (): Promise<boolean> => {
      await add(addition);
      return true;
    };
    return { at, name: `ADD COLUMN to ${table}`, fault: [], run };
  });
  const tail: Planned = {
    at: Math.round(transactions * IN_THE_COPY),
    name: 'the copy',
    fault: [],
    run: () => tailBegins(scene),
  };
  const moments = momentsOf(faults).map((fault): Planned => {
    // chance of its own, so that it does the same when other faults are left out
    const own = { ...scene, dice: Dice.of(seed, siteOf(fault)) };
    return { at: fault.at, name: siteOf(fault), fault: [fault], run: () => perform(own, fault) };
  });
  return [...moments, ...columns, tail].toSorted((one, other) => one.at - other.at);
}

async function tailBegins({ redoflow, task }: Scene): Promise<boolean> {
  for (const end = Date.now() + TAIL_WITHIN_MS; Date.now() < end;) {
    await wait(200);
    const status = await redoflow.status(task).catch(() => undefined);
    if (status?.phase === 'incremental' && status.position !== undefined) return true;
  }
  throw new Error(`the tail has not begun within ${TAIL_WITHIN_MS / 1000} s`);
}
