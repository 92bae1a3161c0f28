import { describe, expect, test } from 'vitest';
import {
  destinationColumn,
  destinationNames,
  logColumns,
  partitionColumns,
  partitionOf,
  reservedColumns,
} from '../../../model/names.ts';
import { tableName } from '../../../model/table.ts';

const table = tableName({ owner: 'HR', name: 'Mixed_Case' });
const plain = { additionalColumns: 'plain', case: 'default' } as const;
const prefixed = { additionalColumns: 'prefixed', case: 'default' } as const;
const ALL = ['year', 'month', 'day', 'hour', 'minute'] as const;

describe('destination names', () => {
  test.each([
    ['default', 'mixed_case'],
    ['lower', 'mixed_case'],
    ['upper', 'MIXED_CASE'],
    ['source', 'Mixed_Case'],
  ] as const)('under case %s are %s with the suffixes _base and _log', (rule, name) => {
    const naming = { ...plain, case: rule };
    expect(destinationNames(table, undefined, naming)).toEqual({ base: `${name}_base`, log: `${name}_log` });
    expect(destinationColumn('Mixed_Case', naming)).toBe(name);
  });

  test('given by a person stay as they are written, whatever the case rule says', () => {
    const naming = { ...plain, case: 'upper' } as const;
    expect(destinationNames(table, 'Staff', naming)).toEqual({ base: 'Staff_base', log: 'Staff_log' });
  });

  test.each([
    [{ prefix: 'hr_' }, 'hr_mixed_case'],
    [{ suffix: '_x' }, 'mixed_case_x'],
    [{ match: '^(\\w+)_case$', replace: '$1' }, 'mixed'],
    [{ match: 'none', replace: 'x', prefix: 'p_' }, 'p_mixed_case'],
  ])('are renamed in batch by %j', (tables, name) => {
    expect(destinationNames(table, undefined, { ...plain, tables }).base).toBe(`${name}_base`);
    expect(destinationNames(table, 'Staff', { ...plain, tables }).base).toBe('Staff_base');
  });
});

describe('the additional columns of a log', () => {
  test('are five, in this order', () => {
    expect(logColumns(plain)).toEqual([
      { name: 'record_id', type: 'bigint' },
      { name: 'operation_flag', type: 'string' },
      { name: 'utc_timestamp', type: 'bigint' },
      { name: 'before_flag', type: 'string' },
      { name: 'after_flag', type: 'string' },
    ]);
  });

  test('have the prefix of the New Rule in front, and nothing else changes', () => {
    expect(logColumns(prefixed)).toEqual(
      logColumns(plain).map((column) => ({ ...column, name: `new_dts_sync_${column.name}` })),
    );
  });

  test('and all partition columns are reserved, also those that are not chosen', () => {
    expect(reservedColumns(prefixed)).toHaveLength(10);
    expect(reservedColumns(prefixed)).toContain('new_dts_sync_modifytime_minute');
    expect(reservedColumns(plain)).toContain('modifytime_minute');
  });
});

describe('the partition of a change', () => {
  const seconds = Date.UTC(2026, 0, 2, 3, 4, 59) / 1000;

  test.each([
    [1, 'modifytime_year=2026'],
    [2, 'modifytime_year=2026,modifytime_month=01'],
    [3, 'modifytime_year=2026,modifytime_month=01,modifytime_day=02'],
    [4, 'modifytime_year=2026,modifytime_month=01,modifytime_day=02,modifytime_hour=03'],
    [5, 'modifytime_year=2026,modifytime_month=01,modifytime_day=02,modifytime_hour=03,modifytime_minute=04'],
  ])('of %i levels is zero-padded and in UTC', (levels, expected) => {
    expect(partitionOf(seconds, partitionColumns(ALL.slice(0, levels), plain))).toBe(expected);
  });

  test('begins with the second that begins it', () => {
    const days = partitionColumns(['year', 'month', 'day'], plain);
    const midnight = Date.UTC(2027, 0, 1) / 1000;
    expect(partitionOf(midnight - 1, days)).toBe('modifytime_year=2026,modifytime_month=12,modifytime_day=31');
    expect(partitionOf(midnight, days)).toBe('modifytime_year=2027,modifytime_month=01,modifytime_day=01');
  });

  test('has the prefixed names under the New Rule', () => {
    expect(partitionOf(seconds, partitionColumns(['year'], prefixed))).toBe('new_dts_sync_modifytime_year=2026');
  });

  test('of an unpartitioned log is none', () => {
    expect(partitionOf(seconds, [])).toBeUndefined();
  });
});
