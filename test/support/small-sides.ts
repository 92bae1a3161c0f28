/**
 * The smallest source and sink that keep the promises of activities/ports.ts, in memory: for tests of workflows on a real Temporal
 * server with the real activities. Everything about wires and bytes is tested elsewhere.
 */
import type { MinedRange, Sink, Source, Upload, UploadTarget } from '../../activities/ports.ts';
import type { CommittedTransaction } from '../../model/change.ts';
import { Failure } from '../../model/failure.ts';
import { POSITIONS_TABLE } from '../../model/names.ts';
import { compareScn, scn, type Scn } from '../../model/scn.ts';
import type { StartPoint } from '../../model/start-position.ts';
import type { SinkTable } from '../../model/sink-table.ts';
import { tableName, type Row, type TableDescription, type TableName } from '../../model/table.ts';
import { SmallDigests, SmallStates } from './small-states.ts';

export const T = tableName({ owner: 'APP', name: 'T' });

export const description: TableDescription = {
  table: T,
  columns: [
    { name: 'ID', type: { base: 'NUMBER', precision: 9, scale: 0 }, nullable: false },
    { name: 'V', type: { base: 'VARCHAR2', length: 20 }, nullable: true },
  ],
  key: { kind: 'primary', columns: ['ID'] },
  objectId: '100',
  dataObjectId: '100',
};

const incarnation = { dbid: '1', resetlogsScn: scn('1') };
const CHUNKS = 3;
const ROWS_PER_CHUNK = 5;

/** One insert commits at every SCN that is a multiple of ten, once the head has passed it. */
export class SmallSource extends SmallDigests implements Source {
  /** While set, every call fails as an unreachable database. */
  down = false;
  /** SCN up to which redo is on disk; `advancePerCall` moves it. */
  head = 1_000;
  advancePerCall = 0;
  headMax = Infinity;

  private answer(): void {
    if (this.down) throw new Failure('source-unreachable', 'Oracle does not answer at 127.0.0.1:1521/small');
  }

  async probe(): Promise<void> {
    this.answer();
  }

  async measure(): ReturnType<Source['measure']> {
    this.answer();
    return {
      version: '19',
      archiveLog: true,
      minimalSupplementalLogging: true,
      databaseAllColumnsLogging: true,
      rootServiceMissing: false,
      databaseRole: 'PRIMARY',
      openMode: 'READ WRITE',
      tables: [{ table: T, description, allColumnsLogging: true }],
    };
  }

  async describe(tables: readonly TableName[] = [T]): ReturnType<Source['describe']> {
    this.answer();
    return tables.map(() => description);
  }

  async listTables(): ReturnType<Source['listTables']> {
    this.answer();
    return [T];
  }

  async capturePoint(): ReturnType<Source['capturePoint']> {
    this.answer();
    return { incarnation, scn: scn(String(this.head)), open: [] };
  }

  async startScn(at: StartPoint): Promise<Scn> {
    this.answer();
    return scn('scn' in at ? at.scn : String(this.head));
  }

  async startPoint(at: StartPoint): ReturnType<Source['startPoint']> {
    return { incarnation, scn: await this.startScn(at), open: [] };
  }

  /** Logs were never purged; a current log holds everything. */
  async redoRunway(): ReturnType<Source['redoRunway']> {
    this.answer();
    return { clockSeconds: this.head, missing: false, threads: [{ thread: 1, keptSince: 0, purged: false }] };
  }

  async currentScn(): Promise<Scn> {
    this.answer();
    return scn(String(this.head));
  }

  async planChunks(): ReturnType<Source['planChunks']> {
    this.answer();
    return Array.from({ length: CHUNKS }, (_, i) => ({ number: i + 1, firstRowid: `${i}`, lastRowid: `${i}` }));
  }

  async *readChunk(_table: TableDescription, chunk: { readonly number: number }): AsyncGenerator<readonly Row[]> {
    this.answer();
    yield Array.from({ length: ROWS_PER_CHUNK }, (_, i): Row => [String(-(chunk.number * 100 + i)), 'base']);
  }

  async readLargeValues(...[, { keys }]: Parameters<Source['readLargeValues']>): ReturnType<Source['readLargeValues']> {
    return { rows: keys.map(() => undefined), read: 'as-of' };
  }

  async minedUpTo(): ReturnType<Source['minedUpTo']> {
    this.answer();
    this.head = Math.min(this.headMax, this.head + this.advancePerCall);
    return { scn: scn(String(this.head)), incarnation, clockSeconds: Math.floor(Date.now() / 1000) };
  }

  async mine({ from, to }: { readonly from: Scn; readonly to: Scn }): Promise<MinedRange> {
    this.answer();
    async function* transactions(): AsyncGenerator<CommittedTransaction> {
      for (let at = Math.floor(Number(from) / 10) * 10 + 10; at <= Number(to); at += 10) {
        const after = [String(at), `v${at}`];
        yield {
          xid: `X${at}`,
          commitScn: scn(String(at)),
          thread: 1,
          rsId: '',
          commitSeconds: 1_800_000_000,
          changes: [{ kind: 'insert', table: T, after }],
        };
      }
    }
    return {
      transactions: transactions(),
      end: to,
      stops: [],
      openAt: () => [],
      notesTo: () => [],
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
}

interface SmallSession {
  readonly id: string;
  readonly target: UploadTarget;
  readonly rows: Row[];
  status: 'normal' | 'closed' | 'gone';
}

export class SmallSink extends SmallStates implements Sink {
  readonly sessions = new Map<string, SmallSession>();
  readonly positions = new Map<string, string>();
  /** Sessions committed, in order, with the moment. */
  readonly commits: { readonly id: string; readonly table: string; readonly at: number }[] = [];
  commitMs = 0;
  /** How many commits from now are done, but answered with an error. */
  loseReplies = 0;
  /** How many commits from now are not done, their session being gone afterwards. */
  expire = 0;

  async probe(): Promise<void> {
    await Promise.resolve();
  }

  async findTable(name: string): Promise<SinkTable | undefined> {
    return this.tables.get(name)?.definition;
  }

  async createTable(definition: SinkTable): Promise<void> {
    if (!this.tables.has(definition.name)) this.tables.set(definition.name, { definition, rows: [] });
  }

  async renameTable(from: string, to: string): Promise<void> {
    const table = this.tables.get(from);
    if (!table || this.tables.has(to)) throw new Failure('sink-rejected', `cannot rename ${from} to ${to}`);
    this.tables.delete(from);
    this.tables.set(to, { ...table, definition: { ...table.definition, name: to } });
  }

  async addColumns(name: string, columns: SinkTable['columns']): Promise<void> {
    const table = this.tables.get(name);
    if (!table) throw new Failure('sink-table-changed', `no table ${name}`);
    const there = new Set(table.definition.columns.map((column) => column.name));
    const more = columns.filter((column) => !there.has(column.name));
    const definition = { ...table.definition, columns: [...table.definition.columns, ...more] };
    this.tables.set(name, { definition, rows: table.rows });
  }

  async dropTable(name: string): Promise<void> {
    this.tables.delete(name);
  }

  async setComment(name: string, comment: string): Promise<void> {
    const table = this.tables.get(name);
    if (!table) throw new Failure('sink-rejected', `there is no ${name}`);
    this.tables.set(name, { ...table, definition: { ...table.definition, comment } });
  }

  async mergeRows({ into, from, key }: Parameters<Sink['mergeRows']>[0]): Promise<void> {
    const [target, source] = [this.tables.get(into), this.tables.get(from)];
    if (!target || !source) throw new Failure('sink-rejected', `cannot put ${from} into ${into}`);
    const place = (definition: SinkTable, name: string): number => definition.columns.findIndex((c) => c.name === name);
    const keyOf = ({ columns }: SinkTable, row: Row): string =>
      JSON.stringify(key.map((name) => row[columns.findIndex((column) => column.name === name)]));
    const loaded = new Set(source.rows.map((row) => keyOf(source.definition, row)));
    const kept = key.length === 0 ? [] : target.rows.filter((row) => !loaded.has(keyOf(target.definition, row)));
    const added = source.rows.map((row) =>
      target.definition.columns.map(({ name }): Row[number] => row[place(source.definition, name)] ?? null),
    );
    this.tables.set(into, { ...target, rows: [...kept, ...added] });
  }

  async countRows(table: string): Promise<number> {
    return this.rowsOf(table).length;
  }

  async addPartition(): Promise<void> {
    await Promise.resolve();
  }

  async highest(table: string): Promise<number> {
    return Math.max(0, ...this.rowsOf(table).map(([id]) => Number(id)));
  }

  async openUpload(target: UploadTarget): Promise<Upload> {
    const id = `s${this.sessions.size + 1}`;
    const session: SmallSession = { id, target, rows: [], status: 'normal' };
    this.sessions.set(id, session);
    return {
      id,
      write: async (rows) => {
        session.rows.push(...rows);
      },
      finish: async () => ({ rows: session.rows.length, bytes: session.rows.length, blocks: 1, nulled: 0 }),
    };
  }

  async uploadStatus(_target: UploadTarget, id: string): ReturnType<Sink['uploadStatus']> {
    return { status: this.sessions.get(id)?.status ?? 'gone', blocks: [0] };
  }

  async commitUpload({ table }: UploadTarget, id: string): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.commitMs));
    const session = this.sessions.get(id);
    if (session?.status !== 'normal') throw new Failure('sink-rejected', 'StatusConflict');
    if (this.expire > 0) {
      this.expire -= 1;
      session.status = 'gone';
      throw new Failure('sink-unreachable', 'the answer to the commit was lost');
    }
    session.status = 'closed';
    this.land(session);
    if (table !== POSITIONS_TABLE) this.commits.push({ id, table, at: Date.now() });
    if (this.loseReplies > 0) {
      this.loseReplies -= 1;
      throw new Failure('sink-unreachable', 'the answer to the commit was lost');
    }
  }

  async savePosition(_table: string, task: string, text: string): Promise<void> {
    this.positions.set(task, text);
  }

  async preparePosition(table: string, task: string, text: string): ReturnType<Sink['preparePosition']> {
    const upload = await this.openUpload({ table, partition: `task=${task}` });
    await upload.write([[text]]);
    return { id: upload.id, table, partition: `task=${task}`, rows: 1, blocks: 1 };
  }

  /** What a session holds is there from now on. */
  protected land({ target, rows }: SmallSession): void {
    if (target.table !== POSITIONS_TABLE) this.tables.get(target.table)?.rows.push(...rows);
    else this.positions.set((target.partition ?? '').slice('task='.length), String(rows[0]?.[0]));
  }

  async readPosition(_table: string, task: string): Promise<string | undefined> {
    return this.positions.get(task);
  }
}

/** What is wrong with the `_log`, as a multiset: each SCN above the snapshot and up to `upTo` exactly once, ids rising. Empty when right. */
export function logErrors(rows: readonly Row[], snapshot: Scn, upTo: Scn): readonly string[] {
  const errors: string[] = [];
  const seen = new Map<string, number>();
  let lastId = 0;
  for (const [id, , , , , key] of rows) {
    if (Number(id) <= lastId) errors.push(`record_id ${String(id)} after ${lastId}`);
    lastId = Number(id);
    seen.set(String(key), (seen.get(String(key)) ?? 0) + 1);
  }
  for (const [key, times] of seen) if (times > 1) errors.push(`${key} is there ${times} times`);
  for (let at = Math.floor(Number(snapshot) / 10) * 10 + 10; at <= Number(upTo); at += 10) {
    if (!seen.has(String(at))) errors.push(`${at} is missing`);
  }
  for (const key of seen.keys())
    if (compareScn(scn(key), snapshot) <= 0) errors.push(`${key} is in the snapshot already`);
  return errors;
}
