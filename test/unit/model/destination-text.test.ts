import { describe, expect, test } from 'vitest';
import { comparedColumn } from '../../../model/destination-text.ts';
import type { Value } from '../../../model/table.ts';

/** What the source has, what is read at the destination after it was written, and whether the column can hold it. */
const held: readonly (readonly [type: string, source: Value, destination: Value])[] = [
  ['int', '-5', '-5'],
  ['bigint', '999999999999999999', '999999999999999999'],
  ['decimal(10,2)', '0.5', '0.5'],
  ['decimal(10,2)', '-12345678.9', '-12345678.90'],
  ['decimal(5,5)', '0.00001', '0.00001'],
  ['string', 'a ', 'a '],
  ['string', '😀é', '😀é'],
  ['string', '0.1', '0.1'],
  ['float', '0.1', '0.1'],
  ['float', '0.10000000149011612', '0.1'],
  ['double', '1e+21', '1e+21'],
  ['double', '-0', '-0'],
  ['double', 'NaN', 'NaN'],
  ['timestamp_ntz', '2024-02-29 12:00:00', '2024-02-29 12:00:00'],
  ['timestamp_ntz', '2024-02-29 12:00:00.100000000', '2024-02-29 12:00:00.1'],
  ['timestamp', '0001-01-01 00:00:00', '0001-01-01 00:00:00'],
  ['datetime', '2024-02-29 12:00:00.120000000', '2024-02-29 12:00:00.12'],
  ['date', '2024-02-29 00:00:00', '2024-02-29'],
  ['varchar(3)', 'a😀b', 'a😀b'],
  ['char(5)', 'ab ', 'ab   '],
  ['binary', Uint8Array.of(0, 255), Uint8Array.of(0, 255)],
  ['string', null, null],
];

const refused: readonly (readonly [type: string, source: string])[] = [
  ['int', '2147483648'],
  ['int', '1.5'],
  ['bigint', '9223372036854775808'],
  ['decimal(4,2)', '100'],
  ['decimal(4,2)', '0.001'],
  ['string', 'a\ud83d'],
  ['varchar(2)', 'abc'],
  ['float', '1e39'],
  ['date', '2024-02-29 00:00:01'],
  ['datetime', '2024-02-29 12:00:00.000100000'],
  ['timestamp_ntz', '-0044-03-15 00:00:00'],
  ['timestamp_ntz', '1500-02-29 00:00:00'],
];

describe('a value of the source', () => {
  test.each(held)('of a column %s equals what stands for it: %s', (type, source, destination) => {
    const column = comparedColumn({ type });
    expect(column.fromDestination(destination)).toBe(column.fromSource(source));
  });

  test.each(refused)(
    'that a column %s cannot hold (%s) is NULL where its policy says so, and equals nothing otherwise',
    (type, source) => {
      const policy = comparedColumn({ type, overflow: 'null' });
      expect(policy.fromSource(source)).toBeNull();
      expect(comparedColumn({ type }).fromSource(source)).toBe(source);
    },
  );
});

test.each([
  ['string', 'a', 'a '],
  ['string', '', null],
  ['decimal(10,2)', '1', '1.01'],
  ['timestamp_ntz', '2024-02-29 12:00:00', '2024-02-29 13:00:00'],
  ['float', '0.1', '0.10000002'],
  ['double', '0', '-0'],
  ['char(3)', 'a', ' a'],
])('in a column %s, %s is not %s', (type, source, destination) => {
  const column = comparedColumn({ type });
  expect(column.fromDestination(destination)).not.toBe(column.fromSource(source));
});
