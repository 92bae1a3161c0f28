import { describe, expect, test } from 'vitest';
import { createTables } from '../../../activities/create-tables.ts';
import type { RunFacts } from '../../../activities/ports.ts';
import { readMark } from '../../../activities/table-marks.ts';
import { tableName, type TableDescription, type TableName } from '../../../model/table.ts';
import { parseTaskSpec, type TaskSpec } from '../../../model/task-spec.ts';
import { description, SmallSink, SmallSource, T } from '../../support/small-sides.ts';
import { attemptOf, cutRunFacts, dependencies, failureOf, openRunFacts, own } from './literal-attempt.ts';

function specOf(change: Readonly<Record<string, unknown>> = {}): TaskSpec {
  const written = { name: 'small', source: 'small', destination: 'small', tables: [{ table: T }], ...change };
  const parsed = parseTaskSpec(written);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.spec;
}
const spec = specOf();

/** A column was added meanwhile. */
class Wider extends SmallSource {
  override async describe(): Promise<readonly TableDescription[]> {
    const more = { name: 'N', type: { base: 'VARCHAR2', length: 20 }, nullable: true };
    return (await super.describe()).map((table) => ({ ...table, columns: [...table.columns, more] }));
  }
}

describe('creating tables', () => {
  test('makes the positions, then each log and base, with the mark of this chain', async () => {
    const sink = new SmallSink();
    await createTables(dependencies({ sink }))({ spec, own });
    expect([...sink.tables.keys()]).toEqual(['redoflow_positions', 't_log', 't_base']);
    for (const name of ['t_log', 't_base'])
      expect(readMark(sink.tables.get(name)?.definition.comment ?? '')).toEqual({
        of: T,
        chainId: own.chainId,
        task: own.taskWorkflowId,
      });
  });

  test('gives a log five columns more than its base, and partitions', async () => {
    const sink = new SmallSink();
    const { tables, more } = await createTables(dependencies({ sink }))({ spec, own });
    const names = (table: string): unknown => sink.tables.get(table)?.definition.columns.map(({ name }) => name);
    expect(names('t_base')).toEqual(['id', 'v']);
    expect(names('t_log')).toEqual([
      'record_id',
      'operation_flag',
      'utc_timestamp',
      'before_flag',
      'after_flag',
      'id',
      'v',
    ]);
    expect(sink.tables.get('t_base')?.definition.partitionColumns).toEqual([]);
    expect(sink.tables.get('t_log')?.definition.partitionColumns.map(({ name }) => name)).toEqual([
      'modifytime_year',
      'modifytime_month',
      'modifytime_day',
    ]);
    expect(tables).toEqual([
      {
        table: T,
        base: 't_base',
        log: 't_log',
        columnsHash: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        keyed: true,
      },
    ]);
    expect(more).toBe(false);
    expect(sink.tables.get('t_base')?.definition.columns[0]).toEqual({
      name: 'id',
      type: 'int',
      comment: 'oracle:NUMBER(9,0)',
    });
  });

  test('after a cut gives tables of before the columns that came later', async () => {
    const sink = new SmallSink();
    await createTables(dependencies({ sink }))({ spec, own });
    const log = sink.tables.get('t_log');
    const columns = log?.definition.columns.filter(({ name }) => name !== 'v') ?? [];
    if (log) sink.tables.set('t_log', { ...log, definition: { ...log.definition, columns } });
    sink.positions.clear(); // the attempt that made them ended before it kept what they were made from
    await createTables(dependencies({ sink }))({ spec, own });
    expect(sink.tables.get('t_log')?.definition.columns.at(-1)?.name).toBe('v');
  });

  test('after a reset plans a table as its chain planned it first, whatever the dictionary says by then', async () => {
    const sink = new SmallSink();
    const first = await createTables(dependencies({ sink }))({ spec, own });
    const again = await createTables(dependencies({ sink, source: new Wider() }))({ spec, own });
    expect(again.tables).toEqual(first.tables);
    expect(sink.tables.get('t_base')?.definition.columns.map(({ name }) => name)).toEqual(['id', 'v']);
  });

  test('of another chain of the same name plans a table from the dictionary', async () => {
    const sink = new SmallSink();
    const first = await createTables(dependencies({ sink }))({ spec, own });
    const other = { ...own, chainId: own.runId };
    const openRunOf = async () => ({ runId: other.runId, firstRunId: other.chainId });
    const attempt = attemptOf({ ...openRunFacts, openRunOf });
    const anew = await createTables(dependencies({ sink, source: new Wider(), attempt }))({ spec, own: other });
    expect(anew.tables[0]?.columnsHash).not.toBe(first.tables[0]?.columnsHash);
  });

  test('takes what an older version kept, without its chain, for nothing of its own', async () => {
    const sink = new SmallSink();
    const first = await createTables(dependencies({ sink }))({ spec, own });
    for (const key of sink.positions.keys()) sink.positions.set(key, JSON.stringify([description]));
    const again = await createTables(dependencies({ sink, source: new Wider() }))({ spec, own });
    expect(again.tables[0]?.columnsHash).not.toBe(first.tables[0]?.columnsHash);
  });

  test('follows the naming of the task', async () => {
    const sink = new SmallSink();
    const naming = { additionalColumns: 'prefixed', case: 'upper' };
    const given = specOf({ naming, tables: [{ table: T, as: 'Staff' }], incremental: { partition: ['year'] } });
    const { tables } = await createTables(dependencies({ sink }))({ spec: given, own });
    expect(tables[0]).toMatchObject({ base: 'Staff_base', log: 'Staff_log' });
    const log = sink.tables.get('Staff_log')?.definition;
    expect(log?.columns.map(({ name }) => name)).toEqual([
      ...['record_id', 'operation_flag', 'utc_timestamp', 'before_flag', 'after_flag'].map((n) => `new_dts_sync_${n}`),
      'ID',
      'V',
    ]);
    expect(log?.partitionColumns.map(({ name }) => name)).toEqual(['new_dts_sync_modifytime_year']);
  });

  test('may be repeated: what is there stays, and the plan is the same', async () => {
    const sink = new SmallSink();
    const first = await createTables(dependencies({ sink }))({ spec, own });
    sink.tables.get('t_base')?.rows.push(['1', 'kept']);
    expect(await createTables(dependencies({ sink }))({ spec, own })).toEqual(first);
    expect(sink.rowsOf('t_base')).toHaveLength(1);
  });

  test('of a run that is not the open one makes nothing', async () => {
    const sink = new SmallSink();
    const work = createTables(dependencies({ sink, attempt: attemptOf(cutRunFacts) }))({ spec, own });
    expect(await failureOf(work)).toBe('history-was-cut');
    expect(sink.tables.size).toBe(0);
  });

  test('refuses a column that has no MaxCompute type, by name, before it makes anything', async () => {
    class Odd extends SmallSource {
      override async describe(): Promise<readonly TableDescription[]> {
        const [small] = await super.describe();
        if (!small) throw new Error('no table');
        const column = { name: 'SHAPE', type: { base: 'SDO_GEOMETRY' }, nullable: true };
        return [{ ...small, columns: [...small.columns, column] }];
      }
    }
    const sink = new SmallSink();
    const work = createTables(dependencies({ sink, source: new Odd() }))({ spec, own });
    await expect(work).rejects.toThrow('APP.T: SHAPE (SDO_GEOMETRY)');
    expect(sink.tables.size).toBe(0);
  });

  test('goes page by page, in the order of names, and takes each table once', async () => {
    const listed = Array.from({ length: 250 }, (_, i) =>
      tableName({ owner: 'APP', name: `T${String(i).padStart(3, '0')}` }),
    );
    class Many extends SmallSource {
      override async listTables(): ReturnType<SmallSource['listTables']> {
        return listed.toReversed();
      }
      override async describe(tables: readonly TableName[] = []): Promise<readonly TableDescription[]> {
        return tables.map((table) => ({ ...description, table }));
      }
    }
    const sink = new SmallSink();
    const create = createTables(dependencies({ sink, source: new Many() }));
    const many = specOf({ tables: [{ table: 'APP.*' }] });
    const made: TableName[] = [];
    for (let more = true; more;) {
      const after = made.at(-1);
      const page = await create({ spec: many, own, ...(after !== undefined && { after }) });
      expect(JSON.stringify(page).length).toBeLessThan(64_000);
      made.push(...page.tables.map(({ table }) => table));
      ({ more } = page);
    }
    expect(made).toEqual(listed);
    expect(sink.tables.size).toBe(501);
  });

  test('excludes and renames columns, and gives them other types', async () => {
    const sink = new SmallSink();
    const columns = { rename: { ID: 'number' }, as: { ID: 'string' }, exclude: ['V'] };
    const given = specOf({ tables: [{ table: T, columns, values: { overflow: 'null' } }] });
    await createTables(dependencies({ sink }))({ spec: given, own });
    expect(sink.tables.get('t_base')?.definition.columns).toEqual([
      { name: 'number', type: 'string', comment: 'oracle:NUMBER(9,0)', overflow: 'null' },
    ]);
  });
});

describe('over tables that are there already', () => {
  const ignoring = specOf({ conflictingTables: 'ignore', incremental: { partition: [] } });
  const log = [
    { name: 'record_id', type: 'bigint' },
    { name: 'operation_flag', type: 'string' },
    { name: 'utc_timestamp', type: 'bigint' },
    { name: 'before_flag', type: 'string' },
    { name: 'after_flag', type: 'string' },
    { name: 'id', type: 'int' },
  ];
  async function there(comment = 'of somebody', columns = log): Promise<SmallSink> {
    const sink = new SmallSink();
    await sink.createTable({ name: 't_log', comment, columns, partitionColumns: [] });
    sink.tables.get('t_log')?.rows.push(['7', 'I', '1', 'N', 'Y', '1']);
    return sink;
  }

  test('leaves out what they lack, says so, marks them, and answers their highest record_id; also a second time', async () => {
    const sink = await there();
    const create = createTables(dependencies({ sink }));
    const page = await create({ spec: ignoring, own });
    expect(page).toMatchObject({ highestRecordId: 7, tables: [{ columnRules: { exclude: ['V'] } }] });
    expect(page.remarks).toEqual([
      'APP.T: t_log exists already, and the task goes on with it; left out, because not the same there: V',
    ]);
    for (const name of ['t_log', 't_base'])
      expect(readMark(sink.tables.get(name)?.definition.comment ?? '')?.chainId).toBe(own.chainId);
    expect(sink.tables.get('t_base')?.definition.columns.map(({ name }) => name)).toEqual(['id']);
    expect(await create({ spec: ignoring, own })).toMatchObject({ highestRecordId: 7, tables: page.tables });
  });

  test('says nothing when there are none', async () => {
    const page = await createTables(dependencies())({ spec: ignoring, own });
    expect(Object.keys(page)).toEqual(['tables', 'more']);
  });

  test.each([
    ['a running task', 'redoflow table of APP.T, chain other, task redoflow/x', 'other', 'bad-input'],
    ['a task that has ended', 'redoflow table of APP.T, chain other, task redoflow/x', 'newer', undefined],
    ['a task that is not named', 'redoflow table of APP.T, chain other', 'newer', 'bad-input'],
  ])('takes them over unless they are those of %s', async (_case, comment, openChain, refused) => {
    const sink = await there(comment);
    const run: RunFacts = {
      ...openRunFacts,
      openRunOf: async (id) => ({ runId: own.runId, firstRunId: id === 'redoflow/x' ? openChain : own.chainId }),
    };
    const work = createTables(dependencies({ sink, attempt: attemptOf(run) }))({ spec: ignoring, own });
    expect(await failureOf(work)).toBe(refused);
    expect(sink.tables.has('t_base')).toBe(refused === undefined);
  });

  test('refuses a log without the additional columns, before anything is made', async () => {
    const sink = await there('', log.slice(5));
    await expect(createTables(dependencies({ sink }))({ spec: ignoring, own })).rejects.toThrow(
      't_log lacks record_id',
    );
    expect([...sink.tables.keys()]).toEqual(['t_log']);
  });
});
