/** Wrong files and wrong arguments: everything is told at once, nothing is started, and no secret is repeated. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { SYNC_TASK } from '../../workflows/messages.ts';
import { run, WORKER, type Ended } from '../support/programs.ts';
import { sharedSystem } from '../support/whole-system.ts';

const system = sharedSystem();
const SECRET = 'hunter2-literal';

/** A worker of its own queue, with these settings. */
async function startedWith(settings: Readonly<Record<string, string>>): Promise<Ended & { readonly polled: boolean }> {
  const queue = system().temporal.unique('bad');
  const environment = { ...system().environment, REDOFLOW_TASK_QUEUE: queue, ...settings };
  const ended = await run(WORKER, [], environment).ended;
  return { ...ended, polled: await system().redoflow.isPolled(queue) };
}

function file(name: string, content: object): string {
  const written = path.join(system().folder, name);
  writeFileSync(written, stringify(content));
  return written;
}

describe.concurrent('a worker', () => {
  test('refuses wrong connections with every error at once, and repeats no secret', async () => {
    const connections = file('wrong-connections.yaml', {
      connections: {
        hr: { type: 'oracle', host: 'db.example.com:1521', service: 'X', sid: 'Y', user: 'u', password: SECRET },
        w: { type: 'maxcompute', endpoint: 'http://example.com', project: 'p', accessKeyId: 'a', accessKeySecret: 7 },
        x: { type: 'oracel' },
      },
    });
    const { code, out, err, polled } = await startedWith({ REDOFLOW_CONNECTIONS: connections });
    expect({ code, out, polled }).toEqual({ code: 2, out: '', polled: false });
    const errors = err.split('\n').filter((line) => /^ {2}\S/.test(line));
    expect(errors.toSorted()).toEqual([
      '  connections.hr  CONFLICT',
      '  connections.hr.host  BAD_FORMAT',
      '  connections.hr.password  LITERAL_SECRET',
      '  connections.w.accessKeySecret  LITERAL_SECRET',
      '  connections.w.endpoint  BAD_FORMAT',
      expect.stringMatching(/^ {2}connections\.x(\.type)? {2}NOT_ALLOWED$/),
    ]);
    expect(err.match(/^ {6}rule: {2}\S/gm)).toHaveLength(errors.length);
    expect(err.match(/^ {6}fix: {3}\S/gm)).toHaveLength(errors.length);
    expect(out + err).not.toContain(SECRET);
    expect(err).not.toMatch(/\n\s+at /);
  });

  test.each([
    ['a file that is not there', { REDOFLOW_CONNECTIONS: './nowhere.yaml' }, 'ENOENT'],
    ['a misspelt setting', { REDOFLOW_COMMIT_QUIET_SECOND: '2' }, 'Did you mean REDOFLOW_COMMIT_QUIET_SECONDS?'],
    ['a setting out of range', { REDOFLOW_COMMIT_QUIET_SECONDS: '-1' }, 'REDOFLOW_COMMIT_QUIET_SECONDS'],
  ])('refuses %s', async (_what, settings, says) => {
    const { code, out, err, polled } = await startedWith(settings);
    expect({ code, out, polled }).toEqual({ code: 2, out: '', polled: false });
    expect(err).toContain(says);
    expect(err).not.toMatch(/\n\s+at /);
  });
});

describe.concurrent('a task', () => {
  test('started past the command line with wrong input ends with every error, and runs nothing', async () => {
    const { client } = system().temporal;
    const workflowId = `redoflow/${system().temporal.unique('wrong')}`;
    const written = { name: 'a/b', source: 'hr', destination: 'warehouse', tabels: [], password: SECRET };
    const taskQueue = system().taskQueue;
    const handle = await client.workflow.start(SYNC_TASK, { taskQueue, workflowId, args: [written] });
    const failure: unknown = await handle.result().catch((error: unknown) => error);
    const { events = [] } = await handle.fetchHistory();
    const scheduled = (events ?? []).flatMap(
      ({ activityTaskScheduledEventAttributes: activity }) => activity?.activityType?.name ?? [],
    );
    expect(scheduled).toEqual(['readSpec']);
    const told = messagesOf(failure);
    for (const error of ['name  BAD_FORMAT', 'tables  MISSING', 'tabels  UNKNOWN_KEY', 'password  UNKNOWN_KEY'])
      expect(told).toContain(error);
    expect(told).not.toContain(SECRET);
  });

  test.each([
    ['a connection that is not registered', 'payroll', /no oracle connection is registered as "payroll"; known: hr/],
    ['a secret that is not there', 'keyless', /environment variable E2E_NOT_SET is not set/],
  ])('with %s fails with a sentence', async (_what, source, says) => {
    const task = await system().task({ source });
    const { code, err } = await system().command('start', task.file);
    expect(code).toBe(2);
    expect(err).toMatch(says);
    expect(err).not.toMatch(/\n\s+at /);
    expect(await system().redoflow.status(task.name)).toMatchObject({ state: 'Failed', tables: [] });
  });
});

function messagesOf(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${messagesOf(error.cause)}` : '';
}
