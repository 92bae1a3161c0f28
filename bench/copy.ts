/**
 * How many rows a second does this machine copy from end to end? Read by ROWID range AS OF an SCN, encoded, compressed, uploaded
 * and committed, some chunks at a time, by the product's own two sides in as many processes as workers would be started. Both
 * databases are the sandbox, in one process of its own: it shares the machine, so this is a floor for the clients and says nothing
 * of real databases.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import oracledb from 'oracledb';
import { start } from '../demo/processes.ts';
import { MaxComputeSink } from '../maxcompute/sink.ts';
import type { Chunk } from '../model/chunk.ts';
import type { SinkColumn } from '../model/sink-table.ts';
import { tableName } from '../model/table.ts';
import type { TableDescription } from '../model/table.ts';
import { mapType } from '../model/type-mapping.ts';
import { OracleSource } from '../oracle/source.ts';
import type { SandboxAddresses } from '../sandbox/start.ts';
import type { Copy, Order, Told } from './copy-lane.ts';
import { bestOf, cheapestOf, cpuSecondsOf, peakRssMegabytesOf, stopwatch } from './measure.ts';
import type { BenchResult, Elapsed } from './measure.ts';
import { COLUMNS, definitionsOf, insertStatement, sourceOf } from './orders.ts';
import type { BenchColumn } from './orders.ts';

const ROWS_PER_INSERT = 20_000;
const PASSES = 3;
const TABLE = 'BENCH_ORDERS';

interface Sizes {
  readonly rows: number;
  readonly columns: number;
  readonly chunks: number;
  /** Chunks at a time, in all. */
  readonly parallel: number;
  readonly processes: number;
}

const SIZES: Sizes = { rows: 400_000, columns: 10, chunks: 16, parallel: 8, processes: 2 };

/** The first ones, or all and then all again under other names. */
const columnsOf = ({ columns }: Sizes): readonly BenchColumn[] =>
  Array.from({ length: Math.ceil(columns / COLUMNS.length) }, (_, round) =>
    COLUMNS.map(([name, type, value]) => [round === 0 ? name : `${name}_${round}`, type, value] as const),
  )
    .flat()
    .slice(0, columns);

interface Sides {
  readonly source: OracleSource;
  readonly sink: MaxComputeSink;
}

/** The table with its rows, committed. */
async function fill({ connectString, user, password }: SandboxAddresses['oracle'], sizes: Sizes): Promise<void> {
  const columns = columnsOf(sizes);
  const connection = await oracledb.getConnection({ connectString, user, password });
  try {
    await connection.execute(`CREATE TABLE ${TABLE} (${definitionsOf(columns)})`);
    for (let made = 0; made < sizes.rows; made += ROWS_PER_INSERT) {
      const count = Math.min(ROWS_PER_INSERT, sizes.rows - made);
      await connection.execute(insertStatement(TABLE, columns, made, count));
      await connection.commit();
    }
  } finally {
    await connection.close();
  }
}

async function describe(source: OracleSource, user: string): Promise<TableDescription> {
  const [description] = await source.describe([tableName({ owner: user.toUpperCase(), name: TABLE })]);
  if (!description) throw new Error(`${TABLE} is not described`);
  return description;
}

const sinkColumns = ({ columns }: TableDescription): readonly SinkColumn[] =>
  columns.map(({ name, type }) => {
    const mapped = mapType(type);
    if ('refused' in mapped) throw new Error(`${name}: ${mapped.refused}`);
    return { name: name.toLowerCase(), type: mapped.type };
  });

/** A client process, and what it says. */
class Client {
  readonly #child: ChildProcess;
  readonly #heard: ((told: Told) => void)[] = [];

  constructor() {
    this.#child = fork(fileURLToPath(new URL('copy-lane.ts', import.meta.url)), {
      execArgv: ['--max-semi-space-size=64', '--import', 'tsx'],
    });
    this.#child.on('message', (told: Told) => {
      for (const hear of this.#heard) hear(told);
    });
    this.#child.on('exit', (code) => {
      if (code) throw new Error(`a client of the bench ended with ${code}`);
    });
  }

  order(order: Order): void {
    this.#child.send(order);
  }

  hear(listener: (told: Told) => void): void {
    this.#heard.push(listener);
  }

  next<Word extends Told['told']>(word: Word): Promise<Extract<Told, { told: Word }>> {
    return new Promise((resolve) => {
      const listener = (told: Told): void => {
        if (told.told !== word) return;
        this.#heard.splice(this.#heard.indexOf(listener), 1);
        resolve(told as Extract<Told, { told: Word }>); // the word tells which
      };
      this.#heard.push(listener);
    });
  }

  end(): void {
    this.#child.disconnect();
  }
}

/** What one copy of the table needs besides the chunks. */
interface Bench {
  readonly sizes: Sizes;
  readonly sides: Sides;
  readonly copy: Copy;
  readonly clients: readonly Client[];
  readonly sandboxPid: number;
}

type Pass = Elapsed & { readonly bytes: number; readonly peakMegabytes: number; readonly sandboxCpuSeconds?: number };

/** The whole table into a new one. */
async function onePass({ sizes, sides, copy, clients, sandboxPid }: Bench, table: string): Promise<Pass> {
  const sandboxBefore = cpuSecondsOf(sandboxPid);
  const read = stopwatch();
  await sides.sink.createTable({ name: table, comment: 'a bench', columns: copy.columns, partitionColumns: [] });
  const asOf = await sides.source.currentScn();
  const limits = { chunkMegabytes: 1024, chunksMin: sizes.chunks, chunksMax: Math.max(1000, sizes.chunks) };
  const chunks = [...(await sides.source.planChunks(copy.description, limits))];
  queue = chunks;
  const passed = clients.map((client) => client.next('passed'));
  for (const client of clients) client.order({ do: 'pass', table, asOf });
  const ends = await Promise.all(passed);
  const elapsed = read();
  const sandboxAfter = cpuSecondsOf(sandboxPid);
  const arrived = await sides.sink.countRows(table);
  if (arrived !== sizes.rows) throw new Error(`${arrived} rows arrived, not ${sizes.rows}`);
  await sides.sink.dropTable(table);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    wallSeconds: elapsed.wallSeconds,
    cpuSeconds: elapsed.cpuSeconds + sum(ends.map(({ cpuSeconds }) => cpuSeconds)),
    bytes: sum(ends.map(({ bytes }) => bytes)),
    peakMegabytes: Math.max(...ends.map((end) => end.peakRssMegabytes)),
    ...(sandboxBefore !== undefined &&
      sandboxAfter !== undefined && { sandboxCpuSeconds: sandboxAfter - sandboxBefore }),
  };
}

/** Chunks of the pass that runs. */
let queue: Chunk[] = [];

async function openClients(copy: Copy, { processes, parallel }: Sizes): Promise<readonly Client[]> {
  const clients = Array.from({ length: processes }, () => new Client());
  const ready = clients.map((client) => client.next('ready'));
  for (const client of clients) {
    client.hear(({ told }) => {
      if (told === 'next') client.order({ do: 'chunk', chunk: queue.shift() ?? null });
    });
    client.order({ do: 'open', copy, parallel: Math.ceil(parallel / processes) });
  }
  await Promise.all(ready);
  return clients;
}

function resultOf(sizes: Sizes, passes: readonly Pass[], sandboxPeak: number | undefined): BenchResult {
  const { rows, columns, chunks, parallel, processes } = sizes;
  const { bytes, peakMegabytes: _peak, ...best } = bestOf(passes);
  const sandbox = passes.flatMap(({ sandboxCpuSeconds }) => sandboxCpuSeconds ?? []);
  const perRow = (seconds: number): number => (seconds / rows) * 1e6;
  return {
    rowsPerSecond: rows / best.wallSeconds,
    megabytesPerSecond: bytes / 1e6 / best.wallSeconds,
    ...best,
    clientMicrosecondsPerRow: perRow(cheapestOf(passes).cpuSeconds),
    ...(sandbox.length === 0 ? {} : { sandboxMicrosecondsPerRow: perRow(Math.min(...sandbox)) }),
    peakRssMegabytes: Math.max(...passes.map(({ peakMegabytes }) => peakMegabytes)),
    ...(sandboxPeak === undefined ? {} : { sandboxPeakRssMegabytes: sandboxPeak }),
    ran: `${rows} rows of ${columns} columns, ${Math.round(bytes / rows)} bytes of record stream each, ${chunks} chunks or so, ${parallel} at a time in ${processes} processes (the largest one's memory), sandbox in a process of its own, best of ${PASSES} passes`,
  };
}

async function measure(
  { oracle, maxcompute }: SandboxAddresses,
  sandboxPid: number,
  sizes: Sizes,
): Promise<BenchResult> {
  await fill(oracle, sizes);
  const source = new OracleSource(sourceOf(oracle));
  await using sink = new MaxComputeSink(maxcompute);
  try {
    const description = await describe(source, oracle.user);
    const copy = { oracle: sourceOf(oracle), maxcompute, description, columns: sinkColumns(description) };
    const clients = await openClients(copy, sizes);
    const bench = { sizes, sides: { source, sink }, copy, clients, sandboxPid };
    const passes: Pass[] = [];
    for (let pass = 0; pass < PASSES; pass++) passes.push(await onePass(bench, `bench_orders_${pass}`));
    for (const client of clients) client.end();
    return resultOf(sizes, passes, peakRssMegabytesOf(sandboxPid));
  } finally {
    await source.close();
  }
}

/** @param given instead of 400,000 rows of 10 columns in 16 chunks, 8 at a time, by 2 processes */
export async function copy(given: Partial<Sizes> = {}): Promise<BenchResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'redoflow-bench-'));
  try {
    await using sandbox = start({ script: 'sandbox/main.ts', logFile: path.join(folder, 'sandbox.log') });
    const addresses = JSON.parse(await sandbox.line(/^\{/)) as SandboxAddresses;
    return await measure(addresses, sandbox.pid, { ...SIZES, ...given });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
