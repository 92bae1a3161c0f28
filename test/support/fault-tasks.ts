/** Tasks for tests that break something in the middle of them, and what their status must tell of it. */
import type { TaskStatus } from '../../model/progress.ts';
import { Orders } from './orders.ts';
import { Task, type WholeSystem } from './whole-system.ts';

/** Other tasks and other test files run at the same time. */
export const LONG_SECONDS = 120;

/** More rows than one extent of the sandbox holds, so that the copy has two chunks. */
const TWO_CHUNKS = 900;

export interface BrokenTaskOptions {
  readonly rows?: number;
  readonly parallelChunks?: number;
  readonly oneOff?: boolean;
}

/** A table of this name with rows, and the task that synchronizes it; not started yet. */
export async function taskOver(
  system: WholeSystem,
  table: string,
  { rows = TWO_CHUNKS, parallelChunks = 4, oneOff = false }: BrokenTaskOptions = {},
): Promise<Task> {
  const orders = await Orders.create(system.sandbox.oracle, table, rows);
  return new Task(system, orders, {
    name: destinationName(table),
    source: 'hr',
    destination: 'warehouse',
    taskQueue: system.taskQueue,
    tables: [{ table: orders.table }],
    full: { parallelChunks },
    incremental: { flushSeconds: 1 },
    ...(oneOff && { synchronize: ['schema', 'full'] }),
  } as { readonly name: string });
}

/** `TABLE` → what its destination tables' names begin with. */
export const destinationName = (table: string): string => table.toLowerCase();

/** Parts of names of tables at the destination, by the phase that writes them. */
export const loadingOf = (table: string): string => `${destinationName(table)}_base_loading`;
export const logOf = (table: string): string => `${destinationName(table)}_log`;

/** Some line of the task's story says so. */
export const eventTells =
  (words: RegExp) =>
  ({ events }: TaskStatus): boolean =>
    events.some(({ text }) => words.test(text));

/** It is shown as Retrying, with a sentence that says so. */
export const retryTells =
  (words: RegExp) =>
  ({ state, retry }: TaskStatus): boolean =>
    state === 'Retrying' && words.test(retry?.message ?? '');

export const untilTailBegins = (task: Task): Promise<TaskStatus> =>
  task.until('the tail begins', ({ position }) => position !== undefined, LONG_SECONDS);

/** What was broken works again, and nothing is left of it but the story. */
export async function untilWell(task: Task): Promise<TaskStatus> {
  const { position } = await task.untilCaughtUp();
  return task.until(
    'the retrying is over',
    ({ state, position: reached }) =>
      state === 'Synchronizing' && BigInt(reached?.scn ?? '0') >= BigInt(position?.scn ?? '0'),
    LONG_SECONDS,
  );
}
