/** The story: a task is started while the source changes, three workers are killed, and both sides are compared, twice. */
import type { Client } from '@temporalio/client';
import { z } from 'zod';
import type { RedoflowClient } from '../client/index.ts';
import type { TableProgress } from '../model/progress.ts';
import { compare } from './compare.ts';
import { Follower, sayPublished } from './follow.ts';
import { Journal } from './journal.ts';
import { keepGoing } from './keep.ts';
import { control, type Addresses, type Crew } from './parts.ts';
import { showEnd, type Compared } from './report.ts';
import { killScene } from './scenes.ts';
import { count, live, quiet, say, scene } from './show.ts';
import type { ColumnRules } from './source.ts';
import { TABLES } from './tables.ts';
import { verifyScene } from './verified.ts';
import { Warehouse } from './warehouse.ts';
import { connect, newStory, runTransactions, TRANSACTIONS } from './workload.ts';

const TASK = 'hr-to-warehouse';
/** Long enough to be killed in, also on a slow machine; an attempt whose worker is dead is waited for longer than that anyway. */
const SLOW_MS = 3_000;
const COPIED_WITHIN_SECONDS = 240;
const CAUGHT_UP_WITHIN_SECONDS = 120;

export interface Stage {
  readonly addresses: Addresses;
  readonly client: Client;
  readonly redoflow: RedoflowClient;
  readonly crew: Crew;
  readonly uiAddress: string;
}

export interface Script {
  /** The content of task.yaml. */
  readonly written: unknown;
  /** Transactions that filled the tables. */
  readonly fills: number;
  readonly keep: boolean;
  /** Ctrl-C is the keeper's from now on. */
  readonly onKeep: () => void;
}

/** Answers the exit code. */
export async function play(stage: Stage, { written, fills, keep, onKeep }: Script): Promise<number> {
  const { addresses, client, redoflow, crew, uiAddress } = stage;
  const journal = await Journal.after(addresses, fills);
  scene(`redoflow start demo/task.yaml, while ${count(TRANSACTIONS)} transactions change the source`);
  await redoflow.start(written);
  say(`follow it in a second terminal: npm run -s redoflow -- watch ${TASK}`);
  const kills: string[] = [];
  const tables = await perform(stage, journal, kills);
  await crew.ready();
  scene('both sides, read over their wires');
  const compared = await compareAll(stage, tables, { journal, rules: rulesOf(written) });
  const wrong = showEnd(compared, kills);
  const names = tables.map(({ table }) => table);
  const proved = await verifyScene({ client, redoflow, task: TASK }, names);
  if (keep) {
    onKeep();
    await keepGoing({ addresses, tables, task: TASK, uiAddress });
  }
  await redoflow.stop(TASK);
  return wrong || !proved ? 1 : 0;
}

/** With the workload beside it. Answers the tables once the tail has passed everything. */
async function perform(stage: Stage, journal: Journal, kills: string[]): Promise<readonly TableProgress[]> {
  const { addresses, client, crew, redoflow } = stage;
  const story = newStory();
  const stand = { tailBegun: false, over: false };
  const workload = runTransactions(addresses.oracle, story, {
    upTo: () => (stand.tailBegun ? Infinity : TRANSACTIONS / 2), // half of it is for the tail
    more: () => !stand.over,
  });
  workload.catch(() => undefined); // awaited below
  await using follower = new Follower({ client, redoflow, task: TASK, story });
  const actors = {
    client,
    crew,
    goesOn: () => {
      follower.mustGoOn();
    },
  };
  const slow = (operation: 'block' | 'commit') => (on: boolean) =>
    control(addresses, '/maxcompute/slow', { operation, milliseconds: on ? SLOW_MS : 0 });
  const task = `redoflow/${TASK}`;
  try {
    await follower.until(() => follower.firstRows, 'the first rows are copied', COPIED_WITHIN_SECONDS);
    const inCopy = {
      title: 'a worker is killed in the full copy',
      type: 'copyChunk',
      slow: slow('block'),
      replace: true,
    } as const;
    kills.push(await killScene(actors, { ...inCopy, workflows: await follower.copyWorkflows(TABLES.orders.table) }));
    const copied = await follower.until(
      ({ phase }) => phase === 'incremental',
      'the tables are copied',
      COPIED_WITHIN_SECONDS,
    );
    sayPublished(copied.tables);
    stand.tailBegun = true;
    const inTail = { title: 'a worker is killed while it reads the redo', type: 'mineWindow' } as const;
    kills.push(await killScene(actors, { ...inTail, slow: slow('block'), workflows: [task], replace: true }));
    const inCommit = { title: 'a worker is killed in the middle of a commit', type: 'commitReceipts' } as const;
    kills.push(await killScene(actors, { ...inCommit, slow: slow('commit'), workflows: [task], replace: false }));
    await Promise.race([workload, follower.until(() => story.begun >= TRANSACTIONS, 'the workload', 300)]);
  } finally {
    stand.over = true;
  }
  await workload;
  say(
    `${count(story.begun)} transactions: ${count(story.committed)} committed, ${count(story.rolledBack)} rolled back, ` +
      `${count(story.undone)} with a part undone, ${story.long} open for seconds; ${count(story.statements)} statements`,
  );
  return await caughtUp(journal, follower);
}

/** The position has passed everything that the workload committed. */
async function caughtUp(journal: Journal, follower: Follower): Promise<readonly TableProgress[]> {
  const last = BigInt((await journal.all()).at(-1)?.commitScn ?? '0');
  const { tables, position, latency } = await follower.until(
    (status) => status.position !== undefined && BigInt(status.position.scn) >= last,
    'the tail has caught up',
    CAUGHT_UP_WITHIN_SECONDS,
  );
  say(`caught up at SCN ${position?.scn ?? ''}, latency ${latency?.seconds.toFixed(1) ?? '?'} s`);
  return tables;
}

const taskRules = z.object({
  tables: z.array(
    z.object({
      table: z.string(),
      columns: z
        .object({ exclude: z.array(z.string()).optional(), rename: z.record(z.string(), z.string()).optional() })
        .optional(),
    }),
  ),
});

/** What task.yaml asks of the columns of each table that it names. */
const rulesOf = (written: unknown): ReadonlyMap<string, ColumnRules> =>
  new Map(taskRules.parse(written).tables.flatMap(({ table, columns }) => (columns ? [[table, columns]] : [])));

async function compareAll(
  { addresses }: Stage,
  tables: readonly TableProgress[],
  { journal, rules }: { readonly journal: Journal; readonly rules: ReadonlyMap<string, ColumnRules> },
): Promise<readonly Compared[]> {
  await using reader = await connect(addresses.oracle);
  const warehouse = new Warehouse(addresses.maxcompute);
  const sides = { reader, warehouse, journal: await journal.all() };
  const compared: Compared[] = [];
  mustBeComplete(tables);
  for (const table of tables) {
    live([`  comparing ${table.table} …`], `comparing ${table.table}`);
    compared.push({ table: table.table, comparison: await compare(sides, table, rules.get(table.table)) });
  }
  quiet();
  return compared;
}

/** Neither a table too few nor the excepted one. */
function mustBeComplete(tables: readonly TableProgress[]): void {
  const expected = Object.values(TABLES)
    .filter((table) => table !== TABLES.scratch)
    .map(({ table }) => table)
    .toSorted();
  const found = tables.map(({ table }) => table).toSorted();
  if (expected.join() !== found.join()) throw new Error(`the task synchronizes ${found.join(', ')}`);
}
