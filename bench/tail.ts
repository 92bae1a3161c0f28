/**
 * How fast does the tail go when it has fallen behind? A backlog of changes, whose writer has stopped, is mined in windows by the
 * product's own activities, each window committed before the next one begins. Both databases are the sandbox, in one process of its
 * own: it shares the machine, and its LogMiner is not Oracle's.
 */
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import oracledb from 'oracledb';
import { start } from '../demo/processes.ts';
import type { SandboxAddresses } from '../sandbox/start.ts';
import { cpuSecondsOf, peakRssMegabytesOf } from './measure.ts';
import type { BenchResult } from './measure.ts';
import { COLUMNS, definitionsOf, insertStatement } from './orders.ts';
import type { TailOrder, TailTold } from './tail-lane.ts';

const TABLE = 'BENCH_CHANGES';
const CHANGES = 200_000;
/** Of a hundred changes; the rest are inserts. */
const UPDATES = 40;
const DELETES = 10;
const ROWS_PER_INSERT = 100;
/** Transactions that change rows that are there: each is a scan of the table. */
const SCANS = 20;

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

async function measure(addresses: SandboxAddresses, sandboxPid: number, changes: number): Promise<BenchResult> {
  const { connectString, user, password } = addresses.oracle;
  const connection = await oracledb.getConnection({ connectString, user, password });
  const client = openClient();
  try {
    await createTable(connection);
    await client.ask({ do: 'open', addresses, table: `${user.toUpperCase()}.${TABLE}` });
    await write(connection, changes);
    const before = cpuSecondsOf(sandboxPid);
    const told = await client.ask({ do: 'mine', changes });
    const after = cpuSecondsOf(sandboxPid);
    if (told.told !== 'mined') throw new Error(`the client of the bench answered ${told.told}`);
    const sandbox = before === undefined || after === undefined ? undefined : after - before;
    const sandboxPeak = peakRssMegabytesOf(sandboxPid);
    const perChange = (seconds: number): number => (seconds / changes) * 1e6;
    return {
      changesPerSecond: changes / told.wallSeconds,
      wallSeconds: told.wallSeconds,
      cpuSeconds: told.cpuSeconds,
      clientMicrosecondsPerChange: perChange(told.cpuSeconds),
      ...(sandbox !== undefined && {
        sandboxCpuSeconds: sandbox,
        sandboxMicrosecondsPerChange: perChange(sandbox),
      }),
      peakRssMegabytes: told.peakRssMegabytes,
      ...(sandboxPeak !== undefined && { sandboxPeakRssMegabytes: sandboxPeak }),
      ran: `${changes} changes of ${COLUMNS.length} columns in ${told.transactions} transactions (${UPDATES} % updates, ${DELETES} % deletes), ${told.logRows} rows of _log in ${told.windows} windows, mined, uploaded and committed one window after the other, sandbox in a process of its own, one pass`,
    };
  } finally {
    client.end();
    await connection.close();
  }
}

/** @param given changes instead of 200,000 */
export async function tail({ changes = CHANGES }: { readonly changes?: number } = {}): Promise<BenchResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'redoflow-bench-'));
  try {
    await using sandbox = start({ script: 'sandbox/main.ts', logFile: path.join(folder, 'sandbox.log') });
    const addresses = JSON.parse(await sandbox.line(/^\{/)) as SandboxAddresses;
    return await measure(addresses, sandbox.pid, changes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
