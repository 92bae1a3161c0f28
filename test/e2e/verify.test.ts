/** `redoflow verify`, `merge-sql` and `as-of` on a running task: the writer does not stop for any of them. */
import oracledb from 'oracledb';
import { describe, expect, test } from 'vitest';
import { tableAsOf } from '../../client/as-of.ts';
import { Refusal } from '../../client/refusal.ts';
import { compareTables, repairTables, type VerifySides } from '../../client/verify.ts';
import { canonical, judgedTable, readSource } from '../../demo/source.ts';
import { Warehouse, type TextRow } from '../../demo/warehouse.ts';
import { MaxComputeSink } from '../../maxcompute/sink.ts';
import type { Row } from '../../model/table.ts';
import { endsOfSeconds, sortedTexts, type EndOfSecond } from '../support/ends-of-seconds.ts';
import { Orders } from '../support/orders.ts';
import { eventually, sharedSystem, Task } from '../support/whole-system.ts';

const system = sharedSystem();

/** Rows that no writer touches, so that nothing heals what is spoilt. */
const QUIET_FROM = 500_000;
const QUIET_ROWS = 600;
const KEYLESS_ROWS = 300;
const MORE_FROM = 9_000;
/** That are compared with flashback, and how many of them at a time. */
const MOMENTS = 20;
const LANES = 8;

const reader = (): Promise<oracledb.Connection> => oracledb.getConnection(system().sandbox.oracle);
const warehouse = (): Warehouse => new Warehouse(system().sandbox.maxcompute);

async function sql(...statements: readonly string[]): Promise<void> {
  await using connection = await reader();
  for (const statement of statements) await connection.execute(statement);
  await connection.commit();
}

/** A table with a key, whose first rows a writer changes, and one without, of other types. */
async function twoTables(
  name: string,
): Promise<{ readonly task: Task; readonly keyed: Orders; readonly keyless: string }> {
  const { oracle } = system().sandbox;
  const keyed = await Orders.create(oracle, `${name}_ORDERS`, 60);
  const keyless = `${oracle.user}.${name}_EVENTS`;
  await sql(
    `INSERT INTO ${keyed.table} (ID, NOTE, AMOUNT, CREATED) SELECT ${QUIET_FROM} + LEVEL, 'quiet ' || LEVEL, LEVEL / 100, DATE '2020-01-01' + LEVEL / 24 FROM DUAL CONNECT BY LEVEL <= ${QUIET_ROWS}`,
    `CREATE TABLE ${keyless} (KIND NUMBER(9), WHAT VARCHAR2(40), AT TIMESTAMP(6), FACTOR BINARY_DOUBLE)`,
    `ALTER TABLE ${keyless} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`,
    // Two of each.
    `INSERT INTO ${keyless} SELECT MOD(LEVEL, ${KEYLESS_ROWS / 2}), 'event ' || MOD(LEVEL, ${KEYLESS_ROWS / 2}), TIMESTAMP '2024-02-29 12:00:00.123456', MOD(LEVEL, ${KEYLESS_ROWS / 2}) / 8 FROM DUAL CONNECT BY LEVEL <= ${KEYLESS_ROWS}`,
  );
  const written = {
    name: `verified-${name.toLowerCase()}`,
    source: 'hr',
    destination: 'warehouse',
    taskQueue: system().taskQueue,
    tables: [{ table: keyed.table }, { table: keyless }],
    incremental: { flushSeconds: 1 },
  };
  return { task: new Task(system(), keyed, written), keyed, keyless };
}

/** Again and again until it is told to end: so the position of the task moves on. */
function keepDoing(work: (time: number) => Promise<void>): () => Promise<void> {
  let over = false;
  const doing = async (): Promise<void> => {
    for (let time = 0; !over; time++) await work(time);
  };
  const done = doing();
  return async () => {
    over = true;
    await done;
  };
}

const keepWriting = (table: string): (() => Promise<void>) =>
  keepDoing(async (time) => {
    await sql(
      `INSERT INTO ${table} VALUES (${MORE_FROM} + ${time}, 'more', SYSTIMESTAMP, ${time} / 4)`,
      `DELETE FROM ${table} WHERE KIND = ${MORE_FROM} + ${time - 3}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
  });

/** A table without a key is an alert. */
async function startAndFollow(task: Task): Promise<void> {
  await task.start();
  await task.until('the precheck has failed', ({ state }) => state === 'PrecheckFailed');
  await system().redoflow.ignoreAlerts(task.name, ['table-key']);
  await task.until('the tail begins', ({ position }) => position !== undefined);
}

const sides = (task: Task) => ({ client: system().temporal.client, redoflow: system().redoflow, task: task.name });

type Planted = Readonly<Record<string, number>>;

/** What is wrong with single rows of `_base`: by its place among the quiet rows. */
const keyedFaults: readonly (readonly [kind: string, change: (row: Row) => readonly Row[]])[] = [
  ['missing', () => []],
  ['extra', (row) => [row, [String(Number(row[0]) + 100_000), ...row.slice(1)]]],
  ['changed', ([id = null, note, ...rest]) => [[id, `${String(note).slice(0, -1)}x`, ...rest]]],
  ['doubled', (row) => [row, row]],
  ['changed', ([id = null, , ...rest]) => [[id, null, ...rest]]],
  ['changed', ([id = null, note, ...rest]) => [[id, `${String(note)} `, ...rest]]],
  [
    'changed',
    ([id = null, note = null, amount = null, created]) => [[id, note, amount, oneHourLater(String(created))]],
  ],
  [
    'changed',
    ([id = null, note = null, amount, created = null]) => [[id, note, amount === '1.25' ? '2.5' : '1.25', created]],
  ],
];

const oneHourLater = (text: string): string =>
  new Date(Date.parse(`${text.replace(' ', 'T')}Z`) + 3_600_000).toISOString().slice(0, 19).replace('T', ' ');

const keylessFaults: typeof keyedFaults = [
  ['missing', () => []],
  ['extra', (row) => [row, [row[0] ?? null, 'never happened', ...row.slice(2)]]],
  ['doubled', (row) => [row, row]],
];

/** Rewrites `_base` with rows that are wrong, while the task goes on. */
async function plant(
  base: string,
  faults: typeof keyedFaults,
  chosen: (row: Row) => number | undefined,
): Promise<Planted> {
  await using sink = new MaxComputeSink(system().sandbox.maxcompute);
  const table = await sink.findTable(base);
  if (!table) throw new Error(`there is no ${base}`);
  const planted: Record<string, number> = {};
  const spoilt: Row[] = [];
  for await (const rows of sink.readRows(base, new AbortController().signal))
    for (const row of rows) {
      const place = chosen(row);
      const [kind, change] = (place === undefined ? undefined : faults[place % faults.length]) ?? [];
      spoilt.push(...(change?.(row) ?? [row]));
      if (kind !== undefined) planted[kind] = (planted[kind] ?? 0) + 1;
    }
  const name = `${base}_spoilt`;
  await sink.createTable({ ...table, name });
  const upload = await sink.openUpload({ table: name }, table.columns);
  await upload.write(spoilt);
  await upload.finish();
  await sink.commitUpload({ table: name }, upload.id);
  await warehouse().select(`INSERT OVERWRITE TABLE ${base} SELECT * FROM ${name}`);
  await sink.dropTable(name);
  return planted;
}

describe('verify', () => {
  test('finds both sides equal while a writer writes, and exactly what is wrong; a repair makes them equal', async () => {
    const { task, keyed, keyless } = await twoTables('A');
    const none = { missing: 0, extra: 0, changed: 0, doubled: 0 };
    await startAndFollow(task);
    const writing = keyed.change(400, 100);
    const endWriting = keepWriting(keyless);
    const before = await compareTables(sides(task));
    expect(before.answers).toMatchObject([
      { kind: 'compared', table: keyless, ...none },
      { kind: 'compared', table: keyed.table, ...none },
    ]);
    expect(before.answers[1]).toHaveProperty(
      'rows',
      expect.toSatisfy((rows: number) => rows > QUIET_ROWS),
    );

    let place = 0;
    const inKeyed = await plant('a_orders_base', keyedFaults, (row) =>
      Number(row[0]) > QUIET_FROM && Number(row[0]) % 14 === 0 ? place++ : undefined,
    );
    const seen = new Set<string>();
    let keylessPlace = 0;
    const inKeyless = await plant('a_events_base', keylessFaults, (row) => {
      const kind = String(row[0]);
      if (keylessPlace >= 7 || seen.has(kind)) return undefined;
      seen.add(kind);
      return keylessPlace++;
    });
    expect(place + keylessPlace).toBe(50);
    const found = await compareTables(sides(task));
    expect(found.answers).toMatchObject([
      { table: keyless, ...none, ...inKeyless, unconfirmed: 0 },
      { table: keyed.table, ...none, ...inKeyed, unconfirmed: 0 },
    ]);
    const keys = await warehouse().select(
      `SELECT table_name, kind FROM redoflow_differences WHERE task = '${task.name}' AND verification = '${found.verification}'`,
    );
    const counted = (table: string): Planted => {
      const kinds: Record<string, number> = {};
      for (const [name, kind = null] of keys) if (name === table) kinds[String(kind)] = (kinds[String(kind)] ?? 0) + 1;
      return kinds;
    };
    expect([counted(keyed.table), counted(keyless)]).toEqual([inKeyed, inKeyless]);

    const repaired = await repairTables(sides(task), [keyed.table, keyless]);
    expect(repaired.answers.toSorted((a, b) => (a.table < b.table ? -1 : 1))).toMatchObject([
      { table: keyless, ...none },
      { table: keyed.table, ...none },
    ]);
    const shown = await system().command('verify', task.name, keyed.table);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.out).toMatch(/A_ORDERS +\d+ +\d+ +0 +0 +0 +0 +equal/);
    await Promise.all([writing, endWriting()]);
    await system().redoflow.stop(task.name);
  });
});

test('a comparison goes on when its worker is killed', async () => {
  const { task, keyed } = await twoTables('C');
  await startAndFollow(task);
  const { client } = system().temporal;
  // Slow enough to be met at work.
  const heard = new Set<string>();
  const onProgress: VerifySides['onProgress'] = (table, { step }) => heard.add(`${table} ${step}`);
  const work = compareTables({ ...sides(task), rowsPerSecond: 80, onProgress }, keyed.table);
  const handle = await eventually('the digests are being computed', async () => {
    const query = `WorkflowId STARTS_WITH 'redoflow/${task.name}/verify/'`;
    for await (const { workflowId } of client.workflow.list({ query })) {
      const { raw } = await client.workflow.getHandle(workflowId).describe();
      const atWork = raw.pendingActivities?.some(
        ({ activityType, lastStartedTime }) => activityType?.name === 'digestSource' && lastStartedTime,
      );
      if (atWork) return client.workflow.getHandle(workflowId);
    }
    return undefined;
  });
  await system().killWorker();
  await system().startWorker();
  expect(await work).toMatchObject({ answers: [{ kind: 'compared', missing: 0, extra: 0, changed: 0, doubled: 0 }] });
  expect(heard).toContain(`${keyed.table} digests`);
  const { events } = await handle.fetchHistory();
  expect(events?.some((event) => event.activityTaskTimedOutEventAttributes)).toBe(true);
  await system().redoflow.stop(task.name);
});

/** Each lane takes the next when it is free. */
async function inLanes<T>(lanes: number, items: AsyncGenerator<T>, work: (item: T) => Promise<void>): Promise<void> {
  const lane = async (): Promise<void> => {
    for await (const item of items) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

describe('the state of a table', () => {
  test('as of 20 moments of a load it equals the flashback to their SCNs, and the printed statement gives it as it is now', async () => {
    const { task, keyed, keyless } = await twoTables('B');
    await startAndFollow(task);
    const endWriting = keepWriting(keyless);
    const { table } = keyed;
    await using connection = await reader();
    const judged = await judgedTable(connection, table);
    const columns = judged.columns.map(({ sink }) => `\`${sink}\``).join(', ');
    const asText = (rows: readonly TextRow[]): readonly string[] =>
      sortedTexts(rows.map((row) => judged.columns.map(({ fromWarehouse }, i) => canonical(row[i], fromWarehouse))));
    const { client } = system().temporal;
    const endChanging = keepDoing(() => keyed.change(5, 80));
    const moments = endsOfSeconds(connection, judged, MOMENTS);
    const told: EndOfSecond[] = [];
    await inLanes(LANES, moments, async (moment) => {
      const { at, scn } = moment;
      const { into } = await tableAsOf(client, task.name, table, { at });
      expect(into).toMatch(/_asof_\d{8}_\d{6}$/);
      const rows = asText(await warehouse().readAll(into, [columns]));
      expect({ at, scn, rows }).toEqual(moment);
      told.push(moment);
    });
    await endChanging();
    expect(new Set(told.map(({ rows }) => rows.join())).size).toBe(MOMENTS);

    await keyed.change(5);
    await task.untilCaughtUp();
    const { code, out } = await system().command('merge-sql', task.name, table);
    expect(code).toBe(0);
    const statement = out
      .split('\n')
      .filter((line) => !/^(?:--|SET )/.test(line))
      .join('\n')
      .replace(/;\s*$/, '');
    const rows = await warehouse().select(statement, { 'odps.sql.timezone': 'UTC' });
    expect(asText(rows)).toEqual(sortedTexts(await readSource(connection, judged)));

    const refused = async (at: string, into?: string): Promise<string> => {
      const work = tableAsOf(client, task.name, table, { at, ...(into !== undefined && { into }) });
      return work.then(
        () => '',
        (error: unknown) => (error instanceof Refusal ? `${error.exitCode}: ${error.message}` : String(error)),
      );
    };
    expect(await refused('2020-01-01T00:00:00Z')).toMatch(
      /^2: .* was copied until .*; what it was before is not known/,
    );
    expect(await refused('2999-01-01T00:00:00Z')).toBe('2: 2999-01-01T00:00:00Z is in the future.');
    expect(await refused(told[0]?.at ?? '', 'redoflow_positions')).toMatch(/^2: redoflow_positions exists/);
    await endWriting();
  });
});
