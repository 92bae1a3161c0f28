import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../model/failure.ts';
import type { Value } from '../../../model/table.ts';
import { ColumnEncoder, type EncodedColumn } from '../../../maxcompute/column-encoder.ts';
import { readDouble } from '../../../maxcompute/decimal-text.ts';
import { decodeRecords } from '../../../maxcompute/record-decoder.ts';
import { RecordEncoder } from '../../../maxcompute/record-encoder.ts';
import { encode, encodedColumns } from './golden.ts';

const columns = (type: string) => encodedColumns([{ name: 'c', type }]);

function failureOf(type: string, value: Value): Failure {
  try {
    encode(columns(type), [[value]]);
  } catch (error: unknown) {
    if (error instanceof Failure) return error;
  }
  throw new Error(`${type} took the value`);
}

describe('a value that the column cannot hold exactly is refused', () => {
  test.each<[string, string, string]>([
    ['tinyint', '128', 'not an integer of 8 bits'],
    ['tinyint', '-129', 'not an integer of 8 bits'],
    ['smallint', '32768', 'not an integer of 16 bits'],
    ['int', '2147483648', 'not an integer of 32 bits'],
    ['int', '-2147483649', 'not an integer of 32 bits'],
    ['int', '1.5', 'not an integer of 32 bits'],
    ['bigint', '9223372036854775808', 'not an integer of 64 bits'],
    ['bigint', '-9223372036854775808', 'not an integer of 64 bits'],
    ['bigint', '', 'not an integer of 64 bits'],
    ['decimal(10,2)', '1.235', '3 digits after the decimal point'],
    ['decimal(10,2)', '123456789', '9 digits before the decimal point'],
    ['decimal(10,2)', '1e3', 'not a plain decimal number'],
    ['decimal(10,2)', '1.', 'not a plain decimal number'],
    ['decimal(10,2)', '.5', 'not a plain decimal number'],
    ['decimal(10,2)', '-', 'not a plain decimal number'],
    ['decimal(10,2)', '1٫5', 'not a plain decimal number'],
    ['decimal', '123456789012345678901', '21 digits before the decimal point'],
    ['float', '1e39', 'not a number in the range'],
    ['double', '1e309', 'not a number in the range'],
    ['double', '0x10', 'not a number in the range'],
    ['boolean', 'TRUE', 'neither true nor false'],
    ['varchar(3)', 'abcd', 'longer than 3 characters'],
    ['char(1)', '中文', 'longer than 1 characters'],
    ['string', 'a\ud800', 'not well-formed Unicode'],
    ['date', '2024-01-01 00:00:01', 'a time of day'],
    ['date', '2024-02-30', 'not a date and time'],
    ['datetime', '2024-01-01 00:00:00.0001', 'finer than a millisecond'],
    ['timestamp_ntz', '-0044-03-15 12:00:00', 'not a date and time'],
  ])('%s: %j', (type, value, why) => {
    const { kind, message } = failureOf(type, value);
    expect(kind).toBe('value-unrepresentable');
    expect(message).toContain(`column c (${type}) of MaxCompute table golden`);
    expect(message).toContain(why);
    expect(message.replace(why, '').replace('0001 to 9999', '')).not.toContain(value === '' ? '""' : value);
  });

  test('a cell larger than the session takes', () => {
    const small = encodedColumns([{ name: 'c', type: 'string' }]).map((column) => ({ ...column, bytesMax: 5 }));
    const bytes = small.map((column) => ({ ...column, type: 'binary' }));
    expect(() => encode(small, [['中文']])).toThrow('longer than 5 bytes');
    expect(() => encode(small, [['abcdef']])).toThrow('longer than 5 bytes');
    expect(() => encode(bytes, [[new Uint8Array(6)]])).toThrow('longer than 5 bytes');
    expect(encode(small, [['abcde']]).length).toBeGreaterThan(5);
  });
});

describe('a value at the limit is written, and read back as the same text', () => {
  test.each<[string, string]>([
    ['decimal(10,2)', '-12345678.9'],
    ['decimal(10,2)', '0.01'],
    ['decimal(2,2)', '0.99'],
    ['decimal(38,0)', '9'.repeat(38)],
    ['decimal(38,18)', `${'9'.repeat(20)}.${'9'.repeat(18)}`],
    ['bigint', '-9223372036854775807'],
    ['bigint', '1000000000000000'],
    ['bigint', '-4294967296'],
    ['float', '0.1'],
    ['float', '3.4028235e+38'],
    ['double', '-0.1'],
    ['double', '5e-324'],
    ['double', '1.7976931348623157e+308'],
    ['double', '-123456.789'],
    ['double', '999999999999999'],
    ['double', 'NaN'],
    ['double', 'Infinity'],
    ['float', '-Infinity'],
    ['float', 'NaN'],
    ['varchar(2)', '中文'],
    ['varchar(2)', '😀😀'],
    ['char(4)', 'ab  '],
    ['timestamp_ntz', '0001-01-01 00:00:00.000000001'],
    ['timestamp_ntz', '9999-12-31 23:59:59.999999999'],
    ['timestamp', '1969-12-31 23:59:59.9'],
    ['datetime', '0001-01-01 00:00:00.001'],
    ['date', '9999-12-31'],
  ])('%s: %j', (type, value) => {
    const stream = encode(columns(type), [[value], [null]]);
    expect(decodeRecords(stream, columns(type), 'reading')).toEqual([[value], [null]]);
  });
});

test('a date column takes midnight, trailing zeros of a fraction do not count as digits', () => {
  expect(encode(columns('date'), [['2024-01-01 00:00:00']])).toEqual(encode(columns('date'), [['2024-01-01']]));
  expect(encode(columns('datetime'), [['2024-01-01 00:00:00.120000000']])).toEqual(
    encode(columns('datetime'), [['2024-01-01 00:00:00.12']]),
  );
  expect(decodeRecords(encode(columns('decimal(4,2)'), [['1.2500']]), columns('decimal(4,2)'), 'reading')).toEqual([
    ['1.25'],
  ]);
});

test.each(['array<bigint>', 'map<string,bigint>', 'interval_day_time', 'numeric'])(
  'a column of %s is refused by name',
  (type) => {
    const [column] = columns(type);
    expect(() => column && new ColumnEncoder(column)).toThrow(
      `column c (${type}) of MaxCompute table golden: this type cannot be written`,
    );
  },
);

test('bytes for a text column, text for a binary column, and a row of another width are our own mistakes', () => {
  expect(failureOf('string', new Uint8Array(1)).kind).toBe('bug');
  expect(failureOf('binary', 'text').kind).toBe('bug');
  expect(() => encode(columns('string'), [['a', 'b']])).toThrow('a row of 2 values was given to 1 columns');
});

test('minus zero keeps its sign, and NaN has the bits that Java writes', () => {
  const bytesOf = (type: string, value: string) =>
    encode(columns(type), [[value]]).subarray(1, type === 'float' ? 5 : 9);
  expect(bytesOf('double', '-0').toString('hex')).toBe('0000000000000080');
  expect(bytesOf('double', 'NaN').toString('hex')).toBe('000000000000f87f');
  expect(bytesOf('float', '-0').toString('hex')).toBe('00000080');
  expect(bytesOf('float', 'NaN').toString('hex')).toBe('0000c07f');
});

test('a short decimal text is the same double that JavaScript reads', () => {
  const text = fc
    .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 15n - 1n }), fc.integer({ min: 0, max: 14 }))
    .map(([negative, digits, scale]) => {
      const padded = String(digits).padStart(scale + 1, '0');
      const point = padded.length - scale;
      return `${negative ? '-' : ''}${padded.slice(0, point)}${scale === 0 ? '' : `.${padded.slice(point)}`}`;
    });
  const read = new Float64Array(1);
  fc.assert(
    fc.property(text, (written) => {
      expect(readDouble(written, read)).toBe(true);
      expect(Object.is(read[0], Number(written))).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

describe('a column that takes NULL for what it cannot hold', () => {
  const lenient = (type: string, field: number): EncodedColumn => ({
    table: 'golden',
    name: `c${field}`,
    type,
    field,
    bytesMax: 20,
    overflow: 'null',
  });

  test.each<[string, Value]>([
    ['tinyint', '128'],
    ['bigint', '9223372036854775808'],
    ['boolean', 'maybe'],
    ['float', '1e39'],
    ['double', '1e309'],
    ['decimal(4,2)', '123.4'],
    ['decimal(4,2)', '1e3'],
    ['string', 'longer than twenty bytes'],
    ['string', 'a\ud800'],
    ['varchar(2)', 'abc'],
    ['binary', new Uint8Array(21)],
    ['date', '2024-01-01 00:00:01'],
    ['datetime', '2024-01-01 00:00:00.0001'],
    ['timestamp_ntz', '-0044-03-15 12:00:00'],
  ])('%s: the stream of %j is that of a NULL, checksums included, and it is counted', (type, value) => {
    const schema = [lenient('bigint', 1), lenient(type, 2), lenient('string', 3)];
    const encoder = new RecordEncoder('golden', schema);
    encoder.write(['1', value, 'x']);
    encoder.write(['2', null, 'y']);
    encoder.finish();
    const stream = encoder.take();
    expect(encoder.nulled).toBe(1);
    expect(stream).toEqual(
      encode(schema, [
        ['1', null, 'x'],
        ['2', null, 'y'],
      ]),
    );
    expect(decodeRecords(stream, schema, 'reading')).toHaveLength(2);
  });

  test('what it can hold is written and not counted', () => {
    const encoder = new RecordEncoder('golden', [lenient('tinyint', 1)]);
    encoder.write(['127']);
    expect(encoder.nulled).toBe(0);
  });

  test('bytes for a text column are our own mistake all the same', () => {
    expect(() => encode([lenient('string', 1)], [[new Uint8Array(1)]])).toThrow('was given bytes');
  });
});
