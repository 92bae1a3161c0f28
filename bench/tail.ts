/**
 * How fast does the tail go when it has fallen behind; and, with `--live`, how late is it when it has not? A backlog of changes, whose writer has stopped, is mined in windows by the
 * product's own activities, each window committed while the next one is mined. Both databases are the sandbox, in one process of its
 * own: it shares the machine, and its LogMiner is not Oracle's.
 */
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import oracledb from 'oracledb';
import { start } from '../demo/processes.ts';
import type { SandboxAddresses } from '../sandbox/start.ts';
import { cpuSecondsOf, peakRssMegabytesOf } from './measure.ts';
import type { BenchResult } from './measure.ts';
import { COLUMNS, definitionsOf, insertStatement } from './orders.ts';
import type { Arrival, TailOrder, TailTold } from './tail-lane.ts';

const TABLE = 'BENCH_CHANGES';
const CHANGES = 200_000;
/** Of a hundred changes; the rest are inserts. */
const UPDATES = 40;
const DELETES = 10;
const ROWS_PER_INSERT = 100;
/** Transactions that change rows that are there: each is a scan of the table. */
const SCANS = 20;

const LIVE_PER_SECOND = 1_000;
const LIVE_SECONDS = 60;
/** Of one transaction. */
const LIVE_ROWS = 10;

async function createTable(connection: oracledb.Connection): Promise<void> {
  await connection.execute(`CREATE TABLE ${TABLE} (${definitionsOf(COLUMNS)}, PRIMARY KEY (ID))`);
  await connection.execute(`ALTER TABLE ${TABLE} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
}

/** Rows (after, to] in transactions of their own, a share of `count` each. */
async function inScans(connection: oracledb.Connection, count: number, statement: string): Promise<void> {
  for (let scan = 0; scan < SCANS; scan++) {
    const [after, to] = [scan, scan + 1].map((share) => Math.floor((count * share) / SCANS));
    await connection.execute(`${statement} WHERE ID > ${after} AND ID <= ${to}`);
    await connection.commit();
  }
}

async function write(connection: oracledb.Connection, changes: number): Promise<void> {
  const updates = Math.floor((changes * UPDATES) / 100);
  const deletes = Math.floor((changes * DELETES) / 100);
  const inserts = changes - updates - deletes;
  for (let made = 0; made < inserts; made += ROWS_PER_INSERT) {
    await connection.execute(insertStatement(TABLE, COLUMNS, made, Math.min(ROWS_PER_INSERT, inserts - made)));
    await connection.commit();
  }
  await inScans(connection, updates, `UPDATE ${TABLE} SET QUANTITY = QUANTITY + 1, STATUS = 'SENT'`);
  await inScans(connection, deletes, `DELETE FROM ${TABLE}`);
}

/** The client process, asked and answering in turn. */
function openClient() {
  const child = fork(fileURLToPath(new URL('tail-lane.ts', import.meta.url)), {
    execArgv: ['--max-semi-space-size=64', '--import', 'tsx'],
  });
  const ask = (order: TailOrder): Promise<TailTold> =>
    new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => {
        reject(new Error(`the client of the bench ended with ${code}`));
      };
      child.once('exit', onExit);
      child.once('message', (told: TailTold) => {
        child.off('exit', onExit);
        resolve(told);
      });
      child.send(order);
    });
  return {
    ask,
    end: () => {
      if (child.connected) child.disconnect();
    },
  };
}

/** Ten changes a transaction, evenly. @returns by transaction, when its COMMIT was sent, epoch milliseconds */
async function writeLive(connection: oracledb.Connection, changes: number): Promise<readonly number[]> {
  const commits: number[] = [];
  const startedAt = Date.now();
  for (let made = 0; made < changes; made += LIVE_ROWS) {
    await wait(Math.max(0, startedAt + (made * 1000) / LIVE_PER_SECOND - Date.now()));
    await connection.execute(insertStatement(TABLE, COLUMNS, made, LIVE_ROWS));
    commits.push(Date.now());
    await connection.commit();
  }
  return commits;
}

/** From COMMIT in Oracle to COMMIT of the upload session: record_ids from 1 on are given out in the order of the commits. */
function latencies(commits: readonly number[], arrivals: readonly Arrival[]): readonly number[] {
  let arrived = 0;
  return commits
    .map((at, place) => {
      while ((arrivals[arrived]?.nextRecordId ?? Infinity) <= (place + 1) * LIVE_ROWS) arrived += 1;
      return (arrivals[arrived]?.at ?? NaN) - at;
    })
    .toSorted((a, b) => a - b);
}

const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;

interface Measured {
  readonly addresses: SandboxAddresses;
  readonly sandboxPid: number;
  readonly changes: number;
  readonly live: boolean;
}

async function measure({ addresses, sandboxPid, changes, live }: Measured): Promise<BenchResult> {
  const { connectString, user, password } = addresses.oracle;
  const connection = await oracledb.getConnection({ connectString, user, password });
  const client = openClient();
  try {
    await createTable(connection);
    await client.ask({ do: 'open', addresses, table: `${user.toUpperCase()}.${TABLE}` });
    if (!live) await write(connection, changes);
    const before = cpuSecondsOf(sandboxPid);
    const mining = client.ask({ do: 'mine', changes, flushSeconds: live ? 1 : 0 });
    const commits = live ? await writeLive(connection, changes) : [];
    const told = await mining;
    const after = cpuSecondsOf(sandboxPid);
    if (told.told !== 'mined') throw new Error(`the client of the bench answered ${told.told}`);
    const sandbox = before === undefined || after === undefined ? undefined : after - before;
    const late = latencies(commits, told.arrivals);
    return {
      ...(live && { latencyMs: { p50: percentile(late, 0.5), p99: percentile(late, 0.99) } }),
      ...resultOf(told, changes, sandbox, peakRssMegabytesOf(sandboxPid)),
      ran: live ? liveText(told) : backlogText(told, changes),
    };
  } finally {
    client.end();
    await connection.close();
  }
}

type Mined = Extract<TailTold, { readonly told: 'mined' }>;

function resultOf(
  { wallSeconds, cpuSeconds, peakRssMegabytes }: Mined,
  changes: number,
  sandbox: number | undefined,
  sandboxPeakRssMegabytes: number | undefined,
): Omit<BenchResult, 'ran'> {
  const perChange = (seconds: number): number => (seconds / changes) * 1e6;
  return {
    changesPerSecond: changes / wallSeconds,
    wallSeconds,
    cpuSeconds,
    clientMicrosecondsPerChange: perChange(cpuSeconds),
    ...(sandbox !== undefined && { sandboxCpuSeconds: sandbox, sandboxMicrosecondsPerChange: perChange(sandbox) }),
    peakRssMegabytes,
    ...(sandboxPeakRssMegabytes !== undefined && { sandboxPeakRssMegabytes }),
  };
}

const backlogText = ({ transactions, logRows, windows }: Mined, changes: number): string =>
  `${changes} changes of ${COLUMNS.length} columns in ${transactions} transactions (${UPDATES} % updates, ${DELETES} % deletes), ${logRows} rows of _log in ${windows} windows, mined and uploaded one window after the other while the one before is committed, sandbox in a process of its own, one pass`;

const liveText = ({ transactions, windows }: Mined): string =>
  `${LIVE_PER_SECOND} inserts of ${COLUMNS.length} columns a second for ${LIVE_SECONDS} s in ${transactions} transactions, flushSeconds 1, ${windows} windows, no Temporal; latency from COMMIT in the source to COMMIT of the upload session, over transactions`;

/** @param given changes instead of 200,000; `live`: written while they are read, at an even pace */
export async function tail({
  changes = CHANGES,
  live = false,
}: {
  readonly changes?: number;
  readonly live?: boolean;
} = {}): Promise<BenchResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'redoflow-bench-'));
  try {
    await using sandbox = start({ script: 'sandbox/main.ts', logFile: path.join(folder, 'sandbox.log') });
    const addresses = JSON.parse(await sandbox.line(/^\{/)) as SandboxAddresses;
    const count = live ? LIVE_PER_SECOND * LIVE_SECONDS : changes;
    return await measure({ addresses, sandboxPid: sandbox.pid, changes: count, live });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
