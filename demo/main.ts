/** `npm run demo`: the product on embedded parts, with two kills, and both sides compared at the end. */
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { RedoflowClient } from '../client/index.ts';
import type { TaskStatus } from '../model/progress.ts';
import { compare, type JournalEntry } from './compare.ts';
import { leaveFolder, takeFolder, writeProfile } from './folder.ts';
import { keepGoing } from './keep.ts';
import {
  control,
  startSandbox,
  startTemporal,
  startWorker,
  writeConnections,
  type Addresses,
  type WorkerParts,
} from './parts.ts';
import type { Program } from './processes.ts';
import { showEnd, tableLine } from './report.ts';
import { killScene, type Killed } from './scenes.ts';
import { bad, progress, say, scene } from './show.ts';
import { Warehouse } from './warehouse.ts';
import { connect, createAndFill, ROWS, runTransactions, TRANSACTIONS, type Story } from './workload.ts';

const TASK = 'hr-to-warehouse';
const COPY_SLOW_MS = 2_500;
const PACE_MS = 90;
const CAUGHT_UP_WITHIN_MS = 60_000;

interface Stage {
  readonly parts: WorkerParts;
  readonly addresses: Addresses;
  readonly client: Client;
  readonly redoflow: RedoflowClient;
  worker: Program;
}

async function main(keep: boolean): Promise<number> {
  const folder = takeFolder();
  try {
    scene('starting Temporal, an Oracle and a MaxCompute stand-in, and a worker');
    const starting = startSandbox(folder);
    starting.catch(() => undefined); // awaited below
    await using temporal = await startTemporal(folder);
    const uiAddress = temporal.uiAddress ?? '';
    writeProfile(folder, { address: temporal.address, namespace: 'default', uiAddress });
    say(`Temporal UI  ${uiAddress}`);
    const { program, addresses } = await starting;
    await using sandbox = program;
    say(
      `sandbox ${sandbox.pid}: Oracle ${addresses.oracle.connectString} · MaxCompute ${addresses.maxcompute.endpoint}`,
    );
    const connections = writeConnections(folder, addresses);
    const parts = { folder, temporal: temporal.address, connections, addresses };
    const working = startWorker(parts);
    working.catch(() => undefined); // awaited below
    await using writer = await connect(addresses.oracle);
    await createAndFill(writer);
    say(`HR.ORDERS filled with ${ROWS} rows`);
    const connection = await Connection.connect({
      address: temporal.address,
      channelArgs: { 'grpc.enable_http_proxy': 0 },
    });
    const client = new Client({ connection });
    const stage: Stage = { parts, addresses, client, redoflow: new RedoflowClient(client), worker: await working };
    try {
      return await play(stage, keep, uiAddress);
    } finally {
      await stage.worker[Symbol.asyncDispose]();
      await connection.close();
    }
  } finally {
    leaveFolder(folder);
  }
}

async function play(stage: Stage, keep: boolean, uiAddress: string): Promise<number> {
  const { addresses, redoflow } = stage;
  const written: unknown = parse(readFileSync(fileURLToPath(new URL('task.yaml', import.meta.url)), 'utf8'));
  scene(`redoflow start demo/task.yaml, while ${TRANSACTIONS} transactions change the source`);
  await control(addresses, '/maxcompute/slow', { operation: 'block', milliseconds: COPY_SLOW_MS });
  await redoflow.start(written);
  say(`follow it in a second terminal: npm run -s redoflow -- watch ${TASK}   (or in the UI: ${uiAddress})`);
  await using transactions = await connect(addresses.oracle);
  const story: Story = { committed: 0, rolledBack: 0, statements: 0 };
  const scenes = { tailBegun: false, over: false };
  // Half of it during the copy, half of it for the tail, and on until the last kill has found something to interrupt.
  const pace = async (transaction: number): Promise<void> => {
    await wait(PACE_MS);
    while (transaction === TRANSACTIONS / 2 && !scenes.tailBegun && !scenes.over) await wait(PACE_MS);
  };
  const workload = runTransactions(transactions, story, { pace, more: () => !scenes.over });
  workload.catch(() => undefined); // awaited below
  const killed: Killed[] = [];
  try {
    killed.push(await killInCopy(stage));
    scenes.tailBegun = true;
    killed.push(await killInTail(stage));
  } finally {
    scenes.over = true;
  }
  await workload;
  say(`${story.committed} transactions committed, ${story.rolledBack} rolled back, ${story.statements} statements`);
  const status = await untilCaughtUp(stage);
  scene('both sides, read over their wires');
  const failed = await report(stage, status, killed);
  if (keep) await keepGoing({ addresses, redoflow, task: TASK, uiAddress });
  await redoflow.stop(TASK);
  return failed ? 1 : 0;
}

async function killInCopy(stage: Stage): Promise<Killed> {
  scene('a worker is killed in the full copy');
  const plan = {
    type: 'copyChunk',
    workflow: async () => copyWorkflowId(stage),
    afterKill: () => control(stage.addresses, '/maxcompute/slow', { operation: 'block', milliseconds: 0 }),
  };
  const killed = await killScene(stage, plan);
  await until(stage, ({ phase }) => phase === 'incremental', 'the full copy is not published');
  for (const table of (await stage.redoflow.status(TASK)).tables) say(tableLine(table));
  return killed;
}

async function killInTail(stage: Stage): Promise<Killed> {
  scene('a worker is killed while it reads the redo');
  await until(stage, ({ windowsDone }) => windowsDone >= 1, 'no window of redo was committed');
  return killScene(stage, {
    type: 'mineWindow',
    workflow: async () => `redoflow/${TASK}`,
    afterKill: async () => undefined,
  });
}

/** The id of the copy's child ends with a part of the task's first run id. */
async function copyWorkflowId({ client }: Stage): Promise<string> {
  const { runId } = await client.workflow.getHandle(`redoflow/${TASK}`).describe();
  return `redoflow/${TASK}/copy/HR.ORDERS/${runId.slice(-8)}`;
}

async function until(stage: Stage, reached: (status: TaskStatus) => boolean, otherwise: string): Promise<TaskStatus> {
  const end = Date.now() + CAUGHT_UP_WITHIN_MS;
  while (Date.now() < end) {
    await wait(300);
    const status = await stage.redoflow.status(TASK).catch(() => undefined); // between two workers nobody answers
    if (!status) continue;
    if (status.failure) throw new Error(`${status.failure.message} ${status.failure.sentence}`);
    if (reached(status)) return status;
    progress(status.tables.map(tableLine).join(' '));
  }
  throw new Error(`${otherwise} after ${CAUGHT_UP_WITHIN_MS / 1000} s`);
}

/** The position has passed everything that the workload committed. */
async function untilCaughtUp(stage: Stage): Promise<TaskStatus> {
  const last = BigInt((await journal(stage)).at(-1)?.commitScn ?? '0');
  const status = await until(
    stage,
    ({ position }) => position !== undefined && BigInt(position.scn) >= last,
    'the tail has not caught up',
  );
  say(`caught up at SCN ${status.position?.scn ?? ''}, latency ${status.latency?.seconds.toFixed(1) ?? '?'} s`);
  return status;
}

async function journal({ addresses }: Stage): Promise<readonly JournalEntry[]> {
  const { entries } = (await control(addresses, '/journal?after=0', undefined)) as { entries: readonly JournalEntry[] }; // the sandbox's own answer
  return entries;
}

async function report(stage: Stage, status: TaskStatus, killed: readonly Killed[]): Promise<boolean> {
  await using reader = await connect(stage.addresses.oracle);
  const sides = { reader, warehouse: new Warehouse(stage.addresses.maxcompute), journal: await journal(stage) };
  const compared = [];
  for (const table of status.tables) compared.push({ table, comparison: await compare(sides, table) });
  return showEnd(compared, killed);
}

process.exitCode = await main(process.argv.includes('--keep')).catch((error: unknown) => {
  say(bad(error instanceof Error ? error.message : String(error)));
  return 1;
});
process.exit();
