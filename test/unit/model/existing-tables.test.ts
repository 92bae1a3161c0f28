/** Which tables that are there already a task can go on with. */
import { describe, expect, test } from 'vitest';
import { existingText, fitToExisting, type ExistingTables } from '../../../model/existing-tables.ts';
import { logColumns, partitionColumns } from '../../../model/names.ts';
import type { SinkTable } from '../../../model/sink-table.ts';
import type { TableKey } from '../../../model/table.ts';

const plain = { additionalColumns: 'plain' } as const;
const id = { name: 'id', type: 'int' };
const note = { name: 'note', type: 'string' };
const wanted = {
  columns: [
    { source: 'ID', sink: id },
    { source: 'NOTE', sink: note },
  ],
  logColumns: logColumns(plain),
  partitionColumns: partitionColumns(['year', 'month'], plain),
  key: { kind: 'primary', columns: ['ID'] } as TableKey,
};
const base: SinkTable = { name: 'a_base', comment: '', columns: [id, note], partitionColumns: [] };
const log: SinkTable = {
  name: 'a_log',
  comment: '',
  columns: [...wanted.logColumns, id, note],
  partitionColumns: wanted.partitionColumns,
};
const keyless = { ...wanted, key: { kind: 'none', columns: [] } as TableKey };
const without = (table: SinkTable, name: string): SinkTable => ({
  ...table,
  columns: table.columns.filter((column) => column.name !== name),
});
const fit = (found: Partial<ExistingTables>, asked = wanted) => fitToExisting(asked, { oldRows: false, ...found });

describe('what fits', () => {
  test.each<[string, Partial<ExistingTables>, readonly string[]]>([
    ['nothing is there', {}, []],
    ['both are as the task would make them', { base, log, oldRows: true }, []],
    ['names are in other letters', { base: { ...base, columns: [{ ...id, name: 'ID' }, note] } }, []],
    ['there are more columns', { base: { ...base, columns: [id, { name: 'x', type: 'string' }, note] } }, []],
    ['`_base` lacks a column', { base: without(base, 'note'), log }, ['NOTE']],
    ['`_log` lacks a column', { base, log: without(log, 'note') }, ['NOTE']],
    ['a column has another type', { base: { ...base, columns: [id, { ...note, type: 'bigint' }] } }, ['NOTE']],
  ])('when %s', (_case, found, exclude) => {
    expect(fit(found)).toEqual({ exclude, problems: [] });
  });

  test.each<[string, Partial<ExistingTables>, string]>([
    ['the key is missing', { base: without(base, 'id') }, "a_base: the key's ID is missing or has another type"],
    ['an additional column is missing', { log: without(log, 'utc_timestamp') }, 'a_log lacks utc_timestamp bigint'],
    [
      'record_id is not the first',
      { log: { ...log, columns: log.columns.toReversed() } },
      'the first column of a_log is not record_id',
    ],
    [
      'partitions are others',
      { log: { ...log, partitionColumns: log.partitionColumns.slice(0, 1) } },
      'a_log is partitioned by modifytime_year, the task asks for modifytime_year, modifytime_month',
    ],
    ['`_base` is partitioned', { base: { ...base, partitionColumns: [note] } }, 'a_base is partitioned'],
    ['another task runs', { base, log, heldBy: 'it is a table of x' }, 'a_base and a_log: it is a table of x'],
  ])('is refused when %s', (_case, found, problem) => {
    expect(fit(found).problems).toContain(problem);
  });

  test('is refused without a key when there are rows, and only then', () => {
    expect(fit({ base, oldRows: false }, keyless).problems).toEqual([]);
    expect(fit({ base, oldRows: true }, keyless).problems).toEqual([
      'a_base has rows, and without a key they cannot be told from those of the source',
    ]);
  });
});

describe('what is told', () => {
  test.each<[Partial<ExistingTables>, string | undefined]>([
    [{}, undefined],
    [{ log }, 'a_log exists already, and the task goes on with it'],
    [
      { base: without(base, 'note'), log },
      'a_base and a_log exist already, and the task goes on with them; left out, because not the same there: NOTE',
    ],
  ])('of %j', (found, text) => {
    expect(existingText({ oldRows: false, ...found }, fit(found))).toBe(text);
  });
});
