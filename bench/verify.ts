/**
 * How long does it take to show that a table of a million rows is equal on both sides? The product's own activities, as the workflow
 * calls them: digests of the source by chunks, two at a time, beside those of the destination. Both databases are the sandbox, in one
 * process of its own, and the digests are computed there: this is the sandbox's speed more than the product's.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import oracledb from 'oracledb';
import { inParallel } from '../activities/in-parallel.ts';
import type { Dependencies, RunFacts } from '../activities/ports.ts';
import { verificationActivities } from '../activities/verify-activities.ts';
import { start } from '../demo/processes.ts';
import { MaxComputeSink } from '../maxcompute/sink.ts';
import { columnsHash, planColumns, plannedTable, type PlannedTable } from '../model/planned-table.ts';
import type { Scn } from '../model/scn.ts';
import { tableName } from '../model/table.ts';
import type { CapturedTable, PlanRules } from '../model/task-plan.ts';
import { sumDigests, suspiciousBuckets, unpackDigests, type Digests } from '../model/row-buckets.ts';
import { OracleSource } from '../oracle/source.ts';
import type { SandboxAddresses } from '../sandbox/start.ts';
import { bestOf, cpuSecondsOf, peakRssMegabytes, peakRssMegabytesOf, stopwatch } from './measure.ts';
import type { BenchResult, Elapsed } from './measure.ts';
import { COLUMNS, definitionsOf, insertStatement, sourceOf } from './orders.ts';

const TABLE = 'BENCH_VERIFIED';
const ROWS = 1_000_000;
const ROWS_PER_INSERT = 20_000;
const CHUNKS = 8;
const READS_AT_ONCE = 2;
const PASSES = 2;

const rules: PlanRules = {
  naming: { additionalColumns: 'plain', case: 'default' },
  partition: [],
  overflow: 'fail',
};

async function fill({ connectString, user, password }: SandboxAddresses['oracle'], rows: number): Promise<void> {
  const connection = await oracledb.getConnection({ connectString, user, password });
  try {
    await connection.execute(`CREATE TABLE ${TABLE} (${definitionsOf(COLUMNS)}, PRIMARY KEY (ID))`);
    for (let made = 0; made < rows; made += ROWS_PER_INSERT) {
      await connection.execute(insertStatement(TABLE, COLUMNS, made, Math.min(ROWS_PER_INSERT, rows - made)));
      await connection.commit();
    }
  } finally {
    await connection.close();
  }
}

interface Sides {
  readonly source: OracleSource;
  readonly sink: MaxComputeSink;
}

/** Into `_base`; nothing has changed since, so `_log` is empty. */
async function copy({ source, sink }: Sides, planned: PlannedTable, asOf: Scn): Promise<void> {
  const columns = planned.columns.map(({ sink: column }) => column);
  await sink.createTable({ name: planned.base, comment: '', columns, partitionColumns: [] });
  const log = [...planned.logColumns, ...columns];
  await sink.createTable({ name: planned.log, comment: '', columns: log, partitionColumns: [] });
  const chunks = await source.planChunks(planned.description, {
    chunkMegabytes: 256,
    chunksMin: CHUNKS,
    chunksMax: 500,
  });
  const { signal } = new AbortController();
  await inParallel(chunks, READS_AT_ONCE, async (chunk) => {
    const upload = await sink.openUpload({ table: planned.base }, columns);
    for await (const rows of source.readChunk(planned.description, chunk, asOf, signal)) await upload.write(rows);
    await upload.finish();
    await sink.commitUpload({ table: planned.base }, upload.id);
  });
}

const notAsked = (): Promise<never> => Promise.reject(new Error('the bench has no Temporal'));

function activitiesOf({ source, sink }: Sides, plan: CapturedTable): ReturnType<typeof verificationActivities> {
  const run: RunFacts = {
    runId: '',
    workflowId: '',
    origin: notAsked,
    continues: notAsked,
    openRunOf: notAsked,
    windowsShownBy: async () => [],
    tableMap: notAsked,
    comparablePoint: async () => ({
      kind: 'point',
      point: { scn: plan.emitAfter, recordId: 1 },
      completeBefore: 0,
      plan,
      rules,
      source: '',
      destination: '',
    }),
  };
  const { signal } = new AbortController();
  const deps: Dependencies = {
    source: () => source,
    sink: () => sink,
    attempt: () => ({ signal, report: () => undefined, sleep: notAsked, run }),
    commitQuietSeconds: 0,
    idleSeconds: 0,
  };
  return verificationActivities(deps);
}

type Pass = Elapsed & { readonly chunks: number };

async function onePass(activities: ReturnType<typeof verificationActivities>, rows: number): Promise<Pass> {
  const read = stopwatch();
  const plan = await activities.planVerification({ taskWorkflowId: '', table: '', parallel: CHUNKS });
  if (plan.kind !== 'point') throw new Error(plan.why);
  const { subject, mode, buckets, chunks } = plan;
  const input = { subject, mode, buckets: { count: buckets }, verification: 'bench' };
  const parts: Digests[] = [];
  const [destination] = await Promise.all([
    activities.digestDestination(input),
    inParallel(chunks, READS_AT_ONCE, async (chunk) => {
      parts.push(unpackDigests(await activities.digestSource({ ...input, chunks: [chunk] })));
    }),
  ]);
  const source = sumDigests(parts);
  const differing = suspiciousBuckets(source, unpackDigests(destination)).length;
  const compared = [...source.values()].reduce((sum, digest) => sum + digest.rows, 0);
  if (mode !== 'databases' || differing > 0 || compared !== rows)
    throw new Error(`${differing} buckets differ of ${compared} rows, by ${mode}`);
  return { ...read(), chunks: chunks.length };
}

async function measure({ oracle, maxcompute }: SandboxAddresses, pid: number, rows: number): Promise<BenchResult> {
  await fill(oracle, rows);
  const source = new OracleSource(sourceOf(oracle));
  await using sink = new MaxComputeSink(maxcompute);
  try {
    const table = tableName({ owner: oracle.user.toUpperCase(), name: TABLE });
    const [description] = await source.describe([table]);
    if (!description) throw new Error(`${TABLE} is not described`);
    const { columns } = planColumns(description, undefined, rules);
    const emitAfter = await source.currentScn();
    const names = { base: 'bench_verified_base', log: 'bench_verified_log' };
    const plan: CapturedTable = { table, ...names, columnsHash: columnsHash(columns), keyed: true, emitAfter };
    const planned = plannedTable(plan, rules, description);
    if (!planned) throw new Error(`${TABLE} is not as planned`);
    await copy({ source, sink }, planned, emitAfter);
    const activities = activitiesOf({ source, sink }, plan);
    const before = cpuSecondsOf(pid);
    const passes: Pass[] = [];
    for (let pass = 0; pass < PASSES; pass++) passes.push(await onePass(activities, rows));
    const after = cpuSecondsOf(pid);
    const sandboxPeak = peakRssMegabytesOf(pid);
    const { chunks, ...best } = bestOf(passes);
    return {
      rowsPerSecond: rows / best.wallSeconds,
      ...best,
      peakRssMegabytes: peakRssMegabytes(),
      ...(before !== undefined && after !== undefined && { sandboxCpuSeconds: (after - before) / PASSES }),
      ...(sandboxPeak === undefined ? {} : { sandboxPeakRssMegabytes: sandboxPeak }),
      ran: `${rows} rows of ${COLUMNS.length} columns found equal, ${chunks} chunks, ${READS_AT_ONCE} at a time, sandbox in a process of its own, best of ${PASSES} passes`,
    };
  } finally {
    await source.close();
  }
}

/** @param given instead of 1,000,000 rows */
export async function verify({ rows = ROWS }: { readonly rows?: number } = {}): Promise<BenchResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'redoflow-bench-'));
  try {
    await using sandbox = start({ script: 'sandbox/main.ts', logFile: path.join(folder, 'sandbox.log') });
    const addresses = JSON.parse(await sandbox.line(/^\{/)) as SandboxAddresses;
    return await measure(addresses, sandbox.pid, rows);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
