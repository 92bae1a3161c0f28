import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { DuckDBBlobValue, DuckDBTimestampValue, type DuckDBValue } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { wallText } from '../../../../sandbox/maxcompute/calendar.ts';
import { cellText, pairOf } from '../../../../sandbox/maxcompute/cell-text.ts';
import { type ColumnType, parseType } from '../../../../sandbox/maxcompute/column-types.ts';
import { encodeRecords } from '../../../../sandbox/maxcompute/record-encoder.ts';
import { decodeBlock } from './service.ts';

const golden = (name: string): Buffer => readFileSync(new URL(`../../../golden/tunnel/${name}`, import.meta.url));

function typesOf(name: string): ColumnType[] {
  const schema = JSON.parse(golden(`${name}.schema.json`).toString()) as {
    readonly columns: readonly { type: string }[];
  };
  return schema.columns.map(({ type }) => parseType(type));
}

/** The golden files show instants in UTC and fractions of six or nine digits. */
function goldenText(value: DuckDBValue, type: ColumnType): string | null {
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex');
  if (value instanceof DuckDBTimestampValue) {
    const seconds = value.micros / 1_000_000n - (value.micros % 1_000_000n < 0n ? 1n : 0n);
    return wallText(Number(seconds)) + trimmed(Number(value.micros - seconds * 1_000_000n), 6);
  }
  if (type.kind === 'timestamp' || type.kind === 'timestamp_ntz') {
    if (value === null) return null;
    const { seconds, nanos } = pairOf(value);
    return wallText(Number(seconds)) + trimmed(nanos, 9);
  }
  return cellText(value, type, 'UTC');
}

const trimmed = (units: number, digits: number): string =>
  units === 0 ? '' : `.${String(units).padStart(digits, '0').replace(/0+$/, '')}`;

/** What Python's str() writes differently from us: True, 1e+308, trailing zeros of a fraction. */
function neutral(text: string | null, type: ColumnType): string | null {
  if (text === null) return null;
  if (type.kind === 'boolean') return text.toLowerCase();
  if (type.kind === 'double' || type.kind === 'float') return String(Number(text));
  const timed = type.kind.startsWith('timestamp') || type.kind === 'datetime';
  return timed ? text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '') : text;
}

const NAMES = ['bigint1', 'empty', 'nulls', 'ints', 'text', 'num', 'time'];

describe('the record stream', () => {
  test.each(NAMES.flatMap((name) => ['raw', 'deflate', 'java'].map((form) => [name, form] as const)))(
    '%s.%s.bin of the official clients decodes to the golden rows',
    (name, form) => {
      const bytes = golden(`${name}.${form}.bin`);
      const types = typesOf(name);
      const block = decodeBlock(form === 'deflate' ? inflateSync(bytes) : bytes, types);
      const expected = JSON.parse(golden(`${name}.rows.json`).toString()) as readonly (readonly (string | null)[])[];
      const rows = Array.from({ length: block.rows }, (_row, row) =>
        types.map((type, column) => neutral(goldenText(block.columns[column]?.[row] ?? null, type), type)),
      );
      expect(rows).toEqual(
        expected.map((row) => row.map((text, column) => neutral(text, typesOf(name)[column] ?? { kind: 'string' }))),
      );
    },
  );

  test.each(['bigint1', 'nulls', 'ints', 'text', 'num', 'time'])(
    'a download of %s is the bytes that the official Java client writes',
    (name) => {
      const types = typesOf(name);
      const block = decodeBlock(golden(`${name}.java.bin`), types);
      const rows = Array.from({ length: block.rows }, (_row, row) =>
        types.map((_type, column) => block.columns[column]?.[row] ?? null),
      );
      expect(encodeRecords(rows, types).toString('hex')).toBe(golden(`${name}.java.bin`).toString('hex'));
    },
  );

  test('no flipped bit of any block gets through', () => {
    const passed: string[] = [];
    for (const name of ['ints', 'text', 'num', 'time']) {
      const bytes = golden(`${name}.java.bin`);
      const types = typesOf(name);
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const damaged = Buffer.from(bytes);
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        if (!refuses(damaged, types)) passed.push(`${name} bit ${String(bit)}`);
      }
    }
    expect(passed).toEqual([]);
  });

  test('no shortened or lengthened block gets through', () => {
    const bytes = golden('text.java.bin');
    const types = typesOf('text');
    const shortened = Array.from({ length: bytes.length }, (_byte, length) => bytes.subarray(0, length));
    expect(shortened.filter((part) => !refuses(part, types))).toEqual([]);
    expect(refuses(Buffer.concat([bytes, Buffer.of(0)]), types)).toBe(true);
  });

  test('a record with more fields than the session has columns is refused with advice', () => {
    expect(() => decodeBlock(golden('nulls.java.bin'), [{ kind: 'bigint' }])).toThrow(/recreate the session/);
  });

  test.each([
    ['a text longer than its VARCHAR', 'text', ['string', 'varchar(2)', 'char(4)', 'binary']],
    ['an integer outside its type', 'ints', ['tinyint', 'smallint', 'smallint', 'bigint']],
    [
      'a decimal with more places than its type',
      'num',
      ['decimal(38,2)', 'decimal(10,2)', 'float', 'double', 'boolean'],
    ],
    ['another wire type', 'num', ['decimal(38,18)', 'decimal(10,2)', 'double', 'double', 'boolean']],
  ])('%s is refused, not changed', (_rule, name, types) => {
    expect(refuses(golden(`${name}.java.bin`), types.map(parseType))).toBe(true);
  });
});

function refuses(bytes: Buffer, types: readonly ColumnType[]): boolean {
  try {
    decodeBlock(bytes, types);
    return false;
  } catch {
    return true;
  }
}
