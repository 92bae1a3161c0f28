import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/start.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the sandbox in this process', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await startSandbox();
  });

  afterAll(async () => sandbox[Symbol.asyncDispose]());

  const connect = async (): Promise<oracledb.Connection> => oracledb.getConnection({ ...sandbox.oracle });
  const post = async (path: string, body = {}): Promise<number> => {
    return (await fetch(sandbox.control + path, { method: 'POST', body: JSON.stringify(body) })).status;
  };

  test('the journal of the control port tells what was committed over the wire', async () => {
    const connection = await connect();
    await connection.execute('create table colors (id number(5) primary key, name varchar2(20))');
    await connection.executeMany('insert into colors values (:1, :2)', [
      [1, 'red'],
      [2, null],
    ]);
    await connection.commit();
    await connection.execute("insert into colors values (3, 'never')");
    await connection.rollback();
    await connection.close();
    const journal: unknown = await (await fetch(`${sandbox.control}/journal?after=0`)).json();
    expect(journal).toMatchObject({
      entries: [
        {
          number: 1,
          changes: [
            { table: 'HR.COLORS', kind: 'insert', before: null, after: { ID: '1', NAME: 'red' } },
            { table: 'HR.COLORS', kind: 'insert', before: null, after: { ID: '2', NAME: null } },
          ],
        },
      ],
    });
  });

  test('the control port refuses, drops, and lets go again', async () => {
    const connection = await connect();
    expect(await post('/oracle/refuse', { on: true })).toBe(200);
    expect(await post('/oracle/drop')).toBe(200);
    await expect(connection.ping()).rejects.toThrow(/NJS-/);
    await expect(connect()).rejects.toThrow(/NJS-/);
    expect(await post('/oracle/refuse', { on: false })).toBe(200);
    await (await connect()).close();
  });

  test('MaxCompute answers at its endpoint, and not while it refuses', async () => {
    const answered = async (): Promise<string | null> =>
      (await fetch(sandbox.maxcompute.endpoint)).headers.get('server');
    expect(await answered()).toBe('MaxCompute simulator');
    await post('/maxcompute/refuse', { on: true });
    await expect(answered()).rejects.toThrow();
    await post('/maxcompute/refuse', { on: false });
    expect(await answered()).toBe('MaxCompute simulator');
  });
});

describe('the sandbox as a command', () => {
  const run = (...args: readonly string[]) => {
    return spawn(process.execPath, ['--import', 'tsx', 'sandbox/main.ts', ...args], { cwd: root });
  };

  test.each(['SIGTERM', 'SIGINT'] as const)('prints one line when ready and ends cleanly on %s', async (signal) => {
    const child = run('--oracle-port', '0', '--seed', 'empty', '--profile', '19c');
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await expect.poll(() => printed, { timeout: 30_000 }).toContain('\n');
    const loopback: unknown = expect.stringMatching(/^127\.0\.0\.1:\d+\/\w+$/);
    expect(JSON.parse(printed)).toMatchObject({ oracle: { connectString: loopback } });
    expect(Object.keys(JSON.parse(printed) as object)).toEqual(['oracle', 'maxcompute', 'control']);
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(printed.match(/\n/g)).toHaveLength(1);
  });

  test.each([
    ['--seed', 'full', 'full is not one of demo, empty'],
    ['--oracle-port', '70000', '70000 is not a port'],
    ['--port', '1', '--port'],
  ])('%s %s is refused with its usage', async (option, value, complaint) => {
    const child = run(option, value);
    let complained = '';
    child.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()));
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(complained).toContain(complaint);
    expect(complained).toContain('--maxcompute-port');
  });
});
