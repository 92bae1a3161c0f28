import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { oracleTypeText, parseTableName, tableName, tableParts, type OracleType } from '../../../model/table.ts';

const written: readonly [string, string, string][] = [
  ['HR.EMPLOYEES', 'HR', 'EMPLOYEES'],
  ['hr.employees', 'HR', 'EMPLOYEES'],
  ['  hr.employees ', 'HR', 'EMPLOYEES'],
  ['HR."Mixed Case"', 'HR', 'Mixed Case'],
  ['"hr"."employees"', 'hr', 'employees'],
  ['"A.B".C', 'A.B', 'C'],
  ['SYS$1.X#Y', 'SYS$1', 'X#Y'],
];

describe('the name of a table', () => {
  test.each(written)('that a person writes as %s is %s and %s', (text, owner, name) => {
    expect(parseTableName(text)).toEqual({ owner, name });
  });

  test.each(['EMPLOYEES', 'HR.', '.EMPLOYEES', 'HR.A.B', 'HR.1A', 'HR."A', 'HR.""', 'HR EMPLOYEES', ''])(
    'is not %j',
    (text) => {
      expect(parseTableName(text)).toBeUndefined();
    },
  );

  test('is quoted only where Oracle would need it', () => {
    expect(tableName({ owner: 'HR', name: 'EMPLOYEES' })).toBe('HR.EMPLOYEES');
    expect(tableName({ owner: 'HR', name: 'employees' })).toBe('HR."employees"');
    expect(tableName({ owner: '1HR', name: 'A B' })).toBe('"1HR"."A B"');
  });

  test('is canonical: its parts and its text say the same', () => {
    const stored = fc.string({ minLength: 1, maxLength: 30 }).filter((text) => !text.includes('"'));
    fc.assert(
      fc.property(stored, stored, (owner, name) => {
        expect(tableParts(tableName({ owner, name }))).toEqual({ owner, name });
      }),
    );
  });

  test('that no part of the product made is refused', () => {
    expect(() => tableParts('nonsense' as ReturnType<typeof tableName>)).toThrow(RangeError);
  });
});

const types: readonly [OracleType, string][] = [
  [{ base: 'NUMBER' }, 'NUMBER'],
  [{ base: 'NUMBER', precision: 10 }, 'NUMBER(10)'],
  [{ base: 'NUMBER', precision: 10, scale: 2 }, 'NUMBER(10,2)'],
  [{ base: 'NUMBER', precision: 5, scale: -2 }, 'NUMBER(5,-2)'],
  [{ base: 'VARCHAR2', length: 40 }, 'VARCHAR2(40)'],
  [{ base: 'DATE' }, 'DATE'],
  [{ base: 'TIMESTAMP', scale: 0 }, 'TIMESTAMP(0)'],
  [{ base: 'FLOAT', precision: 126 }, 'FLOAT(126)'],
  [{ base: 'NUMBER', scale: 0 }, 'NUMBER(*,0)'],
  [{ base: 'NUMBER', precision: 38, scale: 127 }, 'NUMBER(38,127)'],
  [{ base: 'NVARCHAR2', length: 80 }, 'NVARCHAR2(40)'],
  [{ base: 'NCHAR', length: 2 }, 'NCHAR(1)'],
  [{ base: 'BINARY_DOUBLE' }, 'BINARY_DOUBLE'],
  [{ base: 'TIMESTAMP' }, 'TIMESTAMP'],
  [{ base: 'TIMESTAMP WITH TIME ZONE', scale: 6 }, 'TIMESTAMP(6) WITH TIME ZONE'],
  [{ base: 'TIMESTAMP WITH LOCAL TIME ZONE', scale: 0 }, 'TIMESTAMP(0) WITH LOCAL TIME ZONE'],
  [{ base: 'INTERVAL YEAR TO MONTH', precision: 2, scale: 0 }, 'INTERVAL YEAR(2) TO MONTH'],
  [{ base: 'INTERVAL DAY TO SECOND', precision: 2, scale: 6 }, 'INTERVAL DAY(2) TO SECOND(6)'],
  [{ base: 'INTERVAL DAY TO SECOND' }, 'INTERVAL DAY TO SECOND'],
];

test.each(types)('the type %j is written %s', (type, text) => {
  expect(oracleTypeText(type)).toBe(text);
});
