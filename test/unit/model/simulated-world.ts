/** A source and a sink under virtual time, with faults that a seed decides: for the simulation of the tail. */
import { vi } from 'vitest';
import type { MinedRange, MineRequest, UploadTarget } from '../../../activities/ports.ts';
import type { Change, CommittedTransaction, TableStop } from '../../../model/change.ts';
import { Failure } from '../../../model/failure.ts';
import type { Inside } from '../../../model/position.ts';
import { logColumns, POSITIONS_TABLE } from '../../../model/names.ts';
import { compareScn, minScn, scn } from '../../../model/scn.ts';
import { newTask, tailStarted, type TaskPlanState } from '../../../model/sync-plan.ts';
import { unstarted } from '../../../model/table-copy.ts';
import { columnsHash, planColumns } from '../../../model/planned-table.ts';
import type { TableDescription, TableName } from '../../../model/table.ts';
import type { PlanRules, TablePlan } from '../../../model/task-plan.ts';
import { savedPosition } from '../../../model/tail-plan.ts';
import type { TailState } from '../../../model/tail-state.ts';
import { SmallSink, SmallSource } from '../../support/small-sides.ts';
import { incarnation, rules, tablePlan } from './literal-plan.ts';

/** The last SCN that the source will ever have; redo begins above 100. */
export const HEAD = 220;
const DELAY_MS = 400;
const description = (name: string): TableDescription => ({
  table: tablePlan(name).table,
  columns: [{ name: 'ID', type: { base: 'VARCHAR2', length: 20 }, nullable: false }],
  key: { kind: 'none', columns: [] },
  objectId: '1',
  dataObjectId: '1',
});
export const simulatedRules: PlanRules = { ...rules, partition: ['year', 'month', 'day', 'hour', 'minute'] };
/** D comes later. */
const NAMES = ['A', 'B', 'C', 'D'];
const plans = NAMES.map((name) => {
  const { columns } = planColumns(description(name), undefined, simulatedRules);
  return { ...tablePlan(name), columnsHash: columnsHash(columns), keyed: false };
});
const snapshots = { 'APP.A': scn('100'), 'APP.B': scn('129'), 'APP.C': scn('100') };

/** Here three transactions commit, and the second is larger than several windows. */
const GIANT_AT = 159;
const GIANT_CHANGES = 80;

/** What commits at every third SCN, in one transaction with one to three changes: the same whenever it is asked for. */
function changesAt(at: number): readonly Change[] {
  const length = at === GIANT_AT ? GIANT_CHANGES + 4 : 1 + (Math.floor(at / 3) % 3);
  return Array.from({ length }, (_, i): Change => {
    const table = plans[(at + i * i) % NAMES.length]?.table ?? tablePlan('A').table;
    const [before, after] = [[`${at}.${i} old`], [`${at}.${i}`]];
    return at % 4 === 0 ? { kind: 'update', table, before, after } : { kind: 'insert', table, after };
  });
}
const transactionsIn = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, i) => from + 1 + i).filter((at) => at % 3 === 0);

function transactionsAt(at: number, wanted: ReadonlySet<string>): readonly CommittedTransaction[] {
  const all = changesAt(at);
  const parts = at === GIANT_AT ? [all.slice(0, 2), all.slice(2, -2), all.slice(-2)] : [all];
  return parts.flatMap((part, place) => {
    const changes = part.filter(({ table }) => wanted.has(table));
    if (changes.length === 0) return [];
    return [{ xid: `X${at}.${place}`, commitScn: scn(String(at)), thread: 1, rsId: '', commitSeconds: at, changes }];
  });
}

/** As a window goes on in the middle of one of them. */
function remaining(all: readonly CommittedTransaction[], inside: Inside | undefined): readonly CommittedTransaction[] {
  const place = all.findIndex(({ xid, commitScn }) => xid === inside?.xid && commitScn === inside.commitScn);
  if (place === -1) return all;
  return all.slice(place).map((one, after) => {
    return after === 0 ? { ...one, changes: [...one.changes].slice(inside?.nextOrdinal) } : one;
  });
}

/** What the redo says of a table above an SCN, in order: flags and value of each row of its log. */
export function expectedRows(name: string, above: number): string[] {
  const rows: string[] = [];
  for (const at of transactionsIn(100, HEAD)) {
    for (const change of changesAt(at)) {
      if (change.table !== `APP.${name}` || at <= above) continue;
      if (change.kind === 'update') rows.push(`U Y N ${String(change.before[0])}`);
      if (change.kind !== 'delete')
        rows.push(`${change.kind === 'update' ? 'U N Y' : 'I N Y'} ${String(change.after[0])}`);
    }
  }
  return rows;
}

export const snapshotOf = (name: 'A' | 'B' | 'C'): number => Number(snapshots[`APP.${name}`]);
export const planD: TablePlan = plans[3] ?? tablePlan('D');

/** DDL in the redo: columns of C are added, then changed; rows of B are replaced. */
const STOPS: readonly TableStop[] = [
  { table: tablePlan('C').table, scn: scn('127'), reason: 'columns-added', text: 'ADD COLUMN', added: [{ name: 'N' }] },
  { table: tablePlan('C').table, scn: scn('148'), reason: 'columns-changed', text: 'MODIFY COLUMN' },
  { table: tablePlan('B').table, scn: scn('171'), reason: 'columns-changed', text: 'DROP COLUMN' },
  { table: tablePlan('C').table, scn: scn('171'), reason: 'columns-changed', text: 'RENAME COLUMN' },
];

export class Time {
  now = 0;
  private calls = 0;
  private order = 0;
  private timers: { readonly at: number; readonly order: number; wake(): void }[] = [];
  private readonly seed: number;
  constructor(seed: number) {
    this.seed = seed;
  }
  random(): number {
    this.calls += 1;
    let x = Math.imul(this.seed * 7919 + this.calls * 31, 0x9e3779b1);
    x = Math.imul(x ^ (x >>> 15), 0x85ebca6b);
    return ((x ^ (x >>> 13)) >>> 0) / 2 ** 32;
  }
  chance = (part: number): boolean => this.random() < part;
  sleep = (ms: number): Promise<void> =>
    new Promise((wake) => this.timers.push({ at: this.now + ms, order: (this.order += 1), wake }));
  /** Until everybody sleeps. */
  settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  delay = (): Promise<void> => this.sleep(this.random() * DELAY_MS);
  /** Wakes the next sleeper, or only moves to `until` when that is earlier. False: nobody sleeps. */
  advance(until = Infinity): boolean {
    this.timers.sort((a, b) => a.at - b.at || a.order - b.order);
    const next = this.timers[0];
    if (!next && until === Infinity) return false;
    if (next && next.at <= until) this.timers.shift();
    this.now = Math.max(this.now, Math.min(next?.at ?? Infinity, until));
    vi.setSystemTime(this.now);
    if (next && next.at <= until) next.wake();
    return true;
  }
}

/** In bursts, so that there are times with nothing to mine. */
const headAt = (now: number): number =>
  100 + 40 * Math.floor(now / 6_000) + Math.min(40, Math.floor((now % 6_000) / 75));

/** Two tables; redo that grows with time. */
export class Redo extends SmallSource {
  readonly time: Time;
  constructor(time: Time) {
    super();
    this.time = time;
  }
  override async describe(tables: readonly TableName[]): Promise<readonly TableDescription[]> {
    return tables.map((table) => description(table.slice('APP.'.length)));
  }
  /** Of the redo on disk now. */
  get redoHead(): number {
    return Math.min(HEAD, headAt(this.time.now));
  }
  override async minedUpTo(): ReturnType<SmallSource['minedUpTo']> {
    await this.time.delay();
    const { redoHead } = this;
    return { scn: scn(String(redoHead)), incarnation, clockSeconds: redoHead };
  }
  override async mine({ from, to: asked, inside, tables }: MineRequest): Promise<MinedRange> {
    const { time } = this;
    const to = inside ? minScn(inside.commitScn, asked) : asked;
    const wanted = new Set<string>(tables.map(({ table }) => table));
    const met = STOPS.filter(
      (stop) => wanted.has(stop.table) && compareScn(stop.scn, from) > 0 && compareScn(stop.scn, to) <= 0,
    );
    const end = met.reduce((lowest, stop) => minScn(lowest, stop.scn), to);
    async function* transactions(): AsyncGenerator<CommittedTransaction> {
      for (const at of transactionsIn(Number(from), Number(end))) {
        if (time.chance(0.2)) await time.delay();
        yield* remaining(transactionsAt(at, wanted), inside);
      }
    }
    return {
      transactions: transactions(),
      end,
      stops: met.filter((stop) => stop.scn === end),
      openAt: () => [],
      notesTo: () => [],
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
}

const lost = (): Failure => new Failure('sink-unreachable', 'no answer');

/** Requests that are lost, late, or done and not answered; a second commit of a closed session is refused or answered well. */
export class FaultySink extends SmallSink {
  readonly time: Time;
  readonly committing = new Set<string>();
  constructor(time: Time) {
    super();
    this.time = time;
  }
  /** As the phases before the tail leave it. */
  async prepare(tail: TailState): Promise<void> {
    const columns = logColumns(simulatedRules.naming);
    for (const { log } of plans) await this.createTable({ name: log, comment: '', columns, partitionColumns: [] });
    await this.createTable({ name: POSITIONS_TABLE, comment: '', columns: [], partitionColumns: [] });
    this.positions.set('simulated', JSON.stringify(savedPosition(tail, tail.position, CHAIN)));
  }
  /** As the activity `renewTables` does, also when it is done again. */
  setAside(log: string, suffix: string): void {
    const table = this.tables.get(log);
    if (!table || this.tables.has(`${log}_${suffix}`)) return;
    this.tables.set(`${log}_${suffix}`, table);
    this.tables.set(log, { definition: table.definition, rows: [] });
  }
  override async openUpload(target: UploadTarget): ReturnType<SmallSink['openUpload']> {
    await this.time.delay();
    if (this.time.chance(0.03)) throw lost();
    return super.openUpload(target);
  }
  override async uploadStatus(target: UploadTarget, id: string): ReturnType<SmallSink['uploadStatus']> {
    await this.time.delay();
    if (this.time.chance(0.02)) throw lost();
    const found = await super.uploadStatus(target, id);
    return this.committing.has(id) && found.status === 'normal' ? { ...found, status: 'committing' } : found;
  }
  override async commitUpload(target: UploadTarget, id: string): Promise<void> {
    await this.time.delay();
    if (this.time.chance(0.05)) throw lost();
    const request = this.carryOut(target, id);
    if (this.time.chance(0.1)) {
      request.catch(() => undefined);
      throw lost();
    }
    await request;
    if (this.time.chance(0.1)) throw lost();
  }
  private async carryOut({ table }: UploadTarget, id: string): Promise<void> {
    await this.time.delay();
    this.committing.add(id);
    await this.time.delay();
    this.committing.delete(id);
    const session = this.sessions.get(id);
    if (session?.status === 'closed' && this.time.chance(0.5)) return;
    if (session?.status !== 'normal') throw new Failure('sink-rejected', 'StatusConflict');
    session.status = 'closed';
    this.land(session);
    if (table !== POSITIONS_TABLE) this.commits.push({ id, table, at: this.time.now });
  }
}

export interface Run {
  readonly id: string;
  readonly original: string;
  readonly continuedFrom?: string;
}
export const TASK = 'redoflow/simulated';
export const CHAIN = 'r0';

/** Every table is published, and where capture begins is saved. */
export function beginning(): { readonly state: TaskPlanState; readonly tail: TailState } {
  const copyOf = (at: keyof typeof snapshots) => ({
    ...unstarted(),
    published: { rows: 0, snapshotScn: snapshots[at] },
  });
  const copied: TaskPlanState = {
    ...newTask(),
    phase: 'full',
    tables: plans.slice(0, 3),
    copies: { 'APP.A': copyOf('APP.A'), 'APP.B': copyOf('APP.B'), 'APP.C': copyOf('APP.C') },
    start: { incarnation, scn: scn('100'), open: [], saved: true, skip: {}, nextRecordId: 1, previousSeconds: 0 },
  };
  const state = tailStarted(copied, simulatedRules);
  if (!state.tail) throw new Error('no tail');
  return { state, tail: state.tail };
}
