/** The checker of the process rig must turn red for every kind of damage, and for nothing else. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Warehouse } from '../../demo/warehouse.ts';
import { startSandbox, type Sandbox } from '../../sandbox/start.ts';
import { findPython } from '../strangers/python.ts';

const python = await findPython();
const program = fileURLToPath(new URL('../prove/checker.py', import.meta.url));

type Image = Readonly<Record<string, string | null>>;
const change = (kind: string, before: Image | null, after: Image | null) => ({
  table: 'HR.LISTS',
  kind,
  before,
  after,
});
const committed = (number: number, ...changes: readonly object[]) => ({
  number,
  commitScn: String(100 + number * 10),
  changes,
});

/** The first is in the copy, as of SCN 115; before the last one a column is added. */
const JOURNAL = [
  committed(1, change('insert', null, { K: '1', V: 'a' }), change('insert', null, { K: '2', V: 'b' })),
  committed(2, change('update', { K: '1', V: 'a' }, { K: '1', V: 'a,1' })),
  committed(3, change('delete', { K: '2', V: 'b' }, null), change('insert', null, { K: '3', V: 'c' })),
  committed(4, change('update', { K: '3', V: 'c' }, { K: '4', V: 'c' })),
  committed(5, change('insert', null, { K: '5', V: "it's 中", ADDED: 'x' })),
];

interface Rows {
  readonly base: readonly string[];
  readonly log: readonly string[];
}

const NULL = 'CAST(NULL AS STRING)';
const row = (id: number, flags: string, k: number, [v, added = NULL]: readonly [string, string?]): string => {
  const [operation = '', before = '', after = ''] = flags;
  return `(${id}, '${operation}', ${1_000 + id}, '${before}', '${after}', ${k}, '${v}', ${added})`;
};

const RIGHT: Rows = {
  base: [`(1, 'a', ${NULL})`, `(2, 'b', ${NULL})`],
  log: [
    row(11, 'UYN', 1, ['a']),
    row(11, 'UNY', 1, ['a,1']),
    row(20, 'DYN', 2, ['b']),
    row(21, 'INY', 3, ['c']),
    row(30, 'UYN', 3, ['c']),
    row(30, 'UNY', 4, ['c']),
    row(40, 'INY', 5, ["it\\'s 中", "'x'"]),
  ],
};

const without = (index: number): Rows => ({ ...RIGHT, log: RIGHT.log.filter((_, at) => at !== index) });
const altered = (index: number, text: string): Rows => ({
  ...RIGHT,
  log: RIGHT.log.map((one, at) => (at === index ? text : one)),
});
const more = (text: string): Rows => ({ ...RIGHT, log: [...RIGHT.log, text] });

const DAMAGE: readonly (readonly [string, Rows, readonly string[]])[] = [
  ['a change that is missing', without(3), ['lost']],
  ['the row of before that is missing', without(4), ['changed', 'lost']],
  ['a row that is there twice', more(row(20, 'DYN', 2, ['b'])), ['duplicated']],
  ['a change that was made again under a new record_id', more(row(41, 'INY', 5, ["it\\'s 中", "'x'"])), ['duplicated']],
  ['a change that never happened', more(row(41, 'INY', 9, ['rolled back'])), ['ghosts']],
  ['one byte', altered(6, row(40, 'INY', 5, ["it\\'s 丮", "'x'"])), ['changed']],
  ['a NULL instead of a value', altered(6, row(40, 'INY', 5, ["it\\'s 中"])), ['changed']],
  ['a value in a column that was not there yet', altered(3, row(21, 'INY', 3, ['c', "'x'"])), ['changed']],
  ['two commits in the wrong order', altered(2, row(10, 'DYN', 2, ['b'])), ['changed']],
  ['flags of another operation', altered(2, row(20, 'INY', 2, ['b'])), ['ghosts', 'lost']],
  ['a key twice in the copy', { ...RIGHT, base: [...RIGHT.base, `(2, 'b', ${NULL})`] }, ['duplicated']],
  ['a row that the copy lacks', { ...RIGHT, base: RIGHT.base.slice(1) }, ['lost']],
  ['a row of the copy with another value', { ...RIGHT, base: [`(1, 'A', ${NULL})`, `(2, 'b', ${NULL})`] }, ['changed']],
];

describe.skipIf('missing' in python)(`the checker${'missing' in python ? ` (skipped: ${python.missing})` : ''}`, () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'redoflow-checker-'));
  let sandbox: Sandbox | undefined;
  let journal: Server | undefined;
  let control = '';
  let tables = 0;

  beforeAll(async () => {
    sandbox = await startSandbox();
    journal = createServer((_request, response) => response.end(JSON.stringify({ entries: JOURNAL })));
    await new Promise<void>((resolve) => journal?.listen(0, '127.0.0.1', resolve));
    const address = journal.address();
    control = `http://127.0.0.1:${typeof address === 'object' ? String(address?.port) : ''}`;
  });
  afterAll(async () => {
    journal?.close();
    await sandbox?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  async function judge({ base, log }: Rows): Promise<Readonly<Record<string, unknown>>> {
    if (!sandbox || 'missing' in python) throw new Error('no sandbox');
    const warehouse = new Warehouse(sandbox.maxcompute);
    tables += 1;
    const name = `lists_${tables}`;
    const columns = 'k BIGINT, v STRING, added STRING';
    const flags =
      'record_id BIGINT, operation_flag STRING, utc_timestamp BIGINT, before_flag STRING, after_flag STRING';
    await warehouse.select(`CREATE TABLE ${name}_base (${columns})`);
    await warehouse.select(`CREATE TABLE ${name}_log (${flags}, ${columns})`);
    await warehouse.select(`INSERT INTO ${name}_base VALUES ${base.join(', ')}`);
    await warehouse.select(`INSERT INTO ${name}_log VALUES ${log.join(', ')}`);
    const file = path.join(folder, `${name}.json`);
    const added = [{ column: 'ADDED', default: null, scns: ['141', '142'] }];
    const place = { base: `${name}_base`, log: `${name}_log`, snapshotScn: '115' };
    const lists = { name: 'HR.LISTS', columns: { K: 'NUMBER(9)', V: 'VARCHAR2(99)' }, key: ['K'], added, ...place };
    const input = { control, ...sandbox.maxcompute, seed: 1, boundaries: 20, total: '0', tables: [lists] };
    writeFileSync(file, JSON.stringify(input));
    const { stdout } = await promisify(execFile)(python.executable, [program, file]);
    return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  }

  test('finds nothing where nothing is wrong', async () => {
    expect(await judge(RIGHT)).toMatchObject({ lost: 0, duplicated: 0, ghosts: 0, changed: 0, texts: [], logRows: 7 });
  });

  test.each(DAMAGE)('finds %s', async (_what, rows, expected) => {
    const found = await judge(rows);
    const red = ['changed', 'duplicated', 'ghosts', 'lost'].filter((name) => found[name] !== 0);
    expect(red).toEqual(expect.arrayContaining([...expected]));
    expect(found['texts']).not.toEqual([]);
  });
});
