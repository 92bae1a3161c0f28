import { describe, expect, test } from 'vitest';
import { parseTaskSpec, type TaskSpec } from '../../../model/task-spec.ts';
import { ownersToList, selectTables } from '../../../model/table-selection.ts';
import { tableName } from '../../../model/table.ts';

function entries(...tables: readonly unknown[]): TaskSpec['tables'] {
  const parsed = parseTaskSpec({ name: 'n', source: 's', destination: 'd', tables });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.spec.tables;
}

const listed = ['EMP', 'EMP_OLD', 'TMP_1', 'Mixed Case', 'E$P', '员工'].map((name) => tableName({ owner: 'HR', name }));
const selected = (...tables: readonly unknown[]) => {
  const { tables: found, problems } = selectTables(entries(...tables), listed);
  return { tables: found.map(({ table }) => table), problems };
};

describe('the tables of a task', () => {
  test('are those named, whether they exist or not', () => {
    expect(selected({ table: 'HR.NONE' })).toEqual({ tables: ['HR.NONE'], problems: [] });
  });

  test.each([
    ['HR.*', ['HR."Mixed Case"', 'HR."员工"', 'HR.E$P', 'HR.EMP', 'HR.EMP_OLD', 'HR.TMP_1']],
    ['HR.EMP*', ['HR.EMP', 'HR.EMP_OLD']],
    ['HR.E?P', ['HR.E$P', 'HR.EMP']],
    ['HR.E$*', ['HR.E$P']],
  ])('are those that the pattern %s means, in the order of names', (table, expected) => {
    expect(selected({ table })).toEqual({ tables: expected, problems: [] });
  });

  test('leave out the exceptions of a pattern', () => {
    const except = ['HR.TMP_*', 'HR.EMP', 'HR."Mixed Case"', 'HR."员工"', 'HR.E$P'];
    expect(selected({ table: 'HR.*', except })).toEqual({ tables: ['HR.EMP_OLD'], problems: [] });
  });

  test('take an exact entry before a pattern', () => {
    const { tables } = selectTables(entries({ table: 'HR.EMP*' }, { table: 'HR.EMP', as: 'staff' }), listed);
    expect(tables.map(({ table, entry }) => [table, entry.as])).toEqual([
      ['HR.EMP', 'staff'],
      ['HR.EMP_OLD', undefined],
    ]);
  });

  test('are not guessed: two patterns that mean one table, and a pattern that means none', () => {
    expect(selected({ table: 'HR.EMP*' }, { table: 'HR.*OLD' }, { table: 'HR.X*' }).problems).toEqual([
      'HR.EMP_OLD matches HR.EMP* and HR.*OLD; list it by its name, or add an `except`',
      'no table matches HR.X*',
    ]);
  });

  test('need the tables of an owner listed only when a pattern names it', () => {
    expect(ownersToList(entries({ table: 'A.X' }, { table: 'B.*' }, { table: '"c".T*' }))).toEqual(['B', 'c']);
  });
});
