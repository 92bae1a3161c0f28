import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { freePort } from '../../support/free-port.ts';

const folder = mkdtempSync(join(tmpdir(), 'redoflow-cli-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const main = join(process.cwd(), 'client', 'main.ts');
const tsx = join(process.cwd(), 'node_modules', 'tsx', 'dist', 'esm', 'index.mjs');

/** Runs the command line in an empty folder, as a person would, against no Temporal. */
async function redoflow(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
    ...environment,
  };
  const child = spawn(process.execPath, ['--import', tsx, main, ...args], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, err };
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

const right = file('right.yaml', 'name: a\ntitle: A title\nsource: hr\ndestination: w\ntables:\n  - table: HR.X\n');

const wrong = file(
  'wrong.yaml',
  'name: a/b\nsource: hr\ndestination: w\ntabels: []\nretry:\n  otherIssuesMinutes: 0\n',
);

describe('the command line', { timeout: 60_000 }, () => {
  test('refuses a wrong file with exit code 2 and one list of errors, and writes nothing', async () => {
    const before = readdirSync(folder);
    const { code, out, err } = await redoflow(['start', wrong]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.split('\n').filter((line) => /^\S|^ {2}\S/.test(line))).toEqual([
      'wrong.yaml: 4 errors',
      '  1:1  name  BAD_FORMAT',
      '  1:1  tables  MISSING',
      '  4:1  tabels  UNKNOWN_KEY',
      '  6:3  retry.otherIssuesMinutes  OUT_OF_RANGE',
    ]);
    expect(err).toContain('Did you mean tables?');
    expect(readdirSync(folder)).toEqual(before);
  });

  test('prints the start request as it will be sent, without asking Temporal', async () => {
    const { code, out } = await redoflow(['start', right, '--print']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      workflowType: 'syncTask',
      taskQueue: 'redoflow',
      workflowId: 'redoflow/a',
      args: [{ name: 'a', title: 'A title', source: 'hr', destination: 'w', tables: [{ table: 'HR.X' }] }],
      memo: { title: 'A title' },
      staticSummary: 'A title',
    });
  });

  test('says in one sentence that Temporal does not answer', async () => {
    const { code, err } = await redoflow(['status', 'a']);
    expect(code).toBe(1);
    expect(err.trim().split('\n')).toEqual([
      expect.stringMatching(/^Temporal does not answer at 127\.0\.0\.1:\d+ .*set TEMPORAL_ADDRESS\.$/),
    ]);
  });

  test.each([
    ['an unknown command', ['strat', 'x'], 'Did you mean start?'],
    ['a missing argument', ['pause'], "missing required argument 'name'"],
  ])('refuses %s with exit code 2', async (_what, args, message) => {
    const { code, err } = await redoflow(args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  test('makes a task, checks it without Temporal, and makes nothing twice', async () => {
    const made = await redoflow(['init', 'fresh']);
    expect(made).toMatchObject({ code: 0, err: '' });
    const checked = await redoflow(['check', 'fresh/task.yaml', '--local']);
    expect(checked).toMatchObject({ code: 0, err: '' });
    expect(checked.out).toContain('staff_base');
    expect(checked.out).toMatch(/Only the file was checked: .*--local.*\.\n$/);
    expect((await redoflow(['init', 'fresh'])).code).toBe(2);
    const { code, err } = await redoflow(['check', wrong]);
    expect({ code, first: err.split('\n')[0] }).toEqual({ code: 2, first: 'wrong.yaml: 4 errors' });
  });

  test('keeps the verdict of the file when Temporal does not answer', async () => {
    const { code, out, err } = await redoflow(['check', right]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/Only the file was checked: Temporal does not answer at .*\.\n$/);
  });

  test('says in the help of check what asks whom', async () => {
    const { code, out } = await redoflow(['check', '--help']);
    expect(code).toBe(0);
    expect(out).toContain('With --local only the file is read.');
  });

  test('refuses a misspelt setting with exit code 2', async () => {
    const { code, err } = await redoflow(['list'], { REDOFLOW_TASKQUEUE: 'x' });
    expect(code).toBe(2);
    expect(err).toContain('Did you mean REDOFLOW_TASK_QUEUE?');
  });
});
