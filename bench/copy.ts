/**
 * How many rows a second does one process copy from end to end? Read by ROWID range AS OF an SCN, encoded, compressed, uploaded
 * and committed, four chunks at a time, by the product's own two sides. Both databases are the sandbox, in one process of its
 * own: it shares the machine, so this is a floor for the client and says nothing of real databases.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import oracledb from 'oracledb';
import { start } from '../demo/processes.ts';
import { MaxComputeSink } from '../maxcompute/sink.ts';
import type { Chunk } from '../model/chunk.ts';
import type { Scn } from '../model/scn.ts';
import type { SinkColumn } from '../model/sink-table.ts';
import { tableName } from '../model/table.ts';
import type { TableDescription } from '../model/table.ts';
import { mapType } from '../model/type-mapping.ts';
import type { SourceConnection } from '../oracle/connection.ts';
import { OracleSource } from '../oracle/source.ts';
import type { SandboxAddresses } from '../sandbox/start.ts';
import { bestOf, cpuSecondsOf, peakRssMegabytes, stopwatch } from './measure.ts';
import type { BenchResult, Elapsed } from './measure.ts';

const ROWS = 100_000;
const ROWS_PER_INSERT = 20_000;
const CHUNKS = 8;
const PARALLEL = 4;
const PASSES = 3;
const TABLE = 'BENCH_ORDERS';

/** A column, and how its value follows from the row's number (:1 + LEVEL). */
const COLUMNS: readonly (readonly [name: string, type: string, value: string])[] = [
  ['ID', 'NUMBER(12) NOT NULL', ':1 + LEVEL'],
  ['ORDER_NO', 'VARCHAR2(20)', "'SO-' || LPAD(:1 + LEVEL, 8, '0')"],
  ['CUSTOMER', 'VARCHAR2(60)', "'Customer ' || MOD(:1 + LEVEL, 9973) || ' GmbH'"],
  ['QUANTITY', 'NUMBER(6)', 'MOD((:1 + LEVEL) * 31, 1000)'],
  ['AMOUNT', 'NUMBER(14,2)', 'MOD((:1 + LEVEL) * 1717, 10000000) / 100'],
  ['RATE', 'NUMBER(9,6)', 'MOD((:1 + LEVEL) * 37, 99991) / 1000000'],
  ['STATUS', 'VARCHAR2(8)', "CASE WHEN MOD(:1 + LEVEL, 3) = 0 THEN 'PAID' ELSE 'NEW' END"],
  ['CREATED_AT', 'DATE', "DATE '2020-01-01' + (:1 + LEVEL) / 100"],
  ['UPDATED_AT', 'DATE', "DATE '2021-01-01' + (:1 + LEVEL) / 50"],
  ['NOTE', 'VARCHAR2(200)', "RPAD('note ' || (:1 + LEVEL) || ' ', 100, 'the order was shipped late, ')"],
];

interface Sides {
  readonly source: OracleSource;
  readonly sink: MaxComputeSink;
}

const sourceOf = ({ connectString, user, password }: SandboxAddresses['oracle']): SourceConnection => {
  const [, host = '', port = '', service = ''] = /^(.+):(\d+)\/(.+)$/.exec(connectString) ?? [];
  return { host, port: Number(port), service, user, password };
};

/** The table with its rows, committed. */
async function fill({ connectString, user, password }: SandboxAddresses['oracle']): Promise<void> {
  const connection = await oracledb.getConnection({ connectString, user, password });
  try {
    const definitions = COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ');
    await connection.execute(`CREATE TABLE ${TABLE} (${definitions})`);
    for (let made = 0; made < ROWS; made += ROWS_PER_INSERT) {
      const values = COLUMNS.map(([, , value]) => value.replaceAll(':1', String(made))).join(', ');
      await connection.execute(
        `INSERT INTO ${TABLE} SELECT ${values} FROM DUAL CONNECT BY LEVEL <= ${ROWS_PER_INSERT}`,
      );
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

interface Copy {
  readonly description: TableDescription;
  readonly columns: readonly SinkColumn[];
  readonly asOf: Scn;
  readonly table: string;
}

/** One chunk into an upload session, committed. Returns the bytes of its record stream. */
async function copyChunk({ source, sink }: Sides, copy: Copy, chunk: Chunk): Promise<number> {
  const target = { table: copy.table };
  const upload = await sink.openUpload(target, copy.columns);
  const { signal } = new AbortController();
  for await (const rows of source.readChunk(copy.description, chunk, copy.asOf, signal)) await upload.write(rows);
  const { bytes } = await upload.finish();
  await sink.commitUpload(target, upload.id);
  return bytes;
}

/** The whole table into a new one. Returns the bytes of the record streams. */
async function copyTable(sides: Sides, description: TableDescription, table: string): Promise<number> {
  const columns = sinkColumns(description);
  await sides.sink.createTable({ name: table, comment: 'a bench of redoflow', columns, partitionColumns: [] });
  const asOf = await sides.source.currentScn();
  const limits = { chunkMegabytes: 1024, chunksMin: CHUNKS, chunksMax: 1000 };
  const chunks = [...(await sides.source.planChunks(description, limits))];
  const sizes: number[] = [];
  const lane = async (): Promise<void> => {
    for (let chunk = chunks.shift(); chunk; chunk = chunks.shift())
      sizes.push(await copyChunk(sides, { description, columns, asOf, table }, chunk));
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
  return sizes.reduce((sum, size) => sum + size, 0);
}

type Pass = Elapsed & { readonly bytes: number; readonly sandboxCpuSeconds?: number };

async function measure({ oracle, maxcompute }: SandboxAddresses, sandboxPid: number): Promise<BenchResult> {
  await fill(oracle);
  const source = new OracleSource(sourceOf(oracle));
  await using sink = new MaxComputeSink(maxcompute);
  try {
    const description = await describe(source, oracle.user);
    const passes: Pass[] = [];
    for (let pass = 0; pass < PASSES; pass++) {
      const table = `bench_orders_${pass}`;
      const sandboxBefore = cpuSecondsOf(sandboxPid);
      const read = stopwatch();
      const bytes = await copyTable({ source, sink }, description, table);
      const elapsed = { ...read(), bytes };
      const sandboxAfter = cpuSecondsOf(sandboxPid);
      passes.push(
        sandboxBefore === undefined || sandboxAfter === undefined
          ? elapsed
          : { ...elapsed, sandboxCpuSeconds: sandboxAfter - sandboxBefore },
      );
      const arrived = await sink.countRows(table);
      if (arrived !== ROWS) throw new Error(`${arrived} rows arrived, not ${ROWS}`);
      await sink.dropTable(table);
    }
    const { bytes, ...best } = bestOf(passes);
    return {
      rowsPerSecond: ROWS / best.wallSeconds,
      megabytesPerSecond: bytes / 1e6 / best.wallSeconds,
      ...best,
      peakRssMegabytes: peakRssMegabytes(),
      ran: `${ROWS} rows of ${COLUMNS.length} columns, ${Math.round(bytes / ROWS)} bytes of record stream each, ${CHUNKS} chunks or so, ${PARALLEL} at a time, sandbox in a process of its own, best of ${PASSES} passes`,
    };
  } finally {
    await source.close();
  }
}

export async function copy(): Promise<BenchResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'redoflow-bench-'));
  try {
    await using sandbox = start({ script: 'sandbox/main.ts', logFile: path.join(folder, 'sandbox.log') });
    const addresses = JSON.parse(await sandbox.line(/^\{/)) as SandboxAddresses;
    return await measure(addresses, sandbox.pid);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
