/** `conflictingTables: ignore`: a task over tables that are there already, with rows of their own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lostAttempts } from '../../demo/kills.ts';
import { Warehouse, type TextRow } from '../../demo/warehouse.ts';
import { readMark } from '../../activities/table-marks.ts';
import { MaxComputeSink } from '../../maxcompute/sink.ts';
import type { SinkColumn } from '../../model/sink-table.ts';
import { LONG_SECONDS } from '../support/fault-tasks.ts';
import { sourceTables } from '../support/source-tables.ts';
import { eventually, sharedSystem } from '../support/whole-system.ts';

const system = sharedSystem();
const source = sourceTables(system);
const { create, commit, until, untilFollowing } = source;
let sink: MaxComputeSink;
let warehouse: Warehouse;

beforeAll(async () => {
  const { maxcompute } = system().sandbox;
  warehouse = new Warehouse(maxcompute);
  const { endpoint, project, accessKeyId, accessKeySecret } = maxcompute;
  sink = new MaxComputeSink({ endpoint, project, accessKeyId, accessKeySecret });
});

afterAll(async () => {
  await sink[Symbol.asyncDispose]();
});

const ID: SinkColumn = { name: 'id', type: 'int' };
const V: SinkColumn = { name: 'v', type: 'string' };
const NOTE: SinkColumn = { name: 'note', type: 'string' };
const ADDITIONAL: readonly SinkColumn[] = [
  { name: 'record_id', type: 'bigint' },
  { name: 'operation_flag', type: 'string' },
  { name: 'utc_timestamp', type: 'bigint' },
  { name: 'before_flag', type: 'string' },
  { name: 'after_flag', type: 'string' },
];
const KEYED = '(ID NUMBER(9) PRIMARY KEY, V VARCHAR2(20), NOTE VARCHAR2(20))';
const HIGHEST = 5_000_000_000;

/** A destination table that somebody else made, with rows. */
async function existing(name: string, columns: readonly SinkColumn[], rows: readonly TextRow[]): Promise<void> {
  await sink.createTable({ name, comment: 'of somebody', columns, partitionColumns: [] });
  if (rows.length === 0) return;
  const upload = await sink.openUpload({ table: name }, columns);
  await upload.write(rows);
  await upload.finish();
  await sink.commitUpload({ table: name }, upload.id);
}

const logRow = (recordId: number, id: string): TextRow => [
  String(recordId),
  'I',
  '1700000000',
  'N',
  'Y',
  id,
  'their',
  'x',
];

const start = (name: string, tables: readonly string[]): Promise<void> =>
  source.start({ name, conflictingTables: 'ignore', incremental: { flushSeconds: 1, partition: [] } }, tables);

const rowsOf = async (table: string, columns = 'id, v, note'): Promise<readonly TextRow[]> =>
  (await warehouse.select(`SELECT ${columns} FROM ${table}`)).toSorted((a, b) => Number(a[0]) - Number(b[0]));

const untilLogged = (table: string, rows: number): Promise<number | false> =>
  eventually(`${table} has ${rows} rows`, async () => (await sink.countRows(table)) === rows && rows, LONG_SECONDS);

describe('tables that are there already', () => {
  test('keep their rows of other keys; loaded rows win; the log goes on above its highest record_id', async () => {
    await create('C_BOTH', KEYED, "1, 'new', 'n'", "2, 'new', 'n'");
    await existing(
      'c_both_base',
      [ID, V, NOTE],
      [
        ['2', 'old', 'o'],
        ['3', 'old', 'o'],
      ],
    );
    await existing('c_both_log', [...ADDITIONAL, ID, V, NOTE], [logRow(1, '7'), logRow(HIGHEST, '8')]);
    await start('both', ['C_BOTH']);
    const following = await untilFollowing('both');
    expect(following.precheck?.results).toContainEqual(
      expect.objectContaining({
        id: 'destination-names',
        verdict: 'passed',
        message: 'c_both_base and c_both_log exist already, and the task goes on with them',
      }),
    );
    expect(await rowsOf('c_both_base')).toEqual([
      ['1', 'new', 'n'],
      ['2', 'new', 'n'],
      ['3', 'old', 'o'],
    ]);
    await commit("INSERT INTO C_BOTH VALUES (4, 'later', 'n')", 'DELETE FROM C_BOTH WHERE ID = 1');
    await untilLogged('c_both_log', 4);
    const logged = await rowsOf('c_both_log', 'record_id, operation_flag, id');
    expect(logged).toEqual([
      ['1', 'I', '7'],
      [String(HIGHEST), 'I', '8'],
      [String(HIGHEST + 1), 'I', '4'],
      [String(HIGHEST + 2), 'D', '1'],
    ]);
    expect(await warehouse.select('SELECT COUNT(*) FROM c_both_base')).toEqual([['3']]);
  });

  test('a column that one of them lacks is left out, and an event says so', async () => {
    await create('C_NARROW', KEYED, "1, 'new', 'n'");
    await existing('c_narrow_base', [V, ID], [['old', '9']]);
    await start('narrow', ['C_NARROW']);
    const { events } = await untilFollowing('narrow');
    expect(events.map(({ text }) => text)).toContain(
      `${source.owner}.C_NARROW: c_narrow_base exists already, and the task goes on with it; left out, because not the same there: NOTE`,
    );
    expect(await rowsOf('c_narrow_base', 'id, v')).toEqual([
      ['1', 'new'],
      ['9', 'old'],
    ]);
    await commit("INSERT INTO C_NARROW VALUES (2, 'later', 'n')");
    await untilLogged('c_narrow_log', 1);
    expect(await rowsOf('c_narrow_log', 'id, v')).toEqual([['2', 'later']]);
  });

  test('are refused without a key, with a log of other columns, and while they are those of a running task', async () => {
    await create('C_KEYLESS', '(V VARCHAR2(20))', "'new'");
    await existing('c_keyless_base', [V], [['old']]);
    await create('C_ODD', KEYED);
    await existing('c_odd_log', [ID, V, NOTE], []);
    await create('C_HELD', KEYED);
    await start('holder', ['C_HELD']);
    await untilFollowing('holder');
    await start('refused', ['C_HELD', 'C_KEYLESS', 'C_ODD']);
    const { precheck } = await until('refused', 'the precheck fails', ({ state }) => state === 'PrecheckFailed');
    const told = precheck?.results.filter(({ id, verdict }) => id === 'destination-names' && verdict === 'failed');
    expect(told?.map(({ message }) => message.split('. ')[0])).toEqual([
      'c_held_base and c_held_log: it is a table of redoflow/holder, which is running',
      'c_keyless_base has rows, and without a key they cannot be told from those of the source',
      'c_odd_log lacks record_id bigint, operation_flag string, utc_timestamp bigint, before_flag string, after_flag string',
    ]);
  });

  test('are published once although the worker is killed in the middle and answers are lost', async () => {
    await create('C_KILLED', KEYED, "1, 'new', 'n'", "2, 'new', 'n'");
    await existing(
      'c_killed_base',
      [ID, V, NOTE],
      [
        ['2', 'old', 'o'],
        ['3', 'old', 'o'],
      ],
    );
    await existing('c_killed_log', [...ADDITIONAL, ID, V, NOTE], [logRow(40, '7')]);
    await start('killed', ['C_KILLED']);
    const commentOf = async (): Promise<string> => (await sink.findTable('c_killed_base'))?.comment ?? '';
    await eventually('the loading table is there', async () => (await listed('c_killed_base_loading')) !== '');
    await system().control('/maxcompute/slow', { operation: 'sql', milliseconds: 1_500 });
    await eventually('the merge has begun', async () => readMark(await commentOf())?.loading, LONG_SECONDS);
    const killedAt = Date.now();
    await system().killWorker();
    await system().control('/maxcompute/slow', { operation: 'sql', milliseconds: 0 });
    // The next two statements are done, and nobody hears of it.
    await system().control('/maxcompute/faults', { operation: 'sql', action: 'drop', when: 'after', times: 2 });
    await system().startWorker();
    await untilFollowing('killed');
    const { client } = system().temporal;
    const { raw } = await client.workflow.getHandle('redoflow/killed').describe();
    const copy = `redoflow/killed/copy/${source.owner}.C_KILLED/${raw.workflowExecutionInfo?.firstRunId?.slice(-8) ?? ''}`;
    expect(await lostAttempts(client, { workflowId: copy }, 'publishTable', killedAt)).not.toEqual([]);
    expect(await rowsOf('c_killed_base')).toEqual([
      ['1', 'new', 'n'],
      ['2', 'new', 'n'],
      ['3', 'old', 'o'],
    ]);
    expect(readMark(await commentOf())?.loading?.done).toBe(true);
    expect(await listed('c_killed_base_loading')).toBe('');
    await commit("UPDATE C_KILLED SET V = 'later' WHERE ID = 3", "UPDATE C_KILLED SET V = 'later' WHERE ID = 2");
    await untilLogged('c_killed_log', 3);
    expect(await rowsOf('c_killed_log', 'record_id, id')).toEqual([
      ['40', '7'],
      ['41', '2'],
      ['41', '2'],
    ]);
  });
});

/** Names of tables that begin so, as the sandbox lists them to anybody. */
async function listed(prefix: string): Promise<string> {
  const answer = await system().control('/maxcompute/sessions', undefined);
  const sessions = JSON.stringify(answer);
  const [, name = ''] = new RegExp(`(${prefix}\\w+)`).exec(sessions) ?? [];
  return name !== '' && (await sink.findTable(name)) ? name : '';
}
