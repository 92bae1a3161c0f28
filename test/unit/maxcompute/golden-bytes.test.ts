/** Encoder and decoder against bytes of the official Java writer. */
import { crc32c as nativeCrc } from '@node-rs/crc32';
import { expect, test } from 'vitest';
import type { Value } from '../../../model/table.ts';
import { crc32c } from '../../../maxcompute/crc32c.ts';
import { RecordEncoder } from '../../../maxcompute/record-encoder.ts';
import { decodeRecords } from '../../../maxcompute/record-decoder.ts';
import { encode, encodedColumns, golden, goldenRows } from './golden.ts';

const SETS = ['bigint1', 'empty', 'ints', 'nulls', 'num', 'text', 'time'];

test.each(SETS)('%s is byte for byte what Java writes', (set) => {
  const { columns, rows } = goldenRows(set);
  expect(encode(encodedColumns(columns), rows).toString('hex')).toBe(golden(`${set}.java.bin`).toString('hex'));
});

test('columns given in another order than the table are written in the order of the table', () => {
  const { columns, rows } = goldenRows('ints');
  const reversed = rows.map((row) => row.toReversed());
  const bytes = encode(encodedColumns(columns).toReversed(), reversed);
  expect(bytes.toString('hex')).toBe(golden('ints.java.bin').toString('hex'));
});

test('a second stream of one encoder starts from nothing', () => {
  const encoder = new RecordEncoder('golden', encodedColumns([{ name: 'a', type: 'bigint' }]));
  encoder.write(['7']);
  encoder.finish();
  encoder.take();
  encoder.write(['1']);
  encoder.finish();
  expect(encoder.take().toString('hex')).toBe(golden('bigint1.java.bin').toString('hex'));
});

/** Python prints times with trailing zeros and numbers with exponents of its own: the canonical text is the shorter one. */
function shortest(value: Value, type: string): Value {
  if (typeof value !== 'string') return value;
  if (type === 'float' || type === 'double') return String(Number(value));
  return /^(?:date|timestamp)/.test(type) && value.includes('.') ? value.replace(/0+$/, '') : value;
}

test.each(SETS.flatMap((set) => [`${set}.java.bin`, `${set}.raw.bin`]))(
  '%s is read back as the rows that went in, checksums of five and of ten bytes alike',
  (file) => {
    const { columns, rows } = goldenRows(file.split('.')[0] ?? '');
    const expected = rows.map((row) => row.map((value, index) => shortest(value, columns[index]?.type ?? '')));
    expect(decodeRecords(golden(file), columns, 'reading golden')).toEqual(expected);
  },
);

test('every flipped byte of a stream, and every cut, is noticed', () => {
  const { columns } = goldenRows('time');
  const stream = golden('time.java.bin');
  for (let at = 0; at < stream.length; at++) {
    const flipped = Buffer.from(stream);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    expect(() => decodeRecords(flipped, columns, 'reading golden'), `byte ${at}`).toThrow();
    expect(() => decodeRecords(stream.subarray(0, at), columns, 'reading golden'), `cut ${at}`).toThrow(/footer/);
  }
});

test('the checksum agrees with a native CRC-32C over every length and alignment', () => {
  const bytes = Buffer.from(Array.from({ length: 300 }, (_, index) => (index * 167 + 13) & 255));
  for (let from = 0; from < 9; from++)
    for (let to = from; to < bytes.length; to += 7) {
      const part = bytes.subarray(from, to);
      expect(crc32c(part)).toBe(nativeCrc(part));
    }
});
