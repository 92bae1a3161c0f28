/** Index-organized tables: buckets, the segments that rows are in, and partial rollbacks of rows without ROW_IDs. */
import { describe, expect, test } from 'vitest';
import { tableName } from '../../../model/table.ts';
import type { TableDescription } from '../../../model/table.ts';
import { cutBuckets, indexOrganizedSegments, movedTables, planBuckets } from '../../../oracle/index-organized.ts';
import type { Binds, TextRow } from '../../../oracle/session.ts';
import { assembly, NO_ROW_ID, redo, run, stopsOf, tableT } from '../../support/redo-notation.ts';

const never = new AbortController().signal;
const T = tableName({ owner: 'HR', name: 'T' });

describe('buckets', () => {
  const MEGABYTE = 2 ** 20;

  test.each([
    ['nothing', 0, { chunkMegabytes: 1, chunksMax: 500 }, 1],
    ['less than a chunk', MEGABYTE, { chunkMegabytes: 1, chunksMax: 500 }, 1],
    ['a little more', MEGABYTE + 1, { chunkMegabytes: 1, chunksMax: 500 }, 2],
    ['many chunks', 1000 * MEGABYTE, { chunkMegabytes: 1, chunksMax: 500 }, 16],
    ['many chunks, of which few are wanted', 1000 * MEGABYTE, { chunkMegabytes: 1, chunksMax: 3 }, 3],
    ['some large chunks', 1000 * MEGABYTE, { chunkMegabytes: 256, chunksMax: 500 }, 4],
  ])('of %s: of %i bytes by %o there are %i', (_what, bytes, limits, expected) => {
    expect(cutBuckets(bytes, limits)).toEqual(
      Array.from({ length: expected }, (_, i) => ({ number: i + 1, bucket: i, of: expected })),
    );
  });
});

/** Answers of a dictionary by the view that is asked. */
const dictionary = (answers: Readonly<Record<string, (binds: Binds) => readonly TextRow[]>>) => ({
  query: (sql: string, binds: Binds): Promise<readonly TextRow[]> => {
    const [, view = ''] = /FROM (\w+)/.exec(sql) ?? [];
    return Promise.resolve(answers[view]?.(binds) ?? []);
  },
});

const parts = {
  DBA_INDEXES: () => [['HR', 'T', 'HR', 'T_PK']],
  DBA_TABLES: () => [['HR', 'T', 'HR', 'SYS_IOT_OVER_70']],
};

describe('the segments of a table', () => {
  test('are those of its index and its overflow table, not of a table that has the name of the index', async () => {
    const objects = [
      ['HR', 'T_PK', 'TABLE', '60', '60'],
      ['HR', 'T_PK', 'INDEX', '71', '81'],
      ['HR', 'SYS_IOT_OVER_70', 'TABLE', '72', null],
    ];
    const found = await indexOrganizedSegments(dictionary({ ...parts, DBA_OBJECTS: () => objects }), [T], never);
    expect(found.get(T)).toEqual([
      { objectId: '71', dataObjectId: '81' },
      { objectId: '72', dataObjectId: null },
    ]);
  });

  test('decide together how many buckets it has', async () => {
    const bytes: Readonly<Record<string, string>> = { 'T_PK INDEX': '1048576', 'SYS_IOT_OVER_70 TABLE': '2097152' };
    const extents = ({ n, t }: Binds): readonly TextRow[] => [[bytes[`${n} ${t}`] ?? null]];
    const limits = { chunkMegabytes: 1, chunksMin: 8, chunksMax: 500 };
    const chunks = await planBuckets(dictionary({ ...parts, DBA_EXTENTS: extents }), T, limits, never);
    expect(chunks.map(({ bucket, of }) => `${bucket}/${of}`)).toEqual(['0/3', '1/3', '2/3']);
    await expect(planBuckets(dictionary({}), T, limits, never)).rejects.toThrow(/not index-organized any more/);
  });

  test('have moved when the dictionary has other numbers for them, or none', async () => {
    const described = (name: string, ...numbers: readonly string[]): TableDescription => ({
      ...tableT,
      table: tableName({ owner: 'HR', name }),
      indexOrganized: true,
      segments: numbers.map((number) => ({ objectId: number, dataObjectId: number })),
    });
    const tables = [described('KEPT', '1', '2'), described('TRUNCATED', '3'), described('DROPPED', '4'), tableT];
    const objects = [
      ['1', '1'],
      ['2', '2'],
      ['3', '9'],
    ];
    const moved = await movedTables(dictionary({ DBA_OBJECTS: () => objects }), tables, never);
    expect([...moved]).toEqual(['HR.TRUNCATED', 'HR.DROPPED']);
  });
});

describe('a partial rollback in an index-organized table', () => {
  const indexOrganized: TableDescription = { ...tableT, indexOrganized: true };
  const tables = new Map(['74858', '74859'].map((number) => [number, indexOrganized]));
  const asked = { ...assembly, tables };
  const withoutRowIds = (line: string) =>
    redo(line).map((row) => (row.rowId === null ? row : { ...row, rowId: NO_ROW_ID }));

  test.each([
    ['to a savepoint takes out the latest changes', '7:start 7:+1 7:~1 7:+2 7:-2! 7:~1! 7:commit', ['7@107:+1']],
    ['of a statement takes out its rows', '7:start 7:+1 7:+2 7:+3 7:-3! 7:-2! 7:+4 7:commit', ['7@108:+1+4']],
    ['of an array DELETE takes all of it out', '7:start 7:-1 7:-2 7:-3 7:+3! 7:+2! 7:+1! 7:~4 7:commit', ['7@109:~4']],
    ['within another takes out both', '7:start 7:+1 7:+2 7:-2! 7:~1 7:~1! 7:-1! 7:+3 7:commit', ['7@109:+3']],
  ])('%s', (_rule, line, expected) => {
    expect(run(withoutRowIds(line), asked)).toEqual(expected);
  });

  test('is of the whole table, by whichever object a row is shown', () => {
    const rows = withoutRowIds('7:start 7:+1 7:+2 7:-2! 7:commit').map((row) =>
      row.rollback ? { ...row, dataObject: '74859' } : row,
    );
    expect(run(rows, asked)).toEqual(['7@105:+1']);
  });

  test.each([
    ['whose latest change is of another kind', '7:start 7:+1 7:~1 7:-1! 7:commit'],
    ['of more than there was', '7:start 7:+1 7:-1! 7:-2! 7:commit'],
  ])('%s stops it', (_rule, line) => {
    const commit = 100 + line.split(' ').length;
    expect(stopsOf(withoutRowIds(line), asked)).toEqual([`${commit - 1} APP.T undecodable`]);
  });

  test('does not heed ROW_IDs, should there be some', () => {
    const rows = redo('7:start 7:+1 7:+2 7:-1! 7:commit');
    expect(run(rows, asked)).toEqual(['7@105:+1']);
  });
});
