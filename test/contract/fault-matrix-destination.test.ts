/** What MaxCompute answers when it fails, and what became of the rows (docs/fault-matrix.md, 37–63). */
import { deflateSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { commitReceipts } from '../../activities/commit-receipts.ts';
import { resolveCommit } from '../../activities/resolve-commit.ts';
import { MaxComputeClient } from '../../maxcompute/client.ts';
import { runSql } from '../../maxcompute/instances.ts';
import { putBlock } from '../../maxcompute/upload-session.ts';
import type { SinkTable } from '../../model/sink-table.ts';
import type { CommitOutcome } from '../../model/receipt.ts';
import type { Row } from '../../model/table.ts';
import type { FaultPlan } from '../../sandbox/maxcompute/faults.ts';
import { dependencies, own } from '../unit/activities/literal-attempt.ts';
import { numbers } from '../unit/sandbox/maxcompute/service.ts';
import { failureKind, isReal, openMaxCompute, TWO_COLUMNS } from './maxcompute-world.ts';

const world = await openMaxCompute();
const { connection, port, sandbox } = world;
const client = new MaxComputeClient(connection, { attemptsMax: 1, firstWaitMs: 1, budgetMs: 1 });
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});
afterEach(() => {
  sandbox?.faults.clear();
  sandbox?.faults.limit({});
  sandbox?.faults.allowAll();
});

const ROWS: readonly Row[] = [
  ['1', 'a'.repeat(100)],
  ['2', null],
];

/** `times: Infinity` lasts until the test ends. */
function plan(operation: FaultPlan['operation'], change: Partial<FaultPlan>): void {
  const usual = { action: 'answer', when: 'before', status: 503, milliseconds: 0, skip: 0, times: 1 } as const;
  sandbox?.faults.plan({ ...usual, operation, ...change });
}

const statement = async (sql: string) => runSql(client, { sql, repeat: 'never', what: 'a statement of the test' });

/** As the task commits: the session was recorded before. */
const commit = async (table: SinkTable, id: string): Promise<CommitOutcome> =>
  commitReceipts(dependencies({ sink: port }))({
    destination: 'warehouse',
    sessions: [{ id, table: table.name, rows: ROWS.length, blocks: 1 }],
    own,
  });

/** The failure that the work ends with. */
const told = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );

const prepared = async (about: string) => {
  const table = await world.newTable(about);
  return { table, ...(await world.uploaded(table, ROWS)) };
};

describe.runIf(!isReal)('an answer of', () => {
  test.each([
    [429, 'sink-throttled'],
    [500, 'sink-unreachable'],
    [502, 'sink-unreachable'],
    [503, 'sink-unreachable'],
    [504, 'sink-unreachable'],
  ])('%d is met by asking again; of a commit the status decides, and its rows are there once', async (status, kind) => {
    plan('sql', { status, when: status === 429 ? 'before' : 'after' });
    plan('poll', { status });
    const table = await world.newTable('busy');
    plan('metadata', { status });
    expect(await port.findTable(table.name)).toMatchObject({ name: table.name });
    plan('create', { status });
    plan('block', { status });
    plan('block', { status, when: 'after', skip: 1 });
    const { id } = await world.uploaded(table, ROWS);
    plan('status', { status });
    plan('commit', { status });
    await expect(commit(table, id)).rejects.toMatchObject({ kind });
    expect(await port.countRows(table.name)).toBe(0);
    plan('commit', { status, when: 'after' });
    expect(await commit(table, id)).toBe('confirmed');
    expect(await commit(table, id)).toBe('done');
    plan('download', { status });
    expect(await world.rowsOf(table.name)).toEqual(ROWS);
    expect(sandbox?.faults.planned().filter(({ happened }) => happened !== 1)).toEqual([]);
  });

  test.each([
    [429, /^opening an upload to MaxCompute table \w+: FlowExceeded: .* \(HTTP 429, request id \w+\)$/],
    [502, /^opening an upload to MaxCompute table \w+: 502 Bad Gateway \(HTTP 502\)$/],
    [503, /^opening an upload to MaxCompute table \w+: ServiceUnavailable: .* \(HTTP 503, request id \w+\)$/],
    [504, /^opening an upload to MaxCompute table \w+: 504 Gateway Time-out \(HTTP 504\)$/],
  ])('%d that stays is told in a line, with what was tried where', async (status, words) => {
    const table = await world.newTable('away');
    plan('create', { status, times: Infinity });
    await expect(port.openUpload({ table: table.name }, table.columns)).rejects.toThrow(words);
  });
});

describe.runIf(!isReal)('a block that arrives', () => {
  test.each(['cut-body', 'flip-body'] as const)(
    'other than it was sent (%s) is refused and sent again',
    async (action) => {
      plan('block', { action, times: 2 });
      const { table, id, target } = await prepared('damaged');
      expect(sandbox?.faults.planned()).toMatchObject([{ happened: 2 }]);
      expect(await port.uploadStatus(target, id)).toEqual({ status: 'normal', blocks: [0] });
      expect(await commit(table, id)).toBe('done');
      expect(await world.rowsOf(table.name)).toEqual(ROWS);
    },
  );

  test.each([
    ['cut-body', 'IncompleteBody'],
    ['flip-body', 'CorruptedDataStream'],
  ] as const)(
    'damaged every time (%s) is told by table and block, and none of it can be committed',
    async (action, code) => {
      plan('block', { action, times: Infinity });
      const table = await world.newTable('damaged');
      const failure = await told(world.uploaded(table, ROWS));
      expect(failure).toMatchObject({ kind: 'sink-rejected' });
      expect(String(failure)).toMatch(
        new RegExp(`sending block 0 to MaxCompute table ${table.name}: ${code} \\(HTTP 400, request id \\w+\\)$`),
      );
      expect(sandbox?.faults.sessions().filter((session) => session.table === table.name)).toMatchObject([
        { blocks: [] },
      ]);
    },
  );

  test('from rows that come slowly is whole before its request begins, so no silence cuts it', async () => {
    sandbox?.faults.limit({ silentMilliseconds: 100 });
    const table = await world.newTable('slow');
    const upload = await port.openUpload({ table: table.name }, table.columns);
    const long = 'x'.repeat(2_000_000);
    for (const id of ['1', '2', '3']) {
      await upload.write([[id, long]]);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await upload.finish();
    expect(sandbox?.faults.sessions().find(({ id }) => id === upload.id)).toMatchObject({ blocks: [0] });
  });
});

describe.runIf(!isReal)('an upload session', () => {
  test('takes 20,000 blocks; one more is refused before it is sent, with what to do', async () => {
    const table = await world.newTable('blocks', TWO_COLUMNS.slice(0, 1));
    const target = { table: table.name };
    const { id } = await port.openUpload(target, table.columns);
    const body = deflateSync(numbers(1n));
    await putBlock(client, target, id, { number: 19_999, body });
    const failure = await told(putBlock(client, target, id, { number: 20_000, body }));
    expect(failure).toMatchObject({ kind: 'bad-input' });
    expect(String(failure)).toMatch(
      /MaxCompute table \w+: an upload session takes 20000 blocks.*lower full\.chunkMegabytes/,
    );
    expect((await port.uploadStatus(target, id)).blocks).toEqual([19_999]);
  });

  test('older than a day takes nothing, and is gone; the next attempt has one of its own', async () => {
    const { table, target, id } = await prepared('old');
    const open = await port.openUpload(target, table.columns);
    await open.write(ROWS);
    sandbox?.faults.advanceClock(24 * 3_600_000);
    expect(await failureKind(open.finish())).toBe('sink-rejected');
    expect(await commit(table, id)).toBe('gone');
    const again = await world.uploaded(table, ROWS);
    expect(await commit(table, again.id)).toBe('done');
    expect(await world.rowsOf(table.name)).toEqual(ROWS);
  });
});

describe.runIf(!isReal)('a table that changes between the upload and its commit:', () => {
  test('dropped, it stops the task, and nothing is made in its place; put back, the rows are written anew', async () => {
    const { table, id, target } = await prepared('dropped');
    await port.dropTable(table.name);
    await expect(commit(table, id)).rejects.toThrow(
      new RegExp(`^reading the status of an upload to MaxCompute table ${table.name}: NoSuchTable: .*HTTP 404`),
    );
    expect(await failureKind(commit(table, id))).toBe('sink-table-changed');
    expect(await failureKind(port.openUpload(target, table.columns))).toBe('sink-table-changed');
    expect(await port.findTable(table.name)).toBeUndefined();

    await port.createTable(table);
    expect(await commit(table, id)).toBe('gone');
    const input = { destination: 'warehouse', logs: [table.name], own };
    expect(await resolveCommit(dependencies({ sink: port }))(input)).toEqual({ [table.name]: 0 });
    const again = await world.uploaded(table, ROWS);
    expect(await commit(table, again.id)).toBe('done');
    expect(await world.rowsOf(table.name)).toEqual(ROWS);
  });

  test.each([
    ['dropped', 'DROP COLUMN name', 'name STRING'],
    ['renamed', 'CHANGE COLUMN name RENAME TO other', 'name STRING'],
    ['of another type', 'CHANGE COLUMN id id STRING', 'id BIGINT'],
  ])('a column that is %s is named, nothing is written, and the task stops', async (_how, change, column) => {
    const { table, id, target } = await prepared('column');
    await statement(`ALTER TABLE ${table.name} ${change}`);
    const failure = await told(commit(table, id));
    expect(failure).toMatchObject({ kind: 'sink-table-changed' });
    expect(String(failure)).toMatch(
      new RegExp(
        `committing an upload to MaxCompute table ${table.name}: .*the table has no column ${column} any more$`,
      ),
    );
    expect(await failureKind(port.openUpload(target, table.columns))).toBe('sink-table-changed');
    expect(await port.countRows(table.name)).toBe(0);
  });
});

describe.runIf(!isReal)('a limit of the project', () => {
  test('of columns or partitions is told in the words of the service', async () => {
    const columns = Array.from({ length: 1_201 }, (_, index) => ({ name: `c${index}`, type: 'bigint' }));
    const wide = { name: world.newName('wide'), comment: '', columns, partitionColumns: [] };
    await expect(port.createTable(wide)).rejects.toThrow(
      new RegExp(`^creating MaxCompute table ${wide.name}: ODPS-0130071:.*at most 1200 columns$`),
    );
    const { name } = await world.newTable('days', TWO_COLUMNS, [{ name: 'day', type: 'string' }]);
    sandbox?.faults.limit({ partitionsPerTable: 1 });
    await port.addPartition(name, 'day=1');
    await port.addPartition(name, 'day=1');
    const failure = await told(port.addPartition(name, 'day=2'));
    expect(failure).toMatchObject({ kind: 'sink-rejected' });
    expect(String(failure)).toMatch(
      /adding partition day=2 to MaxCompute table \w+: ODPS-0123031:.*maximum 1 partitions allowed$/,
    );
  });

  test('that has a code nobody documents is tried again for a while, and told; the same commit is done once it is lifted', async () => {
    const { table, id } = await prepared('quota');
    plan('commit', { status: 400, code: 'StorageQuotaExceeded' });
    const failure = await told(commit(table, id));
    expect(failure).toMatchObject({ kind: 'sink-rejected' });
    expect(String(failure)).toMatch(/committing an upload to MaxCompute table \w+: StorageQuotaExceeded: .*HTTP 400/);
    expect(await commit(table, id)).toBe('done');
    expect(await world.rowsOf(table.name)).toEqual(ROWS);
  });
});

describe.runIf(!isReal)('a right that is missing on one table', () => {
  test('is told by action and table; the commit waits, other tables are written, and granted it is done once', async () => {
    const { table, id } = await prepared('denied');
    const other = await prepared('granted');
    sandbox?.faults.deny(table.name, 'Update');
    const failure = await told(commit(table, id));
    expect(failure).toMatchObject({ kind: 'sink-privilege-missing' });
    expect(String(failure)).toContain(`You have NO privilege 'odps:Update' on {acs:odps:*:projects/`);
    expect(String(failure)).toContain(`/tables/${table.name}}`);
    expect(await failureKind(world.uploaded(table, ROWS))).toBe('sink-privilege-missing');
    expect(await commit(other.table, other.id)).toBe('done');
    sandbox?.faults.allowAll();
    expect(await commit(table, id)).toBe('done');
    expect(await world.rowsOf(table.name)).toEqual(ROWS);
  });

  test.each([
    ['Describe', async (name: string) => port.findTable(name), /^describing .*ODPS-0420095/],
    ['Select', async (name: string) => port.countRows(name), /^counting .*ODPS-0130013/],
    ['Alter', async (name: string) => port.setComment(name, 'new'), /^setting the comment .*ODPS-0130013/],
    ['Drop', async (name: string) => port.dropTable(name), /^dropping .*ODPS-0130013/],
  ] as const)('to %s is not taken for a wrong key', async (action, work, words) => {
    const { name } = await world.newTable('denied');
    sandbox?.faults.deny(name, action);
    const failure = await told(work(name));
    expect(failure).toMatchObject({ kind: 'sink-privilege-missing', message: expect.stringMatching(words) as string });
    expect(String(failure)).toContain(`'odps:${action}'`);
  });
});

describe.runIf(!isReal)('a commit that is aborted for the sake of another writer', () => {
  test.each([400, 409, 500])('(HTTP %d) is done at the next attempt, once', async (status) => {
    const { table, id } = await prepared('aborted');
    plan('commit', { status, code: 'MetaTransactionAborted' });
    const failure = await told(commit(table, id));
    expect(failure).toMatchObject({ kind: 'sink-rejected' });
    expect(String(failure)).toMatch(/committing an upload to MaxCompute table \w+: MetaTransactionAborted/);
    expect(await commit(table, id)).toBe('done');
    expect(await world.rowsOf(table.name)).toEqual(ROWS);
  });

  test('and was done all the same is not done again', async () => {
    const { table, id } = await prepared('aborted');
    plan('commit', { status: 409, code: 'MetaTransactionAborted', when: 'after' });
    expect(await commit(table, id)).toBe('confirmed');
    expect(await world.rowsOf(table.name)).toEqual(ROWS);
  });
});
