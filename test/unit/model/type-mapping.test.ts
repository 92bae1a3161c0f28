import { describe, expect, test } from 'vitest';
import type { OracleType } from '../../../model/table.ts';
import { columnComment, mapType } from '../../../model/type-mapping.ts';

const number = (precision?: number, scale?: number): OracleType => ({
  base: 'NUMBER',
  ...(precision !== undefined && { precision }),
  ...(scale !== undefined && { scale }),
});

const mapped: readonly [OracleType, string][] = [
  [number(1, 0), 'int'],
  [number(9, 0), 'int'],
  [number(10, 0), 'bigint'],
  [number(18, 0), 'bigint'],
  [number(19, 0), 'decimal(19,0)'],
  [number(38, 0), 'decimal(38,0)'],
  [number(9), 'int'],
  [number(10, 2), 'decimal(10,2)'],
  [number(38, 18), 'decimal(38,18)'],
  // More decimals than digits: as wide as the decimals.
  [number(2, 5), 'decimal(5,5)'],
  // What DECIMAL cannot hold exactly is text.
  [number(38, 19), 'string'],
  [number(5, -2), 'string'],
  [number(), 'string'],
  [{ base: 'VARCHAR2', length: 40 }, 'string'],
  [{ base: 'DATE' }, 'timestamp_ntz'],
  [{ base: 'CHAR', length: 3 }, 'string'],
  [{ base: 'TIMESTAMP', scale: 0 }, 'timestamp_ntz'],
  [{ base: 'TIMESTAMP', scale: 9 }, 'timestamp_ntz'],
  [{ base: 'RAW', length: 16 }, 'binary'],
  [{ base: 'FLOAT', precision: 126 }, 'string'],
];

describe('the MaxCompute type', () => {
  test.each(mapped)('of %j is %s', (type, sink) => {
    expect(mapType(type)).toEqual({ type: sink });
  });

  test.each([
    [{ base: 'LONG RAW' }, 'LONG RAW'],
    [{ base: 'TIMESTAMP WITH TIME ZONE', scale: 6 }, 'TIMESTAMP WITH TIME ZONE'],
    [{ base: 'SDO_GEOMETRY' }, 'SDO_GEOMETRY'],
  ])('of %j does not exist, and the refusal names the type', (type, name) => {
    expect(mapType(type)).toEqual({ refused: `${name} is not yet supported` });
  });
});

test('a column comment names the Oracle type', () => {
  expect(columnComment({ name: 'A', type: number(10, 2), nullable: true })).toBe('oracle:NUMBER(10,2)');
});
