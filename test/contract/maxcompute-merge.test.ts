/** Rows put into a table that keeps its own, in one statement that may be repeated and is never sent beside itself. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { MaxComputeSink } from '../../maxcompute/sink.ts';
import type { Row } from '../../model/table.ts';
import { failureKind, isReal, openMaxCompute, TWO_COLUMNS } from './maxcompute-world.ts';

const world = await openMaxCompute();
const { port, newName, connection } = world;
afterAll(async () => world[Symbol.asyncDispose]());

async function filled(about: string, rows: readonly Row[]): Promise<string> {
  const table = await world.newTable(about);
  if (rows.length === 0) return table.name;
  const { target, id } = await world.uploaded(table, rows);
  await port.commitUpload(target, id);
  return table.name;
}

const sorted = async (name: string): Promise<readonly Row[]> =>
  (await world.rowsOf(name)).toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));

describe('merging', () => {
  test('keeps rows of other keys, also those without one, and lets loaded rows win; a second time changes nothing', async () => {
    const into = await filled('into', [
      ['1', 'old'],
      ['2', 'old'],
      [null, 'no key'],
    ]);
    const from = await filled('from', [
      ['2', 'new'],
      ['3', null],
    ]);
    const expected = [
      ['1', 'old'],
      ['2', 'new'],
      ['3', null],
      [null, 'no key'],
    ];
    for (let time = 1; time <= 2; time++) {
      await port.mergeRows({ into, from, key: ['id'] });
      expect(await sorted(into)).toEqual(expected);
    }
  });

  test('without a key takes the loaded rows alone', async () => {
    const into = await filled('into', []);
    const from = await filled('from', [['1', 'a']]);
    await port.mergeRows({ into, from, key: [] });
    await port.mergeRows({ into, from, key: [] });
    expect(await sorted(into)).toEqual([['1', 'a']]);
  });

  test('puts columns where they belong: another order, and one that only the old rows have', async () => {
    const [id, name] = TWO_COLUMNS;
    if (!id || !name) throw new Error('two columns');
    const extra = { name: 'extra', type: 'decimal(10,2)' };
    const into = { name: newName('wide'), comment: '', columns: [name, extra, id], partitionColumns: [] };
    await port.createTable(into);
    const upload = await port.openUpload({ table: into.name }, into.columns);
    await upload.write([
      ['old', '1.5', '1'],
      ['old', '2.5', '2'],
    ]);
    await upload.finish();
    await port.commitUpload({ table: into.name }, upload.id);
    await port.mergeRows({ into: into.name, from: await filled('from', [['2', 'new']]), key: ['id'] });
    expect(await sorted(into.name)).toEqual([
      ['new', null, '2'],
      ['old', '1.5', '1'],
    ]);
  });

  test('is refused when a table is gone or lacks a column', async () => {
    const narrow = { name: newName('narrow'), comment: '', columns: TWO_COLUMNS.slice(0, 1), partitionColumns: [] };
    await port.createTable(narrow);
    const from = await filled('from', [['1', 'a']]);
    expect(await failureKind(port.mergeRows({ into: narrow.name, from, key: ['id'] }))).toBe('sink-table-changed');
    expect(await failureKind(port.mergeRows({ into: from, from: 'rf_missing', key: ['id'] }))).toBe(
      'sink-table-changed',
    );
  });

  test('a comment is replaced', async () => {
    const { name } = await world.newTable('told');
    await port.setComment(name, "it's another");
    expect((await port.findTable(name))?.comment).toBe("it's another");
  });

  test.runIf(!isReal)('is not sent again by the client after a lost answer', async () => {
    const into = await filled('into', [['1', 'old']]);
    const from = await filled('from', [['1', 'new']]);
    world.sandbox?.faults.failNext({ operation: 'sql', when: 'after', status: 0 });
    expect(await failureKind(port.mergeRows({ into, from, key: ['id'] }))).toBe('sink-unreachable');
    expect(await sorted(into)).toEqual([['1', 'new']]);
    await port.mergeRows({ into, from, key: ['id'] });
    expect(await sorted(into)).toEqual([['1', 'new']]);
  });
});

/** A service on which one statement of the asked name runs for some polls, and ends as told. */
class Busy {
  readonly asked: string[] = [];
  private polls = 0;
  private readonly server: Server;

  constructor(end: 'Success' | 'Failed') {
    const schema = JSON.stringify({ columns: [{ name: 'id', type: 'bigint' }], partitionKeys: [] });
    const table = `<Table><Name>t</Name><Comment/><Schema><![CDATA[${schema}]]></Schema></Table>`;
    const answers: readonly (readonly [RegExp, () => string])[] = [
      [/^GET .*\/tables\//, () => table],
      [/^GET .*\/instances\?.*jobname=/, () => '<Instances><Instance><Name>running</Name></Instance></Instances>'],
      [
        /^GET .*\/instances\/.*taskstatus/,
        () => `<Instance><Tasks><Task><Status>${end}</Status></Task></Tasks></Instance>`,
      ],
      [
        /^GET .*\/instances\/.*result/,
        () => '<Instance><Tasks><Task><Result>ODPS-0123: x</Result></Task></Tasks></Instance>',
      ],
      [
        /^GET .*\/instances\//,
        () => `<Instance><Status>${this.polls++ < 2 ? 'Running' : 'Terminated'}</Status></Instance>`,
      ],
    ];
    this.server = createServer((request, response) => {
      const line = `${request.method ?? ''} ${request.url ?? ''}`;
      this.asked.push(line);
      const answer = answers.find(([pattern]) => pattern.test(line));
      if (!answer) response.statusCode = 418;
      response.end(answer?.[1]() ?? '');
    });
  }

  async merge(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const { port: number } = this.server.address() as AddressInfo;
    await using sink = new MaxComputeSink({ ...connection, endpoint: `http://127.0.0.1:${number}/api` });
    const kind = await failureKind(sink.mergeRows({ into: 'a', from: 'b', key: ['id'] }));
    this.server.close();
    return kind;
  }
}

describe('an earlier statement of the same name that still runs', () => {
  test.each(['Success', 'Failed'] as const)(
    'is waited for to its end (%s); only then the next is sent',
    async (end) => {
      const busy = new Busy(end);
      expect(await busy.merge()).not.toBe('none'); // the service takes no statement
      const posts = busy.asked.flatMap((line, at) => (line.startsWith('POST') ? [at] : []));
      expect(posts).toHaveLength(1);
      expect(posts[0]).toBeGreaterThan(busy.asked.findIndex((line) => line.includes('taskstatus')));
      expect(busy.asked.findIndex((line) => line.includes('taskstatus'))).toBeGreaterThan(0);
      expect(busy.asked.find((line) => line.includes('jobname='))).toMatch(
        /status=Running&onlyowner=yes&jobname=redoflow_merge_b&daterange=\d+(?::|%3A)&/,
      );
    },
  );
});
