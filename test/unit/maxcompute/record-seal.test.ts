/** The checksums that WebAssembly writes, verified by the decoder, which sums a byte at a time in TypeScript. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRecords } from '../../../maxcompute/record-decoder.ts';
import { RecordEncoder } from '../../../maxcompute/record-encoder.ts';
import { assemble, get, I32, i32, set } from '../../../maxcompute/wasm-assembler.ts';
import { encode, encodedColumns } from './golden.ts';

const TYPES = ['string', 'bigint', 'double', 'boolean', 'timestamp_ntz', 'float', 'date', 'decimal(38,18)'];
const VALUES = ['it is', '-7000000000', '0.5', 'true', '2026-11-22 14:44:26.000000001', '-1.5', '1999-12-31', '12.5'];

const columnsOf = (types: readonly string[]) => types.map((type, index) => ({ name: `c${index}`, type }));

describe('records are sealed', () => {
  test('by the thousand, so that many checksums are shorter than five bytes and the batch is moved together', () => {
    const columns = columnsOf(TYPES);
    const rows = Array.from({ length: 20_000 }, (_, row) =>
      VALUES.map((value, index) => ((row + index) % 7 === 0 ? null : index === 0 ? `${value} ${row}` : value)),
    );
    expect(decodeRecords(encode(encodedColumns(columns), rows), columns, 'reading')).toEqual(rows);
  });

  test('with text of any length, summed in its place or beside it', () => {
    const columns = columnsOf(['string', 'bigint', 'string']);
    const length = fc.oneof(fc.nat(40), fc.integer({ min: 1000, max: 1050 }), fc.nat(300_000));
    fc.assert(
      fc.property(fc.array(fc.tuple(length, length), { maxLength: 6 }), (lengths) => {
        const rows = lengths.map(([first, second]) => ['a'.repeat(first), '-1', 'é'.repeat(second)]);
        expect(decodeRecords(encode(encodedColumns(columns), rows), columns, 'reading')).toEqual(rows);
      }),
      { numRuns: 30 },
    );
  });

  test('with as many columns as a table of MaxCompute can have', () => {
    const columns = columnsOf(Array.from({ length: 1200 }, (_, index) => TYPES[index % TYPES.length] ?? ''));
    const row = columns.map((_, index) => VALUES[index % VALUES.length] ?? '');
    expect(decodeRecords(encode(encodedColumns(columns), [row, row]), columns, 'reading')).toEqual([row, row]);
  });

  test('of two encoders that write in turn, each with its own columns', () => {
    const [first, second] = [columnsOf(['string', 'bigint']), columnsOf(['bigint', 'date'])];
    const encoders = [first, second].map((columns) => new RecordEncoder('golden', encodedColumns(columns)));
    const [rowsFirst, rowsSecond] = [[['a', '1']], [['2', '2026-11-22']]];
    encoders[0]?.write(rowsFirst[0] ?? []);
    encoders[1]?.write(rowsSecond[0] ?? []);
    for (const encoder of encoders) encoder.finish();
    expect(decodeRecords(encoders[0]?.take() ?? Buffer.of(), first, 'reading')).toEqual(rowsFirst);
    expect(decodeRecords(encoders[1]?.take() ?? Buffer.of(), second, 'reading')).toEqual(rowsSecond);
  });
});

test('the assembler writes the module that the specification describes', () => {
  const body = [...set(2, i32.add(get(0), get(1))), ...get(2)];
  const add = { name: 'add', parameters: [I32, I32], result: I32, locals: [I32], body };
  expect(Buffer.from(assemble([add])).toString('hex')).toBe(
    [
      '0061736d01000000', // magic, version 1
      '0107016002' + '7f7f017f', // types: (i32, i32) → i32
      '02100104' + Buffer.from('wire').toString('hex') + '06' + Buffer.from('memory').toString('hex') + '020001',
      '03020100', // functions: one, of type 0
      '0707010361646400' + '00', // exports: add
      '0a0f010d01017f' + '20002001' + '6a' + '2102' + '2002' + '0b', // code: one local
    ].join(''),
  );
});
