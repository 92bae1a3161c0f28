/** The whole sink against a MaxCompute, whichever it is. */
import { afterAll, describe, expect, test } from 'vitest';
import type { SinkColumn } from '../../model/sink-table.ts';
import type { Row } from '../../model/table.ts';
import { MaxComputeSink } from '../../maxcompute/sink.ts';
import { failureKind, openMaxCompute, TWO_COLUMNS } from './maxcompute-world.ts';

const world = await openMaxCompute();
const { connection, port, newName } = world;
afterAll(async () => world[Symbol.asyncDispose]());

describe('tables', () => {
  test('a probe answers', async () => {
    await port.probe();
  });

  test('a table is found as it was created, and creating it again changes nothing', async () => {
    const table = await world.newTable('found', TWO_COLUMNS, [{ name: 'day', type: 'string' }]);
    await port.createTable(table);
    expect(await port.findTable(table.name)).toEqual(table);
  });

  test('a table that is not there is undefined, and dropping it is no error', async () => {
    expect(await port.findTable(newName('missing'))).toBeUndefined();
    await port.dropTable(newName('missing'));
  });

  test('renaming moves the rows; it fails when the source is missing or the new name is taken', async () => {
    const table = await world.newTable('rename');
    const { target, id } = await world.uploaded(table, [['1', 'a']]);
    await port.commitUpload(target, id);
    const other = newName('renamed');
    await port.renameTable(table.name, other);
    expect(await world.rowsOf(other)).toEqual([['1', 'a']]);
    expect(await failureKind(port.renameTable(table.name, newName('renamed')))).not.toBe('none');
    const third = await world.newTable('third');
    expect(await failureKind(port.renameTable(third.name, other))).not.toBe('none');
  });

  test('the words of MaxCompute reach the failure', async () => {
    await expect(port.countRows('rf_no_such_table')).rejects.toThrow(
      /counting MaxCompute table rf_no_such_table: ODPS-0130131/,
    );
    expect(await failureKind(port.countRows('rf_no_such_table'))).toBe('sink-table-changed');
  });

  test('count and highest go over all partitions; the highest of nothing is 0', async () => {
    const table = await world.newTable('highest', TWO_COLUMNS, [{ name: 'day', type: 'string' }]);
    expect([await port.countRows(table.name), await port.highest(table.name, 'id')]).toEqual([0, 0]);
    for (const day of ['1', '2']) {
      await port.addPartition(table.name, `day=${day}`);
      await port.addPartition(table.name, `day=${day}`);
      const { target, id } = await world.uploaded(
        table,
        [
          [`${day}00`, 'a'],
          ['7', null],
        ],
        `day=${day}`,
      );
      await port.commitUpload(target, id);
    }
    expect([await port.countRows(table.name), await port.highest(table.name, 'id')]).toEqual([4, 200]);
  });
});

describe('uploads', () => {
  const COLUMNS: readonly SinkColumn[] = [
    ['c_tinyint', 'tinyint'],
    ['c_smallint', 'smallint'],
    ['c_int', 'int'],
    ['c_bigint', 'bigint'],
    ['c_boolean', 'boolean'],
    ['c_float', 'float'],
    ['c_double', 'double'],
    ['c_decimal', 'decimal(38,18)'],
    ['c_money', 'decimal(10,2)'],
    ['c_string', 'string'],
    ['c_varchar', 'varchar(10)'],
    ['c_binary', 'binary'],
    ['c_date', 'date'],
    ['c_datetime', 'datetime'],
    ['c_timestamp', 'timestamp'],
    ['c_ntz', 'timestamp_ntz'],
  ].map(([name = '', type = '']) => ({ name, type }));

  const ROWS: readonly Row[] = [
    COLUMNS.map(() => null),
    [
      ...['-128', '-32768', '-2147483648', '-9223372036854775807', 'true', '0.1', '-0.1'],
      ...['-12345678901234567890.123456789012345678', '-99999999.99', '中文😀 "quoted",\nline', 'abcdefghij'],
      Uint8Array.from([0, 255, 128]),
      ...['0001-01-01', '1900-01-01 00:00:00.001', '1969-12-31 23:59:58.25', '9999-12-31 23:59:59.999999999'],
    ],
    [
      ...['127', '32767', '2147483647', '9223372036854775807', 'false', '3.4028235e+38', '1.7976931348623157e+308'],
      ...['0', '0.01', '', ''],
      new Uint8Array(0),
      ...['9999-12-31', '9999-12-31 23:59:59.999', '2024-02-29 12:34:56.123456789', '0001-01-01 00:00:00.000000001'],
    ],
  ];

  test('values of every type come back as they went in', async () => {
    const table = await world.newTable('types', COLUMNS);
    const { target, id } = await world.uploaded(table, ROWS);
    await port.commitUpload(target, id);
    const found = [...(await world.rowsOf(table.name))];
    const order = (row: Row): string => String(row[0]);
    expect(found.sort((a, b) => order(a).localeCompare(order(b)))).toEqual(
      ROWS.toSorted((a, b) => order(a).localeCompare(order(b))),
    );
  });

  test('nothing is visible before the commit, everything after it, and the session says so', async () => {
    const table = await world.newTable('commit');
    const { target, id, held } = await world.uploaded(table, [
      ['1', 'a'],
      ['2', null],
    ]);
    expect(held).toMatchObject({ rows: 2, blocks: 1 });
    expect(await port.uploadStatus(target, id)).toEqual({ status: 'normal', blocks: [0] });
    expect(await port.countRows(table.name)).toBe(0);
    await port.commitUpload(target, id);
    expect((await port.uploadStatus(target, id)).status).toBe('closed');
    expect(await port.countRows(table.name)).toBe(2);
  });

  test('two sessions add up, and a session left alone is seen by nobody', async () => {
    const table = await world.newTable('append');
    const first = await world.uploaded(table, [['1', 'a']]);
    await world.uploaded(table, [['9', 'orphan']]);
    const second = await world.uploaded(table, [['2', 'b']]);
    await port.commitUpload(second.target, second.id);
    await port.commitUpload(first.target, first.id);
    expect((await world.rowsOf(table.name)).map(([id]) => id).toSorted()).toEqual(['1', '2']);
  });

  test('rows may come in another order of columns than the table, and leave some out', async () => {
    const table = await world.newTable('order', [...TWO_COLUMNS, { name: 'more', type: 'int' }]);
    const reversed = { ...table, columns: TWO_COLUMNS.toReversed() };
    const { target, id } = await world.uploaded(reversed, [['a', '1']]);
    await port.commitUpload(target, id);
    expect(await world.rowsOf(table.name)).toEqual([['1', 'a', null]]);
  });

  test('a column that the table lacks, or has with another type, is noticed before anything is written', async () => {
    const { name } = await world.newTable('changed');
    const open = async (column: SinkColumn) => failureKind(port.openUpload({ table: name }, [column]));
    expect(await open({ name: 'gone', type: 'int' })).toBe('sink-table-changed');
    expect(await open({ name: 'id', type: 'int' })).toBe('sink-table-changed');
    expect(await open({ name: 'ID', type: 'BIGINT' })).toBe('none');
    expect(await failureKind(port.openUpload({ table: 'rf_no_such_table' }, []))).toBe('sink-table-changed');
  });

  test('many rows become several blocks that all arrive', { timeout: 120_000 }, async () => {
    const table = await world.newTable('blocks');
    const upload = await port.openUpload({ table: table.name }, table.columns);
    const text = 'x'.repeat(4000);
    for (let batch = 0; batch < 20; batch++)
      await upload.write(Array.from({ length: 1000 }, (_, row) => [String(batch * 1000 + row), text]));
    const held = await upload.finish();
    expect(held).toMatchObject({ rows: 20_000, blocks: 3 });
    expect(held.bytes).toBeGreaterThan(20_000 * 4000);
    expect((await port.uploadStatus({ table: table.name }, upload.id)).blocks).toEqual([0, 1, 2]);
    await port.commitUpload({ table: table.name }, upload.id);
    expect([await port.countRows(table.name), await port.highest(table.name, 'id')]).toEqual([20_000, 19_999]);
  });

  test('a session that was never there is gone', async () => {
    const { name } = await world.newTable('gone');
    expect(await port.uploadStatus({ table: name }, '20240101000000000000000000000001')).toEqual({
      status: 'gone',
      blocks: [],
    });
  });
});

describe('the position of a task', () => {
  test('is replaced in one step, and each task has its own', async () => {
    const table = await world.newPositions();
    expect(await port.readPosition(table, 'a.b-c_1')).toBeUndefined();
    await port.savePosition(table, 'a.b-c_1', '{"scn":"1"}');
    await port.savePosition(table, 'other', '{"scn":"7"}');
    const long = JSON.stringify({ scn: '2', text: 'é"\\N,\n'.repeat(50_000) });
    await port.savePosition(table, 'a.b-c_1', long);
    expect(await port.readPosition(table, 'a.b-c_1')).toBe(long);
    expect(await port.readPosition(table, 'other')).toBe('{"scn":"7"}');
  });

  test('is undefined before there is a table, and a task name cannot leave its partition', async () => {
    expect(await port.readPosition(newName('positions'), 'a')).toBeUndefined();
    expect(await failureKind(port.savePosition('t', 'a,b=c', ''))).toBe('bad-input');
  });
});

describe('credentials', () => {
  test('a wrong secret is a refused login, and appears in no message', async () => {
    await using wrong = new MaxComputeSink({ ...connection, accessKeySecret: 'not-the-secret-at-all' });
    const error: unknown = await wrong.probe().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'sink-login-refused' });
    expect(String(error)).not.toContain('not-the-secret-at-all');
    expect(String(error)).not.toContain(connection.accessKeyId);
  });

  test('an endpoint where nobody listens is unreachable', async () => {
    const nowhere = { ...connection, endpoint: 'http://127.0.0.1:9/api' };
    await using absent = new MaxComputeSink(nowhere, { attemptsMax: 2, firstWaitMs: 10, budgetMs: 1_000 });
    expect(await failureKind(absent.probe())).toBe('sink-unreachable');
  });
});
