/**
 * One transaction that is larger than many windows, open while windows of other changes come and go, and written slowly while its worker
 * is killed. `REDOFLOW_TEST_CHANGES=1000000 npx vitest run --project e2e test/e2e/giant-transaction.test.ts` does it in earnest.
 */
import { readFileSync } from 'node:fs';
import oracledb from 'oracledb';
import { expect, test } from 'vitest';
import { lostAttempts } from '../../demo/kills.ts';
import { Warehouse } from '../../demo/warehouse.ts';
import type { MineInput } from '../../activities/mine-window.ts';
import type { Inside } from '../../model/position.ts';
import { runsOf } from '../support/resets.ts';
import { eventually, exact, sharedSystem, type Task } from '../support/whole-system.ts';

const CHANGES = Number(process.env['REDOFLOW_TEST_CHANGES'] ?? 30_000);
const IN_EARNEST = CHANGES >= 1_000_000;
/** Of the transaction: between two of them a window of other changes is committed. */
const PARTS = IN_EARNEST ? 20 : 3;
const ROWS_PER_SECOND = 5_000;
const FLUSH_ROWS = IN_EARNEST ? 20_000 : 2_500;
const WITHIN_SECONDS = 60 + (2 * CHANGES) / ROWS_PER_SECOND;
const MEMORY_MEGABYTES = 1_024;
const AT_A_TIME = 1_000;
/** After the other table of the task, by name. */
const TABLE = 'ZGIANT';

const system = sharedSystem();

const insertAfter = (made: number, count: number): string =>
  `INSERT INTO ${TABLE} SELECT ${made} + LEVEL, RPAD('note ' || (${made} + LEVEL) || ' ', 100, 'the order was shipped late, ') FROM DUAL CONNECT BY LEVEL <= ${count}`;

/** Where the windows began that were mined, run by run, as the histories have it. */
async function begun(task: Task): Promise<readonly (Inside | undefined)[]> {
  const runs = await runsOf(system(), task.name);
  return (await Promise.all(runs.map((run) => begunIn(task, run)))).flat();
}

async function begunIn({ workflowId }: Task, runId: string): Promise<readonly (Inside | undefined)[]> {
  const { events } = await system().temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
    const data = scheduled?.activityType?.name === 'mineWindow' ? scheduled.input?.payloads?.[0]?.data : undefined;
    if (!data) return [];
    const { spec } = JSON.parse(Buffer.from(data).toString('utf8')) as MineInput; // the workflow's own input
    return [spec.inside];
  });
}

/** The worker that was started last. */
function peakMegabytes(): number {
  const lines = readFileSync(system().workerLog, 'utf8').split('\n');
  const pid = /"pid":(\d+)/.exec(lines.findLast((line) => line.includes('worker ready')) ?? '')?.[1] ?? '';
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(peak) / 1024;
}

/** Stays open until it is whole; windows of other changes are committed meanwhile. */
async function writeGiant(task: Task, writer: oracledb.Connection): Promise<void> {
  let { windowsDone } = await system().redoflow.status(task.name);
  for (let part = 0; part < PARTS; part++) {
    const [after, to] = [part, part + 1].map((share) => Math.floor((CHANGES * share) / PARTS));
    for (let made = after ?? 0; made < (to ?? 0); made += AT_A_TIME) {
      await writer.execute(insertAfter(made, Math.min(AT_A_TIME, (to ?? 0) - made)));
    }
    await task.orders.change(2);
    const before = windowsDone;
    const status = await task.until('a window of other changes is done', (now) => now.windowsDone > before);
    windowsDone = status.windowsDone;
  }
  await writer.commit();
}

test(
  `a transaction of ${CHANGES} changes is written once, and gone on with in its middle when the worker dies`,
  async () => {
    const task = await system().task();
    const { sandbox, redoflow, temporal } = system();
    await using writer = await oracledb.getConnection(sandbox.oracle);
    const table = `${sandbox.oracle.user.toUpperCase()}.${TABLE}`;
    await writer.execute(`CREATE TABLE ${TABLE} (ID NUMBER(12) NOT NULL, NOTE VARCHAR2(200), PRIMARY KEY (ID))`);
    await writer.execute(`ALTER TABLE ${TABLE} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
    await redoflow.start({
      ...task.written,
      tables: [{ table: task.orders.table }, { table }],
      incremental: { flushSeconds: 1, flushRows: FLUSH_ROWS, throttle: { rowsPerSecond: ROWS_PER_SECOND } },
    });
    await task.until('the tail begins', ({ position }) => position !== undefined);
    await writeGiant(task, writer);

    const where = await eventually(
      'a part of it is written',
      async () => (await begun(task)).findLast((inside) => inside && inside.nextOrdinal > CHANGES / 4),
      WITHIN_SECONDS,
    );
    const killedAt = Date.now();
    const peakBefore = peakMegabytes();
    await system().killWorker();
    const windowsBefore = (await begun(task)).length;
    await system().startWorker();

    const log = await eventually(
      'all of it is written',
      async () => {
        const status = await redoflow.status(task.name).catch(() => undefined);
        const giant = status?.tables[1];
        return giant?.logRows === CHANGES && giant.log;
      },
      WITHIN_SECONDS,
    );
    const warehouse = new Warehouse(sandbox.maxcompute);
    const rows = await warehouse.readAll(log, ['record_id', 'id', 'operation_flag'], 'record_id');
    const inOrder = rows.toSorted(([a], [b]) => Number(a) - Number(b));
    expect(inOrder.length).toBe(CHANGES);
    expect(inOrder.findIndex(([, id, flag], index) => Number(id) !== index + 1 || flag !== 'I')).toBe(-1);

    // The second worker was never asked to begin at the transaction's first change.
    const later = (await begun(task)).slice(windowsBefore);
    const end = later.findIndex((inside) => inside === undefined);
    const continued = end === -1 ? later : later.slice(0, end);
    expect(continued.length).toBeGreaterThan(2);
    for (const inside of continued) expect(inside?.nextOrdinal).toBeGreaterThanOrEqual(where.nextOrdinal);
    // A million changes are more than one run.
    const lost = (await runsOf(system(), task.name)).map((runId) =>
      lostAttempts(temporal.client, { workflowId: task.workflowId, runId }, 'mineWindow', killedAt),
    );
    expect((await Promise.all(lost)).flat().length).toBeGreaterThan(0);
    for (const peak of [peakBefore, peakMegabytes()]) {
      expect(peak).toBeGreaterThan(0);
      expect(peak).toBeLessThan(MEMORY_MEGABYTES);
    }
    expect(await task.compare(await task.untilCaughtUp())).toMatchObject(exact);
  },
  120_000 + WITHIN_SECONDS * 3_000,
);
