import { describe, expect, test } from 'vitest';
import { dataObjectIds, objectIds, tableName } from '../../../model/table.ts';
import { describeTable, keyOf, oracleType } from '../../../oracle/dictionary.ts';
import type { ColumnRow, ConstraintRow, DictionaryRows } from '../../../oracle/dictionary.ts';

const column = (name: string, changes: Partial<ColumnRow> = {}): ColumnRow => ({
  name,
  dataType: 'NUMBER',
  dataLength: '22',
  precision: null,
  scale: null,
  nullable: false,
  ...changes,
});

describe('a column type', () => {
  test.each<[string, Partial<ColumnRow>, unknown]>([
    ['NUMBER', {}, { base: 'NUMBER' }],
    ['NUMBER(10,2)', { precision: '10', scale: '2' }, { base: 'NUMBER', precision: 10, scale: 2 }],
    ['NUMBER(5,-2)', { precision: '5', scale: '-2' }, { base: 'NUMBER', precision: 5, scale: -2 }],
    ['INTEGER has a scale and no precision', { scale: '0' }, { base: 'NUMBER', scale: 0 }],
    ['FLOAT', { dataType: 'FLOAT', precision: '126' }, { base: 'FLOAT', precision: 126 }],
    ['VARCHAR2(40 CHAR) has its bytes', { dataType: 'VARCHAR2', dataLength: '160' }, { base: 'VARCHAR2', length: 160 }],
    ['RAW(16)', { dataType: 'RAW', dataLength: '16' }, { base: 'RAW', length: 16 }],
    ['DATE has no length', { dataType: 'DATE', dataLength: '7' }, { base: 'DATE' }],
    ['TIMESTAMP(6)', { dataType: 'TIMESTAMP(6)', dataLength: '11', scale: '6' }, { base: 'TIMESTAMP', scale: 6 }],
    [
      'with a zone',
      { dataType: 'TIMESTAMP(3) WITH TIME ZONE', dataLength: '13', scale: '3' },
      { base: 'TIMESTAMP WITH TIME ZONE', scale: 3 },
    ],
    [
      'interval',
      { dataType: 'INTERVAL DAY(2) TO SECOND(6)', dataLength: '11', precision: '2', scale: '6' },
      { base: 'INTERVAL DAY TO SECOND', precision: 2, scale: 6 },
    ],
  ])('%s', (_name, changes, type) => {
    expect(oracleType(column('C', changes))).toEqual(type);
  });
});

describe('the key', () => {
  const columns = ['A', 'B', 'C', 'D'].map((name) => ({ name, type: { base: 'NUMBER' }, nullable: name === 'D' }));
  /** "P PK A,B": type, name, columns. */
  const constraints = (...texts: readonly string[]): ConstraintRow[] =>
    texts.flatMap((text) => {
      const [type = '', name = '', list = ''] = text.split(' ');
      return list.split(',').map((columnName, i) => ({ name, type, column: columnName, position: i + 1 }));
    });

  test.each<[string, readonly string[], unknown]>([
    ['the primary key, in its own order', ['U U1 C', 'P PK B,A'], { kind: 'primary', columns: ['B', 'A'] }],
    ['else a unique constraint without NULLs', ['U U1 D', 'U U2 C'], { kind: 'unique', columns: ['C'] }],
    ['of several the one with fewer columns', ['U U1 A,B', 'U U2 C'], { kind: 'unique', columns: ['C'] }],
    ['among equals the first by name', ['U U2 A', 'U U1 C'], { kind: 'unique', columns: ['C'] }],
    ['a nullable column does not tell rows apart', ['U U1 A,D'], { kind: 'none', columns: [] }],
    ['a column that is not stored does not either', ['U U1 SYS_NC00005$'], { kind: 'none', columns: [] }],
    ['none', [], { kind: 'none', columns: [] }],
  ])('%s', (_rule, texts, key) => {
    expect(keyOf(constraints(...texts), columns)).toEqual(key);
  });

  test('follows POSITION, not the order of the rows', () => {
    expect(keyOf(constraints('P PK B,A').reverse(), columns)).toEqual({ kind: 'primary', columns: ['B', 'A'] });
  });
});

describe('a table', () => {
  const table = tableName({ owner: 'HR', name: 'T' });
  const ordinary: DictionaryRows = {
    table: { iotType: null, temporary: 'N', nested: 'NO', partitioned: 'NO', cluster: null },
    columns: [column('ID', { precision: '9', scale: '0' })],
    constraints: [{ name: 'PK', type: 'P', column: 'ID', position: 1 }],
    objectId: '73000',
    dataObjectId: null,
  };

  test('is described by its columns, key and numbers', () => {
    expect(describeTable(table, ordinary)).toEqual({
      table,
      columns: [{ name: 'ID', type: { base: 'NUMBER', precision: 9, scale: 0 }, nullable: false }],
      key: { kind: 'primary', columns: ['ID'] },
      objectId: '73000',
      dataObjectId: null,
    });
  });

  test('knows the places of its columns in the stored row, among hidden ones', () => {
    const columns = [
      column('ID', { segmentColumn: '1' }),
      column('SYS_C00002_26112217:46:25$', { segmentColumn: '2', hidden: true }),
      column('V', { segmentColumn: '3' }),
      column('SYS_NC00004$', { segmentColumn: '4', hidden: true }),
    ];
    const described = describeTable(table, { ...ordinary, columns });
    expect(described.columns.map(({ name, segmentColumn }) => [name, segmentColumn])).toEqual([
      ['ID', 1],
      ['V', 3],
    ]);
    expect(described.segmentColumns).toBe(4);
  });

  test.each<[string, Partial<DictionaryRows['table']>, RegExp]>([
    ['temporary', { temporary: 'Y' }, /temporary/],
    ['nested', { nested: 'YES' }, /nested/],
    ['index-organized and partitioned', { iotType: 'IOT', partitioned: 'YES' }, /index-organized and partitioned/],
    ['the overflow of an index-organized one', { iotType: 'IOT_OVERFLOW' }, /part of an index-organized table/],
    ['the mapping of an index-organized one', { iotType: 'IOT_MAPPING' }, /part of an index-organized table/],
    ['index-organized, by an index that is not to be seen', { iotType: 'IOT' }, /does not show its index/],
    ['clustered', { cluster: 'C' }, /cluster/],
  ])('that is %s says why it cannot be captured', (_kind, changes, reason) => {
    expect(describeTable(table, { ...ordinary, table: { ...ordinary.table, ...changes } }).unsupported).toMatch(reason);
  });

  test('that is index-organized is in its index and its overflow table', () => {
    const segments = [
      { objectId: '73001', dataObjectId: '73009' },
      { objectId: '73002', dataObjectId: '73002' },
    ];
    const rows = { ...ordinary, table: { ...ordinary.table, iotType: 'IOT' }, segments };
    const described = describeTable(table, rows);
    expect(described).toMatchObject({ indexOrganized: true, segments, dataObjectId: null });
    expect(described.unsupported).toBeUndefined();
    expect(objectIds(described)).toEqual(['73000', '73001', '73002']);
    expect(dataObjectIds(described)).toEqual(['73009', '73002']);
    const hidden = [column('ID', { hidden: true }), column('V')];
    expect(describeTable(table, { ...rows, columns: hidden }).unsupported).toMatch(/hidden or virtual/);
  });

  test('that is partitioned has its partitions; with more than 1,000 of them it is refused', () => {
    const described = (count: number) => {
      const segments = Array.from({ length: count }, (_, i) => ({ objectId: `8${i}`, dataObjectId: null }));
      const rows = { ...ordinary, table: { ...ordinary.table, partitioned: 'YES' }, segments };
      return describeTable(table, rows);
    };
    expect(described(1000)).toMatchObject({ segments: { length: 1000 } });
    expect(described(1000).unsupported).toBeUndefined();
    expect(described(1001).unsupported).toMatch(/1001 partitions/);
  });

  test.each([
    ['31 bytes', 'C'.repeat(31), true],
    ['30 bytes', 'C'.repeat(30), false],
    ['11 characters of 3 bytes', '表'.repeat(11), true],
  ])('with a column name of %s: refused is %s', (_name, name, refused) => {
    const described = describeTable(table, { ...ordinary, columns: [column(name)] });
    expect(described.unsupported !== undefined).toBe(refused);
  });
});
