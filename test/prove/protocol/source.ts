/** A source under virtual time, with faults. Its redo grows in bursts; while the tables are copied first, only a part of the way. */
import type { ChunkLimits, MinedRange, MineRequest } from '../../../activities/ports.ts';
import type { CommittedTransaction } from '../../../model/change.ts';
import { isBucket } from '../../../model/chunk.ts';
import type { Chunk } from '../../../model/chunk.ts';
import { Failure, type FailureKind } from '../../../model/failure.ts';
import type { Inside } from '../../../model/position.ts';
import { compareScn, minScn, scn, type Scn } from '../../../model/scn.ts';
import type { Row, TableDescription, TableName } from '../../../model/table.ts';
import { SmallSource } from '../../support/small-sides.ts';
import type { Faults } from './faults.ts';
import type { VirtualTime } from './virtual-time.ts';
import * as world from './world.ts';

const incarnation = { dbid: '1', resetlogsScn: scn('1') };
const DELAY_MS = 400;
/** Redo up to here comes while the tables are copied first: beyond a column that is added. */
const BEFORE_TAIL = 200;
const BURST_MS = 6_000;
const BATCH = 4;

const burst = (ms: number): number => 40 * Math.floor(ms / BURST_MS) + Math.min(40, Math.floor((ms % BURST_MS) / 75));

/** As a window goes on in the middle of one of them. */
function remaining(all: readonly CommittedTransaction[], inside: Inside | undefined): readonly CommittedTransaction[] {
  const place = all.findIndex(({ xid, commitScn }) => xid === inside?.xid && commitScn === inside.commitScn);
  if (place === -1) return all;
  return all.slice(place).map((one, after) => {
    return after === 0 ? { ...one, changes: [...one.changes].slice(inside?.nextOrdinal) } : one;
  });
}

export class FaultySource extends SmallSource {
  readonly time: VirtualTime;
  readonly faults: Faults;
  readonly world: world.World;
  /** While set, whatever is asked fails so. */
  trouble: FailureKind | undefined;
  /** Logins succeed all the same. */
  answersProbes = false;
  /** Redo does not grow above it for now. */
  limit = world.HEAD;
  /** Since when the tail is there. */
  private tailSince: { readonly at: number; readonly head: number } | undefined;
  private readonly startedAt: number;
  private quietAt = { head: 0, since: 0 };
  private readonly rebuilt = new Map<string, number>();
  /** Tables of which a chunk was read at an SCN of its own. */
  readonly readNewer = new Set<string>();

  constructor(time: VirtualTime, faults: Faults) {
    super();
    this.time = time;
    this.faults = faults;
    this.world = new world.World(faults.seed);
    this.startedAt = time.now;
  }

  private delay(what: string): Promise<void> {
    return this.time.sleep(this.faults.amount(`delay ${what}`) * DELAY_MS);
  }

  private async answered(what: string): Promise<void> {
    await this.delay(what);
    if (this.trouble) throw new Failure(this.trouble, 'trouble at the source');
  }

  /** The tail has begun: redo grows to its end. */
  tailBegins(): void {
    this.tailSince ??= { at: this.time.now, head: this.redoHead };
  }

  /** Of the redo on disk now. */
  get redoHead(): number {
    const { tailSince, time } = this;
    if (!tailSince) return Math.min(BEFORE_TAIL, world.FIRST + burst(time.now - this.startedAt), this.limit);
    return Math.min(world.HEAD, tailSince.head + burst(time.now - tailSince.at), this.limit);
  }

  /** For how long nothing has come. */
  get quietMs(): number {
    const { redoHead, time } = this;
    if (redoHead !== this.quietAt.head) this.quietAt = { head: redoHead, since: time.now };
    return time.now - this.quietAt.since;
  }

  override async probe(): Promise<void> {
    await this.delay('probe');
    if (this.trouble && !this.answersProbes) throw new Failure(this.trouble, 'trouble at the source');
  }

  private described(table: string): TableDescription {
    const name = world.nameOf(table);
    return world.describedAt(name, this.redoHead, String(this.rebuilt.get(name) ?? 1));
  }

  override async describe(tables: readonly TableName[] = []): Promise<readonly TableDescription[]> {
    await this.answered('describe');
    if (this.faults.strikes('dictionary-lost')) throw new Failure('source-unreachable', 'no answer');
    for (const table of tables) {
      const name = world.nameOf(table);
      if (this.faults.strikes('table-rebuilt', name)) this.rebuilt.set(name, (this.rebuilt.get(name) ?? 1) + 1);
    }
    return tables.map((table) => this.described(table));
  }

  override async listTables(): Promise<readonly TableName[]> {
    await this.answered('list');
    return world.NAMES.map(world.tableOf);
  }

  override async measure(tables: readonly TableName[] = []): ReturnType<SmallSource['measure']> {
    await this.answered('measure');
    const measured = tables.map((table) => ({ table, description: this.described(table), allColumnsLogging: true }));
    return { ...(await super.measure()), tables: measured };
  }

  override async capturePoint(): ReturnType<SmallSource['capturePoint']> {
    await this.answered('capture');
    return { incarnation, scn: scn(String(this.redoHead)), open: [] };
  }

  /** A little ahead of the redo on disk. */
  override async currentScn(): Promise<Scn> {
    await this.answered('scn');
    return scn(String(Math.min(world.HEAD, this.redoHead + Math.floor(this.faults.amount('ahead') * 4))));
  }

  override async planChunks(...asked: readonly [TableDescription?, ChunkLimits?]): Promise<readonly Chunk[]> {
    await this.answered('plan');
    const name = world.nameOf(asked[0]?.table ?? '');
    const last = this.world.lastBlock(name, Math.min(world.HEAD, this.redoHead + 5));
    const count = Math.min(last + 1, 2 + Math.floor(this.faults.amount('chunks') * 4));
    const bound = (i: number): number => Math.floor(((last + 1) * i) / count);
    return Array.from({ length: count }, (_, i) => ({
      number: i + 1,
      ...world.rowidsOf(bound(i), bound(i + 1) - 1),
    }));
  }

  override async *readChunk(
    { table, columns }: TableDescription,
    chunk: Chunk,
    asOf?: Scn,
  ): AsyncGenerator<readonly Row[]> {
    const name = world.nameOf(table);
    await this.answered(`chunk of ${name}`);
    if (chunk.newer) this.readNewer.add(name);
    if (isBucket(chunk)) throw new Error(`${name} has ROWIDs`);
    const [first, last] = [world.placeOfRowid(chunk.firstRowid), world.placeOfRowid(chunk.lastRowid)];
    const rows = this.world.rowsAt(name, Number(asOf)).filter(({ rid }) => rid >= first && rid <= last);
    for (let from = 0; from < rows.length; from += BATCH) {
      if (this.trouble) throw new Failure(this.trouble, 'trouble at the source');
      if (this.faults.strikes('chunk-broken', name)) throw new Failure('source-unreachable', 'the connection broke');
      yield rows.slice(from, from + BATCH).map(({ values }) => world.inColumns(values, columns));
    }
    if (this.faults.strikes('table-redefined', name)) throw new Failure('source-table-redefined', 'ORA-01466');
    if (this.faults.strikes('undo-lost', name)) throw new Failure('source-snapshot-too-old', 'ORA-01555');
  }

  override async minedUpTo(): ReturnType<SmallSource['minedUpTo']> {
    await this.answered('head');
    if (this.faults.strikes('redo-lost')) throw new Failure('source-unreachable', 'no answer');
    const { redoHead } = this;
    return { scn: scn(String(redoHead)), incarnation, clockSeconds: world.secondsAt(redoHead) };
  }

  override async mine({ from, to: asked, inside, tables }: MineRequest): Promise<MinedRange> {
    if (this.trouble) throw new Failure(this.trouble, 'trouble at the source');
    const to = inside ? minScn(inside.commitScn, asked) : asked;
    const wanted = new Map(tables.map((description) => [String(description.table), description]));
    const met = world.STOPS.filter((stop) => {
      const description = wanted.get(stop.table);
      const has = stop.added?.every(({ name }) => description?.columns.some((column) => column.name === name));
      return description && has !== true && compareScn(stop.scn, from) > 0 && compareScn(stop.scn, to) <= 0;
    });
    const end = met.reduce((lowest, stop) => minScn(lowest, stop.scn), to);
    return {
      transactions: this.transactions({ from: Number(from), to: Number(end), wanted, inside }),
      end,
      stops: met.filter((stop) => stop.scn === end),
      openAt: () => [],
      notesTo: () => [],
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  private async *transactions(range: {
    readonly from: number;
    readonly to: number;
    readonly wanted: ReadonlyMap<string, TableDescription>;
    readonly inside: Inside | undefined;
  }): AsyncGenerator<CommittedTransaction> {
    for (let at = range.from + 1; at <= range.to; at++) {
      const all = this.world.transactionsAt(at, range.wanted);
      if (all.length === 0) continue;
      if (this.faults.amount('slow redo') < 0.1) await this.delay('redo');
      if (this.trouble) throw new Failure(this.trouble, 'trouble at the source');
      if (this.faults.strikes('redo-broken')) throw new Failure('source-unreachable', 'the connection broke');
      yield* remaining(all, range.inside);
    }
  }
}
