import { describe, expect, test } from 'vitest';
import type { OracleType } from '../../../model/table.ts';
import { columnComment, mapType, refusedTypes, typeRules } from '../../../model/type-mapping.ts';

const number = (precision?: number, scale?: number): OracleType => ({
  base: 'NUMBER',
  ...(precision !== undefined && { precision }),
  ...(scale !== undefined && { scale }),
});
const anyNumber: OracleType = { base: 'NUMBER', scale: 0 };
const timestamp = (scale: number): OracleType => ({ base: 'TIMESTAMP', scale });

const mapped: readonly [OracleType, string][] = [
  [number(1, 0), 'int'],
  [number(9, 0), 'int'],
  [number(10, 0), 'bigint'],
  [number(18, 0), 'bigint'],
  [number(19, 0), 'decimal(19,0)'],
  [number(38, 0), 'decimal(38,0)'],
  [number(9), 'int'],
  [number(10, 2), 'decimal(10,2)'],
  [number(1, 1), 'decimal(1,1)'],
  [number(38, 18), 'decimal(38,18)'],
  // More decimals than digits: as wide as the decimals.
  [number(2, 5), 'decimal(5,5)'],
  [number(3, 18), 'decimal(18,18)'],
  // What DECIMAL cannot hold exactly is text.
  [number(38, 19), 'string'],
  [number(1, 19), 'string'],
  [number(38, 127), 'string'],
  [number(5, -2), 'string'],
  [number(38, -84), 'string'],
  [number(), 'string'],
  // NUMBER(*,0), which INTEGER is: more than 38 digits are not refused by Oracle.
  [anyNumber, 'string'],
  [{ base: 'FLOAT', precision: 126 }, 'string'],
  [{ base: 'FLOAT', precision: 1 }, 'string'],
  [{ base: 'BINARY_FLOAT' }, 'float'],
  [{ base: 'BINARY_DOUBLE' }, 'double'],
  [{ base: 'VARCHAR2', length: 40 }, 'string'],
  [{ base: 'VARCHAR2', length: 32767 }, 'string'],
  [{ base: 'CHAR', length: 3 }, 'string'],
  [{ base: 'NCHAR', length: 6 }, 'string'],
  [{ base: 'NVARCHAR2', length: 80 }, 'string'],
  [{ base: 'DATE' }, 'timestamp_ntz'],
  [timestamp(0), 'timestamp_ntz'],
  [timestamp(9), 'timestamp_ntz'],
  [{ base: 'TIMESTAMP WITH TIME ZONE', scale: 6 }, 'timestamp'],
  [{ base: 'TIMESTAMP WITH LOCAL TIME ZONE', scale: 0 }, 'timestamp'],
  [{ base: 'INTERVAL YEAR TO MONTH', precision: 2, scale: 0 }, 'string'],
  [{ base: 'INTERVAL DAY TO SECOND', precision: 2, scale: 6 }, 'string'],
  [{ base: 'RAW', length: 16 }, 'binary'],
  [{ base: 'CLOB' }, 'string'],
  [{ base: 'NCLOB' }, 'string'],
  [{ base: 'BLOB' }, 'binary'],
];

describe('the MaxCompute type', () => {
  test.each(mapped)('of %j is %s', (type, sink) => {
    expect(mapType(type)).toEqual({ type: sink });
  });

  test.each([
    [
      { base: 'LONG RAW' },
      'LONG RAW is not yet supported (the redo does not have their old values); exclude the column',
    ],
    [
      { base: 'UROWID' },
      'UROWID is not yet supported (an address of a row changes when the row moves); exclude the column',
    ],
    [{ base: 'JSON' }, 'JSON is not yet supported (its stored form is not read); exclude the column'],
    [
      { base: 'SDO_GEOMETRY' },
      'SDO_GEOMETRY is not yet supported (object types, collections and types of Oracle options (SDO_GEOMETRY, ANYDATA …) are not read); exclude the column',
    ],
  ])('of %j does not exist, and the refusal says why and what to do', (type, refused) => {
    expect(mapType(type)).toEqual({ refused });
    expect(mapType(type, { as: 'string' })).toEqual({ refused });
  });

  test('has one place in the table: no base is both mapped and refused', () => {
    const refused = refusedTypes.flatMap(({ bases }) => bases);
    expect(typeRules.flatMap(({ bases }) => bases).filter((base) => refused.includes(base))).toEqual([]);
    expect(refusedTypes.at(-1)?.bases).toEqual([]);
  });
});

describe('dates as DATETIME', () => {
  test.each<[OracleType, string]>([
    [{ base: 'DATE' }, 'datetime'],
    [timestamp(0), 'datetime'],
    [timestamp(3), 'datetime'],
    // Finer than DATETIME.
    [timestamp(4), 'timestamp_ntz'],
    [{ base: 'TIMESTAMP' }, 'timestamp_ntz'],
    [{ base: 'TIMESTAMP WITH TIME ZONE', scale: 3 }, 'timestamp'],
    [number(9), 'int'],
  ])('%j is %s', (type, sink) => {
    expect(mapType(type, { date: 'datetime' })).toEqual({ type: sink });
  });

  test('are asked for; a column that says otherwise wins', () => {
    expect(mapType({ base: 'DATE' }, { date: 'timestamp_ntz' })).toEqual({ type: 'timestamp_ntz' });
    expect(mapType({ base: 'DATE' }, { date: 'datetime', as: 'string' })).toEqual({ type: 'string' });
  });
});

describe('a type chosen for one column', () => {
  test.each<[OracleType, string, string]>([
    [number(10, 2), 'string', 'string'],
    [number(10, 2), 'double', 'double'],
    [number(), 'decimal(38,18)', 'decimal(38,18)'],
    [number(), 'Decimal ( 20, 4 )', 'decimal(20,4)'],
    [number(), 'decimal(20)', 'decimal(20,0)'],
    [number(), 'DECIMAL', 'decimal(38,18)'],
    [anyNumber, 'bigint', 'bigint'],
    [{ base: 'FLOAT', precision: 126 }, 'float', 'float'],
    [number(3), 'tinyint', 'tinyint'],
    [number(5), 'smallint', 'smallint'],
    [{ base: 'BINARY_FLOAT' }, 'string', 'string'],
    [{ base: 'BINARY_DOUBLE' }, 'string', 'string'],
    [{ base: 'VARCHAR2', length: 40 }, 'VARCHAR(40)', 'varchar(40)'],
    [{ base: 'NCHAR', length: 40 }, 'char(255)', 'char(255)'],
    [{ base: 'DATE' }, 'date', 'date'],
    [timestamp(9), 'datetime', 'datetime'],
    [{ base: 'TIMESTAMP WITH LOCAL TIME ZONE', scale: 6 }, 'string', 'string'],
    [{ base: 'INTERVAL DAY TO SECOND' }, 'string', 'string'],
    [{ base: 'RAW', length: 16 }, 'binary', 'binary'],
  ])('%j as %s is %s', (type, as, sink) => {
    expect(mapType(type, { as })).toEqual({ type: sink });
  });

  test.each<[OracleType, string]>([
    [number(10, 2), 'binary'],
    [number(10, 2), 'boolean'],
    [number(10, 2), 'int(4)'],
    [number(), 'decimal(39,0)'],
    [number(), 'decimal(38,19)'],
    [number(), 'decimal(3,4)'],
    [number(), 'decimal(0,0)'],
    [number(), 'decimal(1,2,3)'],
    // Another number than Oracle's: the double next to the text is not the float.
    [{ base: 'BINARY_FLOAT' }, 'double'],
    [{ base: 'BINARY_DOUBLE' }, 'float'],
    [{ base: 'VARCHAR2', length: 40 }, 'int'],
    [{ base: 'VARCHAR2', length: 40 }, 'varchar'],
    [{ base: 'VARCHAR2', length: 40 }, 'varchar(0)'],
    [{ base: 'VARCHAR2', length: 40 }, 'varchar(65536)'],
    [{ base: 'VARCHAR2', length: 40 }, 'char(256)'],
    [{ base: 'VARCHAR2', length: 40 }, 'char(2,3)'],
    [{ base: 'VARCHAR2', length: 40 }, ''],
    [{ base: 'VARCHAR2', length: 40 }, 'array<string>'],
    [{ base: 'DATE' }, 'timestamp'],
    [{ base: 'TIMESTAMP WITH TIME ZONE', scale: 6 }, 'timestamp_ntz'],
    [{ base: 'RAW', length: 16 }, 'string'],
  ])('%j as %s is refused', (type, as) => {
    const answer = mapType(type, { as });
    expect('refused' in answer ? answer.refused : '').toContain(` cannot be written as ${as}; it may be `);
  });

  test('that is refused says what may be written', () => {
    expect(mapType({ base: 'NVARCHAR2', length: 80 }, { as: 'int' })).toEqual({
      refused: 'NVARCHAR2(40) cannot be written as int; it may be string, varchar(n), char(n)',
    });
  });

  test('may always be the one that the column has anyway', () => {
    for (const [type, sink] of mapped) expect(mapType(type, { as: sink })).toEqual({ type: sink });
  });
});

test('a column comment names the Oracle type', () => {
  expect(columnComment({ name: 'A', type: number(10, 2), nullable: true })).toBe('oracle:NUMBER(10,2)');
});
