/** `values.lobInLog: reread` and `mark`: a change of nothing but a LOB is in `_log`, once, whatever becomes of the worker. */
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tableAsOf } from '../../client/as-of.ts';
import { lostAttempts, untilPrepared } from '../../demo/kills.ts';
import { Warehouse, type TextRow } from '../../demo/warehouse.ts';
import type { TableProgress } from '../../model/progress.ts';
import { eventually, sharedSystem } from '../support/whole-system.ts';

const system = sharedSystem();

const COLUMNS = 'ID NUMBER(9) PRIMARY KEY, V VARCHAR2(9), C CLOB, B BLOB';
const LOGGED = 'SELECT record_id, operation_flag, before_flag, id, v, c, b FROM';

/** A row of the source; `b` as hexadecimal digits. */
interface Lobs {
  readonly v: string;
  readonly c: string | null;
  readonly b: string | null;
}

/** MaxCompute shows bytes that are not printable, and the equals sign, as =XX. */
const hexOf = (text: string | null): string | null =>
  text?.replace(/=([0-9A-F]{2})|[^=]/g, (unit, hex?: string) => hex ?? Buffer.from(unit).toString('hex')) ?? null;

/** So that a difference can be read. */
const brief = (text: string | null): string | null =>
  text === null || text.length < 60 ? text : `${text.length} ${createHash('md5').update(text).digest('hex')}`;

/** Deterministic, and every value is another: in the row, beyond 4,000 bytes, empty, or NULL. */
class Values {
  #made = 0;
  next(): Pick<Lobs, 'c' | 'b'> {
    const n = (this.#made += 1);
    const length = [1800, 40, 2600][n % 3] ?? 0;
    const c = n % 11 === 0 ? null : n % 13 === 0 ? '' : `${n}é订`.repeat(length / 3);
    const b =
      n % 7 === 0
        ? null
        : Buffer.alloc((n % 2) * 6000 + 9, String(n))
            .toString('hex')
            .toUpperCase();
    return { c, b };
  }
}

/** One writer, and what each of its transactions must have left in `_log`: operation, key, and the after-image as of the commit. */
class Workload {
  readonly expected: (readonly [string, string, string | null, string | null, string | null])[] = [];
  readonly #rows = new Map<number, Lobs>();
  readonly #values = new Values();
  readonly #writer: oracledb.Connection;
  readonly #table: string;
  #lastId = 0;

  constructor(writer: oracledb.Connection, table: string) {
    this.#writer = writer;
    this.#table = table;
  }

  /** Each of the transactions changes rows of its own, one of them for every kind of change. */
  async transactions(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const there = [...this.#rows.keys()];
      const changed: (readonly [string, number])[] = [];
      for (let n = 0; n < 2; n++) changed.push(['I', await this.#insert()]);
      const kinds = [
        (id: number) => this.#update(id, { v: `v${i}` }),
        (id: number) => this.#update(id, this.#values.next()),
        (id: number) => this.#update(id, { v: `b${i}`, ...this.#values.next() }),
        (id: number) => this.#move(id),
      ];
      for (const [n, change] of kinds.entries()) {
        const id = there[n];
        if (id !== undefined) changed.push(['U', await change(id)]);
      }
      await this.#undo();
      const gone = i % 2 === 0 ? there[kinds.length] : undefined;
      if (gone !== undefined) changed.push(['D', await this.#delete(gone)]);
      await this.#writer.commit();
      for (const each of changed) this.#expect(...each);
    }
  }

  /** What the source holds. */
  get rows(): readonly (readonly (string | null)[])[] {
    return [...this.#rows].map(([id, { v, c, b }]) => [String(id), v, brief(c), brief(b)]);
  }

  #expect(operation: string, id: number): void {
    const { v = null, c = null, b = null } = this.#rows.get(id) ?? {};
    this.expected.push([operation, String(id), v, brief(c), brief(b)]);
  }

  async #insert(): Promise<number> {
    const id = (this.#lastId += 1);
    const row = { v: 'new', ...this.#values.next() };
    const { c, ...rest } = row;
    const [text, bind] = c === '' ? ['EMPTY_CLOB()', {}] : [':c', { c }];
    await this.#execute(`INSERT INTO t VALUES (:id, :v, ${text}, :b)`, { id, ...rest, ...bind });
    this.#rows.set(id, row);
    return id;
  }

  async #update(id: number, change: Partial<Lobs>): Promise<number> {
    const row = this.#rows.get(id);
    const set = Object.keys(change).map(
      (name) => `${name} = ${change.c === '' && name === 'c' ? 'EMPTY_CLOB()' : `:${name}`}`,
    );
    const { c, ...rest } = change;
    await this.#execute(`UPDATE t SET ${set.join(', ')} WHERE ID = :id`, {
      id,
      ...rest,
      ...(c !== undefined && c !== '' && { c }),
    });
    if (row) this.#rows.set(id, { ...row, ...change });
    return id;
  }

  async #move(id: number): Promise<number> {
    const to = (this.#lastId += 1);
    await this.#execute('UPDATE t SET ID = :to WHERE ID = :id', { to, id });
    const row = this.#rows.get(id);
    this.#rows.delete(id);
    if (row) this.#rows.set(to, row);
    return to;
  }

  async #delete(id: number): Promise<number> {
    await this.#execute('DELETE FROM t WHERE ID = :id', { id });
    this.#rows.delete(id);
    return id;
  }

  /** Of a row that there never was, nothing may be left. */
  async #undo(): Promise<void> {
    const c = 'undone'.repeat(2000);
    await this.#writer.execute('SAVEPOINT S');
    await this.#execute('INSERT INTO t (ID, C) VALUES (999999, :c)', { c });
    await this.#execute('UPDATE t SET C = :c WHERE ID = 999999', { c: `${c}again` });
    await this.#writer.execute('ROLLBACK TO S');
  }

  async #execute(sql: string, binds: Readonly<Record<string, string | number | null>>): Promise<void> {
    const { b, ...rest } = binds;
    const bytes =
      b === undefined
        ? {}
        : { b: typeof b === 'string' ? Buffer.from(b, 'hex') : { val: null, type: oracledb.DB_TYPE_RAW } };
    await this.#writer.execute(sql.replace(/\bt\b/, this.#table), { ...rest, ...bytes });
  }
}

describe('LOBs in the log', () => {
  let writer: oracledb.Connection;
  let warehouse: Warehouse;

  beforeAll(async () => {
    writer = await oracledb.getConnection(system().sandbox.oracle);
    warehouse = new Warehouse(system().sandbox.maxcompute);
  });

  afterAll(() => writer.close());

  async function followed(
    name: string,
    lobInLog: string,
  ): Promise<{ readonly table: string; readonly progress: TableProgress }> {
    const { sandbox, redoflow, taskQueue } = system();
    const table = `${sandbox.oracle.user}.${name}`;
    await writer.execute(`CREATE TABLE ${table} (${COLUMNS})`);
    await writer.execute(`ALTER TABLE ${table} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
    await writer.execute(`INSERT INTO ${table} VALUES (900000, 'copied', 'c', HEXTORAW('00'))`);
    await writer.commit();
    const values = { lobInLog };
    const connections = { source: 'hr', destination: 'warehouse', taskQueue };
    await redoflow.start({ name, ...connections, tables: [{ table, values }], incremental: { flushSeconds: 1 } });
    const progress = await eventually('the tail begins', async () => {
      const status = await redoflow.status(name).catch(() => undefined);
      if (status?.state === 'PrecheckFailed' || status?.state === 'Failed') throw new Error(JSON.stringify(status));
      return status?.position && status.tables[0];
    });
    return { table, progress };
  }

  const logOf = (log: string, atLeast: number): Promise<readonly TextRow[]> =>
    eventually('the log is there', async () => {
      const rows = await warehouse.select(`${LOGGED} ${log} ORDER BY record_id, after_flag`);
      return rows.length >= atLeast && rows;
    });

  const slow = (milliseconds: number): Promise<unknown> =>
    system().control('/maxcompute/slow', { operation: 'block', milliseconds });

  test('read again, are those of each commit, also after a worker was killed', { timeout: 60_000 }, async () => {
    const { table, progress } = await followed('REREAD', 'reread');
    const work = new Workload(writer, table);
    await work.transactions(5);
    await logOf(progress.log, 1);
    await slow(2_500);
    const { client } = system().temporal;
    await work.transactions(1);
    expect(await untilPrepared(client, 'redoflow/REREAD', 'mineWindow', 30_000)).toBe(true);
    const killedAt = Date.now();
    await system().killWorker();
    await slow(0);
    await work.transactions(3);
    await system().startWorker();
    await work.transactions(3);
    const lost = await eventually('the attempt is made again', async () => {
      const attempts = await lostAttempts(client, { workflowId: 'redoflow/REREAD' }, 'mineWindow', killedAt);
      return attempts.length > 0 && attempts;
    });
    expect(lost.flatMap(({ sessions }) => sessions)).not.toEqual([]);

    const updates = work.expected.filter(([operation]) => operation === 'U').length;
    const rows = await logOf(progress.log, work.expected.length + updates);
    const after = rows.filter(([, operation, before]) => operation === 'D' || before === 'N');
    const told = after.map(([, operation = null, , id = null, v = null, c = null, b = null]) => [
      ...[operation, id, operation === 'D' ? null : v],
      ...[brief(c), brief(hexOf(b))],
    ]);
    expect(told).toEqual(work.expected);
    const before = rows.filter(([, , flag]) => flag === 'Y');
    expect(before.filter(([, , , , , c, b]) => c !== null || b !== null)).toEqual([]);
    expect(before.filter(([, operation]) => operation === 'U')).toHaveLength(updates);
    const ids = after.map(([recordId]) => Number(recordId));
    expect(ids.filter((recordId, i) => recordId <= (ids[i - 1] ?? 0))).toEqual([]);
    const { tables } = await system().redoflow.status('REREAD');
    expect(tables).toMatchObject([{ state: 'synchronizing', logRows: rows.length }]);

    const at = new Date(Date.now() + 1_000).toISOString().replace(/\.\d+/, '');
    await wait(Date.parse(at) - Date.now());
    // What is stamped later shows that the moment has passed.
    await writer.execute(`INSERT INTO ${table} (ID) VALUES (900001)`);
    await writer.commit();
    const { into, notTold } = await tableAsOf(client, 'REREAD', table, { at });
    const state = await warehouse.select(`SELECT id, v, c, b FROM ${into} WHERE id < 900000 ORDER BY id`);
    expect(state.map(([id = null, v = null, c = null, b = null]) => [id, v, brief(c), brief(hexOf(b))])).toEqual(
      work.rows.toSorted(([a], [b]) => Number(a) - Number(b)),
    );
    expect(notTold).toEqual([]);
  });

  test('marked, show which of them a change has touched', { timeout: 60_000 }, async () => {
    const { table, progress } = await followed('MARKED', 'mark');
    const long = 'é订x'.repeat(2000);
    await writer.execute(`INSERT INTO ${table} VALUES (1, 'a', :1, NULL)`, [long]);
    await writer.execute(`UPDATE ${table} SET V = 'b' WHERE ID = 1`);
    await writer.commit();
    await writer.execute(`UPDATE ${table} SET B = :1 WHERE ID = 1`, [Buffer.alloc(5000, 7)]);
    await writer.commit();
    await writer.execute(`UPDATE ${table} SET C = 'short', B = NULL, V = 'c' WHERE ID = 1`);
    await writer.execute(`DELETE FROM ${table} WHERE ID = 900000`);
    await writer.commit();
    const mark = 'redoflow:changed';
    const rows = await logOf(progress.log, 8);
    expect(rows.map(([, ...row]) => row)).toEqual([
      ['I', 'N', '1', 'a', mark, null],
      ['U', 'Y', '1', 'a', null, null],
      ['U', 'N', '1', 'b', null, null],
      ['U', 'Y', '1', 'b', null, null],
      ['U', 'N', '1', 'b', null, mark],
      ['U', 'Y', '1', 'b', null, null],
      ['U', 'N', '1', 'c', mark, mark],
      ['D', 'Y', '900000', 'copied', null, null],
    ]);
  });
});
