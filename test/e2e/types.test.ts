/** Every column type, copied and followed by a worker in a zone with summer time; both sides read over their wires and compared exactly. */
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { start, type Program } from '../../demo/processes.ts';
import { Warehouse, type TextRow } from '../../demo/warehouse.ts';
import type { TableProgress } from '../../model/progress.ts';
import { WORKER } from '../support/programs.ts';
import { eventually, WholeSystem } from '../support/whole-system.ts';

const TIME = "'YYYY-MM-DD HH24:MI:SS.FF9'";
const times = (text: string): string => `TO_TIMESTAMP('${text}', ${TIME})`;
const date = (text: string): string => `TO_DATE('${text}', 'YYYY-MM-DD HH24:MI:SS')`;

/** Name, declared type, and what Oracle is asked for. */
const COLUMNS = [
  ['N', 'NUMBER(10,2)', 'TO_CHAR(N)'],
  ['F', 'FLOAT', 'TO_CHAR(F)'],
  ['F5', 'FLOAT(5)', 'TO_CHAR(F5)'],
  ['V', 'VARCHAR2(40)', 'V'],
  ['C', 'CHAR(5)', 'C'],
  ['D', 'DATE', "TO_CHAR(D, 'YYYY-MM-DD HH24:MI:SS')"],
  ['T9', 'TIMESTAMP(9)', `TO_CHAR(T9, ${TIME})`],
  ['T6', 'TIMESTAMP', `TO_CHAR(T6, ${TIME})`],
  ['T0', 'TIMESTAMP(0)', `TO_CHAR(T0, ${TIME})`],
  ['R', 'RAW(16)', 'RAWTOHEX(R)'],
] as const;
const NAMES = COLUMNS.map(([name]) => name).join(', ');
const RAW_PLACE = COLUMNS.length;

const ROWS = [
  [
    '-0.5',
    '-0.00000000000000000001',
    '123.45',
    "' both sides '",
    "'ab'",
    date('2026-03-08 02:30:00'), // an hour that New York does not have
    times('2026-03-08 02:30:00.123456789'),
    times('2026-03-08 02:30:00.000001'),
    times('2026-03-08 02:30:00'),
    "HEXTORAW('3D0AFF27222C00')",
  ],
  [
    '7',
    '12345678901234567890.123456789',
    '-0.00123',
    "'it''s 订单, \"😀\"'",
    "'   '",
    date('0001-01-01 00:00:00'),
    times('0001-01-01 00:00:00.000000001'),
    times('0001-01-01 00:00:00.999999'),
    times('0001-01-01 00:00:00'),
    "HEXTORAW('00')",
  ],
  [
    '0',
    '0',
    '1E20',
    "''",
    "''",
    date('9999-12-31 23:59:59'),
    times('9999-12-31 23:59:59.999999999'),
    times('2026-11-01 01:30:00'), // an hour that New York has twice
    times('9999-12-31 23:59:59'),
    "HEXTORAW('')",
  ],
  COLUMNS.map(() => 'NULL'),
];

/** What Oracle prints → what MaxCompute shows: the zero before the point, no fraction of zeros. */
const shown = (text: string | null): string | null =>
  text?.replace(/^(-?)\.(?=\d+$)/, '$10.').replace(/\.000000000$/, '') ?? null;

/** MaxCompute shows bytes that are not printable, and the equals sign, as =XX. */
const hexOf = (text: string | null): string | null =>
  text
    ?.replace(/=([0-9A-F]{2})|[^=]/g, (unit, hex?: string) => hex ?? Buffer.from(unit).toString('hex'))
    .toUpperCase() ?? null;

const byText = (a: readonly unknown[], b: readonly unknown[]): number =>
  JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;

describe('columns of every type', () => {
  let system: WholeSystem;
  let worker: Program;
  let writer: oracledb.Connection;
  let warehouse: Warehouse;

  beforeAll(async () => {
    system = await WholeSystem.open();
    const environment = { ...system.environment, TZ: 'America/New_York' };
    worker = start({ script: WORKER, environment, logFile: system.workerLog });
    await worker.line(/worker ready/);
    writer = await oracledb.getConnection(system.sandbox.oracle);
    warehouse = new Warehouse(system.sandbox.maxcompute);
  }, 180_000);

  afterAll(async () => {
    await writer.close();
    await worker.kill();
    await system[Symbol.asyncDispose]();
  });

  const readOracle = async (table: string, asOf = ''): Promise<TextRow[]> => {
    const texts = COLUMNS.map(([, , text]) => text).join(', ');
    const { rows = [] } = await writer.execute<TextRow>(`SELECT TO_CHAR(ID), ${texts} FROM ${table}${asOf}`, [], {
      prefetchRows: 100,
      fetchArraySize: 100,
    });
    return rows.map((row) => row.map(shown)).toSorted(byText);
  };

  /** RAW as hexadecimal digits; `flags` come first. */
  const readWarehouse = async (table: string, ...flags: readonly string[]): Promise<TextRow[]> => {
    const rows = await warehouse.select(`SELECT ${[...flags, 'id', NAMES.toLowerCase()].join(', ')} FROM ${table}`);
    const raw = flags.length + RAW_PLACE;
    return rows.map((row) => row.map((text, i) => (i === raw ? hexOf(text) : text))).toSorted(byText);
  };

  async function followed(
    table: string,
    name = 'types',
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<TableProgress> {
    const written = {
      ...more,
      name,
      source: 'hr',
      destination: 'warehouse',
      taskQueue: system.taskQueue,
      tables: [{ table }],
      incremental: { flushSeconds: 1 },
    };
    await system.redoflow.start(written);
    return eventually('the tail begins', async () => {
      const status = await system.redoflow.status(name).catch(() => undefined);
      if (status?.state === 'PrecheckFailed' || status?.state === 'Failed') throw new Error(JSON.stringify(status));
      return status?.position && status.tables[0];
    });
  }

  test('arrive exactly, by the copy and by the tail', { timeout: 120_000 }, async () => {
    const table = `${system.sandbox.oracle.user}.TYPES`;
    const declared = COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ');
    await writer.execute(`CREATE TABLE ${table} (ID NUMBER(9) PRIMARY KEY, ${declared})`);
    await writer.execute(`ALTER TABLE ${table} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
    for (const [i, values] of ROWS.entries())
      await writer.execute(`INSERT INTO ${table} VALUES (${i + 1}, ${values.join(', ')})`);
    await writer.commit();

    const { base, log, snapshotScn = '' } = await followed(table);
    const first = await readOracle(table, ` AS OF SCN ${snapshotScn}`);
    expect(first).toHaveLength(ROWS.length);
    expect(first[0]?.slice(0, 6)).toEqual(['1', '-0.5', '-0.00000000000000000001', '120', ' both sides ', 'ab   ']);
    expect(first[1]?.slice(6)).toEqual([
      '0001-01-01 00:00:00',
      '0001-01-01 00:00:00.000000001',
      '0001-01-01 00:00:00.999999000',
      '0001-01-01 00:00:00',
      '00',
    ]);
    expect(await readWarehouse(base)).toEqual(first);

    await writer.execute(`INSERT INTO ${table} SELECT ID + 10, ${NAMES} FROM ${table}`);
    await writer.execute(`UPDATE ${table} SET ID = ID + 100 WHERE ID < 10`);
    await writer.execute(`DELETE FROM ${table} WHERE ID < 100`);
    await writer.commit();
    const found = await eventually('the log is there', async () => {
      const rows = await readWarehouse(log, 'operation_flag', 'before_flag', 'after_flag');
      return rows.length >= 4 * ROWS.length && rows;
    });

    const last = await readOracle(table);
    const moved = (by: number): TextRow[] => first.map(([id, ...values]) => [String(Number(id) + by), ...values]);
    expect(last).toEqual(moved(100).toSorted(byText));
    const expected = [
      ...moved(10).map((row) => ['I', 'N', 'Y', ...row]),
      ...first.map((row) => ['U', 'Y', 'N', ...row]),
      ...last.map((row) => ['U', 'N', 'Y', ...row]),
      ...moved(10).map((row) => ['D', 'Y', 'N', ...row]),
    ];
    expect(found).toEqual(expected.toSorted(byText));
  });

  test(
    'LOBs arrive by the copy, what no cell holds is counted, and the tail goes on without them',
    { timeout: 120_000 },
    async () => {
      const table = `${system.sandbox.oracle.user}.LOBS`;
      await writer.execute(
        `CREATE TABLE ${table} (ID NUMBER(9) PRIMARY KEY, C CLOB, N NCLOB, B BLOB, X VARCHAR2(9000), V VARCHAR2(9))`,
      );
      await writer.execute(`ALTER TABLE ${table} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
      const long = '订😀x'.repeat(30_000);
      const cell = 8 * 1024 * 1024;
      const insert = `INSERT INTO ${table} VALUES (:1, :2, :3, :4, :5, 'v')`;
      await writer.execute(insert, [1, long, 'é😀', Buffer.from('3D0AFF00', 'hex'), 'x'.repeat(9000)]);
      await writer.execute(`INSERT INTO ${table} VALUES (2, EMPTY_CLOB(), EMPTY_CLOB(), EMPTY_BLOB(), NULL, 'v')`);
      await writer.execute(`INSERT INTO ${table} (ID) VALUES (3)`);
      await writer.execute(insert, [4, 'c'.repeat(cell + 1), null, Buffer.alloc(cell + 1, 7), 'x']);
      await writer.commit();

      const { base, log, nulled } = await followed(table, 'lobs', {
        values: { overflow: 'null', lobInLog: 'exclude' },
      });
      const copied = await warehouse.select(`SELECT id, c, n, b, x, v FROM ${base}`);
      expect(copied.toSorted(byText)).toEqual([
        ['1', long, 'é😀', '=3D=0A=FF=00', 'x'.repeat(9000), 'v'],
        ['2', '', '', '', null, 'v'],
        ['3', null, null, null, null, null],
        ['4', null, null, null, 'x', 'v'],
      ]);
      expect(nulled).toBe(2);

      await writer.execute(`UPDATE ${table} SET C = :1 WHERE ID = 2`, [long]);
      await writer.commit();
      await writer.execute(`UPDATE ${table} SET C = :1, X = :2, V = 'w' WHERE ID = 2`, [long, 'y'.repeat(5000)]);
      await writer.execute(insert, [5, long, long, Buffer.alloc(5000, 1), 'z'.repeat(5000)]);
      await writer.execute(`DELETE FROM ${table} WHERE ID = 1`);
      await writer.commit();
      const found = await eventually('the log is there', async () => {
        const rows = await warehouse.select(
          `SELECT id, operation_flag, after_flag, v, c, n, b, x FROM ${log} ORDER BY record_id, after_flag`,
        );
        return rows.length >= 4 && rows;
      });
      expect(found).toEqual([
        ['2', 'U', 'N', 'v', null, null, null, null],
        ['2', 'U', 'Y', 'w', null, null, null, null],
        ['5', 'I', 'Y', 'v', null, null, null, null],
        ['1', 'D', 'N', 'v', null, null, null, null],
      ]);
    },
  );
});
