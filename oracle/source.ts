/** The source: everything that redoflow asks of an Oracle database. All of it only reads. */
import type { Chunk } from '../model/chunk.ts';
import type { CapturePoint, Incarnation } from '../model/position.ts';
import type { SourceMeasures } from '../model/precheck-items.ts';
import type { Scn } from '../model/scn.ts';
import type { StartPoint } from '../model/start-position.ts';
import type { Row, TableDescription, TableName } from '../model/table.ts';
import { findCapturePoint } from './capture-point.ts';
import { planRanges } from './chunk-ranges.ts';
import type { ChunkLimits } from './chunk-ranges.ts';
import { readChunk } from './chunk-reader.ts';
import type { SourceConnection } from './connection.ts';
import { Dictionary } from './dictionary.ts';
import { withoutMinimalLogging } from './dropped-logging.ts';
import type { RunwayMeasure } from '../model/redo-runway.ts';
import type { RowText } from '../model/row-text.ts';
import type { BucketDigest } from '../model/table-state.ts';
import { planBuckets } from './index-organized.ts';
import { readLargeValues } from './large-values.ts';
import type { LargeValues, LargeValuesAsked } from './large-values.ts';
import { LeftTransaction } from './left-transaction.ts';
import { MinedRange } from './mined-range.ts';
import type { MineRequest } from './mined-range.ts';
import { measureSource } from './prechecks.ts';
import { measureRedoRunway } from './redo-runway.ts';
import { digestChunk, readBuckets } from './row-digests.ts';
import { findStartScn } from './scn-of-time.ts';
import { Session, within } from './session.ts';
import { findStartPoint } from './start-point.ts';
import { TableDescriptions } from './table-descriptions.ts';
import { SessionPool } from './session-pool.ts';
import type { PoolLimits } from './session-pool.ts';
import { Scratch } from './spilled-rows.ts';
import type { ScratchOptions } from './spilled-rows.ts';
import { readCurrentScn, readDatabase, readThreads, redoBound, requireIncarnation, requirePrimary } from './threads.ts';
import { unloggedStops } from './unlogged-changes.ts';
import { VanishedTransactions } from './vanished-transactions.ts';

/** Limits of whole calls; each round trip has one of its own (`callSeconds`). */
const PROBE_SECONDS = 10;
const BOUND_SECONDS = 30;
const METADATA_SECONDS = 120;
const CAPTURE_POINT_SECONDS = 120;
const START_POINT_SECONDS = 240;
const CHUNK_SECONDS = 6 * 3600;
const MINE_SECONDS = 6 * 3600;

const QUERIES: PoolLimits = { sessionsMax: 16, ageSecondsMax: 3600, idleSecondsMax: 60, callSeconds: 300 };

/** A chunk's digest is one round trip, which is as long as reading all of it. */
const DIGESTS: PoolLimits = { ...QUERIES, callSeconds: 7200 };

/** LogMiner's round trips are long where no row matches; its server process grows with every range, so it is replaced often. */
const MINING: PoolLimits = { sessionsMax: 4, ageSecondsMax: 900, idleSecondsMax: 120, callSeconds: 900 };

interface ChunkAt {
  readonly chunk: Chunk;
  readonly asOf: Scn;
}

interface Buckets {
  readonly text: RowText;
  readonly count: number;
  readonly wanted?: readonly number[];
}

export class OracleSource {
  readonly #connection: SourceConnection;
  readonly #queries: SessionPool;
  readonly #digests: SessionPool;
  readonly #mining: SessionPool;
  readonly #scratch: Scratch;
  readonly #vanished = new VanishedTransactions();
  readonly #left = new LeftTransaction();
  readonly #descriptions = new TableDescriptions();

  constructor(connection: SourceConnection, { scratch }: { readonly scratch?: ScratchOptions } = {}) {
    this.#scratch = new Scratch(scratch);
    this.#connection = connection;
    this.#queries = new SessionPool(connection, QUERIES);
    this.#digests = new SessionPool(connection, DIGESTS);
    this.#mining = new SessionPool(connection, MINING);
  }

  /** Always a new login: what matters is whether others could log in now. */
  async probe(): Promise<void> {
    const signal = within(PROBE_SECONDS);
    const session = await Session.open(this.#connection, PROBE_SECONDS, signal);
    try {
      await session.query('SELECT 1 FROM DUAL', {}, signal);
    } finally {
      await session.close();
    }
  }

  measure(tables: readonly TableName[]): Promise<SourceMeasures> {
    const signal = within(METADATA_SECONDS);
    return this.#queries.use(signal, (session) => measureSource(session, tables, signal));
  }

  describe(tables: readonly TableName[]): Promise<readonly TableDescription[]> {
    const signal = within(METADATA_SECONDS);
    return this.#queries.use(signal, (session) => this.#descriptions.describe(session, tables, signal));
  }

  listTables(owners: readonly string[]): Promise<readonly TableName[]> {
    const signal = within(METADATA_SECONDS);
    return this.#queries.use(signal, (session) => new Dictionary(session, signal).list(owners));
  }

  capturePoint(): Promise<CapturePoint> {
    const signal = within(CAPTURE_POINT_SECONDS);
    return this.#mining.use(signal, (session) => findCapturePoint(session, signal));
  }

  startScn(at: StartPoint): Promise<Scn> {
    const signal = within(START_POINT_SECONDS);
    return this.#mining.use(signal, async (session) => (await findStartScn(session, at, signal)).scn);
  }

  startPoint(at: StartPoint): Promise<CapturePoint> {
    const signal = within(START_POINT_SECONDS);
    return this.#mining.use(signal, (session) => findStartPoint(session, at, signal));
  }

  redoRunway(incarnation: Incarnation, needed: Scn): Promise<RunwayMeasure> {
    const signal = within(METADATA_SECONDS);
    return this.#queries.use(signal, (session) => measureRedoRunway(session, incarnation, needed, signal));
  }

  currentScn(): Promise<Scn> {
    const signal = within(BOUND_SECONDS);
    return this.#queries.use(signal, (session) => readCurrentScn(session, signal));
  }

  planChunks(table: TableDescription, limits: ChunkLimits): Promise<readonly Chunk[]> {
    const signal = within(METADATA_SECONDS);
    return this.#queries.use(signal, async (session): Promise<readonly Chunk[]> => {
      const plan = table.indexOrganized ? planBuckets : planRanges;
      return plan(session, table.table, limits, signal);
    });
  }

  async *readChunk(
    table: TableDescription,
    chunk: Chunk,
    asOf: Scn,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Row[], void> {
    const limited = within(CHUNK_SECONDS, signal);
    await using lease = await this.#queries.lease(limited);
    yield* readChunk(lease.session, table, { chunk, asOf }, limited);
  }

  digestChunk(
    table: TableDescription,
    { chunk, asOf }: ChunkAt,
    { text, count }: Buckets,
    signal: AbortSignal,
  ): Promise<readonly BucketDigest[]> {
    const limited = within(CHUNK_SECONDS, signal);
    const place = { chunk, asOf, text, count };
    return this.#digests.use(limited, (session) => digestChunk(session, table, place, limited));
  }

  async *readBuckets(
    table: TableDescription,
    { chunk, asOf }: ChunkAt,
    { text, count, wanted }: Buckets,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Row[], void> {
    if (wanted === undefined) {
      yield* this.readChunk(table, chunk, asOf, signal);
      return;
    }
    const limited = within(CHUNK_SECONDS, signal);
    // Few rows may match, so that a round trip is as long as a digest's.
    await using lease = await this.#digests.lease(limited);
    yield* readBuckets(lease.session, table, { chunk, asOf, text, count, wanted }, limited);
  }

  readLargeValues(table: TableDescription, asked: LargeValuesAsked, signal: AbortSignal): Promise<LargeValues> {
    const limited = within(CHUNK_SECONDS, signal);
    return this.#queries.use(limited, (session) => readLargeValues(session, table, asked, limited));
  }

  /** Two small queries in a kept session. The clock is read after the bound: no redo below the bound is younger than it. */
  minedUpTo(): Promise<{ readonly scn: Scn; readonly incarnation: Incarnation; readonly clockSeconds: number }> {
    const signal = within(BOUND_SECONDS);
    return this.#queries.use(signal, async (session) => {
      const scn = redoBound(await readThreads(session, signal));
      const database = await readDatabase(session, signal);
      requirePrimary(database, session.where);
      return { scn, incarnation: database.incarnation, clockSeconds: database.clockSeconds };
    });
  }

  async mine(request: MineRequest, signal: AbortSignal): Promise<MinedRange> {
    const checking = within(BOUND_SECONDS, signal);
    const known = await this.#queries.use(checking, async (session) => {
      const database = await readDatabase(session, checking);
      requireIncarnation(request.incarnation, database.incarnation);
      requirePrimary(database, session.where);
      return [
        ...(request.inside ? [] : withoutMinimalLogging(database, request)), // a transaction that is begun is gone on with
        ...(await unloggedStops(session, database, request, checking)),
      ];
    });
    const kept = { vanished: this.#vanished, left: this.#left };
    const parts = { sessions: this.#mining, scratch: this.#scratch, ...kept, known };
    return new MinedRange(parts, request, within(MINE_SECONDS, signal));
  }

  /** Logs off everywhere. Calls that still run end with an error. */
  async close(): Promise<void> {
    this.#left.drop();
    await Promise.all([this.#queries.close(), this.#digests.close(), this.#mining.close()]);
  }
}
