/** A worker as a process among others: signals, health, metrics, and what it never prints. */
import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { scriptArguments, start, type Program } from '../../demo/processes.ts';
import { freePort } from '../support/free-port.ts';
import { WORKER } from '../support/programs.ts';
import { eventually, exact, isAlive, sharedSystem } from '../support/whole-system.ts';

const system = sharedSystem();

/** One more worker, with these settings. */
async function another(
  name: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Program & { log(): string }> {
  const logFile = path.join(system().folder, `${name}.log`);
  const worker = start({ script: WORKER, environment: { ...system().environment, ...settings }, logFile });
  await worker.line(/worker ready/);
  return Object.assign(worker, { log: () => readFileSync(logFile, 'utf8') });
}

async function endedAfter(pid: number): Promise<number> {
  const startedAt = performance.now();
  await eventually('the process ends', () => !isAlive(pid), 20);
  return (performance.now() - startedAt) / 1000;
}

/** With the payloads of a history, which its JSON has in base 64. */
const plain = (value: unknown): string =>
  JSON.stringify(value, (key, part: unknown) =>
    key === 'data' && typeof part === 'string' ? Buffer.from(part, 'base64').toString('utf8') : part,
  );

const told = async (address: string, page: string): Promise<number | undefined> =>
  (await fetch(`http://${address}${page}`).catch(() => undefined))?.status;

describe('a worker', () => {
  test('that is told to end in the middle of a copy gives it back at once, and another goes on as if nothing had been', async () => {
    const health = `127.0.0.1:${await freePort()}`;
    await system().stopWorker();
    const first = await another('first', { REDOFLOW_HEALTH_ADDRESS: health });
    expect(await told(health, '/ready')).toBe(200);
    const task = await system().task({ rows: 1_500 });
    await system().control('/maxcompute/slow', { operation: 'block', milliseconds: 12_000 });
    await task.start();
    await task.until('the copy begins', ({ tables }) => tables[0]?.state === 'copying');
    await eventually('a block is on its way', async () => {
      const { raw } = await system()
        .temporal.client.workflow.getHandle(await task.copyWorkflowId())
        .describe();
      return (raw.pendingActivities ?? []).some(({ heartbeatDetails }) => heartbeatDetails);
    });
    process.kill(first.pid, 'SIGTERM');
    expect(await eventually('it is not ready any more', async () => (await told(health, '/ready')) !== 200)).toBe(true);
    expect(await endedAfter(first.pid)).toBeLessThan(10);
    expect(first.log()).toMatch(/"worker shutting down"/);
    await system().control('/maxcompute/slow', { operation: 'block', milliseconds: 0 });
    await system().startWorker();
    const status = await task.until('the tail begins', ({ position }) => position !== undefined);
    expect(status.tables[0]).toMatchObject({ attemptsLost: 0, state: 'synchronizing' });
    expect(status.events.filter(({ kind }) => kind === 'failure')).toEqual([]);
    expect(status.retry).toBeUndefined();
    await task.orders.change(20);
    expect(await task.compare(await task.untilCaughtUp())).toMatchObject(exact);
  });

  test('counts what its tasks do', async () => {
    const metrics = `127.0.0.1:${await freePort()}`;
    await system().stopWorker();
    await using counting = await another('counting', { REDOFLOW_METRICS_ADDRESS: metrics });
    const task = await system().task();
    await task.startAndFollow();
    await task.orders.change(10);
    const { tables } = await task.untilCaughtUp();
    const page = async (): Promise<string> => await (await fetch(`http://${metrics}/metrics`)).text();
    const valueOf = (text: string, name: string): number | undefined => {
      const line = text.split('\n').find((each) => each.startsWith(`${name}{`) && each.includes(`task="${task.name}"`));
      return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
    };
    const logRows = tables[0]?.logRows ?? 0;
    expect(logRows).toBeGreaterThan(0);
    await eventually(
      'the rows are counted',
      async () => (valueOf(await page(), 'redoflow_rows_tailed') ?? 0) >= logRows,
    );
    const text = await page();
    expect(valueOf(text, 'redoflow_rows_copied')).toBe(60);
    expect(valueOf(text, 'redoflow_bytes_sent')).toBeGreaterThan(60);
    expect(valueOf(text, 'redoflow_windows')).toBeGreaterThan(0);
    expect(valueOf(text, 'redoflow_latency_seconds')).toBeLessThan(60);
    expect(Math.abs((valueOf(text, 'redoflow_caught_up_timestamp_seconds') ?? 0) - Date.now() / 1000)).toBeLessThan(
      120,
    );
    expect(text).toMatch(/^redoflow_commits\{[^}]*outcome="done"/m);
    expect(counting.pid).toBeGreaterThan(0);
    await counting.kill();
  });
});

/** Each has a queue of its own. */
describe.concurrent('a worker of its own', () => {
  test.each<[string, string, readonly NodeJS.Signals[], number]>([
    ['with 0 at a signal', 'worker ready', ['SIGTERM'], 0],
    ['at once at a second signal', 'worker ready', ['SIGTERM', 'SIGINT'], 1],
    ['at once while it waits for Temporal', 'waiting for it', ['SIGINT'], 0],
  ])('ends %s', async (_how, line, signals, expected) => {
    const temporal = line === 'worker ready' ? {} : { TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` };
    const REDOFLOW_TASK_QUEUE = system().temporal.unique('signals');
    const child = spawn(process.execPath, scriptArguments(WORKER), {
      env: { ...process.env, ...system().environment, REDOFLOW_TASK_QUEUE, ...temporal },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const code = new Promise<number | null>((resolve) => child.once('exit', resolve));
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    await eventually(line, () => out.includes(line));
    for (const signal of signals) child.kill(signal);
    expect(await code).toBe(expected);
  });

  test('whose login is refused tells the secret in no log, no answer and no history', async () => {
    const password = 'Tiger-on-the-loose-7';
    const keySecret = 'KeySecret0123456789abcdef';
    const connections = path.join(system().folder, 'refused.yaml');
    copyFileSync(system().connections, connections);
    const taskQueue = system().temporal.unique('refused');
    const refused = {
      REDOFLOW_CONNECTIONS: connections,
      REDOFLOW_TASK_QUEUE: taskQueue,
      REDOFLOW_LOG_LEVEL: 'trace',
      E2E_PASSWORD: password,
      E2E_KEY_SECRET: keySecret,
    };
    await using worker = await another('refused', refused);
    const { redoflow } = system();
    const tests = await Promise.all(
      ['hr', 'warehouse'].map((name) => redoflow.ask(taskQueue, { want: 'test-connection', name })),
    );
    expect(tests.map((each) => !each.answers && each.kindOfFailure)).toEqual([
      'source-login-refused',
      'sink-login-refused',
    ]);
    const task = await system().task();
    const written = { ...task.written, name: system().temporal.unique('refused'), taskQueue };
    await redoflow.start(written);
    const status = await eventually('the precheck has failed', async () => {
      const view = await redoflow.view(written.name);
      return view.kind === 'answers' && view.status.state === 'PrecheckFailed' && view.status;
    });
    const report = await redoflow.ask(taskQueue, { want: 'check', written });
    expect(report.results).toMatchObject([{ id: 'source-reachable', verdict: 'failed' }]);
    const grants = await redoflow.ask(taskQueue, { want: 'grants', written });
    expect(grants.unmeasured).toMatch(/login/i);
    const { client } = system().temporal;
    const history = await client.workflow.getHandle(`redoflow/${written.name}`).fetchHistory();
    const said = [
      worker.log(),
      JSON.stringify(tests),
      JSON.stringify(status),
      JSON.stringify([grants, report]),
      plain(history),
    ];
    expect(plain(history)).toContain('source-reachable');
    for (const text of said) {
      expect(text.length).toBeGreaterThan(100);
      expect(text).not.toContain(password);
      expect(text).not.toContain(keySecret);
    }
  });
});
