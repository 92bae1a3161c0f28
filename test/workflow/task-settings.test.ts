/** Settings of a running task on a real Temporal server: in force at once, also while retrying, and in every later run. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { RedoflowClient } from '../../client/index.ts';
import { scriptArguments } from '../../demo/processes.ts';
import { Failure } from '../../model/failure.ts';
import { scn } from '../../model/scn.ts';
import { COMMAND_LINE } from '../support/programs.ts';
import { logErrors } from '../support/small-sides.ts';
import { startSmallTask, type SmallTask } from '../support/small-task.ts';
import { devServerWorld, sharedWorld, timeSkippingWorld } from '../support/temporal.ts';

const world = sharedWorld(devServerWorld);
const skipping = sharedWorld(timeSkippingWorld);
const MINUTE = 60_000;

const operatorEvents = async (task: SmallTask): Promise<readonly string[]> =>
  (await task.status()).events.filter(({ kind }) => kind === 'operator').map(({ text }) => text);

test('a throttle slows the tail down at once and in later runs, and taken away lets it catch up', async () => {
  // Without a throttle, one window takes all of the rows.
  await using task = await startSmallTask(world(), { rollOverEvents: 60, flushRows: 200, source: { headMax: 1_000 } });
  const redoflow = new RedoflowClient(world().client);
  const name = task.workflowId.slice('redoflow/'.length);
  const { run } = await task.until(({ phase }) => phase === 'incremental');

  expect(await redoflow.setThrottle(name, { incremental: { rowsPerSecond: 2 } })).toEqual({
    incremental: { rowsPerSecond: 2 },
  });
  Object.assign(task.source, { headMax: 2_500, head: 2_500 }); // 150 rows at once
  const later = await task.until((status) => status.run.number > run.number && status.windowsDone > 1, 90);
  expect(later.position?.scn).not.toBe('2500');
  expect(task.sink.rowsOf('t_log').length).toBeLessThan(100);
  expect((await redoflow.present(name)).incremental.throttle).toEqual({ rowsPerSecond: 2 });

  expect(await redoflow.setThrottle(name, { incremental: null })).toEqual({});
  expect(await redoflow.setFlush(name, { flushSeconds: 2 })).toEqual({
    flushSeconds: 2,
    flushRows: 200,
    flushMegabytes: 32,
  });
  const caughtUp = await task.until(({ position }) => position?.scn === '2500', 20);
  expect(logErrors(task.sink.rowsOf('t_log'), scn(caughtUp.tables[0]?.snapshotScn ?? ''), scn('2500'))).toEqual([]);
  expect(await operatorEvents(task)).toEqual([
    'set throttle: incremental rowsPerSecond 2',
    'set throttle: incremental none',
    'set flush: flushSeconds 2',
  ]);
}, 150_000);

test('what a file would not be allowed to say is refused in the same words, and changes nothing', async () => {
  await using task = await startSmallTask(world(), { source: { headMax: 1_000 } });
  const redoflow = new RedoflowClient(world().client);
  const name = task.workflowId.slice('redoflow/'.length);
  await task.until(({ phase }) => phase === 'incremental');
  const before = await redoflow.present(name);
  await expect(redoflow.setRetryWindows(name, { otherIssuesMinutes: 0 })).rejects.toThrow(
    'a whole number of minutes from 1 to 1,440',
  );
  await expect(redoflow.setRetryWindows(name, { failedConnectionsMinutes: 10 })).rejects.toThrow(
    'Lower otherIssuesMinutes, or raise failedConnectionsMinutes.',
  );
  await expect(redoflow.setThrottle(name, {})).rejects.toThrow('Give at least one of full, incremental');
  expect(await redoflow.present(name)).toEqual(before);
  expect(await operatorEvents(task)).toEqual([]);
});

/** The command line, as a person uses it. */
async function redoflow(...args: readonly string[]) {
  const child = spawn(process.execPath, [...scriptArguments(COMMAND_LINE), ...args], {
    env: { ...process.env, TEMPORAL_ADDRESS: world().address },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
}

test('the commands set, export and apply change a running task, and say what needs a new one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'redoflow-apply-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  await using task = await startSmallTask(world(), { source: { headMax: 1_000 } });
  const name = task.workflowId.slice('redoflow/'.length);
  await task.until(({ phase }) => phase === 'incremental');
  const set = await redoflow('set', name, 'retry.otherIssuesMinutes=20', 'full.throttle.rowsPerSecond=500');
  expect(set).toMatchObject({ code: 0, err: '' });
  expect(set.out).toContain('retry in force: failedConnectionsMinutes 720, otherIssuesMinutes 20');
  expect(set.out).toContain('throttle in force: full rowsPerSecond 500');
  const refused = await redoflow('set', name, 'retry.otherIssuesMinutes=30', 'destination=other');
  expect({ code: refused.code, out: refused.out }).toEqual({ code: 1, out: '' });
  expect(refused.err).toContain('A running task keeps destination');

  const exported = await redoflow('export', name);
  expect(exported.out).toContain('otherIssuesMinutes: 20');
  const file = join(folder, 'task.yaml');
  writeFileSync(file, exported.out);
  const same = await redoflow('apply', file);
  expect(same).toEqual({ code: 0, out: `${name}: nothing differs from the running task\n`, err: '' });
  const more = exported.out.replace('otherIssuesMinutes: 20', 'otherIssuesMinutes: 25');
  writeFileSync(file, more.replace('tables:', 'tables:\n  - table: APP.MORE'));
  const looked = await redoflow('apply', file, '--dry-run');
  expect(looked.code).toBe(1);
  expect(looked.out).toMatch(/retry\.otherIssuesMinutes +20 +25 +while it runs/);
  expect((await redoflow('export', name)).out).toContain('otherIssuesMinutes: 20');
  const applied = await redoflow('apply', file);
  expect(applied.code).toBe(1);
  expect(applied.err).toContain(`tables ${name} add 'APP.MORE'`);
  expect((await redoflow('export', name)).out).toContain('otherIssuesMinutes: 25');
}, 150_000);

const setWindows = (task: SmallTask, wish: object): Promise<unknown> =>
  skipping()
    .client.workflow.getHandle(task.workflowId)
    .executeUpdate('setRetryWindows', { args: [wish] });

test(
  'a window that is set while a fault is retried ends the retries at its own end',
  { timeout: 180_000 },
  async () => {
    await using task = await startSmallTask(skipping(), { timeSkipping: true, source: { headMax: 1_000 } });
    await task.until(({ phase }) => phase === 'incremental');
    task.source.down = true;
    const beganAt = await skipping().currentTimeMs();
    await task.until(({ state }) => state === 'Retrying', 30);
    await skipping().sleep(5 * MINUTE);
    expect(await setWindows(task, { failedConnectionsMinutes: 30 })).toEqual({
      failedConnectionsMinutes: 30,
      otherIssuesMinutes: 10,
    });
    expect((await task.status()).retry).toMatchObject({ budget: 'connection', windowSeconds: 1_800 });
    await skipping().sleep(20 * MINUTE);
    await setWindows(task, { failedConnectionsMinutes: 60 });
    await skipping().sleep(30 * MINUTE);
    expect((await task.status()).state).toBe('Retrying');
    await skipping().sleep(6 * MINUTE);
    const failed = await task.until(({ state }) => state === 'Failed');
    const minutes = (Date.parse(failed.failure?.at ?? '') - beganAt) / MINUTE;
    expect(minutes).toBeGreaterThan(59.9);
    expect(minutes).toBeLessThan(60.5);
  },
);

test('a copy that is tried again goes by the new window, too', { timeout: 180_000 }, async () => {
  await using task = await startSmallTask(skipping(), { timeSkipping: true });
  Object.assign(task.source, {
    planChunks: () => Promise.reject(new Failure('source-rejected', 'ORA-00942: table or view does not exist')),
  });
  await task.until(({ retry }) => retry?.unit.startsWith('APP.T') === true, 30);
  const beganAt = await skipping().currentTimeMs();
  expect(await setWindows(task, { otherIssuesMinutes: 2 })).toMatchObject({ otherIssuesMinutes: 2 });
  expect((await task.status()).retry).toMatchObject({ budget: 'other', windowSeconds: 120 });
  await skipping().sleep(3 * MINUTE);
  const failed = await task.until(({ state }) => state === 'Failed');
  const minutes = (Date.parse(failed.failure?.at ?? '') - beganAt) / MINUTE;
  expect(minutes).toBeLessThan(2.5);
});
