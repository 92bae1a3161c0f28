/** MaxCompute refuses, asks to wait, loses answers and forgets sessions: in the full copy, and again in the tail. */
import { describe, expect, test } from 'vitest';
import type { DoorOperation, InjectedFault, Met, Refusal } from '../support/door-faults.ts';
import {
  destinationName,
  eventTells,
  loadingOf,
  logOf,
  LONG_SECONDS,
  retryTells,
  taskOver,
  untilTailBegins,
  untilWell,
} from '../support/fault-tasks.ts';
import { compareTables } from '../../client/verify.ts';
import { MaxComputeSink } from '../../maxcompute/sink.ts';
import { eventually, exact, sharedSystem, type Task } from '../support/whole-system.ts';

const system = sharedSystem();
const timeout = 400_000; // tasks run side by side, perhaps on a busy machine

const unavailable: Refusal = { status: 503, code: 'ServiceUnavailable' };
const badGateway: Refusal = { status: 502, code: '' };
const gatewayTimeout: Refusal = { status: 504, code: '' };
const throttled: Refusal = { status: 429, code: 'FlowExceeded', retryAfterSeconds: 2 };

async function mustBeExact(task: Task): Promise<void> {
  await task.orders.change(5);
  const comparison = await task.compare(await untilWell(task));
  expect(comparison).toMatchObject(exact);
  expect(comparison.logRows).toBeGreaterThan(20);
}

const firstMet = (what: string, fault: InjectedFault): Promise<Met> =>
  eventually(what, () => fault.met[0], LONG_SECONDS);

describe.concurrent('an answer that refuses', () => {
  test.each<{ what: string; table: string; operation: DoorOperation; action: Refusal; words: RegExp }>([
    {
      what: '503 to a new session',
      ...{ table: 'NO_SESSION', operation: 'create', action: unavailable, words: /^opening an upload to .*HTTP 503/ },
    },
    {
      what: '502 to a block',
      ...{ table: 'NO_BLOCK', operation: 'block', action: badGateway, words: /^sending block 0 to .*HTTP 502/ },
    },
    {
      what: '504 to a commit',
      ...{ table: 'NO_COMMIT', operation: 'commit', action: gatewayTimeout, words: /^committing an upload .*HTTP 504/ },
    },
    {
      what: '429 to a block',
      ...{ table: 'SLOWER', operation: 'block', action: throttled, words: /^sending block 0 to .*Flow.*HTTP 429/ },
    },
  ])(
    '$what is retried and shown, and both phases end exactly',
    { timeout },
    async ({ table, operation, action, words }) => {
      const { faults } = system().door;
      const task = await taskOver(system(), table);
      const inCopy = faults.inject({ operation, table: loadingOf(table), action });
      await task.start();
      await task.until('the copy tells of it', retryTells(words), LONG_SECONDS);
      inCopy.end();
      const copied = await untilTailBegins(task);
      expect(copied).toSatisfy(eventTells(/^HR\.\w+ .*chunk \d: works again/));

      const inTail = faults.inject({ operation, table: logOf(table), action });
      await task.orders.change(5);
      const { retry } = await task.until('the tail tells of it', retryTells(words), LONG_SECONDS);
      inTail.end();
      expect(retry).toMatchObject({ budget: 'connection' });
      if (action.retryAfterSeconds !== undefined) mustHaveWaited(inTail.met, action.retryAfterSeconds);
      await task.until('the tail works again', eventTells(/^(source|commit of window \d+): works again/), LONG_SECONDS);
      await mustBeExact(task);
    },
  );

  /** Within one attempt; the next one begins when the workflow says. */
  function mustHaveWaited(met: readonly Met[], seconds: number): void {
    const pauses = met.slice(1, 5).map(({ at }, index) => at - (met[index]?.at ?? 0));
    expect(pauses).toHaveLength(4);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(seconds * 1_000 - 10);
  }
});

test.concurrent(
  'a table that somebody drops stops the task, and is not made anew; put back, the task goes on, and a copy anew makes it whole',
  { timeout },
  async () => {
    await using sink = new MaxComputeSink(system().sandbox.maxcompute);
    const task = await taskOver(system(), 'DROPPED', { rows: 60 });
    await task.start();
    await untilTailBegins(task);
    await task.orders.change(5);
    await untilWell(task);
    const log = await sink.findTable(logOf('DROPPED'));
    if (!log) throw new Error('there is no log');
    await sink.dropTable(log.name);
    await task.orders.change(5);
    const { failure } = await task.until('it has failed', ({ state }) => state === 'Failed', LONG_SECONDS);
    expect(failure).toMatchObject({ kind: 'sink-table-changed' });
    expect(failure?.message).toMatch(/MaxCompute table dropped_log: (?:NoSuchTable|ODPS-0130131)/);
    expect(failure?.sentence).toMatch(/Put it back as it was, then `recover`/);
    expect(await sink.findTable(log.name)).toBeUndefined();

    await sink.createTable(log);
    await system().redoflow.recover(task.name);
    await untilWell(task);
    await system().redoflow.resyncTable(task.name, task.orders.table);
    await task.until('it is copied anew', eventTells(/the old pair is kept as/), LONG_SECONDS);
    await task.until('it has joined', ({ tables: [table] }) => table?.state === 'synchronizing', LONG_SECONDS);
    await task.orders.change(5);
    const onProgress = (): void => undefined;
    const sides = { client: system().temporal.client, redoflow: system().redoflow, task: task.name, onProgress };
    const { answers } = await compareTables(sides);
    expect(answers).toMatchObject([{ kind: 'compared', missing: 0, extra: 0, changed: 0, doubled: 0 }]);
  },
);

describe.concurrent('an upload session that expires', () => {
  test(
    'prepared, and not committed: nobody asks for its commit, and its rows are written again',
    { timeout },
    async () => {
      const table = 'EXPIRED_PREPARED';
      const task = await taskOver(system(), table);
      const inCopy = await expire(table, 'status', () => task.start(), loadingOf(table));
      await task.until(
        'the copy tells of it',
        eventTells(/session of chunk \d+ is gone.* copy starts again/),
        LONG_SECONDS,
      );
      await untilTailBegins(task);

      const inTail = await expire(table, 'status', () => task.orders.change(5), logOf(table));
      await task.until('the tail tells of it', eventTells(/^window \d+: a session is gone;.* is read/), LONG_SECONDS);
      await mustBeExact(task);
      expect(system().door.commits.filter(({ session }) => [inCopy, inTail].includes(session))).toEqual([]);
    },
  );

  test('after its commit was done, and before that was heard: its rows are there once', { timeout }, async () => {
    const table = 'EXPIRED_COMMITTED';
    const task = await taskOver(system(), table);
    await expire(table, 'commit', () => task.start(), loadingOf(table));
    await task.until(
      'the copy tells of it',
      eventTells(/session of chunk \d+ is gone.* copy starts again/),
      LONG_SECONDS,
    );
    await untilTailBegins(task);

    await expire(table, 'commit', () => task.orders.change(5), logOf(table));
    await task.until('the tail tells of it', eventTells(/^window \d+: a session is gone;.* is read/), LONG_SECONDS);
    await mustBeExact(task);
  });

  /** Holds the first such request (of a commit: its answer) until its session has expired. Answers the session. */
  async function expire(table: string, operation: 'status' | 'commit', begin: () => Promise<void>, part: string) {
    const { faults, commits } = system().door;
    const action = operation === 'commit' ? 'hold-answer' : 'hold';
    const held = faults.inject({ operation, table: part, action });
    await begin();
    const { session = '' } = await firstMet(`${destinationName(table)}: ${operation}`, held);
    if (operation === 'commit')
      await eventually('the commit is done', () =>
        commits.some((one) => one.session === session && one.answer === 200),
      );
    await system().control('/maxcompute/expire-session', { id: session });
    held.end();
    return session;
  }
});

/** In each phase one commit whose answer is lost, and one that arrives twice. */
async function loseCommits(table: string, secondAnswer: number): Promise<void> {
  const { faults, commits } = system().door;
  const lost = { operation: 'commit', action: 'lose', times: 1 } as const;
  const twice = { operation: 'commit', action: 'repeat', times: 1 } as const;
  const task = await taskOver(system(), table);
  faults.inject({ ...lost, table: loadingOf(table) });
  faults.inject({ ...twice, table: loadingOf(table) });
  await task.start();
  await untilTailBegins(task);
  const inCopy = /no good answer came to the commit of chunk \d+; .* it is done/;
  await task.until('the copy tells of it', eventTells(inCopy), LONG_SECONDS);

  const inTail = faults.inject({ ...lost, table: logOf(table) });
  await task.orders.change(5);
  await firstMet('a commit of the tail', inTail);
  const told = /^window \d+: no good answer came to a commit; .* it is done/;
  await task.until('the tail tells of it', eventTells(told), LONG_SECONDS);
  faults.inject({ ...twice, table: logOf(table) });
  await mustBeExact(task);

  const answers = (part: string) => commits.filter((one) => one.table.includes(part)).map(({ answer }) => answer);
  // The service answered 200 to the one that was lost; of the one that arrived twice, the client hears the second answer.
  expect(answers(loadingOf(table)).toSorted()).toEqual([200, 200, secondAnswer]);
  expect(answers(logOf(table)).slice(0, 3)).toEqual([200, 200, secondAnswer]);
}

describe('a commit whose answer is lost, and one that arrives twice', () => {
  test.concurrent('are done once and told of where a second commit is answered 200', { timeout }, async () => {
    await loseCommits('LOST_OK', 200);
  });

  test('are done once and told of where a second commit is refused', { timeout }, async () => {
    await system().control('/maxcompute/commit-personality', { again: 'conflict' });
    await loseCommits('LOST_CONFLICT', 409);
  });
});
