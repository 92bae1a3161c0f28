/** A Temporal server that is away, a task that is started many times at once, a worker that is full of copies (docs/fault-matrix.md, 71–79). */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RedoflowClient } from '../../client/index.ts';
import { Refusal } from '../../client/refusal.ts';
import type { TaskStatus } from '../../model/progress.ts';
import { scn } from '../../model/scn.ts';
import { parseSettings } from '../../model/settings.ts';
import { createLog } from '../../worker/log.ts';
import { Scrubber } from '../../worker/scrubber.ts';
import { registerSearchAttributes } from '../../worker/search-attributes.ts';
import { createWorkers } from '../../worker/workers.ts';
import { connectTo, TemporalProcess } from '../prove/temporal-process.ts';
import { logErrors, SmallSink, SmallSource, T } from '../support/small-sides.ts';
import { startSmallTask } from '../support/small-task.ts';

const STARTS = 50;
/** Longer than the six seconds after which an attempt without a sign of life is given up. */
const AWAY_MS = 6_500;

let folder: string;
let server: TemporalProcess;
let client: Client;
let connection: NativeConnection;
const unique = (name: string): string => `${name}-${randomUUID()}`;

beforeAll(async () => {
  // A server that is away is told by a line per call, else.
  const logging = { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} };
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging } });
  folder = await mkdtemp(path.join(os.tmpdir(), 'redoflow-away-'));
  server = await TemporalProcess.start(folder);
  connection = await NativeConnection.connect({ address: server.address });
  client = new Client({ connection: await connectTo(server.address) });
}, 180_000); // the first run on a machine downloads the server

afterAll(async () => {
  await client.connection.close();
  await connection.close();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test('a task that is started fifty times at once is one task, and the others are told that it runs', async () => {
  const name = unique('once');
  const redoflow = new RedoflowClient(client);
  const written = { name, source: 'hr', destination: 'w', taskQueue: unique('nobody'), tables: [{ table: 'HR.X' }] };
  const answers = await Promise.allSettled(Array.from({ length: STARTS }, () => redoflow.start(written)));
  const started = answers.filter(({ status }) => status === 'fulfilled');
  expect(started).toHaveLength(1);
  const refusals = answers.flatMap((answer): unknown[] => (answer.status === 'rejected' ? [answer.reason] : []));
  expect(refusals.every((refusal) => refusal instanceof Refusal && refusal.exitCode === 1)).toBe(true);
  expect(new Set(refusals.map(String))).toEqual(
    new Set([
      expect.stringMatching(`^Refusal: The task ${name} is already running; see \`.*redoflow status ${name}\`\\.$`),
    ]),
  );
  await client.workflow.getHandle(`redoflow/${name}`).terminate('test is over');
});

test('a server that is gone while a commit runs costs its report: the attempt is lost, and every row is there once', async () => {
  await using task = await startSmallTask(
    { client, connection, unique },
    { source: { advancePerCall: 25, headMax: 1_300 } },
  );
  await task.until(({ position }) => position?.scn === '1300');
  const { sink, source } = task;
  const before = sink.commits.length;
  const begun = new Promise<void>((resolve) => {
    const commit = sink.commitUpload.bind(sink);
    sink.commitUpload = async (target, id) => {
      resolve();
      await commit(target, id);
    };
  });
  sink.commitMs = 1_000;
  source.headMax = 1_500;
  await begun;
  const away = server.killAndRestart(AWAY_MS);
  await wait(AWAY_MS - 1_000);
  expect(sink.commits.length).toBe(before + 1); // what ran has ended, and nothing else begins
  await away;
  sink.commitMs = 0;
  const status = await task.until(({ position }) => position?.scn === '1500', 60);
  expect(status.events.map(({ text }) => text)).toContainEqual(expect.stringMatching(/^attempt-lost: /));
  expect(logErrors(sink.rowsOf('t_log'), scn(status.tables[0]?.snapshotScn ?? ''), scn('1500'))).toEqual([]);
  expect(sink.rowsOf('t_base')).toHaveLength(15);
});

test('a copy that takes every place for chunks leaves the tail of another task alone', async () => {
  const quick = {
    source: Object.assign(new SmallSource(), { advancePerCall: 25, headMax: 1_300 }),
    sink: new SmallSink(),
  };
  const slow = { source: new SmallSource(), sink: new SmallSink() };
  let [begun, release] = [0, (): void => undefined];
  const released = new Promise<void>((resolve) => (release = resolve));
  const read = slow.source.readChunk.bind(slow.source);
  slow.source.readChunk = async function* (table, chunk) {
    begun += 1;
    await released;
    yield* read(table, chunk);
  };
  const taskQueue = unique('full');
  const parsed = parseSettings({
    REDOFLOW_CONNECTIONS: 'none',
    REDOFLOW_TASK_QUEUE: taskQueue,
    REDOFLOW_PARALLEL_CHUNKS: '2',
    REDOFLOW_IDLE_SECONDS: '1',
    REDOFLOW_COMMIT_QUIET_SECONDS: '1',
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const scrubber = new Scrubber();
  const log = createLog('silent', scrubber);
  const sideOf = (name: string) => (name === 'quick' ? quick : slow);
  const sides = {
    source: (name: string) => sideOf(name).source,
    sink: (name: string) => sideOf(name).sink,
    connections: () => [],
    contact: () => {
      throw new Error('there is no contact');
    },
  };
  await registerSearchAttributes(connection, 'default');
  const workers = await createWorkers({ connection, settings: parsed.settings, sides, log, scrubber });
  const running = Promise.all(workers.map((worker) => worker.run()));
  const redoflow = new RedoflowClient(client);
  const started = async (side: string, synchronize: readonly string[]): Promise<() => Promise<TaskStatus>> => {
    const name = unique(side);
    const tables = [{ table: T }];
    const incremental = { flushSeconds: 1, flushRows: 5, partition: [] };
    await redoflow.start({ name, source: side, destination: side, taskQueue, tables, synchronize, incremental });
    return () => redoflow.status(name);
  };
  const position = async (status: () => Promise<TaskStatus>): Promise<string | undefined> =>
    (await status().catch(() => undefined))?.position?.scn;
  const within = { timeout: 30_000 };

  const quickStatus = await started('quick', ['schema', 'full', 'incremental']);
  await expect.poll(() => position(quickStatus), within).toBe('1300');
  const slowStatus = await started('slow', ['schema', 'full']);
  await expect.poll(() => begun, within).toBe(2);
  quick.source.headMax = 1_500;
  await expect.poll(() => position(quickStatus), within).toBe('1500');
  expect((await slowStatus()).phase).toBe('full');
  expect(begun).toBe(2); // its third chunk waits for a place
  release();
  await expect.poll(() => slow.sink.rowsOf('t_base').length, within).toBe(15);
  for (const worker of workers) worker.shutdown();
  await running;
});
