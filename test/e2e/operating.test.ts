/** What an operator asks before a start: the verdicts come from the worker, over both wires, and change nothing. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { check, checkSides } from '../../client/check.ts';
import { connections } from '../../client/connections.ts';
import { grants } from '../../client/grants.ts';
import { list } from '../../client/list.ts';
import { plan } from '../../client/plan.ts';
import { position } from '../../client/position.ts';
import { readTask } from '../../client/read-task.ts';
import { Refusal } from '../../client/refusal.ts';
import { status } from '../../client/status.ts';
import type { ConnectionTest, RegisteredConnection, SourceGrants } from '../../model/check-task.ts';
import type { Ended } from '../support/programs.ts';
import { sharedSystem } from '../support/whole-system.ts';

const system = sharedSystem();

/** A command without a process of its own: what it prints, or how it refuses. */
async function command(name: string, ...words: readonly string[]): Promise<Ended> {
  const printed: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((text: string) => printed.push(`${text}\n`));
  try {
    await commands[name]?.(
      words.filter((word) => !word.startsWith('--')),
      words.includes('--json'),
    );
    return { code: 0, out: printed.join(''), err: '' };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { code: error.exitCode, out: printed.join(''), err: `${error.message}\n` };
  } finally {
    log.mockRestore();
  }
}

type Command = (words: readonly string[], json: boolean) => Promise<void>;

const commands: Readonly<Record<string, Command>> = {
  plan: ([name = ''], json) => plan(system().redoflow, readTask(name), json),
  grants: ([name = ''], json) => grants(system().redoflow, readTask(name), json),
  connections: (words, json) => connections(system().redoflow, words, { json, taskQueue: system().taskQueue }),
  list: (_, json) => list(system().redoflow, { json }),
  status: ([name = ''], json) => status(system().redoflow, name, json),
  position: ([name = ''], json) => position(system().redoflow, name, json),
  check: async ([name = ''], json) => {
    const task = readTask(name);
    await check(name, task, { json, local: false }, () => checkSides(system().redoflow, task));
  },
};

async function answered(name: string, ...words: readonly string[]): Promise<string> {
  const { code, out, err } = await command(name, ...words);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

function file(name: string, written: object): string {
  const to = path.join(system().folder, name);
  writeFileSync(to, stringify(written));
  return to;
}

describe('before a start', () => {
  test('check gives the verdict of the file, then that of the worker', async () => {
    const task = await system().task();
    const { code, out } = await system().command('check', task.file); // as a process, once
    expect(code).toBe(0);
    expect(out.indexOf('orders_')).toBeLessThan(out.indexOf('precheck passed'));
    expect(out).toMatch(/✓ +Minimal supplemental logging is on +hr/);
  });

  test('check ends with 3 where a start would fail', async () => {
    const task = await system().task();
    const missing = { ...task.written, name: 'missing', tables: [{ table: 'NOBODY.NOTHING' }] };
    const { code, out, err } = await command('check', file('missing.yaml', missing));
    expect({ code, err }).toEqual({ code: 3, err: 'A start would fail its precheck as things are.\n' });
    expect(out).toMatch(/table-exists {2}NOBODY\.NOTHING/);
  });

  test('check and plan go on from what a running task has made', async () => {
    const task = await system().task();
    await task.startAndFollow();
    expect(await answered('check', task.file)).toContain('precheck passed');
    expect(await answered('plan', task.file)).toContain('a start would pass its precheck');
  });

  test('plan shows every column with its old and its new type, and how many chunks there would be', async () => {
    const task = await system().task();
    const out = await answered('plan', task.file);
    expect(out).toMatch(
      /\.ORDERS_\d+ → orders_\d+_base, orders_\d+_log\n {2}primary key ID, \d+ chunks? of at most 256 MB/,
    );
    expect(out).toMatch(/ {2}ID +NUMBER\(\d+(,0)?\) +id (int|bigint)/);
    expect(out).toContain('partitioned by modifytime_year, modifytime_month, modifytime_day');
    const json = JSON.parse(await answered('plan', task.file, '--json')) as { tables: { columns: unknown[] }[] };
    expect(json.tables[0]?.columns[0]).toMatchObject({ source: 'ID', sink: { name: 'id' } });
  });

  test('grants tells what is in place, and prints the rest ready to run', async () => {
    const task = await system().task();
    const answer = JSON.parse(await answered('grants', task.file, '--json')) as SourceGrants;
    const stateOf = (sql: RegExp) => answer.statements.filter((each) => sql.test(each.sql)).map(({ state }) => state);
    expect(stateOf(/V_\$DATABASE|DBA_EXTENTS|V_\$THREAD|SELECT, FLASHBACK|SUPPLEMENTAL/)).toEqual(
      Array.from({ length: 6 }, () => 'held'),
    );
    expect(stateOf(/DBMS_LOGMNR/)).toEqual(['unknown']);
    const script = await answered('grants', task.file);
    expect(script).toMatch(/^GRANT EXECUTE ON SYS\.DBMS_LOGMNR TO \w+; -- LogMiner$/m);
    expect(script).toMatch(/^-- GRANT SELECT ON SYS\.V_\$DATABASE TO \w+;$/m);
    for (const line of script.split('\n')) expect(line).toMatch(/^$|^-- |; -- /);
  });
});

describe('connections', () => {
  test('are listed by name, without anything secret', async () => {
    const out = await answered('connections', '--json');
    const registered = JSON.parse(out) as RegisteredConnection[];
    expect(registered.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'hr oracle',
      'keyless oracle',
      'warehouse maxcompute',
    ]);
    expect(out).not.toContain(system().sandbox.maxcompute.accessKeyId);
    expect(await answered('connections')).toMatch(/^hr +oracle +127\.0\.0\.1:\d+\//m);
  });

  test('that work say how fast, and which release of Oracle', async () => {
    const source = await answered('connections', 'test', 'hr');
    const sink = await answered('connections', 'test', 'warehouse', '--json');
    expect(source).toMatch(/^✓ hr \(oracle, .*\) answers in [\d,]+ ms, version \d+/);
    expect(JSON.parse(sink) as ConnectionTest).toMatchObject({ name: 'warehouse', answers: true });
  });

  test.each<[string, readonly string[], Partial<Ended>, RegExp]>([
    ['whose secret is not there', ['test', 'keyless'], { code: 1 }, /E2E_NOT_SET is not set/],
    [
      'that is not registered',
      ['test', 'hrr'],
      { code: 2 },
      /no connection is registered as "hrr"; known: hr, keyless/,
    ],
    ['that is not named', ['test'], { code: 2 }, /connections test NAME/],
  ])('one %s is told with what to do', async (_which, words, ended, says) => {
    const { code, out, err } = await command('connections', ...words);
    expect({ code, out }).toEqual({ out: '', ...ended });
    expect(err).toMatch(says);
  });
});

describe('without a worker', () => {
  test.each(['plan', 'grants'])('%s says so', async (name) => {
    const task = await system().task();
    const elsewhere = file(`${name}.yaml`, { ...task.written, taskQueue: 'nobody' });
    expect(await command(name, elsewhere)).toEqual({
      code: 1,
      out: '',
      err: 'no worker is polling task queue nobody (start one: npm run -s worker).\n',
    });
  });

  test('check keeps the verdict of the file', async () => {
    const task = await system().task();
    const out = await answered('check', file('check.yaml', { ...task.written, taskQueue: 'nobody' }));
    expect(out).toContain('Only the file was checked: no worker is polling task queue nobody');
  });

  test('list, status and position say it before anything else', async () => {
    const task = await system().task();
    const name = system().temporal.unique('left');
    await system().redoflow.start({ ...task.written, name, taskQueue: 'nobody' });
    const listed = await answered('list');
    expect(listed).toMatch(
      /^no worker is polling task queue nobody \(.*\); its task left-.* is shown as last seen\.\n/,
    );
    for (const ended of [await command('status', name), await command('position', name)]) {
      expect(ended).toMatchObject({ code: 1, out: '' });
      expect(ended.err).toMatch(/^no worker is polling task queue nobody .*; last known state: just started\.\n$/);
    }
    const json = JSON.parse(await answered('list', '--json')) as { task: string; worker?: boolean }[];
    expect(json.find(({ task: each }) => each === name)).toMatchObject({ worker: false });
  });
});
