/** A task of very many small tables: what grows with their number stays small wherever it is kept. */
import oracledb from 'oracledb';
import { expect, test } from 'vitest';
import type { TaskStatus } from '../../model/progress.ts';
import { eventually, sharedSystem } from '../support/whole-system.ts';

/** `REDOFLOW_TEST_TABLES=1200` for the whole of it, some minutes; the parts that depend on the number are unit tests of 1,200 too. */
const TABLES = Number(process.env['REDOFLOW_TEST_TABLES'] ?? 30);
const CHANGED = Math.ceil(TABLES / 10);
const MINUTES = 20;
const EVENTS_MAX = 4_000;
const PAYLOAD_BYTES_MAX = 64 * 1024;

const system = sharedSystem();

async function createTables(): Promise<void> {
  await using connection = await oracledb.getConnection(system().sandbox.oracle);
  for (let i = 1; i <= TABLES; i++) {
    const table = `SMALL_${String(i).padStart(4, '0')}`;
    await connection.execute(`CREATE TABLE ${table} (ID NUMBER(9) PRIMARY KEY, V VARCHAR2(20))`);
    await connection.execute(`ALTER TABLE ${table} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
    await connection.execute(`INSERT INTO ${table} VALUES (${i}, 'row of ${i}')`);
  }
  await connection.commit();
}

/** Sizes of every payload in a history, wherever it is: inputs, results, signals, heartbeats, arguments of the next run. */
function* payloadSizes(value: unknown): Generator<number> {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Uint8Array) {
    yield value.length;
    return;
  }
  for (const part of Object.values(value)) yield* payloadSizes(part);
}

test(
  `a task of ${TABLES} tables of one row is copied and followed; no run is long, no payload large, no child terminated`,
  async () => {
    await createTables();
    const { redoflow, taskQueue, temporal } = system();
    const { user } = system().sandbox.oracle;
    await redoflow.start({
      name: 'many',
      source: 'hr',
      destination: 'warehouse',
      taskQueue,
      tables: [{ table: `${user}.SMALL_*` }],
      incremental: { flushSeconds: 1, partition: [] },
    });
    let last: TaskStatus | undefined;
    const until = (what: string, wished: (status: TaskStatus) => boolean, seconds: number): Promise<TaskStatus> =>
      eventually(
        what,
        async () => {
          last = await redoflow.status('many').catch(() => undefined);
          if (last?.failure) throw new Error(last.failure.message);
          return last && wished(last) ? last : undefined;
        },
        seconds,
      );
    const following = await until('the tail begins', ({ position }) => position !== undefined, MINUTES * 60);
    expect(following.tables).toHaveLength(TABLES);
    expect(following.tables.reduce((sum, { baseRows }) => sum + baseRows, 0)).toBe(TABLES);
    {
      await using connection = await oracledb.getConnection(system().sandbox.oracle);
      for (let i = 1; i <= TABLES; i += 10)
        await connection.execute(`UPDATE SMALL_${String(i).padStart(4, '0')} SET V = 'changed'`);
      await connection.commit();
    }
    await until(
      'the changes arrive',
      ({ tables }) => tables.filter(({ logRows }) => logRows === 2).length === CHANGED,
      120,
    );
    await redoflow.stop('many');

    const executions = temporal.client.workflow.list({ query: `TaskQueue = '${taskQueue}'` });
    const statuses = new Map<string, number>();
    for await (const { workflowId, runId, status } of executions) {
      statuses.set(status.name, (statuses.get(status.name) ?? 0) + 1);
      if (workflowId !== 'redoflow/many' && !workflowId.includes('_0001/')) continue;
      const { events } = await temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
      expect(events?.length).toBeLessThan(EVENTS_MAX);
      for (const size of payloadSizes(events)) expect(size).toBeLessThan(PAYLOAD_BYTES_MAX);
    }
    expect(statuses.get('TERMINATED')).toBeUndefined();
    expect(statuses.get('FAILED')).toBeUndefined();
  },
  MINUTES * 60_000,
);
