/** Oracle forgets undo, breaks off in the middle of rows, and is not known to its listener: in the full copy, and again in the tail. */
import oracledb from 'oracledb';
import { describe, expect, test } from 'vitest';
import type { JournalEntry } from '../../demo/compare.ts';
import type { TaskStatus } from '../../model/progress.ts';
import {
  eventTells,
  loadingOf,
  LONG_SECONDS,
  retryTells,
  taskOver,
  untilTailBegins,
  untilWell,
} from '../support/fault-tasks.ts';
import { eventually, exact, sharedSystem, type Task } from '../support/whole-system.ts';

const system = sharedSystem();
const timeout = 400_000; // tasks run side by side, perhaps on a busy machine

async function ask(sql: string): Promise<string> {
  await using reader = await oracledb.getConnection(system().sandbox.oracle);
  const { rows } = await reader.execute<[string]>(sql);
  return rows?.[0]?.[0] ?? '';
}

/** Starts the copy, and holds it after its snapshot, before its chunks are read. */
async function copyHeldBack(task: Task, table: string, chunks: number) {
  const held = system().door.faults.inject({ operation: 'create', table: loadingOf(table), action: 'hold' });
  await task.start();
  await eventually(`${chunks} chunks of ${table} wait`, () => held.met.length === chunks, LONG_SECONDS);
  return held;
}

async function mustBeExact(task: Task): Promise<void> {
  await task.orders.change(5);
  const comparison = await task.compare(await untilWell(task));
  expect(comparison).toMatchObject(exact);
  expect(comparison.logRows).toBeGreaterThan(20);
}

describe('undo that a copy needs and that was overwritten (ORA-01555)', () => {
  test(
    'is read around in pieces, at a newer SCN where the tail brings the rows in step, else by a new copy',
    { timeout },
    async () => {
      const keyed = await taskOver(system(), 'UNDO_KEYED');
      const oneOff = await taskOver(system(), 'UNDO_ONE_OFF', { oneOff: true });
      const held = await Promise.all([copyHeldBack(keyed, 'UNDO_KEYED', 2), copyHeldBack(oneOff, 'UNDO_ONE_OFF', 2)]);
      await Promise.all([keyed.orders.change(3), oneOff.orders.change(3)]);
      const changedUpTo = await ask('SELECT TO_CHAR(CURRENT_SCN) FROM V$DATABASE');
      await system().control('/oracle/undo', { forgetBefore: 'now' });
      for (const each of held) each.end();

      await keyed.until(
        'the copy tells of pieces',
        eventTells(/chunk \d+ .*ORA-01555.*: it is read in halves/),
        LONG_SECONDS,
      );
      await keyed.until('and of the newer SCN', eventTells(/ORA-01555.* newer SCN.* the tail brings/), LONG_SECONDS);
      await oneOff.until('told', eventTells(/UNDO_ONE_OFF .*source-snapshot-too-old: .*ORA-01555/), LONG_SECONDS);
      expect(await oneOff.compare(await statusAtEnd(oneOff))).toMatchObject({ ...exact, logRows: 0 });

      await untilTailBegins(keyed);
      await keyed.orders.change(5);
      await mustBeInStep(keyed, changedUpTo);
    },
  );

  /** A closed workflow still answers, if the client for operators does not ask it. */
  async function statusAtEnd({ workflowId }: Task): Promise<TaskStatus> {
    const handle = system().temporal.client.workflow.getHandle(workflowId);
    await handle.result();
    return handle.query<TaskStatus>('status');
  }

  /** The chunks that changed were read after the change, so `_base` is as of then; and the tail brought the same changes once more. */
  async function mustBeInStep(task: Task, changedUpTo: string): Promise<void> {
    const status = await untilWell(task);
    const [table] = status.tables;
    const broughtAgain = await logRowsBetween(task.orders.table, table?.snapshotScn ?? '0', changedUpTo);
    expect(broughtAgain).toBeGreaterThan(5);
    const tables = status.tables.map((one) => ({ ...one, snapshotScn: changedUpTo }));
    const { parts, lost, changed } = await task.compare({ ...status, tables });
    expect({ lost, changed, wrong: parts.map(({ wrong }) => wrong) }).toEqual({
      lost: 0,
      changed: 0,
      wrong: [0, broughtAgain, 0],
    });
  }

  async function logRowsBetween(table: string, above: string, upTo: string): Promise<number> {
    const answer = await system().control('/journal?after=0', undefined);
    const { entries } = answer as { entries: readonly JournalEntry[] }; // the sandbox's own answer
    return entries
      .filter(({ commitScn }) => BigInt(commitScn) > BigInt(above) && BigInt(commitScn) <= BigInt(upTo))
      .flatMap(({ changes }) => changes.filter((change) => change.table === table))
      .reduce((rows, { kind }) => rows + (kind === 'update' ? 2 : 1), 0);
  }
});

/** A rule of the control port that must have fired exactly once when the work is done. */
async function once(rule: object): Promise<{ mustHaveFired: () => Promise<void> }> {
  const { fault } = (await system().control('/oracle/fault', { ...rule, times: 1 })) as { fault: number };
  return {
    mustHaveFired: async () => {
      const { faults } = (await system().control('/oracle/faults', undefined)) as {
        faults: readonly { id: number; fired: number }[];
      };
      expect(faults.find(({ id }) => id === fault)?.fired).toBe(1);
    },
  };
}

test(
  'a connection that breaks in the middle of rows is replaced, and undo that a query of the tail lacks is asked for again',
  { timeout },
  async () => {
    const table = 'BROKEN_OFF';
    const task = await taskOver(system(), table, { rows: 2_500, parallelChunks: 1 }); // more than one round trip
    const inCopy = await once({ do: 'drop', call: 'fetch', matching: `"${table}" AS OF SCN` });
    await task.start();
    await task.until(
      'told',
      eventTells(/^HR\.BROKEN_OFF chunk 1: source-unreachable: fetching at Oracle .*NJS-5\d\d/),
      LONG_SECONDS,
    );
    await inCopy.mustHaveFired();
    await untilTailBegins(task);

    const object = await ask(
      `SELECT TO_CHAR(OBJECT_ID) FROM DBA_OBJECTS WHERE OWNER = 'HR' AND OBJECT_NAME = '${table}'`,
    );
    const mining = `DATA_OBJ# IN (${object})`;
    const inTail = await once({ do: 'drop', call: 'fetch', matching: mining });
    await updateAll(task); // more redo than one round trip brings
    await task.until('told', eventTells(/^source-unreachable: fetching at Oracle .*NJS-5\d\d/), LONG_SECONDS);
    await inTail.mustHaveFired();
    await task.until('it works again', eventTells(/^source: works again/), LONG_SECONDS);

    const undo = await once({ do: 'error', error: 1555, call: 'execute', matching: mining });
    await task.orders.change(5);
    await task.until(
      'told',
      eventTells(/^source-snapshot-too-old: querying V\$LOGMNR_CONTENTS .*ORA-01555/),
      LONG_SECONDS,
    );
    await undo.mustHaveFired();
    await mustBeExact(task);
  },
);

async function updateAll({ orders }: Task): Promise<void> {
  await using writer = await oracledb.getConnection(system().sandbox.oracle);
  await writer.execute(`UPDATE ${orders.table} SET AMOUNT = 1`);
  await writer.commit();
}

test('a service that the listener does not know for a while (ORA-12514) is waited for', { timeout }, async () => {
  const inTail = await taskOver(system(), 'NO_SERVICE_TAIL');
  await inTail.start();
  await untilTailBegins(inTail);
  await inTail.orders.change(5);
  await inTail.untilCaughtUp();

  const inCopy = await taskOver(system(), 'NO_SERVICE_COPY');
  const held = await copyHeldBack(inCopy, 'NO_SERVICE_COPY', 2);
  await system().control('/oracle/refuse', { on: true, error: 12_514 });
  await system().control('/oracle/drop', {});
  held.end();
  const shown = await Promise.all(
    [inCopy, inTail].map((task) =>
      task.until(
        'Retrying is shown',
        retryTells(/^logging in .*Service "ORCL" is not registered with the listener/),
        LONG_SECONDS,
      ),
    ),
  );
  await system().control('/oracle/refuse', { on: false });
  expect(shown.map(({ phase, retry }) => [phase, retry?.unit, retry?.budget])).toEqual([
    ['full', expect.stringMatching(/^HR\.NO_SERVICE_COPY chunk \d$/), 'connection'],
    ['incremental', 'source', 'connection'],
  ]);

  await untilTailBegins(inCopy);
  await Promise.all([mustBeExact(inCopy), mustBeExact(inTail)]);
});
