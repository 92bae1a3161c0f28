/**
 * Random values of every type from an Oracle database to MaxCompute, by the full copy and by the redo, in three time zones of the
 * process that does it: Oracle's own text of what was read and MaxCompute's own text of what arrived are the same, and what a
 * column cannot hold is absent and counted, or refused, as the task says. Writers and readers on both sides are not the product.
 * RANDOM_VALUES_SEED repeats a run.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Warehouse } from '../../demo/warehouse.ts';
import { OracleSource } from '../../oracle/source.ts';
import { startSandbox } from '../../sandbox/start.ts';
import type { Sandbox } from '../../sandbox/start.ts';
import { columnName, policyCases, randomColumns } from '../support/random-columns.ts';
import type { RandomColumn } from '../support/random-columns.ts';
import { createTable, insertOne, insertRows, randomRows, readRows, updateRows } from '../support/random-rows.ts';
import type { Texts } from '../support/random-rows.ts';
import { Chance } from '../support/random-texts.ts';
import type { Job, Report } from '../support/random-values-worker.ts';

const ROWS = 900;
const UPDATED = 300;
const VALUES = 100_000;

/** As `getTimezoneOffset` says in January and July. */
const zones: readonly (readonly [zone: string, minutes: readonly number[]])[] = [
  ['UTC', [0, 0]],
  ['America/New_York', [300, 240]],
  ['Asia/Kathmandu', [-345, -345]],
];

const seed = Number(process.env['RANDOM_VALUES_SEED'] ?? Date.now() % 2 ** 31);
const TABLE = 'RF_RANDOM';
const REFUSED = 'RF_REFUSED';

/** A value that its column cannot hold. */
interface Refusal {
  readonly why: string;
  readonly column: RandomColumn;
  readonly text: string;
}

let sandbox: Sandbox;
let written: readonly [inserted: readonly Texts[], updated: readonly Texts[]];
/** Oracle's own text after the inserts, and after the updates. */
let snapshots: readonly [readonly Texts[], readonly Texts[]];
let refusals: readonly Refusal[];
let reports: ReadonlyMap<string, Report>;

const expectationOf = (column: RandomColumn, text: string | null | undefined): string | null => {
  const expected = text === null || text === undefined ? undefined : column.same.expected(text);
  return expected !== undefined && 'value' in expected ? expected.value : null;
};

const lostOf = (column: RandomColumn, text: string | null | undefined): string | undefined => {
  const expected = text === null || text === undefined ? undefined : column.same.expected(text);
  return expected !== undefined && 'lost' in expected ? expected.lost : undefined;
};

const lostIn = (rows: readonly Texts[]): readonly string[] =>
  rows.flatMap((row) => randomColumns.flatMap((column, i) => lostOf(column, row[i]) ?? []));

/** The first value of each policy case, as it was written. */
const firstRefusals = (texts: readonly Texts[], oracle: readonly Texts[]): readonly Refusal[] =>
  policyCases.map((why) => {
    for (const [row, shown] of oracle.entries())
      for (const [i, column] of randomColumns.entries())
        if (lostOf(column, shown[i]) === why) return { why, column, text: texts[row]?.[i] ?? '' };
    throw new Error(`seed ${seed}: no value is a case of "${why}"`);
  });

const choices = (columns: readonly RandomColumn[]): Readonly<Record<string, string>> =>
  Object.fromEntries(columns.flatMap(({ as }, i) => (as === undefined ? [] : [[columnName(i), as]])));

const script = fileURLToPath(new URL('../support/random-values-worker.ts', import.meta.url));

async function runProduct(zone: string, job: Job): Promise<Report> {
  const environment = { ...process.env, TZ: zone, RANDOM_VALUES_JOB: JSON.stringify(job) };
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], {
    env: environment,
    timeout: 280_000,
    maxBuffer: 1 << 26,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Report;
}

const connect = async (): Promise<oracledb.Connection> => {
  const { user, password, connectString } = sandbox.oracle;
  return oracledb.getConnection({ user, password, connectString });
};

/** Inserts, updates, and what Oracle says of both. */
async function fillRandom(writer: oracledb.Connection, source: OracleSource): Promise<Pick<Job, 'random' | 'asOf'>> {
  const chance = new Chance(seed);
  written = [randomRows(chance, ROWS), randomRows(chance, UPDATED)];
  await createTable(writer, TABLE, randomColumns);
  const point = await source.capturePoint();
  await insertRows(writer, TABLE, written[0]);
  const inserted = await readRows(writer, TABLE);
  const asOf = await source.currentScn();
  await updateRows(writer, TABLE, written[1]);
  snapshots = [inserted, await readRows(writer, TABLE)];
  return { random: { table: ownTable(TABLE), as: choices(randomColumns), point }, asOf: [asOf, asOf] };
}

/** A row for every policy case, each with one value and a transaction of its own. */
async function fillRefused(writer: oracledb.Connection, source: OracleSource): Promise<Job['refused']> {
  refusals = firstRefusals(written[0], snapshots[0]);
  const columns = refusals.map(({ column }) => column);
  await createTable(writer, REFUSED, columns);
  const point = await source.capturePoint();
  for (const [i, { text, column }] of refusals.entries())
    await insertOne(writer, REFUSED, { id: i + 1, column: columnName(i), written: column.written, text });
  return { table: ownTable(REFUSED), as: choices(columns), point };
}

const ownTable = (name: string): string => `${sandbox.oracle.user.toUpperCase()}.${name}`;

function reportOf(zone: string): Report {
  const report = reports.get(zone);
  if (!report) throw new Error(`there is no report of ${zone}`);
  return report;
}

/** Every row of a table as MaxCompute's SQL shows it: the columns asked for, then those of the random values. */
async function arrived(table: string, first: string): Promise<readonly Texts[]> {
  const shown = randomColumns.map(({ same }, i) => (same.hex ? `HEX(${columnName(i)})` : columnName(i)));
  return new Warehouse(sandbox.maxcompute).select(
    `SET odps.sql.timezone=UTC; SELECT ${first}, ${shown.join(', ')} FROM ${table} ORDER BY ${first}`,
  );
}

let compared = 0;

/** What differs, with what was written; counts what it compares. */
function differences(
  oracle: readonly Texts[],
  maxcompute: readonly Texts[],
  texts: readonly Texts[],
): readonly string[] {
  const found: string[] = [];
  for (const [row, shown] of oracle.entries())
    for (const [i, column] of randomColumns.entries()) {
      const given = maxcompute[row]?.[i];
      const got = given === null || given === undefined ? null : column.same.shown(given);
      compared += 1;
      if (got === expectationOf(column, shown[i])) continue;
      const what = `${column.declared}${column.as === undefined ? '' : ` as ${column.as}`}`;
      const of = JSON.stringify({ written: texts[row]?.[i], oracle: shown[i], maxcompute: given });
      found.push(`row ${row + 1} ${columnName(i)} ${what}: ${of}`);
    }
  return found.slice(0, 40);
}

/** The column that a refusal names, or the refusal when it is another one. */
const refusedColumn = (said: string): string =>
  /^value-unrepresentable: .* column (c\d+) \(.+\) of MaxCompute table \w+_refused_/.exec(said)?.[1] ?? said;

const withoutKeys = (rows: readonly Texts[], keys: number): readonly Texts[] => rows.map((row) => row.slice(keys));

describe(`random values of RANDOM_VALUES_SEED=${seed}`, () => {
  beforeAll(async () => {
    sandbox = await startSandbox({ heartbeatMilliseconds: 100 });
    const { oracle, maxcompute } = sandbox;
    const [, host = '', port = '', service = ''] = /^(.+):(\d+)\/(.+)$/.exec(oracle.connectString) ?? [];
    const source = new OracleSource({
      host,
      port: Number(port),
      service,
      user: oracle.user,
      password: oracle.password,
    });
    const writer = await connect();
    const { random, asOf } = await fillRandom(writer, source);
    const refused = await fillRefused(writer, source);
    const common = { oracle, maxcompute, random, refused, asOf: [asOf[0], await source.currentScn()] as const };
    await writer.close();
    await source.close();
    const done = zones.map(async ([zone]): Promise<[string, Report]> => {
      const destination = `random_${zone.replaceAll(/\W/g, '_').toLowerCase()}`;
      return [zone, await runProduct(zone, { ...common, destination })];
    });
    reports = new Map(await Promise.all(done));
  }, 300_000);

  afterAll(async () => sandbox[Symbol.asyncDispose]());

  test('the random values are many, of every type, and some are beyond every limit', () => {
    expect((ROWS + UPDATED) * randomColumns.length).toBeGreaterThanOrEqual(VALUES);
    const [inserted, changed] = snapshots;
    expect(inserted).toHaveLength(ROWS);
    const empty = randomColumns.filter((_column, i) => inserted.every((row) => row[i] === null));
    expect(empty).toEqual([]);
    expect(inserted.flat().filter((text) => text === null).length).toBeGreaterThan(ROWS);
    expect(new Set(lostIn([...inserted, ...changed.slice(0, UPDATED)]))).toEqual(new Set(policyCases));
  });

  describe.each(zones)('with the product in the zone %s', (zone, minutes) => {
    test('the zone is in force', () => {
      expect(reportOf(zone).zoneMinutes).toEqual(minutes);
    });

    test.each([0, 1] as const)(
      'snapshot %d is copied value by value, and what does not fit is counted',
      async (which) => {
        const copy = reportOf(zone).copies[which];
        const rows = await arrived(copy?.table ?? '', 'ID');
        expect(rows.map(([id]) => id)).toEqual(Array.from({ length: ROWS }, (_, i) => String(i + 1)));
        const texts = which === 0 ? written[0] : [...written[1], ...written[0].slice(UPDATED)];
        expect(differences(snapshots[which], withoutKeys(rows, 1), texts)).toEqual([]);
        expect(copy).toMatchObject({ rows: ROWS, nulled: lostIn(snapshots[which]).length });
      },
    );

    test('the redo has the same values in every image, and what does not fit is counted', async () => {
      const { log } = reportOf(zone);
      const rows = await arrived(log.table, 'record_id, after_flag, operation_flag, ID');
      const [inserted, changed] = snapshots;
      const images = Array.from({ length: UPDATED }, (_, i) => [inserted[i] ?? [], changed[i] ?? []]).flat();
      const texts = Array.from({ length: UPDATED }, (_, i) => [written[0][i] ?? [], written[1][i] ?? []]).flat();
      expect(rows.map(([, after, operation, id]) => [after, operation, id])).toEqual([
        ...inserted.map((_row, i) => ['Y', 'I', String(i + 1)]),
        ...images.map((_row, i) => [i % 2 === 0 ? 'N' : 'Y', 'U', String(Math.floor(i / 2) + 1)]),
      ]);
      expect(differences([...inserted, ...images], withoutKeys(rows, 4), [...written[0], ...texts])).toEqual([]);
      const lost = lostIn([...inserted, ...images]).length;
      expect(log).toMatchObject({ rows: ROWS + 2 * UPDATED, nulled: lost });
    });

    test('without leave to write NULL every such value is refused, and its column is named', () => {
      const { refusedCopies, refusedChanges } = reportOf(zone);
      const columns = refusals.map((_refusal, i) => columnName(i).toLowerCase());
      expect(refusedCopies.map(refusedColumn)).toEqual(columns);
      expect(refusedChanges.map(refusedColumn)).toEqual(columns);
      const said = [...refusedCopies, ...refusedChanges].join('\n');
      expect(refusals.filter(({ text }) => text.length > 4 && said.includes(text))).toEqual([]);
    });
  });

  test('every value was compared after every way that it went', () => {
    const images = ROWS + ROWS + ROWS + 2 * UPDATED;
    expect(compared).toBe(zones.length * images * randomColumns.length);
  });
});
